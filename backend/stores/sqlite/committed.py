"""Reading what is committed while somebody else writes: who asks decides which connection answers.

SQLite shows a connection its own uncommitted rows. A hosted municipality has one thread that runs units of work; the
event loop and the threads of uploads ask the same stores meanwhile, and would answer a device from rows that are rolled
back a moment later. So statements of the thread whose unit is under way go to the connection that writes, and those of
every other thread to one that only reads, opened when it is first needed. Both are closed while a municipality rests.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, get_ident
from typing import Any, Final

from backend.stores.database import RestingStore, open_database

CACHE_KIB: Final = 256


class Connections:
    """The two connections to one store. `owner` is the thread that may see what is not committed yet."""

    def __init__(self, writing: RestingStore, path: Path) -> None:
        self.owner: int | None = get_ident()
        self._write = writing.execute
        self._path = path
        self._reading: Any = None
        self._opening = Lock()

    def run(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """Run a statement on the connection of whoever asks."""
        return self._write(sql, values) if get_ident() == self.owner else self._read(sql, values)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let this thread write, and see what it writes, for a while."""
        before, self.owner = self.owner, get_ident()
        try:
            yield
        finally:
            self.owner = before

    def rest(self) -> None:
        """Let go of the connection that reads: it closes when the last thread that reads from it is done."""
        self._reading = None

    def close(self) -> None:
        """Close the connection that reads."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.close()

    def _read(self, sql: str, values: Sequence[Any] | dict[str, Any]) -> Any:
        reading = self._reading
        if reading is None:
            with self._opening:
                reading = self._reading
                if reading is None:
                    reading = open_database(self._path, cache_kib=CACHE_KIB, anew=False).conn
                    reading.execute("pragma query_only = on")
                    self._reading = reading
        return reading.execute(sql, values)
