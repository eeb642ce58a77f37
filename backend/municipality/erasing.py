"""Erasure of records in one municipality's folder (sync/SPEC.md section 12).

A record is erased when no file of the installation holds its key or a body of it. The order makes a kill harmless:

1. The signed fact goes to the list outside the backups: from here on the erasure is finished, whatever happens.
2. The key store forgets wraps and sealed grants; without them the bodies are noise.
3. One transaction of the journal takes the fact in, overwrites the bodies (those kept aside as well), and notes the
   record as unfinished.
4. `finish` removes the files, cuts the write-ahead logs and looks at the result. It is repeated, at once, later and
   at the next start, until nothing is left over; only then is the note removed.

`Leftover` names each place that could not be reached yet and why.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from backend.clock import Clock
from backend.errors import RecordUnknown
from backend.municipality.attachments import Attachments
from backend.municipality.book import FactBook
from backend.municipality.custody import Custody
from backend.municipality.intake import Intake
from backend.municipality.outside import Outside
from backend.municipality.writer import Writer
from backend.stores.database import transaction, truncate_log
from backend.stores.journal import Journal
from backend.stores.keys import Keys
from sync.facts import ERASURE_REASONS, Erasure, encode_fact, purpose_of

LOG_TRIES: Final = 20  # together two seconds: longer than a step of the projection or a page of a reader
LOG_PAUSE_S: Final = 0.1


class Leftover(NamedTuple):
    """A place that may still hold something of an erased record, and the reason."""

    place: str
    why: str


class Erased(NamedTuple):
    """The result of an erasure: how many bodies went, and what is left over."""

    bodies: int
    leftovers: tuple[Leftover, ...]


class Town(Protocol):
    """What a municipality lends to its erasures."""

    @property
    def folder(self) -> Path: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def book(self) -> FactBook: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def attachments(self) -> Attachments: ...
    @property
    def outside(self) -> Outside: ...
    @property
    def writer(self) -> Writer: ...
    @property
    def custody(self) -> Custody: ...


class Erasing:
    """The erasures of one municipality."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._busy = asyncio.Lock()

    async def erase(self, record: bytes, reason: str, staff: str) -> Erased:
        """Forget a record: list, keys, bodies, files, logs. The same again goes on with what was left over."""
        assert reason in ERASURE_REASONS
        town = self._town
        if town.journal.record(record) is None:
            raise RecordUnknown(record=record.hex())
        fact = town.custody.signed(Erasure(town.folder.name, record, reason, town.clock.now_ms()))
        bodies = await town.writer.submit(lambda: self._take(fact, staff), lambda: self._list_and_forget(fact))
        return Erased(bodies, await self.finish())

    def replay(self, listed: Iterable[Erasure] = ()) -> None:
        """Erase what the list outside the backups names and the journal does not know: before any answer is given."""
        town = self._town
        for fact in listed:
            if not town.book.erased(fact.record):
                with transaction(town.keys.db):
                    self._forget_keys(fact.record)
                with transaction(town.journal.db):
                    self._take(fact, "restore")
        if town.journal.unfinished_erasures():
            self._remove_files()
            for name in _STORES:
                truncate_log(town.folder / name)

    @property
    def unfinished(self) -> dict[bytes, int]:
        """The records whose erasure is not finished, each with its time in milliseconds."""
        return self._town.journal.unfinished_erasures()

    async def finish(self, elsewhere: Callable[[], Awaitable[list[Leftover]]] | None = None) -> tuple[Leftover, ...]:
        """Do what is left of all erasures and return what could not be done.

        `elsewhere` does the same where this room does not reach: the projection and the devices of the desk.
        """
        async with self._busy:
            town, records = self._town, self.unfinished
            if not records:
                return ()
            leftovers = [] if elsewhere is None else await elsewhere()
            await town.writer.submit(self._remove_files, lambda: self._forget_keys(*records))
            for name in _STORES:
                if not await _cut(town.folder / name):
                    leftovers.append(Leftover(f"{name}-wal", "another program reads the store"))
            if not leftovers:
                await town.writer.submit(lambda: self._finished(records))
            return tuple(leftovers)

    def _list_and_forget(self, fact: Erasure) -> None:
        if not self._town.book.erased(fact.record):
            self._town.outside.append(purpose_of(fact), encode_fact(fact))
        self._forget_keys(fact.record)

    def _forget_keys(self, *records: bytes) -> None:
        for record in records:
            self._town.keys.forget(record)

    def _take(self, fact: Erasure, staff: str) -> int:
        """Let an erasure take effect; inside the journal's transaction."""
        town, now_ms = self._town, self._town.clock.now_ms()
        if not town.book.erased(fact.record):
            town.intake.take_fact(fact, now_ms)
        bodies = town.journal.forget_bodies(fact.record)
        town.journal.note_unfinished(fact.record, now_ms)
        town.journal.audit(now_ms, staff, "erase", fact.record, fact.reason)
        return bodies

    def _remove_files(self) -> None:
        for record in self.unfinished:
            self._town.attachments.remove_of(record)

    def _finished(self, records: dict[bytes, int]) -> None:
        for record in records:
            self._town.journal.note_finished(record)


_STORES: Final = ("keys.db", "journal.db")


async def _cut(store: Path, key: Any = None) -> bool:
    """Cut a store's write-ahead log, waiting a bounded time for those who read it."""
    for _ in range(LOG_TRIES):
        if await asyncio.to_thread(truncate_log, store, key):
            return True
        await asyncio.sleep(LOG_PAUSE_S)
    return False
