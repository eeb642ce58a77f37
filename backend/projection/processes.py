"""Processes beside this one that read a municipality's stores: as many as there are cores, told over pipes."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import ClassVar, Protocol

from backend.errors import BackendError
from backend.municipality.custody import ReadingKeys
from backend.projection.checking import Checker
from backend.projection.orders import (
    LENGTH_BYTES,
    Broke,
    Check,
    Found,
    Order,
    Stepped,
    answer,
    error_of,
    framed,
    start_of,
)

ROOT = Path(__file__).parents[2]


class ProcessEnded(BackendError):
    """A process that reads beside the server ended before it was done: of a kill, or for want of memory."""

    code: ClassVar[str] = "process-ended"


class Reader(Protocol):
    """A runner of checks."""

    def run(self, check: Check) -> Found: ...
    def close(self) -> None: ...


class Process:
    """A process of its own that does what it is told; for one thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "backend.projection.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip

    def ask(self, message: Order) -> Found | Stepped:
        """Let it do something; raises what it ended in, or `ProcessEnded` when it is no more."""
        asked, said = self._process.stdin, self._process.stdout
        assert asked is not None and said is not None
        try:
            asked.write(framed(message))
            asked.flush()
            length = int.from_bytes(said.read(LENGTH_BYTES), "big")
            raw = said.read(length)
        except (OSError, ValueError):  # the pipe is broken or closed: it was ended while it was told
            length, raw = 0, b""
        if not length or len(raw) < length:
            raise ProcessEnded(why=str(self._process.wait()))
        found = answer(raw)
        if isinstance(found, Broke):
            raise error_of(found)
        return found

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it and let its pipes go."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


class ReaderProcess(Process):
    """A process that does checks."""

    def __init__(self, folder: Path, keys: ReadingKeys) -> None:
        super().__init__()
        try:
            self.ask(start_of(str(folder.absolute()), keys))
        except BaseException:
            self.close()
            raise

    def run(self, check: Check) -> Found:
        """Do one check."""
        found = self.ask(check)
        assert isinstance(found, Found)
        return found


class Readers:
    """Some readers that share the checks among them."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._free: SimpleQueue[Reader] = SimpleQueue()
        for reader in readers:
            self._free.put(reader)
        self._threads = ThreadPoolExecutor(len(readers), thread_name_prefix="reading") if len(readers) > 1 else None

    def run(self, checks: Iterable[Check]) -> Iterator[tuple[Check, Found]]:
        """Do all checks; what they found comes in their order."""
        work: Callable[[Check], Found] = self._run
        listed = list(checks)
        found = map(work, listed) if self._threads is None else self._threads.map(work, listed)
        yield from zip(listed, found, strict=True)

    def _run(self, check: Check) -> Found:
        reader = self._free.get()
        try:
            return reader.run(check)
        finally:
            self._free.put(reader)

    def close(self) -> None:
        """Drop what is not begun, and wait for what is."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)


@contextmanager
def readers(folder: Path, keys: ReadingKeys, here: Checker, count: int) -> Iterator[Readers]:
    """Readers in processes of their own; where one would do, this process does it itself."""
    started: list[ReaderProcess] = []
    try:
        if count > 1:
            started += [ReaderProcess(folder, keys) for _ in range(count)]
        pool = Readers(started or [here])
        try:
            yield pool
        finally:
            pool.close()
    finally:
        for process in started:
            process.close()
