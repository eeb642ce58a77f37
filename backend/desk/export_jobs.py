"""Exports that staff take along from a page: each a job, made by a process of its own while the pages go on.

**Keys stay here.** The rows are read in this process, over a connection that holds the records of the scope and no
others, and go through a pipe; the process that writes gets no key of a store. What it wrote is sealed under a key that
only this process has in memory: after a kill of either what is left is noise, and goes at the next start.

**Nothing lies around.** A file goes after a day, minutes after it was fetched, and at once when the municipality is
locked, its person is blocked or signs out everywhere, a record is erased (`municipality/exports.py`), or the server
stops. A job is whole or there is nothing of it.
"""

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, suppress
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Final, Protocol

import msgspec

from backend.desk import exporting
from backend.desk.export_asking import Asking, ExportRightsGone, may_have
from backend.desk.export_command import must_exist, with_tables
from backend.desk.export_pipe import END, LENGTH_BYTES, SEALED, Order, Written, framed, written_of
from backend.desk.four_eyes import are_two
from backend.desk.sealed_file import opened_segments
from backend.errors import ROOM_ERRORS, BackendError
from backend.files import private_folder
from backend.municipality.exports import WORK, ExportOvertaken, holding, sweep
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.stores.listing import choose
from backend.stores.records import Records
from backend.stores.sessions import OVER, Control, Job
from crypto.primitives import random_bytes

WAITS, RUNS, READY = "waits", "running", "ready"  # and `OVER`, with why
FOLDER: Final = "taken-along"
RUNNING_OF_ONE: Final = 1  # exports that one person has made at a time
RUNNING_AT_ONCE: Final = 2  # of the whole server: each is a process and keeps a moment of the tables in their log
KEPT_OF_ONE: Final = 10  # files and requests of one person that lie or wait: more is forgotten, and fills a disk
READY_MS: Final = 24 * 3_600_000
FETCHED_MS: Final = 10 * 60_000  # after the first fetch: a connection that broke off is no reason to make it again
RUNS_S: Final = 3_600.0
ID_BYTES: Final = 16
ROOT: Final = Path(__file__).parents[2]
_TOLD: Final = 0.5  # seconds between two notes of progress


class ExportLimitOwn(BackendError):
    """Another export of the same person is under way."""

    code: ClassVar[str] = "export-limit-own"


class ExportLimitServer(BackendError):
    """As many exports as the server makes at once are under way."""

    code: ClassVar[str] = "export-limit-server"


class ExportLimitKept(BackendError):
    """As many files or requests of one person as the server keeps lie there."""

    code: ClassVar[str] = "export-limit-kept"


class ExportSecondSelf(BackendError):
    """A second person is never the one who asked, nor an account that one of the two brought in alone."""

    code: ClassVar[str] = "export-second-self"


class Desk(Protocol):
    """The parts of the desk that a job needs."""

    @property
    def control(self) -> Control: ...
    def keeper(self, code: str) -> Keeper: ...


class Live:
    """A job of this process: what is asked for, and what is under way or lies there."""

    def __init__(self, town: Municipality, id_: str, asking: Asking) -> None:
        self.town, self.id, self.asking = town, id_, asking
        self.key = random_bytes(32)
        self.folder = town.folder / FOLDER / f"{WORK}{id_[:16]}"
        self.held = ExitStack()  # the folder, which nobody else may sweep while this process lives
        self.process: Process | None = None
        self.task: asyncio.Task[None] | None = None
        self.ends: asyncio.TimerHandle | None = None
        self.erased, self.life = town.book.erasures, town.committed.life

    @property
    def file(self) -> Path:
        """The sealed file."""
        return self.folder / SEALED

    def gone(self) -> None:
        """Let go of everything: the process, the folder, the key."""
        self.key = b""
        if self.ends is not None:
            self.ends.cancel()
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
        self.held.close()


class ExportJobs:
    """The export jobs of one server; used from its event loop alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._live: dict[str, Live] = {}
        self._begun = False
        self._saying: set[asyncio.Task[None]] = set()

    # --- asking ---

    async def ask(self, town: Municipality, staff: str, asking: Asking) -> Job:
        """Take an export on: it begins, or waits for a second person. Raises what limit it meets."""
        own = [one for one in self.of(town) if one.staff == staff and one.state != OVER]
        if len(own) >= KEPT_OF_ONE:
            raise ExportLimitKept(limit=KEPT_OF_ONE)
        if not asking.second:
            self._must_have_room(town.code, staff)
        now_ms, id_ = town.clock.now_ms(), random_bytes(ID_BYTES).hex()
        state = WAITS if asking.second else RUNS
        job = Job(
            id_, town.code, staff, asking.kind, asking.asked.slug, state, "", 0, 0, asking.file, 0, now_ms,
            now_ms + READY_MS,
        )  # fmt: skip
        live = self._live[id_] = Live(town, id_, asking)
        self._control.keep_job(job)
        self._end_later(live, READY_MS)
        try:
            await town.auditing.note(staff, "export-asked", None, f"{asking.said} {id_[:8]}")
        except BaseException:
            self._over(live, "failed")
            raise
        if state == RUNS and id_ in self._live:
            self._start(live)
        return job

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
        self._must_have_room(town.code, job.staff)
        self._control.keep_job(job._replace(state=RUNS, second=second))  # before any wait: of two only one begins it
        await town.auditing.note(second, "export-agreed", None, f"{job.form} {job.staff} {id_[:8]}")
        if id_ in self._live:
            self._start(live)

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
            control.end_jobs("restart", 0)
        return control

    def of(self, town: Municipality) -> list[Job]:
        """The jobs of a municipality, the newest first; one whose file went meanwhile is over."""
        self._look_after(town)
        return self._control.jobs(town.code)

    def found(self, town: Municipality, id_: str) -> tuple[Job, Asking | None] | None:
        """A job, and what was asked for while this process has it."""
        self._look_after(town)
        job, live = self._control.job(town.code, id_), self._live.get(id_)
        return None if job is None else (job, live.asking if live is not None else None)

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
            self._over(live, "restart")
            if live.task is not None:
                live.task.cancel()
                await asyncio.gather(live.task, return_exceptions=True)
        await asyncio.gather(*self._saying, return_exceptions=True)

    # --- making ---

    def _start(self, live: Live) -> None:
        live.task = asyncio.get_running_loop().create_task(self._make(live))

    async def _make(self, live: Live) -> None:
        """Make the file of a job; whatever goes wrong ends the job and leaves nothing."""
        town, job = live.town, self._job(live)
        try:
            async with asyncio.timeout(RUNS_S):
                written = await self._written(live)
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

    async def _written(self, live: Live) -> Written:
        """Give the rows to a process that writes them, and hear how it ended."""
        town, asking = live.town, live.asking
        private_folder(live.folder.parent)
        sweep(live.folder.parent)
        live.held.enter_context(holding(live.folder))
        town.exports.begin(live.folder, asking.asked.slug, self._job(live).staff, live.life, live.erased)
        process = live.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "backend.cli.export_worker",
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=ROOT, env={"PATH": os.environ.get("PATH", "")},
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        try:
            order = Order(asking.kind, asking.language, str(live.folder.absolute()), asking.file, live.key)
            process.stdin.write(framed(order))
            with suppress(ConnectionError):  # it says why it stopped listening
                await self._pumped(live, process.stdin)
                process.stdin.write(END)
                await process.stdin.drain()
                process.stdin.close()
            raw = await process.stdout.read()
            return written_of(raw[LENGTH_BYTES:]) if len(raw) > LENGTH_BYTES else Written(why="process-ended")
        except msgspec.DecodeError:
            return Written(why="process-ended")
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await process.wait()
            if live.id not in self._live:  # what it wrote between the kill and its end
                shutil.rmtree(live.folder, ignore_errors=True)

    async def _pumped(self, live: Live, pipe: asyncio.StreamWriter) -> None:
        """Read the rows of the scope piece by piece, each when the process has taken the one before.

        After each piece nothing is read for as long as it took to make: whoever uses the pages goes first.
        """
        town, told = live.town, 0.0
        stream = self._desk.keeper(town.code).stream(_reading(town, live.asking), workers=live.asking.workers)
        async with aclosing(stream) as pieces:  # whoever stops listening holds no moment of the tables
            async for done, total, raw, took in pieces:
                if town.book.erasures != live.erased:
                    raise ExportOvertaken
                pipe.write(raw)
                await pipe.drain()
                if perf_counter() - told > _TOLD and live.id in self._live:
                    told = perf_counter()
                    self._control.keep_job(self._job(live)._replace(done=done, total=total))
                await asyncio.sleep(took)

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


def _reading(town: Municipality, asking: Asking) -> Callable[[Records], Iterator[tuple[int, int, bytes, float]]]:
    """The work of a reader: the rows as messages, each with how much is done and how long it took to make."""

    def read(store: Records) -> Iterator[tuple[int, int, bytes, float]]:
        tables = with_tables(town, store, asking.asked.slug)
        if asking.listing is not None:
            choose(tables, asking.listing)
        must_exist(tables, asking.asked)
        pieces: Iterator[tuple[int, int, Any]] = exporting.paced(tables, asking.asked)
        while True:
            began = perf_counter()
            piece = next(pieces, None)
            if piece is None:
                return
            done, total, row = piece
            raw = framed(row)
            yield done, total, raw, perf_counter() - began

    return read
