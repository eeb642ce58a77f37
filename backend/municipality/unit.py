"""A unit of work: one unit of the stores, with what follows from it.

Order of saving: decide; write both stores; commit the keys; commit the journal; put files in place; replace the state
in memory by one assignment. A kill between two steps leaves more keys than entries, or a file to be put in place at
the next start, and never an entry whose key is missing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog

from backend.errors import BackendError
from backend.municipality.outside import Outside
from backend.municipality.state import Ledger
from backend.stores.gathered import Gathered

T = TypeVar("T")


class Unit:
    """The units of work of one municipality, used by its writer alone."""

    def __init__(self, stores: Gathered, ledger: Ledger, outside: Outside) -> None:
        self.stores = stores
        self._ledger = ledger
        self._outside = outside
        self.commits = 0  # what was read of the journal is true until the next one

    def begin(self) -> None:
        """Begin."""
        self.stores.begin()
        self._ledger.begin()

    def commit(self) -> None:
        """Make everything durable, then visible."""
        self.stores.commit()
        self.committed()

    def committed(self) -> None:
        """Do what follows a commit, and make it visible."""
        self._settle()
        self._ledger.adopt()
        self.commits += 1

    def _settle(self) -> None:
        """Settle the list after a commit. The next start does it again: a failure is logged and undoes nothing."""
        try:
            self._outside.settle()
        except (OSError, BackendError) as error:
            structlog.get_logger("veldpost").error("after-commit", error=type(error).__name__, why=str(error))

    @contextmanager
    def at_start(self) -> Iterator[None]:
        """A unit of work before there is an event loop: at opening, and in the command line."""
        self._ledger.begin()
        try:
            with self.stores.unit():
                yield
        except BaseException:
            self.forget()
            raise
        self.committed()

    def abandon(self) -> None:
        """Leave nothing of it."""
        self.stores.abandon()
        self.forget()

    def forget(self) -> None:
        """Forget what was to follow, and the draft; the stores have dropped the rest."""
        self._outside.drop()
        self._ledger.drop()

    def alone(self, work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
        """Run one job so that its failure costs the others of its group nothing. A store's own error ends the unit."""
        state, listed = self._ledger.draft.copy(), self._outside.waiting
        done, error = self.stores.alone(work)
        if error is not None:
            self._outside.drop(listed)
            self._ledger.draft = state
        return done, error
