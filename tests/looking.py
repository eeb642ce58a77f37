"""What tests do behind the seam: look into a store's tables, and change them as no program does."""

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from backend.stores.ledger import Journal, KeyStore
from backend.stores.postgres.stores import PostgresJournal, PostgresKeys
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys


def inside(store: Journal | KeyStore) -> Any:
    """The connection that writes a store; in PostgreSQL what executes a statement, on the session of who asks."""
    database = getattr(store, "inner", store)
    if isinstance(database, PostgresJournal | PostgresKeys):
        return SimpleNamespace(execute=database.run if isinstance(database, PostgresJournal) else database.session.run)
    assert isinstance(database, SqliteJournal | SqliteKeys)
    return database.db.conn


def open_files(below: Path) -> list[str]:
    """The names of the files below a folder that this process has open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one with which it looks
            found += [path.name for path in [link.readlink()] if path.is_relative_to(below)]
    return sorted(found)


def rows(store: Journal | KeyStore, table: str) -> int:
    """How many rows a table of a store has."""
    return int(inside(store).execute(f"select count(*) from [{table}]").fetchone()[0])
