"""The log in memory: `backend.stores.ledger_log.Log` over dictionaries, without a line of SQL."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from backend.stores.journal_rows import PLAIN, Broken, FeedItem, Size, StoredEntry, StoredFact, without_body
from sync.entry import Entry, parse_header
from sync.exchange import Checked
from sync.facts import Fact, Grant, encode_fact, purpose_of, record_of
from sync.messages import Place
from tests.stores.contract.tables import Memory

ACCESS_KINDS = ("grant", "assignment", "withdrawal")


class EntryRow(NamedTuple):
    """An entry with what it is filed under."""

    hash: bytes
    device: bytes
    seq: int
    record: bytes
    received: int
    entry: Entry

    def stored(self, position: int) -> StoredEntry:
        """The entry as a journal gives it out."""
        return StoredEntry(position, self.hash, self.received, self.entry)


class ForkedRow(NamedTuple):
    """An entry that is kept apart."""

    device: bytes
    seq: int
    entry: Entry
    received: int
    record: bytes


class DisplacedRow(NamedTuple):
    """A position whose entry was displaced."""

    place: bytes
    record: bytes
    hash: bytes
    told: bool


class MemoryLog:
    """Part of a journal in memory."""

    def __init__(self, memory: Memory) -> None:
        table = memory.table
        self._meta, self._life, self._entry, self._place = table("meta"), table("life"), table("entry"), table("place")
        self._fact, self._tail, self._forked, self._again = (
            table("fact"),
            table("tail"),
            table("forked"),
            table("again"),
        )
        self._displaced, self._record, self._placed = table("displaced"), table("record"), table("placed")
        self._held, self._feed, self._dirty = table("held"), table("feed"), table("dirty")

    def meta(self, name: str) -> bytes | None:
        found: bytes | None = self._meta.get(name)
        return found

    def set_meta(self, name: str, value: bytes) -> None:
        self._meta[name] = value

    def life(self) -> bytes:
        lives = self._life.rows()
        return lives[max(lives)][0] if lives else b""

    def begin_life(self, life: bytes, now_ms: int, why: str) -> None:
        self._life[self._life.next()] = (life, now_ms, why)

    def last_position(self) -> int:
        tables = (self._entry, self._fact, self._again, self._displaced)
        return max((max(table.rows(), default=0) for table in tables), default=0)

    def append_fact(self, position: int, fact: Fact, now_ms: int) -> None:
        self._fact[position] = StoredFact(position, now_ms, fact)

    def lower_stamp(self, hash_: bytes, device: bytes, seq: int, received: int) -> bool:
        position, row = self._row_at(device, seq)
        if row is None or row.hash != hash_ or row.received <= received:
            return False
        self._entry[position] = row._replace(received=received)
        return True

    def _row_at(self, device: bytes, seq: int) -> tuple[int, EntryRow | None]:
        position = self._place.get((device, seq))
        return (0, None) if position is None else (position, self._entry.get(position))

    def _of_device(self, device: bytes) -> list[tuple[int, int, EntryRow]]:
        """The entries of a device: seq, position, row; in order of seq."""
        return sorted((row.seq, at, row) for at, row in self._entry.rows().items() if row.device == device)

    def tails(self) -> dict[bytes, Place]:
        return dict(self._tail.rows())

    def hash_at(self, device: bytes, seq: int) -> bytes | None:
        row = self._row_at(device, seq)[1]
        return None if row is None else row.hash

    def at(self, device: bytes, seq: int) -> tuple[bytes, bytes] | None:
        row = self._row_at(device, seq)[1]
        return None if row is None else (row.record, row.hash)

    def last_seq(self, device: bytes) -> int:
        return max((seq for one, seq in self._place.rows() if one == device), default=0)

    def first_after(self, device: bytes, position: int) -> int | None:
        return min((seq for seq, at, _ in self._of_device(device) if at > position), default=None)

    def stamps(self, device: bytes, first: int, last: int) -> list[tuple[int, int]]:
        return [(seq, row.received) for seq, _, row in self._of_device(device) if first <= seq <= last]

    def own_after(self, device: bytes, seq: int, limit: int) -> list[StoredEntry]:
        return [row.stored(at) for own, at, row in self._of_device(device) if own > seq][:limit]

    def entries_of(self, record: bytes, after: int = 0, until: int = 1 << 62, limit: int = -1) -> list[StoredEntry]:
        places = sorted(at for one, at in self._placed.rows() if one == record and after < at < until)
        found = [row.stored(at) for at in places if (row := self._entry.get(at)) is not None]
        return found if limit < 0 else found[:limit]

    def records_of_device(self, device: bytes) -> list[bytes]:
        return list({row.record: None for row in self._entry.rows().values() if row.device == device})

    def changed_records(self, after: int, until: int) -> list[bytes]:
        found = {row.record for at, row in self._entry.rows().items() if after < at <= until}
        found |= {r for kind, r in self._facts_within(after, until) if kind not in ACCESS_KINDS}
        again = [entry for at, entry in self._again.rows().items() if after < at <= until]
        return list(found | {row.record for at in again if (row := self._entry.get(at)) is not None})

    def opened_up_records(self, after: int, until: int) -> set[bytes]:
        return {record for kind, record in self._facts_within(after, until) if kind in ACCESS_KINDS}

    def _facts_within(self, after: int, until: int) -> Iterator[tuple[str, bytes]]:
        for stored in self.facts_between(after, until):
            record = record_of(stored.fact)
            if record is not None:
                yield purpose_of(stored.fact), record

    def place_at(self, position: int) -> bytes | None:
        row = self._entry.get(position)
        if row is not None:
            return bytes(row.hash[:8])
        fact = self.fact_at(position)
        if fact is not None:
            return fact.place
        again = self.again_at(position)
        if again is not None:
            return self.place_at(again)
        displaced = self._displaced.get(position)
        return None if displaced is None else displaced.place

    def entry_at(self, position: int) -> StoredEntry | None:
        row = self._entry.get(position)
        return None if row is None else row.stored(position)

    def sent_at(self, positions: Sequence[int]) -> dict[int, StoredEntry | StoredFact]:
        found: dict[int, StoredEntry | StoredFact] = {}
        for at in positions:
            again = self.again_at(at)
            sent = None if again is None else self.entry_at(again)
            one = self.entry_at(at) or self.fact_at(at) or (sent and sent._replace(position=at))
            if one is not None:
                found[at] = one
        return found

    def entry_named(self, record: bytes, hash_: bytes) -> StoredEntry | None:
        return next((stored for stored in self.entries_of(record) if stored.hash == hash_), None)

    def fact_at(self, position: int) -> StoredFact | None:
        found: StoredFact | None = self._fact.get(position)
        return found

    def facts(self, kind: str | None = None, record: bytes | None = None) -> Iterator[StoredFact]:
        for _, stored in sorted(self._fact.rows().items()):
            if kind is not None and purpose_of(stored.fact) != kind:
                continue
            if kind is None and record is not None and record_of(stored.fact) != record:
                continue
            yield stored

    def payloads(self, kind: str) -> list[bytes]:
        return [encode_fact(stored.fact) for stored in self.facts(kind)]

    def facts_after(self, position: int) -> Iterator[StoredFact]:
        return (stored for stored in self.facts() if stored.position > position)

    def facts_between(self, after: int, until: int) -> list[StoredFact]:
        return [stored for stored in self.facts() if after < stored.position <= until]

    def has_fact(self, fact: Fact) -> bool:
        return any(stored.fact == fact for stored in self._fact.rows().values())

    def grants_of(self, record: bytes) -> list[Grant]:
        return [stored.fact for stored in self.facts(record=record) if isinstance(stored.fact, Grant)]

    def is_erased(self, record: bytes) -> bool:
        return any(purpose_of(stored.fact) == "erasure" for stored in self.facts(record=record))

    def lacks_body(self, device: bytes, seq: int) -> bool:
        row = self._row_at(device, seq)[1]
        return row is not None and row.entry.body is None

    def give_body(self, device: bytes, seq: int, body: bytes) -> int:
        position, row = self._row_at(device, seq)
        assert row is not None
        entry = row.entry
        self._entry[position] = row._replace(entry=Entry(entry.prev, entry.header, body, None, entry.sig))
        return position

    def position_of(self, device: bytes, seq: int) -> int:
        return self._row_at(device, seq)[0]

    def place_again(self, position: int, entry_position: int) -> None:
        self._again[position] = entry_position

    def again_at(self, position: int) -> int | None:
        found: int | None = self._again.get(position)
        return found

    def last_global_fact(self) -> int:
        return max((at for at, stored in self._fact.rows().items() if record_of(stored.fact) is None), default=0)

    def global_facts_after(self, position: int, limit: int) -> list[FeedItem]:
        found = (FeedItem(s.position, PLAIN) for s in self.facts_after(position) if record_of(s.fact) is None)
        return [*islice(found, limit)]

    def size(self) -> Size:
        return Size(len(self._entry), len(self._record), len(self._life))

    # --- entries that parted ---

    def forked_count(self) -> int:
        return len(self._forked)

    def keep_forked(self, items: Iterable[Checked], now_ms: int) -> None:
        for c in items:
            header = c.header
            kept = without_body(c.entry) if self.is_erased(header.record) else c.entry
            self._forked.keep(c.hash, ForkedRow(header.device, header.seq, kept, now_ms, header.record))
            self._dirty[header.record] = True

    def _forked_sorted(self) -> list[tuple[bytes, ForkedRow]]:
        return sorted(self._forked.rows().items(), key=lambda item: (item[1].device, item[1].seq))

    def forked_elsewhere(self) -> list[tuple[bytes, bytes, bytes]]:
        return [(hash_, r.device, r.record) for hash_, r in self._forked_sorted() if r.record not in self._record]

    def forked_of(self, record: bytes) -> list[tuple[bytes, Entry, int]]:
        return [(hash_, row.entry, row.received) for hash_, row in self._forked_sorted() if row.record == record]

    def forked_seqs(self, device: bytes) -> list[int]:
        return sorted({row.seq for row in self._forked.rows().values() if row.device == device})

    def links_at(self, device: bytes, seq: int) -> dict[bytes, bytes]:
        apart = {h: r.entry.prev for h, r in self._forked.rows().items() if (r.device, r.seq) == (device, seq)}
        row = self._row_at(device, seq)[1]
        return apart | ({} if row is None else {row.hash: row.entry.prev})

    def stamp_at(self, device: bytes, seq: int) -> int | None:
        row = self._row_at(device, seq)[1]
        return None if row is None else row.received

    def forked_at(self, device: bytes, seq: int) -> list[bytes]:
        return sorted(h for h, row in self._forked.rows().items() if (row.device, row.seq) == (device, seq))

    def forked_place(self, hash_: bytes) -> tuple[bytes, int] | None:
        row = self._forked.get(hash_)
        return None if row is None else (row.device, row.seq)

    def take_back(self, hash_: bytes) -> tuple[Entry, int] | None:
        row = self._forked.get(hash_)
        if row is None:
            return None
        self._forked.drop(hash_)
        return row.entry, row.received

    def no_longer_forked(self, hashes: Iterable[bytes]) -> None:
        for hash_ in hashes:
            self._forked.drop(hash_)

    def displace(self, device: bytes, seq: int) -> StoredEntry | None:
        position, row = self._row_at(device, seq)
        if row is None:
            return None
        again = [at for at, entry in self._again.rows().items() if entry == position]
        for at in (position, *again):
            self._displaced[at] = DisplacedRow(row.hash[:8], row.record, row.hash, at != position)
            for key in [key for key in self._feed.rows() if key[1:] == (at, PLAIN)]:
                self._feed.drop(key)
            self._again.drop(at)
        self._forked.keep(row.hash, ForkedRow(device, seq, row.entry, row.received, row.record))
        self._placed.drop((row.record, position))
        self._entry.drop(position)
        self._place.drop((device, seq))
        self._held.drop(row.hash)
        self._dirty[row.record] = True
        return row.stored(position)

    def bytes_above(self, device: bytes, seq: int) -> int:
        rows = [row.entry for own, _, row in self._of_device(device) if own > seq]
        apart = [row.entry for row in self._forked.rows().values() if row.device == device]
        return sum(len(entry.header) + len(entry.body or b"") + 256 for entry in (*rows, *apart))

    def forget_bodies(self, record: bytes) -> int:
        count = 0
        for stored in self.entries_of(record):
            if stored.entry.body is not None:
                row = self._entry.at(stored.position)
                entry = stored.entry
                bare = Entry(entry.prev, entry.header, None, sha256(entry.body or b"").digest(), entry.sig)
                self._entry[stored.position] = row._replace(entry=bare)
                count += 1
        for hash_, row in self._forked.where(lambda _, row: row.record == record).items():
            if row.entry.body is not None:
                self._forked[hash_] = row._replace(entry=without_body(row.entry))
                count += 1
        return count

    # --- what is verified ---

    def entries_between(self, after: int, until: int) -> list[tuple[tuple[bytes, int, bytes], StoredEntry]]:
        rows = sorted((at, row) for at, row in self._entry.rows().items() if after < at <= until)
        return [((row.device, row.seq, row.record), row.stored(at)) for at, row in rows]

    def held_before(self, device: bytes, seq: int) -> int:
        return max((own for own, _, _ in self._of_device(device) if own < seq), default=0)

    def broken_links(self, device: bytes, after: int, until: int) -> list[Broken]:
        found = []
        for seq, _, row in self._of_device(device):
            before = self._row_at(device, seq - 1)[1]
            fits = row.entry.prev == (bytes(32) if seq == 1 else None if before is None else before.hash)
            if after < seq <= until and not fits:
                has = before is not None
                found.append(Broken(seq, seq - 1 if seq == 1 or has else self.held_before(device, seq), has))
        return found


def record_of_entry(entry: Entry) -> bytes:
    """The record that an entry's header names."""
    return parse_header(entry.header).record
