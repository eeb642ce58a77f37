"""Keeps one municipality's projection running beside its server, and tells the journal what the projection learnt."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from backend.errors import BackendError, MunicipalityLocked, StoreBusy, StoreFailed
from backend.municipality.auditing import HEAD_MS
from backend.municipality.health import Projected
from backend.municipality.service import Municipality
from backend.projection.looks import LOOKS_AT_ONCE, Looks, NoTables
from backend.projection.orders import Stepped
from backend.projection.projections import Here, Projections
from backend.projection.reading import TAKEN_S, WHOLE_S, Reading, ReadingStopped, ReadingTooLong
from backend.stores.database import as_error, write_anew
from backend.stores.looker import LookEnded
from backend.stores.places import RECORDS_FILE
from backend.stores.records import Records

POLL_S: Final = 0.25  # how far the tables lag behind the journal when nothing else is going on
REST_S: Final = (
    60.0  # without a word from the writer; opening again costs some milliseconds and reads all facts once more
)
REACH_S: Final = 2.0  # a page after a decision waits so long for the tables to show it, and says so otherwise
STEPS_AT_ONCE: Final = 2  # of all municipalities together: more would cost memory and gain no time
T = TypeVar("T")


def _named(failure: Exception) -> BackendError:
    if isinstance(failure, BackendError):
        return failure
    return as_error(failure, RECORDS_FILE) or StoreFailed(store=RECORDS_FILE, why=type(failure).__name__)


Progress = Callable[[int, int], None]


class Keeper:
    """Projects while the municipality is unlocked; a locked one takes in and merges, and is projected later."""

    def __init__(
        self, town: Municipality, turns: asyncio.Semaphore | None = None, projections: Projections | None = None
    ) -> None:
        self.town = town
        self._turns = turns or asyncio.Semaphore(STEPS_AT_ONCE)
        self._projections: Projections = projections or Here()
        self._busy = asyncio.Lock()
        self._readings: set[Reading[Any]] = set()
        self._at_start = False  # who follows closes the tables after its first look, as soon as they are up to date
        self._thread = self._fresh()
        self._looks = Looks(town.folder, self._key)
        self._lookers: ThreadPoolExecutor | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._reaching: asyncio.Task[None] | None = None

    def _key(self) -> bytes:
        return self.town.custody.records_key.reveal()

    def _fresh(self) -> ThreadPoolExecutor:
        """A thread that begins with its first work."""
        return ThreadPoolExecutor(1, thread_name_prefix=f"projector-{self.town.code}")

    async def _inside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def catch_up(self, progress: Progress = lambda _done, _all: None) -> None:
        """Project all that the journal holds; raises `MunicipalityLocked` without the keys."""
        async with self._busy:
            await self._catch_up(progress)

    async def _catch_up(self, progress: Progress) -> None:
        more = True
        while more:
            work = partial(self._projections.step, self.town.folder, self.town.custody)
            async with self._turns:
                step = await self._inside(work)
                more = step.more or bool(step.failed)
                if self._at_start and not more:  # within its turn: so a few have files open at the start, and not all
                    await self._let_go()
            await self._tell(step)
            self.town.projected = Projected(step.position, "", step.waits)
            progress(step.position, step.until)

    async def rebuild(self, progress: Progress) -> None:
        """Make everything again from position 1."""
        async with self._busy:
            await self._inside(partial(self._projections.rebuild, self.town.folder, self.town.custody))
            await self._catch_up(progress)

    async def read(self, work: Callable[[Records], T]) -> T:
        """Read the tables, as far as the journal goes now."""
        async with self._busy:
            await self._catch_up(lambda _done, _all: None)
            return await self._inside(partial(self._projections.read, self.town.folder, self.town.custody, work))

    async def look(self, work: Callable[[Records], T], *, workers: Collection[str] | None = None) -> T:
        """Read one moment of the tables beside the projector, as far as they are: of all records, or of those that
        these workers made, wrote or were assigned.

        Raises `LookTooLong` after two seconds, `MunicipalityLocked` where the keys go meanwhile.
        """
        for _ in range(LOOKS_AT_ONCE):
            try:
                return await self.apart(partial(self._looks.look, work, workers))
            except NoTables:
                await self.catch_up()
            except LookEnded:
                continue  # the tables were written anew or closed; without keys the next try says so
        raise StoreBusy(store=RECORDS_FILE)

    async def apart(self, work: Callable[[], T]) -> T:
        """Do in the threads of the pages what takes a while, such as opening and drawing a record: devices are answered
        meanwhile, and so many pages at once as there are threads."""
        self._let_lookers_rest_later()
        if self._lookers is None:
            self._lookers = ThreadPoolExecutor(LOOKS_AT_ONCE, thread_name_prefix=f"looks-{self.town.code}")
        return await asyncio.get_running_loop().run_in_executor(self._lookers, work)

    def _let_lookers_rest_later(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(REST_S, self._let_lookers_rest)

    def _let_lookers_rest(self) -> None:
        """Close the connections of the read pool; the next look opens them again."""
        self._looks.rest()
        if self._lookers is not None:
            self._lookers.shutdown(wait=False)
            self._lookers = None

    async def reached(self, position: int) -> bool:
        """Wait until the tables show the journal up to a position, for `REACH_S` at most; False where they do not."""
        if self.town.projected.position >= position:
            return True
        if self._reaching is None or self._reaching.done():
            self._reaching = asyncio.get_running_loop().create_task(self.catch_up())
        await asyncio.wait({self._reaching}, timeout=REACH_S)
        if self._reaching.done() and (failure := self._reaching.exception()) is not None:
            raise failure
        return self.town.projected.position >= position

    async def stream(
        self, work: Callable[[Records], Iterator[T]], *, workers: Collection[str] | None = None
    ) -> AsyncGenerator[T]:
        """Read the tables piece by piece, as far as the journal goes now: nothing waits for whoever takes the pieces.

        Of all records, or of those that these workers made, wrote or were assigned.

        Raises what it was ended with (`end_readings`), `ReadingStopped` where no piece was taken for `TAKEN_S`, or
        `ReadingTooLong` where not all were within `WHOLE_S`.
        """
        async with self._busy:
            await self._catch_up(lambda _done, _all: None)
            key = self.town.custody.records_key.reveal()
            reading = await asyncio.to_thread(Reading, self.town.folder, key, work, workers)
            self._readings.add(reading)
        whole = self._ended_within(reading, WHOLE_S, ReadingTooLong(minutes=round(WHOLE_S / 60)))
        try:
            while (piece := await asyncio.to_thread(reading.piece)) is not None:
                limit = self._ended_within(reading, TAKEN_S, ReadingStopped(seconds=round(TAKEN_S)))
                try:
                    yield piece
                finally:
                    limit.cancel()
        finally:
            whole.cancel()
            self._readings.discard(reading)
            asyncio.get_running_loop().run_in_executor(None, reading.end)

    def _ended_within(self, reading: Reading[Any], seconds: float, why: BackendError) -> asyncio.TimerHandle:
        """End a reading after some seconds, unless that is cancelled."""
        loop = asyncio.get_running_loop()
        return loop.call_later(seconds, lambda: loop.run_in_executor(None, reading.end, why))

    async def end_readings(self, why: BackendError) -> None:
        """End what is being read piece by piece, so that it holds nothing of the log any more."""
        for reading in list(self._readings):
            await asyncio.to_thread(reading.end, why)

    async def write_anew(self, why: BackendError) -> bool:
        """Write the tables anew, so that nothing lies between their rows; False while somebody else reads them.

        Whoever reads them piece by piece is told why it ends.
        """
        async with self._busy:
            path, key = self.town.folder / RECORDS_FILE, self.town.custody.records_key.reveal()
            await self.end_readings(why)
            await self._close()
            return await self._inside(partial(self._written_anew, path, key))

    def _written_anew(self, path: Path, key: bytes) -> bool:
        with self._looks.shut():
            return write_anew(path, key)

    async def lock(self, by: str = "") -> None:
        """Close the tables and let the keys go, whatever becomes of the head of the audit: it is signed later. `by` is
        who locks."""
        async with self._busy:
            try:
                await self.town.auditing.sign_head(now=True)
            except Exception as failure:  # noqa: BLE001 - logged; a disk that is full keeps no keys in hand
                code = _named(failure).code
                structlog.get_logger("veldpost").error("audit-head", municipality=self.town.code, code=code)
            finally:
                self.town.keyring.lock(by, self.town.clock.now_ms())
            await self._close()

    async def follow(self) -> None:
        """Project as entries come, until cancelled. A fault is kept for the status page and tried again.

        It waits for the writer's word: a municipality in which nothing happens costs nothing, and after a while
        holds no files.
        """
        again_s: float | None = POLL_S
        self._at_start = True
        first = 0  # where the tables were at the start: in most municipalities nothing has happened since
        while True:
            unmoved = first == self.town.projected.position and self.town.resting.rests
            rest_s = 0.0 if unmoved else REST_S  # a locked one takes in and is not projected: its stores are in use
            if again_s is None or again_s > rest_s + POLL_S:
                heard = await self._hears_within(rest_s)
                again_s = again_s if again_s is None else again_s - rest_s
                if not heard:
                    await self._rest()
            await self._hears_within(again_s)
            await asyncio.sleep(POLL_S)
            self.town.writer.news.clear()
            again_s = await self._look() if not self.town.locked and self.town.apart is None else None
            first = first or self.town.projected.position

    async def _hears_within(self, seconds: float | None) -> bool:
        """True if the writer says within some seconds that there is something new; None waits for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self.town.writer.news.wait()
        return False

    async def _rest(self) -> None:
        """Hold no files, memory and keys until something happens."""
        async with self._busy:
            await self._let_go()
        await self.town.resting.rest()

    async def _let_go(self) -> None:
        self._let_lookers_rest()
        with suppress(BackendError):  # what does not close now is closed with the process
            await self._inside(partial(self._projections.rest, self.town.folder))
        self._thread.shutdown(wait=False)
        self._thread = self._fresh()

    async def _look(self) -> float | None:
        """Project what came; returns after how many seconds to look again even if nothing comes."""
        before, rested = self.town.projected, self._at_start
        try:
            await self.catch_up()
            self._at_start = False
            waits = await self.town.auditing.sign_head()
            if rested:
                await self.town.resting.rest()
            if self.town.projected != before and not rested:
                return POLL_S  # the look that finds nothing gives memory back
            return HEAD_MS / 1_000 if waits else None
        except Exception as failure:  # noqa: BLE001 - named; neither this projection nor another may end of it
            error = _named(failure)
            self.town.set_apart(error)
            if not self.town.projected.fault:
                structlog.get_logger("veldpost").error("projection", municipality=self.town.code, code=error.code)
            self.town.projected = self.town.projected._replace(fault=error.code)
            return POLL_S

    async def close(self) -> None:
        """Finish the step under way and close the tables."""
        async with self._busy:
            await self._close()
        if self._idle is not None:
            self._idle.cancel()
        self._let_lookers_rest()
        self._thread.shutdown()

    def _shut_looks(self) -> None:
        with self._looks.shut():
            pass

    async def _close(self) -> None:
        await self._inside(self._shut_looks)
        await self.end_readings(MunicipalityLocked(municipality=self.town.code))
        await self._inside(partial(self._projections.close, self.town.folder))

    async def _tell(self, step: Stepped) -> None:
        """Set aside what does not open, so that every merge leaves it out; missing wraps are asked for."""
        for record, hash_, reason in step.failed:
            await self.town.acts.set_aside(record, hash_, reason, "projection")
        if step.unopened or step.reopened or step.dirty:
            note = partial(self.town.granting.note_opened, step.unopened, step.reopened, step.dirty)
            await self.town.submit(note)
