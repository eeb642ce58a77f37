"""The rows of an export: the tables of a form, and beside them all that does not stand in one of their cells.

Earlier answers, every text of a question that keeps all texts, answers that are kept and not shown, and what nobody has
decided: whoever reads an export must not take a part for the whole. What the tables and columns mean stands in a
codebook. Names of tables with three underscores are the software's own; no repeating group can have one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from backend.desk import export_columns
from backend.desk.desk import Row
from backend.desk.export_columns import IDS, STATUS_COLUMNS, Column, cells, of_table, own, status
from backend.desk.export_wishes import Wishes
from backend.stores.record_rows import cell, shown_answers
from backend.stores.records import STATUS, FormTable, Records, child_table
from forms import paths
from forms.document import Form, Lists

LAST_MS: Final = 253_402_300_799_000  # the last second of the year 9999: what lies beyond it has no date
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


def moment(ms: int) -> str:
    """A time in UTC as spreadsheets and databases read it; one outside the calendar is its nearest end."""
    return datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rows(store: Records, asked: Asked) -> Iterator[Row]:
    """Every table of a form: {table, columns, types, key, about} first, with SQLite's types, then {table, values}.

    With some columns chosen, or made for somebody from whom answers are kept, what stands beside the tables is left
    out: nobody can say of all of it that it may go along.
    """
    slug, wishes = asked.slug, asked.wishes
    book: list[tuple[str, Column]] = []
    for name, repeat in _tables(store, asked):
        yield from _table(store, asked, name, repeat, book)
    if not wishes.columns:
        yield from _plain(f"{slug}___texts", TEXTS, wishes.ordered(_texts(store, asked)))
    if not wishes.columns and not wishes.reader:
        yield from _plain(f"{slug}___earlier", ANSWER, wishes.ordered(_earlier(store, asked)))
        yield from _plain(f"{slug}___hidden", HIDDEN, wishes.ordered(_hidden(store, asked)))
        left = ("id", "answers") if wishes.pseudonyms else ()  # made of entries, authors and words as they are
        types = {name: type_ for name, type_ in WAITING.items() if name not in left}
        yield from _plain(f"{slug}___undecided", types, wishes.ordered(_undecided(store, asked, tuple(types))))
    yield from _plain(f"{slug}___codebook", CODEBOOK, _codebook(book))


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
    table = store.form_table(name, asked.slug, wishes.chosen, status=is_main)
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
    for values in wishes.ordered(_cells(asked, table, stored, columns, repeat)):
        yield {"table": name, "values": values}


def _cells(
    asked: Asked, table: FormTable, stored: Sequence[Column], columns: Sequence[Column], repeat: str | None
) -> Iterator[list[Any]]:
    """The rows of a table as they go out."""
    wishes, count = asked.wishes, len(table.types)
    for row in table.rows:
        item = str(row[1]) if repeat is not None else ""
        about = dict(zip(STATUS, row[count:], strict=False))
        if about and wishes.withholding is not None:
            wishes.withholding.learn(str(row[0]), about["shown"], about["changed_ms"])
        named = status(row[count:], moment, wishes.worker) if about else {}
        values = dict(zip([one.name for one in stored], cells(stored, row), strict=True)) | named
        record = str(row[0])
        yield [wishes.cell(one, values[one.name], record, item) for one in columns]


def _plain(name: str, types: Mapping[str, str], values: Iterator[list[Any]], key: Sequence[str] = ()) -> Iterator[Row]:
    yield {"table": name, "columns": [*types], "types": [*types.values()], "key": [*key]}
    for row in values:
        yield {"table": name, "values": row}


def _shown(store: Records, asked: Asked) -> Iterator[tuple[str, str, Row]]:
    """The shown answers of every record that is asked for: record, path, answer."""
    for record, shown in store.shown_in(asked.slug, asked.wishes.chosen):
        for path, answer in sorted(shown_answers(shown).items()):
            yield record, path, answer


def _answer(asked: Asked, record: str, path: str, answer: Row) -> list[Any]:
    wishes = asked.wishes
    value = wishes.answer(path, cell(answer["value"]))
    written = moment(answer["at_ms"])
    version = cell(answer["version"])
    return [wishes.record(record), wishes.path(path), value, wishes.worker(answer["author"]), written, version]


def _earlier(store: Records, asked: Asked) -> Iterator[list[Any]]:
    """Answers to questions that the newest version does not ask."""
    return (_answer(asked, *found) for found in _shown(store, asked) if not found[2]["in_form"])


def _texts(store: Records, asked: Asked) -> Iterator[list[Any]]:
    """Every text of the questions that keep all texts, each with its author."""
    wishes = asked.wishes
    for record, path, answer in _shown(store, asked):
        if wishes.reader and (not answer["in_form"] or wishes.withheld(record, path)):
            continue
        for part in answer["texts"]:
            who = wishes.worker(part["author"])
            yield [wishes.record(record), wishes.path(path), who, moment(part["at_ms"]), cell(part["text"])]


def _hidden(store: Records, asked: Asked) -> Iterator[list[Any]]:
    """Answers that are kept and not shown, and what hides them."""
    wishes = asked.wishes
    for row in store.hidden_in(asked.slug, wishes.chosen):
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
