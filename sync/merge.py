"""The merge: the edits that survive when people worked without knowing of each other (SPEC.md section 4).

**The idea.** An entry says which fields it touches and what its author had on screen (`observed`). It replaces, field
by field, the entries that its author had seen, and nothing else. What nobody who wrote later had seen survives: two
survivors of a field are a candidate conflict. No clock takes part in that; clocks only order the survivors.

**What holds, whatever happens.** The state of a record is a fold over its admitted entries: in any order, with any of
them repeated, on any server or device, in pieces or at once, the result is the same (the laws in `tests/sync`). So a
state can be kept, thrown away and folded again, and an entry that comes late needs no replay of what came before it.
An admitted entry is lost in one way only: somebody who had seen it wrote the same field. Which entries are admitted
is decided before (`sync/admission.py`): the merge is never asked who may write.

**How.** Per field the survivors are kept, and a context: the greatest seq of each device that any writer of the field
had seen. An entry that arrives falls away if the context covers it, and takes away the survivors that it had seen.
The context remembers what was replaced without keeping the entries; that is what makes arrival in any order safe. Own
and others' observations are kept apart, for of a device whose entries lie in a hole, or above the end that a
revocation set, only its author can vouch for more than the entry that it names (section 4.3). Fields that were always
touched together share one group, so that an entry of thirty fields costs one look, not thirty. `delete` and `restore`
touch one reserved field, and are merged by the same rule.

**Why not the obvious way.** The last writer by clock drops words, and a wrong clock decides whose. A version number
of the record cannot tell stale from parallel once several edits wait offline. Vector clocks of a whole record replace
what the author never looked at; here `observed` is what was on screen, of each device one entry. Tombstones that
expire bring back what was deleted when a device comes home late; a context never expires.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

import msgspec

from sync.clock import effective
from sync.entry import SHORT_HASH, Header, Seen

RESERVED: Final = b""  # the field that delete and restore touch; no field path is empty


class Unreachable(Protocol):
    """The names that nobody can check any more, so that each vouches for itself alone (section 4.3)."""

    def place(self, device: bytes, seq: int) -> bool:
        """True if a place lies in a hole or above the last good seq of its device."""

    def name(self, record: bytes, seen: Seen) -> bool:
        """True if an observation of another device names such a place, or an entry that lost its place."""


class Everything:
    """Nothing is out of reach, which is so in a municipality nearly always."""

    def place(self, _device: bytes, _seq: int) -> bool:
        return False

    def name(self, _record: bytes, _seen: Seen) -> bool:
        return False


REACHED: Final = Everything()


class Arrival(NamedTuple):
    """An entry as the merge sees it: its header, its name, and the smallest stamp a server gave it."""

    header: Header
    hash: bytes
    received: int | None = None


class Dot(msgspec.Struct, frozen=True, array_like=True, order=True):
    """One edit of a field; the order is the order in which survivors are shown, last is first shown."""

    at: int
    device: bytes
    seq: int
    hash: bytes


class Context(msgspec.Struct, frozen=True, array_like=True):
    """The observations of a field's writers: the pointwise maximum of their `observed`, own and others' apart.

    `named` keeps what others named and nobody can check: in a recorded hole, say, where something may turn up later.
    Such a name vouches for itself alone (section 4.3).
    """

    own: dict[bytes, int] = {}
    others: dict[bytes, int] = {}
    named: tuple[Seen, ...] = ()

    def knows(self, device: bytes, seq: int, hash_: bytes, lost: Unreachable) -> bool:
        """True if a writer with this context had seen that entry."""
        if seq <= self.own.get(device, 0):
            return True
        if lost.place(device, seq):
            return Seen(device, seq, hash_[:SHORT_HASH]) in self.named
        return seq <= self.others.get(device, 0)


UNSEEN: Final = Context()  # of a writer who had seen nothing; shared, since no context is ever changed


class Group(msgspec.Struct, frozen=True, array_like=True):
    """Fields with the same history: their survivors, winner first, and their context."""

    survivors: tuple[Dot, ...]
    context: Context


class Removal(msgspec.Struct, frozen=True, array_like=True):
    """A surviving delete or restore, with what its own writer had seen."""

    hash: bytes
    act: str
    context: Context


class RecordState(msgspec.Struct, frozen=True, array_like=True):
    """All that the headers of a record's admitted entries say. Values are bytes that nobody has opened.

    `heads` is the last complete entry of each device: what most observations name, so that checking them
    needs no look into the journal.
    """

    groups: tuple[Group, ...] = ()
    index: dict[bytes, int] = {}
    removals: tuple[Removal, ...] = ()
    heads: dict[bytes, tuple[int, bytes]] = {}

    def survivors(self, touch: bytes) -> tuple[Dot, ...]:
        """The edits of a field that nobody who edited it later had seen; the winner first."""
        place = self.index.get(touch)
        return () if place is None else self.groups[place].survivors

    @property
    def touches(self) -> tuple[bytes, ...]:
        """The touched fields, the reserved one left out, sorted."""
        return tuple(sorted(touch for touch in self.index if touch != RESERVED))


EMPTY: Final = RecordState()


def context_of(header: Header, lost: Unreachable) -> Context:
    """The observations of one entry."""
    if not header.observed:
        return UNSEEN
    own: dict[bytes, int] = {}
    others: dict[bytes, int] = {}
    named: list[Seen] = []
    for seen in header.observed:
        if seen.device == header.device:
            own[seen.device] = seen.seq
        elif lost.name(header.record, seen):
            named.append(seen)
        else:
            others[seen.device] = seen.seq
    return Context(own, others, tuple(named))


def _later(one: dict[bytes, int], two: dict[bytes, int]) -> dict[bytes, int]:
    if not two:
        return one
    merged = dict(one)
    for device, seq in two.items():
        if seq > merged.get(device, 0):
            merged[device] = seq
    return merged


def join(one: Context, two: Context) -> Context:
    """The pointwise maximum: it does not matter who was seen first."""
    named = one.named
    if two.named:
        named = tuple(sorted({*one.named, *two.named}))
    return Context(_later(one.own, two.own), _later(one.others, two.others), named)


def _add(group: Group | None, dot: Dot, context: Context, lost: Unreachable) -> Group:
    """One edit joins a field: gone is only what a writer of the field had seen."""
    if group is None:
        return Group((dot,), context)
    joined = join(group.context, context)
    alive = [d for d in {*group.survivors, dot} if not joined.knows(d.device, d.seq, d.hash, lost)]
    return Group(tuple(sorted(alive, reverse=True)), joined)


def fold(state: RecordState, arrivals: Iterable[Arrival], lost: Unreachable = REACHED) -> RecordState:
    """Add admitted entries to a record, in whatever order and however often they come.

    Safe to call on any server, twice, or from the beginning. Not for a hole recorded after the fact: that
    changes what was known, and the record is folded again from the start (`take` with an empty state).
    """
    groups = list(state.groups)
    index = dict(state.index)
    acts = list(state.removals)
    for arrival in arrivals:
        header = arrival.header
        context = context_of(header, lost)
        dot = Dot(effective(header.clock, arrival.received), header.device, header.seq, arrival.hash)
        if header.act != "write":
            acts.append(Removal(arrival.hash, header.act, context))
        if not index:  # the first entry of a record: all of its fields are one group
            groups.append(Group((dot,), context))
            index = dict.fromkeys(header.touches or (RESERVED,), 0)
            continue
        moved: dict[int, int] = {}
        for touch in header.touches or (RESERVED,):
            place = index.get(touch, -1)
            new = moved.get(place, -1)
            if new < 0:
                groups.append(_add(groups[place] if place >= 0 else None, dot, context, lost))
                new = moved[place] = len(groups) - 1
            index[touch] = new
    return _tidied(groups, index, acts, state.heads)


def alone(arrival: Arrival, clock: int | None = None) -> RecordState:
    """The state of a record in which one entry counts whose author had seen nothing: most are made so, and stay so.

    It is what `fold` says of it, with its head. `clock` is its effective clock, where that is known already.
    """
    header = arrival.header
    at = effective(header.clock, arrival.received) if clock is None else clock
    dot = Dot(at, header.device, header.seq, arrival.hash)
    removals = () if header.act == "write" else (Removal(arrival.hash, header.act, UNSEEN),)
    index = dict.fromkeys(header.touches or (RESERVED,), 0)
    heads = {header.device: (header.seq, arrival.hash[:SHORT_HASH])}
    return RecordState((Group((dot,), UNSEEN),), index, removals, heads)


def _tidied(
    groups: list[Group], index: dict[bytes, int], acts: list[Removal], heads: dict[bytes, tuple[int, bytes]]
) -> RecordState:
    """Only the groups that a field still points to, and only surviving deletes and restores, in one order."""
    if not acts and len(groups) == 1:
        return RecordState(tuple(groups), index, (), heads)
    used = sorted(set(index.values()))
    if not acts and len(used) == len(groups):
        return RecordState(tuple(groups), index, (), heads)
    renumbered = {old: new for new, old in enumerate(used)}
    index = {touch: renumbered[place] for touch, place in index.items()}
    kept = tuple(groups[place] for place in used)
    alive = {dot.hash for dot in kept[index[RESERVED]].survivors} if RESERVED in index else set()
    removals = {removal.hash: removal for removal in acts if removal.hash in alive}
    return RecordState(kept, index, tuple(removals[name] for name in sorted(removals)), heads)


class Standing(NamedTuple):
    """The result of the deletes and restores of a record."""

    deleted: bool
    contested: bool


def standing(state: RecordState, lost: Unreachable = REACHED) -> Standing:
    """Decide whether a record is deleted, or contested: edited while deleted, or restored in parallel.

    Deleted only if a surviving delete had seen every survivor of every other field and no restore survives;
    otherwise the record stays visible until a person decides.
    """
    deletes = [removal for removal in state.removals if removal.act == "delete"]
    if not deletes:
        return Standing(False, False)
    unseen = any(
        not any(d.context.knows(dot.device, dot.seq, dot.hash, lost) for d in deletes)
        for touch, place in state.index.items()
        if touch != RESERVED
        for dot in state.groups[place].survivors
    )
    deleted = not unseen and len(deletes) == len(state.removals)
    return Standing(deleted, not deleted)
