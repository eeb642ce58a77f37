"""A plain SQLite file that is handed to a person: tables as they are exported, without a key.

Rows are written by SQL of our own: sqlite-utils takes 999 columns at most, and a form has up to 1,500.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from backend.stores.database import open_database, transaction, translated

WHOLE_MAX: Final = 2**63  # beyond it SQLite has no whole numbers


def write_tables(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows into a new file; returns how many. One with `columns` begins a `table`, with `types` and a `key`; each
    after it has `rows`. Raises `StoreFull` and the like."""
    count, insert = 0, ""
    with translated(path.name), closing(open_database(path)) as db:
        with transaction(db):
            for row in rows:
                if "columns" in row:
                    insert = _create(db, row)
                else:
                    db.conn.executemany(insert, [[_fitting(value) for value in values] for values in row["rows"]])
                    count += len(row["rows"])
        db.disable_wal()
    return count


def _create(db: Database, row: Mapping[str, Any]) -> str:
    """Make a table of an export; returns the statement that writes a row of it."""
    name, columns, key = row["table"], row["columns"], row["key"]
    of = [(columns[0], row["of"], columns[0])] if row.get("of") else None
    types = dict(zip(columns, row["types"], strict=True))
    table = db.table(name).create(types, pk=key or None, foreign_keys=of)
    if not key or of:
        table.create_index(columns[:1])
    return f"insert into [{name}] values({','.join('?' * len(columns))})"


def _fitting(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not -WHOLE_MAX <= value < WHOLE_MAX else value
