"""Sessions with PostgreSQL: opened when something is asked, closed at a rest, opened again after a failure.

A session has the schema of one municipality in its search path, and commits as it is told to. **The trap.** A commit
that waits for a standby and is cancelled (`pg_cancel_backend`, an impatient tool) is answered as if all was well, with
a warning, while the rows are on the primary alone. So whatever warns while a session commits makes the commit one that
nobody may be told of, and ends the session.
"""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, get_ident
from typing import Any, Final

import psycopg
from psycopg.types.numeric import Int8BinaryDumper

from backend.errors import BackendError
from backend.stores.postgres.copying import Bulk, numbered
from backend.stores.postgres.faults import translated
from backend.stores.postgres.places import Place
from backend.stores.postgres.timelines import must_be_newest
from backend.stores.server_errors import CommitUnconfirmed, StoreAway

PREPARED_MAX: Final = 300  # statements that a session keeps compiled: all there are
CONNECT_S: Final = 3  # a server that does not answer is away; devices are told to wait, and ask again
IDLE_IN_UNIT_MS: Final = 20_000  # of a node that stopped in the middle of a unit: then another may take over
COMMITS: Final[dict[int, str]] = {}  # by thread: the store that it commits now, and may wait for a standby
_WARNS: Final = ("WARNING", "ERROR", "FATAL", "PANIC")


def connected(address: str, **options: str) -> psycopg.Connection[Any]:
    """A session with a server, with settings of its own."""
    given = " ".join(f"-c {name}={value}" for name, value in options.items())
    connection = psycopg.connect(
        address, autocommit=True, cursor_factory=psycopg.RawCursor, connect_timeout=CONNECT_S, options=given,
        application_name="veldpost", client_encoding="utf8",
    )  # fmt: skip
    connection.prepared_max = PREPARED_MAX
    connection.adapters.register_dumper(int, Int8BinaryDumper)  # or a number's size would be part of a statement's type
    return connection


class Session:
    """One connection to the schema of a municipality. Its errors are in the house's words, and name the store."""

    def __init__(self, place: Place, store: str, *, writes: bool) -> None:
        self._place = place
        self._store = store
        self._writes = writes
        self._opening = Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._bulk = Bulk()
        self._warnings: list[str] = []
        self._in_unit = False  # then a session that ended ends the unit, and is not replaced in its midst

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The connection, opened if there is none; one that broke outside a transaction is opened again."""
        connection = self._connection
        if connection is None or connection.closed:
            if self._in_unit:
                raise StoreAway(store=self._store)
            with self._opening:
                connection = self._connection
                if connection is None or connection.closed:
                    connection = self._connection = self._opened()
        return connection

    def _opened(self) -> psycopg.Connection[Any]:
        options = {"search_path": self._place.schema, "synchronous_commit": "on", "statement_timeout": "0"}
        if self._writes:
            options["idle_in_transaction_session_timeout"] = str(IDLE_IN_UNIT_MS)
        connection = connected(self._place.address, **options)
        try:
            must_be_newest(connection, self._place, self._store)
        except BaseException:
            connection.close()
            raise
        if not self._writes:  # told afterwards: an address that asks for a primary refuses a session that begins so
            connection.execute("set default_transaction_read_only = on")
        connection.add_notice_handler(self._heard)
        return connection

    def _heard(self, said: psycopg.errors.Diagnostic) -> None:
        if said.severity_nonlocalized in _WARNS:
            self._warnings.append(said.sqlstate or "")

    def run(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Run a statement."""
        with translated(self._store):
            return self.connection.execute(numbered(sql), values, binary=True)

    def many(self, sql: str, rows: Any) -> None:
        """Run a statement for each row."""
        listed = [*rows]
        if listed:
            with translated(self._store):
                self._bulk.write(self.connection, sql, listed)

    @property
    def in_transaction(self) -> bool:
        """True while a transaction is under way, also one that failed."""
        connection = self._connection
        return connection is not None and connection.info.transaction_status in (
            psycopg.pq.TransactionStatus.INTRANS,
            psycopg.pq.TransactionStatus.INERROR,
            psycopg.pq.TransactionStatus.ACTIVE,
        )

    def begin(self) -> None:
        """Begin a transaction, on a connection that works: one that broke since the last is opened again."""
        try:
            self.run("begin")
        except StoreAway:
            self.close()
            self.run("begin")
        self._in_unit = True

    def commit(self) -> None:
        """Commit; raises `CommitUnconfirmed` where the server warned, and ends the session."""
        self._warnings.clear()
        COMMITS[get_ident()] = self._store
        try:
            self.run("commit")
        finally:
            del COMMITS[get_ident()]
        self._in_unit = False
        if self._warnings:
            self.close()
            raise CommitUnconfirmed(store=self._store)

    def roll_back(self) -> None:
        """Leave nothing of a transaction; a session that cannot say so is ended, which does it too."""
        self._in_unit = False
        if self.in_transaction:
            try:
                self.run("rollback")
            except BackendError:
                self.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one moment."""
        if self.in_transaction:
            yield
            return
        self.run("begin isolation level repeatable read, read only")
        try:
            yield
        finally:
            self.roll_back()

    def break_off(self) -> None:
        """End the session from another thread: whoever waits for an answer on it gets `StoreAway`. The server may still
        do what it was told."""
        connection = self._connection
        if connection is not None and not connection.closed:
            with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the session."""
        self._in_unit = False
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()
