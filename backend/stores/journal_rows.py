"""Rows that the journal gives out: entries and facts with the places they took, records as the merge left them."""

from hashlib import sha256
from typing import Final, NamedTuple

from sync.entry import Entry, parse_header
from sync.exchange import Checked, place_name
from sync.facts import Fact, encode_fact
from sync.merge import EMPTY, Arrival, RecordState


class RecordRow(NamedTuple):
    """A record as the merge left it, and the devices that get its entries."""

    key: bytes
    state: RecordState
    readers: tuple[bytes, ...]
    creator: bytes = b""  # the device that made it, once an entry of that device is held
    exists: bool = True


class StoredEntry(NamedTuple):
    """An entry with the place it took and the stamp it got."""

    position: int
    hash: bytes
    received: int
    entry: Entry


class StoredFact(NamedTuple):
    """A fact with the place it took."""

    position: int
    received: int
    fact: Fact

    @property
    def place(self) -> bytes:
        """The short hash of this place, as cursors name it."""
        return place_name(encode_fact(self.fact))


HeldRow = tuple[bytes, bytes, int, str, bool]  # hash, device, seq, reason, whether complete


class Size(NamedTuple):
    """The number of entries and records in a journal, and of its lives; the first begins with it."""

    entries: int
    records: int
    lives: int


class Broken(NamedTuple):
    """A place in a device's journal that does not follow from the one before it, or that has none before it."""

    seq: int
    before: int
    follows: bool


PLAIN: Final = b""  # a place of a feed that is itself what is due


class FeedItem(NamedTuple):
    """A place in the journal that a device is to be sent; `granted` is a record whose earlier entries are due there."""

    position: int
    granted: bytes


def as_kept(checked: Checked) -> Entry:
    """An entry as a journal keeps it: without the wraps, and with its body's hash where the body is missing."""
    entry = checked.entry
    body_hash = None if entry.body is not None else checked.body_hash
    return Entry(entry.prev, entry.header, entry.body, body_hash, entry.sig)


def without_body(entry: Entry) -> Entry:
    """An entry as it is kept once its record is erased: header and hash, no body and no wrap."""
    hash_ = entry.body_hash if entry.body is None else sha256(entry.body).digest()
    return Entry(entry.prev, entry.header, None, hash_, entry.sig)


def arrival_of(stored: StoredEntry) -> Arrival:
    """A stored entry as the merge sees it."""
    return Arrival(parse_header(stored.entry.header), stored.hash, stored.received)


NEW_RECORD: Final = RecordRow(b"", EMPTY, (), exists=False)
