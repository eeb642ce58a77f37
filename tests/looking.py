"""What tests do behind the seam: look into SQLite's tables, and change them as no program does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backend.municipality.service import Municipality
from backend.stores.journal import SqliteJournal
from backend.stores.keys import SqliteKeys
from backend.stores.ledger import Journal, KeyStore


def inside(store: Journal | KeyStore) -> Any:
    """The connection that writes a store in SQLite."""
    assert isinstance(store, SqliteJournal | SqliteKeys)
    return store.db.conn


def rows(store: Journal | KeyStore, table: str) -> int:
    """How many rows a table of a store has."""
    return int(inside(store).execute(f"select count(*) from [{table}]").fetchone()[0])


@contextmanager
def behind_its_back(town: Municipality) -> Iterator[Journal]:
    """Write into a journal in a unit of this thread, without the municipality."""
    with town.stores.unit():
        yield town.journal
