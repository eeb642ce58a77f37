"""A unit of work: one transaction of the journal and of the key store, with what follows from it.

Order of saving: decide; write both stores; commit the keys; commit the journal; put files in place; replace the state
in memory by one assignment. A kill between two steps leaves more keys than entries, or a file to be put in place at
the next start, and never an entry whose key is missing.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import get_ident
from typing import Any, Final, TypeVar

import sqlcipher3
import structlog

from backend.errors import BackendError
from backend.municipality.outside import Outside
from backend.municipality.state import Ledger
from backend.stores.database import translated
from backend.stores.journal import Journal
from backend.stores.keys import Keys

T = TypeVar("T")
_MARK: Final = "job"


class Unit:
    """The transactions of one municipality, used by its writer alone."""

    def __init__(self, journal: Journal, keys: Keys, ledger: Ledger, outside: Outside) -> None:
        self._connections = journal.connections
        self._journal = journal.db.conn
        self._store = keys
        self._keys = keys.db.conn
        self._ledger = ledger
        self._outside = outside
        self._after: list[Callable[[], None]] = []

    def claim(self) -> None:
        """Let this thread see what it writes before it is committed, and no other."""
        self._connections.owner = get_ident()

    def begin(self) -> None:
        """Begin; the key store joins when it is first written to."""
        with translated("journal.db"):
            self._journal.execute("begin immediate")
        self._store.joined = True
        self._ledger.begin()

    def commit(self) -> None:
        """Make everything durable, then visible."""
        with translated("keys.db"):
            if self._keys.in_transaction:
                self._keys.execute("commit")
        with translated("journal.db"):
            self._journal.execute("commit")
        self._store.joined = False
        after, self._after = self._after, []
        for work in (self._outside.settle, *after):
            self._follow(work)
        self._ledger.adopt()

    @staticmethod
    def _follow(work: Callable[[], None]) -> None:
        """Do what follows a commit. It is done again at the next start, so a failure is logged and undoes nothing."""
        try:
            work()
        except (OSError, BackendError) as error:
            structlog.get_logger("veldpost").error("after-commit", error=type(error).__name__, why=str(error))

    def abandon(self) -> None:
        """Leave nothing of it; harmless when SQLite rolled back by itself, as it does on a full disk."""
        self._store.joined = False
        for connection in (self._keys, self._journal):
            with suppress(sqlcipher3.Error):  # a damaged store; its first error is the one that is told
                if connection.in_transaction:
                    connection.execute("rollback")
        self._after.clear()
        self._outside.drop()
        self._ledger.drop()

    def after_commit(self, work: Callable[[], None]) -> None:
        """Do something once the transaction is on disk, such as putting a file in place. It must be repeatable."""
        self._after.append(work)

    def alone(self, work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
        """Run one job so that its failure costs the others of its group nothing. A store's own error ends the unit."""
        state, after, listed = self._ledger.draft.copy(), len(self._after), self._outside.waiting
        joined = self._keys.in_transaction
        self._each(joined, f"savepoint {_MARK}")
        try:
            done = work()
        except sqlcipher3.Error:
            raise
        except Exception as error:
            if not self._journal.in_transaction:
                raise
            self._each(joined, f"rollback to {_MARK}", f"release {_MARK}")
            if not joined and self._keys.in_transaction:
                self._keys.execute("rollback")
            del self._after[after:]
            self._outside.drop(listed)
            self._ledger.draft = state
            return None, error
        self._each(joined, f"release {_MARK}")
        return done, None

    def _each(self, joined: bool, *statements: str) -> None:
        connections: tuple[Any, ...] = (self._journal, self._keys) if joined else (self._journal,)
        for connection in connections:
            for statement in statements:
                connection.execute(statement)
