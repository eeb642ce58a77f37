"""The verbs of a journal that forget: bodies of erased records, and which erasures are not finished yet."""

from hashlib import sha256
from typing import Any

import msgspec

from backend.stores.journal_rows import without_body
from backend.stores.sql.columns import NUMBER, split_readers
from sync.entry import Entry, parse_header


class Forgetting:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any

    def confirm_erasure(self, record: bytes, device: bytes, now_ms: int) -> None:
        """A device has erased a record as it was told."""
        self._run("insert into confirmed_erasure values(?, ?, ?) on conflict do nothing", (record, device, now_ms))

    def forget_bodies(self, record: bytes) -> int:
        """Overwrite the bodies of a record, keeping their hashes so that chains stay verifiable."""
        rows = self._run(
            f"select position, body from placed join entry using (position) where number = {NUMBER}"
            " and body is not null",
            (record,),
        ).fetchall()
        self._many(
            "update entry set body = null, body_hash = ? where position = ?",
            [(sha256(body).digest(), position) for position, body in rows],
        )
        return len(rows) + self._forget_forked(record)

    def _forget_forked(self, record: bytes) -> int:
        """Overwrite the bodies and wraps among the entries of journals that parted."""
        bare = []
        for hash_, raw in self._run("select hash, entry from forked").fetchall():
            entry = msgspec.msgpack.decode(raw, type=Entry)
            if entry.body is not None and parse_header(entry.header).record == record:
                bare.append((msgspec.msgpack.encode(without_body(entry)), hash_))
        self._many("update forked set entry = ? where hash = ?", bare)
        return len(bare)

    def is_erased(self, record: bytes) -> bool:
        """True if the journal holds an erasure of a record."""
        row = self._run("select 1 from fact where record = ? and kind = 'erasure' limit 1", (record,)).fetchone()
        return row is not None

    def holders_of(self, record: bytes) -> set[bytes]:
        """Every device that may hold a copy of a record: its authors, its readers, and whoever was ever granted it."""
        authors = self._run(
            f"select distinct device from placed join entry using (position) where number = {NUMBER}", (record,)
        ).fetchall()
        granted = self._run("select device from granted where record = ?", (record,)).fetchall()
        row = self._run("select readers from record where record = ?", (record,)).fetchone()
        return {found[0] for found in (*authors, *granted)} | set(split_readers(row[0]) if row else ())

    def erasure_confirmed_by(self, record: bytes) -> set[bytes]:
        """The devices that have said that they erased a record."""
        return {row[0] for row in self._run("select device from confirmed_erasure where record = ?", (record,))}

    def note_unfinished(self, record: bytes, now_ms: int) -> None:
        """Remember that something of an erased record may still be in a file."""
        self._run("insert into unfinished_erasure values(?, ?) on conflict do nothing", (record, now_ms))

    def note_finished(self, record: bytes) -> None:
        """Forget that: nothing of an erased record is in any file that can be reached."""
        self._run("delete from unfinished_erasure where record = ?", (record,))

    def unfinished_erasures(self) -> dict[bytes, int]:
        """The erased records of which something may still be in a file, each with the time of its erasure."""
        return dict(self._run("select record, since_ms from unfinished_erasure order by since_ms").fetchall())
