"""What is derived, in memory: `backend.stores.ledger_derived.Derived` over dictionaries."""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

from backend.stores.group import Group, Loaded, Wanted
from backend.stores.journal_rows import PLAIN, FeedItem, HeldRow, RecordRow, StoredEntry, as_kept
from sync.entry import Entry
from sync.facts import record_of
from tests.stores.contract.memory_log import EntryRow, MemoryLog
from tests.stores.contract.tables import Memory


class MemoryDerived(MemoryLog):
    """Part of a journal in memory."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self._granted, self._given = memory.table("granted"), memory.table("given")

    # --- groups ---

    def load(self, wanted: Wanted) -> Loaded:
        records = self.many_records([*wanted.records])
        held = {record: self.held_of(record) for record in records}
        granted = {record: self.granted_of(record) for record in wanted.opened}
        given = {record for record in wanted.opened if self.has_gifts(record)}
        return Loaded({device: self.last_seq(device) for device in wanted.devices}, records, held, granted, given)

    def write(self, group: Group) -> None:
        for position, c, received in group.entries:
            header = c.header
            assert position not in self._entry and (header.device, header.seq) not in self._place
            self._entry[position] = EntryRow(c.hash, header.device, header.seq, header.record, received, as_kept(c))
            self._place[header.device, header.seq] = position
        for record, at, row in group.records:
            known = self._record.get(record)
            self._record[record] = (known[0] if known is not None else len(self._record) + 1, at, row)
        for position, record in group.placed:
            if record in self._record:
                self._placed[record, position] = True
        for record, held in group.held:
            for hash_, *_ in self.held_of(record):
                self._held.drop(hash_)
            for one in held:
                header = one.arrival.header
                self._held[one.arrival.hash] = (record, header.device, header.seq, one.reason, one.complete)
        for item in group.feeds:
            self._feed[item] = True
        for device, tail in group.tails:
            self._tail[device] = tail
        for position, fact, now_ms in group.facts:
            self.append_fact(position, fact, now_ms)
        for record, device in group.granted:
            self.note_grant(record, device)

    # --- records ---

    def record(self, record: bytes) -> RecordRow | None:
        found = self._record.get(record)
        return None if found is None else found[2]

    def many_records(self, records: Sequence[bytes]) -> dict[bytes, RecordRow]:
        return {record: row for record in records if (row := self.record(record)) is not None}

    def records_changed_at(self, position: int) -> list[bytes]:
        return [record for record, (_, at, _) in self._record.rows().items() if at == position]

    def mark_dirty(self, records: Iterable[bytes]) -> None:
        for record in records:
            self._dirty[record] = True

    def dirty(self) -> list[bytes]:
        return list(self._dirty.rows())

    def clean(self, looked_at: Iterable[tuple[bytes, bytes]]) -> None:
        for record, standing in looked_at:
            if self.standing(record) == standing:
                self._dirty.drop(record)

    def standing(self, record: bytes) -> bytes:
        row = self.record(record)
        entries = [(s.position, s.received, s.entry.body is None) for s in self.entries_of(record)]
        held = sorted((hash_, reason, complete) for hash_, _, _, reason, complete in self.held_of(record))
        forked = sorted((hash_, received) for hash_, _, received in self.forked_of(record))
        return sha256(repr((row and row.state, entries, held, forked)).encode()).digest()

    def record_numbers(self) -> int:
        return max((number for number, _, _ in self._record.rows().values()), default=0)

    def numbered(self, after: int, until: int) -> list[bytes]:
        found = sorted((number, record) for record, (number, _, _) in self._record.rows().items())
        return [record for number, record in found if after < number <= until]

    def existing(self, records: Sequence[bytes]) -> set[bytes]:
        return {record for record in records if record in self._record}

    def entry_counts(self, records: Sequence[bytes]) -> dict[bytes, int]:
        counts = {record: len(self.entries_of(record)) for record in records}
        return {record: count for record, count in counts.items() if count}

    def many_entries(self, records: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
        return {record: found for record in records if (found := self.entries_of(record))}

    def many_held(self, records: Sequence[bytes]) -> dict[bytes, list[tuple[bytes, bytes, str]]]:
        rows = {record: sorted((h, d, why) for h, d, _, why, _ in self.held_of(record)) for record in records}
        return {record: found for record, found in rows.items() if found}

    def many_forked(self, records: Sequence[bytes]) -> dict[bytes, list[tuple[bytes, Entry, int]]]:
        return {record: found for record in records if (found := self.forked_of(record))}

    # --- what is held ---

    def held_of(self, record: bytes) -> Sequence[HeldRow]:
        rows = self._held.where(lambda _, row: row[0] == record)
        return [(hash_, device, seq, reason, complete) for hash_, (_, device, seq, reason, complete) in rows.items()]

    def held_count(self) -> int:
        return len(self._held)

    def incomplete_records(self) -> list[bytes]:
        return list({row[0]: None for row in self._held.rows().values() if row[3] == "incomplete"})

    def held_records_of(self, device: bytes) -> list[bytes]:
        return list({row[0]: None for row in self._held.rows().values() if row[1] == device})

    def is_incomplete(self, hash_: bytes) -> bool:
        row = self._held.get(hash_)
        return row is not None and not row[4]

    def first_counting(self, record: bytes, device: bytes) -> int | None:
        held = {hash_ for hash_, *_ in self.held_of(record)}
        rows = [self._entry.at(stored.position) for stored in self.entries_of(record) if stored.hash not in held]
        return min((row.seq for row in rows if row.device == device), default=None)

    # --- who is sent what ---

    def readers_of(self, record: bytes) -> tuple[bytes, ...]:
        row = self.record(record)
        return row.readers if row is not None else ()

    def has_access(self, device: bytes, record: bytes) -> bool:
        return device in self.readers_of(record)

    def held_by(self, device: bytes) -> list[bytes]:
        wrote = {row.record for row in self._entry.rows().values() if row.device == device}
        return list(wrote | {record for record, one in self._granted.rows() if one == device})

    def end_delivery(self, device: bytes, record: bytes) -> None:
        places = {*self.places_of([(record, 0, 1 << 62)], desk=True)[0]}
        entries = {at for one, at in self._placed.rows() if one == record}
        places |= {at for at, entry in self._again.rows().items() if entry in entries}
        self._feed.drop_where(
            lambda key, _: key[0] == device and (key[2] == record or (key[1] in places and key[2] == PLAIN))
        )

    def end_feed(self, device: bytes) -> None:
        self._feed.drop_where(lambda key, _: key[0] == device)

    def unfeed(self, device: bytes, after_seq: int, kept: Iterable[bytes]) -> None:
        entries = {at for at, row in self._entry.rows().items() if row.device == device and row.seq > after_seq}
        places = entries | {at for at, entry in self._again.rows().items() if entry in entries}
        spared = {*kept}
        self._feed.drop_where(lambda key, _: key[1] in places and key[0] not in spared)

    def feed_after(self, device: bytes, position: int, record: bytes, limit: int) -> list[FeedItem]:
        due = sorted((at, granted) for one, at, granted in self._feed.rows() if one == device)
        return [FeedItem(*item) for item in due if item > (position, record)][:limit]

    def places_of(self, wanted: Sequence[tuple[bytes, int, int]], *, desk: bool) -> list[list[int]]:
        return [self._places_of(record, after, until, desk=desk) for record, after, until in wanted]

    def _places_of(self, record: bytes, after: int, until: int, *, desk: bool) -> list[int]:
        found = {at for one, at in self._placed.rows() if one == record}
        found |= {at for at, stored in self._fact.rows().items() if record_of(stored.fact) == record}
        if not desk:
            kept = [(device, seq) for _, device, seq, reason, _ in self.held_of(record) if reason == "revoked"]
            found -= {self._place.get(place) for place in kept}
        return sorted(at for at in found if after < at < until)

    def was_granted(self, record: bytes, device: bytes) -> bool:
        return (record, device) in self._granted

    def granted_of(self, record: bytes) -> set[bytes]:
        return {device for one, device in self._granted.rows() if one == record}

    def note_grant(self, record: bytes, device: bytes) -> None:
        self._granted[record, device] = True

    def set_granted(self, record: bytes, devices: Collection[bytes]) -> None:
        self._granted.drop_where(lambda key, _: key[0] == record)
        for device in devices:
            self._granted[record, device] = True

    def note_gift(self, record: bytes, device: bytes) -> None:
        self._given[record, device] = True

    def has_gifts(self, record: bytes) -> bool:
        return any(one == record for one, _ in self._given.rows())

    def given_by(self, device: bytes) -> list[bytes]:
        return [record for record, one in self._given.rows() if one == device]

    def records_with_gifts(self) -> list[bytes]:
        return list({record: None for record, _ in self._given.rows()})

    def holders_of(self, record: bytes) -> set[bytes]:
        authors = {self._entry.at(stored.position).device for stored in self.entries_of(record)}
        row = self.record(record)
        return authors | self.granted_of(record) | {*(row.readers if row is not None else ())}
