"""Servers and commands of tests without the start of Python: one process imports the product, and forks for each.

To start Python and import a server takes most of a second; tests that kill servers and type commands do it hundreds of
times. Each test worker has one process that has imported everything and made the routes (`prepare`). A program that it
is asked for runs in a fork of it, with an environment, streams and arguments of its own, and ends as Python would.
Whatever a start of Python itself could get wrong is left to journeys that start it (`tests/journeys/test_first_run.py`,
`test_first_hour.py`, `test_operators_page.py`).
"""

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO

from tests.strength import harden_less

ROOT: Final = Path(__file__).parents[1]
ENDED_BYTES: Final = 4
FDS: Final = 5  # standard input, output and errors, the pipe that ends it with the tests, and where its end is told
IMPORTED: Final = (
    "backend.serve",
    "backend.settings",
    "backend.demo",
    "backend.projection.verify",
    "backend.desk.commands",
)
PREPARE: Final = "from tests.forked import prepare; prepare({handle})"


class Forked:
    """A process that was forked for a test, as `subprocess.Popen` shows one."""

    def __init__(self, pid: int, told: int, stdout: TextIO | None) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout = stdout
        self._told = told
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal while it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _ended(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
                said = os.read(self._told, ENDED_BYTES)
                os.close(self._told)
                assert said, "what forks ended before what it forked"
                self.returncode = int.from_bytes(said, "big", signed=True)
            return self.returncode


class Forker:
    """The process of this worker that forks others; begun when it is first asked."""

    def __init__(self) -> None:
        self._ours: socket.socket | None = None
        self._lock = threading.Lock()

    def start(
        self, program: str, words: Sequence[str], env: Mapping[str, str], streams: Sequence[int]
    ) -> tuple[int, int]:
        """Fork a program whose first word is the pipe that ends it; return its process id and where its end is told.

        `streams` are its standard input, output and errors, and that pipe.
        """
        with self._lock:
            ours = self._ours or self._begin()
            mine, theirs = os.pipe()
            asked = json.dumps({"program": program, "words": [*words], "env": {**env}, "cwd": str(Path.cwd())}).encode()
            ours.sendall(len(asked).to_bytes(4, "big"))
            socket.send_fds(ours, [asked[:1]], [*streams, theirs])
            ours.sendall(asked[1:])
            os.close(theirs)
            return int.from_bytes(_exactly(ours, 4), "big"), mine

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-c", PREPARE.format(handle=theirs.fileno())]
        subprocess.Popen(
            command, cwd=ROOT, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL
        )  # ends with the socket
        theirs.close()
        self._ours = ours
        return ours


FORKER: Final = Forker()


def _exactly(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = source.recv(count - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found


def fork(
    program: str, words: Sequence[str], env: Mapping[str, str], pipe: int, stdout: int | None, stderr: int
) -> Forked:
    """Fork a program that ends with a pipe, its streams as `subprocess.Popen` takes them."""
    nothing = os.open(os.devnull, os.O_RDWR)
    read, write = os.pipe() if stdout == subprocess.PIPE else (-1, nothing if stdout == subprocess.DEVNULL else 1)
    errors = {subprocess.STDOUT: write, subprocess.DEVNULL: nothing}[stderr] if stdout is not None else 2
    try:
        pid, told = FORKER.start(program, words, env, (nothing, write, errors, pipe))
    finally:
        for handle in {nothing, write} - {1}:
            os.close(handle)
    return Forked(pid, told, os.fdopen(read) if read >= 0 else None)


# --- in the process that forks ---


def prepare(handle: int) -> None:
    """Import the product, and fork what is asked for until the tests close the socket."""
    for module in IMPORTED:
        import_module(module)
    import_module("backend.cli.main").main.whole()
    # What every server makes of its own code and files, whatever its municipalities: six sevenths of a start.
    import_module("backend.web.app").routed()
    import_module("backend.web.desk.look").look()
    import_module("backend.web.field").current()
    harden_less()
    assert 1 == threading.active_count(), "a fork has one thread"
    gc.collect()
    gc.freeze()
    asked = socket.socket(fileno=handle)
    told: dict[int, int] = {}
    wakes, woken = os.pipe()
    for end in (wakes, woken):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([asked.fileno(), wakes], [], [])
        if wakes in ready:
            os.read(wakes, 1024)
            _tell_the_ended(told)
        if asked.fileno() in ready and not _forks(asked, told, (wakes, woken)):
            return


def _tell_the_ended(told: dict[int, int]) -> None:
    while told:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        handle = told.pop(pid)
        os.write(handle, os.waitstatus_to_exitcode(status).to_bytes(ENDED_BYTES, "big", signed=True))
        os.close(handle)


def _forks(asked: socket.socket, told: dict[int, int], own: tuple[int, int]) -> bool:
    """Fork what is asked for next; False if nothing more will be."""
    try:
        count = int.from_bytes(_exactly(asked, 4), "big")
    except EOFError:
        return False
    first, fds, _, _ = socket.recv_fds(asked, 1, FDS)
    request = json.loads(first + _exactly(asked, count - 1))
    *streams, end = fds
    pid = os.fork()
    if pid == 0:
        for handle in (asked.detach(), *own, *told.values(), end):
            os.close(handle)
        _become(request, streams)
    for handle in streams:
        os.close(handle)
    told[pid] = end
    asked.sendall(pid.to_bytes(4, "big"))
    return True


def _become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Run a program as Python would that was started for it, in this process."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, pipe = streams
    for number, handle in enumerate(standard):
        os.dup2(handle, number)
        os.close(handle)
    os.setsid()  # without a terminal of its own a hidden answer is read from standard input
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv[:] = ["-c", str(pipe), *request["words"]]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through="PYTHONUNBUFFERED" in os.environ)  # type: ignore[union-attr]
    os._exit(_run(request["program"]))


def _run(program: str) -> int:
    try:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        if code and not isinstance(ended.code, int):
            sys.stderr.write(f"{ended.code}\n")
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        code = 1
    except BaseException:  # noqa: BLE001 - as Python itself would
        traceback.print_exc()
        code = 1
    for ends in reversed(threading._threading_atexits):  # type: ignore[attr-defined]
        ends()  # pools let their idle threads end, before anybody waits for these
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code
