"""The rows of an export: the tables of a form, and beside them all that does not stand in one of their cells.

Earlier answers, every text of a question that keeps all texts, answers that are kept and not shown, and what nobody has
decided: whoever reads an export must not take a part for the whole. What the tables and columns mean stands in a
codebook. Names of tables with three underscores are the software's own; no repeating group can have one.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, islice
from operator import ne
from typing import Any, Final

import msgspec

from backend.desk import export_columns
from backend.desk.export_columns import IDS, STATUS_COLUMNS, Column, Drawing, of_table, own
from backend.desk.export_wishes import Wishes
from backend.stores.record_rows import cell, shown_answers, texts_of
from backend.stores.records import ANSWERED, STATUS, Chosen, Records, child_table
from forms import paths
from forms.definition.document import Form, Lists

LAST_MS: Final = 253_402_300_799_000  # the last second of the year 9999: what lies beyond it has no date
DAY_S: Final = 86_400
BESIDE: Final = 5  # tables that stand beside those of the form
CELLS: Final = 8_000  # of the rows that are sent together
ANY: Final = "blob"  # SQLite's word for a column that turns no value into another kind
ANSWER: Final = {"_record": "text", "path": "text", "value": ANY, "author": "text", "written": "text", "version": ANY}
TEXTS: Final = {"_record": "text", "path": "text", "author": "text", "written": "text", "text": ANY}
HIDDEN: Final = {**ANSWER, "parallel": "integer", "hidden_by": "text", "changed_by": "text", "changed": "text"}
WAITING: Final = {"_record": "text", "kind": "text", "name": "text", "id": "text", "answers": "text"}
CODEBOOK: Final = {
    "table": "text",
    "column": "text",
    "kind": "text",
    "code": "text",
    "language": "text",
    "words": "text",
}


Row = dict[str, Any]
Values = Sequence[Any]  # of a row


class Asked(msgspec.Struct, frozen=True):
    """The parts of an export: the form as it is published, the lists that it takes, and what is wished for."""

    slug: str
    form: Form | None
    lists: Lists
    wishes: Wishes


@lru_cache(4_096)
def _day(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()


@lru_cache(4_096)
def moment(ms: int) -> str:
    """A time in UTC as spreadsheets and databases read it; one outside the calendar is its nearest end."""
    day, second = divmod(min(max(ms, 0), LAST_MS) // 1000, DAY_S)
    return f"{_day(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def paced(store: Records, asked: Asked) -> Iterator[tuple[int, int, Row]]:
    """The pieces of `rows`, each with how much of how much work is done."""
    count = store.count_in(asked.slug, asked.wishes.chosen)
    total, table, seen, last = count * (len([*_tables(store, asked)]) + BESIDE), 0, 0, None
    for row in rows(store, asked):
        if "columns" in row:
            table, seen, last = table + 1, 0, None
        else:
            records = row["cells"][0]
            seen += sum(map(ne, records, chain((last,), records)))
            last = records[-1]
        yield min(total, (table - 1) * count + min(seen, count)), total, row


def rows(store: Records, asked: Asked) -> Iterator[Row]:
    """Every table of a form: {table, columns, types, key, about} first, with SQLite's types, then its rows in pieces.

    A piece is {table, count, cells}: for each column the cells of so many rows, or null where all of them are empty. No
    more than one is held. With some columns chosen, or made for somebody from whom answers are kept, what stands beside
    the tables is left out: nobody can say of all of it that it may go along.
    """
    slug, wishes = asked.slug, asked.wishes
    book: list[tuple[str, Column]] = []
    for name, repeat in _tables(store, asked):
        yield from _table(store, asked, name, repeat, book)
    if not wishes.columns:
        yield from _plain(f"{slug}___texts", TEXTS, _by_piece(store, asked, _texts), slug)
    if not wishes.columns and not wishes.reader:
        yield from _plain(f"{slug}___earlier", ANSWER, _by_piece(store, asked, _earlier), slug)
        yield from _plain(f"{slug}___hidden", HIDDEN, _by_piece(store, asked, _hidden), slug)
        left = ("id", "answers") if wishes.pseudonyms else ()  # made of entries, authors and words as they are
        types = {name: type_ for name, type_ in WAITING.items() if name not in left}
        undecided = wishes.ordered(_undecided(store, asked, tuple(types)))  # deleted records too: in no piece
        yield from _plain(f"{slug}___undecided", types, undecided)
    yield from _plain(f"{slug}___codebook", CODEBOOK, _codebook(book))


def _pieces(store: Records, asked: Asked) -> Iterator[Chosen]:
    return asked.wishes.pieces(lambda chosen: store.chosen_in(asked.slug, chosen))


def _by_piece(store: Records, asked: Asked, found: Callable[..., Iterable[Values]]) -> Iterator[Values]:
    for piece in _pieces(store, asked):
        yield from asked.wishes.ordered(found(store, asked, piece))


def _batched(name: str, width: int, values: Iterable[Values]) -> Iterator[Row]:
    rest = iter(values)
    while batch := [*islice(rest, _at_once(width))]:
        yield _piece(name, [*zip(*batch, strict=True)])


def _at_once(width: int) -> int:
    return max(1, CELLS // width)


def _piece(name: str, columns: Sequence[Sequence[Any]]) -> Row:
    """Some rows of a table, a column at a time; most questions of a form were not asked of most."""
    count = len(columns[0])
    return {"table": name, "count": count, "cells": [None if c.count(None) == count else c for c in columns]}


def _tables(store: Records, asked: Asked) -> Iterator[tuple[str, str | None]]:
    repeats = {child_table(asked.slug, one): one for one in asked.form.repeats} if asked.form is not None else {}
    for name in store.form_tables():
        if name == asked.slug:
            yield name, None
        elif name.startswith(child_table(asked.slug, "")):
            yield name, repeats.get(name)


def _table(
    store: Records, asked: Asked, name: str, repeat: str | None, book: list[tuple[str, Column]]
) -> Iterator[Row]:
    """One table of the form; a column that was not wished for is not read by anybody."""
    wishes, is_main = asked.wishes, name == asked.slug
    table = store.form_table(name, asked.slug)
    columns = _columns(table.types, asked, repeat, is_main=is_main)
    if not is_main and all(one.name in IDS for one in columns):
        return  # none of its questions was wished for
    book += [(name, one) for one in columns]
    yield {
        "table": name, "columns": [one.name for one in columns], "types": [one.type for one in columns],
        "key": [*table.key],
        "about": [{"kind": one.kind, "label": one.label, "choices": one.choices} for one in columns],
        "of": asked.slug if not is_main else "",
    }  # fmt: skip
    more = ANSWERED if wishes.reader else STATUS if is_main else ()  # by all answers: what is kept from them
    drawing, at_once = Drawing(columns, len(table.types), moment, wishes.worker), _at_once(len(columns))
    for piece in _pieces(store, asked):
        batches = store.form_table(name, asked.slug, piece, more).pieces(at_once)
        if wishes.as_kept:
            yield from (_piece(name, drawing.of(rows)) for rows in batches)
        else:
            others = (row for rows in batches for row in _otherwise(wishes, columns, rows, drawing.of(rows)))
            yield from _batched(name, len(columns), wishes.ordered(others))


def _otherwise(
    wishes: Wishes, columns: Sequence[Column], rows: Sequence[Sequence[Any]], drawn: Sequence[Sequence[Any]]
) -> Iterator[list[Any]]:
    """Rows as they go out where answers are kept from somebody or names stand for ids."""
    has_items = any(column.name == "_item" for column in columns)
    for row, cells in zip(rows, zip(*drawn, strict=True), strict=True):
        record, item = str(row[0]), str(row[1]) if has_items else ""
        if wishes.withholding is not None:
            changed_ms, shown = row[-len(ANSWERED) :]
            wishes.withholding.learn(record, shown, changed_ms)
        yield [wishes.cell(one, value, record, item) for one, value in zip(columns, cells, strict=True)]


def _columns(types: Mapping[str, str], asked: Asked, repeat: str | None, *, is_main: bool) -> list[Column]:
    """The columns of one table that go along."""
    wishes = asked.wishes
    ends = [own(one) for one in STATUS_COLUMNS] if is_main and not wishes.reader else []
    stored = of_table(types, asked.form, repeat, asked.lists)
    return [one for one in (*stored, *ends) if one.name in IDS or wishes.wants(one.name, one.path)]


def _plain(name: str, types: Mapping[str, str], values: Iterable[Values], of: str = "") -> Iterator[Row]:
    yield {"table": name, "columns": [*types], "types": [*types.values()], "key": [], "of": of}
    yield from _batched(name, len(types), values)


def _answer(asked: Asked, record: str, path: str, answer: Row) -> list[Any]:
    wishes = asked.wishes
    value = wishes.answer(path, cell(answer["value"]))
    written = moment(answer["at_ms"])
    version = cell(answer["version"])
    return [wishes.record(record), wishes.path(path), value, wishes.worker(answer["author"]), written, version]


def _earlier(store: Records, asked: Asked, piece: Chosen) -> Iterator[list[Any]]:
    """Answers to questions that the newest version does not ask."""
    for record, shown, _ in store.shown_in(asked.slug, piece, earlier=True):
        for path, answer in sorted(shown_answers(shown).items()):
            if not answer["in_form"] and not paths.is_decision(path):
                yield _answer(asked, record, path, answer)


def _texts(store: Records, asked: Asked, piece: Chosen) -> Iterator[Sequence[Any]]:
    """Every text of the questions that keep all texts, each with its author."""
    wishes = asked.wishes
    for record, raw, *answered in store.texts_in(asked.slug, piece, answered=wishes.reader):
        if wishes.withholding is not None:
            changed_ms, shown = answered
            wishes.withholding.learn(record, shown, changed_ms)
        for path, in_form, author, at_ms, text in texts_of(raw):
            if wishes.as_kept:
                yield record, path, author, moment(at_ms), cell(text)
            elif not wishes.reader or (in_form and not wishes.withheld(record, path)):
                yield wishes.record(record), wishes.path(path), wishes.worker(author), moment(at_ms), cell(text)


def _hidden(store: Records, asked: Asked, piece: Chosen) -> Iterator[list[Any]]:
    """Answers that are kept and not shown, and what hides them."""
    wishes = asked.wishes
    for row in store.hidden_in(asked.slug, piece):
        by = ", ".join(wishes.path(path) for path in json.loads(row["hidden_by"]))
        changed = moment(row["changed_ms"]) if by else None
        answer = _answer(asked, row["record"], row["path"], json.loads(row["answer"]))
        yield [*answer, row["parallel"], by, wishes.worker(row["changed_by"]), changed]


def _undecided(store: Records, asked: Asked, columns: Sequence[str]) -> Iterator[list[Any]]:
    """List what waits for a person: the answers in the tables may still change with it."""
    wishes = asked.wishes
    for row in store.undecided_in(asked.slug, wishes.chosen):
        name = wishes.path(row["name"])
        if wishes.pseudonyms and not name.startswith("/"):
            name = ""  # the hash of an entry, which whoever has the journal could look up
        named = {**row, "_record": wishes.record(row["record"]), "name": name}
        yield [named[column] for column in columns]


def _codebook(book: Sequence[tuple[str, Column]]) -> Iterator[list[Any]]:
    """List the words for columns and codes, in every language that the form has."""
    for table, column in book:
        for language, words in sorted(column.label.items()):
            yield [table, column.name, column.kind, None, language, words]
        for code, said in column.choices.items():
            for language, words in sorted(said.items()):
                yield [table, column.name, column.kind, code, language, words]


def all_columns(store: Records, asked: Asked) -> set[str]:
    """The names of all columns that an export of a form can have."""
    found = set(STATUS_COLUMNS)
    for name, repeat in _tables(store, asked):
        types = store.form_table(name, asked.slug).types
        found |= {column.name for column in export_columns.of_table(types, asked.form, repeat, asked.lists)}
    return found


def asked_about(store: Records, asked: Asked) -> set[str]:
    """The names of the questions and computed fields that the columns which go along show, whatever these are called:
    a column that counts one choice shows its question."""
    found = set()
    for name, repeat in _tables(store, asked):
        types = store.form_table(name, asked.slug).types
        for column in _columns(types, asked, repeat, is_main=name == asked.slug):
            found.add((column.path or column.name).rpartition("/")[2])
    return found


def case_paths(forms: Mapping[str, Sequence[Form]], slug: str) -> frozenset[str]:
    """The templates of the questions of a form, in any version, whose answers are the codes of cases.

    `forms` has the versions of every published form: a code is what a reference of any of them names.
    """
    found = set()
    for version in (one for versions in forms.values() for one in versions):
        for question in version.questions:
            if question.reference is not None:
                found |= {question.path} if version.slug == slug else set()
                found |= {paths.template(question.reference.key)} if question.reference.form == slug else set()
    return frozenset(found)
