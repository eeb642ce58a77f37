"""Exports that staff take along from a page: each a job, made by a process of its own while the pages go on.

**Keys stay here.** The rows are read in this process, over a connection that holds the records of the scope and no
others, and go through a pipe; the process that writes gets no key of a store. What it wrote is sealed under a key that
only this process has in memory: after a kill of either what is left is noise, and goes at the next start.

**Nothing lies around.** A file goes after a day, minutes after it was fetched, and at once when the municipality is
locked, its person is blocked or signs out everywhere, a record is erased (`municipality/exports.py`), or the server
stops. A job is whole or there is nothing of it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, Protocol

from backend.desk.export_asking import Asking, ExportRightsGone, may_have
from backend.desk.export_live import (
    READY,
    RESTART,
    RUNS,
    UNHEARD,
    WAITS,
    ExportLimitKept,
    ExportLimitOwn,
    ExportLimitServer,
    ExportSecondSelf,
    Live,
)
from backend.desk.export_making import written_by_a_process
from backend.desk.export_second import nobody_can, passes_alone
from backend.desk.sealed_file import opened_segments
from backend.desk.two_people import are_two
from backend.errors import ROOM_ERRORS, BackendError
from backend.municipality.exports import ExportOvertaken
from backend.municipality.registry import Municipalities
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.stores.sessions import OVER, Control, Job
from crypto.primitives import random_bytes

RUNNING_OF_ONE: Final = 1  # exports that one person has made at a time
RUNNING_AT_ONCE: Final = 2  # of the whole server: each is a process and keeps a moment of the tables in their log
KEPT_OF_ONE: Final = 10  # files and requests of one person that lie or wait: more is forgotten, and fills a disk
READY_MS: Final = 24 * 3_600_000
FETCHED_MS: Final = 10 * 60_000  # after the first fetch: a connection that broke off is no reason to make it again
RUNS_S: Final = 3_600.0
ID_BYTES: Final = 16
AT_TERMINAL: Final = "terminal"  # why a job is over that a terminal writes itself


class Desk(Protocol):
    """The parts of the desk that a job needs."""

    municipalities: Municipalities

    @property
    def control(self) -> Control: ...
    def keeper(self, code: str) -> Keeper: ...


class ExportJobs:
    """The export jobs of one server; used from its event loop alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._live: dict[str, Live] = {}
        self._begun = False
        self._saying: set[asyncio.Task[None]] = set()
        self._making: set[asyncio.Task[None]] = set()

    # --- asking ---

    async def ask(self, town: Municipality, staff: str, asking: Asking) -> Job:
        """Take an export on: it begins, or waits for a second person. Raises what limit it meets."""
        self._must_be_few(town, staff)
        waits = asking.second and not await self._alone(town, staff, asking)
        if not waits:
            self._must_have_room(town.code, staff)
        live = await self._taken_on(town, staff, asking, WAITS if waits else RUNS)
        if not waits and live.id in self._live:
            self._start(live)
        return self._job(live)

    async def hold(
        self, town: Municipality, staff: str, asking: Asking
    ) -> tuple[str, asyncio.Future[None]] | None:  # fmt: skip
        """Take on an export that a terminal writes itself: its id, and what is done once a second person agreed.

        None where nobody has to agree, or nobody can. Raises what limit it meets; the future raises `ExportNotAgreed`.
        """
        if not asking.second or await passes_alone(town, staff, asking):
            return None
        self._must_be_few(town, staff)
        agreed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        live = await self._taken_on(town, staff, asking, WAITS, agreed)
        return live.id, agreed

    def leave(self, id_: str) -> None:
        """End an export for which a terminal waited that is gone."""
        live = self._live.get(id_)
        if live is not None:
            self._ended(live, "cancelled")

    def _must_be_few(self, town: Municipality, staff: str) -> None:
        if sum(one.staff == staff and one.state != OVER for one in self.of(town)) >= KEPT_OF_ONE:
            raise ExportLimitKept(limit=KEPT_OF_ONE)

    async def _alone(self, town: Municipality, staff: str, asking: Asking) -> bool:
        """True if an export passes by its reason; nobody is told of one for which there is no room."""
        if not nobody_can(town, staff):
            return False
        self._must_have_room(town.code, staff)
        return await passes_alone(town, staff, asking)

    async def _taken_on(
        self, town: Municipality, staff: str, asking: Asking, state: str, agreed: asyncio.Future[None] | None = None
    ) -> Live:
        now_ms, id_ = town.clock.now_ms(), random_bytes(ID_BYTES).hex()
        job = Job(
            id_, town.code, staff, asking.kind, asking.asked.slug, state, "", 0, 0, asking.file, 0, now_ms,
            now_ms + READY_MS,
        )  # fmt: skip
        live = self._live[id_] = Live(town, id_, asking)
        live.agreed = agreed
        self._control.keep_job(job)
        self._end_later(live, READY_MS)
        try:
            await town.auditing.note(staff, "export-asked", None, f"{asking.said} {id_[:8]}")
        except BaseException:
            self._over(live, "failed")
            raise
        return live

    def _must_have_room(self, code: str, staff: str) -> None:
        running = [one for live in self._live.values() if (one := self._job(live)).state == RUNS]
        if sum((one.municipality, one.staff) == (code, staff) for one in running) >= RUNNING_OF_ONE:
            raise ExportLimitOwn(limit=RUNNING_OF_ONE)
        if len(running) >= RUNNING_AT_ONCE:
            raise ExportLimitServer(limit=RUNNING_AT_ONCE)

    async def agree(self, town: Municipality, id_: str, second: str) -> None:
        """Let an export begin that waits for a second person, who is never the one who asked; whoever asked may have
        lost the role since: then it ends (`ExportRightsGone`)."""
        live = self._waiting(town, id_)
        job = self._job(live)
        if not are_two(town, job.staff, second):
            raise ExportSecondSelf
        if not may_have(town, job.staff, live.asking):
            await self.end(town, id_, "rights")
            raise ExportRightsGone(name=job.staff)
        if live.agreed is not None:
            await self._agreed_at_terminal(live, second)
            return
        self._must_have_room(town.code, job.staff)
        self._control.keep_job(job._replace(state=RUNS, second=second))  # before any wait: of two only one begins it
        await town.auditing.note(second, "export-agreed", None, f"{job.form} {job.staff} {id_[:8]}")
        if id_ in self._live:
            self._start(live)

    async def _agreed_at_terminal(self, live: Live, second: str) -> None:
        """Let the terminal go on that waits; nothing of it lies here."""
        job, agreed = self._job(live), live.agreed
        self._control.keep_job(job._replace(second=second))
        live.agreed = None
        self._over(live, AT_TERMINAL)
        try:
            await live.town.auditing.note(second, "export-agreed", None, f"{job.form} {job.staff} {live.id[:8]}")
        except BackendError as error:
            if agreed is not None and not agreed.done():
                agreed.set_exception(error)
            raise
        if agreed is not None and not agreed.done():
            agreed.set_result(None)

    async def decline(self, town: Municipality, id_: str, second: str) -> None:
        """Say no to an export that waits."""
        live = self._waiting(town, id_)
        job = self._job(live)
        self._over(live, "declined")
        await town.auditing.note(second, "export-declined", None, f"{job.form} {job.staff} {id_[:8]}")

    def _waiting(self, town: Municipality, id_: str) -> Live:
        live = self._live.get(id_)
        if live is None or live.town is not town or self._job(live).state != WAITS:
            raise KeyError(id_)
        return live

    # --- looking ---

    @property
    def _control(self) -> Control:
        control = self._desk.control
        if not self._begun:
            self._begun = True
            control.signed_out.append(lambda code, staff: self.end_of(code, "signed-out", staff))
            control.end_jobs(RESTART, 0, self._desk.municipalities.mine)
        return control

    def of(self, town: Municipality) -> list[Job]:
        """The jobs of a municipality, the newest first; one whose file went meanwhile is over."""
        self._look_after(town)
        return [self._as_far(one) for one in self._control.jobs(town.code)]

    def found(self, town: Municipality, id_: str) -> tuple[Job, Asking | None] | None:
        """A job, and what was asked for while this process has it."""
        self._look_after(town)
        job, live = self._control.job(town.code, id_), self._live.get(id_)
        return None if job is None else (self._as_far(job), live.asking if live is not None else None)

    def _as_far(self, job: Job) -> Job:
        """A job with how far it is, which stands in memory alone."""
        live = self._live.get(job.id)
        return job if live is None or job.state != RUNS else job._replace(done=live.done, total=live.total)

    def _look_after(self, town: Municipality) -> None:
        """End what time or an erasure ended."""
        now_ms = town.clock.now_ms()
        for live in [one for one in self._live.values() if one.town is town]:
            job = self._job(live)
            if job.ends_ms <= now_ms:
                self._ended(live, "time")
            elif job.state == READY and (live.erased != town.book.erasures or not live.file.exists()):
                self._ended(live, "export-overtaken")

    def _job(self, live: Live) -> Job:
        job = self._control.job(live.town.code, live.id)
        assert job is not None
        return job

    # --- ending ---

    def _over(self, live: Live, why: str) -> Job:
        """End a job; nothing of it is left."""
        job = self._job(live)
        if self._live.pop(live.id, None) is not None:
            job = job._replace(state=OVER, why=why, size=0)
            self._control.keep_job(job)
        live.gone()
        return job

    def _ended(self, live: Live, why: str) -> None:
        """End a job at once; the log gets its line after."""
        task = asyncio.get_running_loop().create_task(self._noted(live, self._over(live, why)))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def end(self, town: Municipality, id_: str, why: str) -> None:
        """End a job of a municipality, and say so in the log."""
        live = self._live.get(id_)
        if live is not None and live.town is town:
            await self._noted(live, self._over(live, why))

    def end_of(self, code: str, why: str, staff: str = "") -> None:
        """End every job of a municipality, or of one person there, at once."""
        for live in [one for one in self._live.values() if one.town.code == code]:
            if staff in ("", self._job(live).staff):
                self._ended(live, why)

    async def _noted(self, live: Live, job: Job) -> None:
        with suppress(BackendError):  # what is gone is gone, whether or not the log has room for it
            await live.town.auditing.note(job.staff, "export-ended", None, f"{job.form} {live.id[:8]} {job.why}")

    def _end_later(self, live: Live, ms: int) -> None:
        if live.ends is not None:
            live.ends.cancel()
        loop = asyncio.get_running_loop()
        live.ends = loop.call_later(ms / 1_000, lambda: loop.create_task(self.end(live.town, live.id, "time")))

    async def close(self) -> None:
        """End all jobs: the server stops."""
        for live in list(self._live.values()):
            self._over(live, UNHEARD if self._job(live).state == WAITS else RESTART)
        for task in self._making:  # those too whose job somebody ended a moment ago
            task.cancel()
        await asyncio.gather(*self._making, *self._saying, return_exceptions=True)

    # --- making ---

    def _start(self, live: Live) -> None:
        task = asyncio.get_running_loop().create_task(self._make(live))
        self._making.add(task)
        task.add_done_callback(self._making.discard)

    async def _make(self, live: Live) -> None:
        """Make the file of a job; whatever goes wrong ends the job and leaves nothing."""
        town, job = live.town, self._job(live)
        try:
            async with asyncio.timeout(RUNS_S):
                keeper = self._desk.keeper(town.code)
                written = await written_by_a_process(live, keeper, job.staff)
            if written.why:
                why = written.why
            else:
                town.exports.allow(live.folder, live.life, live.erased)
                now_ms = town.clock.now_ms()
                if live.id in self._live:
                    done = self._job(live)._replace(state=READY, size=written.size, ends_ms=now_ms + READY_MS)
                    self._control.keep_job(done)
                    self._end_later(live, READY_MS)
                    await town.auditing.note(job.staff, "export-made", None, f"{job.form} {live.id[:8]}")
                return
        except TimeoutError:
            why = "time"
        except ROOM_ERRORS as error:
            why = error.code
        except OSError:
            why = "disk-fails"
        if live.id in self._live:  # otherwise somebody ended it, and the log has its line
            await self._noted(live, self._over(live, why))

    # --- fetching ---

    async def fetch(self, town: Municipality, id_: str) -> Iterator[bytes]:
        """The bytes of a finished file; the log has its line before the first of them. Raises `KeyError`."""
        self._look_after(town)
        live = self._live.get(id_)
        if live is None or live.town is not town or self._job(live).state != READY:
            raise KeyError(id_)
        job = self._job(live)
        if not may_have(town, job.staff, live.asking):
            await self.end(town, id_, "rights")
            raise KeyError(id_)
        await town.auditing.note(job.staff, "export-fetched", None, f"{live.asking.detail} {id_[:8]}")
        ends_ms = min(job.ends_ms, town.clock.now_ms() + FETCHED_MS)
        if id_ not in self._live:
            raise KeyError(id_)
        self._control.keep_job(job._replace(ends_ms=ends_ms))
        self._end_later(live, ends_ms - town.clock.now_ms())
        return _given(live)


def _given(live: Live) -> Iterator[bytes]:
    for segment in opened_segments(live.file, live.key):
        if not live.key or live.town.book.erasures != live.erased:
            raise ExportOvertaken
        yield segment
