"""The part of a folder that every node needs, kept with the keys: its vault, which is sealed, the list outside the
backups, which must outlive every backup of the journal, and the name of its attachments' place in a bucket.

A vault and that name are written by the node that has the municipality and by no other: its fence is compared. Lines of
the list are only ever added, and one that was never committed is known by the lack of another that says so
(`outside.py`); so they need no fence.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Final

from backend.errors import StoreMissing
from backend.stores.nodes import Shared
from backend.stores.postgres.lease import FENCES
from backend.stores.postgres.places import KEYS_MARK, Place, last_fence, note_fence
from backend.stores.postgres.sessions import Session
from backend.stores.server_errors import LeaseLost

COMMON_S: Final = 3.0  # a vault is changed where everybody waits for it: without a standby it is not, and is set back
_JOIN: Final = (
    "insert into veldpost.common(schema, code, server, journal, journal_server, vault, photos)"
    " values (?, ?, ?, ?, ?, ?, ?)"
    " on conflict(schema) do update set journal = excluded.journal, journal_server = excluded.journal_server"
    " returning vault, photos, retired"
)
_RETIRE: Final = "update veldpost.common set retired = true where schema = ?"
_FENCED: Final = (
    " where schema = ? and exists (select 1 from veldpost.municipality m where m.schema = common.schema and fence = ?)"
)
_KEEP: Final = f"update veldpost.common set vault = ?{_FENCED}"
_KEEP_PHOTOS: Final = f"update veldpost.common set photos = ?{_FENCED}"
_ADD: Final = "insert into veldpost.listed(code, line) values (?, ?) on conflict do nothing"
_LINES: Final = "select line from veldpost.listed where code = ? order by number"


class PostgresCommon:
    """`Common` over the cluster of the keys; each piece of work is a session and a transaction of its own."""

    def __init__(self, folder: Path, journal: Place, keys: Place) -> None:
        self._folder, self._code, self._journal, self._keys = folder, folder.name, journal, keys

    def join(self, vault: bytes, photos: str) -> Shared:
        """Share a folder, or find what is shared."""
        keys, journal = self._keys, self._journal
        row = (keys.schema, self._code, keys.server, journal.schema, journal.server, vault, photos)
        with self._unit() as session:
            kept, place, retired = session.run(_JOIN, row).fetchone()
        if retired:
            raise StoreMissing(store=KEYS_MARK)
        return Shared(bytes(kept), place)

    def turns(self) -> int:
        """The number of times that others raised the fence, before the owner did just now."""
        return self._fence() - 1 - last_fence(self._folder, KEYS_MARK)

    def begin_turn(self) -> None:
        """Note the fence that the owner raised."""
        note_fence(self._folder, KEYS_MARK, self._fence())

    def retire(self) -> None:
        """Let no server open these stores any more: others took their place."""
        with self._unit() as session:
            session.run(_RETIRE, (self._keys.schema,))

    def keep_vault(self, vault: bytes) -> None:
        """Share a vault, as the one who has the municipality."""
        self._keep(_KEEP, vault)

    def keep_photos(self, photos: str) -> None:
        """Share the name of a place, as the one who has the municipality."""
        self._keep(_KEEP_PHOTOS, photos)

    def _keep(self, sql: str, value: bytes | str) -> None:
        with self._unit() as session:
            if session.run(sql, (value, self._keys.schema, self._fence())).rowcount != 1:
                raise LeaseLost

    def _fence(self) -> int:
        return FENCES.get(self._keys.schema, 0)

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
