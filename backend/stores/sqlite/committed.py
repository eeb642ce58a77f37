"""Reading what is committed while somebody else writes: who asks decides which connection answers.

SQLite shows a connection its own uncommitted rows. A hosted municipality has one thread that runs units of work; the
event loop and the threads of uploads ask the same stores meanwhile, and would answer a device from rows that are rolled
back a moment later. So statements of the thread whose unit is under way go to the connection that writes, and those of
every other thread to one that only reads, opened when it is first needed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, get_ident
from typing import Any, Final

from sqlite_utils import Database

from backend.stores.database import open_database

CACHE_KIB: Final = 256


class Connections:
    """The two connections to one store. `owner` is the thread that may see what is not committed yet."""

    def __init__(self, writing: Database, path: Path) -> None:
        self.owner: int | None = get_ident()
        self._write = writing.conn.execute
        self._path = path
        self._reading: Database | None = None
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

    def close(self) -> None:
        """Close the connection that reads."""
        if self._reading is not None:
            self._reading.close()

    def _read(self, sql: str, values: Sequence[Any] | dict[str, Any]) -> Any:
        if self._reading is None:
            with self._opening:
                if self._reading is None:
                    reading = open_database(self._path, cache_kib=CACHE_KIB)
                    reading.conn.execute("pragma query_only = on")
                    self._reading = reading
        return self._reading.conn.execute(sql, values)
