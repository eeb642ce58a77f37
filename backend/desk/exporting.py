"""The rows of an export: the tables of a form, and beside them all that does not stand in one of their cells.

Earlier answers, every text of a question that keeps all texts, answers that are kept and not shown, and what nobody has
decided: whoever reads an export must not take a part for the whole. Names of tables with three underscores are the
software's own; no repeating group can have one.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from backend.desk.desk import Row
from backend.stores.record_rows import cell, shown_answers
from backend.stores.records import Records

UNDECIDED: Final = "_undecided"
LAST_MS: Final = 253_402_300_799_000  # the last second of the year 9999: what lies beyond it has no date
ANSWER: Final = ["_record", "path", "value", "author", "written", "version"]


def moment(ms: int) -> str:
    """A time in UTC as spreadsheets and databases read it; one outside the calendar is its nearest end."""
    return datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rows(store: Records, form: str) -> Iterator[Row]:
    """Every table of a form: {table, columns} first, then {table, values}."""
    for table in store.form_tables():
        if table == form or table.startswith(form + "__"):
            columns = list(store.db[table].columns_dict)
            listed = ",".join(f"[{name}]" for name in columns)
            if table == form:
                columns.append(UNDECIDED)
                listed += ", (select conflicts + waiting from _record r where r.record = [_record])"
            found = store.db.conn.execute(f"select {listed} from [{table}] order by 1, 2")
            yield from _table(table, columns, (list(row) for row in found))
    yield from _table(f"{form}___earlier", ANSWER, _earlier(store, form))
    yield from _table(f"{form}___texts", ["_record", "path", "author", "written", "text"], _texts(store, form))
    hidden = [*ANSWER, "parallel", "hidden_by", "changed_by", "changed"]
    yield from _table(f"{form}___hidden", hidden, _hidden(store, form))
    waiting = ["_record", "kind", "name", "id", "answers"]
    yield from _table(f"{form}__{UNDECIDED}", waiting, _undecided(store, form))


def _table(name: str, columns: list[str], values: Iterator[list[Any]]) -> Iterator[Row]:
    yield {"table": name, "columns": columns}
    for row in values:
        yield {"table": name, "values": row}


def _shown(store: Records, form: str) -> Iterator[tuple[str, str, Row]]:
    """The shown answers of every record that is not deleted: record, path, answer."""
    sql = "select record, shown from _record where form = ? and not deleted order by record"
    for row in store.find(sql, (form,)):
        for path, answer in sorted(shown_answers(row["shown"]).items()):
            yield row["record"], path, answer


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
    sql = (
        "select h.* from _hidden h join _record r using (record) where r.form = ? and not r.deleted"
        " order by record, place"
    )
    for row in store.find(sql, (form,)):
        by = ", ".join(json.loads(row["hidden_by"]))
        changed = moment(row["changed_ms"]) if by else None
        answer = _answer(row["record"], row["path"], json.loads(row["answer"]))
        yield [*answer, row["parallel"], by, row["changed_by"], changed]


def _undecided(store: Records, form: str) -> Iterator[list[Any]]:
    """What waits for a person: the answers in the tables may still change with it."""
    sql = (
        "select record, 'conflict' kind, path name, conflict id, survivors answers from _conflict"
        " join _record using (record) where form = :form union all"
        " select record, kind, name, decision, words from _waiting join _record using (record) where form = :form"
        " order by 1, 2, 3, 4"
    )
    for row in store.db.conn.execute(sql, {"form": form}):
        yield list(row)
