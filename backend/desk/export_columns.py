"""The columns of an exported table: each with its kind, its words, and what its codes mean.

A question with several choices is followed by a column for each of them. A row of the form's own table ends with who
wrote what is shown, when and in which version, and how much waits.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import add
from typing import Any, Final

import msgspec

from backend.sentences import library
from backend.stores.queue_rows import APPROVED, IN_REVIEW, RECEIVED, RETURNED, SAYS_MORE
from backend.stores.record_rows import Remembered, authors_of
from backend.stores.records import STATUS
from forms.definition.document import Form, Lists
from forms.schema.question import Question

COLUMNS_MAX: Final = 1_900  # of one table with its choices; SQLite has 2,000
CHOICES_MAX: Final = 60  # choices of a question that get a column each; a list of schools gets none
OWN: Final[dict[str, tuple[str, str]]] = {  # columns of the software: their kind and SQLite's type
    "_record": ("text", "text"), "_item": ("text", "text"), "_place": ("integer", "integer"),
    "_version": ("integer", "integer"), "_first_written": ("moment", "text"), "_last_written": ("moment", "text"),
    "_authors": ("text", "text"), "_contested": ("boolean", "integer"), "_conflicts": ("integer", "integer"),
    "_hidden": ("integer", "integer"), "_waiting": ("integer", "integer"), "_findings": ("integer", "integer"),
    "_undecided": ("integer", "integer"), "_review": ("choice", "text"),
}  # fmt: skip
STATUS_COLUMNS: Final = tuple(OWN)[3:]
REVIEWS: Final = (RECEIVED, IN_REVIEW, APPROVED, RETURNED, *SAYS_MORE)  # in the words of the desk
IDS: Final = ("_record", "_item", "_place")
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_]+")
Words = Mapping[str, str]
_decode: Final = msgspec.json.Decoder().decode


class Column(msgspec.Struct, frozen=True):
    """A column of a table. `source` is its place in a stored row, `code` the choice that it counts of a question."""

    name: str
    kind: str
    type: str
    label: Words
    choices: Mapping[str, Words] = {}
    path: str = ""
    code: str = ""
    source: int = -1


def own(name: str) -> Column:
    """A column of the software."""
    kind, type_ = OWN[name]
    choices = {one: _said(f"records-review-{one.replace('_', '-')}") for one in REVIEWS} if name == "_review" else {}
    return Column(name, kind, type_, _said(f"column-{name[1:].replace('_', '-')}"), choices)


def _said(code: str) -> Words:
    return {language: library().phrase(code, language) for language in library().languages}


def of_table(types: Mapping[str, str], form: Form | None, repeat: str | None, lists: Lists) -> list[Column]:
    """The columns of a stored table, in its order, each question with several choices followed by a column a choice."""
    asked = {question.name: question for question in form.columns(repeat)} if form is not None else {}
    taken = {name.casefold() for name in (*types, *STATUS_COLUMNS)}
    columns: list[Column] = []
    left = COLUMNS_MAX - len(types) - len(STATUS_COLUMNS)
    for place, (name, type_) in enumerate(types.items()):
        question = asked.get(name)
        if question is None:
            found = own(name) if name in OWN else Column(name, "text", type_, {})
            columns.append(msgspec.structs.replace(found, source=place))
            continue
        choices = dict(lists.get(question.listed, {})) if question.listed else dict(question.choices)
        columns.append(Column(name, question.kind, type_, question.label, choices, question.path, "", place))
        if question.kind == "choices" and len(choices) <= min(CHOICES_MAX, left):
            left -= len(choices)
            columns += _each(question, choices, place, taken)
    return columns


def _each(question: Question, choices: Mapping[str, Words], place: int, taken: set[str]) -> list[Column]:
    found = []
    for code, words in choices.items():
        stem = name = f"{question.name}__{_NO_NAME.sub('_', code)}"
        number = 2
        while name.casefold() in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name.casefold())
        label = {one: f"{text}: {words.get(one, code)}" for one, text in question.label.items()}
        found.append(Column(name, "boolean", "integer", label, {}, question.path, code, place))
    return found


Cells = Sequence[Any]  # of one column, one of each row
Draws = Callable[[Sequence[Cells]], Cells]


class Drawing:
    """The cells of stored rows, a column at a time: each column has its own way, which is chosen once.

    A call for each cell costs more than all the rest. A choice of several is 1, 0 or nothing in a column of its own;
    which of them stand in a stored list is worked out once for lists that are alike.
    """

    def __init__(
        self, columns: Sequence[Column], width: int, moment: Callable[[int], str], named: Callable[[str], str]
    ) -> None:
        """`width` is the number of columns of the stored row; those of `STATUS` follow where a column needs them."""
        several: dict[int, list[str]] = {}
        for column in columns:
            if column.code:
                several.setdefault(column.source, []).append(column.code)
        self._several = [(source, Remembered(_counting(codes)).all) for source, codes in several.items()]
        places = {(source, code): place for place, (source, code) in enumerate(
            (source, code) for source, codes in several.items() for code in codes)}  # fmt: skip
        ends = _ends(width, moment, named)
        self._counted = width + len(STATUS)
        self._draws = [
            ends[one.name] if one.source < 0
            else _stored(self._counted + places[one.source, one.code] if one.code else one.source)
            for one in columns
        ]  # fmt: skip

    def of(self, rows: Sequence[Sequence[Any]]) -> list[Cells]:
        """The cells of each column of some rows."""
        stored: list[Cells] = [*zip(*rows, strict=True)]
        stored += [()] * (self._counted - len(stored))
        for source, counts in self._several:
            stored += zip(*counts(stored[source]), strict=True)
        return [draw(stored) for draw in self._draws]


def _stored(place: int) -> Draws:
    return lambda stored: stored[place]


def _counting(codes: Sequence[str]) -> Callable[[Any], Sequence[int | None]]:
    nothing = (None,) * len(codes)

    def count(cell: Any) -> Sequence[int | None]:
        chosen = _chosen(cell)
        return nothing if chosen is None else tuple(int(code in chosen) for code in codes)

    return count


def _chosen(cell: Any) -> list[Any] | None:
    try:
        chosen = _decode(cell) if isinstance(cell, str) else None
    except msgspec.DecodeError:
        return None
    return chosen if isinstance(chosen, list) else None


def _ends(width: int, moment: Callable[[int], str], named: Callable[[str], str]) -> dict[str, Draws]:
    """The ways of the columns of the software at the end of a row, from the columns of `STATUS`."""
    at = {name: width + place for place, name in enumerate(STATUS)}
    authors = Remembered(lambda raw: ", ".join(sorted(map(named, authors_of(raw))))).all
    alike = ("version", "contested", "conflicts", "hidden", "waiting", "findings", "review")
    return {
        **{f"_{name}": _stored(at[name]) for name in alike},
        "_first_written": lambda stored: [*map(moment, stored[at["created_ms"]])],
        "_last_written": lambda stored: [*map(moment, stored[at["changed_ms"]])],
        "_authors": lambda stored: authors(stored[at["authors"]]),
        "_undecided": lambda stored: [*map(add, stored[at["conflicts"]], stored[at["waiting"]])],
    }
