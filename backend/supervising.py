"""The parent of a server of several processes: starts them, starts one that ended anew, and ends them in order.

It opens no store, has no thread and no event loop, so that it can fork at any time what it imported once. It holds the
sockets: while a process is away, who connects waits a moment and is not refused. When the parent itself is killed its
processes see a pipe close, and end as if they had been told to.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import structlog

from backend.faults import note_unexpected

GRACE_S: Final = 30.0  # more than a server takes to answer what is under way (serve.py: STOP_S)
QUICK_S: Final = 10.0  # a process that lived no longer waits before it is started once more
WAIT_S_MAX: Final = 5.0
TOLD: Final = (signal.SIGTERM, signal.SIGINT)


class Role(NamedTuple):
    """One process: its name in the log, and its work, which gets the pipe that closes when the parent is gone."""

    name: str
    work: Callable[[int], None]


class Child:
    """One process as its parent knows it."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.pid = 0  # none while it waits to be started
        self.started = 0.0
        self.quick = 0  # times in a row that it ended soon
        self.due = 0.0


class Family:
    """The processes of one server. `run` returns when all have ended, which is when somebody told the parent to."""

    def __init__(self, roles: Sequence[Role]) -> None:
        self._children = [Child(role) for role in roles]  # the first is ended first
        self._log = structlog.get_logger("veldpost")
        self._stopping = False
        self._life = os.pipe()
        self._wakes = os.pipe()
        for end in self._wakes:
            os.set_blocking(end, False)

    def run(self) -> None:
        """Keep every process running until a signal says stop, then end them one after the other."""
        for number in (*TOLD, signal.SIGCHLD):
            signal.signal(number, self._hear)
        signal.set_wakeup_fd(self._wakes[1], warn_on_full_buffer=False)
        while not self._stopping:
            self._start_due()
            self._wait(self._next_s())
            self._bury()
        self._end(self._children[:1])  # the front: it answers what is under way, and takes nothing new
        self._end(self._children)
        signal.set_wakeup_fd(-1)

    def _hear(self, number: int, _frame: object) -> None:
        self._stopping = self._stopping or number in TOLD

    def _wait(self, seconds: float | None) -> None:
        select.select([self._wakes[0]], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._wakes[0], 1024)

    def _next_s(self) -> float | None:
        """Seconds until a process is due to be started; None where all run."""
        due = [child.due for child in self._children if not child.pid]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _start_due(self) -> None:
        for child in self._children:
            if not child.pid and child.due <= time.monotonic() and not self._stopping:
                child.started = time.monotonic()
                child.pid = self._forked(child.role)

    def _forked(self, role: Role) -> int:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)  # a signal before a child can hear it would be lost
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return pid
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (*TOLD, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            for end in (self._life[1], *self._wakes):
                os.close(end)
            role.work(self._life[0])
            status = 0
        except BaseException as error:  # noqa: BLE001 - logged; the parent starts it anew
            note_unexpected("process", error, process=role.name)
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _bury(self) -> None:
        """Note who ended, and when it is started anew: at once, or later where it keeps ending soon."""
        for child in self._children:
            if not child.pid or os.waitpid(child.pid, os.WNOHANG)[0] == 0:
                continue
            now = time.monotonic()
            child.quick = child.quick + 1 if now - child.started < QUICK_S else 0
            child.due = now + (min(WAIT_S_MAX, 0.1 * 2**child.quick) if child.quick > 1 else 0.0)
            child.pid = 0
            if not self._stopping:
                self._log.error("process-ended", process=child.role.name, again_s=round(child.due - now, 1))

    def _end(self, children: Sequence[Child]) -> None:
        """Tell some to end, wait for them, and end by force what does not."""
        for child in children:
            if child.pid:
                os.kill(child.pid, signal.SIGTERM)
        until = time.monotonic() + GRACE_S
        while any(child.pid for child in children) and time.monotonic() < until:
            self._bury()
            self._wait(0.1)
        for child in children:
            if child.pid:
                os.kill(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)
                child.pid = 0
