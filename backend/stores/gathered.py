"""Gathers the rows that a unit of work decides, so that a group of requests is one `load` before and one `write` after.

A database is entered a few times for a group, however many requests are in it. Rows that a unit has decided are seen
by what the same unit decides next: `GatheredJournal` answers from what was loaded and gathered where it can; any other
verb first writes what is gathered and then asks the database. To undo a unit is to drop what is gathered.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import get_ident
from typing import Any, Final, cast

import msgspec

from backend.errors import BackendError
from backend.stores.copied import Copied
from backend.stores.gathered_facts import READ_FACTS, GatheredFacts
from backend.stores.group import Group, Loaded, Wanted
from backend.stores.journal_rows import HeldRow, RecordRow, StoredEntry, as_kept
from backend.stores.ledger import Journal, KeyStore, Outcome, Stores, T, UnitJournal
from backend.stores.rows import StoredWrap
from sync.admission import Held
from sync.entry import Wrap
from sync.exchange import Checked
from sync.messages import Epoch, Place

APART: Final = frozenset({  # verbs that neither read nor change what is gathered
    "meta", "set_meta", "life", "begin_life", "shelf", "attachments", "accounts", "kept", "kept_one", "keep", "unkeep",
    "promise", "copied", "displaced_untold", "want_wrap", "confirm_erasure", "note_unfinished", "given_by",
    "place_again", "again_at", "forked_place", "forked_at", "forked_seqs",
})  # fmt: skip
OF_WRAPS: Final = frozenset({"wraps_of", "wraps_of_many"})  # verbs that read epochs and wraps and nothing else
NOTHING: Final = Loaded({}, {}, {}, {}, frozenset())


class GatheredJournal(GatheredFacts):
    """A `UnitJournal` over the journal of a database."""

    def __init__(self, inner: Journal, stores: "Gathered") -> None:
        self.inner = inner
        self._stores = stores
        self.is_at_work, self.flush = stores.is_at_work, stores.flush
        self.drop()

    def __getattr__(self, name: str) -> Any:
        if name in READ_FACTS:
            self.before_facts_are_read(name)
        elif name not in APART and self._stores.is_at_work():
            self._stores.flush()
        return getattr(self.inner, name)

    def drop(self) -> None:
        """Forget what is gathered, and what was loaded."""
        self.loaded: Loaded = NOTHING
        self._entries: list[tuple[int, Checked, int]] = []
        self._noted = 0  # how many of them are in the next three, which few ask
        self._at: dict[tuple[bytes, int], Checked] = {}
        self._last: dict[bytes, int] = {}
        self._named: dict[bytes, tuple[int, Checked, int]] = {}
        self._records: dict[bytes, tuple[int, RecordRow]] = {}
        self._placed: list[tuple[int, bytes]] = []
        self._held: dict[bytes, tuple[Held, ...]] = {}
        self._tails: dict[bytes, Place] = {}
        self._feeds: list[tuple[bytes, int, bytes]] = []
        self.drop_facts()

    def take(self) -> Group | None:
        """Take what is gathered, as rows; nothing if nothing is. It is forgotten here."""
        rows = self._entries or self._records or self._placed or self._held or self._tails or self._feeds
        if not (rows or self.is_any):
            self.loaded = NOTHING
            return None
        group = Group(
            tuple(self._entries),
            tuple((record, at, row) for record, (at, row) in self._records.items()),
            tuple(self._placed),
            tuple(self._held.items()),
            tuple(self._tails.items()),
            tuple(self._feeds),
        )
        if self.is_any:
            group = self.with_facts(group)
        self.drop()
        return group

    # --- rows are gathered ---

    def append_entries(self, position: int, items: Sequence[tuple[Checked, int]]) -> None:
        """Journal entries with their stamps at position + 1, position + 2, …"""
        self._entries += [(at, checked, received) for at, (checked, received) in enumerate(items, position + 1)]

    def _note(self) -> None:
        """Note where the gathered entries are, by their place and by their hash."""
        for one in self._entries[self._noted :]:
            checked = one[1]
            device, seq = checked.header.device, checked.header.seq
            self._at[device, seq] = checked
            self._named[checked.hash] = one
            self._last[device] = max(seq, self._last.get(device, 0))
        self._noted = len(self._entries)

    def save_tail(self, device: bytes, tail: Place) -> None:
        """Move the end of a device's unbroken journal."""
        self._tails[device] = tail

    def save_records(self, rows: Iterable[tuple[bytes, int, RecordRow]]) -> None:
        """Save what records became, each with the position that changed it last."""
        for record, at, row in rows:
            self._records[record] = at, row if row.exists else row._replace(exists=True)

    def place_entries(self, placed: Iterable[tuple[int, bytes]]) -> None:
        """Note which record's entry took a position: (position, record), once the record is saved."""
        self._placed += placed

    def save_held(self, record: bytes, held: Iterable[Held]) -> None:
        """Replace the held entries of a record."""
        self._held[record] = tuple(held)

    def feed(self, rows: Iterable[tuple[bytes, int, bytes]]) -> None:
        """Put places of the journal in the feeds of devices: (device, position, granted record)."""
        self._feeds += rows

    # --- and seen by what is decided next ---

    def record(self, record: bytes) -> RecordRow | None:
        """A record's merge state and readers."""
        gathered = self._records.get(record)
        if gathered is not None and self._stores.is_at_work():
            return gathered[1]
        return self.many_records([record]).get(record)

    def many_records(self, records: Sequence[bytes]) -> dict[bytes, RecordRow]:
        """The merge states and readers of those records that exist."""
        if not self._stores.is_at_work():
            return self.inner.many_records(records)
        found, unknown = dict[bytes, RecordRow](), []
        for record in records:
            gathered, loaded = self._records.get(record), self.loaded.records.get(record)
            if gathered is not None:
                found[record] = gathered[1]
            elif loaded is not None:
                found[record] = loaded
            elif record not in self._stores.wanted.records:
                unknown.append(record)
        return found | (self.inner.many_records(unknown) if unknown else {})

    def readers_of(self, record: bytes) -> tuple[bytes, ...]:
        """The devices that are sent a record, without its merge state."""
        if self._stores.is_at_work():
            gathered, loaded = self._records.get(record), self.loaded.records.get(record)
            row = loaded if gathered is None else gathered[1]
            if row is not None:
                return row.readers
        return self.inner.readers_of(record)

    def held_of(self, record: bytes) -> Sequence[HeldRow]:
        """The held entries of a record: hash, device, seq, reason, whether complete."""
        if self._stores.is_at_work():
            if record in self._held:
                return [_held_row(held) for held in self._held[record]]
            if record in self.loaded.held:
                return self.loaded.held[record]
        return self.inner.held_of(record)

    def is_incomplete(self, hash_: bytes) -> bool:
        """True if a held entry lacks something that it says it had seen."""
        if self._held and self._stores.is_at_work():
            self._stores.flush()
        return self.inner.is_incomplete(hash_)

    def entry_named(self, record: bytes, hash_: bytes) -> StoredEntry | None:
        """An entry of a record by its hash."""
        at_work = self._stores.is_at_work()
        if at_work:
            self._note()
        gathered = self._named.get(hash_) if at_work else None
        if gathered is None:
            if at_work and self._placed:
                self._stores.flush()  # it may have been written while its record was being merged
            return self.inner.entry_named(record, hash_)
        position, checked, received = gathered
        return StoredEntry(position, hash_, received, as_kept(checked)) if checked.header.record == record else None

    def last_seq(self, device: bytes) -> int:
        """The greatest seq of a device that is held, its own or handed in."""
        if not self._stores.is_at_work():
            return self.inner.last_seq(device)
        known = self.loaded.last_seqs.get(device)
        self._note()
        return max(self._last.get(device, 0), self.inner.last_seq(device) if known is None else known)

    def hash_at(self, device: bytes, seq: int) -> bytes | None:
        """The hash of what is held at a device's seq."""
        checked = self._gathered_at(device, seq)
        return self.inner.hash_at(device, seq) if checked is None else checked.hash

    def at(self, device: bytes, seq: int) -> tuple[bytes, bytes] | None:
        """The record and hash of what is held at a device's seq."""
        checked = self._gathered_at(device, seq)
        return self.inner.at(device, seq) if checked is None else (checked.header.record, checked.hash)

    def lacks_body(self, device: bytes, seq: int) -> bool:
        """True if the entry at a device's seq is held without its body."""
        checked = self._gathered_at(device, seq)
        return self.inner.lacks_body(device, seq) if checked is None else checked.entry.body is None

    def place_at(self, position: int) -> bytes | None:
        """The short hash of what took a position, as cursors name it."""
        if self._stores.is_at_work() and (self._facts or (self._entries and position >= self._entries[0][0])):
            self._stores.flush()
        return self.inner.place_at(position)

    def _gathered_at(self, device: bytes, seq: int) -> Checked | None:
        if not self._entries or not self._stores.is_at_work():
            return None
        self._note()
        return self._at.get((device, seq))


def _held_row(held: Held) -> HeldRow:
    header = held.arrival.header
    return held.arrival.hash, header.device, header.seq, held.reason, held.complete


class GatheredKeys:
    """A `KeyStore` whose `take` is gathered, and which is asked for the wraps of many records at once."""

    def __init__(self, inner: KeyStore, stores: "Gathered") -> None:
        self.inner = inner
        self._stores = stores
        self.drop()

    def __getattr__(self, name: str) -> Any:
        if self._stores.is_at_work() and (self.epochs or self.wraps or name not in OF_WRAPS):
            self._stores.flush()
        return getattr(self.inner, name)

    def look_up(self, records: frozenset[bytes]) -> None:
        """Read the wraps of records in one piece; they are answered from it until any of the keys may change."""
        self._wraps = self.inner.wraps_of_many([*records]) if records else {}
        self._looked_up = records

    def wraps_of(self, record: bytes, key: bytes) -> list[StoredWrap]:
        """Every wrap of a record's key with each epoch that may open it; the commitment decides which is true."""
        if not self._stores.is_at_work():
            return self.inner.wraps_of(record, key)
        if self.epochs or self.wraps:
            self._stores.flush()
        return self._wraps.get((record, key), []) if record in self._looked_up else self.inner.wraps_of(record, key)

    def drop(self) -> None:
        """Forget what is gathered, and what was looked up."""
        self.look_up(frozenset())
        self.epochs: list[tuple[bytes, Epoch]] = []
        self.wraps: list[tuple[bytes, Wrap]] = []
        self.sealed: list[tuple[bytes, bytes, bytes, int, bytes]] = []

    def take(
        self,
        epochs: Sequence[tuple[bytes, Epoch]],
        wraps: Sequence[tuple[bytes, Wrap]],
        grants: Sequence[tuple[bytes, bytes, bytes, int, bytes]],
    ) -> None:
        """Keep epochs and wraps that devices brought in signed requests, and sealed grants."""
        if not self._stores.is_at_work():
            self.inner.take(epochs, wraps, grants)
            return
        self.epochs += epochs
        self.wraps += wraps
        self.sealed += grants


class Gathered:
    """`Stores` whose rows are gathered inside a unit; a municipality works with these, whatever its database."""

    def __init__(self, inner: Stores, copied: Copied | None = None) -> None:
        self.inner = inner
        self.awaited, self.let_go = inner.awaited, inner.let_go
        self._copied = copied
        self.wanted = Wanted()
        self._owner: int | None = get_ident()
        self._in_unit = False
        self._rows = GatheredJournal(inner.journal, self)
        self._keys = GatheredKeys(inner.keys, self)
        self.journal = cast(UnitJournal, self._rows)
        self.keys = cast(KeyStore, self._keys)

    def is_at_work(self) -> bool:
        """True if this thread is inside a unit: it alone sees what is gathered."""
        return self._in_unit and get_ident() == self._owner

    def load(self, wanted: Wanted) -> None:
        """Read in one piece what is needed next."""
        self.flush()
        self.wanted, self._rows.loaded = wanted, self.inner.journal.load(wanted)
        if wanted.opened:
            self._keys.look_up(wanted.opened)

    def flush(self) -> None:
        """Write what is gathered, and forget what was loaded."""
        self.wanted = Wanted()
        group = self._rows.take()
        keys = self._keys
        if keys.epochs or keys.wraps or keys.sealed:
            brought = {"epochs": tuple(keys.epochs), "wraps": tuple(keys.wraps), "sealed": tuple(keys.sealed)}
            group = msgspec.structs.replace(group or Group(), **brought)
        keys.drop()
        if group is not None:
            self.inner.write(group)

    def drop(self) -> None:
        """Forget what is gathered and loaded."""
        self.wanted = Wanted()
        self._rows.drop()
        self._keys.drop()

    # --- as the stores below do it ---

    def claim(self) -> None:
        """Let this thread write, and see what it writes before it is committed, and no other."""
        self._owner = get_ident()
        self.inner.claim()

    def release(self) -> None:
        """Let no thread see what is not committed, until one claims it."""
        self._owner = None
        self.inner.release()

    def begin(self) -> None:
        """Begin a unit."""
        self.drop()
        self.inner.begin()
        self._in_unit = True

    def commit(self) -> None:
        """Write what is gathered and commit it."""
        self.flush()
        self.inner.commit()
        self._in_unit = False

    def abandon(self) -> None:
        """Leave nothing of the unit."""
        self._in_unit = False
        self.drop()
        self.inner.abandon()

    def alone(self, work: Callable[[], T]) -> Outcome[T]:
        """Run a part of a unit so that, if it fails, nothing of it is left and the rest goes on."""

        def whole() -> T:
            done = work()
            self.flush()
            return done

        self.flush()
        done, error = self.inner.alone(whole)
        if error is not None:
            self.drop()
        return done, error

    @contextmanager
    def unit(self) -> Iterator[None]:
        """A whole unit of this thread: committed at the end, or abandoned at an error."""
        before, self._owner = self._owner, get_ident()
        try:
            with self.inner.unit():
                self.drop()
                self._in_unit = True
                yield
                self.flush()
        finally:
            self._in_unit, self._owner = False, before
            self.drop()

    def failure(self, error: BaseException) -> BackendError | None:
        """An error of the store itself in the house's words; nothing for any other."""
        return self.inner.failure(error)

    def durable(self, position: int) -> int:
        """Up to which position the journal outlives the machine, once the unit that reached `position` is committed."""
        return min(self.inner.durable(position), position if self._copied is None else self._copied.position)

    def rest(self) -> None:
        """Hold no files and little memory until something is asked; outside a unit. The thread that wrote may end, and
        another may get its number: so none sees what is not committed until one claims it."""
        self.drop()
        self.inner.rest()
        self.release()

    def cut(self) -> list[str]:
        """Leave nothing of what was deleted or overwritten in any log or cache."""
        return self.inner.cut()

    def close(self) -> None:
        """Let go; what was committed stays."""
        self.inner.close()
