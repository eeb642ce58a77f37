"""Feeds: who is sent what, the part of the journal that pulls read, so that a page costs what changed."""

from collections.abc import Iterable, Sequence
from typing import Any

from backend.stores.journal_rows import PLAIN, FeedItem
from backend.stores.sql.columns import split_readers
from backend.stores.sql.words import Words


class Access:
    """The verbs about access and feeds; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any
    _words: Words

    def readers_of(self, record: bytes) -> tuple[bytes, ...]:
        """The devices that are sent a record, without its merge state."""
        row = self._run("select readers from record where record = ?", (record,)).fetchone()
        return split_readers(row[0]) if row else ()

    def has_access(self, device: bytes, record: bytes) -> bool:
        """True if a device receives a record."""
        return device in self.readers_of(record)

    def held_by(self, device: bytes) -> list[bytes]:
        """The records that a device wrote in or was granted."""
        rows = self._run(
            "select record from entry where device = ?1 union select record from granted where device = ?1",
            (device,),
        )
        return [row[0] for row in rows]

    def end_delivery(self, device: bytes, record: bytes) -> None:
        """Take out of a device's feed what it has not pulled of a record."""
        self._run("delete from feed where device = ? and granted = ?", (device, record))
        again = self._run(
            "select position from again where entry in (select position from placed where number ="
            " (select number from record where record = ?))",
            (record,),
        )
        places = [*self.places_of([(record, 0, 1 << 62)], desk=True)[0], *(row[0] for row in again)]
        self._many(
            "delete from feed where device = ? and position = ? and granted = ?",
            [(device, position, PLAIN) for position in places],
        )

    def end_feed(self, device: bytes) -> None:
        """Empty a device's feed: it is sent nothing more."""
        self._run("delete from feed where device = ?", (device,))

    def unfeed(self, device: bytes, after_seq: int, kept: Iterable[bytes]) -> None:
        """Take a device's entries after a seq out of all feeds but those of some devices."""
        positions = self._run(
            "select position from entry where device = ?1 and seq > ?2 union all"
            " select a.position from again a join entry e on e.position = a.entry where e.device = ?1 and e.seq > ?2",
            (device, after_seq),
        ).fetchall()
        spared = self._words.listed(kept)
        sql = f"delete from feed where position = ? and not {self._words.among('device')}"
        self._many(sql, [(row[0], spared) for row in positions])

    def feed_after(self, device: bytes, position: int, record: bytes, limit: int) -> list[FeedItem]:
        """A device's feed after a place: what the pull costs is what changed, not what is stored.

        A row value, or a limit that is a bare parameter, would be compiled again at each call: four times the cost.
        """
        rows = self._run(
            "select position, granted from feed where device = ?1 and position >= ?2"
            " and (position > ?2 or granted > ?3) order by position, granted limit ?4 + 0",
            (device, position, record, limit),
        )
        return [FeedItem(*row) for row in rows]

    def global_facts_after(self, position: int, limit: int) -> list[FeedItem]:
        """The places of facts that concern every device."""
        rows = self._run(
            "select position from fact where record is null and position > ? order by position limit ? + 0",
            (position, limit),
        )
        return [FeedItem(row[0], PLAIN) for row in rows]

    def last_global_fact(self) -> int:
        """The position of the latest fact that concerns every device."""
        row = self._run("select coalesce(max(position), 0) from fact where record is null").fetchone()
        return int(row[0])

    def places_of(self, wanted: Sequence[tuple[bytes, int, int]], *, desk: bool) -> list[list[int]]:
        """The positions of a record's entries and facts between two positions, both left out, for each that is wanted.

        Entries above a revoked device's last good one are for the desk's devices.
        """
        hidden = set() if desk else self._hidden(record for record, _, _ in wanted)
        found: list[list[int]] = [[] for _ in wanted]
        for number, position in self._run(self._words.places, self._words.spans(wanted)):
            if position not in hidden:
                found[number].append(position)
        return found

    def _hidden(self, records: Iterable[bytes]) -> set[int]:
        """The places of entries in these records that stand above a revoked device's last good one."""
        rows = self._run(
            "select e.position from held h join entry e on e.device = h.device and e.seq = h.seq"
            f" where h.reason = 'revoked' and {self._words.among('h.record')}",
            (self._words.listed(records),),
        )
        return {row[0] for row in rows}

    # --- entries that are sent again ---

    def place_again(self, position: int, entry_position: int) -> None:
        """Let an entry take a further position, at which it is sent again: its body came, or its stamp is smaller."""
        self._run("insert into again values(?, ?)", (position, entry_position))

    def again_at(self, position: int) -> int | None:
        """The position of the entry that is sent again at this one."""
        row = self._run("select entry from again where position = ?", (position,)).fetchone()
        return row[0] if row else None
