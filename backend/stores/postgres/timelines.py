"""A check that a server is the one on which a municipality is kept, and of its newest timeline.

PostgreSQL counts a timeline further whenever a standby is promoted, or a backup is recovered. An old primary that comes
back after its standby took its place is of a lower one: what it is told is lost when it is rebuilt. Where it still
waits for a standby it confirms nothing; where it was told to wait for none, this tells. The newest timeline that was
seen is remembered in the files that name a municipality's stores.
"""

from typing import Any, Final

import psycopg

from backend.stores.postgres.places import NEWEST, Place
from backend.stores.server_errors import ServerBehind, StoreOfAnotherServer

_WHO: Final = (
    "select (select id::text from veldpost.server), case when pg_is_in_recovery() then 0"
    " else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end"
)


def must_be_newest(connection: psycopg.Connection[Any], place: Place, store: str) -> None:
    """Return if a session is with the right server. Raises `StoreOfAnotherServer` and `ServerBehind`; a standby, of
    which nobody asks more than to be read, is believed."""
    server, timeline = connection.execute(_WHO).fetchone() or ("", 0)
    if server != place.server:
        raise StoreOfAnotherServer(store=store)
    newest = NEWEST.get(server, 0)
    if 0 < timeline < newest:
        raise ServerBehind(store=store, found=timeline, known=newest)
    NEWEST[server] = max(newest, timeline)
