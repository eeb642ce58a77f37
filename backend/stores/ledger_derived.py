"""Verbs of what any node can make again from the log, for any database: merge states, readers, feeds. No SQL."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from backend.stores.journal_rows import FeedItem, HeldRow, RecordRow, StoredEntry
from sync.entry import Entry


class Derived(Protocol):
    """State that follows from the log by the rules of `sync/`: who reads what, what survives, what a device is due."""

    def record(self, record: bytes) -> RecordRow | None:
        """A record's merge state and readers."""

    def many_records(self, records: Sequence[bytes]) -> dict[bytes, RecordRow]:
        """The merge states and readers of those records that exist."""

    def records_changed_at(self, position: int) -> list[bytes]:
        """The records whose state was last changed at a position; reads them all, for the rare facts that need it."""

    def mark_dirty(self, records: Iterable[bytes]) -> None:
        """Records that changed without taking a position (a stamp was lowered): whoever projects looks again."""

    def dirty(self) -> list[bytes]:
        """The records that changed without taking a position."""

    def clean(self, looked_at: Iterable[tuple[bytes, bytes]]) -> None:
        """Remove marks of records as they were looked at (`standing`); one that changed since stays marked."""

    def held_of(self, record: bytes) -> Sequence[HeldRow]:
        """The held entries of a record: hash, device, seq, reason, whether complete."""

    def incomplete_records(self) -> list[bytes]:
        """The records in which entries are held because something that they observed is missing."""

    def held_records_of(self, device: bytes) -> list[bytes]:
        """The records in which entries of a device are held."""

    def is_incomplete(self, hash_: bytes) -> bool:
        """True if a held entry lacks something that it says it had seen."""

    def first_counting(self, record: bytes, device: bytes) -> int | None:
        """The seq of a device's first entry in a record that is not held."""

    def readers_of(self, record: bytes) -> tuple[bytes, ...]:
        """The devices that are sent a record, without its merge state."""

    def has_access(self, device: bytes, record: bytes) -> bool:
        """True if a device receives a record."""

    def held_by(self, device: bytes) -> list[bytes]:
        """The records that a device wrote in or was granted."""

    def end_delivery(self, device: bytes, record: bytes) -> None:
        """Take out of a device's feed what it has not pulled of a record."""

    def end_feed(self, device: bytes) -> None:
        """Empty a device's feed: it is sent nothing more."""

    def unfeed(self, device: bytes, after_seq: int, kept: Iterable[bytes]) -> None:
        """Take a device's entries after a seq out of all feeds but those of some devices."""

    def feed_after(self, device: bytes, position: int, record: bytes, limit: int) -> list[FeedItem]:
        """A device's feed after a place: what the pull costs is what changed, not what is stored."""

    def places_of(self, wanted: Sequence[tuple[bytes, int, int]], *, desk: bool) -> list[list[int]]:
        """The positions of a record's entries and facts between two positions, both left out, for each that is wanted.

        Entries above a revoked device's last good one are for the desk's devices.
        """

    def was_granted(self, record: bytes, device: bytes) -> bool:
        """True if grants that count open a record to a device; withdrawal changes nothing here."""

    def granted_of(self, record: bytes) -> set[bytes]:
        """The devices to which grants that count open a record."""

    def note_grant(self, record: bytes, device: bytes) -> None:
        """Count a grant of a record to a device."""

    def set_granted(self, record: bytes, devices: Collection[bytes]) -> None:
        """Replace the devices to which grants that count open a record."""

    def note_gift(self, record: bytes, device: bytes) -> None:
        """Remember that a device granted a record."""

    def has_gifts(self, record: bytes) -> bool:
        """True if a device granted this record."""

    def given_by(self, device: bytes) -> list[bytes]:
        """The records that a device granted."""

    def records_with_gifts(self) -> list[bytes]:
        """The records that any device granted."""

    def holders_of(self, record: bytes) -> set[bytes]:
        """Every device that may hold a copy of a record: its authors, its readers, and whoever was ever granted it."""

    def entry_counts(self, records: Sequence[bytes]) -> dict[bytes, int]:
        """The number of entries of each of these records."""

    def many_entries(self, records: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
        """The entries of these records, in order of position."""

    def many_held(self, records: Sequence[bytes]) -> dict[bytes, list[tuple[bytes, bytes, str]]]:
        """The held entries of these records: hash, device, reason."""

    def many_forked(self, records: Sequence[bytes]) -> dict[bytes, list[tuple[bytes, Entry, int]]]:
        """The entries of these records that parted from what is journaled: hash, entry, when it was received."""

    def standing(self, record: bytes) -> bytes:
        """A digest of what changes of a record without taking a position: its merge, stamps, what is held or
        parted."""

    def record_numbers(self) -> int:
        """The greatest number that a record has."""

    def numbered(self, after: int, until: int) -> list[bytes]:
        """The records with numbers between two, the later one included: those made near each other stand together."""

    def existing(self, records: Sequence[bytes]) -> set[bytes]:
        """Keep those of these records that exist."""

    def held_count(self) -> int:
        """The number of entries that are held and do not count."""
