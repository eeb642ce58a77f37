"""One writing thread for each municipality, which commits what came at the same time in one transaction.

A commit waits for the disk; grouping lets thirty devices share one wait. Nobody is answered before the commit.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final, NamedTuple, TypeVar

from sqlite_utils import Database

from backend.stores.database import transaction, translated

GROUP_MAX: Final = 64  # requests in one commit: bounds how long the first waits for the last
IDLE_TURNS: Final = 3  # turns of the event loop without news: a request needs two from its socket to the writer

T = TypeVar("T")


class _Job(NamedTuple):
    before: Callable[[], None] | None
    work: Callable[[], Any]
    future: "asyncio.Future[Any]"


class Writer:
    """Runs work inside transactions, in order, off the event loop."""

    def __init__(
        self,
        name: str,
        journal: Database,
        keys: Database,
        undo: Callable[[BaseException], None],
        committed: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._keys = keys
        self._undo = undo
        self._committed = committed
        self._jobs: list[_Job] = []
        self._running: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"writer-{name}")

    async def submit(self, work: Callable[[], T], before: Callable[[], None] | None = None) -> T:
        """Run `before` in a transaction of the key store, then `work` in one of the journal; return after both.

        What work raises is raised here, and its transaction takes nothing in.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        spoken = copy_context()  # the audit names who speaks (`stores.audit.ACCOUNT`), on this thread only
        self._jobs.append(_Job(before, lambda: spoken.run(work), future))
        if self._running is None:
            self._running = loop.create_task(self._drain())
        return await future

    async def outside(self, work: Callable[[], Any]) -> None:
        """Run something on the writer's thread, between two transactions."""
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def close(self) -> None:
        """Finish what was submitted."""
        while self._running is not None:
            await self._running
        self._thread.shutdown()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._jobs:
                await self._gather()
                group, self._jobs = self._jobs[:GROUP_MAX], self._jobs[GROUP_MAX:]
                for job, (result, error) in zip(
                    group, await loop.run_in_executor(self._thread, self.run, group), strict=True
                ):
                    if job.future.done():
                        continue  # the client went away; its work stands all the same
                    if error is not None:
                        job.future.set_exception(error)
                    else:
                        job.future.set_result(result)
        finally:
            self._running = None

    async def _gather(self) -> None:
        """Let in what is arriving at this very moment, without a timer: a lone request waits for nobody."""
        idle = 0
        while idle < IDLE_TURNS and len(self._jobs) < GROUP_MAX:
            before = len(self._jobs)
            await asyncio.sleep(0)
            idle = idle + 1 if len(self._jobs) == before else 0

    def run(self, group: list[_Job]) -> list[tuple[Any, BaseException | None]]:
        """All of a group in one commit; if any of it fails, each by itself, so that one cannot harm the others."""
        try:
            done: list[tuple[Any, BaseException | None]] = [(result, None) for result in self._together(group)]
        except Exception as error:  # noqa: BLE001 - handed to whoever submitted the work, never swallowed
            self._undo(error)
            if len(group) == 1:
                return [(None, error)]
            return [outcome for job in group for outcome in self.run([job])]
        self._committed()
        return done

    def _together(self, group: list[_Job]) -> list[Any]:
        befores = [job.before for job in group if job.before is not None]
        with translated("keys.db"):
            if befores:
                with transaction(self._keys):
                    for before in befores:
                        before()
        with translated("journal.db"), transaction(self._journal):
            return [job.work() for job in group]
