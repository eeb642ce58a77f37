"""Keeps the tables of municipalities: in this process, or in one beside the server.

Beside it, opening and drawing takes no turn from the devices that are answered meanwhile. The process beside gets the
keys that read, over a pipe, when a municipality is projected first; it lets them go when the municipality is locked,
and ends with the last one. When it ends by itself it is started again, and the tables go on where they stood.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Protocol, TypeVar

from backend.municipality.custody import ReadingKeys
from backend.projection.orders import Close, Order, Rebuild, Step, Stepped, project_of
from backend.projection.processes import Process, ProcessEnded
from backend.projection.projector import Projector
from backend.stores.places import RECORDS_FILE
from backend.stores.records import Records

T = TypeVar("T")


class Projections(Protocol):
    """Keeps the tables of municipalities, named by their folders. Every method may take as long as a step."""

    def step(self, folder: Path, keys: ReadingKeys) -> Stepped:
        """Project the next piece of the journal."""

    def rebuild(self, folder: Path, keys: ReadingKeys) -> None:
        """Forget the tables; the next steps make them again."""

    def read(self, folder: Path, keys: ReadingKeys, work: Callable[[Records], T]) -> T:
        """Read the tables."""

    def rest(self, folder: Path) -> None:
        """Close the stores and let the keys go until the next step."""

    def close(self, folder: Path) -> None:
        """Close the stores and let the keys go."""


class Here:
    """In this process; each municipality from one thread."""

    def __init__(self) -> None:
        self._projectors: dict[Path, Projector] = {}

    def _opened(self, folder: Path, keys: ReadingKeys) -> Projector:
        if folder not in self._projectors:
            self._projectors[folder] = Projector(folder, keys)
        return self._projectors[folder]

    def step(self, folder: Path, keys: ReadingKeys) -> Stepped:
        """Project the next piece of the journal."""
        return self._opened(folder, keys).step()

    def rebuild(self, folder: Path, keys: ReadingKeys) -> None:
        """Forget the tables; the next steps make them again."""
        self._opened(folder, keys).rebuild()

    def read(self, folder: Path, keys: ReadingKeys, work: Callable[[Records], T]) -> T:
        """Read the tables."""
        return work(self._opened(folder, keys).records)

    def rest(self, folder: Path) -> None:
        """Close the stores and let the keys go until the next step."""
        self.close(folder)

    def close(self, folder: Path) -> None:
        """Close the stores and let the keys go."""
        projector = self._projectors.pop(folder, None)
        if projector is not None:
            projector.close()


class Beside:
    """In one process beside this one, for all municipalities; from any thread."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._kept: set[Path] = set()
        self._turn = Lock()

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return None if self._process is None else self._process.pid

    def step(self, folder: Path, keys: ReadingKeys) -> Stepped:
        """Project the next piece of the journal."""
        return self._ask(folder, keys, Step(str(folder.absolute())))

    def rebuild(self, folder: Path, keys: ReadingKeys) -> None:
        """Forget the tables; the next steps make them again."""
        self._ask(folder, keys, Rebuild(str(folder.absolute())))

    def read(self, folder: Path, keys: ReadingKeys, work: Callable[[Records], T]) -> T:
        """Read the tables over a connection that is closed when they are read."""
        records = Records(folder / RECORDS_FILE, keys.records_key.reveal())
        try:
            return work(records)
        finally:
            records.close()

    def rest(self, folder: Path) -> None:
        """Close the stores and let the keys go until the next step; the process stays."""
        with self._turn:
            self._close(folder)

    def close(self, folder: Path) -> None:
        """Close the stores and let the keys go; with the last municipality the process ends."""
        with self._turn:
            self._close(folder)
            if not self._kept:
                self._end()

    def _close(self, folder: Path) -> None:
        if folder not in self._kept or self._process is None:
            return
        self._kept.discard(folder)
        try:
            self._process.ask(Close(str(folder.absolute())))
        except ProcessEnded:
            self._end()

    def _ask(self, folder: Path, keys: ReadingKeys, message: Order) -> Stepped:
        """Ask it; a process that was ended by somebody is started once more before that is an error."""
        with self._turn:
            try:
                return self._asked(folder, keys, message)
            except ProcessEnded:
                self._end()
                return self._asked(folder, keys, message)

    def _asked(self, folder: Path, keys: ReadingKeys, message: Order) -> Stepped:
        if self._process is None:
            self._process, self._kept = Process(), set()
        if folder not in self._kept:
            self._process.ask(project_of(str(folder.absolute()), keys))
            self._kept.add(folder)
        found = self._process.ask(message)
        assert isinstance(found, Stepped)
        return found

    def _end(self) -> None:
        if self._process is not None:
            self._process.close()
        self._process, self._kept = None, set()
