"""Many rows at once: COPY where there are many, arrays of columns where there are some, a pipeline for what is neither.

An `insert` of marks alone is taken apart once: its table, its columns and what it does with a row that is there.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.types.numeric import Int8

COPIED_FROM: Final = 8  # rows: from here on COPY costs less than arrays (a group of 32: half of our time)
_INSERT: Final = re.compile(r"insert into (\w+)(?:\(([\w, ]+)\))? values\(\?(?:, \?)*\)( on conflict.*)?", re.S)
_MARK: Final = re.compile(r"\?(\d*)")
_TYPES: Final = (
    "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a"
    " where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"
)


class Insert(NamedTuple):
    """A statement that puts rows into columns of a table."""

    table: str
    columns: tuple[str, ...]  # none where they are all of the table's
    conflict: str


@lru_cache(maxsize=2_048)
def numbered(sql: str) -> str:
    """A statement with PostgreSQL's marks: `$1` for the first `?`, and `$2` for `?2`."""
    last = 0

    def mark(found: re.Match[str]) -> str:
        nonlocal last
        last = int(found[1]) if found[1] else last + 1
        return f"${last}"

    return _MARK.sub(mark, sql)


@lru_cache(maxsize=512)
def taken_apart(sql: str) -> Insert | None:
    """The insert that a statement is, if it is one of marks alone."""
    found = _INSERT.fullmatch(sql)
    if found is None:
        return None
    return Insert(found[1], tuple((found[2] or "").replace(" ", "").split(",")) if found[2] else (), found[3] or "")


def by_columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows as arrays, a column each; numbers have one size, or that of the first would be that of all."""
    return [
        [Int8(value) if isinstance(value, int) else value for value in column] for column in zip(*rows, strict=True)
    ]


class Bulk:
    """Inserts of many rows on one connection; it asks once for the types of a table's columns."""

    def __init__(self) -> None:
        self._types: dict[str, dict[str, str]] = {}

    def write(self, connection: psycopg.Connection[Any], sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row."""
        insert = taken_apart(sql)
        if len(rows) == 1:
            connection.execute(numbered(sql), rows[0], binary=True)
            return
        if insert is None:
            with connection.cursor() as cursor:
                cursor.executemany(numbered(sql), rows)
            return
        types = self._of(connection, insert.table)
        columns = insert.columns or tuple(types)
        kinds = [types[column] for column in columns]
        if insert.conflict or len(rows) < COPIED_FROM:
            arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(kinds, 1))
            connection.execute(
                f"insert into {insert.table}({', '.join(columns)}) select * from unnest({arrays}){insert.conflict}",
                by_columns(rows),
            )
            return
        self.copy(connection, insert.table, columns, rows)

    def copy(
        self, connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> int:
        """Copy rows into columns of a table; returns how many."""
        types, count = self._of(connection, table), 0
        statement = f"copy {table}({', '.join(columns)}) from stdin (format binary)"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([types[column] for column in columns])
            for row in rows:
                copy.write_row(row)
                count += 1
        return count

    def _of(self, connection: psycopg.Connection[Any], table: str) -> dict[str, str]:
        if table not in self._types:
            self._types[table] = dict(connection.execute(_TYPES, (table,)).fetchall())
        return self._types[table]
