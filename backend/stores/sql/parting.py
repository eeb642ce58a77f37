"""The verbs of a journal about entries of a device that parted: kept apart, put in their place, taken from it."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from backend.stores.journal_rows import PLAIN, StoredEntry, without_body
from backend.stores.sql.columns import ENTRY, stored_entry
from sync.entry import Entry, decode_entry, parse_header
from sync.exchange import Checked

_KEEP: Final = (
    "insert into forked(hash, device, seq, entry, received, record) values(?, ?, ?, ?, ?, ?) on conflict do nothing"
)
_encode: Final = msgspec.msgpack.Encoder().encode


class Parting:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any
    is_erased: Any
    mark_dirty: Any
    keep_whole: Any

    def keep_forked(self, items: Iterable[Checked], now_ms: int) -> None:
        """Hold the entries of a journal that parted from the one journaled here first; a person is shown them.

        Of an erased record only header and hash are kept.
        """
        kept = [c._replace(entry=without_body(c.entry)) if self.is_erased(c.header.record) else c for c in items]
        self._many(
            _KEEP,
            [(c.hash, c.header.device, c.header.seq, _encode(c.entry), now_ms, c.header.record) for c in kept],
        )
        self.mark_dirty({c.header.record for c in kept})

    def forked_elsewhere(self) -> list[tuple[bytes, bytes, bytes]]:
        """The entries that parted and of whose record nothing is journaled: hash, device, record."""
        sql = "select hash, device, record from forked where record not in (select record from record) order by 2, seq"
        return [(row[0], row[1], row[2]) for row in self._run(sql)]

    def forked_of(self, record: bytes) -> list[tuple[bytes, Entry, int]]:
        """The entries of a record that parted from what is journaled: hash, entry, when it was received."""
        rows = self._run("select hash, entry, received from forked where record = ? order by device, seq", (record,))
        return [(row[0], decode_entry(row[1]), row[2]) for row in rows]

    def forked_seqs(self, device: bytes) -> list[int]:
        """The seqs of a device at which entries are kept apart."""
        return [row[0] for row in self._run("select distinct seq from forked where device = ?", (device,))]

    def links_at(self, device: bytes, seq: int) -> dict[bytes, bytes]:
        """The entries of a device at a seq, in place or kept apart: hash -> prev."""
        place = (device, seq)
        apart = self._run("select hash, entry from forked where device = ? and seq = ?", place).fetchall()
        found = {row[0]: decode_entry(row[1]).prev for row in apart}
        return found | dict(self._run("select hash, prev from entry where device = ? and seq = ?", place).fetchall())

    def stamp_at(self, device: bytes, seq: int) -> int | None:
        """The stamp of the entry held at a seq."""
        row = self._run("select received from entry where device = ? and seq = ?", (device, seq)).fetchone()
        return int(row[0]) if row else None

    def forked_at(self, device: bytes, seq: int) -> list[bytes]:
        """The hashes of what is kept apart at a seq of a device."""
        rows = self._run("select hash from forked where device = ? and seq = ? order by hash", (device, seq))
        return [row[0] for row in rows]

    def forked_place(self, hash_: bytes) -> tuple[bytes, int] | None:
        """The device and seq of an entry that is kept apart."""
        row = self._run("select device, seq from forked where hash = ?", (hash_,)).fetchone()
        return (row[0], int(row[1])) if row else None

    def take_back(self, hash_: bytes) -> tuple[Entry, int] | None:
        """An entry that was kept apart and will be journaled, with the time it came; it is apart no more."""
        row = self._run("select entry, received from forked where hash = ?", (hash_,)).fetchone()
        if row is None:
            return None
        self._run("delete from forked where hash = ?", (hash_,))
        return decode_entry(row[0]), int(row[1])

    def no_longer_forked(self, hashes: Iterable[bytes]) -> None:
        """Remove entries from those kept apart: they were journaled after all."""
        self._many("delete from forked where hash = ?", [(hash_,) for hash_ in hashes])

    def displace(self, device: bytes, seq: int) -> StoredEntry | None:
        """Take an entry from its place and keep it apart. Its positions keep their names, for cursors name them."""
        row = self._run(f"select {ENTRY} from entry where device = ? and seq = ?", (device, seq)).fetchone()
        if row is None:
            return None
        stored = stored_entry(row)
        record = parse_header(stored.entry.header).record
        self.keep_whole(record)
        again = self._run("select position from again where entry = ?", (stored.position,)).fetchall()
        for position in (stored.position, *(one[0] for one in again)):
            self._run(
                "insert into displaced(position, place, record, hash, told) values(?, ?, ?, ?, ?)",
                (position, stored.hash[:8], record, stored.hash, int(position != stored.position)),
            )
            self._run("delete from feed where position = ? and granted = ?", (position, PLAIN))
        self._run(
            _KEEP,
            (stored.hash, device, seq, _encode(stored.entry), stored.received, record),
        )
        for table, column in (("again", "entry"), ("placed", "position"), ("entry", "position")):
            self._run(f"delete from {table} where {column} = ?", (stored.position,))
        self._run("delete from held where hash = ?", (stored.hash,))
        self.mark_dirty({record})
        return stored

    def displaced_at(self, position: int) -> bytes | None:
        """The short hash of an entry that was taken from this position."""
        row = self._run("select place from displaced where position = ?", (position,)).fetchone()
        return row[0] if row else None

    def displaced_untold(self) -> list[tuple[bytes, bytes]]:
        """The entries that were taken from their place and that no fact says so of yet: record and hash."""
        return [(row[0], row[1]) for row in self._run("select record, hash from displaced where told = 0")]

    def displaced_told(self, hash_: bytes) -> None:
        """The municipality signed that this entry holds no place."""
        self._run("update displaced set told = 1 where hash = ?", (hash_,))

    def bytes_above(self, device: bytes, seq: int) -> int:
        """The bytes of a device's entries after a seq, and of all that is kept apart of it."""
        row = self._run(
            "select (select coalesce(sum(length(header) + coalesce(length(body), 0) + 256), 0) from entry"
            " where device = ?1 and seq > ?2) + (select coalesce(sum(length(entry)), 0) from forked where device = ?1)",
            (device, seq),
        ).fetchone()
        return int(row[0])
