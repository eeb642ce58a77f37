"""From the XPath of XLSForms to our expressions, with the same meaning or not at all (SPEC.md section 3).

Builds nodes of our own language, so that brackets come out right. What has no equal meaning is refused by the word
that it stands on and the reason; a near meaning is said in a remark.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from forms.expressions.kinds import BOOLEAN, DATE, NULL, NUMBER, TEXT, Kind, meet, written_text
from forms.expressions.printer import written
from forms.expressions.tree import LENGTH_MAX, NODES_MAX, Node
from forms.interchange.xlsform_import.functions import FUNCTIONS
from forms.interchange.xlsform_import.idioms import answered, days_or_times, lacks
from forms.interchange.xlsform_import.impossible import IMPOSSIBLE
from forms.interchange.xlsform_import.values import (
    Impossible,
    Named,
    Scope,
    Typed,
    Why,
    alone,
    among,
    as_numbers,
    chained,
    denied,
    empty,
    is_date,
    is_literal,
    literal,
    minus,
    node_of,
    numeric,
    reckoned,
    remainder,
    size,
    text_of,
    word_of,
)
from forms.interchange.xlsform_import.xpath import X, read
from forms.sentences import phrase

CODES_AS_NUMBERS_MAX: Final = 12  # each becomes a branch of `if`; more is no scale but a list
OK: Final = "OK"  # what ODK writes for an acknowledged note
EPOCH: Final = "1970-01-01"  # XForms counts days from here when a date is taken as a number

TOO_LARGE: Final = phrase("import-becomes-too-long-split-into")
_SAME: Final = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Translated(msgspec.Struct, frozen=True):
    """The expression in our words, or why there is none; `remarks` say where it means something near."""

    node: Node | None
    kind: Kind = NULL
    why: Why = ("", "")
    remarks: tuple[Why, ...] = ()

    @property
    def text(self) -> str:
        """The text for the form document."""
        assert self.node is not None
        return written(self.node)


def translate(text: str, scope: Scope, condition: bool = False) -> Translated:
    """One XPath in our words. Never raises, whatever the text."""
    tree = read(text)
    if tree.node is None:
        return Translated(None, why=tree.why)
    return translated(tree.node, scope, condition)


def translated(tree: X, scope: Scope, condition: bool = False) -> Translated:
    """A tree in our words; a condition says yes or no."""
    translator = Translator(scope)
    try:
        node, kind = translator.boolean(tree) if condition else translator.visit(tree)
        if size(node) > NODES_MAX or len(written(node)) > LENGTH_MAX:
            raise Impossible("…", TOO_LARGE)
    except Impossible as impossible:
        return Translated(None, why=impossible.why)
    return Translated(node, kind, remarks=tuple(dict.fromkeys(translator.remarks)))


class Translator:
    """Walks over one XPath. Each method gives a node of ours and what kind of value it has."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.remarks: list[Why] = []

    def visit(self, x: X) -> Typed:
        """The value of a part."""
        match x.op:
            case "number":
                return literal(x.value)
            case "text":
                text = self.scope.codes.get(x.value, x.value)
                return (Node("value"), NULL) if text == "" else (Node("value", text), written_text(text))
            case "question":
                return self._question(x.value, x.way)
            case "self":
                return self._self()
            case "column":
                return self._column(x.value)
            case "and" | "or":
                return chained(x.op, [self.boolean(arg)[0] for arg in x.args]), BOOLEAN
            case "neg":
                return Node("-", args=(self.number(x.args[0]),)), NUMBER
            case "call":
                return self._call(x)
            case "+" | "-" | "*" | "div" | "mod":
                return self._reckon(x)
        if x.op in _SAME:
            return self._compare(x)
        if x.op == "where":
            raise Impossible(
                f"{x.args[0].value}[…]",
                phrase("import-part-repeat-fits-count-only"),
            )
        word = x.value if x.op == "other" else x.op
        raise Impossible(str(word), phrase("import-no-such-paths-here"))

    def seen_from(self, repeat: str) -> "Translator":
        """The same, for what stands in an item of a group; remarks are kept together."""
        inner = Translator(self.scope.inside(repeat))
        inner.remarks = self.remarks
        return inner

    # --- names ---

    def named(self, name: str, way: tuple[str, ...] = ()) -> Named:
        """The meaning of a name here: at the end of its way, then of the same item, then outside of items."""
        ended = self._ended(way)
        found = self.scope.found(name, ended, self.scope.repeat)
        there = [one for one in found if one.within == ended] if len(found) > 1 else []
        found = tuple(there) or found
        near = [one for one in found if one.repeat == self.scope.repeat]
        near = near or [one for one in found if one.repeat is None]
        if len(near) == 1:
            return near[0]
        word = f"${{{name}}}"
        if near:
            raise Impossible(word, phrase("import-more-one-question-has-name"))
        if found:
            raise Impossible(
                word,
                phrase("import-stands-repeat-has-value-each"),
            )
        raise Impossible(word, phrase("import-no-such-question-any-more"))

    def _ended(self, way: tuple[str, ...]) -> tuple[str, ...]:
        """The blocks around the end of a way, which begins at this row (`..` leaves it), or at the top."""
        if way[:1] == ("/",):
            return way[2:]
        at = [*self.scope.within, ""]
        for step in way:
            at = at[:-1] if step == ".." else at if step in {".", "current()"} else [*at, step]
        return tuple(at)

    def _question(self, name: str, way: tuple[str, ...] = ()) -> Typed:
        if name in self.scope.today and not self.scope.found(name):
            return Node("today"), DATE
        one = self.named(name, way)
        if one.kind.name == "unknown":
            raise Impossible(f"${{{name}}}", phrase("import-what-computes-was-not-possible"))
        return self._answer(one), one.kind

    def _answer(self, one: Named) -> Node:
        """A question as our language writes it: beside a choice by its path, for a name may be that of an attribute."""
        by_path = self.scope.columns and one.repeat is None and one.kind.name != "items"
        return Node("answer", one.path) if by_path else node_of(one)

    def _self(self) -> Typed:
        if self.scope.own is None:
            raise Impossible(".", phrase("import-dot-means-nothing-here"))
        return self._answer(self.scope.own), self.scope.own.kind

    def _column(self, name: str) -> Typed:
        if name in self.scope.columns:
            return self.scope.columns[name]
        if self.scope.repeat is not None and any(one.repeat == self.scope.repeat for one in self.scope.found(name)):
            return self._question(name)
        raise Impossible(
            name,
            phrase("import-write-around-question-quotes-around"),
        )

    # --- kinds ---

    def boolean(self, x: X) -> Typed:
        """A part as a condition: XPath takes everything that is not empty or zero as true."""
        return self.as_boolean(self.visit(x)), BOOLEAN

    def as_boolean(self, typed: Typed) -> Node:
        """A value as a condition."""
        node, kind = typed
        if kind == BOOLEAN:
            return node
        if kind == NULL:
            return Node("value", False)
        if kind == NUMBER and node.op == "value":
            return Node("value", node.value != 0)
        if kind.name in {"list", "items"}:
            return Node(">", args=(Node("count", args=(node,)), Node("value", 0)))
        answered = Node("!=", args=(node, Node("value")))
        zero = Node("!=", args=(node, Node("value", 0)))
        return Node("and", args=(answered, zero)) if kind == NUMBER else answered

    def number(self, x: X) -> Node:
        """A part as a number."""
        return self.as_number(self.visit(x), word_of(x))

    def as_number(self, typed: Typed, word: str) -> Node:
        """A value as a number: codes that look like numbers are counted as such, dates as days since 1970."""
        node, kind = typed
        if kind in {NUMBER, NULL}:
            return node
        if kind == BOOLEAN:
            return Node("if", args=(node, Node("value", 1), Node("value", 0)))
        if kind == DATE:
            return Node("days_between", args=(Node("value", EPOCH), node))
        if kind.name == "text" and kind.codes:
            return self._counted(node, kind, word)
        raise Impossible(word, phrase("import-free-text-list-no-number"))

    def _counted(self, node: Node, kind: Kind, word: str) -> Node:
        known = [(code, numeric(code)) for code in kind.codes if numeric(code) is not None]
        if not known or len(kind.codes) > CODES_AS_NUMBERS_MAX:
            raise Impossible(word, phrase("import-these-choices-no-numbers"))
        if kind.written and node.op == "value":
            return literal(known[0][1] or 0.0)[0]
        counted = Node("value")
        for code, value in reversed(known):
            same = Node("==", args=(node, Node("value", code)))
            counted = Node("if", args=(same, literal(value or 0.0)[0], counted))
        return counted

    # --- operators ---

    def _reckon(self, x: X) -> Typed:
        (left, one), (right, two) = (self.visit(arg) for arg in x.args)
        if x.op == "-" and one == two == DATE:
            return Node("days_between", args=(right, left)), NUMBER
        if DATE in {one, two} and x.op in {"+", "-"} and (one == DATE or x.op == "+"):
            date, days, kind, word = (left, right, two, x.args[1]) if one == DATE else (right, left, one, x.args[0])
            moved = self.as_number((days, kind), word_of(word))
            return Node("add_days", args=(date, moved if x.op == "+" else minus(moved))), DATE
        first = self.as_number((left, one), word_of(x.args[0]))
        second = self.as_number((right, two), word_of(x.args[1]))
        if max(size(first), size(second)) > NODES_MAX:
            raise Impossible(x.op, TOO_LARGE)
        if x.op == "mod":
            return remainder(first, second), NUMBER
        return Node({"div": "/"}.get(x.op, x.op), args=(first, second)), NUMBER

    def _compare(self, x: X) -> Typed:
        if (found := answered(self, x)) is not None:
            return found, BOOLEAN
        left, right = self.visit(x.args[0]), self.visit(x.args[1])
        word = word_of(x.args[0]) if x.args[0].op != "text" else word_of(x.args[1])
        if x.op in _TURNED and "text" in {arg.op for arg in x.args} and days_or_times(left, right):
            self.remarks.append(phrase("import-text-beside-date"))
        if x.op in {"=", "!="}:
            same = self._same(left, right, word)
            return (denied(same) if x.op == "!=" else same), BOOLEAN
        return self._ordered(x.op, left, right, word), BOOLEAN

    def _same(self, left: Typed, right: Typed, word: str) -> Node:
        """Compare two values for equality, as XPath sees it."""
        if right[1] in {NULL, BOOLEAN} or is_literal(right[0]) or not is_literal(left[0]):
            (node, kind), (other, second) = left, right
        else:
            (node, kind), (other, second) = right, left
        if is_literal(node) and is_literal(other):
            return Node("value", alone(node.value) == alone(other.value))
        if second == NULL:
            return empty(node, kind)
        if BOOLEAN in {kind, second}:
            return self._same_boolean((node, kind), (other, second), word)
        if lacks(self, kind, other, second):
            return Node("value", False)
        if kind.name == "list":
            return self._only(node, kind, other, second, word)
        if second == NUMBER and kind.name == "text":
            return self._same_number(node, kind, other, word)
        if kind == NUMBER and second.name == "text":
            if not is_literal(other):
                return self._same_number(other, second, node, word)
            return as_numbers(node, self.as_number((other, second), word))
        if kind == second == NUMBER:
            return self._same_numbers(node, other, word)
        if meet(kind, second) is None:
            raise Impossible(word, phrase("import-two-kinds-values-compared"))
        return Node("==", args=(node, other))

    def _same_boolean(self, left: Typed, right: Typed, word: str) -> Node:
        (node, _), (other, second) = (left, right) if left[1] == BOOLEAN else (right, left)
        if second == BOOLEAN:
            return node if other == Node("value", True) else Node("==", args=(node, other))
        if other.op == "value" and other.value in {OK, "true", "yes"}:
            return Node("==", args=(node, Node("value", True)))
        if other.op == "value" and second == NUMBER:
            return node if other.value else denied(node)
        raise Impossible(word, phrase("import-yes-no-stands-beside-something"))

    def _same_number(self, node: Node, kind: Kind, other: Node, word: str) -> Node:
        if other.op != "value":
            counted = as_numbers(self.as_number((node, kind), word), other)
            if reckoned(node) is not False or reckoned(other) is not False:
                self._unlike(reckoned(node), reckoned(other), word)
                return counted
            nothing = Node("and", args=(empty(node, kind), empty(other, NUMBER)))  # two empty answers are equal texts
            return Node("or", args=(counted, nothing))
        codes = [code for code in kind.codes if numeric(code) == other.value]
        return among(node, codes or [text_of(other.value)])

    def _same_numbers(self, node: Node, other: Node, word: str) -> Node:
        """Two empty answers are equal texts; what is reckoned of an empty one is no number, and equals nothing."""
        if reckoned(node) is False and reckoned(other) is False:
            return Node("==", args=(node, other))
        self._unlike(reckoned(node), reckoned(other), word)
        return as_numbers(node, other)

    def _unlike(self, one: bool | None, two: bool | None, word: str) -> None:
        if None in {one, two} and True not in {one, two}:
            raise Impossible(word, phrase("import-answer-now-sum-then"))

    def _only(self, node: Node, kind: Kind, other: Node, second: Kind, word: str) -> Node:
        """A question with several choices equals a text if that choice alone was made."""
        if second == NUMBER and other.op == "value":
            other, second = Node("value", text_of(other.value)), written_text(text_of(other.value))
        if second.name != "text" or kind.member is None or " " in str(other.value):
            raise Impossible(word, phrase("import-list-stands-beside-something-else"))
        alone = Node("==", args=(Node("count", args=(node,)), Node("value", 1)))
        return Node("and", args=(alone, Node("in", args=(other, node))))

    def _ordered(self, op: str, left: Typed, right: Typed, word: str) -> Node:
        """Compare two values by order. XPath makes numbers of everything; dates and times keep their order as texts."""
        (node, kind), (other, second) = left, right
        if NULL in {kind, second}:
            return Node("value", False)
        if is_date(kind, node) and is_date(second, other) and DATE in {kind, second}:
            return Node(op, args=(node, other))
        for one, code, turned in ((left, right, op), (right, left, _TURNED[op])):
            if (
                one[1].name == "text"
                and one[1].codes
                and not one[1].written
                and code[0].op == "value"
                and code[1] == NUMBER
            ):
                return self._codes_ordered(turned, one, code[0].value, word)
        if kind == second == TEXT:
            return Node(op, args=(node, other))
        written_beside = (kind == TEXT and second.written) or (second == TEXT and kind.written)
        if written_beside and any(
            ":" in code for code in (*kind.codes, *second.codes)
        ):  # times are texts of one length
            return Node(op, args=(node, other))
        return Node(op, args=(self.as_number(left, word), self.as_number(right, word)))

    def _codes_ordered(self, op: str, one: Typed, bound: float, word: str) -> Node:
        holds: dict[str, Callable[[float], bool]] = {
            "<": lambda n: n < bound, "<=": lambda n: n <= bound, ">": lambda n: n > bound, ">=": lambda n: n >= bound,
        }  # fmt: skip
        numbers = [(code, numeric(code)) for code in one[1].codes]
        if all(value is None for _, value in numbers):
            raise Impossible(word, phrase("import-these-choices-no-numbers"))
        return among(one[0], [code for code, value in numbers if value is not None and holds[op](value)])

    # --- functions ---

    def _call(self, x: X) -> Typed:
        word = f"{x.value}()"
        if x.value in IMPOSSIBLE:
            raise Impossible(word, IMPOSSIBLE[x.value])
        if x.value not in FUNCTIONS:
            raise Impossible(word, phrase("import-we-do-not-know-function"))
        least, most, function = FUNCTIONS[x.value]
        if not least <= len(x.args) <= most:
            raise Impossible(
                word,
                phrase("import-number-values-between-brackets-wrong"),
            )
        node, kind = function(self, x.args)
        if size(node) > NODES_MAX:  # some functions need their argument twice
            raise Impossible(word, TOO_LARGE)
        return node, kind
