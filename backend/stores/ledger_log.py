"""The log of a municipality as any database keeps it: entries, facts, and the places that they took. No SQL."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from backend.stores.journal_rows import Broken, FeedItem, Size, StoredEntry, StoredFact
from sync.entry import Entry
from sync.exchange import Checked
from sync.facts import Fact, Grant
from sync.messages import Place


class Log(Protocol):
    """The log: what happened. Nothing else can bring it back; everything derived is made of it.

    Every method runs inside the transaction of whoever calls it, and sees what that transaction has written.
    """

    def meta(self, name: str) -> bytes | None:
        """A value that belongs to the store itself."""

    def set_meta(self, name: str, value: bytes) -> None:
        """Keep a value that belongs to the store itself."""

    def life(self) -> bytes:
        """The present life of the store; empty before the first was begun."""

    def begin_life(self, life: bytes, now_ms: int, why: str) -> None:
        """Start a new life: positions given out before mean nothing any more."""

    def last_position(self) -> int:
        """The greatest position that an entry or a fact took."""

    def append_fact(self, position: int, fact: Fact, now_ms: int) -> None:
        """Journal one fact."""

    def lower_stamp(self, hash_: bytes, device: bytes, seq: int, received: int) -> bool:
        """Keep the smallest known stamp of an entry; true when it became smaller."""

    def tails(self) -> dict[bytes, Place]:
        """The last entry of every device's unbroken journal."""

    def hash_at(self, device: bytes, seq: int) -> bytes | None:
        """The hash of what is held at a device's seq."""

    def at(self, device: bytes, seq: int) -> tuple[bytes, bytes] | None:
        """The record and hash of what is held at a device's seq."""

    def last_seq(self, device: bytes) -> int:
        """The greatest seq of a device that is held, its own or handed in."""

    def first_after(self, device: bytes, position: int) -> int | None:
        """The least seq of a device whose entry took a place after a position; nothing where none did."""

    def stamps(self, device: bytes, first: int, last: int) -> list[tuple[int, int]]:
        """The stamps of a device's entries between two seqs, both included: (seq, received)."""

    def own_after(self, device: bytes, seq: int, limit: int) -> list[StoredEntry]:
        """A device's own entries after a seq: what it lost when it was restored from a backup."""

    def entries_of(self, record: bytes, after: int = 0, until: int = 1 << 62, limit: int = -1) -> list[StoredEntry]:
        """A record's entries between two positions, both left out, in order of position."""

    def records_of_device(self, device: bytes) -> list[bytes]:
        """The records in which a device wrote."""

    def changed_records(self, after: int, until: int) -> list[bytes]:
        """The records whose answers entries or facts between two positions (the later one included) may change."""

    def opened_up_records(self, after: int, until: int) -> set[bytes]:
        """The records that facts between two positions let somebody read, or no longer read."""

    def place_at(self, position: int) -> bytes | None:
        """The short hash of what took a position, as cursors name it."""

    def sent_at(self, positions: Sequence[int]) -> dict[int, StoredEntry | StoredFact]:
        """The entries and facts that are sent at these positions, those that are sent again at one among them."""

    def entry_named(self, record: bytes, hash_: bytes) -> StoredEntry | None:
        """An entry of a record by its hash."""

    def fact_at(self, position: int) -> StoredFact | None:
        """The fact that took a position."""

    def facts(self, kind: str | None = None, record: bytes | None = None) -> Iterator[StoredFact]:
        """The facts of a kind, or about a record, or all, in order of position."""

    def payloads(self, kind: str) -> list[bytes]:
        """The bytes of every fact of a kind, as they were signed."""

    def facts_after(self, position: int) -> Iterator[StoredFact]:
        """The facts after a position, in order."""

    def facts_between(self, after: int, until: int) -> list[StoredFact]:
        """The facts between two positions, the later one included."""

    def has_fact(self, fact: Fact) -> bool:
        """True if this very fact was journaled."""

    def lacks_body(self, device: bytes, seq: int) -> bool:
        """True if the entry at a device's seq is held without its body."""

    def give_body(self, device: bytes, seq: int, body: bytes) -> int:
        """Store the body of an entry that is held without it; returns the entry's position."""

    def position_of(self, device: bytes, seq: int) -> int:
        """The position of the entry at a device's seq."""

    def place_again(self, position: int, entry_position: int) -> None:
        """Let an entry take a further position, at which it is sent again: its body came, or its stamp is smaller."""

    def again_at(self, position: int) -> int | None:
        """The position of the entry that is sent again at this one."""

    def keep_forked(self, items: Iterable[Checked], now_ms: int) -> None:
        """Hold the entries of a journal that parted from the one journaled here first; a person is shown them.

        Of an erased record only header and hash are kept.
        """

    def forked_elsewhere(self) -> list[tuple[bytes, bytes, bytes]]:
        """The entries that parted and of whose record nothing is journaled: hash, device, record."""

    def forked_of(self, record: bytes) -> list[tuple[bytes, Entry, int]]:
        """The entries of a record that parted from what is journaled: hash, entry, when it was received."""

    def forked_seqs(self, device: bytes) -> list[int]:
        """The seqs of a device at which entries are kept apart."""

    def links_at(self, device: bytes, seq: int) -> dict[bytes, bytes]:
        """The entries of a device at a seq, in place or kept apart: hash -> prev."""

    def stamp_at(self, device: bytes, seq: int) -> int | None:
        """The stamp of the entry held at a seq."""

    def forked_at(self, device: bytes, seq: int) -> list[bytes]:
        """The hashes of what is kept apart at a seq of a device."""

    def forked_place(self, hash_: bytes) -> tuple[bytes, int] | None:
        """The device and seq of an entry that is kept apart."""

    def take_back(self, hash_: bytes) -> tuple[Entry, int] | None:
        """An entry that was kept apart and will be journaled, with the time it came; it is apart no more."""

    def no_longer_forked(self, hashes: Iterable[bytes]) -> None:
        """Remove entries from those kept apart: they were journaled after all."""

    def displace(self, device: bytes, seq: int) -> StoredEntry | None:
        """Take an entry from its place and keep it apart. Its positions keep their names, for cursors name them."""

    def bytes_above(self, device: bytes, seq: int) -> int:
        """The bytes of a device's entries after a seq, and of all that is kept apart of it."""

    def forget_bodies(self, record: bytes) -> int:
        """Overwrite the bodies of a record, keeping their hashes so that chains stay verifiable."""

    def is_erased(self, record: bytes) -> bool:
        """True if the journal holds an erasure of a record."""

    def grants_of(self, record: bytes) -> list[Grant]:
        """The grants of a record, in order of position."""

    def entries_between(self, after: int, until: int) -> list[tuple[tuple[bytes, int, bytes], StoredEntry]]:
        """The entries between two positions, the later one included, each with its columns device, seq, record."""

    def broken_links(self, device: bytes, after: int, until: int) -> list[Broken]:
        """The breaks in a device's journal between two seqs; the later one is included."""

    def held_before(self, device: bytes, seq: int) -> int:
        """The greatest seq of a device before one; 0 if there is none."""

    def last_global_fact(self) -> int:
        """The position of the latest fact that concerns every device."""

    def global_facts_after(self, position: int, limit: int) -> list[FeedItem]:
        """The places of facts that concern every device."""

    def size(self) -> Size:
        """The size of the journal; counts rows, so that it is asked once, at the opening."""

    def forked_count(self) -> int:
        """The number of entries that are kept apart."""
