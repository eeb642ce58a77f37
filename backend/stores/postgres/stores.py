"""One municipality's journal and keys in PostgreSQL, for the one who writes and for those who read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from threading import get_ident
from typing import Any, Final

from backend.errors import BackendError, StoreBusy, StoreForeign
from backend.stores.group import Group
from backend.stores.ledger import Journal, KeyStore, Outcome, T
from backend.stores.node_marks import Claim, ThisNode
from backend.stores.postgres.copying import by_columns
from backend.stores.postgres.faults import translated
from backend.stores.postgres.lease import FENCES, Leases, own_name
from backend.stores.postgres.places import JOURNAL_MARK, KEYS_MARK, Place
from backend.stores.postgres.sessions import COMMITS, Session
from backend.stores.postgres.words import WORDS
from backend.stores.server_errors import JournalMoved, LeaseHeld, LeaseLost, StandbyAway
from backend.stores.sql.journal import SqlJournal
from backend.stores.sql.keys import SqlKeys

LOCKED_S: Final = 2  # so long a row may be locked that nobody changes but the owner
_MARK: Final = "job"
_UNIT: Final = "update veldpost.municipality set unit = unit + 1 where schema = ? and fence = ? returning unit"
_STAND: Final = "select 1 from veldpost.municipality where schema = ? and fence = ? for share"
_FENCE: Final = "select fence from veldpost.municipality where schema = ?"
_RAISE: Final = (
    "update veldpost.municipality set fence = fence + 1, owner = ?, address = ?, address_mark = ?"
    " where schema = ? and fence = ? returning fence, unit"
)


class PostgresJournal(SqlJournal):
    """The journal, on the sessions that `run` chooses among."""

    def _save_known(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._run(self._words.save_record, by_columns(rows))


class PostgresKeys(SqlKeys):
    """The keys, on a session with their own cluster. A unit of work commits them before the journal."""

    def __init__(self, session: Session, place: Place) -> None:
        self.session = session
        self._place = place
        self._run, self._many, self._words = session.run, session.many, WORDS
        self.fence = 0
        self.joined = False  # whether a unit of work commits what is written: then the first write begins it

    def _join(self) -> None:
        if self.joined and not self.session.in_transaction:
            self.session.begin()
            if self._run(_STAND, (self._place.schema, self.fence)).fetchone() is None:
                raise LeaseLost

    def belong_to(self, code: str) -> None:
        """Mark a store that bears no mark as this municipality's; raises `StoreForeign` for one of another."""
        mark = int.from_bytes(sha256(b"veldpost/keys " + code.encode()).digest()[:4], "big") >> 1 | 1
        sql = "update veldpost.municipality set mark = ? where schema = ? and mark in (0, ?) returning mark"
        if self._run(sql, (mark, self._place.schema, mark)).fetchone() is None:
            raise StoreForeign(store=KEYS_MARK, municipality=code)


class PostgresStores:
    """`Stores` over two clusters. Keys commit first; a kill between leaves more keys than entries, never fewer."""

    def __init__(self, journal: Place, keys: Place, leases: Leases, code: str, node: ThisNode) -> None:
        self._place, self._leases, self._code, self._node = journal, leases, code, node
        self._owner: int | None = get_ident()
        self._write = Session(journal, JOURNAL_MARK, writes=True)
        self._read = Session(journal, JOURNAL_MARK, writes=False)
        self.keys: Any = PostgresKeys(Session(keys, KEYS_MARK, writes=True), keys)
        self._keys: PostgresKeys = self.keys
        self._keys_place = keys
        self._journal = PostgresJournal(self._run, self._write.many, WORDS)
        self.journal: Journal = self._journal
        try:
            self._take_over()
        except BaseException:
            self.close()
            raise

    def _take_over(self) -> None:
        """Take the lease, and raise the fences: that of the keys first, or a stale owner could bring a wrap back."""
        with translated(JOURNAL_MARK):
            self._leases.take(self._place.schema)
        self._keys.fence, _ = self._raised(self._keys.session, self._keys_place)
        self._fence, self._unit = self._raised(self._write, self._place, self._node.address)
        FENCES.update({self._keys_place.schema: self._keys.fence, self._place.schema: self._fence})

    def _raised(self, session: Session, place: Place, address: str = "") -> tuple[int, int]:
        """Raise a fence, and mark the address of this server beside it. The row may be locked by a commit of the last
        owner that still waits for a standby."""
        try:
            session.run(f"set lock_timeout = '{LOCKED_S}s'")
            (fence,) = session.run(_FENCE, (place.schema,)).fetchone()
            claim = Claim(self._code, place.schema, own_name(), address, fence + 1, self._keys.fence)
            mark = self._node.mark(claim) if address else b""
            row = session.run(_RAISE, (claim.owner, address, mark, place.schema, fence)).fetchone()
            session.run("reset lock_timeout")
        except StoreBusy as busy:
            raise StandbyAway(store=busy.facts["store"]) from None
        if row is None:
            raise LeaseLost
        return row[0], row[1]

    def _run(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Run a statement on the session of whoever asks: only the thread that writes sees what is not committed."""
        return (self._write if get_ident() == self._owner else self._read).run(sql, values)

    def claim(self) -> None:
        """Let this thread write and see what it writes."""
        self._owner = get_ident()

    def release(self) -> None:
        """Let no thread see what is not committed."""
        self._owner = None

    def begin(self) -> None:
        """Begin, if the municipality is still this node's, and its journal as this node left it."""
        with translated(JOURNAL_MARK):
            try:
                self._leases.take(self._place.schema)
            except LeaseHeld:
                raise LeaseLost from None
        self._write.begin()
        row = self._write.run(_UNIT, (self._place.schema, self._fence)).fetchone()
        if row is None:
            raise LeaseLost
        if row[0] != self._unit + 1:
            raise JournalMoved
        self._keys.joined = True

    def write(self, group: Group) -> None:
        """Write the rows of a group."""
        if group.has_keys:
            self._keys.take(group.epochs, group.wraps, group.sealed)
        self._journal.write(group)

    def commit(self) -> None:
        """Commit the keys, then the journal; nobody is told of a commit that a standby has not confirmed."""
        if self._keys.session.in_transaction:
            self._keys.session.commit()
        self._write.commit()
        self._unit += 1
        self._keys.joined = False

    def abandon(self) -> None:
        """Roll back."""
        self._keys.joined = False
        self._journal.undone()
        self._keys.session.roll_back()
        self._write.roll_back()

    def alone(self, work: Callable[[], T]) -> Outcome[T]:
        """Run a part between savepoints."""
        joined = self._keys.session.in_transaction
        self._each(joined, f"savepoint {_MARK}")
        try:
            done = work()
        except Exception as error:
            if not self._write.in_transaction or self.failure(error) is not None:
                raise
            self._each(joined, f"rollback to {_MARK}", f"release {_MARK}")
            if not joined:
                self._keys.session.roll_back()
            self._journal.undone()
            return None, error
        self._each(joined, f"release {_MARK}")
        return done, None

    def _each(self, joined: bool, *statements: str) -> None:
        for session in (self._write, self._keys.session) if joined else (self._write,):
            for statement in statements:
                session.run(statement)

    @contextmanager
    def unit(self) -> Iterator[None]:
        """A whole unit of this thread."""
        before, self._owner = self._owner, get_ident()
        try:
            self.begin()
            yield
            self.commit()
        except BaseException:
            self.abandon()
            raise
        finally:
            self._owner = before

    def failure(self, error: BaseException) -> BackendError | None:
        """An error of the stores, which their sessions raise in the house's words."""
        if isinstance(error, LeaseLost | JournalMoved):
            return error
        own = isinstance(error, BackendError) and error.facts.get("store") in (JOURNAL_MARK, KEYS_MARK)
        return error if own and isinstance(error, BackendError) else None

    def durable(self, position: int) -> int:
        """All that is committed: with a standby it is flushed on two machines when the commit returns, alone on one."""
        return position

    def awaited(self) -> str:
        """The store whose commit is under way on the thread that writes."""
        return COMMITS.get(self._owner or 0, "")

    def let_go(self) -> None:
        """End the sessions of the thread that writes, whatever they wait for."""
        for session in (self._keys.session, self._write):
            session.break_off()

    def rest(self) -> None:
        """End the sessions until something is asked; the lease stays. Each unit begins by looking whether it is still
        that journal."""
        self._journal.forget_numbers()
        for session in (self._write, self._read, self._keys.session):
            if not session.in_transaction:
                session.close()

    def cut(self) -> list[str]:
        """Write the tables of the keys anew, so that no file of theirs holds what was deleted, and clean up the others.

        What the servers' own logs hold ends with their archives: that is why keys have a cluster of their own.
        """
        still = []
        for session, tables, how, mark in (
            (self._keys.session, ("wrap", "sealed_grant", "epoch"), "vacuum (full)", KEYS_MARK),
            (self._write, ("entry", "forked"), "vacuum", JOURNAL_MARK),
        ):
            session.run("set lock_timeout = '2s'")
            try:
                for table in tables:
                    session.run(f"{how} {table}")
            except StoreBusy:
                still.append(mark)
            finally:
                session.run("reset lock_timeout")
        return still

    def close(self) -> None:
        """End the sessions, and let another node have the municipality."""
        for session in (self._write, self._read, self._keys.session):
            session.close()
        for place in (self._keys_place, self._place):
            FENCES.pop(place.schema, None)
        with translated(JOURNAL_MARK):
            self._leases.give_back(self._place.schema)


class PostgresReading:
    """`Reading` over two clusters, with sessions of its own."""

    def __init__(self, journal: Place, keys: Place | None) -> None:
        self._session = Session(journal, JOURNAL_MARK, writes=False)
        self._keys_place = keys
        self._keys: PostgresKeys | None = None
        self.journal: Journal = PostgresJournal(self._session.run, self._session.many, WORDS)

    @property
    def keys(self) -> KeyStore:
        """The keys, reached when they are first asked for."""
        if self._keys is None:
            assert self._keys_place is not None, "a folder that was set aside may have none"
            place = self._keys_place
            self._keys = PostgresKeys(Session(place, KEYS_MARK, writes=False), place)
        return self._keys

    @contextmanager
    def moment(self) -> Iterator[None]:
        """One snapshot of the journal."""
        with self._session.snapshot():
            yield

    def give_back(self) -> None:
        """End the sessions, and with them the memory that the servers hold for them."""
        if not self._session.in_transaction:
            self.close()

    def parts(self) -> Sequence[str]:
        """The two stores."""
        return JOURNAL_MARK, KEYS_MARK

    def unsound(self, part: str) -> list[str]:
        """Read every row of what matters most: the server checks the sums of its pages as it reads them."""
        if part == JOURNAL_MARK:
            self._session.run("select sum(length(body)), sum(length(header)), sum(length(sig)) from entry")
        else:
            assert isinstance(self.keys, PostgresKeys)
            self.keys.session.run("select sum(length(wrapped)) from wrap")
        return []

    def read_on(self) -> None:
        """No log grows for a reader's sake: each piece is a snapshot of its own."""

    def close(self) -> None:
        """End the sessions."""
        self._session.close()
        if self._keys is not None:
            self._keys.session.close()
