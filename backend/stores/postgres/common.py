"""The part of a folder that every node needs, kept with the keys: its vault, which is sealed, and the list outside the
backups, which must outlive every backup of the journal.

A vault is written by the node that has the municipality and by no other: its fence is compared. Lines of the list are
only ever added, and one that was never committed is known by the lack of another that says so (`outside.py`); so they
need no fence.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Final

from backend.errors import StoreMissing
from backend.stores.postgres.lease import FENCES
from backend.stores.postgres.places import KEYS_MARK, Place, note_fence
from backend.stores.postgres.sessions import Session
from backend.stores.server_errors import LeaseLost

COMMON_S: Final = 3.0  # a vault is changed where everybody waits for it: without a standby it is not, and is set back
_JOIN: Final = (
    "insert into veldpost.common(schema, code, server, journal, journal_server, vault) values (?, ?, ?, ?, ?, ?)"
    " on conflict(schema) do update set journal = excluded.journal, journal_server = excluded.journal_server"
    " returning vault, retired"
)
_RETIRE: Final = "update veldpost.common set retired = true where schema = ?"
_KEEP: Final = (
    "update veldpost.common set vault = ? where schema = ?"
    " and exists (select 1 from veldpost.municipality m where m.schema = common.schema and fence = ?)"
)
_ADD: Final = "insert into veldpost.listed(code, line) values (?, ?) on conflict do nothing"
_LINES: Final = "select line from veldpost.listed where code = ? order by number"


class PostgresCommon:
    """`Common` over the cluster of the keys; each piece of work is a session and a transaction of its own."""

    def __init__(self, folder: Path, journal: Place, keys: Place) -> None:
        self._folder, self._code, self._journal, self._keys = folder, folder.name, journal, keys

    def join(self, vault: bytes) -> bytes:
        """Share a folder, or find what is shared."""
        keys, journal = self._keys, self._journal
        row = (keys.schema, self._code, keys.server, journal.schema, journal.server, vault)
        with self._unit() as session:
            kept, retired = session.run(_JOIN, row).fetchone()
        if retired:
            raise StoreMissing(store=KEYS_MARK)
        return bytes(kept)

    def turn(self) -> int:
        """Begin the turn of the owner, who raised the fence."""
        return note_fence(self._folder, KEYS_MARK, FENCES.get(self._keys.schema, 0))

    def retire(self) -> None:
        """Let no server open these stores any more: others took their place."""
        with self._unit() as session:
            session.run(_RETIRE, (self._keys.schema,))

    def keep_vault(self, vault: bytes) -> None:
        """Share a vault, as the one who has the municipality."""
        schema = self._keys.schema
        with self._unit() as session:
            if session.run(_KEEP, (vault, schema, FENCES.get(schema, 0))).rowcount != 1:
                raise LeaseLost

    def lines(self) -> Sequence[str]:
        """The whole list."""
        with self._unit() as session:
            return [line for (line,) in session.run(_LINES, (self._code,))]

    def add(self, lines: Sequence[str]) -> None:
        """Add to the list."""
        with self._unit() as session:
            for line in lines:
                session.run(_ADD, (self._code, line))

    @contextmanager
    def _unit(self) -> Iterator[Session]:
        session = Session(self._keys, KEYS_MARK, writes=True)
        limit = Timer(COMMON_S, session.break_off)
        limit.start()
        try:
            session.begin()
            yield session
            session.commit()
        finally:
            limit.cancel()
            session.close()
