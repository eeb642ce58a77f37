"""The verbs of records.db with which two projections are compared, record by record."""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlite_utils import Database

from backend.stores.database import snapshot
from backend.stores.record_schema import INDEX, WORDS

TABLES: Final = (
    "_record", "_conflict", "_attention", "_hidden", "_waiting", "_people", "_shown", "_queue", "_fault", "_review",
    "_question", "_comment", "_settled", WORDS,
)  # fmt: skip
PAGE: Final = 5_000


def names(records: Iterable[bytes]) -> str:
    """Records as one parameter, for `in (select value from json_each(?))`."""
    return json.dumps([record.hex() for record in records])


def owner(table: str) -> str:
    """The column that names the record to which a row belongs."""
    return "record" if table.startswith("_") else "_record"


def _digest(table: str, row: Sequence[Any]) -> int:
    return int.from_bytes(sha256(repr((table, *row)).encode()).digest()[:16], "big")


class Comparing:
    """Part of `Records`."""

    db: Database
    _run: Any

    def form_tables(self) -> list[str]:
        """The tables that forms have, child tables included."""
        return sorted(name for name in self.db.table_names() if not name.startswith(("_", "sqlite_")))

    def compared(self, table: str) -> list[str]:
        """The columns that two projections have alike: all but the numbers of the search."""
        return sorted(name for name in self.db.table(table).columns_dict if (table, name) != (WORDS, "number"))

    def digests(self, records: Sequence[bytes]) -> dict[str, int]:
        """A digest of all that the tables hold of each of these records, whatever the order of its rows."""
        found: dict[str, int] = {}
        listed = names(records)
        for table in (*TABLES, *self.form_tables()):
            own = owner(table)
            columns = ",".join(f"[{name}]" for name in (own, *self.compared(table)))
            sql = f"select {columns} from [{table}] where [{own}] in (select value from json_each(?))"
            for record, *row in self._run(sql, (listed,)):
                found[record] = found.get(record, 0) + _digest(table, row)
        return found

    def named(self) -> Iterator[list[str]]:
        """Every record that any table names, in pages; some come more than once."""
        for table in (*TABLES, *self.form_tables(), "_opened"):
            own, last = owner(table), ""
            sql = f"select distinct [{own}] from [{table}] where [{own}] > ? order by 1 limit ?"
            while page := [row[0] for row in self._run(sql, (last, PAGE))]:
                yield page
                last = page[-1]

    def unowned_words(self) -> int:
        """The number of entries of the search's index that belong to no record, or are lacking."""
        with snapshot(self.db):
            indexed = self._run(f"select count(*) from {INDEX}_docsize").fetchone()[0]
            return abs(int(indexed) - int(self._run(f"select count(*) from {WORDS}").fetchone()[0]))
