"""Decisions of a server about a push and its answer, from what it holds (SPEC.md sections 6 and 7).

Nothing here touches a disk or a network: the caller loads what is held, asks, and saves what is decided.

**The idea.** Every device has a journal of its own: entries numbered from 1 without gaps, each with the hash of the
one before. A push is a run of it; a server compares it with the run that it holds, place by place. One request
carries everything in both directions, so that whatever answer is lost, the same request can be sent again.

**What holds, whatever happens.** A place (device, seq) holds one entry for good: a second one with another hash is a
fork, kept apart and shown to a person, never put in its place. The tail, up to which a server holds all, moves over
what is there and over nothing else; `received_through` and receipts say no more than it. A fault anywhere in a push
takes nothing of it, so that half a push never exists. Whatever a server holds already is skipped: sending twice
changes nothing. A device forgets nothing on the word of an answer, only on a receipt that it can show later.

**How.** The first entry of a push is at tail + 1 (go on), before it (known so far, or a fork), or beyond (`wanted`
asks for what lies between). Where the device has it no more, its receipt for the predecessor (`gone`) proves that a
server had it once, and a hole is recorded for good: the one way in which a journal goes on without its past. A cursor
names a position and the hash of what stood there: a server that was restored no longer has that pair, and knows by it
that it was, also when nobody told it. It begins a new life, and devices send again what it lacks.

**Why not the obvious way.** A log of the server's own order, pulled and pushed by offsets, cannot tell a restored
server from a good one. A set of hashes exchanged each time costs what is stored, not what changed. Refusing a push
that does not fit leaves a phone with words that no server takes; so each case ends in something that the device can
do.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from sync.entry import PUSH_ENTRIES_MAX, WRAPS_MAX, Entry, Header, body_hash_of, entry_hash, parse_header
from sync.errors import (
    BrokenChain,
    ForeignEntry,
    GapInPush,
    SyncError,
    TimesDiffer,
    TooLarge,
    UnknownProtocol,
)
from sync.messages import (
    EPOCHS_MAX,
    ERASED_MAX,
    FACTS_MAX,
    FORMS_MAX,
    GRANTS_MAX,
    HANDED_MAX,
    LACKING_MAX,
    PROTOCOL,
    REPORTS_MAX,
    Place,
    Receipt,
    SyncRequest,
)

REWIND: Final = PUSH_ENTRIES_MAX  # how far back a device is asked to go when its chain left ours somewhere earlier


class Checked(NamedTuple):
    """An entry whose header was read and whose hash was computed from its bytes."""

    entry: Entry
    header: Header
    hash: bytes
    body_hash: bytes


class Refused(SyncError):
    """A push with one entry that cannot be attributed or exceeds a limit: none of it was taken in."""

    code = "refused"

    def __init__(self, seq: int, cause: SyncError) -> None:
        super().__init__(seq=seq, cause=cause.code)
        self.seq = seq
        self.cause = cause


def check_request(request: SyncRequest, time_ms: int) -> None:
    """Refuse a whole request that is not of this protocol, sent at another time than its headers say, or too long.

    `time_ms` is the header `Veldpost-Time`, which `sync.messages.check_time` judged before the body was read.
    """
    if request.protocol != PROTOCOL:
        raise UnknownProtocol(protocol=request.protocol, supported=PROTOCOL)
    if request.sent != time_ms:
        raise TimesDiffer(header_ms=time_ms, sent_ms=request.sent)
    for what, found, limit in (
        ("number-of-pushed-entries", len(request.entries), PUSH_ENTRIES_MAX),
        ("number-of-handed-entries", len(request.handed), HANDED_MAX),
        ("number-of-grants", len(request.grants), GRANTS_MAX),
        ("number-of-reports", len(request.reports), REPORTS_MAX),
        ("number-of-epochs", len(request.epochs), EPOCHS_MAX),
        ("number-of-handed-facts", len(request.facts), FACTS_MAX),
        ("number-of-confirmed-erasures", len(request.erased), ERASED_MAX),
        ("number-of-lacking-records", len(request.lacking), LACKING_MAX),
        ("number-of-forms", len(request.forms), FORMS_MAX),
    ):
        if found > limit:
            raise TooLarge(what=what, size=found, limit=limit)


def check_entry(entry: Entry, municipality: str, seq: int = 0) -> Checked:
    """Read one entry; it must be whole, well-formed, and of this municipality."""
    header = parse_header(entry.header)
    if header.municipality != municipality:
        raise ForeignEntry(seq=header.seq, what="another-municipality")
    if len(entry.prev) != 32 or len(entry.sig) != 64:
        raise BrokenChain(seq=header.seq, after=header.seq - 1)
    if len(entry.wraps) > WRAPS_MAX:
        raise TooLarge(what="wraps-of-an-entry", size=len(entry.wraps), limit=WRAPS_MAX)
    body_hash = body_hash_of(entry, seq or header.seq)
    return Checked(entry, header, entry_hash(entry.prev, entry.header, body_hash), body_hash)


def check_push(entries: Sequence[Entry], municipality: str, device: bytes) -> tuple[Checked, ...]:
    """Read a device's own entries and check that they follow each other; raises `Refused` at the first fault."""
    checked: list[Checked] = []
    for entry in entries:
        last = checked[-1] if checked else None
        expected = last.header.seq + 1 if last else 0
        try:
            item = check_entry(entry, municipality, expected)
            if item.header.device != device:
                raise ForeignEntry(seq=item.header.seq, what="another-device")
            if last and item.header.seq != expected:
                raise GapInPush(found=item.header.seq, after=last.header.seq)
            if last and entry.prev != last.hash:
                raise BrokenChain(seq=item.header.seq, after=last.header.seq)
        except SyncError as error:
            raise Refused(expected, error) from error
        checked.append(item)
    return tuple(checked)


class HoleFound(NamedTuple):
    """Places of a device's journal that it proved to have handed in and no longer holds."""

    first: int
    last: int
    last_hash: bytes


class Push(NamedTuple):
    """The outcome of a push: which entries are new, which were known, and what the device must do next."""

    fresh: tuple[Checked, ...] = ()
    known: tuple[Checked, ...] = ()
    tail: Place = Place(0, bytes(32))
    wanted: int | None = None
    fork: Place | None = None
    forked: tuple[Checked, ...] = ()
    hole: HoleFound | None = None


def decide_push(
    pushed: Sequence[Checked],
    tail: Place,
    held: Callable[[int], bytes | None],
    head: Place | None = None,
    gone: Receipt | None = None,
) -> Push:
    """Decide what of a push continues the device's journal.

    `tail` is the last entry of the unbroken journal here; `held` gives the hash of what is held at a seq (also
    beyond the tail, where another device handed it in); `gone` must have been verified. A push is accepted to
    its last entry or not at all; a known one is skipped by its hash; a different one is a fork.
    """
    if not pushed:
        return _without_entries(tail, held, head)
    first = pushed[0]
    if first.header.seq > tail.seq + 1:
        hole = _hole(first, tail, gone)
        if hole is None:
            return Push(tail=tail, wanted=tail.seq + 1)
        after = _walk(pushed, Place(hole.last, hole.last_hash), held)
        return after._replace(hole=hole)
    held = _with_tail(tail, held)
    before = tail if first.header.seq == tail.seq + 1 else Place(first.header.seq - 1, _before(first, held))
    if first.entry.prev != before.hash and before.hash:
        return _left_earlier(first, before, tail, held, gone)
    return _walk(pushed, tail, held)


def _with_tail(tail: Place, held: Callable[[int], bytes | None]) -> Callable[[int], bytes | None]:
    """A hole's last hash counts as held, so that a journal cannot go on from another one."""
    return lambda seq: tail.hash if seq == tail.seq else held(seq)


def _before(first: Checked, held: Callable[[int], bytes | None]) -> bytes:
    return bytes(32) if first.header.seq == 1 else held(first.header.seq - 1) or b""


def _without_entries(tail: Place, held: Callable[[int], bytes | None], head: Place | None) -> Push:
    if head is None or head == tail:
        return Push(tail=tail)
    if head.seq > tail.seq:
        return Push(tail=tail, wanted=tail.seq + 1)
    known = held(head.seq)
    if known is None or known == head.hash:
        return Push(tail=tail)  # it lacks its own tail, and will be sent it
    return Push(tail=tail, wanted=max(1, head.seq - REWIND + 1))


def _hole(first: Checked, tail: Place, gone: Receipt | None) -> HoleFound | None:
    if gone is None or gone.seq != first.header.seq - 1 or gone.hash != first.entry.prev:
        return None
    return HoleFound(tail.seq + 1, gone.seq, gone.hash)


def _left_earlier(
    first: Checked, before: Place, tail: Place, held: Callable[[int], bytes | None], gone: Receipt | None
) -> Push:
    """The journals parted before this push begins: ask for earlier entries, until the first that differs shows."""
    if gone is not None and gone.seq >= first.header.seq - 1:
        known = held(first.header.seq) or before.hash
        return Push(tail=tail, fork=Place(first.header.seq, known), forked=(first,))
    return Push(tail=tail, wanted=max(1, first.header.seq - REWIND))


def _walk(pushed: Sequence[Checked], tail: Place, held: Callable[[int], bytes | None]) -> Push:
    fresh: list[Checked] = []
    known: list[Checked] = []
    for place, item in enumerate(pushed):
        there = held(item.header.seq)
        if there is not None and there != item.hash:
            fork = Place(item.header.seq, there)
            return Push(tuple(fresh), tuple(known), tail, fork=fork, forked=tuple(pushed[place:]))
        (fresh if there is None else known).append(item)
        if item.header.seq > tail.seq:
            tail = Place(item.header.seq, item.hash)
    return Push(tuple(fresh), tuple(known), tail)


# --- life and cursor -------------------------------------------------------------------------------------------


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Up to where a device has pulled: the life of the store, a position in it, and the hash of that place.

    Several records may begin to be delivered at one position; `record` is the last that was, and `within` the
    position up to which the next one's earlier entries were sent.
    """

    life: bytes
    position: int = 0
    place: bytes = b""
    record: bytes = b""
    within: int = 0


_cursors: Final = msgspec.msgpack.Decoder(Cursor)
MAC_BYTES: Final = 16

Mac = Callable[[bytes], bytes]


def pack_cursor(cursor: Cursor, mac: Mac) -> bytes:
    """An opaque cursor: signed by the server to itself, so that nobody can talk it into a new life."""
    raw = msgspec.msgpack.encode(cursor)
    return mac(raw)[:MAC_BYTES] + raw


def read_cursor(raw: bytes, genuine: Callable[[bytes, bytes], bool]) -> Cursor | None:
    """The cursor, or nothing when it is empty or not ours: then the device pulls from the beginning."""
    if len(raw) <= MAC_BYTES or not genuine(raw[:MAC_BYTES], raw[MAC_BYTES:]):
        return None
    try:
        return _cursors.decode(raw[MAC_BYTES:])
    except msgspec.DecodeError:
        return None


def was_restored(
    life: bytes,
    tail: Place,
    cursor: Cursor | None,
    receipt: Receipt | None,
    place_hash: Callable[[int], bytes | None],
) -> bool:
    """True if this store is behind its own word: it lacks a place it gave out, or a journal it receipted.

    Then it was restored from a backup without being told, and must start a new life before it answers. The
    receipt must have been verified.
    """
    if receipt is not None and receipt.life == life and receipt.seq > tail.seq:
        return True
    if cursor is None or cursor.life != life or cursor.position == 0:
        return False
    return place_hash(cursor.position) != cursor.place


def place_name(raw: bytes) -> bytes:
    """The short hash of a fact's place, as a cursor names it; an entry's is its own hash, cut to the same length."""
    return sha256(raw).digest()[:8]


def stamp_of(seq: int, now_ms: int, receipt: Receipt | None) -> int:
    """The stamp an entry gets: now, or the earlier time of a verified receipt that covers it."""
    return min(now_ms, receipt.at_ms) if receipt is not None and seq <= receipt.seq else now_ms
