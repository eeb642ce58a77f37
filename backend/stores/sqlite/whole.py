"""Whole stores of SQLite: every row read out, and a store made of rows."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from backend.files import sync_folder
from backend.stores.carrying import KEYS, MARK, Table, columns_of
from backend.stores.database import Migration, open_database, snapshot, transaction, translated
from backend.stores.places import JOURNAL_FILE, KEYS_FILE
from backend.stores.sqlite import journal_schema, keys


def _store(part: str) -> tuple[str, tuple[Migration, ...]]:
    return (KEYS_FILE, keys.MIGRATIONS) if part == KEYS else (JOURNAL_FILE, journal_schema.MIGRATIONS)


@contextmanager
def tables(folder: Path, part: str) -> Iterator[Iterator[Table]]:
    """All tables at one moment."""
    name, migrations = _store(part)
    with closing(open_database(folder / name, migrations=migrations)) as db, translated(name), snapshot(db):
        yield _tables(db, part)


def _tables(db: Database, part: str) -> Iterator[Table]:
    for name, columns in columns_of(part):
        sql = f"select {', '.join(columns)} from {name} order by 1" if name != MARK else "pragma application_id"
        yield Table(name, columns, db.conn.execute(sql))


def fill(folder: Path, part: str, given: Iterable[Table]) -> None:
    """Make a file of these rows beside, and put it in place."""
    name, migrations = _store(part)
    target = folder / name
    beside = target.with_suffix(".new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    with closing(open_database(beside, migrations=migrations)) as db, translated(name):
        with transaction(db):
            for table in given:
                _fill(db, table)
        db.conn.execute("pragma journal_mode = delete").fetchall()
    beside.replace(target)
    sync_folder(folder)


_NEW: Final = "insert into {0}({1}) values({2})"


def _fill(db: Database, table: Table) -> None:
    if table.name == MARK:
        for row in table.rows:
            db.conn.execute(f"pragma application_id = {int(row[0])}")
        return
    db.conn.execute(f"delete from {table.name}")  # of what a new store begins with
    marks = ",".join("?" * len(table.columns))
    db.conn.executemany(_NEW.format(table.name, ", ".join(table.columns), marks), table.rows)
