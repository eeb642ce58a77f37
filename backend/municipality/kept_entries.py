"""The entries that a municipality keeps and does not count, for a person who decides about them."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from backend.municipality.custody import Custody, record_key_of
from backend.stores.ledger import Journal, KeyStore
from sync.entry import Entry

T = TypeVar("T")


class Kept(NamedTuple):
    """The entries of one record, those that parted from its journal apart, by their hashes, and the key that opens
    them; no key where nobody here has it."""

    forked: dict[bytes, Entry]
    journaled: dict[bytes, Entry]
    key: bytes | None


class KeptEntries:
    """Reads what one municipality keeps of entries."""

    def __init__(self, journal: Journal, keys: KeyStore) -> None:
        self._journal = journal
        self._keys = keys

    def of(self, record: bytes, custody: Custody) -> Kept | None:
        """The entries of a record, or nothing where none of it is journaled."""
        journal, row = self._journal, self._journal.record(record)
        if row is None:
            return None
        forked = {name: entry for name, entry, _ in journal.forked_of(record)}
        journaled = {one.hash: one.entry for one in journal.entries_of(record)}
        return Kept(forked, journaled, record_key_of(custody, self._keys, record, row.key))

    def lend(self, read: Callable[[Journal, KeyStore], T]) -> T:
        """Let somebody read what is committed of entries and their keys."""
        return read(self._journal, self._keys)

    def forked_elsewhere(self) -> list[tuple[bytes, bytes, bytes]]:
        """The entries that parted and of whose record nothing is journaled: hash, device, record."""
        return self._journal.forked_elsewhere()
