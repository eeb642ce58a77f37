"""A choice filter as the filter of a question, with the columns of its choices as attributes (SPEC.md section 4.4)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from forms.definition.offers import ATTRIBUTES_MAX, CODE, VALUE_MAX
from forms.expressions.kinds import NUMBER, TEXT
from forms.expressions.printer import written
from forms.expressions.tree import Node
from forms.interchange.naming import slug
from forms.interchange.xlsform_import.choices import ChoiceList
from forms.interchange.xlsform_import.conditions import Conditions
from forms.interchange.xlsform_import.draft import Asked, Draft, Expression
from forms.interchange.xlsform_import.tables import Line
from forms.interchange.xlsform_import.translate import translated
from forms.interchange.xlsform_import.values import Typed, Why, chained, numeric
from forms.interchange.xlsform_import.xpath import X, read
from forms.sentences import phrase

NAME: Final = "name"  # the column of the codes
PARTS_MAX: Final = 8  # codes that one cell names, between spaces
_ORDERED: Final = frozenset({"<", "<=", ">", ">=", "+", "-", "*", "div", "mod", "neg"})
_NO_NUMBERS: Final[Why] = phrase("import-these-no-numbers")
_TOO_MANY: Final[Why] = phrase("import-more-attributes", limit=ATTRIBUTES_MAX)
_TAKEN: Final[Why] = phrase("import-attribute-taken")


class _Column(msgspec.Struct, frozen=True):
    """One column that a filter reads: its attribute, whether it holds numbers, how many codes a cell names."""

    name: str
    attribute: str
    number: bool = False
    parts: int = 1

    def seen(self, copy: int) -> Typed:
        """The attribute in the nth row of one code."""
        return Node("name", _numbered(self.attribute, copy)), NUMBER if self.number else TEXT

    def split(self, copy: int) -> tuple[Node, ...]:
        """The codes that a cell names, each an attribute of its own."""
        return tuple(Node("name", _numbered(self._part(part), copy)) for part in range(1, self.parts + 1))

    def values(self, cell: str, copy: int) -> dict[str, Any]:
        """The attributes that come of a cell."""
        if not cell:
            return {}
        if self.parts > 1:
            return {_numbered(self._part(n), copy): code for n, code in enumerate(cell.split(), 1)}
        value = numeric(cell) if self.number else None
        known: Any = cell if value is None else int(value) if value.is_integer() else value
        return {_numbered(self.attribute, copy): known}

    def _part(self, part: int) -> str:
        return self.attribute if part == 1 else f"{self.attribute}_deel_{part}"


class Filters:
    """Puts the filters of a workbook into the questions of a draft."""

    def __init__(self, draft: Draft, conditions: Conditions) -> None:
        self._draft = draft
        self._ledger = draft.ledger
        self._conditions = conditions

    def own(self, line: Line, one: Asked, listed: ChoiceList, other: str = "") -> None:
        """The filter of a question with choices of its own; `other` is always offered."""
        tree = read(line.get("choice_filter"))
        if tree.node is None:
            return self._lost(line, tree.why)
        rows = max((len(cells) for cells in listed.columns.values()), default=1)
        columns = self._columns(tree.node, listed)
        if isinstance(columns, tuple):
            return self._lost(line, columns)
        marks = [self._free(f"rij_{row}") for row in range(2, rows + 1)]
        if rows * sum(column.parts for column in columns if column.name != NAME) + len(marks) > ATTRIBUTES_MAX:
            return self._lost(line, _TOO_MANY)
        nodes: list[Node] = []
        for row in range(1, rows + 1):
            made = self._translated(line, one, tree.node, columns, row)
            if made is None:
                return None
            there = [] if row == 1 else [Node("!=", args=(Node("name", marks[row - 2]), Node("value")))]
            nodes.append(chained("and", [*there, made]))
        if other:
            nodes.append(Node("==", args=(Node("name", CODE), Node("value", other))))
        attributes = {code: _attributes(columns, cells, marks) for code, cells in listed.columns.items()}
        if any(len(str(value)) > VALUE_MAX for own in attributes.values() for value in own.values()):
            return self._lost(line, phrase("import-attribute-too-long", limit=VALUE_MAX))
        one.field["attributes"] = {code: own for code, own in attributes.items() if own}
        return self._put(line, one, chained("or", nodes))

    def elsewhere(self, line: Line, one: Asked, tree: X | None = None) -> None:
        """The filter of a question whose choices a list of the municipality gives: by the attributes of that list."""
        known = read(line.get("choice_filter")) if line.get("choice_filter") else None
        if known is not None and known.node is None:
            return self._lost(line, known.why)
        parts = [one for one in (tree, known.node if known is not None else None) if one is not None]
        if not parts:
            return None
        tree = parts[0] if len(parts) == 1 else X("and", args=tuple(parts))
        names = list(dict.fromkeys(x.value for x in tree.walk() if x.op == "column"))
        columns = [_Column(name, CODE if name == NAME else slug(name)) for name in names]
        inside = {asked.name for asked in self._draft.asked if asked.repeat == one.repeat is not None}
        if inside & {column.attribute for column in columns}:
            return self._lost(line, _TAKEN)
        made = self._translated(line, one, tree, columns, 1)
        if made is None:
            return None
        one.field["attributes"] = [column.attribute for column in columns if column.attribute != CODE]
        return self._put(line, one, made)

    def _translated(self, line: Line, one: Asked, tree: X, columns: Iterable[_Column], row: int) -> Node | None:
        scope = self._conditions.scope(one.repeat, one)
        scope = msgspec.structs.replace(scope, columns=_seen(columns, row), parts=_split(columns, row))
        made = translated(tree, scope, condition=True)
        if made.node is None:
            self._lost(line, made.why)
            return None
        if row == 1:
            for why in made.remarks:
                self._ledger.changed(line.source, "import-expression-near", column="choice_filter", why=why)
        return made.node

    def _columns(self, tree: X, listed: ChoiceList) -> "list[_Column] | Why":
        """The columns that a filter reads."""
        ordered = {arg.value for x in tree.walk() if x.op in _ORDERED for arg in x.args if arg.op == "column"}
        several = {x.args[0].value for x in tree.walk() if x.op == "call" and x.value == "selected" and x.args}
        found: list[_Column] = []
        for name in dict.fromkeys(x.value for x in tree.walk() if x.op == "column"):
            cells = [row.get(name, "") for rows in listed.columns.values() for row in rows]
            filled = [cell for cell in cells if cell]
            if name != NAME and not filled:
                continue  # no such column: whoever reads it is told
            numbers = all(numeric(cell) is not None for cell in filled)
            if name in ordered and not (numbers and name != NAME):
                return _NO_NUMBERS
            parts = max((len(cell.split()) for cell in filled), default=1) if name in several else 1
            if parts > PARTS_MAX:
                return _TOO_MANY
            attribute = CODE if name == NAME else self._free(slug(name), {column.attribute for column in found})
            found.append(_Column(name, attribute, name in ordered, parts))
        return found

    def _free(self, wanted: str, taken: Iterable[str] = ()) -> str:
        """A name that no question and no other attribute has."""
        known = {CODE, *taken, *(asked.name for asked in self._draft.asked)}
        known |= {path.rpartition("/")[2] for path in self._draft.repeats}
        name, number = wanted[:50], 1
        while name in known:
            name, number = f"van_{wanted[:50]}" + (f"_{number}" if number > 1 else ""), number + 1
        return name

    def _put(self, line: Line, one: Asked, node: Node) -> None:
        if node == Node("value", True):
            one.field.pop("attributes", None)
            return
        one.offer_if = Expression(written(node), [(line.source, "choice_filter")])

    def _lost(self, line: Line, why: Why) -> None:
        self._ledger.changed(line.source, "import-filter-left", why=why)


def _numbered(name: str, copy: int) -> str:
    return name if copy == 1 or name == CODE else f"{name}_rij_{copy}"


def _seen(columns: Iterable[_Column], row: int) -> Mapping[str, Typed]:
    return {column.name: column.seen(row) for column in columns}


def _split(columns: Iterable[_Column], row: int) -> Mapping[str, tuple[Node, ...]]:
    return {column.name: column.split(row) for column in columns if column.parts > 1}


def _attributes(columns: Iterable[_Column], rows: Iterable[Mapping[str, str]], marks: list[str]) -> dict[str, Any]:
    """The attributes of one code, from every row in which it stands."""
    found: dict[str, Any] = {}
    for number, cells in enumerate(rows, 1):
        for column in columns:
            if column.name != NAME:
                found |= column.values(cells.get(column.name, ""), number)
        if number > 1:
            found[marks[number - 2]] = "ja"
    return found
