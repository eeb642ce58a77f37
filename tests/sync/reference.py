"""Protocol section 4, word by word and slowly: sets, no contexts, no shortcuts. What `sync.merge` must equal."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from sync.admission import FactSet
from sync.authority import Gift
from sync.facts import DECLINED, PARTED, Certificate, Erasure, Fact, Grant, Hole, Revocation, SetAside, Withdrawal
from sync.merge import Arrival


def knows(e: Arrival, d: Arrival, facts: FactSet) -> bool:
    """An entry knows another of the same record if it names its device with that seq or a later one."""
    for seen in e.header.observed:
        if seen.device != d.header.device or seen.seq < d.header.seq:
            continue
        if e.header.device == d.header.device:
            return True
        ended = seen.seq > facts.revocations.get(seen.device, seen.seq)
        gone = (e.header.record, seen.short) in {(record, hash_[:8]) for record, hash_ in facts.parted}
        lost = ended or gone or facts.in_hole(d.header.device, d.header.seq) or facts.in_hole(seen.device, seen.seq)
        return (seen.seq, seen.short) == (d.header.seq, d.hash[:8]) if lost else True
    return False


def complete(e: Arrival, everything: list[Arrival], facts: FactSet) -> bool:
    for seen in e.header.observed:
        if seen.device == e.header.device and seen.seq >= e.header.seq:
            return False
        if facts.in_hole(seen.device, seen.seq) or seen.seq > facts.revocations.get(seen.device, seen.seq):
            continue
        gone = {hash_[:8] for record, hash_ in facts.parted if record == e.header.record}
        if seen.device != e.header.device and seen.short in gone:
            continue
        there = [
            a
            for a in everything
            if (a.header.device, a.header.seq, a.header.record) == (seen.device, seen.seq, e.header.record)
            and a.hash[:8] == seen.short
        ]
        if not there or (seen.device == e.header.device and not complete(there[0], everything, facts)):
            return False
    return True


def may_write(e: Arrival, facts: FactSet) -> bool:
    """Let grants pass from whoever may write already, again and again until nobody is added."""
    record = e.header.record
    may = set(facts.grants.get(record, ()))

    def counts(device: bytes, key: bytes) -> bool:
        writer: bytes | None = device
        for _ in range(len(facts.predecessors) + 1):
            if writer is None:
                return False
            if sha256(b"veldpost/1/record" + writer + key).digest()[:16] == record or writer in may:
                return True
            writer = facts.predecessors.get(writer)
        return False

    for _ in facts.gifts:
        for gift in facts.gifts:
            if gift.by is None:
                continue
            ended = gift.by in facts.revocations or (record, facts.workers.get(gift.by, "")) in facts.withdrawals
            if gift.record == record and gift.by in facts.certificates and not ended and counts(gift.by, gift.key):
                may.add(gift.to)
    return counts(e.header.device, e.header.key)


def facts_of(facts: Iterable[Fact]) -> FactSet:
    """The facts of a journal or a device as plain sets."""
    every = list(facts)
    certificates = [fact for fact in every if isinstance(fact, Certificate)]
    holes: dict[bytes, tuple[tuple[int, int], ...]] = {}
    revoked: dict[bytes, int] = {}
    for fact in every:
        if isinstance(fact, Hole):
            holes[fact.device] = (*holes.get(fact.device, ()), (fact.first, fact.last))
        if isinstance(fact, Revocation):
            revoked[fact.device] = min(fact.last_seq, revoked.get(fact.device, fact.last_seq))
    grants = [fact for fact in every if isinstance(fact, Grant)]
    return FactSet(
        certificates=frozenset(c.device for c in certificates),
        grants={g.record: frozenset(o.to for o in grants if o.record == g.record and o.by is None) for g in grants},
        gifts=tuple(Gift(g.record, g.key, g.by, g.to) for g in grants if g.by is not None),
        workers={c.device: c.worker for c in certificates},
        withdrawals=frozenset((f.record, f.worker) for f in every if isinstance(f, Withdrawal)),
        revocations=revoked,
        asides=frozenset(f.hash for f in every if isinstance(f, SetAside) and f.reason != DECLINED),
        parted=frozenset(
            (f.record, f.hash) for f in every if isinstance(f, SetAside) and (f.reason, f.by) == (PARTED, None)
        ),
        erasures=frozenset(f.record for f in every if isinstance(f, Erasure)),
        holes=holes,
        predecessors={c.device: c.succeeds for c in certificates if c.succeeds is not None},
    )


def admitted(e: Arrival, everything: list[Arrival], facts: FactSet) -> bool:
    return (
        e.header.device in facts.certificates
        and e.header.seq <= facts.revocations.get(e.header.device, e.header.seq)
        and may_write(e, facts)
        and e.hash not in facts.asides
        and e.hash not in {hash_ for _, hash_ in facts.parted}
        and e.header.record not in facts.erasures
        and complete(e, everything, facts)
    )


def survivors(touching: list[Arrival], facts: FactSet) -> list[Arrival]:
    alive = [d for d in touching if not any(e is not d and knows(e, d, facts) for e in touching)]

    def shown(a: Arrival) -> tuple[int, bytes, int]:
        at = a.header.clock if a.received is None else min(a.header.clock, a.received << 16)
        return at, a.header.device, a.header.seq

    return sorted(alive, key=shown, reverse=True)


def reference(arrivals: Iterable[Arrival], facts: FactSet) -> dict[str, Any]:
    """The published state of a set of entries and facts."""
    first: dict[tuple[bytes, int], Arrival] = {}
    for a in arrivals:
        known = first.setdefault((a.header.device, a.header.seq), a)
        stamps = [s for s in (known.received, a.received) if s is not None and known.hash == a.hash]
        if stamps:
            first[a.header.device, a.header.seq] = known._replace(received=min(stamps))
    everything = list(first.values())
    good = [a for a in everything if admitted(a, everything, facts)]
    records = {r: [a for a in good if a.header.record == r] for r in {a.header.record for a in good}}
    return {
        "admitted": sorted(a.hash.hex() for a in good),
        "records": {record.hex(): _state(entries, facts) for record, entries in records.items()},
    }


def _state(entries: list[Arrival], facts: FactSet) -> dict[str, Any]:
    touches = {touch for a in entries for touch in a.header.touches}
    fields = {t: survivors([a for a in entries if t in a.header.touches], facts) for t in touches}
    marks = survivors([a for a in entries if a.header.act != "write"], facts)
    deletes = [a for a in marks if a.header.act == "delete"]
    known = all(any(knows(d, s, facts) for d in deletes) for alive in fields.values() for s in alive)
    deleted = bool(deletes) and len(deletes) == len(marks) and known
    return {
        "fields": {t.hex(): [a.hash.hex() for a in alive] for t, alive in fields.items()},
        "deleted": deleted,
        "contested": bool(deletes) and not deleted,
    }
