"""Relevant, constraint and calculation as our own conditions, checks and computed fields (SPEC.md section 7)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

import msgspec

from forms.expressions.kinds import NUMBER, TEXT, UNKNOWN
from forms.expressions.parser import parse
from forms.expressions.printer import written
from forms.expressions.tree import Node
from forms.interchange.columns import SCHEMA
from forms.interchange.xlsform_import import own
from forms.interchange.xlsform_import.draft import INSTEAD, Asked, Check, Draft, Expression, Template
from forms.interchange.xlsform_import.speech import Words, below
from forms.interchange.xlsform_import.tables import Line
from forms.interchange.xlsform_import.templates import template
from forms.interchange.xlsform_import.translate import Translated, translate, translated
from forms.interchange.xlsform_import.values import Named, Scope, Why, chained
from forms.interchange.xlsform_import.walk import Block, Item
from forms.interchange.xlsform_import.xpath import X, read
from forms.schema.patterns import portable
from forms.sentences import in_languages, phrase

CHAIN_MAX: Final = 20  # computed fields that are worked out inside each other, where they stand in a circle
_NAMED: Final = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")
_BOUNDS: Final = {">=": "minimum", "<=": "maximum", ">": "exclusiveMinimum", "<": "exclusiveMaximum"}
_TURNED: Final = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "=": "="}
_SIZES: Final = {"string-length": ("minLength", "maxLength"), "count-selected": ("minItems", "maxItems")}
SAY: Final[Words] = in_languages("import-say-constraint")
COUNT_SAY: Final[Words] = in_languages("import-say-count")
_PATTERN: Final[Why] = phrase("import-pattern-not-what-all-devices")


def truth(text: str) -> bool | None:
    """The truth value of a cell that says yes or no; None if it is an expression."""
    plain = text.strip().lower().removesuffix("()")
    return True if plain in {"yes", "true", "1", "ja"} else False if plain in {"no", "false", "0", "", "nee"} else None


def _near(known: Sequence[Asked | Named], repeat: str | None) -> list[Asked | Named]:
    """Two of those in the same item, or outside of items, at most: more than one is one too many."""
    own = [one for one in known if one.repeat == repeat]
    return (own or [one for one in known if one.repeat is None])[:2]


class Conditions:
    """Translates the expressions of rows, and knows what every name means."""

    def __init__(self, draft: Draft, today: frozenset[str], codes: Mapping[str, str]) -> None:
        self._draft = draft
        self._ledger = draft.ledger
        self._today = today
        self._codes = codes
        self._named: dict[str, list[Asked | Named]] = {}
        self._placed: dict[str, dict[tuple[str, ...], list[Asked | Named]]] = {}  # by the blocks around, where asked
        self._sums: dict[str, tuple[Asked, str]] = {}
        self._open: set[str] = set()
        self._around: dict[str, tuple[str, ...]] = {}

    def know(self, old: str, one: Asked | Named) -> None:
        """Something that expressions can name."""
        self._named.setdefault(old, []).append(one)
        self._placed.pop(old, None)

    def compute(self, one: Asked, text: str) -> None:
        """A computed field, whose kind is worked out when it is asked for."""
        self._sums[one.path] = (one, text)

    def locate(self, items: Iterable[Item]) -> None:
        """Note the blocks around every row, by name: a path that goes up and down again means what stands there."""
        self._placed.clear()
        for item in items:
            names = tuple(block.line.get("name") for block in item.blocks)
            self._around[item.line.source] = names
            for depth, block in enumerate(item.blocks):
                self._around[block.line.source] = names[:depth]

    def scope(
        self,
        repeat: str | None,
        mine: Asked | None = None,
        at: str = "",
    ) -> Scope:
        """The names that an expression sees from its place, the row `at`."""
        own_named = mine.named if mine is not None else None
        within = self._around.get(at or (mine.source if mine is not None else ""), ())
        return Scope(self._found, repeat, own_named, today=self._today, within=within, codes=self._codes)

    def _found(self, name: str, ended: tuple[str, ...] | None = None, repeat: str | None = None) -> tuple[Named, ...]:
        known = self._named.get(name, [])
        if ended is not None and len(known) > 1:
            known = self._at(name).get(ended) or _near(known, repeat) or known
        return tuple(self._meant(one) for one in known)

    def _at(self, name: str) -> dict[tuple[str, ...], list[Asked | Named]]:
        """All that have a name, by the blocks around it."""
        placed = self._placed.get(name)
        if placed is None:
            placed = self._placed[name] = {}
            for one in self._named[name]:
                within = one.within if isinstance(one, Named) else self._around.get(one.source, ())
                placed.setdefault(within, []).append(one)
        return placed

    def _meant(self, one: Asked | Named) -> Named:
        if isinstance(one, Named):
            return one
        if one.path in self._sums and one.computed is None:
            self._work_out(one)
        return msgspec.structs.replace(one.named, within=self._around.get(one.source, ()))

    def work_out(self) -> None:
        """All computed fields that nobody asked for yet."""
        needs = {path: set(_NAMED.findall(text)) for path, (_, text) in self._sums.items()}
        by_name = {one.old: path for path, (one, _) in self._sums.items()}
        order = TopologicalSorter(
            {path: {by_name[name] for name in names if name in by_name} for path, names in needs.items()}
        )
        try:
            paths = list(order.static_order())
        except CycleError:
            paths = list(self._sums)
        for path in paths:
            if path in self._sums and self._sums[path][0].computed is None:
                self._work_out(self._sums[path][0])

    def _work_out(self, one: Asked) -> None:
        if (
            one.path in self._open or len(self._open) > CHAIN_MAX
        ):  # a circle: whoever asks is told that there is no such value
            return
        self._open.add(one.path)
        text = self._sums[one.path][1]
        made = translate(text, self.scope(one.repeat, at=one.source))
        self._open.discard(one.path)
        if one.exact is not None:
            one.computed, one.kind = one.exact, made.kind if made.node is not None else UNKNOWN
            return
        if made.node is None or made.kind.name == "items":
            self._sums.pop(one.path, None)
            words = template(text) if made.node is None and not one.listed else None
            if words is not None:
                self._draft.templates[one.old] = Template(one.source, words, made.why)
                return
            self._ledger.left(one.source, "import-calculation-left", why=made.why)
            return
        self._near(one.source, "calculation", made)
        one.kind = made.kind
        one.computed = Expression(made.text, [(one.source, "calculation")])

    def _near(self, source: str, column: str, made: Translated) -> None:
        for why in made.remarks:
            self._ledger.changed(source, "import-expression-near", column=column, why=why)

    # --- relevant ---

    def shown(self, lines: Iterable[Line], repeat: str | None) -> Expression | None:
        """The condition under which something is shown: all the conditions of these rows together."""
        nodes: list[Node] = []
        origins: list[tuple[str, str]] = []
        last: Expression | None = None
        for line in lines:
            text, exact = line.get("relevant"), own.shown(line)
            if exact is not None:
                parsed = parse(exact.text).node
                nodes.extend(() if parsed is None else parsed.args if parsed.op == "and" else (parsed,))
                origins.extend(exact.origins)
                last = exact
                continue
            if not text or truth(text) is True:
                continue
            found = self._holds(line, "false()" if truth(text) is False else text, repeat)
            nodes.extend(found)
            origins += [(line.source, "relevant")] if found else []
        if not nodes:
            return None
        if last is not None and len(origins) == 1:
            return last
        nodes = list(dict.fromkeys(nodes))
        return Expression(written(nodes[0] if len(nodes) == 1 else Node("and", args=tuple(nodes))), origins)

    def _holds(self, line: Line, text: str, repeat: str | None) -> list[Node]:
        """The parts of a condition that can be said here; the report says which cannot, and what then."""
        tree, scope = read(text), self.scope(repeat, at=line.source)
        if tree.node is None:
            self._lost(line.source, "relevant", tree.why)
            return []
        nodes: list[Node] = []
        lost: list[Why] = []
        for part in tree.node.args if tree.node.op == "and" else (tree.node,):
            made = translated(part, scope, condition=True)
            if made.node is None:
                lost.append(made.why)
                continue
            self._near(line.source, "relevant", made)
            nodes.extend(made.node.args if made.node.op == "and" else (made.node,))
        never = [node for node in nodes if node == Node("value", False)]
        nodes = never[:1] or [node for node in nodes if node != Node("value", True)]
        for why in () if never else lost:
            if nodes:
                more = phrase("import-instead-shown-more")
                self._ledger.changed(line.source, "import-part-left", column="relevant", instead=more, why=why)
            else:
                self._lost(line.source, "relevant", why)
        return nodes

    def _lost(self, source: str, column: str, why: Why) -> None:
        self._ledger.changed(source, "import-expression-left", column=column, instead=INSTEAD[column], why=why)

    def demanded(self, line: Line, one: Asked) -> None:
        """An answer that is required under a condition."""
        text = line.get("required")
        if one.schema is None or one.required_if is not None or not text or truth(text) is not None:
            return
        made = translate(text, self.scope(one.repeat, one, at=line.source), condition=True)
        if made.node is None:
            self._lost(line.source, "required", made.why)
            return
        self._near(line.source, "required", made)
        if made.node == Node("value", True):
            one.required = True
        elif made.node != Node("value", False):
            one.required_if = Expression(made.text, [(line.source, "required")])

    # --- constraint ---

    def constrain(self, line: Line, one: Asked, message: Words) -> None:
        """Turn a `constraint` into keywords of the schema where they are equivalent; the rest becomes a check."""
        restored = own.checks(line, one.path, self._ledger)
        if restored is not None:
            self._draft.checks += restored
            return
        text = line.get("constraint")
        if not text or one.schema is None:
            return
        tree = read(text)
        if tree.node is None:
            self._lost(line.source, "constraint", tree.why)
            return
        parts = tuple(map(_if_answered, tree.node.args if tree.node.op == "and" else (tree.node,)))
        rest = [part for part in parts if not self._in_schema(part, one, line)]
        if not rest:
            if message:
                one.field["hint"] = below(one.field.get("hint", {}), message)
                self._ledger.changed(line.source, "import-message-as-hint")
            return
        nodes: list[Node] = []
        for part in rest:
            made = translated(part, self.scope(one.repeat, one, at=line.source), condition=True)
            if made.node is None:
                less = INSTEAD["constraint"] if len(parts) == 1 else phrase("import-instead-constraint-part")
                code = "import-expression-left" if len(parts) == 1 else "import-part-left"
                self._ledger.changed(line.source, code, column="constraint", instead=less, why=made.why)
                continue
            self._near(line.source, "constraint", made)
            nodes.append(made.node)
        whole = chained("and", nodes)
        if whole != Node("value", True):
            holds = Expression(written(whole), [(line.source, "constraint")])
            self._draft.checks.append(Check(holds, one.path, message or SAY))

    def _in_schema(self, part: X, one: Asked, line: Line) -> bool:
        """Put one condition into the schema, if it is exactly what the schema says."""
        assert one.schema is not None
        if part.op == "call" and part.value == "regex" and len(part.args) == 2 and part.args[0].op == "self":
            return self._pattern(part.args[1], one, line)
        if part.op not in _TURNED or len(part.args) != 2:
            return False
        left, right, op = part.args[0], part.args[1], part.op
        if _constant(left) is not None:
            left, right, op = right, left, _TURNED[op]
        value = _constant(right)
        if value is None:
            return False
        if left.op == "self" and one.kind == NUMBER and op in _BOUNDS:
            return _put(one.schema, {_BOUNDS[op]: _whole(value)})
        if left.op != "call" or left.value not in _SIZES or [arg.op for arg in left.args] not in ([], ["self"]):
            return False
        least, most = _SIZES[left.value]
        fits = one.kind == TEXT if least == "minLength" else one.kind.name == "list"
        if not fits or not value.is_integer() or value < 0:
            return False
        size = int(value)
        bounds = {">=": {least: size}, ">": {least: size + 1}, "<=": {most: size}, "=": {least: size, most: size}}
        return _put(one.schema, bounds.get(op, {most: size - 1})) if op != "<" or size else False

    def _pattern(self, x: X, one: Asked, line: Line) -> bool:
        assert one.schema is not None
        if x.op != "text" or one.kind != TEXT:
            return False
        whole = x.value if re.fullmatch(r"\^.*\$", x.value) and "|" not in x.value else f"^(?:{x.value})$"
        pattern = portable(whole)
        if pattern is None or "pattern" in one.schema:
            self._lost(line.source, "constraint", _PATTERN)
            return True
        if pattern != whole:
            self._ledger.carried(line.source, "import-pattern-rewritten", pattern=pattern)
        one.schema["pattern"] = pattern
        return True

    # --- choices and repeats ---

    def counted(self, block: Block, path: str) -> None:
        """The number of times that a repeat comes: a number for the schema, anything else a check."""
        line, text = block.line, block.line.get("repeat_count")
        self._draft.checks += own.checks(line, path, self._ledger) or []
        bounds = own.read(line, SCHEMA, self._ledger)
        if isinstance(bounds, dict) and bounds.keys() <= {"minItems", "maxItems"} and not text:
            self._draft.repeats[path] = bounds
        if not text:
            return
        tree = read(text)
        value = _constant(tree.node) if tree.node is not None else None
        if value is not None and value.is_integer() and value >= 0:
            self._draft.repeats[path] = {"minItems": int(value), "maxItems": int(value)}
            return
        made = translate(text, self.scope(None))
        if made.node is None or made.kind not in {NUMBER, UNKNOWN}:
            why = made.why if made.node is None else phrase("import-no-number")
            self._lost(line.source, "repeat_count", why)
            return
        name = Node("name", path.rpartition("/")[2])
        same = Node("==", args=(Node("count", args=(name,)), made.node))
        counted = Expression(written(same), [(line.source, "repeat_count")])
        self._draft.checks.append(Check(counted, path, COUNT_SAY, "warn"))
        why = phrase("import-people-add-themselves-check-compares")
        self._ledger.changed(line.source, "import-expression-near", column="repeat_count", why=why)


def _put(schema: dict[str, Any], bounds: dict[str, Any]) -> bool:
    if set(bounds) & set(schema):
        return False
    schema.update(bounds)
    return True


def _if_answered(x: X) -> X:
    """A condition on an answer that is there: no check looks at one that lacks, which `. = '' or …` allows."""
    length = X("call", "string-length", (X("self"),))
    nothing = (X("=", args=(X("self"), X("text", ""))), X("=", args=(length, X("number", 0.0))))
    rest = tuple(arg for arg in x.args if arg not in nothing) if x.op == "or" else ()
    return rest[0] if len(rest) == 1 and len(rest) < len(x.args) else x


def _constant(x: X | None) -> float | None:
    if x is not None and x.op == "number":
        return float(x.value)
    if x is not None and x.op == "neg" and x.args[0].op == "number":
        return -float(x.args[0].value)
    return None


def _whole(value: float) -> int | float:
    return int(value) if value.is_integer() else value
