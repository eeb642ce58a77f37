"""The rows of an export: the tables of a form, and beside them all that does not stand in one of their cells.

Earlier answers, every text of a question that keeps all texts, answers that are kept and not shown, and what nobody has
decided: whoever reads an export must not take a part for the whole. What the tables and columns mean stands in a
codebook. Names of tables with three underscores are the software's own; no repeating group can have one.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import msgspec

from backend.desk import export_columns
from backend.desk.desk import Row
from backend.desk.export_columns import IDS, STATUS_COLUMNS, Cells, Column, of_table, own, status
from backend.desk.export_wishes import Wishes
from backend.stores.record_rows import EARLIER, WITH_TEXTS, cell, unlike_their_cells
from backend.stores.records import STATUS, Chosen, FormTable, Records, child_table
from forms import paths
from forms.document import Form, Lists

LAST_MS: Final = 253_402_300_799_000  # the last second of the year 9999: what lies beyond it has no date
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


class Asked(msgspec.Struct, frozen=True):
    """The parts of an export: the form as it is published, the lists that it takes, and what is wished for."""

    slug: str
    form: Form | None
    lists: Lists
    wishes: Wishes


@lru_cache(4_096)
def moment(ms: int) -> str:
    """A time in UTC as spreadsheets and databases read it; one outside the calendar is its nearest end."""
    return (
        datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, UTC)
        .isoformat(timespec="seconds")
        .replace("+00:00", "Z")
    )


def paced(store: Records, asked: Asked) -> Iterator[tuple[int, int, Row]]:
    """The pieces of `rows`, each with how much of how much work is done."""
    count = store.count_in(asked.slug, asked.wishes.chosen)
    total, table, seen, last = count * (len([*_tables(store, asked)]) + BESIDE), 0, 0, None
    for row in rows(store, asked):
        if "columns" in row:
            table, seen, last = table + 1, 0, None
        for values in row.get("rows", ()):
            seen += values[0] != last
            last = values[0]
        yield min(total, (table - 1) * count + min(seen, count)), total, row


def rows(store: Records, asked: Asked) -> Iterator[Row]:
    """Every table of a form: {table, columns, types, key, about} first, with SQLite's types, then {table, rows}.

    No more of them is held than one piece. With some columns chosen, or made for somebody from whom answers are kept,
    what stands beside the tables is left out: nobody can say of all of it that it may go along.
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


def _by_piece(store: Records, asked: Asked, found: Callable[..., Iterable[list[Any]]]) -> Iterator[list[Any]]:
    for piece in asked.wishes.pieces(lambda chosen: store.chosen_in(asked.slug, chosen)):
        yield from asked.wishes.ordered(found(store, asked, piece))


def _batched(name: str, width: int, values: Iterable[list[Any]]) -> Iterator[Row]:
    rest = iter(values)
    while batch := [*islice(rest, max(1, CELLS // width))]:
        yield {"table": name, "rows": batch}


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
    stored = of_table(table.types, asked.form, repeat, asked.lists)
    ends = [own(one) for one in STATUS_COLUMNS] if is_main and not wishes.reader else []
    columns = [one for one in (*stored, *ends) if one.name in IDS or wishes.wants(one.name, one.path)]
    if not is_main and all(one.name in IDS for one in columns):
        return  # none of its questions was wished for
    book += [(name, one) for one in columns]
    yield {
        "table": name, "columns": [one.name for one in columns], "types": [one.type for one in columns],
        "key": [*table.key],
        "about": [{"kind": one.kind, "label": one.label, "choices": one.choices} for one in columns],
        "of": asked.slug if not is_main else "",
    }  # fmt: skip
    is_told = is_main or wishes.reader  # whoever is kept from answers: by all of the record

    def found(store: Records, asked: Asked, piece: Chosen) -> Iterator[list[Any]]:
        table = store.form_table(name, asked.slug, piece, status=is_told)
        return _cells(asked, table, columns, repeat)

    yield from _batched(name, len(columns), _by_piece(store, asked, found))


def _cells(asked: Asked, table: FormTable, columns: Sequence[Column], repeat: str | None) -> Iterator[list[Any]]:
    """The rows of a table as they go out."""
    wishes, count = asked.wishes, len(table.types)
    drawn, as_kept = Cells(columns, count), wishes.pseudonyms is None and wishes.withholding is None
    for row in table.rows:
        about = dict(zip(STATUS, row[count:], strict=False))
        if about and wishes.withholding is not None:
            wishes.withholding.learn(str(row[0]), about["shown"], about["changed_ms"])
        ends = status(row[count:], moment, wishes.worker) if about and repeat is None else {}
        found = drawn.of(row[:count], ends)
        if not as_kept:
            record, item = str(row[0]), str(row[1]) if repeat is not None else ""
            found = [wishes.cell(one, value, record, item) for one, value in zip(columns, found, strict=True)]
        yield found


def _plain(name: str, types: Mapping[str, str], values: Iterable[list[Any]], of: str = "") -> Iterator[Row]:
    yield {"table": name, "columns": [*types], "types": [*types.values()], "key": [], "of": of}
    yield from _batched(name, len(types), values)


def _shown(store: Records, asked: Asked, piece: Chosen, sign: str) -> Iterator[tuple[str, str, Row]]:
    """The answers of every record of a piece that no cell holds all of: record, path, answer."""
    withholding = asked.wishes.withholding
    for record, shown, changed_ms in store.shown_in(asked.slug, piece):
        if withholding is not None:
            withholding.learn(record, shown, changed_ms)
        for path, answer in sorted(unlike_their_cells(shown, sign).items()):
            yield record, path, answer


def _answer(asked: Asked, record: str, path: str, answer: Row) -> list[Any]:
    wishes = asked.wishes
    value = wishes.answer(path, cell(answer["value"]))
    written = moment(answer["at_ms"])
    version = cell(answer["version"])
    return [wishes.record(record), wishes.path(path), value, wishes.worker(answer["author"]), written, version]


def _earlier(store: Records, asked: Asked, piece: Chosen) -> Iterator[list[Any]]:
    """Answers to questions that the newest version does not ask."""
    return (_answer(asked, *found) for found in _shown(store, asked, piece, EARLIER) if not found[2]["in_form"])


def _texts(store: Records, asked: Asked, piece: Chosen) -> Iterator[list[Any]]:
    """Every text of the questions that keep all texts, each with its author."""
    wishes = asked.wishes
    for record, path, answer in _shown(store, asked, piece, WITH_TEXTS):
        if wishes.reader and (not answer["in_form"] or wishes.withheld(record, path)):
            continue
        for part in answer["texts"]:
            who = wishes.worker(part["author"])
            yield [wishes.record(record), wishes.path(path), who, moment(part["at_ms"]), cell(part["text"])]


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
