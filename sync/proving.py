"""Proofs: the entry of a revoked device at a seq is the one that its chain proves (SPEC.md section 5.7).

After a restore the entries that a revoked device had written may be missing below its end, and whoever has its signing
key can sign others in their place. A signature proves nothing there; the chain does. The municipality said with which
hash the journal ends, each entry names the hash of the one before it, and so the end proves every entry below it, in
whatever order they come.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sync.entry import ZERO_HASH
from sync.messages import Place

Links = Callable[[int], Mapping[bytes, bytes]]  # the entries kept at a seq, in place or apart: hash -> prev
HeldAt = Callable[[int], bytes | None]
ReceivedAt = Callable[[int], int | None]  # the stamp of what is held at a seq

START: Final = Place(0, ZERO_HASH)


class End(NamedTuple):
    """A place in a journal that the municipality signed, and when: a revocation, or a receipt."""

    place: Place
    at_ms: int


class Proof(NamedTuple):
    """The entries and ends that follow from the ends of a journal.

    `proven` are the hashes that stand at each seq that was looked at, `tail` is the end of the unbroken journal.
    """

    proven: Mapping[int, bytes]
    tail: Place


def by_strength(revocations: Iterable[End], receipts: Iterable[End] = ()) -> list[End]:
    """The ends of a revoked device's journal, the strongest first: revocations as they were signed, then receipts.

    Whoever revokes a device once more after a restore may name what its thief signed meanwhile; the revocation before
    the restore could not. Of those signed in one millisecond the smallest place is the strongest.
    """
    return [*sorted(revocations, key=lambda end: (end.at_ms, end.place.seq, end.place.hash)), *receipts]


def where_it_ends(ended: Place | None, tail: Place, last_held: int, held: HeldAt, said: int | None = None) -> Place:
    """The place at which a revocation that is signed now ends a device's journal (SPEC.md section 5.6).

    `last_held` is the greatest seq held of it, `said` an earlier one that a person names. A device that was revoked has
    `ended`: it ends there or before, and names no entry behind the unbroken journal, for what came of it since may be
    its thief's.
    """
    last = ended or tail
    seq = ended.seq if ended is not None else max(tail.seq, last_held)
    seq = seq if said is None else min(said, seq)
    if seq == last.seq and last.hash:
        return last
    there = held(seq) if ended is None or seq <= tail.seq else None
    return Place(seq, there or ZERO_HASH)


def prove(ends: Sequence[End], tail: Place, held: HeldAt, links: Links, received: ReceivedAt) -> Proof:
    """Walk from each end of a revoked device's journal down its chain, as far as entries are there.

    `ends` come the strongest first (`by_strength`).
    Where two chains differ, the stronger one stands. What was received in the unbroken journal before an end was signed
    gives way to no chain of that end: whoever has the key could have signed an end that denies it.

    A chain that comes down to the unbroken journal, or to the beginning, makes its end the new tail; one that does not
    leaves the tail where everything up to it is as it was.
    """
    proven: dict[int, bytes] = {}
    joined, strongest = START, ends[0].place.seq
    for end, at_ms in ends:
        seq, wanted = end.seq, end.hash
        while seq > 0 and seq not in proven:
            there = held(seq)
            if seq <= tail.seq and (there == wanted or _is_firm(there, received(seq), at_ms)):
                break
            prev = links(seq).get(wanted)
            if prev is None:
                break
            proven[seq] = wanted
            seq, wanted = seq - 1, prev
        if end.seq > joined.seq and _is_joined(seq, wanted, tail, held, proven, joined):
            joined = end
    broken = min((seq for seq, hash_ in proven.items() if seq <= tail.seq and held(seq) != hash_), default=None)
    if broken is not None:
        tail = Place(broken - 1, (held(broken - 1) or b"") if broken > 1 else ZERO_HASH)
    tail = joined if joined.seq > tail.seq else tail
    return Proof(proven, tail if tail.seq < strongest else _climbed(tail, held, links, proven))


def _is_firm(there: bytes | None, received: int | None, at_ms: int) -> bool:
    return there is not None and received is not None and received <= at_ms


def _is_joined(seq: int, wanted: bytes, tail: Place, held: HeldAt, proven: Mapping[int, bytes], joined: Place) -> bool:
    """True if a chain came down to the beginning, to the unbroken journal, or to a chain that did."""
    if seq == 0:
        return True
    if seq in proven:
        return proven[seq] == wanted and seq <= joined.seq
    return (held(seq) == wanted and seq <= tail.seq) or Place(seq, wanted) == tail


def _climbed(tail: Place, held: HeldAt, links: Links, proven: Mapping[int, bytes]) -> Place:
    """The tail after the entries above the end that follow it: what was written after it, and is held."""
    while True:
        above = proven.get(tail.seq + 1) or held(tail.seq + 1)
        if above is None or links(tail.seq + 1).get(above) != tail.hash:
            return tail
        tail = Place(tail.seq + 1, above)
