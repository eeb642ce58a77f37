"""PostgreSQL's refusals in the house's words, and what a server must be like to hold a municipality."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import psycopg
from psycopg import errors as sql

from backend.errors import BackendError, StoreBusy, StoreCorrupt, StoreFailed, StoreFull, StoreMissing
from backend.stores.server_errors import (
    ServerNotSynchronous,
    ServerTooOld,
    StandbyAway,
    StoreAway,
    StoreReadOnly,
    TextWithNul,
)

OLDEST: Final = 150_000  # PostgreSQL 15, as `server_version_num` writes it
_COUNTED: Final = re.compile(r"\s*(?:ANY|FIRST)?\s*(\d+)\s*\(", re.IGNORECASE)
_FULL: Final = (sql.DiskFull, sql.OutOfMemory, sql.ConfigurationLimitExceeded)
_BUSY: Final = (sql.LockNotAvailable, sql.ObjectInUse, sql.DeadlockDetected, sql.SerializationFailure)
_GONE: Final = (sql.InvalidSchemaName, sql.UndefinedTable, sql.InvalidCatalogName)
_DAMAGED: Final = (sql.DataCorrupted, sql.IndexCorrupted)


MAY_MAKE: Final = "select has_database_privilege(current_database(), 'create')"
ABOUT: Final = (  # a `Server`
    "select current_setting('server_version_num')::int, pg_is_in_recovery()"
    " or current_setting('default_transaction_read_only') = 'on',"
    " current_setting('synchronous_standby_names'), current_setting('fsync') = 'on',"
    " case when pg_has_role('pg_read_all_stats', 'usage') then (select count(*) from pg_stat_replication"
    " where state = 'streaming' and sync_state in ('sync', 'quorum')) end"
)


class Server(NamedTuple):
    """The facts about a server that bear on its promises."""

    version: int
    recovering: bool  # a standby, or one that is read-only
    standbys: str  # `synchronous_standby_names`
    writes_through: bool  # `fsync`
    confirming: int | None = None  # standbys that confirm now; unknown where this role may not see them


def refusal(server: Server, store: str, *, alone: bool) -> BackendError | None:
    """The reason for which a server may hold no municipality, if there is one; `alone` is without a standby."""
    if server.version < OLDEST:
        return ServerTooOld(store=store, found=server.version // 10_000, known=OLDEST // 10_000)
    if server.recovering:
        return StoreReadOnly(store=store)
    if not alone and not (server.standbys.strip() and server.writes_through):
        return ServerNotSynchronous(store=store)
    if server.confirming is not None and server.confirming < _wanted(server.standbys):
        return StandbyAway(store=store)
    return None


def _wanted(standbys: str) -> int:
    """The number of standbys that a commit waits for, as `synchronous_standby_names` says it."""
    if not standbys.strip():
        return 0
    found = _COUNTED.match(standbys)
    return int(found[1]) if found else 1


def named(error: BaseException, store: str) -> BackendError | None:
    """An error of psycopg in the house's words, or nothing where it is none of its own. No text of the server is kept
    that could hold a row."""
    if not isinstance(error, psycopg.Error):
        return None
    for kinds, made in ((_FULL, StoreFull), (_BUSY, StoreBusy), (_GONE, StoreMissing)):
        if isinstance(error, kinds):
            return made(store=store)
    if isinstance(error, sql.ReadOnlySqlTransaction):
        return StoreReadOnly(store=store)
    if isinstance(error, sql.CharacterNotInRepertoire) or (error.sqlstate is None and "NUL (0x00)" in str(error)):
        return TextWithNul(store=store)  # by the server, or by the driver before it asks
    if isinstance(error, _DAMAGED):
        return StoreCorrupt(store=store, why=error.sqlstate)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return StoreAway(store=store)
    return StoreFailed(store=store, why=error.sqlstate or type(error).__name__)


@contextmanager
def translated(store: str) -> Iterator[None]:
    """Raise psycopg's errors in the house's words."""
    try:
        yield
    except psycopg.Error as error:
        raise named(error, store) or error from None
