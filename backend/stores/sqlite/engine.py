"""SQLite as a municipality's database: journal.db and keys.db in its folder, one connection that writes each."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import Final

import sqlcipher3

from backend.errors import BackendError, StoreMissing
from backend.files import is_file_of_some_size, sync_folder
from backend.stores.carrying import Table
from backend.stores.database import as_error, open_database, snapshot, transaction, translated, truncate_log, unsound
from backend.stores.group import Group
from backend.stores.ledger import Journal, Outcome, T
from backend.stores.nodes import Common, Looked
from backend.stores.places import FOLLOWER, JOURNAL_FILE, KEYS_FILE
from backend.stores.sql.journal import LAST_POSITION, LIFE
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys
from backend.stores.sqlite.whole import fill, tables

READ_CACHE_KIB: Final = 512  # a reader goes forward: what it read is not read again
LOG_BYTES_MAX: Final = 24 * 1024 * 1024  # above what the writer's own checkpoints leave (16 MiB)
LOG_WAIT_S: Final = 0.2  # for the writer to finish a commit; otherwise after the next step
_MARK: Final = "job"


class SqliteStores:
    """`Stores` over two files. Keys commit first; a kill between leaves more keys than entries, never fewer."""

    def __init__(self, folder: Path, *, hosted: bool = True) -> None:
        self._folder = folder
        self.journal = SqliteJournal(folder / JOURNAL_FILE, hosted=hosted)
        self.keys = SqliteKeys(folder / KEYS_FILE)
        self._run = self.journal.store.execute
        self._left: object = None  # where the journal stood when it was closed for a rest

    def claim(self) -> None:
        """Let this thread write and see what it writes."""
        self.journal.connections.owner = get_ident()

    def release(self) -> None:
        """Let no thread see what is not committed."""
        self.journal.connections.owner = None

    def begin(self) -> None:
        """Begin; the key store joins when it is first written to."""
        with translated(JOURNAL_FILE):
            if self._left is not None:
                self._recognise(self._left)
            self._run("begin immediate")
        self.keys.joined = True

    def _recognise(self, left: object) -> None:
        """Raise `StoreMissing` where another journal was put in place during a rest: what is in memory is not its."""
        if left != self._standing():
            raise StoreMissing(store=JOURNAL_FILE)
        self._left = None

    def _standing(self) -> object:
        """The life and the last position of the journal, whichever thread asks."""
        return self._run(LIFE).fetchone(), self._run(LAST_POSITION).fetchone()

    def rest(self) -> None:
        """Close both files until something is asked; each unit begins by looking whether it is still that journal."""
        with translated(JOURNAL_FILE):
            self._left = self._left or self._standing()
            self.journal.rest()
            self.keys.store.rest()

    def write(self, group: Group) -> None:
        """Write the rows of a group."""
        if group.has_keys:
            self.keys.take(group.epochs, group.wraps, group.sealed)
        self.journal.write(group)

    def commit(self) -> None:
        """Commit the keys, then the journal."""
        with translated(KEYS_FILE):
            if self.keys.store.in_transaction:
                self.keys.store.execute("commit")
        with translated(JOURNAL_FILE):
            self._run("commit")
        self.keys.joined = False

    def abandon(self) -> None:
        """Roll back; SQLite may have done so by itself, as it does on a full disk."""
        self.keys.joined = False
        self.journal.undone()
        for store in (self.keys.store, self.journal.store):
            with suppress(sqlcipher3.Error):  # a damaged store; its first error is the one that is told
                if store.in_transaction:
                    store.execute("rollback")

    def alone(self, work: Callable[[], T]) -> Outcome[T]:
        """Run a part between savepoints."""
        joined = self.keys.store.in_transaction
        self._each(joined, f"savepoint {_MARK}")
        try:
            done = work()
        except sqlcipher3.Error:
            raise
        except Exception as error:
            if not self.journal.store.in_transaction:
                raise
            self._each(joined, f"rollback to {_MARK}", f"release {_MARK}")
            if not joined and self.keys.store.in_transaction:
                self.keys.store.execute("rollback")
            self.journal.undone()
            return None, error
        self._each(joined, f"release {_MARK}")
        return done, None

    def _each(self, joined: bool, *statements: str) -> None:
        for store in (self.journal.store, self.keys.store) if joined else (self.journal.store,):
            for statement in statements:
                store.execute(statement)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """A whole unit of this thread."""
        with translated(JOURNAL_FILE), self.journal.connections.held():
            self.begin()
            try:
                yield
                self.commit()
            except BaseException:
                self.abandon()
                raise

    def failure(self, error: BaseException) -> BackendError | None:
        """SQLite's exceptions in the house's words."""
        return as_error(error, JOURNAL_FILE)

    def awaited(self) -> str:
        """Nothing: a commit waits for the disk of this machine."""
        return ""

    def let_go(self) -> None:
        """End nothing: no commit waits for another machine."""

    def durable(self, position: int) -> int:
        """All that is committed: synchronous=FULL has it on disk when the commit returns."""
        return position

    def cut(self) -> list[str]:
        """Write the write-ahead logs back and cut them to nothing."""
        return _cut(self._folder)

    def close(self) -> None:
        """Close both files."""
        self.journal.close()
        self.keys.close()


class SqliteReading:
    """`Reading` over two files, with connections of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.journal = SqliteJournal(folder / JOURNAL_FILE, READ_CACHE_KIB)
        self._keys: SqliteKeys | None = None

    @property
    def keys(self) -> SqliteKeys:
        """keys.db, opened when it is first asked for: a folder that was set aside may have none."""
        if self._keys is None:
            self._keys = SqliteKeys(self._folder / KEYS_FILE, READ_CACHE_KIB)
        return self._keys

    @contextmanager
    def moment(self) -> Iterator[None]:
        """One snapshot of the journal."""
        with translated(JOURNAL_FILE), snapshot(self.journal.db):
            yield

    def give_back(self) -> None:
        """Empty the page caches."""
        for db in (self.journal.db, *([self._keys.db] if self._keys is not None else ())):
            db.conn.execute("pragma shrink_memory")

    def parts(self) -> Sequence[str]:
        """The two files."""
        return JOURNAL_FILE, KEYS_FILE

    def unsound(self, part: str) -> list[str]:
        """SQLite's own check of the pages."""
        with translated(part):
            return unsound(self.journal.db if part == JOURNAL_FILE else self.keys.db)

    def read_on(self) -> None:
        """Cut the journal's log when it has grown long.

        The writer's own checkpoints never start the log anew while a reader holds a part of it, and the pieces of one
        that reads a whole journal follow each other closely.
        """
        log = self._folder / f"{JOURNAL_FILE}-wal"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            truncate_log(self._folder / JOURNAL_FILE, wait_s=LOG_WAIT_S)

    def close(self) -> None:
        """Close both files."""
        self.journal.close()
        if self._keys is not None:
            self._keys.close()


class Sqlite:
    """`Engine`: two files in a municipality's folder."""

    def holds(self, folder: Path) -> bool:
        """True if there is a journal."""
        return (folder / JOURNAL_FILE).exists()

    def missing(self, folder: Path) -> str:
        """SQLite makes a new store of a file that was cut to nothing, so that this is asked before."""
        return next((name for name in (JOURNAL_FILE, KEYS_FILE) if not is_file_of_some_size(folder / name)), "")

    def files(self) -> Sequence[str]:
        """The keys, and the journal."""
        return KEYS_FILE, JOURNAL_FILE

    def create(self, folder: Path) -> None:
        """Make both files with their tables."""
        SqliteStores(folder).close()

    def open(self, folder: Path) -> SqliteStores:
        """Open for the writer."""
        return SqliteStores(folder)

    def read(self, folder: Path) -> SqliteReading:
        """Open for somebody who reads."""
        return SqliteReading(folder)

    def common(self, folder: Path) -> Common | None:  # noqa: ARG002 - `Engine`
        """Nothing: a folder of files has one server."""
        return None

    def look(self, data: Path) -> Looked:  # noqa: ARG002 - `Whole`
        """Find nothing, as before."""
        return Looked()

    def household(self, identity: str) -> Collection[str]:
        """The one: files have one data folder."""
        return (identity,)

    def copy_journal(self, folder: Path, to: Path) -> None:
        """Copy journal.db while it is written to."""
        _copy_store(folder / JOURNAL_FILE, to / JOURNAL_FILE)

    def copy_keys(self, folder: Path, to: Path) -> None:
        """Copy keys.db while it is written to."""
        _copy_store(folder / KEYS_FILE, to / KEYS_FILE)

    def tables(self, folder: Path, part: str) -> AbstractContextManager[Iterator[Table]]:
        """All rows of one of the files."""
        return tables(folder, part)

    def fill(self, folder: Path, part: str, given: Iterable[Table]) -> None:
        """Make one of the files of these rows."""
        fill(folder, part, given)

    def discard(self, folder: Path) -> None:
        """Remove both files with their logs."""
        for name in self.files():
            for path in (folder / f"{name}{end}" for end in ("", "-wal", "-shm")):
                path.unlink(missing_ok=True)

    def tidy(self, folder: Path) -> None:
        """Files are made in their own folder, and go with it."""

    def attachments_in(self, folder: Path) -> set[str]:
        """The attachments that a journal names."""
        with closing(open_database(folder / JOURNAL_FILE)) as db, translated(JOURNAL_FILE):
            return {row[0].hex() for row in db.conn.execute("select name from attachment")}

    def proved_journal(self, folder: Path) -> int:
        """Check a copied journal and count its entries."""
        return _proved(folder / JOURNAL_FILE, "select count(*) from entry")

    def proved_keys(self, folder: Path) -> int:
        """Check copied keys and count the wraps."""
        return _proved(folder / KEYS_FILE, "select count(*) from wrap")

    def forget_in(self, folder: Path, records: Sequence[bytes], also: Callable[[Journal], None]) -> list[str]:
        """Forget keys, then bodies, in those of the two files that are there."""
        if (folder / KEYS_FILE).exists():
            self._forget_keys(folder, records)
        if (folder / JOURNAL_FILE).exists():
            self._forget_bodies(folder, records, also)
        return _cut(folder)

    def _forget_keys(self, folder: Path, records: Sequence[bytes]) -> None:
        with closing(SqliteKeys(folder / KEYS_FILE)) as keys, transaction(keys.db):
            for record in records:
                keys.forget(record)

    def _forget_bodies(self, folder: Path, records: Sequence[bytes], also: Callable[[Journal], None]) -> None:
        with closing(SqliteJournal(folder / JOURNAL_FILE)) as journal, transaction(journal.db):
            for record in records:
                journal.forget_bodies(record)
            also(journal)


def _cut(folder: Path) -> list[str]:
    """Cut the logs; returns those that somebody reads, and the folders in which a follower keeps parts of a store."""
    stores = (KEYS_FILE, JOURNAL_FILE)
    read = [f"{name}-wal" for name in stores if not truncate_log(folder / name)]
    followed = [f".{name}{FOLLOWER}" for name in stores]
    return read + [name for name in followed if any(path.is_file() for path in (folder / name).rglob("*"))]


def _copy_store(source: Path, target: Path) -> None:
    """SQLite's own consistent copy of a live file, in a connection of its own."""
    beside = target.with_suffix(".new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)  # the operating system's own words if the folder cannot be written
    with closing(open_database(source)) as db, translated(source.name):
        db.conn.execute("vacuum into ?", (str(beside),))
    beside.chmod(0o600)
    beside.replace(target)
    sync_folder(target.parent)


def _proved(store: Path, count: str) -> int:
    with closing(open_database(store)) as db, translated(store.name):
        (said,) = db.conn.execute("pragma integrity_check(1)").fetchone()
        if said != "ok":
            raise OSError(5, "copy-is-damaged", str(store))
        number = int(db.conn.execute(count).fetchone()[0])
        db.conn.execute("pragma journal_mode = delete").fetchall()
        return number


SQLITE: Final = Sqlite()
