"""Server processes of tests: a port of their own, patience with a busy machine, and none left behind.

Tests run on every core at once, and several checkouts may share a machine. So no port is picked twice, nothing waits
for a fixed number of seconds that a loaded machine would exceed, and a server ends with the tests that started it.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final, Self

from tests.forked import FORKER, Forked, fork

PORTS: Final = range(20_000, 32_000)  # below the range from which the kernel gives clients their ports
PATIENCE_S: Final = 300.0  # only a test that fails waits as long: a healthy process answers within a second or two
POLL_S: Final = 0.05

# The process ends when the pipe to the tests closes: also when they were killed and could end nothing themselves.
_ENDS_WITH_THE_TESTS = (
    "import os, sys, threading; _pipe = int(sys.argv.pop(1)); "
    "threading.Thread(target=lambda: (os.read(_pipe, 1), os._exit(1)), daemon=True).start(); "
)
SERVE: Final = "from backend.serve import run; from backend.settings import Settings; run(Settings.from_environment())"
COMMAND_LINE: Final = "from backend.cli import main; main()"

Started = subprocess.Popen[str] | Forked
_started: list[tuple[Started, BinaryIO]] = []
_reserved: list[socket.socket] = []


def free_port() -> int:
    """Reserve a TCP port for this process, so that a server can be killed and started on it again.

    A UDP socket on the same number is the reservation: held until this process ends, seen by every other one. The
    kernel picks no such port for a client, so no connection of another test takes it while the server is down, and no
    client that retries can connect to itself.
    """
    first = os.getpid() * 7 % len(PORTS)
    for port in islice(cycle(PORTS), first, first + len(PORTS)):
        reservation = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            reservation.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        _reserved.append(reservation)
        return port
    raise RuntimeError(f"no free port from {PORTS.start} to {PORTS.stop}")


def wait_until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until a condition holds; fail with what was waited for."""
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {patience_s:.0f} seconds: {what}")
        time.sleep(POLL_S)


def answers(port: int, path: str) -> bool:
    """True if a server of this machine gives a page; asked without httpx, which reads every certificate first."""
    door = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        door.request("GET", path)
        return door.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        door.close()


def start(
    program: str, *words: str, env: Mapping[str, str], stdout: int | None = None, stderr: int = subprocess.DEVNULL
) -> Started:
    """Start a Python program that ends with this process, whatever ends it; `stderr` counts where `stdout` is given.

    The product's own programs are forked from a process that has imported them, where nothing else is asked of Python.
    """
    _forget_the_ended()
    theirs, ours = os.pipe()
    try:
        process: Started
        if program in (SERVE, COMMAND_LINE) and _changes_settings_alone(env):
            process = fork(_ENDS_WITH_THE_TESTS + program, words, env, theirs, stdout, stderr)
        else:
            command = [sys.executable, "-c", _ENDS_WITH_THE_TESTS + program, str(theirs), *words]
            errors = None if stdout is None else stderr
            process = subprocess.Popen(command, env=env, stdout=stdout, stderr=errors, text=True, pass_fds=(theirs,))
    finally:
        os.close(theirs)
    _started.append((process, os.fdopen(ours, "wb")))
    return process


def _forget_the_ended() -> None:
    """Close the pipes of processes that are known to have ended: who kills a thousand servers has a thousand."""
    for one in [one for one in _started if one[0].returncode is not None and one[0].stdout is None]:
        one[1].close()
        _started.remove(one)


class Typing:
    """A command of the product that somebody typed, in a fork of what imported it; it may still run."""

    def __init__(self, *words: str, env: Mapping[str, str], stdin: str = "") -> None:
        assert _changes_settings_alone(env), "Python reads the rest of an environment when it starts"
        self._words = words
        theirs, self._ours = os.pipe()
        self._files = [TemporaryFile("w+") for _ in range(3)]  # noqa: SIM115 - `end` closes them
        self._files[0].write(stdin)
        self._files[0].seek(0)
        streams = (*(file.fileno() for file in self._files), theirs)
        self._process = Forked(*FORKER.start(_ENDS_WITH_THE_TESTS + COMMAND_LINE, words, env, streams), None)
        os.close(theirs)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def end(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end, and return what it said. Once."""
        try:
            code = self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()
            os.close(self._ours)
        for file in self._files:
            file.seek(0)
        _, said, errors = (file.read() for file in self._files)
        for file in self._files:
            file.close()
        return subprocess.CompletedProcess(self._words, code, said, errors)


def typed(*words: str, env: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Type a command of the product, and wait for its end; a hidden answer is read from standard input."""
    if _changes_settings_alone(env):
        return Typing(*words, env=env, stdin=stdin).end()
    command = [sys.executable, "-c", COMMAND_LINE, *words]
    return subprocess.run(
        command, env=env, input=stdin, capture_output=True, text=True, timeout=PATIENCE_S, start_new_session=True
    )


def _changes_settings_alone(env: Mapping[str, str]) -> bool:
    """True if a program's environment differs from ours in nothing that Python reads when it starts."""
    changed = {name for name in {*env, *os.environ} if env.get(name) != os.environ.get(name)}
    return all(name.startswith(("VELDPOST_", "PYTEST_")) or name == "PYTHONUNBUFFERED" for name in changed)


def end_all() -> None:
    """Kill every process that was started here and still runs, and forget all."""
    for process, pipe in _started:
        if process.poll() is None:
            process.kill()
        process.wait()
        pipe.close()
        if process.stdout is not None:
            process.stdout.close()
    _started.clear()


class Process:
    """The server as an operator runs it; as a context, it is gone at the end, whatever happened in between."""

    def __init__(self, data: Path, keys: Path, **settings: str) -> None:
        self.port = free_port()
        self._env = {
            **os.environ,
            "VELDPOST_DATA": str(data),
            "VELDPOST_KEYS": str(keys),
            "VELDPOST_PORT": str(self.port),
            **settings,
        }
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = start(SERVE, env=self._env)
        wait_until(self._is_ready_or_ended, "the server is not ready")
        assert self.process.poll() is None, "the server ended instead of serving"

    def _is_ready_or_ended(self) -> bool:
        return self.process.poll() is not None or answers(self.port, "/health/ready")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        assert 0 == self.process.wait(PATIENCE_S)
