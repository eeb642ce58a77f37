"""One connection that reads the tables beside the projector: what a page asks, within a scope and a time.

**The scope** is a condition of every query and never a filter over its rows: while some workers are named, each table
that says something about a record is covered by a view of the same name, which holds the records of these workers
alone (`_people`). Whoever asks for a table by its name gets what may be read, and cannot forget to.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from time import monotonic
from typing import ClassVar, Final, TypeVar

import sqlcipher3

from backend.errors import BackendError
from backend.stores.comparing import owner
from backend.stores.database import open_for_reading, snapshot, translated
from backend.stores.places import RECORDS_FILE
from backend.stores.record_schema import MIGRATIONS, OWN, UNDECIDED_VIEW
from backend.stores.records import Records

T = TypeVar("T")
LOOK_S: Final = 2.0  # a page that takes longer is narrowed by whoever asks, or becomes an export
LOOKED_AT_EVERY: Final = 2_000  # steps of SQLite's machine between two looks at the time: some microseconds
INTERRUPTED: Final = "interrupted"


class LookTooLong(BackendError):
    """A page that asks for too much is ended, so that others get their turn."""

    code: ClassVar[str] = "look-too-long"


class LookEnded(Exception):
    """The tables are being closed or written anew; it never leaves the room of the projection."""


class Looker:
    """A connection that only reads; for one thread at a time."""

    def __init__(self, path: Path, records: Records) -> None:
        self._path = path
        self._records = records
        self._file = _named(path)
        self._run = records.db.conn.execute
        self._scoped_at: int | None = None  # the schema whose tables are covered by views; none are without a scope
        self._until = 0.0
        records.db.conn.set_progress_handler(self._is_late, LOOKED_AT_EVERY)

    @classmethod
    def opened(cls, path: Path, key: bytes) -> "Looker | None":
        """A connection to the tables; None where a projector has not made them yet."""
        db = open_for_reading(path, key, MIGRATIONS[-1].number)
        return None if db is None else cls(path, Records(path, None, db))

    @property
    def stands(self) -> bool:
        """True if the file that was opened is still the one in its place."""
        return self._file == _named(self._path)

    def look(self, work: Callable[[Records], T], workers: Collection[str] | None) -> T:
        """Read one moment of the tables: of all records, or of those that some workers have to do with.

        Raises `LookTooLong` after `LOOK_S`, `LookEnded` where the connection is ended meanwhile.
        """
        self._until = monotonic() + LOOK_S
        try:
            with translated(RECORDS_FILE):
                try:
                    self._keep_to(workers)
                    with snapshot(self._records.db):
                        return work(self._records)
                except sqlcipher3.OperationalError as error:
                    if INTERRUPTED not in str(error):
                        raise
                    raise (LookTooLong(seconds=int(LOOK_S)) if self._is_late() else LookEnded()) from None
        finally:
            self._until = 0.0

    def _is_late(self) -> bool:
        return bool(self._until) and monotonic() > self._until

    def _keep_to(self, workers: Collection[str] | None) -> None:
        """Cover the tables by views for these workers, or uncover them."""
        schema = int(self._run("pragma schema_version").fetchone()[0])
        wanted = None if workers is None else schema
        if wanted is None and self._scoped_at is None:
            return
        self._run("pragma query_only = off")
        try:
            if wanted != self._scoped_at:
                self._cover(covered=wanted is not None)
                self._scoped_at = wanted
            if workers is not None:
                scope_to(self._records, workers)
        finally:
            self._run("pragma query_only = on")

    def _cover(self, *, covered: bool) -> None:
        self._scoped_at = None
        for (name,) in self._run("select name from temp.sqlite_master where type = 'view'").fetchall():
            self._run(f"drop view temp.[{name}]")
        if covered:
            cover(self._records)

    def interrupt(self) -> None:
        """End what is being read; from any thread."""
        self._records.db.conn.interrupt()

    def close(self) -> None:
        """Close the file."""
        self._records.close()


def cover(records: Records) -> None:
    """Cover every table that says something about a record by a view of the records in scope (`scope_to`)."""
    run = records.db.conn.execute
    run("create temp table if not exists _scope(worker text primary key) without rowid")
    named = [name for name, table in OWN.items() if "record" in table.columns]
    for name in [*named, UNDECIDED_VIEW, *records.form_tables()]:
        own = owner(name)
        run(
            f"create temp view [{name}] as select * from main.[{name}] t where exists (select 1 from main._people p"
            f" where p.record = t.[{own}] and p.worker in (select worker from temp._scope))"
        )


def scope_to(records: Records, workers: Collection[str]) -> None:
    """Say whose records the views of `cover` show."""
    records.db.conn.execute("delete from temp._scope")
    records.db.conn.executemany("insert into temp._scope values(?)", [(worker,) for worker in set(workers)])


def _named(path: Path) -> tuple[int, int] | None:
    """The file that is in its place, whatever its name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
