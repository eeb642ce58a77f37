"""The read pool of one municipality: a few connections with which pages read while the projector works.

A look waits for no projector and holds none up. Whoever must have the tables for themselves (lock, rest, writing them
anew) shuts the pool: what is being read is ended, and who asks meanwhile waits.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition
from time import monotonic
from typing import Final, TypeVar

from backend.errors import StoreBusy
from backend.stores.looker import LOOK_S, Looker
from backend.stores.places import RECORDS_FILE
from backend.stores.records import Records

T = TypeVar("T")
LOOKS_AT_ONCE: Final = 3  # connections of one municipality: pages are short, and each has a cache of its own

SHUT_S: Final = 5.0  # whoever locks waits no longer for a look that works on what it read already
INTERRUPT_S: Final = 0.05  # one that was about to begin its next statement is ended at that one


class NoTables(Exception):
    """The projector has not made the tables yet; it never leaves the room of the projection."""


class Looks:
    """From any thread. `key` gives the tables' key, or raises `MunicipalityLocked`."""

    def __init__(self, folder: Path, key: Callable[[], bytes]) -> None:
        self._path = folder / RECORDS_FILE
        self._key = key
        self._free: list[Looker] = []
        self._busy: set[Looker] = set()
        self._shut = 0
        self._opened_before: set[Looker] = set()  # a look that did not end in time: its connection serves no other
        self._turn = Condition()

    def look(self, work: Callable[[Records], T], workers: Collection[str] | None) -> T:
        """Read one moment of the tables. Raises `StoreBusy` where no connection is free within the time of a look."""
        looker = self._taken()
        whole = False
        try:
            answer = looker.look(work, workers)
            whole = True
            return answer
        finally:
            self._give_back(looker, whole=whole)

    def _taken(self) -> Looker:
        with self._turn:
            if not self._turn.wait_for(lambda: not self._shut and len(self._busy) < LOOKS_AT_ONCE, LOOK_S):
                raise StoreBusy(store=RECORDS_FILE)
            key = self._key()  # asked here: whoever locks lets the keys go first, and shuts then
            while self._free:
                looker = self._free.pop()
                if looker.stands:
                    break
                looker.close()
            else:
                opened = Looker.opened(self._path, key)
                if opened is None:
                    raise NoTables
                looker = opened
            self._busy.add(looker)
            return looker

    def _give_back(self, looker: Looker, *, whole: bool) -> None:
        """Keep a connection for the next look; one that was ended in the middle of anything is closed."""
        with self._turn:
            self._busy.discard(looker)
            if whole and looker not in self._opened_before:
                self._free.append(looker)
            else:
                self._opened_before.discard(looker)
                looker.close()
            self._turn.notify_all()

    @contextmanager
    def shut(self) -> Iterator[None]:
        """End all looks, close their connections, and let nobody look meanwhile."""
        with self._turn:
            self._shut += 1
            until = monotonic() + SHUT_S
            while self._busy and monotonic() < until:
                for looker in self._busy:
                    looker.interrupt()
                self._turn.wait(INTERRUPT_S)
            self._opened_before |= self._busy
            self._close_free()
        try:
            yield
        finally:
            with self._turn:
                self._shut -= 1
                self._turn.notify_all()

    def rest(self) -> None:
        """Close the connections that nobody uses."""
        with self._turn:
            self._close_free()

    def _close_free(self) -> None:
        while self._free:
            self._free.pop().close()
