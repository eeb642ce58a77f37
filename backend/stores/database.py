"""Opening SQLite files: one library, one set of pragmas, numbered migrations, errors in the house's words."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import sqlcipher3
from sqlite_utils import Database

from backend.errors import (
    BackendError,
    StoreBusy,
    StoreCorrupt,
    StoreFailed,
    StoreFull,
    StoreMissing,
    StoreTooNew,
    WrongStoreKey,
)
from backend.files import sync_folder
from backend.stores.server_errors import JournalMoved, LeaseLost

sqlcipher3.register_adapter(bytes, memoryview)  # without one it raises and drops two errors for each bytes it binds,
sqlcipher3.register_adapter(type(None), {}.get)  # and for each None: a third of what SQLite costs a push
sqlcipher3.register_adapter(bool, int)  # and for each bool, of which a projected record has a dozen

BUSY_MS: Final = 5_000  # a backup may hold a file this long
CACHE_KIB: Final = 2_048
WAL_PAGES: Final = 4_000  # 16 MiB: a page that many commits touch is written back once


class Migration(NamedTuple):
    """One step of a schema; released steps never change. A store that is made anew at will has only its newest."""

    number: int
    name: str
    apply: Callable[[Database], None]


def open_database(
    path: Path,
    *,
    key: bytes | None = None,
    migrations: Sequence[Migration] = (),
    cache_kib: int = CACHE_KIB,
    anew: bool = True,
    log: str = "wal",
) -> Database:
    """Open a store, sealed under a key or in clear, and bring its schema up to date; `anew` makes one where none is.

    Autocommit: whoever writes opens a `transaction`. WAL and synchronous=FULL: what was committed survives a power
    cut. secure_delete: what is deleted is overwritten. `log` is SQLite's journal mode.
    """
    place = str(path) if anew else f"file:{quote(str(path.absolute()))}?mode=rw"
    with translated(path.name, keyed=key is not None):
        connection = sqlcipher3.connect(place, isolation_level=None, check_same_thread=False, uri=not anew)
        try:
            if key is not None:
                connection.execute(f"pragma key = \"x'{key.hex()}'\"")
            connection.execute("select count(*) from sqlite_master").fetchone()
            for pragma in (
                f"journal_mode = {log}", "synchronous = full", "foreign_keys = on", "secure_delete = on",
                f"busy_timeout = {BUSY_MS}", f"cache_size = -{cache_kib}", "temp_store = memory",
                f"wal_autocheckpoint = {WAL_PAGES}",
            ):  # fmt: skip
                connection.execute(f"pragma {pragma}")
            db = Database(connection)
            migrate(db, path.name, migrations)
        except BaseException:
            connection.close()
            raise
    return db


def open_for_reading(path: Path, key: bytes, number: int, cache_kib: int = CACHE_KIB) -> Database | None:
    """Open a sealed store that only reads; None where it is not there, or has another schema than this number."""
    if not path.exists():
        return None
    with translated(path.name, keyed=True):
        place = f"file:{quote(str(path.absolute()))}?mode=rw"  # a reader of a write-ahead log has to write beside it
        connection = sqlcipher3.connect(place, isolation_level=None, check_same_thread=False, uri=True)
        try:
            connection.execute(f"pragma key = \"x'{key.hex()}'\"")
            found = connection.execute("pragma user_version").fetchone()[0]
            for pragma in ("query_only = on", f"busy_timeout = {BUSY_MS}", f"cache_size = -{cache_kib}",
                           "temp_store = memory"):  # fmt: skip
                connection.execute(f"pragma {pragma}")
        except BaseException:
            connection.close()
            raise
    if found != number:
        connection.close()
        return None
    return Database(connection)


class RestingStore:
    """One store that is opened at once, and again after a rest when something is asked of it.

    A connection takes 0.2 MiB and three files also where nothing happens. Raises `StoreMissing` where the file that was
    opened is not in its place after a rest.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration], cache_kib: int) -> None:
        self._path = path
        self._cache_kib = cache_kib
        self._opening = Lock()
        self._db: Database | None = open_database(path, migrations=migrations, cache_kib=cache_kib)
        self._file = self._named()

    def _named(self) -> tuple[int, int]:
        """The file that is in its place, whatever its name."""
        try:
            found = self._path.stat()
        except OSError:
            raise StoreMissing(store=self._path.name) from None
        return found.st_dev, found.st_ino

    @property
    def db(self) -> Database:
        """The database."""
        return self._opened() if self._db is None else self._db

    def _opened(self) -> Database:
        with self._opening:
            if self._db is None:
                if self._named() != self._file:
                    raise StoreMissing(store=self._path.name)
                self._db = open_database(self._path, cache_kib=self._cache_kib, anew=False)
            return self._db

    @property
    def in_transaction(self) -> bool:
        """True while a transaction is under way; a store that rests has none."""
        return self._db is not None and self._db.conn.in_transaction

    def execute(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """Run a statement."""
        return (self._opened() if self._db is None else self._db).conn.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Any]) -> Any:
        """Run a statement for each row."""
        return (self._opened() if self._db is None else self._db).conn.executemany(sql, rows)

    def rest(self) -> None:
        """Close the file until something is asked, unless a transaction is under way."""
        if not self.in_transaction:
            self.close()

    def close(self) -> None:
        """Close the file; what was committed is on disk."""
        db, self._db = self._db, None
        if db is not None:
            db.close()


def migrate(db: Database, store: str, migrations: Sequence[Migration]) -> None:
    """Apply the steps that a store lacks, each whole or not at all."""
    found = int(db.conn.execute("pragma user_version").fetchone()[0])
    known = migrations[-1].number if migrations else found
    if found > known:
        raise StoreTooNew(store=store, found=found, known=known)
    for migration in (step for step in migrations if step.number > found):
        with transaction(db):
            migration.apply(db)
            db.conn.execute(f"pragma user_version = {migration.number}")


def run_script(db: Database, statements: str) -> None:
    """Run several statements inside the present transaction, which `executescript` would commit."""
    for statement in statements.split(";"):
        if statement.strip():
            db.conn.execute(statement)


def truncate_log(path: Path, key: bytes | None = None, *, wait_s: float = 0) -> bool:
    """Write a store's write-ahead log back and cut it to nothing; False while somebody still reads from it.

    A connection of its own that waits no longer than `wait_s`: whoever needs it done tries again.
    """
    if not path.exists():
        return True
    with translated(path.name, keyed=key is not None):
        connection = sqlcipher3.connect(str(path), timeout=wait_s, isolation_level=None)
        try:
            if key is not None:
                connection.execute(f"pragma key = \"x'{key.hex()}'\"")
            connection.execute("select count(*) from sqlite_master").fetchone()
            busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            return not busy
        finally:
            connection.close()


def unsound(db: Database) -> list[str]:
    """The faults that SQLite finds in the pages of a store: none, mostly."""
    found = [str(row[0]) for row in db.conn.execute("pragma integrity_check(20)")]
    return [] if found == ["ok"] else found


def write_anew(path: Path, key: bytes) -> bool:
    """Write a sealed store anew and put it in place; False while somebody reads its log. Nobody else may write in it.

    secure_delete overwrites what is deleted. What SQLite moved before from one page to another stays between the rows
    of the first: a record that is deleted later is found there, until the store is written anew.
    """
    if not path.exists():
        return True
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    if not truncate_log(path, key):
        return False
    with translated(path.name, keyed=True):
        connection = sqlcipher3.connect(str(path), isolation_level=None)
        try:
            connection.execute(f"pragma key = \"x'{key.hex()}'\"")
            connection.execute("vacuum into ?", (str(beside),))
        finally:
            connection.close()
    beside.chmod(path.stat().st_mode & 0o777)
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        beside.unlink()
        return False  # a log that is not empty would be taken for that of the new store
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    beside.replace(path)
    sync_folder(path.parent)
    return True


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """All or nothing; returns only after the commit is on disk. A full disk may have rolled back by itself."""
    db.conn.execute("begin immediate")
    try:
        yield
        db.conn.execute("commit")
    except BaseException:
        if db.conn.in_transaction:
            db.conn.execute("rollback")
        raise


@contextmanager
def snapshot(db: Database) -> Iterator[None]:
    """Read one moment of a store, whatever is written meanwhile; inside a transaction this is its moment."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("begin")
    try:
        yield
    finally:
        db.conn.execute("rollback")


@contextmanager
def translated(store: str, *, keyed: bool = False) -> Iterator[None]:
    """SQLite's exceptions in the house's words; a store's name is in them, never its path or key."""
    try:
        yield
    except sqlcipher3.Error as error:
        raise _named(error, store, keyed) from None


def as_error(error: BaseException, store: str) -> BackendError | None:
    """SQLite's exception in the house's words, or nothing where it is none of SQLite's."""
    return _named(error, store, False) if isinstance(error, sqlcipher3.Error) else None


def ends_service(error: BaseException | None) -> bool:
    """True if an error means that a store cannot be trusted or written any more, until a person looks at it or it is
    opened anew."""
    if isinstance(error, StoreFailed):
        return any(word in str(error) for word in ("I/O", "readonly", "unable to open"))
    return isinstance(error, StoreCorrupt | StoreMissing | LeaseLost | JournalMoved)


def _named(error: Any, store: str, keyed: bool) -> BackendError:
    why = str(error)
    if "file is not a database" in why:
        return WrongStoreKey(store=store) if keyed else StoreCorrupt(store=store, why=why)
    if "locked" in why or "busy" in why:
        return StoreBusy(store=store)
    if "full" in why:
        return StoreFull(store=store)
    if "malformed" in why or "corrupt" in why:
        return StoreCorrupt(store=store, why=why)
    return StoreFailed(store=store, why=why)
