"""The laws of the merge, over alphabets so small that collisions happen (sync/SPEC.md section 4)."""

from collections import Counter
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.admission import ERASED, FactSet, Held, Present, merge, take
from sync.authority import Gift
from sync.check_vectors import published
from sync.clock import pack
from sync.entry import Header, Seen, record_id
from sync.merge import EMPTY, Arrival, RecordState, standing
from tests.sync.reference import knows, reference

DEVICES = [bytes([n]) * 16 for n in (1, 2, 3)]
KEY = b"k" * 16
RECORDS = [record_id(DEVICES[0], KEY), record_id(DEVICES[1], KEY)]
TOUCHES = [bytes([n]) * 8 for n in (7, 8)]


def history(random: Random, size: int = 14, *, honest: bool = False) -> list[Arrival]:
    """Some devices write on two records, mostly honestly about what they had seen, sometimes not."""
    heads = dict.fromkeys(DEVICES, 0)
    made: list[Arrival] = []
    for number in range(size):
        device, record = random.choice(DEVICES), random.choice(RECORDS)
        heads[device] += 1
        act = random.choices(("write", "delete", "restore"), (8, 1, 1))[0]
        touches = tuple(sorted(random.sample(TOUCHES, random.randint(1, 2)))) if act == "write" else ()
        observed = _observed(random, made, device, record, honest)
        key = KEY if honest or random.random() < 0.95 else b"x" * 16
        at = pack((1_000 + random.randrange(6) << 16) + random.randrange(2))
        header = Header(1, "GM9901", device, heads[device], at, record, key, act, observed, touches, None)
        stamp = random.choice((None, 1_000, 1_003))
        made.append(Arrival(header, bytes([number + 1]) * 8 + device + record[:8], stamp))
    return made + _directed(random, made, heads)


def _directed(random: Random, made: list[Arrival], heads: dict[bytes, int]) -> list[Arrival]:
    """Deletes and restores that had seen all of a record, or all but one device: chance alone makes few of them."""
    added: list[Arrival] = []
    for number in range(random.randrange(4)):
        device, record = random.choice(DEVICES), random.choice(RECORDS)
        seen = made if random.random() < 0.5 else [*made, *added]  # in parallel with the others here, or after them
        last = {a.header.device: a for a in seen if a.header.record == record}
        own = [a for a in added if (a.header.record, a.header.device) == (record, device)]
        last.update({device: own[-1]} if own else {})
        if len(last) > 1 and random.random() < 0.4:
            last.pop(random.choice([other for other in last if other != device] or [device]))
        heads[device] += 1
        observed = tuple(sorted(Seen(d, a.header.seq, a.hash[:8]) for d, a in last.items()))
        act, at = random.choice(("delete", "delete", "restore")), pack(1_006 + random.randrange(2) << 16)
        header = Header(1, "GM9901", device, heads[device], at, record, KEY, act, observed, (), None)
        added.append(Arrival(header, bytes([200 + number]) * 8 + device + record[:8], random.choice((None, 1_007))))
    return added


def _observed(random: Random, made: list[Arrival], device: bytes, record: bytes, honest: bool) -> tuple[Seen, ...]:
    seen: dict[bytes, Seen] = {}
    for a in made:
        own = a.header.device == device
        if a.header.record == record and (own or random.random() < 0.5):
            seen[a.header.device] = Seen(a.header.device, a.header.seq, a.hash[:8])
    if not honest and random.random() < 0.1:
        other = random.choice(DEVICES)
        seen[other] = Seen(other, random.randint(1, 9), random.choice([a.hash[:8] for a in made] or [b"spookje!"]))
    if not honest and random.random() < 0.1:
        seen.pop(device, None)
    return tuple(sorted(seen.values()))


def facts_of(random: Random, arrivals: list[Arrival]) -> FactSet:
    def some(chance: float) -> bool:
        return random.random() < chance

    def gift() -> Gift:
        key = KEY if some(0.9) else b"x" * 16
        return Gift(random.choice(RECORDS), key, random.choice(DEVICES), random.choice(DEVICES))

    opened = 0.7 if some(0.5) else 0.2  # by the municipality, or mostly by devices
    return FactSet(
        certificates=frozenset(d for d in DEVICES if some(0.9)),
        grants={r: frozenset(d for d in DEVICES if some(opened)) for r in RECORDS},
        gifts=tuple(gift() for _ in range(random.randrange(5))) if opened < 0.5 else (),
        workers={d: random.choice(("anna", "bert")) for d in DEVICES},
        withdrawals=frozenset((r, w) for r in RECORDS for w in ("anna", "bert") if some(0.15)),
        revocations={random.choice(DEVICES): random.randint(0, 5)} if some(0.2) else {},
        asides=frozenset(a.hash for a in arrivals if some(0.05)),
        erasures=frozenset(r for r in RECORDS if some(0.05)),
        holes={random.choice(DEVICES): ((1, random.randint(1, 3)),)} if some(0.3) else {},
        predecessors={DEVICES[2]: DEVICES[0]} if some(0.3) else {},
        parted=frozenset((a.header.record, a.hash) for a in arrivals if some(0.1)) if some(0.3) else frozenset(),
    )


def world(seed: int) -> tuple[Random, list[Arrival], FactSet]:
    random = Random(seed)
    everything = history(random)
    present = [a for a in everything if random.random() < 0.9]
    return random, present, facts_of(random, everything)


def by_parts(random: Random, arrivals: list[Arrival], facts: FactSet) -> dict[bytes, tuple[RecordState, list[Held]]]:
    """The same set as a server takes it in: in pushes of any size, what is held carried along."""
    there: dict[tuple[bytes, int], Arrival] = {}
    states: dict[bytes, tuple[RecordState, list[Held]]] = {}
    waiting = list(arrivals)
    while waiting:
        size = random.randint(1, 4)
        batch, waiting = waiting[:size], waiting[size:]
        batch = [a for a in batch if (a.header.device, a.header.seq) not in there]
        there.update({(a.header.device, a.header.seq): a for a in batch})
        for record in RECORDS:
            state, held = states.get(record, (EMPTY, []))
            incomplete = {h.arrival.hash for _, hs in states.values() for h in hs if not h.complete}

            def present(device: bytes, seq: int, lost: set[bytes] = incomplete) -> Present | None:
                a = there.get((device, seq))
                return None if a is None else Present(a.header.record, a.hash, a.hash not in lost)

            new = [a for a in batch if a.header.record == record]
            taken = take(state, new, held, present, facts)
            states[record] = (taken.state, list(taken.held))
    return states


def fields(state: RecordState) -> dict[bytes, list[bytes]]:
    return {t: [d.hash for d in state.survivors(t)] for t in state.touches}


SEEDS = st.integers(0, 2**32)


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_the_merge_is_what_the_protocol_says_word_by_word(seed: int) -> None:
    _, arrivals, facts = world(seed)
    assert reference(arrivals, facts) == published(merge(arrivals, facts), facts)


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_the_road_does_not_matter(seed: int) -> None:
    """Any order, any repeats, any split over pushes: the same state."""
    random, arrivals, facts = world(seed)
    expected = published(merge(arrivals, facts), facts)
    road = random.sample(arrivals, len(arrivals))
    assert expected == published(merge(road + random.choices(road, k=3) if road else road, facts), facts)
    states = by_parts(random, road, facts)
    merged = merge(arrivals, facts)
    for record in RECORDS:
        state = merged.records.get(record, EMPTY)
        assert fields(state) == fields(states.get(record, (EMPTY, []))[0])
    held = {h.arrival.hash: h.reason for _, hs in states.values() for h in hs}
    assert dict(merged.held) == held


@given(SEEDS)
@example(53636)  # two who named each other, one above what a revocation leaves
@settings(max_examples=150, deadline=None)
def test_an_edit_is_gone_only_if_somebody_who_had_seen_it_edited_the_field_after(seed: int) -> None:
    _, arrivals, facts = world(seed)
    merged = merge(arrivals, facts)
    good = [a for a in arrivals if a.hash in merged.admitted]
    for record, state in merged.records.items():
        for touch in state.touches:
            touching = [a for a in good if a.header.record == record and touch in a.header.touches]
            alive = {d.hash for d in state.survivors(touch)}
            assert alive, "every touched field keeps a survivor"
            for gone in (a for a in touching if a.hash not in alive):
                assert any(e is not gone and knows(e, gone, facts) for e in touching)


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_nobody_claims_to_have_seen_what_does_not_exist(seed: int) -> None:
    _, arrivals, facts = world(seed)
    there = {(a.header.device, a.header.seq, a.hash[:8], a.header.record) for a in arrivals}
    merged = merge(arrivals, facts)
    for a in arrivals:
        if a.hash in merged.admitted:
            for seen in a.header.observed:
                named = (seen.device, seen.seq, seen.short, a.header.record)
                revoked = seen.seq > facts.revocations.get(seen.device, seen.seq)
                parted = seen.device != a.header.device and facts.names_parted(a.header.record, seen.short)
                assert named in there or facts.in_hole(seen.device, seen.seq) or revoked or parted


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_a_resolved_conflict_stays_resolved_until_an_edit_arrives_that_had_not_seen_it(seed: int) -> None:
    random = Random(seed)
    arrivals = history(random, honest=True)
    facts = FactSet(frozenset(DEVICES), {r: frozenset(DEVICES) for r in RECORDS})
    state = merge(arrivals, facts).records.get(RECORDS[0])
    if state is None or not state.touches:
        return
    touch = state.touches[0]
    last = {a.header.device: a for a in arrivals if a.header.record == RECORDS[0]}
    seq = max((a.header.seq for a in arrivals if a.header.device == DEVICES[0]), default=0) + 1
    observed = tuple(sorted(Seen(d, a.header.seq, a.hash[:8]) for d, a in last.items()))
    answer = Header(1, "GM9901", DEVICES[0], seq, pack(1), RECORDS[0], KEY, "write", observed, (touch,), None)
    resolved = [*arrivals, Arrival(answer, b"antwoord" * 4)]
    assert [b"antwoord" * 4] == fields(merge(resolved, facts).records[RECORDS[0]])[touch]
    seq = max((a.header.seq for a in arrivals if a.header.device == DEVICES[1]), default=0) + 1
    own = tuple(s for s in observed if s.device == DEVICES[1])
    late = Header(1, "GM9901", DEVICES[1], seq, pack(2), RECORDS[0], KEY, "write", own, (touch,), None)
    reopened = merge([*resolved, Arrival(late, b"te laat!" * 4)], facts).records[RECORDS[0]]
    assert {b"antwoord" * 4, b"te laat!" * 4} == set(fields(reopened)[touch])


def test_the_histories_hold_what_the_laws_are_about() -> None:
    """A law that never meets a conflict or a hole proves nothing."""
    seen: Counter[str] = Counter()
    for seed in range(400):
        _, arrivals, facts = world(seed)
        merged = merge(arrivals, facts)
        state: dict[str, Any] = published(merged, facts)
        for record in state["records"].values():
            seen["conflict"] += any(len(alive) > 1 for alive in record["fields"].values())
            seen["deleted"] += record["deleted"]
            seen["contested"] += record["contested"]
        acts = {removal.act for state in merged.records.values() for removal in state.removals}
        seen["a restore that ended a delete"] += acts == {"restore"}
        seen["deletes that know together"] += any(
            record.removals and standing(record).deleted and len(record.removals) > 1
            for record in merged.records.values()
        )
        seen["tie"] += any(
            one.at == two.at
            for record in merged.records.values()
            for group in record.groups
            for one, two in pairwise(group.survivors)
        )
        seen.update(merged.held.values())
        without = msgspec.structs.replace(facts, gifts=())
        seen["by a device's grant"] += merged.admitted != merge(arrivals, without).admitted
        seen["a signer withdrawn"] += (
            merged.admitted != merge(arrivals, msgspec.structs.replace(facts, withdrawals=())).admitted
        )
        seen["named in a hole"] += any(s.named for r in merged.records.values() for s in (g.context for g in r.groups))
    wanted = ("conflict", "deleted", "contested", "incomplete", "uncertified", "revoked", "not-granted", "set-aside")
    directed = ("a restore that ended a delete", "deletes that know together", "tie")
    assert all(
        seen[name] > 3
        for name in (*wanted, *directed, ERASED, "named in a hole", "by a device's grant", "a signer withdrawn")
    ), seen


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_the_merge_is_what_the_protocol_says_over_many_histories(part: int) -> None:
    for seed in range(part * 20_000, (part + 1) * 20_000):
        _, arrivals, facts = world(seed)
        assert reference(arrivals, facts) == published(merge(arrivals, facts), facts), seed
