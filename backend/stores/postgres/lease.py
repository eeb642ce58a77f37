"""One writer for a municipality: a lease, so that another node takes over soon, and a fence, so that only one commits.

**The lease** is a lock of PostgreSQL, held by a session that this process has for all of its municipalities. A node
that dies drops it at once; one that was stopped, or cut off, is asked for nothing: its session says nothing for some
seconds and the server ends it. No clock of a node is believed.

**The fence** is a number in the municipality's row. Whoever takes the lease raises it, in the key store first, and each
unit begins by finding its own. A node that slept through the loss of its lease finds another, and commits nothing.

The row also counts units. A unit whose commit was never answered, because the primary died or the wait for a standby
was cancelled, may have been committed: then the count is another than this process knows, and it reads all anew.
"""

import os
import socket
from threading import Event, Lock, Thread
from typing import Any, Final

import psycopg

from backend.stores.postgres.sessions import connected
from backend.stores.server_errors import LeaseHeld

SILENCE_S: Final = 6  # of a node that stopped or was cut off: after it the server ends the session of its leases
BEAT_S: Final = 1.5  # several within a silence, so that a busy moment loses nothing
FENCES: Final[dict[str, int]] = {}  # by schema, of both clusters: the fences that this process raised
LOCKS: Final = (  # the session that has the lease of a municipality `m`
    "select pid from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database()"
    " and l.locktype = 'advisory' and l.objsubid = 1 and l.granted"
    " and (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(m.schema, 0) limit 1"
)


def own_name() -> str:
    """The name of this node, for people who look for the one that has a municipality."""
    return f"{socket.gethostname()}/{os.getpid()}"


class Leases:
    """The leases of this process in one database."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._held: dict[str, int] = {}  # by schema: how many stores of this process rely on it
        self._ended = Event()
        self._beating: Thread | None = None

    def take(self, schema: str) -> None:
        """Take the lease of a municipality, unless this process has it; raises `LeaseHeld`."""
        with self._lock:
            if self._alive() and schema in self._held:
                return
            self._lock_in_database(schema)
            self._held.setdefault(schema, 0)
            if self._beating is None:
                self._ended = Event()
                self._beating = Thread(target=self._beat, args=(self._ended,), name="leases", daemon=True)
                self._beating.start()

    def give_back(self, schema: str) -> None:
        """Let another node have a municipality."""
        with self._lock:
            self._held.pop(schema, None)
            if self._alive() and self._connection is not None:
                try:
                    self._connection.execute("select pg_advisory_unlock(hashtextextended($1, 0))", (schema,))
                except psycopg.Error:
                    self._drop()
            if not self._held:
                self._drop()
                self._ended.set()
                self._beating = None

    @property
    def session(self) -> int:
        """The number by which the server knows the session of the leases; 0 where there is none."""
        connection = self._connection
        return 0 if connection is None or connection.closed else connection.info.backend_pid

    def _alive(self) -> bool:
        return self._connection is not None and not self._connection.closed

    def _lock_in_database(self, schema: str) -> None:
        if not self._alive():
            self._held.clear()  # what was held ended with the session that held it; each is taken again when it is used
            self._connection = connected(self._address, idle_session_timeout=f"{SILENCE_S}s")
        assert self._connection is not None
        sql = "select pg_try_advisory_lock(hashtextextended($1, 0))"
        (got,) = self._connection.execute(sql, (schema,)).fetchone() or (False,)
        if not got:
            sql = "select owner from veldpost.municipality where schema = $1"
            (owner,) = self._connection.execute(sql, (schema,)).fetchone() or ("",)
            raise LeaseHeld(owner=owner)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _beat(self, ended: Event) -> None:
        """Say something now and then, so that the server knows that this node is there."""
        while not ended.wait(BEAT_S):
            with self._lock:
                try:
                    if self._connection is not None and not self._connection.closed:
                        self._connection.execute("select 1")
                except psycopg.Error:
                    self._drop()


_leases: Final[dict[str, Leases]] = {}


def leases_of(address: str) -> Leases:
    """The leases of this process in the database at an address."""
    return _leases.setdefault(address, Leases(address))
