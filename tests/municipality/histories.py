"""A journal alone, on any database, taken into as a server takes in, and histories of entries and facts for it."""

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

from backend.municipality.intake import Intake
from backend.municipality.state import Ledger
from backend.stores.gathered import Gathered
from backend.stores.group import Wanted
from backend.stores.ledger import Engine
from sync.admission import merge
from sync.authority import readers
from sync.check_vectors import book_of
from sync.entry import Entry, Seen, encode_header, entry_hash, header_of, record_id
from sync.exchange import Checked
from sync.factbook import FactBook
from sync.facts import WORKER, Certificate, Erasure, Fact, Grant, Revocation, SetAside
from sync.merge import EMPTY, Arrival
from tests.sync.test_fact_laws import DEVICES, KEY, RECORDS, TOWN, fact

TOUCHES: Final = [bytes([n]) * 8 for n in (7, 8)]
NOW: Final = 1_772_600_000_000


class Store:
    """A journal alone, taken into as the server takes in, and everything that came."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        folder.mkdir()
        engine.create(folder)
        self.stores = Gathered(engine.open(folder))
        self.journal = self.stores.journal
        with self.stores.unit():
            self.journal.begin_life(b"l" * 16, NOW, "set up")
        self.ledger = Ledger(self.journal)
        self.intake = Intake(self.journal, self.ledger)
        self.facts: list[Fact] = []
        self.entries: list[Checked] = []

    def take(self, items: list[Fact | list[Checked]]) -> None:
        """One unit of work."""
        with self.stores.unit():
            self.ledger.begin()
            for item in items:
                if isinstance(item, list):
                    headers = [checked.header for checked in item]
                    self.stores.load(Wanted(frozenset(h.device for h in headers), frozenset(h.record for h in headers)))
                    self.intake.take_entries([(checked, NOW) for checked in item])
                    self.entries += item
                elif not self.journal.has_fact(item):
                    self.intake.take_fact(item, NOW)
                    self.facts.append(item)
        self.ledger.adopt()

    def found(self) -> Mapping[str, Any]:
        """What the tables of the journal say."""
        rows = {record: self.journal.record(record) for record in RECORDS}
        return {
            "granted": {record: self.journal.granted_of(record) for record in RECORDS},
            "readers": {record: {*row.readers} if row else set() for record, row in rows.items()},
            "held": {hash_: why for record in RECORDS for hash_, _, _, why, _ in self.journal.held_of(record)},
            "fields": {record: fields(row.state if row else EMPTY) for record, row in rows.items()},
        }

    def expected(self) -> Mapping[str, Any]:
        """The same from nothing: the set of facts and entries, and no journal."""
        book = book_of(self.facts)
        merged = merge([Arrival(checked.header, checked.hash, NOW) for checked in self.entries], book)
        granted = {r: {d for d in DEVICES if book.granted(r, d)} for r in RECORDS}
        return {
            "granted": granted,
            "readers": {record: self._readers(record, granted[record], book) for record in RECORDS},
            "held": dict(merged.held),
            "fields": {record: fields(merged.records.get(record, EMPTY)) for record in RECORDS},
        }

    def _readers(self, record: bytes, granted: set[bytes], book: FactBook) -> set[bytes]:
        there = {checked.header.device for checked in self.entries if checked.header.record == record}
        holders = granted | {device for device in there if record_id(device, KEY) == record}
        return {*readers(record, [one for h in holders for one in (h, *book.heirs(h))], book)}


def fields(state: Any) -> Mapping[bytes, list[bytes]]:
    return {touch: [dot.hash for dot in state.survivors(touch)] for touch in state.touches}


def entries(random: Random, heads: dict[bytes, Checked]) -> list[Checked]:
    """A short push of one device, which has seen some of what others wrote."""
    device, pushed = random.choice(DEVICES), []
    for _ in range(random.randint(1, 3)):
        last, record = heads.get(device), random.choice(RECORDS)
        seen = {
            c.header.device: Seen(c.header.device, c.header.seq, c.hash[:8])
            for c in heads.values()
            if c.header.record == record and (c.header.device == device or random.random() < 0.6)
        }
        touches = tuple(random.sample(TOUCHES, random.randint(1, 2)))
        seq, at = (last.header.seq if last else 0) + 1, (NOW - random.randrange(9) << 16)
        header = header_of(TOWN, device, seq, at, record, KEY, "write", tuple(seen.values()), touches)
        raw, prev = encode_header(header), last.hash if last else bytes(32)
        hash_ = entry_hash(prev, raw, bytes(32))
        heads[device] = Checked(Entry(prev, raw, b"body", None, bytes(64)), header, hash_, bytes(32))
        pushed.append(heads[device])
    return pushed


def history(seed: int) -> list[Fact | list[Checked]]:
    """Facts and pushes; each device is certified once, and only certified ones set entries aside, as on a server."""
    random, heads = Random(seed), dict[bytes, Checked]()
    certified: set[bytes] = set()
    made: list[Fact | list[Checked]] = []
    while len(made) < 40:
        item: Fact | list[Checked] = entries(random, heads) if random.random() < 0.4 else fact(random)
        if isinstance(item, Certificate):
            if item.device in certified:
                continue
            certified.add(item.device)
        if certified and heads and random.random() < 0.1:
            checked, by = random.choice([*heads.values()]), random.choice((None, *sorted(certified)))
            made.append(SetAside(TOWN, checked.header.record, checked.hash, random.choice(("open", "declined")), by))
        elif not isinstance(item, SetAside) and not (isinstance(item, Erasure | Revocation) and random.random() < 0.7):
            made.append(item)
    return made


def in_units(random: Random, items: list[Fact | list[Checked]], store: Store) -> None:
    while items:
        size = random.randint(1, 4)
        store.take(items[:size])
        items = items[size:]


def certificate(device: bytes, worker: str, role: str = WORKER, succeeds: bytes | None = None) -> Certificate:
    return Certificate(TOWN, device, worker, role, 1, device, device, NOW, NOW + 1, succeeds)


def first_entry(device: bytes = DEVICES[0]) -> Checked:
    """The entry with which a device makes the first record."""
    header = header_of(TOWN, device, 1, NOW << 16, RECORDS[0], KEY, "write", (), (TOUCHES[0],))
    raw = encode_header(header)
    return Checked(Entry(bytes(32), raw, b"body", None, bytes(64)), header, entry_hash(bytes(32), raw, b""), b"")


def revoked(device: bytes) -> Revocation:
    return Revocation(TOWN, device, 0, bytes(32), 0, NOW)


def grant(to: bytes, by: bytes | None) -> Grant:
    return Grant(TOWN, RECORDS[0], KEY, to, 1, bytes(32), by)
