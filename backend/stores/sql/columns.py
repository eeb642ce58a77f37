"""Columns of journal.db that several verbs read, and what a row of them becomes."""

from collections.abc import Sequence
from typing import Any, Final

from backend.stores.journal_rows import StoredEntry
from sync.entry import Entry

NUMBER: Final = "(select number from record where record = ?)"  # under this number its entries are placed
ENTRY: Final = "position, hash, received, prev, header, body, body_hash, sig"


def stored_entry(row: Sequence[Any]) -> StoredEntry:
    """The entry in a row of the columns `ENTRY`."""
    return StoredEntry(row[0], row[1], row[2], Entry(row[3], row[4], row[5], row[6], row[7]))


def split_readers(readers: bytes) -> tuple[bytes, ...]:
    """The devices that are sent a record, as they stand side by side in its row."""
    return tuple(readers[n : n + 16] for n in range(0, len(readers), 16))
