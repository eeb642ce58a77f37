"""Decisions of a device: what an edit had seen, what to send next, and what an answer means for it (SPEC.md section 8).

The device's own store and network live elsewhere; here is only what follows from what they hold.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from sync import clock
from sync.entry import (
    OBSERVED_MAX,
    PUSH_BYTES_MAX,
    PUSH_ENTRIES_MAX,
    SHORT_HASH,
    ZERO_HASH,
    Header,
    Seen,
    header_of,
)
from sync.merge import Arrival
from sync.messages import EPOCHS_MAX, Place, Receipt, SyncResponse

KEEP_MS: Final = 30 * 24 * 3_600_000  # an entry stays on the device until durable and thirty days more
PUSH_EPOCHS_MAX: Final = EPOCHS_MAX // 2  # the other half is for what is handed in beside the push
START: Final = Place(0, ZERO_HASH)


def seen_on_screen(shown: Iterable[Arrival]) -> tuple[Seen, ...]:
    """The observations of an edit: for each device its last entry of this record that was shown.

    Taken when editing begins, never when it is saved: what arrived by sync while the form was open was not
    seen. Beyond 256 devices the latest are named and the rest stay conflicts.
    """
    last: dict[bytes, Arrival] = {}
    for arrival in shown:
        device = arrival.header.device
        if device not in last or arrival.header.seq > last[device].header.seq:
            last[device] = arrival
    latest = sorted(last.values(), key=lambda a: (a.header.clock, a.header.device), reverse=True)[:OBSERVED_MAX]
    return tuple(sorted(Seen(a.header.device, a.header.seq, a.hash[:SHORT_HASH]) for a in latest))


class Pen(msgspec.Struct, frozen=True):
    """The state that a device needs for its next entry: its id, the end of its journal, the offset of its clock."""

    municipality: str
    device: bytes
    head: Place = START
    offset_ms: int = 0  # the server's time minus ours, learnt from its answers


def compose(
    pen: Pen,
    now_ms: int,
    record: bytes,
    key: bytes,
    act: str,
    observed: tuple[Seen, ...],
    touches: Sequence[bytes],
    *,
    latest: int = 0,
    source: bytes | None = None,
) -> Header:
    """The header of the next entry. What the form shows as computed or untouched is not the caller's to pass.

    `latest` is the greatest effective clock of the device's own last entry and of all that is observed.
    """
    at = clock.tick(latest, now_ms + pen.offset_ms)
    return header_of(
        pen.municipality, pen.device, pen.head.seq + 1, at, record, key, act, observed, tuple(touches), source
    )


def written(pen: Pen, header: Header, hash_: bytes) -> Pen:
    """The pen after the entry was chained."""
    return msgspec.structs.replace(pen, head=Place(header.seq, hash_))


def slice_push(waiting: Iterable[tuple[int, Collection[bytes]]]) -> int:
    """The number of waiting entries that fit in one push, at least one if there are any.

    Each is given as its size and the ids of the epochs that its wraps name: a request carries each epoch once, and
    only so many. The same bounds hold for entries of others that are handed in.
    """
    total = count = 0
    named: set[bytes] = set()
    for size, epochs in waiting:
        named.update(epochs)
        if count == PUSH_ENTRIES_MAX or (count and (total + size > PUSH_BYTES_MAX or len(named) > PUSH_EPOCHS_MAX)):
            break
        total += size
        count += 1
    return count


class Memory(msgspec.Struct, frozen=True):
    """The state that a device keeps of its server between two exchanges."""

    life: bytes = b""
    cursor: bytes = b""
    send_after: int = 0  # the seq after which the next push starts
    durable: int = 0
    receipt: Receipt | None = None
    show_gone: bool = False  # the server wants entries older than the oldest that is still held
    handed_through: int | None = None  # handing in others' entries: how far, or nothing when there is no need


class Lesson(NamedTuple):
    """The meaning of an answer: what to remember, and what must happen before anything else."""

    memory: Memory
    offset_ms: int
    fork_at: int | None = None
    new_life: bool = False
    stuck: bool = False


def learn(memory: Memory, answer: SyncResponse, now_ms: int, oldest: int, sent_offset_ms: int) -> Lesson:
    """Take in an answer; safe when the same answer comes twice or an older one comes late.

    `oldest` is the smallest seq of its own that the device still holds (its next seq when it holds none).
    """
    new_life = bool(memory.life) and answer.life != memory.life
    resend = answer.received_through.seq
    show_gone = False
    if answer.wanted is not None:
        show_gone = answer.wanted < oldest
        resend = max(answer.wanted, oldest) - 1
    receipt = answer.receipt if answer.receipt is not None else (None if new_life else memory.receipt)
    remembered = Memory(
        life=answer.life,
        cursor=answer.cursor,
        send_after=resend,
        durable=max(answer.durable_through.seq, 0 if new_life else memory.durable),
        receipt=receipt,
        show_gone=show_gone,
        handed_through=0 if new_life else memory.handed_through,
    )
    return Lesson(
        remembered,
        answer.server_time - now_ms if answer.server_time else sent_offset_ms,
        answer.fork.seq if answer.fork is not None else None,
        new_life,
        answer.refused is not None,
    )


def may_forget(entry_ms: int, seq: int, memory: Memory, receipts: Iterable[Receipt], now_ms: int) -> bool:
    """True if an entry may leave the device: durable, thirty days old, and provable by a receipt that ends on it.

    `entry_ms` is when it was written here, by the device's own clock, whatever a server's stamp says.

    Only a receipt for exactly the last forgotten entry lets the chain go on after a server lost it.
    """
    if seq > memory.durable or now_ms - entry_ms < KEEP_MS:
        return False
    return any(receipt.seq >= seq for receipt in receipts)


def forget_through(entries: Sequence[tuple[int, int]], memory: Memory, receipts: Sequence[Receipt], now_ms: int) -> int:
    """The last seq that may be forgotten, which is one that a receipt ends on; 0 when nothing may go.

    `entries` are (seq, milliseconds when written) in order of seq.
    """
    ends = {receipt.seq for receipt in receipts}
    through = 0
    for seq, entry_ms in entries:
        if not may_forget(entry_ms, seq, memory, receipts, now_ms):
            break
        if seq in ends:
            through = seq
    return through


def displaces(comes: bytes, there: bytes, parted: Callable[[bytes], bool]) -> bool:
    """True if an entry that comes takes the place of another that is held at its seq; both by their hashes.

    Only the municipality's word that the one held parted lets another stand there (SPEC.md section 5.7).
    """
    return comes != there and parted(there) and not parted(comes)


class Reissued(NamedTuple):
    """The place of an entry of the forked journal in the successor's."""

    seq: int
    hash: bytes


def reissue(
    old: Header,
    old_hash: bytes,
    pen: Pen,
    fork_at: int,
    common: Seen | None,
    moved: Mapping[tuple[bytes, int], Reissued],
) -> Header:
    """The successor's header for an entry that its predecessor wrote after the fork (SPEC.md section 8.5).

    The same clock, act, touches and record; `from` names the old entry. What it had seen of the forked journal
    is now its own, re-issued word; what is common to both journals stays under the old id, with the old id's
    last common entry of the record (`common`) added.
    """
    observed: dict[bytes, Seen] = {}
    for seen in old.observed:
        if seen.device != old.device or seen.seq < fork_at:
            observed[seen.device] = seen
            continue
        new = moved.get((seen.device, seen.seq))
        if new is not None:
            observed[pen.device] = Seen(pen.device, new.seq, new.hash[:SHORT_HASH])
    if common is not None and (common.device not in observed or observed[common.device].seq < common.seq):
        observed[common.device] = common
    return header_of(
        pen.municipality,
        pen.device,
        pen.head.seq + 1,
        old.clock,
        old.record,
        old.key,
        old.act,
        tuple(observed.values()),
        old.touches,
        old_hash,
    )


class Ended(msgspec.Struct, frozen=True):
    """The knowledge of a device about its own revocation, once it believes it (SPEC.md section 8.6)."""

    learnt_ms: int
    stolen: bool
    answered: bool = False  # a server answered one hand-in
    received: bool = False  # a receipt covers the last entry, and the keys of all were kept


class Wipe(NamedTuple):
    """The things that go from a revoked device now: what reads, and all the rest."""

    reading: bool
    everything: bool


def due_to_go(ended: Ended, now_ms: int, unsent: int = 0) -> Wipe:
    """Decide what a revoked device wipes; `unsent` are the attachments that the server may still take.

    What reads goes first: at once from a stolen device, else after it could hand in. What hands in goes when the
    server has it all, or after thirty days in which a server answered, so that a lost receipt does not keep it for
    ever.
    """
    waited = now_ms - ended.learnt_ms >= KEEP_MS
    return Wipe(ended.stolen or ended.answered, (ended.received and not unsent) or (ended.answered and waited))


def take_in_header(
    old: Header,
    old_hash: bytes,
    observed: tuple[Seen, ...],
    pen: Pen,
    ends_at: int,
    common: Seen | None,
    moved: Mapping[tuple[bytes, int], Reissued],
    last: Seen | None,
) -> Header:
    """The header with which a desk device writes anew what does not count (SPEC.md section 8.9).

    As in 8.5, where `ends_at` is the first seq of the old device that does not count; of what the old entry had seen
    only `observed` is held here. The desk device's own `last` entry of the record is observed as in every edit.
    """
    seen = msgspec.structs.replace(old, observed=observed)
    header = reissue(seen, old_hash, pen, ends_at, common, moved)
    if last is None:
        return header
    others = [one for one in header.observed if one.device != pen.device]
    return msgspec.structs.replace(header, observed=tuple(sorted([*others, last])))
