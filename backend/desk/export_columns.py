"""The columns of an exported table: each with its kind, its words, and what its codes mean.

A question with several choices is followed by a column for each of them. A row of the form's own table ends with who
wrote what is shown, when and in which version, and how much waits.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec

from backend.sentences import library
from backend.stores.record_rows import authors_of
from backend.stores.records import STATUS
from forms.document import Form, Lists, Question

COLUMNS_MAX: Final = 1_900  # of one table with its choices; SQLite has 2,000
CHOICES_MAX: Final = 60  # choices of a question that get a column each; a list of schools gets none
OWN: Final[dict[str, tuple[str, str]]] = {  # columns of the software: their kind and SQLite's type
    "_record": ("text", "text"), "_item": ("text", "text"), "_place": ("integer", "integer"),
    "_version": ("integer", "integer"), "_first_written": ("moment", "text"), "_last_written": ("moment", "text"),
    "_authors": ("text", "text"), "_contested": ("boolean", "integer"), "_conflicts": ("integer", "integer"),
    "_hidden": ("integer", "integer"), "_waiting": ("integer", "integer"), "_findings": ("integer", "integer"),
    "_undecided": ("integer", "integer"),
}  # fmt: skip
STATUS_COLUMNS: Final = tuple(OWN)[3:]
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
    languages = library().languages
    return Column(
        name, kind, type_, {one: library().phrase(f"column-{name[1:].replace('_', '-')}", one) for one in languages}
    )


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


class Cells:
    """The cells of a stored row as they are kept, for some columns of its table; 1, 0 or nothing for one choice of
    several."""

    def __init__(self, columns: Sequence[Column], width: int) -> None:
        """`width` is the number of columns of the stored row; what is not stored of a row is empty at first."""
        self._get = itemgetter(*(one.source if one.source >= 0 and not one.code else width for one in columns), width)
        self._ends = [(place, one.name) for place, one in enumerate(columns) if one.source < 0]
        several: dict[int, list[tuple[int, str]]] = {}
        for place, one in enumerate(columns):
            if one.code:
                several.setdefault(one.source, []).append((place, one.code))
        self._several = list(several.items())

    def of(self, row: Sequence[Any], ends: Mapping[str, Any]) -> list[Any]:
        """The cells of a row; columns that are not stored come from its `ends`."""
        found = list(self._get((*row, None)))
        found.pop()
        for source, choices in self._several:
            if (chosen := _chosen(row[source])) is not None:
                for place, code in choices:
                    found[place] = int(code in chosen)
        for place, name in self._ends:
            found[place] = ends[name]
        return found


def _chosen(cell: Any) -> list[Any] | None:
    try:
        chosen = _decode(cell) if isinstance(cell, str) else None
    except msgspec.DecodeError:
        return None
    return chosen if isinstance(chosen, list) else None


def status(row: Sequence[Any], moment: Callable[[int], str], named: Callable[[str], str]) -> dict[str, Any]:
    """The columns of the software at the end of a row, from the columns of `STATUS`."""
    of = dict(zip(STATUS, row, strict=True))
    authors = ", ".join(sorted(named(author) for author in authors_of(of["shown"])))
    first, last = moment(of["created_ms"]), moment(of["changed_ms"])
    return {
        "_version": of["version"], "_first_written": first, "_last_written": last,
        "_authors": authors, "_contested": of["contested"],
        "_conflicts": of["conflicts"], "_hidden": of["hidden"], "_waiting": of["waiting"], "_findings": of["findings"],
        "_undecided": of["conflicts"] + of["waiting"],
    }  # fmt: skip
