"""The verbs of records.db with which staff read what is shown: records, conflicts, hidden answers, what waits."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlite_utils import Database

Row = dict[str, Any]


class FormTable(NamedTuple):
    """A table of a form: its columns with SQLite's types, the columns of its key, and its rows in order."""

    types: dict[str, str]
    key: Sequence[str]
    rows: Iterator[list[Any]]


class Chosen(NamedTuple):
    """The records of a form that are asked for: last changed from `since_ms` to before `until_ms`, last written in one
    version, or named by their ids. Deleted ones have no rows."""

    since_ms: int | None = None
    until_ms: int | None = None
    version: int | None = None
    records: tuple[str, ...] = ()

    def sql(self, form: str) -> tuple[str, list[Any]]:
        """The condition on a row `r` of `_record`, and its values."""
        where, values = ["r.form = ?", "not r.deleted"], [form, *(v for v in self[:3] if v is not None)]
        for value, condition in zip(self, ("r.changed_ms >= ?", "r.changed_ms < ?", "r.version = ?"), strict=False):
            where += [condition] * (value is not None)
        named = ""
        if self.records:
            named = " and r.record in (select value from json_each(?))"
            values.append(json.dumps(self.records))
        return " and ".join(where) + named, values


ALL: Final = Chosen()
STATUS: Final = {  # of a record, as a row of its form's table may end: SQLite's type, and where it comes from
    "version": ("integer", "r.version"), "created_ms": ("integer", "r.created_ms"),
    "changed_ms": ("integer", "r.changed_ms"), "shown": ("text", "r.shown"), "contested": ("integer", "r.contested"),
    "conflicts": ("integer", "r.conflicts"), "hidden": ("integer", "r.hidden"), "waiting": ("integer", "r.waiting"),
    "findings": ("integer", "(select count(*) from _attention a where a.record = r.record)"),
}  # fmt: skip


class Questions:
    """Part of `Records`. What is asked for by name is equal in every column that is named."""

    db: Database
    find: Callable[..., list[Row]]

    def _equal(self, table: str, order: str, asked: dict[str, Any]) -> list[Row]:
        where = " and ".join(f"[{name}] = ?" for name in asked) or "1"
        return self.find(f"select * from [{table}] where {where} order by {order}", tuple(asked.values()))

    def conflicts(self, **asked: Any) -> list[Row]:
        """Open conflicts, by record and path."""
        return self._equal("_conflict", "record, path", asked)

    def conflicts_beginning(self, name: str) -> list[Row]:
        """The conflicts whose ids begin so."""
        sql = "select * from _conflict where substr(conflict, 1, ?) = ? order by record, path"
        return self.find(sql, (len(name), name))

    def waiting(self, **asked: Any) -> list[Row]:
        """List what else waits for a person, by record and place."""
        return self._equal("_waiting", "record, place", asked)

    def hidden(self, **asked: Any) -> list[Row]:
        """Answers that are kept and not shown, by record and place."""
        return self._equal("_hidden", "record, place", asked)

    def attention(self, **asked: Any) -> list[Row]:
        """List what somebody should look at, by kind and record."""
        return self._equal("_attention", "kind, record", asked)

    def once_named(self, id_: str) -> list[Row]:
        """The record, kind and name that had this id once."""
        return self.find("select record, kind, name from _was where id = ?", (id_,))

    def records_beginning(self, name: str, limit: int) -> list[Row]:
        """The records whose ids begin so."""
        return self.find("select * from _record where substr(record, 1, ?) = ? limit ?", (len(name), name, limit))

    def forms_of(self, records: Iterable[str]) -> dict[str, str]:
        """The form of each of these records that stands in the tables."""
        sql = "select record, form from _record where record in (select value from json_each(?))"
        return {row["record"]: row["form"] for row in self.find(sql, (json.dumps([*records]),))}

    def form_of(self, record: str) -> tuple[str, int]:
        """The form and version of a record."""
        (row,) = self.find("select form, version from _record where record = ?", (record,))
        return row["form"], row["version"]

    def records_of(self, form: str, *, deleted: bool) -> list[str]:
        """The records of a form, with those that were deleted or without them."""
        sql = "select record from _record where form = ? and deleted <= ? order by record"
        return [row["record"] for row in self.find(sql, (form, int(deleted)))]

    def chosen_in(self, form: str, chosen: Chosen = ALL) -> Iterator[str]:
        """The ids of the records of a form."""
        where, values = chosen.sql(form)
        for row in self.db.conn.execute(f"select record from _record r where {where} order by r.record", values):
            yield row[0]

    def count_in(self, form: str, chosen: Chosen = ALL) -> int:
        """The number of records of a form."""
        where, values = chosen.sql(form)
        return int(self.db.conn.execute(f"select count(*) from _record r where {where}", values).fetchone()[0])

    def shown_in(self, form: str, chosen: Chosen = ALL) -> Iterator[tuple[str, str, int]]:
        """The shown answers of the records of a form, as they are kept: (record, answers, last changed)."""
        where, values = chosen.sql(form)
        sql = f"select record, shown, changed_ms from _record r where {where} order by record"
        yield from self.db.conn.execute(sql, values)

    def hidden_in(self, form: str, chosen: Chosen = ALL) -> Iterator[Row]:
        """The hidden answers of the records of a form."""
        where, values = chosen.sql(form)
        sql = f"select h.* from _hidden h cross join _record r using (record) where {where} order by h.record, h.place"
        return self._each(sql, values)

    def _each(self, sql: str, values: Sequence[Any]) -> Iterator[Row]:
        cursor = self.db.conn.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def undecided_in(self, form: str, chosen: Chosen | None = None) -> Iterator[Row]:
        """All that waits for a person in records of a form, deleted ones too unless some were chosen."""
        where, values = "form = ?", [form]
        if chosen is not None and chosen != ALL:
            condition, more = chosen.sql(form)
            where += f" and record in (select r.record from _record r where {condition})"
            values += more
        rows: Iterator[Row] = self.db.view("_undecided").rows_where(where, values, order_by="record, kind, name, id")
        return rows

    def form_table(self, name: str, form: str, chosen: Chosen = ALL, *, status: bool = False) -> FormTable:
        """A table of a form, its rows in order; with `status` each row ends with the columns of `STATUS`."""
        table = self.db.table(name)
        types = {column.name: column.type.lower() for column in table.columns}
        listed = ",".join(f"t.[{column}]" for column in types)
        listed += "".join(f", {source}" for _, source in STATUS.values()) if status else ""
        where, values = chosen.sql(form)
        order = ", ".join(f"t.[{column}]" for column in table.pks)
        # cross join: in the order of the table's own key, so that nothing is sorted, and no more held than a row
        sql = f"select {listed} from [{name}] t cross join _record r on r.record = t.[_record] where {where}"
        sql += f" order by {order}"
        return FormTable(types, table.pks, (list(row) for row in self.db.conn.execute(sql, values)))

    def unopened(self, limit: int) -> list[bytes]:
        """Records that nobody could open."""
        rows = self.find("select record from _attention where kind = 'no-key' limit ?", (limit,))
        return [bytes.fromhex(row["record"]) for row in rows]
