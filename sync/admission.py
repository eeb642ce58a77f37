"""Admission: entries count that are of certified authors, on records they may write, complete (SPEC.md section 4.1).

What is not admitted is kept and listed, and counts as soon as what it lacked arrives.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple, Protocol

import msgspec

from sync.authority import Gift, granted_devices, holds
from sync.entry import SHORT_HASH, Seen, record_id
from sync.merge import EMPTY, Arrival, RecordState, alone, fold

ADMITTED: Final = "admitted"
UNCERTIFIED: Final = "uncertified"
REVOKED: Final = "revoked"
NOT_GRANTED: Final = "not-granted"
SET_ASIDE: Final = "set-aside"
ERASED: Final = "erased"
INCOMPLETE: Final = "incomplete"

Holes = Mapping[bytes, tuple[tuple[int, int], ...]]
Heads = Mapping[bytes, tuple[int, bytes]]


class Facts(Protocol):
    """The statements of the municipality, as admission asks for them."""

    def certified(self, device: bytes) -> bool:
        """True if the municipality ever certified this device; expiry bounds requests, not admission."""

    def last_good(self, device: bytes) -> int | None:
        """The last seq that a revocation leaves standing; nil if the device is not revoked."""

    def predecessor(self, device: bytes) -> bytes | None:
        """The device whose place this one was certified to take after a fork."""

    def granted(self, record: bytes, device: bytes) -> bool:
        """True if grants that count open the record to the device; withdrawal ends delivery only."""

    def passes_on(self, record: bytes, device: bytes) -> bool:
        """True if a device's own grants of a record count without the municipality's copy."""

    def set_aside(self, hash_: bytes) -> bool:
        """True if a person or the municipality's reader set this entry aside."""

    def erased(self, record: bytes) -> bool:
        """True if the record was erased."""

    def in_hole(self, device: bytes, seq: int) -> bool:
        """True if this place of a device's journal was lost for good and recorded as such."""

    def names_parted(self, record: bytes, short: bytes) -> bool:
        """True if a short hash names an entry of the record that lost its place: another of its device stands there."""


class FactSet(msgspec.Struct, frozen=True):
    """The facts as plain sets: what vectors and tests hand to the merge.

    `grants` are the municipality's; `gifts` are those that devices signed. `withdrawals` are (record, worker),
    `parted` (record, hash) of the entries that were set aside because they lost their place.
    """

    certificates: Collection[bytes] = frozenset()
    grants: Mapping[bytes, Collection[bytes]] = {}
    gifts: Collection[Gift] = ()
    workers: Mapping[bytes, str] = {}
    withdrawals: Collection[tuple[bytes, str]] = ()
    revocations: Mapping[bytes, int] = {}
    asides: Collection[bytes] = frozenset()
    parted: Collection[tuple[bytes, bytes]] = frozenset()
    erasures: Collection[bytes] = frozenset()
    holes: Holes = {}
    predecessors: Mapping[bytes, bytes] = {}

    def certified(self, device: bytes) -> bool:
        return device in self.certificates

    def last_good(self, device: bytes) -> int | None:
        return self.revocations.get(device)

    def predecessor(self, device: bytes) -> bytes | None:
        return self.predecessors.get(device)

    def granted(self, record: bytes, device: bytes) -> bool:
        if device in self.grants.get(record, ()):
            return True
        gifts = [gift for gift in self.gifts if gift.record == record]
        return bool(gifts) and device in granted_devices(
            [*gifts, *(Gift(record, b"", None, to) for to in self.grants.get(record, ()))], self
        )

    def passes_on(self, record: bytes, device: bytes) -> bool:
        certified = device in self.certificates and device not in self.revocations
        return certified and (record, self.workers.get(device, "")) not in self.withdrawals

    def set_aside(self, hash_: bytes) -> bool:
        return hash_ in self.asides or any(hash_ == parted for _, parted in self.parted)

    def erased(self, record: bytes) -> bool:
        return record in self.erasures

    def in_hole(self, device: bytes, seq: int) -> bool:
        return any(first <= seq <= last for first, last in self.holes.get(device, ()))

    def names_parted(self, record: bytes, short: bytes) -> bool:
        return any(record == of and hash_[:SHORT_HASH] == short for of, hash_ in self.parted)


class Held(NamedTuple):
    """An entry that is kept and does not count, with the reason that a person is told."""

    arrival: Arrival
    reason: str
    complete: bool


class Present(NamedTuple):
    """The entry that the set holds at a device's seq."""

    record: bytes
    hash: bytes
    complete: bool


Lookup = Callable[[bytes, int], Present | None]


class Taken(NamedTuple):
    """The outcome for a record: its state, the arrivals that count now, and those that are held, with the reason."""

    state: RecordState
    admitted: tuple[Arrival, ...]
    held: tuple[Held, ...]


def reason_against(arrival: Arrival, facts: Facts) -> str:
    """The first rule that keeps an entry from counting, completeness apart; `admitted` if there is none."""
    header = arrival.header
    if facts.erased(header.record):
        return ERASED
    if not facts.certified(header.device):
        return UNCERTIFIED
    last_good = facts.last_good(header.device)
    if last_good is not None and header.seq > last_good:
        return REVOKED
    if facts.set_aside(arrival.hash):
        return SET_ASIDE
    return ADMITTED if may_write(header.record, header.key, header.device, facts) else NOT_GRANTED


def may_write(record: bytes, key: bytes, device: bytes, facts: Facts) -> bool:
    """True if a device created the record, was granted it by a grant that counts, or succeeds one that did or was."""
    if record_id(device, key) == record:
        return True
    return holds(record, key, device, lambda holder: facts.granted(record, holder), facts)


def _is_complete(arrival: Arrival, present: Lookup, facts: Facts, heads: Heads) -> bool:
    header, lost = arrival.header, BeyondReach(facts)
    for seen in header.observed:
        own = seen.device == header.device
        if own and seen.seq >= header.seq:
            return False  # nobody has seen their own later word
        out_of_reach = lost.place(seen.device, seen.seq) if own else lost.name(header.record, seen)
        if heads.get(seen.device) == (seen.seq, seen.short) or out_of_reach:
            continue
        if not _is_there(seen, header.record, own, present):
            return False
    return True


class BeyondReach:
    """The names that an observation may use without their entry: in a hole, above a revocation's end, or displaced.

    Nobody can check what was named there, so it vouches for nothing that came before it (SPEC.md section 4.3).
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def place(self, device: bytes, seq: int) -> bool:
        """True if a place lies in a hole or above the last good seq of its device."""
        last_good = self._facts.last_good(device)
        return self._facts.in_hole(device, seq) or (last_good is not None and seq > last_good)

    def name(self, record: bytes, seen: Seen) -> bool:
        """True if an observation of another device names such a place, or an entry that lost its place (5.7)."""
        return self.place(seen.device, seen.seq) or self._facts.names_parted(record, seen.short)


def _is_there(seen: Seen, record: bytes, own: bool, present: Lookup) -> bool:
    found = present(seen.device, seen.seq)
    if found is None or found.record != record or found.hash[:SHORT_HASH] != seen.short:
        return False
    return found.complete or not own


def take(state: RecordState, arrivals: Iterable[Arrival], held: Iterable[Held], present: Lookup, facts: Facts) -> Taken:
    """Fold what arrived for one record into its state, with those held ones that it completes.

    `present` answers for the journal; the arrivals themselves need not be in it yet. Since being there does
    not depend on being admitted, and an author's completeness only on their earlier entries, one pass in the
    order of seq decides all. A new certificate or grant is handled by calling this with no arrivals; a fact
    that takes something away (revocation, set-aside, hole) by calling it with an empty state and all entries.
    """
    come = [*(h.arrival for h in held), *arrivals]
    if len(come) == 1 and not come[0].header.observed:
        return _taken_alone(state, come[0], facts)
    waiting = sorted(come, key=lambda a: (a.header.seq, a.header.device))
    local = {(a.header.device, a.header.seq): Present(a.header.record, a.hash, False) for a in waiting}

    def anywhere(device: bytes, seq: int) -> Present | None:
        return local.get((device, seq)) or present(device, seq)

    heads = dict(state.heads)
    admitted: list[Arrival] = []
    kept: list[Held] = []
    for arrival in waiting:
        header = arrival.header
        complete = _is_complete(arrival, anywhere, facts, heads)
        reason = reason_against(arrival, facts)
        if complete:
            local[header.device, header.seq] = Present(header.record, arrival.hash, True)
            if header.seq > heads.get(header.device, (0, b""))[0]:
                heads[header.device] = (header.seq, arrival.hash[:SHORT_HASH])
        elif reason == ADMITTED:
            reason = INCOMPLETE
        if reason == ADMITTED:
            admitted.append(arrival)
        else:
            kept.append(Held(arrival, reason, complete))
    folded = fold(state, admitted, BeyondReach(facts)) if admitted else state
    if heads != folded.heads:
        folded = RecordState(folded.groups, folded.index, folded.removals, heads)
    return Taken(folded, tuple(admitted), tuple(kept))


def _taken_alone(state: RecordState, arrival: Arrival, facts: Facts) -> Taken:
    """`take` of one entry whose author had seen nothing, as of most: it is complete, and lacks at most a fact."""
    header, reason = arrival.header, reason_against(arrival, facts)
    counts = reason == ADMITTED
    if counts and state is EMPTY:
        return Taken(alone(arrival), (arrival,), ())
    folded = fold(state, (arrival,), BeyondReach(facts)) if counts else state
    if header.seq > state.heads.get(header.device, (0, b""))[0]:
        heads = {**state.heads, header.device: (header.seq, arrival.hash[:SHORT_HASH])}
        folded = RecordState(folded.groups, folded.index, folded.removals, heads)
    return Taken(folded, (arrival,), ()) if counts else Taken(folded, (), (Held(arrival, reason, True),))


class Merged(NamedTuple):
    """The merge of a whole set: what counts, what is held, and the state of each record."""

    admitted: frozenset[bytes]
    held: Mapping[bytes, str]
    records: Mapping[bytes, RecordState]


def one_each(arrivals: Iterable[Arrival]) -> tuple[Arrival, ...]:
    """The set holds one entry per (device, seq), the first that came, with the smallest of its stamps."""
    found: dict[tuple[bytes, int], Arrival] = {}
    for arrival in arrivals:
        place = (arrival.header.device, arrival.header.seq)
        first = found.get(place)
        if first is None:
            found[place] = arrival
        elif first.hash == arrival.hash and arrival.received is not None:
            stamps = [s for s in (first.received, arrival.received) if s is not None]
            found[place] = Arrival(first.header, first.hash, min(stamps))
    return tuple(found.values())


def merge(arrivals: Iterable[Arrival], facts: Facts) -> Merged:
    """The state that a set of entries and facts means: order, repeats and the server make no difference."""
    everything = one_each(arrivals)
    whole = {(a.header.device, a.header.seq): Present(a.header.record, a.hash, False) for a in everything}
    by_record: dict[bytes, list[Arrival]] = {}
    for arrival in everything:
        by_record.setdefault(arrival.header.record, []).append(arrival)
    admitted: set[bytes] = set()
    held: dict[bytes, str] = {}
    states: dict[bytes, RecordState] = {}
    for record, entries in by_record.items():
        taken = take(EMPTY, entries, (), lambda device, seq: whole.get((device, seq)), facts)
        admitted.update(a.hash for a in taken.admitted)
        held.update((h.arrival.hash, h.reason) for h in taken.held)
        if taken.admitted:
            states[record] = taken.state
    return Merged(frozenset(admitted), held, states)
