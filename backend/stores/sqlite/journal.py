"""The journal store of one municipality in SQLite: entries, facts and the merge state, without an answer in clear.

What is appended in one transaction is on disk, whole, when it commits.
"""

from pathlib import Path
from typing import Final

from sqlite_utils import Database

from backend.stores.database import RestingStore
from backend.stores.sql.journal import SqlJournal
from backend.stores.sqlite.committed import Connections
from backend.stores.sqlite.journal_schema import MIGRATIONS
from backend.stores.sqlite.words import WORDS

CACHE_KIB: Final = 2_048  # twenty open municipalities stay within 250 MB


class SqliteJournal(SqlJournal):
    """One municipality's journal.db. In a hosted municipality, threads without a unit of work are shown what is
    committed."""

    def __init__(self, path: Path, cache_kib: int = CACHE_KIB, *, hosted: bool = False) -> None:
        self.store = RestingStore(path, MIGRATIONS, cache_kib)
        self.connections = Connections(self.store, path)
        run = self.connections.run if hosted else self.store.execute
        super().__init__(run, self.store.executemany, WORDS)

    @property
    def db(self) -> Database:
        """The database that it writes in."""
        return self.store.db

    def rest(self) -> None:
        """Close the file until something is asked."""
        self.forget_numbers()
        self.connections.rest()
        self.store.rest()

    def close(self) -> None:
        """Close the file; what was committed is on disk."""
        self.connections.close()
        self.store.close()
