"""The rows of an export: the tables of a form, and beside them all that does not stand in one of their cells.

Earlier answers, every text of a question that keeps all texts, answers that are kept and not shown, and what nobody has
decided: whoever reads an export must not take a part for the whole. Names of tables with three underscores are the
software's own; no repeating group can have one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from backend.desk.desk import Row
from backend.stores.record_rows import cell, shown_answers
from backend.stores.records import Records

UNDECIDED: Final = "_undecided"
LAST_MS: Final = 253_402_300_799_000  # the last second of the year 9999: what lies beyond it has no date
ANY: Final = "blob"  # SQLite's word for a column that turns no value into another kind
ANSWER: Final = {"_record": "text", "path": "text", "value": ANY, "author": "text", "written": "text", "version": ANY}
TEXTS: Final = {"_record": "text", "path": "text", "author": "text", "written": "text", "text": ANY}
HIDDEN: Final = {**ANSWER, "parallel": "integer", "hidden_by": "text", "changed_by": "text", "changed": "text"}
WAITING: Final = {"_record": "text", "kind": "text", "name": "text", "id": "text", "answers": "text"}


def moment(ms: int) -> str:
    """A time in UTC as spreadsheets and databases read it; one outside the calendar is its nearest end."""
    return datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rows(store: Records, form: str) -> Iterator[Row]:
    """Every table of a form: {table, columns, types, key} first, with SQLite's types, then {table, values}."""
    for name in store.form_tables():
        if name == form or name.startswith(form + "__"):
            table = store.form_table(name, UNDECIDED if name == form else "")
            yield from _table(name, table.types, table.rows, table.key)
    yield from _table(f"{form}___earlier", ANSWER, _earlier(store, form))
    yield from _table(f"{form}___texts", TEXTS, _texts(store, form))
    yield from _table(f"{form}___hidden", HIDDEN, _hidden(store, form))
    yield from _table(f"{form}__{UNDECIDED}", WAITING, _undecided(store, form))


def _table(name: str, types: Mapping[str, str], values: Iterator[list[Any]], key: Sequence[str] = ()) -> Iterator[Row]:
    yield {"table": name, "columns": [*types], "types": [*types.values()], "key": [*key]}
    for row in values:
        yield {"table": name, "values": row}


def _shown(store: Records, form: str) -> Iterator[tuple[str, str, Row]]:
    """The shown answers of every record that is not deleted: record, path, answer."""
    for record, shown in store.shown_in(form):
        for path, answer in sorted(shown_answers(shown).items()):
            yield record, path, answer


def _answer(record: str, path: str, answer: Row) -> list[Any]:
    return [record, path, cell(answer["value"]), answer["author"], moment(answer["at_ms"]), cell(answer["version"])]


def _earlier(store: Records, form: str) -> Iterator[list[Any]]:
    """Answers to questions that the newest version does not ask."""
    return (_answer(*found) for found in _shown(store, form) if not found[2]["in_form"])


def _texts(store: Records, form: str) -> Iterator[list[Any]]:
    """Every text of the questions that keep all texts, each with its author."""
    for record, path, answer in _shown(store, form):
        for part in answer["texts"]:
            yield [record, path, part["author"], moment(part["at_ms"]), cell(part["text"])]


def _hidden(store: Records, form: str) -> Iterator[list[Any]]:
    """Answers that are kept and not shown, and what hides them."""
    for row in store.hidden_in(form):
        by = ", ".join(json.loads(row["hidden_by"]))
        changed = moment(row["changed_ms"]) if by else None
        answer = _answer(row["record"], row["path"], json.loads(row["answer"]))
        yield [*answer, row["parallel"], by, row["changed_by"], changed]


def _undecided(store: Records, form: str) -> Iterator[list[Any]]:
    """List what waits for a person: the answers in the tables may still change with it."""
    found = store.undecided_in(form)
    return ([row["record"], row["kind"], row["name"], row["id"], row["answers"]] for row in found)
