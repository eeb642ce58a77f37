"""The verbs of records.db with which staff read what is shown: records, conflicts, hidden answers, what waits."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlite_utils import Database

from backend.errors import RecordUnknown
from backend.stores.queue_rows import SAYS_MORE

CHOSEN: Final = "_chosen"  # the temporary table of the records that a view chose, of one connection
Row = dict[str, Any]
Stored = tuple[Any, ...]


class FormTable(NamedTuple):
    """A table of a form: its columns with SQLite's types, the columns of its key, and its rows, some at a time."""

    types: dict[str, str]
    key: Sequence[str]
    pieces: Callable[[int], Iterator[list[Stored]]]


class Chosen(NamedTuple):
    """The records of a form that are asked for: last changed from `since_ms` to before `until_ms`, last written in one
    version, named by their ids, or `among` those that were chosen before (`listing.choose`). Deleted ones have no
    rows."""

    since_ms: int | None = None
    until_ms: int | None = None
    version: int | None = None
    records: tuple[str, ...] = ()
    among: bool = False

    def sql(self, form: str, *, ordered: bool = False) -> tuple[str, list[Any]]:
        """The condition on a row `r` of `_record`, and its values.

        `ordered` rows are wanted by their ids: they are read in that order, and no index is used after which all would
        have to be sorted in memory.
        """
        where = ["+r.form = ?" if ordered else "r.form = ?", "not r.deleted"]
        values: list[Any] = [form, *(v for v in self[:3] if v is not None)]
        for value, condition in zip(self, ("r.changed_ms >= ?", "r.changed_ms < ?", "r.version = ?"), strict=False):
            where += [condition] * (value is not None)
        named = ""
        if self.records:
            named = " and r.record in (select value from json_each(?))"
            values.append(json.dumps(self.records))
        if self.among:
            named += f" and r.record in (select record from temp.{CHOSEN})"
        return " and ".join(where) + named, values


ALL: Final = Chosen()
STATUS: Final = (  # of a record, as a row of its form's table may end
    "version", "created_ms", "changed_ms", "authors", "contested", "conflicts", "hidden", "waiting", "findings",
    "review",
)  # fmt: skip
BESIDE: Final = {  # of these, what another table of the record says; an approval that was overtaken is no approval
    "review": f"(select case when v.stage in {SAYS_MORE!r} then v.stage else v.state end from _review v"
    " where v.record = r.record)",
}
ANSWERED: Final = ("changed_ms", "shown")  # likewise, for whoever needs all answers of a record


READ: Final = (
    "record", "form", "version", "created_ms", "changed_ms", "entries", "deleted", "contested", "conflicts", "shown",
    "hidden", "waiting",
)  # fmt: skip


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
        rows = self._equal("_attention", "kind, record", asked)
        return [{name: value for name, value in row.items() if name not in ("aside", "again")} for row in rows]

    def once_named(self, id_: str) -> list[Row]:
        """The record, kind and name that had this id once."""
        return self.find("select record, kind, name from _was where id = ?", (id_,))

    def records_beginning(self, name: str, forms: Iterable[str], limit: int) -> list[Row]:
        """The records of some forms whose ids begin so, as people read them.

        The forms are part of the query: a limit must not count a record that is not there for who asks.
        """
        listed = ",".join(f"[{column}]" for column in READ)
        sql = (
            f"select {listed} from _record where substr(record, 1, ?) = ?"
            " and form in (select value from json_each(?)) order by record limit ?"
        )
        return self.find(sql, (len(name), name, json.dumps([*forms]), limit))

    def forms_of(self, records: Iterable[str]) -> dict[str, str]:
        """The form of each of these records that stands in the tables."""
        sql = "select record, form from _record where record in (select value from json_each(?))"
        return {row["record"]: row["form"] for row in self.find(sql, (json.dumps([*records]),))}

    def shown_of(self, record: str) -> str | None:
        """The observations of an entry whose author saw all that is shown of a record; None where it is not here."""
        rows = self.find("select observed from _shown where record = ?", (record,))
        return str(rows[0]["observed"]) if rows else None

    def form_of(self, record: str) -> tuple[str, int]:
        """The form and version of a record. Raises `RecordUnknown` where it was erased meanwhile."""
        rows = self.find("select form, version from _record where record = ?", (record,))
        if not rows:
            raise RecordUnknown(record=record)
        return rows[0]["form"], rows[0]["version"]

    def records_of(self, form: str, *, deleted: bool) -> list[str]:
        """The records of a form, with those that were deleted or without them."""
        sql = "select record from _record where form = ? and deleted <= ? order by record"
        return [row["record"] for row in self.find(sql, (form, int(deleted)))]

    def chosen_in(self, form: str, chosen: Chosen = ALL) -> Iterator[str]:
        """The ids of the records of a form."""
        where, values = chosen.sql(form, ordered=True)
        for row in self.db.conn.execute(f"select record from _record r where {where} order by r.record", values):
            yield row[0]

    def count_in(self, form: str, chosen: Chosen = ALL) -> int:
        """The number of records of a form."""
        where, values = chosen.sql(form)
        return int(self.db.conn.execute(f"select count(*) from _record r where {where}", values).fetchone()[0])

    def shown_in(self, form: str, chosen: Chosen = ALL, *, earlier: bool = False) -> Iterator[tuple[str, str, int]]:
        """The shown answers of the records of a form, as they are kept: (record, answers, last changed).

        `earlier` keeps those alone in which an answer is of an earlier version of the form.
        """
        where, values = chosen.sql(form, ordered=True)
        where += " and r.earlier" * earlier
        sql = f"select record, shown, changed_ms from _record r where {where} order by r.record"
        yield from self.db.conn.execute(sql, values)

    def texts_in(self, form: str, chosen: Chosen = ALL, *, answered: bool = False) -> Iterator[Stored]:
        """The texts of the questions that keep all, of the records that have some: (record, texts as they are kept).

        With `answered` each row ends with the columns of `ANSWERED`.
        """
        where, values = chosen.sql(form, ordered=True)
        more = "".join(f", {name}" for name in ANSWERED) if answered else ""
        sql = f"select record, texts{more} from _record r where {where} and r.texts != '' order by r.record"
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

    def form_table(self, name: str, form: str, chosen: Chosen = ALL, more: Sequence[str] = ()) -> FormTable:
        """A table of a form, its rows in order; each row ends with `more` columns of its record, such as `STATUS`."""
        found = self.db.conn.execute(f"pragma main.table_info([{name}])").fetchall()  # of the table: a scope covers it
        types = {column: kind.lower() for _, column, kind, *_ in found}
        keys = [column for at, column in sorted((row[5], row[1]) for row in found) if at]
        listed = ",".join([*(f"t.[{column}]" for column in types), *(BESIDE.get(name, f"r.[{name}]") for name in more)])
        values: list[Any] = []
        sql = f"select {listed} from [{name}] t"
        if more or chosen != ALL:  # every row of the table belongs to a record of the form that was not deleted
            where, values = chosen.sql(form)
            # cross join: in the order of the table's own key, so that nothing is sorted, and no more held than a row
            sql = f"select {listed} from [{name}] t cross join _record r on r.record = t.[_record] where {where}"
        sql += f" order by {', '.join(f't.[{column}]' for column in keys)}"

        def pieces(count: int) -> Iterator[list[Stored]]:
            cursor = self.db.conn.execute(sql, values)
            while rows := cursor.fetchmany(count):
                yield rows

        return FormTable(types, keys, pieces)

    def unopened(self, limit: int) -> list[bytes]:
        """Records that nobody could open."""
        rows = self.find("select record from _attention where kind = 'no-key' limit ?", (limit,))
        return [bytes.fromhex(row["record"]) for row in rows]
