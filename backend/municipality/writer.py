"""One writing thread for each municipality, which commits what came at the same time in one transaction.

A commit waits for the disk; grouping lets thirty devices share one wait. Nobody is answered before the commit.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from itertools import takewhile
from typing import Any, Final, Generic, NamedTuple, TypeVar

from backend.clock import Clock
from backend.municipality.turns import Purse, work_s
from backend.municipality.unit import Unit
from backend.stores.group import Wanted
from backend.stores.server_errors import StandbyAway

GROUP_MAX: Final = 64  # requests in one commit: bounds how long the first waits for the last
IDLE_TURNS: Final = 3  # turns of the event loop without news: a request needs two from its socket to the writer

STANDBY_S: Final = 10.0  # so long who asks waits for a standby to confirm; a failover of the standbys is done by then
LOOK_S: Final = 0.5

T = TypeVar("T")
D = TypeVar("D")
S = TypeVar("S")
Outcome = tuple[Any, BaseException | None]


class Request(NamedTuple, Generic[D, S, T]):
    """A device's request as the writer runs it: `decide` writes nothing and may refuse; `save` writes what was decided
    and refuses nothing; `answer` is made when all requests of a group are saved. `wanted` is what deciding needs."""

    wanted: Wanted
    decide: Callable[[], D]
    save: Callable[[D], S]
    answer: Callable[[S], T]


class Held(NamedTuple):
    """A commit that waits for a standby: of which store, and since when, in milliseconds of the clock."""

    store: str
    since_ms: int


class _Job(NamedTuple):
    request: Request[Any, Any, Any] | None
    work: Callable[[], Any]
    future: "asyncio.Future[Any]"
    purse: Purse | None = None


class Writer:
    """Runs work inside units, in order, off the event loop."""

    def __init__(self, name: str, unit: Unit, failed: Callable[[BaseException], None], clock: Clock) -> None:
        self._unit = unit
        self._failed = failed
        self.news = asyncio.Event()  # set by each commit; whoever follows the journal clears it and looks
        self._jobs: list[_Job] = []
        self.held: Held | None = None  # while a commit waits for a standby longer than `STANDBY_S`
        self._clock = clock
        self._ended = False
        self._behind = 0  # jobs of the group under way that come after the one at work
        self._running: asyncio.Task[None] | None = None
        self._name = f"writer-{name}"
        self._outside = 0  # works between two transactions that wait for their turn
        self._thread = self._fresh()

    def _fresh(self) -> ThreadPoolExecutor:
        """A thread that begins with its first work."""
        return ThreadPoolExecutor(1, thread_name_prefix=self._name)

    @property
    def is_awaited(self) -> bool:
        """True if somebody waits for the transaction under way to end; asked by work that can do the rest later."""
        return self._behind > 0 or bool(self._jobs)

    async def submit(self, work: Callable[[], T]) -> T:
        """Run work in a transaction and return after the commit; what it raises is raised here, and nothing of it
        is taken in."""
        spoken = copy_context()  # the audit names who speaks (`stores.audit.ACCOUNT`), on this thread only
        done: T = await self._queued(None, lambda: spoken.run(work))
        return done

    async def ask(self, request: Request[D, S, T], purse: Purse | None = None) -> T:
        """Run a device's request, as cheap as can be: what comes at the same time is loaded, written and committed
        together. `purse` pays the time."""
        done: T = await self._queued(request, _nothing, purse)
        return done

    async def outside(self, work: Callable[[], Any]) -> None:
        """Run something on the writer's thread, between two transactions."""
        self._outside += 1
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._outside -= 1

    async def rest(self, work: Callable[[], Any]) -> None:
        """Run something between two transactions, and let the thread end; what comes next begins another one."""
        await self.outside(work)
        if self._running is None and not self._outside:
            thread, self._thread = self._thread, self._fresh()
            thread.shutdown(wait=False)

    async def close(self) -> None:
        """Finish what was submitted."""
        while self._running is not None and self.held is None:
            await asyncio.wait({self._running}, timeout=LOOK_S)
        self._ended = True
        if self._running is not None:
            self._unit.stores.let_go()
            await self._running
        self._thread.shutdown()

    async def _queued(
        self, request: Request[Any, Any, Any] | None, work: Callable[[], Any], purse: Purse | None = None
    ) -> Any:
        if self.held is not None:
            raise StandbyAway(store=self.held.store)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._jobs.append(_Job(request, work, future, purse))
        if self._running is None:
            self._running = loop.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        try:
            while self._jobs:
                await self._gather()
                group, self._jobs = self._jobs[:GROUP_MAX], self._jobs[GROUP_MAX:]
                for job, (result, error) in zip(group, await self._done(group), strict=True):
                    self.news.set()
                    if job.future.done():
                        continue  # the client went away; its work stands all the same
                    if error is not None:
                        job.future.set_exception(error)
                    else:
                        job.future.set_result(result)
        finally:
            self._running = None

    async def _done(self, group: list[_Job]) -> list[Outcome]:
        """Run a group. Where its commit waits for a standby that is away, all who wait are told so; the commit goes on,
        for it may be done already, and one that is ended is on this machine alone and seen by all. When the standby is
        back it counts, once: what devices send again is known by its hash."""
        loop = asyncio.get_running_loop()
        began_ms = self._clock.now_ms()
        watch: asyncio.TimerHandle

        def look() -> None:
            nonlocal watch
            store = self._unit.stores.awaited()
            if store:
                self.held = self.held or Held(store, began_ms)
                for job in (*group, *self._jobs):
                    if not job.future.done():
                        job.future.set_exception(StandbyAway(store=store))
                self._jobs.clear()  # never begun
            watch = loop.call_later(LOOK_S, look)

        watch = loop.call_later(STANDBY_S, look)
        try:
            return await loop.run_in_executor(self._thread, self.run, group)
        finally:
            watch.cancel()
            self.held = None

    async def _gather(self) -> None:
        """Let in what is arriving at this very moment, without a timer: a lone request waits for nobody."""
        idle = 0
        while idle < IDLE_TURNS and len(self._jobs) < GROUP_MAX:
            before = len(self._jobs)
            await asyncio.sleep(0)
            idle = idle + 1 if len(self._jobs) == before else 0

    def run(self, group: list[_Job]) -> list[Outcome]:
        """All of a group in one commit. What a job refuses costs the others nothing; when a store fails, the jobs are
        tried again one by one."""
        try:
            self._unit.stores.claim()
            self._unit.begin()
            outcomes = self._outcomes(group)
            self._unit.commit()
        except Exception as failure:  # noqa: BLE001 - handed to whoever submitted the work, never swallowed
            error = self._unit.stores.failure(failure) or failure
            self._failed(error)
            self._unit.abandon()
            if len(group) == 1 or self._ended:
                return [(None, error)] * len(group)
            return [outcome for job in group for outcome in self.run([job])]
        return outcomes

    def _outcomes(self, group: list[_Job]) -> list[Outcome]:
        """The requests of devices that follow each other are run together, the work of staff by itself."""
        outcomes: list[Outcome] = []
        while len(outcomes) < len(group):
            rest = group[len(outcomes) :]
            together = [*takewhile(lambda job: job.request is not None, rest)]
            self._behind = len(rest) - max(1, len(together))
            outcomes += self._together(together) if together else [self._unit.alone(rest[0].work)]
        return outcomes

    def _together(self, jobs: list[_Job]) -> list[Outcome]:
        """Load what all of them need, decide and save each, write, and answer each."""
        stores = self._unit.stores
        stores.load(Wanted.of_all(job.request.wanted for job in jobs if job.request is not None))
        saved = [self._timed(job, lambda job=job: self._saved(job)) for job in jobs]  # type: ignore[misc]
        stores.flush()
        return [
            (None, error) if error is not None or job.request is None
            else (self._timed(job, partial(job.request.answer, done)), None)
            for job, (done, error) in zip(jobs, saved, strict=True)
        ]  # fmt: skip

    def _saved(self, job: _Job) -> Outcome:
        assert job.request is not None
        try:
            decided = job.request.decide()
        except Exception as error:
            if self._unit.stores.failure(error) is not None:
                raise
            return None, error  # nothing was written; handed to whoever submitted the work
        return job.request.save(decided), None

    @staticmethod
    def _timed(job: _Job, work: Callable[[], T]) -> T:
        began = work_s()
        try:
            return work()
        finally:
            if job.purse is not None:
                job.purse.pay(work_s() - began)


def _nothing() -> None:
    """The work of a job that is a request."""
