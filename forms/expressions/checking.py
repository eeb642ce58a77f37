"""Checks an expression against a form: its names, its kinds, its codes (SPEC.md sections 9.3 and 9.4).

Says every fault at its words, and resolves names: what stands in an item stays a name, everything else
becomes the path of an answer, so that a device needs no schema to evaluate.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from forms.expressions import tree as trees
from forms.expressions.functions import PLACES_MAX
from forms.expressions.kinds import (
    BOOLEAN,
    DATE,
    NULL,
    NUMBER,
    TEXT,
    UNKNOWN,
    Kind,
    Scope,
    alike,
    list_of,
    meet,
    written_dates,
    written_text,
)
from forms.expressions.parser import Parsed, close, parse
from forms.expressions.tree import ARITHMETIC, PER_ITEM, Node, Tree
from forms.findings import Finding, finding, some
from forms.sentences import phrase

_SIGNATURES: Final[dict[str, tuple[tuple[Kind, ...], Kind]]] = {  # what a plain function takes and gives
    "round": ((NUMBER, NUMBER), NUMBER),
    "floor": ((NUMBER,), NUMBER),
    "abs": ((NUMBER,), NUMBER),
    "length": ((TEXT,), NUMBER),
    "starts_with": ((TEXT, TEXT), BOOLEAN),
    "years_between": ((DATE, DATE), NUMBER),
    "months_between": ((DATE, DATE), NUMBER),
    "days_between": ((DATE, DATE), NUMBER),
    "add_days": ((DATE, NUMBER), DATE),
    "add_months": ((DATE, NUMBER), DATE),
    "working_days_between": ((DATE, DATE), NUMBER),
    "school_year": ((DATE,), TEXT),
    "today": ((), DATE),
    **dict.fromkeys(ARITHMETIC, ((NUMBER, NUMBER), NUMBER)),
    **dict.fromkeys(("and", "or", "not"), ((BOOLEAN,) * trees.NODES_MAX, BOOLEAN)),
}
SUGGESTIONS_MAX: Final = 100  # for one form: to look for a near word takes longer than all the rest
_PLACES: Final = phrase("kind-whole-number-from-0", limit=PLACES_MAX)
_ORDERED: Final = phrase("kind-numbers-dates-free-text")
_ONE_VALUE: Final = phrase("kind-single-value")
_GROUP: Final = phrase("kind-repeating-group")
_LIST: Final = phrase("kind-list")


class Checked(msgspec.Struct, frozen=True):
    """The result of checking one expression; the node is resolved if there are no findings."""

    node: Node
    kind: Kind
    findings: tuple[Finding, ...] = ()

    @property
    def tree(self) -> Tree:
        """The tree that a published version carries."""
        return self.node.tree


def read(text: str, scope: Scope, *, repeat: str | None = None, condition: bool = False) -> Checked:
    """Parse and check one expression of a form."""
    return check_parsed(parse(text), scope, repeat=repeat, condition=condition)


def check_parsed(
    parsed: Parsed,
    scope: Scope,
    *,
    repeat: str | None = None,
    condition: bool = False,
    suggestions: int = SUGGESTIONS_MAX,
) -> Checked:
    """Check what one text gave: the fault at which its reading stopped, or every fault against the form.

    Near words are looked for only for so many `suggestions`.
    """
    if parsed.node is None:
        return Checked(Node("value"), UNKNOWN, parsed.findings)
    return check(parsed.node, scope, repeat=repeat, condition=condition, suggestions=suggestions)


def check(
    node: Node,
    scope: Scope,
    *,
    repeat: str | None = None,
    condition: bool = False,
    suggestions: int = SUGGESTIONS_MAX,
) -> Checked:
    """Check one expression. `repeat` is the group in whose items it stands; a condition must say yes or no."""
    checker = _Checker(scope, suggestions)
    resolved, kind = checker.visit(node, repeat)
    if condition and kind.name not in {"boolean", "unknown"}:
        checker.say("wrong-result", node, wanted=BOOLEAN.words, given=kind.words)
    elif kind.name == "items":
        checker.say("wrong-result", node, wanted=_ONE_VALUE, given=kind.words)
    return Checked(resolved, kind, tuple(checker.findings))


class _Checker:
    def __init__(self, scope: Scope, suggestions: int) -> None:
        self._scope = scope
        self._suggestions = suggestions
        self._asked: tuple[Kind, frozenset[str]] | None = None
        self.findings: list[Finding] = []

    def say(self, code: str, node: Node, suggestion: str | None = None, **facts: Any) -> Kind:
        """Note a fault; what has one is of a kind that fits everywhere, so that it is said once."""
        self.findings.append(finding(code, "", start=node.start, end=node.end, suggestion=suggestion, **facts))
        return UNKNOWN

    def visit(self, node: Node, repeat: str | None) -> tuple[Node, Kind]:
        """The node with its names resolved, and what it gives."""
        match node.op:
            case "value":
                return node, self._value(node.value)
            case "name":
                return self._name(node, repeat)
            case "answer":
                return node, self._answer(node)
        if node.op in PER_ITEM:
            return self._over_members(node, repeat)
        visited = [self.visit(arg, repeat) for arg in node.args]
        resolved = msgspec.structs.replace(node, args=tuple(arg for arg, _ in visited))
        return resolved, self._operation(resolved, [kind for _, kind in visited])

    def _value(self, value: Any) -> Kind:
        if value is None:
            return NULL
        if isinstance(value, bool):
            return BOOLEAN
        return written_text(value) if isinstance(value, str) else NUMBER

    # --- names ---

    def _name(self, node: Node, repeat: str | None) -> tuple[Node, Kind]:
        name: str = node.value
        inside = self._scope.items[repeat] if repeat is not None else {}
        if name in inside:
            return node, inside[name]
        found = self._scope.named.get(name, ())
        if len(found) == 1:
            return msgspec.structs.replace(node, op="answer", value=found[0]), self._scope.by_path[found[0]]
        if found:
            return node, self.say("ambiguous-name", node, name=name, known=some(found))
        return node, self._unknown(node, name, [*inside, *self._scope.named])

    def _answer(self, node: Node) -> Kind:
        path: str = node.value
        known = self._scope.by_path.get(path)
        return known if known is not None else self._unknown(node, path, list(self._scope.by_path))

    def _unknown(self, node: Node, name: str, known: list[str]) -> Kind:
        group, _, last = name.rpartition("/")
        groups = [one for one in self._scope.groups_with(last) if group in ("", one)]
        if groups:
            return self.say("in-a-group", node, name=last, group=groups[0])
        return self.say("unknown-name", node, self._near(name, known), name=name)

    def _codes(self, kind: Kind) -> frozenset[str]:
        """The codes of a choice, made ready once to be asked for many written ones."""
        if self._asked is None or self._asked[0] is not kind:
            self._asked = kind, frozenset(kind.codes)
        return self._asked[1]

    def _near(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that was probably meant, for the first few faults."""
        return close(word, list(known)) if len(self.findings) < self._suggestions else None

    # --- operators and functions ---

    def _operation(self, node: Node, kinds: list[Kind]) -> Kind:
        op, args = node.op, node.args
        if op in _SIGNATURES:
            wanted, gives = _SIGNATURES[op]
            for arg, kind, one in zip(args, kinds, wanted, strict=False):
                self._take(op, arg, kind, one)
            if op == "round" and len(args) == 2:
                self._places(args[1])
            return gives
        match op:
            case "==" | "!=":
                self._compared(op, (args[0], kinds[0]), (args[1], kinds[1]))
                return BOOLEAN
            case "<" | "<=" | ">" | ">=":
                self._ordered(node, kinds)
                return BOOLEAN
            case "in":
                self._member(op, (args[0], kinds[0]), (args[1], kinds[1]))
                return BOOLEAN
            case "contains":
                if kinds[0].name == "list":
                    self._member(op, (args[1], kinds[1]), (args[0], kinds[0]))
                else:
                    self._take(op, args[0], kinds[0], TEXT)
                    self._take(op, args[1], kinds[1], TEXT)
                return BOOLEAN
            case "list":
                for arg, kind in zip(args, kinds, strict=True):
                    self._one_value(op, arg, kind)
                return list_of(self._met(args, kinds) if args else NULL)
            case "if":
                self._take(op, args[0], kinds[0], BOOLEAN)
                return self._met(args[1:], kinds[1:])
        assert op == "coalesce", op
        return self._met(args, kinds)

    def _take(self, op: str, arg: Node, kind: Kind, wanted: Kind) -> None:
        """Check that an argument fits. Dates are also taken as months and free text: a birth month is such a text."""
        if kind.name in {wanted.name, "null", "unknown"}:
            return
        if wanted == DATE and kind.name == "text":
            if not kind.codes or written_dates(kind, months=True):
                return
            if kind.written:
                self.say("bad-date", arg, word=", ".join(kind.codes))
                return
        self.say("wrong-argument-kind", arg, name=op, wanted=wanted.words, given=kind.words)

    def _places(self, arg: Node) -> None:
        places = arg.value
        if arg.op == "value" and not (isinstance(places, int) and 0 <= places <= PLACES_MAX):
            self.say("wrong-argument-kind", arg, name="round", wanted=_PLACES, given=str(places))

    def _one_value(self, op: str, arg: Node, kind: Kind) -> bool:
        if kind.is_value:
            return True
        self.say("wrong-argument-kind", arg, name=op, wanted=_ONE_VALUE, given=kind.words)
        return False

    def _met(self, args: tuple[Node, ...], kinds: list[Kind]) -> Kind:
        """The kind that one of several gives."""
        met = kinds[0]
        for arg, kind in zip(args[1:], kinds[1:], strict=True):
            both = meet(met, kind)
            if both is None:
                return self.say("unlike-kinds", arg, left=met.words, right=kind.words)
            met = both
        return met

    def _compared(self, op: str, one: tuple[Node, Kind], two: tuple[Node, Kind]) -> None:
        """Two values that can be equal: of one kind, and with a code in common."""
        left, right = one[1], two[1]
        if NULL in (left, right) or not (self._one_value(op, *one) and self._one_value(op, *two)):
            return  # whether anything was answered can be asked of everything
        if not alike(left, right):
            for other, (arg, kind) in ((right, one), (left, two)):
                if kind.written and other.name == "date":
                    self.say("bad-date", arg, word=", ".join(kind.codes))
                    return
            self.say("unlike-kinds", two[0], left=left.words, right=right.words)
        elif op in {"<", "<=", ">", ">="}:
            return
        elif left.codes and right.codes and left.written != right.written:
            (arg, written), known = (one, right) if left.written else (two, left)
            for code in written.codes:
                if code not in self._codes(known):
                    meant = self._near(code, known.codes)
                    choice = f'"{meant}"' if meant else None
                    self.say("unknown-code", arg, choice, choice=f'"{code}"', known=some(known.codes))
        elif left.codes and right.codes and not set(left.codes) & set(right.codes):
            self.say("never-equal", two[0])

    def _ordered(self, node: Node, kinds: list[Kind]) -> None:
        for arg, kind in zip(node.args, kinds, strict=True):
            choice = kind.name == "text" and kind.codes and not kind.written
            if choice or kind.name not in {"number", "date", "text", "null", "unknown"}:
                self.say("wrong-argument-kind", arg, name=node.op, wanted=_ORDERED, given=kind.words)
                return
        self._compared(node.op, (node.args[0], kinds[0]), (node.args[1], kinds[1]))

    def _member(self, op: str, value: tuple[Node, Kind], members: tuple[Node, Kind]) -> None:
        """A value and a list that can have it; what is written in a list is looked at one by one."""
        arg, kind = members
        if kind.name in {"unknown", "null"}:
            return
        if kind.name != "list" or kind.member is None:
            self.say("wrong-argument-kind", arg, name=op, wanted=_LIST, given=kind.words)
        elif arg.op == "list" and all(one.op == "value" for one in arg.args):
            for one in arg.args:
                self._compared(op, value, (one, self._value(one.value)))
        else:
            self._compared(op, value, (arg, kind.member))

    # --- functions over lists and items ---

    def _over_members(self, node: Node, repeat: str | None) -> tuple[Node, Kind]:
        op, (source, *per_item) = node.op, node.args
        source, kind = self.visit(source, repeat)
        if not per_item:
            resolved = msgspec.structs.replace(node, args=(source,))
            if kind.name in {"list", "unknown"} or (op == "count" and kind.name == "items"):
                member = kind.member or NULL
                return resolved, self._gives(op, source, member, kind)
            wanted = _LIST if kind.name != "items" else phrase("kind-group-what-per-item", op=op)
            return resolved, self.say("wrong-argument-kind", source, name=op, wanted=wanted, given=kind.words)
        if kind.name != "items":
            if kind.name != "unknown":
                self.say("wrong-argument-kind", source, name=op, wanted=_GROUP, given=kind.words)
            return msgspec.structs.replace(node, args=(source, *per_item)), UNKNOWN
        inner, member = self.visit(per_item[0], kind.group)
        resolved = msgspec.structs.replace(node, args=(source, inner))
        if op in {"count", "filter"}:
            self._take(op, inner, member, BOOLEAN)
            return resolved, NUMBER if op == "count" else kind
        if not self._one_value(op, inner, member):
            return resolved, UNKNOWN
        return resolved, self._gives(op, inner, member, kind)

    def _gives(self, op: str, arg: Node, member: Kind, kind: Kind) -> Kind:
        """The kind that a function over members of this kind gives."""
        match op:
            case "count":
                return NUMBER
            case "sum":
                self._take(op, arg, member, NUMBER)
                return NUMBER
            case "any" | "all":
                self._take(op, arg, member, BOOLEAN)
                return BOOLEAN
            case "unique":
                return BOOLEAN
            case "map":
                return list_of(member)
        choice = member.name == "text" and member.codes and not member.written
        if choice or member.name not in {"number", "date", "text", "null", "unknown"} or kind.name == "null":
            return self.say("wrong-argument-kind", arg, name=op, wanted=_ORDERED, given=member.words)
        return member
