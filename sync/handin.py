"""Decides a hand-in: entries that prove themselves, without a signed request (SPEC.md section 6.8).

A device that is locked, forgotten or revoked still holds words. Whoever has its sealed entries may carry them to the
server: each entry is signed by its author, so nothing needs to be known of the carrier, and nothing is told to them but
what became of the entries they brought. Every signature is checked before anything is stored. What stands before the
first bad entry is decided like a push; what stands behind a gap is kept as handed in, and the journal's tail does not
move over it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from sync.entry import PUSH_ENTRIES_MAX, WRAPS_MAX, Entry
from sync.errors import BodyMissing, ForeignEntry, SyncError, TooLarge, UnknownProtocol
from sync.exchange import Checked, Push, check_entry, decide_push
from sync.messages import EPOCHS_MAX, PROTOCOL, HandedIn, HandInRequest, Place

BAD_SIGNATURE: Final = "bad-signature"

Verify = Callable[[bytes, bytes], bool]  # whether a signature is the author's over an entry's hash
Erased = Callable[[bytes], bool]  # whether a record was erased
HeldAt = Callable[[int], bytes | None]


class Read(NamedTuple):
    """The entries of a hand-in after their signatures were checked: the first run, the others, and the bad ones."""

    run: tuple[Checked, ...]
    loose: tuple[Checked, ...]
    bad: tuple[HandedIn, ...]

    @property
    def good(self) -> tuple[Checked, ...]:
        """All that prove themselves, in the order in which they came."""
        return (*self.run, *self.loose)


class Decided(NamedTuple):
    """The outcome for the entries: fresh ones are journaled, known ones were, forked ones are kept apart.

    `apart` are those below the end of a revoked device: its signature proves nothing there. They are kept apart until
    its chain proves them (`sync.proving`), at once or later.
    """

    fresh: tuple[Checked, ...]
    known: tuple[Checked, ...]
    forked: tuple[Checked, ...]
    tail: Place
    apart: tuple[Checked, ...] = ()


def check_hand_in(request: HandInRequest) -> None:
    """Refuse a hand-in that is not of this protocol or longer than its limits."""
    if request.protocol != PROTOCOL:
        raise UnknownProtocol(protocol=request.protocol, supported=PROTOCOL)
    for what, count, limit in (
        ("number-of-entries-handed-in", len(request.entries), PUSH_ENTRIES_MAX),
        ("number-of-epochs", len(request.epochs), EPOCHS_MAX),
        ("number-of-erasures", len(request.erasures), PUSH_ENTRIES_MAX),
        ("wraps-of-an-entry", max((len(e.wraps) for e in request.entries), default=0), WRAPS_MAX),
    ):
        if count > limit:
            raise TooLarge(what=what, size=count, limit=limit)


def read_entries(entries: Sequence[Entry], municipality: str, device: bytes, verify: Verify, erased: Erased) -> Read:
    """Read every entry and check its signature; a bad one is named and ends the run that is taken like a push.

    An entry without a body is bad unless its record was erased: its words would be lost for good.
    """
    run: list[Checked] = []
    loose: list[Checked] = []
    bad: list[HandedIn] = []
    for entry in entries:
        item, code = _read(entry, municipality, device, verify, erased)
        if code:
            bad.append(HandedIn(item.header.seq, item.hash, code) if item else HandedIn(0, b"", code))
        elif item and not bad and not loose and _follows(run, item):
            run.append(item)
        elif item:
            loose.append(item)
    return Read(tuple(run), tuple(loose), tuple(bad))


def _read(entry: Entry, municipality: str, device: bytes, verify: Verify, erased: Erased) -> tuple[Checked | None, str]:
    item = None
    try:
        item = check_entry(entry, municipality)
        if item.header.device != device:
            raise ForeignEntry(seq=item.header.seq, what="another-device")
        if entry.body is None and not erased(item.header.record):
            raise BodyMissing(seq=item.header.seq)
    except SyncError as error:
        return item, error.code
    return item, "" if verify(entry.sig, item.hash) else BAD_SIGNATURE


def _follows(run: Sequence[Checked], item: Checked) -> bool:
    return not run or (item.header.seq == run[-1].header.seq + 1 and item.entry.prev == run[-1].hash)


def decide_hand_in(read: Read, tail: Place, held: HeldAt, last_good: int | None = None) -> Decided:
    """Decide what of a hand-in is new; the tail moves over the first run alone, and never over a gap.

    `held` gives the hash of what is held at a seq of the device, beyond its tail too; `last_good` is the seq with which
    a revoked device ends.
    """
    below = [item for item in read.good if last_good is not None and item.header.seq <= last_good]
    if below:
        assert last_good is not None
        above = _decided(_above(read, last_good), tail, held)
        known = [item for item in below if held(item.header.seq) == item.hash]
        apart = tuple(dict.fromkeys(item for item in below if held(item.header.seq) != item.hash))
        return above._replace(known=(*dict.fromkeys(known), *above.known), apart=apart)
    return _decided(read, tail, held)


def _above(read: Read, last_good: int) -> Read:
    def kept(items: Sequence[Checked]) -> tuple[Checked, ...]:
        return tuple(item for item in items if item.header.seq > last_good)

    return Read(kept(read.run), kept(read.loose), read.bad)


def _decided(read: Read, tail: Place, held: HeldAt) -> Decided:
    push = decide_push(read.run, tail, held) if read.run else Push(tail=tail)
    fresh, known, forked = list(push.fresh), list(push.known), list(push.forked)
    decided = {item.hash for item in (*fresh, *known, *forked)}
    here = {item.header.seq: item.hash for item in fresh}
    parted = bool(read.run) and read.run[0].header.seq <= tail.seq + 1 and not decided
    for item in (*read.run, *read.loose):
        if item.hash in decided:
            continue
        decided.add(item.hash)
        seq = item.header.seq
        there = here.get(seq) or held(seq)
        if there == item.hash:
            known.append(item)
        elif there is not None or (parted and item in read.run):
            forked.append(item)
        else:
            here[seq] = item.hash
            fresh.append(item)
    return Decided(tuple(fresh), tuple(known), tuple(forked), push.tail)


def receipted(read: Read, decided: Decided) -> Place | None:
    """The last of the entries that is held without a gap: what a receipt may be given for."""
    kept = {item.hash for item in (*decided.fresh, *decided.known)}
    covered = [item for item in read.good if item.hash in kept and item.header.seq <= decided.tail.seq]
    last = max(covered, key=lambda item: item.header.seq, default=None)
    return None if last is None else Place(last.header.seq, last.hash)


def parts(request: HandInRequest, *, newest_first: bool = False) -> Iterator[HandInRequest]:
    """Cut a hand-in of any length, such as a rescue file, into requests within the limits.

    Those of a revoked device go newest first, since its end proves what stands before it.
    """
    epochs = {epoch.id: epoch for epoch in request.epochs}
    step = EPOCHS_MAX // WRAPS_MAX  # so that the epochs of a part's wraps fit too
    starts = range(0, max(1, len(request.entries)), step)
    for start in reversed(starts) if newest_first else starts:
        entries = request.entries[start : start + step]
        named = {wrap.epoch for entry in entries for wrap in entry.wraps}
        bare = len([entry for entry in entries if entry.body is None])
        yield HandInRequest(
            request.protocol,
            request.certificate,
            entries,
            tuple(epoch for id_, epoch in epochs.items() if id_ in named),
            request.erasures[:PUSH_ENTRIES_MAX] if bare else (),
            request.receipt,
        )
