"""The verbs of records.db with which staff read what is shown: records, conflicts, hidden answers, what waits."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlite_utils import Database

Row = dict[str, Any]


class FormTable(NamedTuple):
    """A table of a form: its columns with SQLite's types, the columns of its key, and its rows in order."""

    types: dict[str, str]
    key: Sequence[str]
    rows: Iterator[list[Any]]


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

    def form_of(self, record: str) -> tuple[str, int]:
        """The form and version of a record."""
        (row,) = self.find("select form, version from _record where record = ?", (record,))
        return row["form"], row["version"]

    def records_of(self, form: str, *, deleted: bool) -> list[str]:
        """The records of a form, with those that were deleted or without them."""
        sql = "select record from _record where form = ? and deleted <= ? order by record"
        return [row["record"] for row in self.find(sql, (form, int(deleted)))]

    def shown_in(self, form: str) -> Iterator[tuple[str, str]]:
        """The shown answers of every record of a form that is not deleted, as they are kept: (record, answers)."""
        sql = "select record, shown from _record where form = ? and not deleted order by record"
        yield from self.db.conn.execute(sql, (form,))

    def hidden_in(self, form: str) -> list[Row]:
        """The hidden answers of every record of a form that is not deleted."""
        sql = (
            "select h.* from _hidden h join _record r using (record) where r.form = ? and not r.deleted"
            " order by record, place"
        )
        return self.find(sql, (form,))

    def undecided_in(self, form: str) -> Iterator[Row]:
        """All that waits for a person in records of a form."""
        rows: Iterator[Row] = self.db.view("_undecided").rows_where(
            "form = ?", [form], order_by="record, kind, name, id"
        )
        return rows

    def form_table(self, name: str, undecided: str = "") -> FormTable:
        """A table of a form; with a name for it, each row ends with how much waits in its record."""
        table = self.db.table(name)
        types = {column.name: column.type.lower() for column in table.columns}
        listed = ",".join(f"[{column}]" for column in types)
        if undecided:
            types[undecided] = "integer"
            listed += ", (select conflicts + waiting from _record r where r.record = [_record])"
        found = self.db.conn.execute(f"select {listed} from [{name}] order by 1, 2")
        return FormTable(types, table.pks, (list(row) for row in found))

    def unopened(self, limit: int) -> list[bytes]:
        """Records that nobody could open."""
        rows = self.find("select record from _attention where kind = 'no-key' limit ?", (limit,))
        return [bytes.fromhex(row["record"]) for row in rows]
