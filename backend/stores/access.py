"""Who is sent what: the part of the journal that pulls read, so that a page costs what changed."""

from collections.abc import Iterable
from typing import Any

from backend.stores.journal_rows import PLAIN, FeedItem, split_readers


class Access:
    """The verbs about access and feeds; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any

    def has_access(self, device: bytes, record: bytes) -> bool:
        """Whether a device receives a record."""
        row = self._run("select readers from record where record = ?", (record,)).fetchone()
        return row is not None and device in split_readers(row[0])

    def accessible(self, device: bytes) -> list[bytes]:
        """The records that a device receives: of those it wrote in or was granted, the ones it still reads."""
        rows = self._run(
            "select r.record, r.readers from record r join (select record from entry where device = :d"
            " union select granted from feed where device = :d and granted != x'') w on w.record = r.record",
            {"d": device},
        )
        return [record for record, readers in rows if device in split_readers(readers)]

    def end_delivery(self, device: bytes, record: bytes) -> None:
        """Take out of a device's feed what was granted and it has not pulled."""
        self._run("delete from feed where device = ? and granted = ?", (device, record))

    def note_grant(self, record: bytes, device: bytes) -> None:
        """Remember for good that a record was granted to a device."""
        self._run("insert or ignore into granted values(?, ?)", (record, device))

    def was_granted(self, record: bytes, device: bytes) -> bool:
        """Whether a record was ever granted to a device; withdrawal changes nothing here."""
        row = self._run("select 1 from granted where record = ? and device = ?", (record, device)).fetchone()
        return row is not None

    def feed(self, rows: Iterable[tuple[bytes, int, bytes]]) -> None:
        """Put places of the journal in the feeds of devices: (device, position, granted record)."""
        self._many("insert or replace into feed values(?, ?, ?)", rows)

    def feed_after(self, device: bytes, position: int, record: bytes, limit: int) -> list[FeedItem]:
        """A device's feed after a place: what the pull costs is what changed, not what is stored."""
        rows = self._run(
            "select position, granted from feed where device = ? and (position, granted) > (?, ?)"
            " order by position, granted limit ?",
            (device, position, record, limit),
        )
        return [FeedItem(*row) for row in rows]

    def global_facts_after(self, position: int, limit: int) -> list[FeedItem]:
        """The places of facts that concern every device."""
        rows = self._run(
            "select position from fact where record is null and position > ? order by position limit ?",
            (position, limit),
        )
        return [FeedItem(row[0], PLAIN) for row in rows]

    def last_global_fact(self) -> int:
        """The position of the latest fact that concerns every device."""
        row = self._run("select coalesce(max(position), 0) from fact where record is null").fetchone()
        return int(row[0])

    def places_of(self, record: bytes, after: int, until: int) -> list[int]:
        """The positions of a record's entries and facts between two positions, both left out."""
        rows = self._run(
            "select position from placed where number = (select number from record where record = :r)"
            " and position > :a and position < :u union"
            " select position from fact where record = :r and position > :a and position < :u order by 1",
            {"r": record, "a": after, "u": until},
        )
        return [row[0] for row in rows]
