"""An upload, decided before anything of it is written: who may bring it, under which name and limits (SPEC.md 11).

The server never opens a stream. What is looked at is who brings it and for which record, what is held under its name,
how much there is of it and of others; the caller then writes files and rows, and looks at the bytes themselves.
"""

from typing import Final, Literal, NamedTuple, TypeAlias

from sync.acting import Denial
from sync.authority import finishes_upload

STREAM_BYTES_MIN: Final = 65
STREAM_BYTES_MAX: Final = 26_220_849
OPEN_MAX: Final = 32  # open uploads of one device: a day of photos at once
OPEN_MS_MAX: Final = 7 * 24 * 3_600_000  # a week without a connection after the last time it was begun
RESERVE_BYTES: Final = 64 * 1024 * 1024  # photos leave the disk this much for what was written
ENDED_BYTES_MAX: Final = 512 * 1024 * 1024  # of photos that one device brings after its end: its thief can sign

Begun: TypeAlias = Literal["finished", "goes-on", "begins"]
Piece: TypeAlias = Literal["repeats", "continues"]


class Bringer(NamedTuple):
    """The device that brings something for a record, and what is held of both.

    `ended` is the code of how the device ended (`device-revoked`, `certificate-expired`), or empty; `last_good` where a
    revocation ends it; `first` the seq of its first entry in the record that counts, asked only where it ended;
    `writes` whether what it adds to the record counts, asked only where it lives.
    """

    ended: str
    last_good: int | None
    first: int | None
    erased: bool
    known: bool
    writes: bool


class Stream(NamedTuple):
    """The upload as its metadata describe it."""

    record: bytes
    name: bytes
    length: int


class Registered(NamedTuple):
    """The attachment under a name: the record that it belongs to, and its length."""

    record: bytes
    length: int


class There(NamedTuple):
    """The state of an upload and its device at a server. `registered` stands under its name, `in_place` is its file;
    `open` whether this very upload was begun, `others` the device's other open ones that are not too old, `brought`
    the bytes that it brought since its end, this stream and its open ones counted whole; `free` what the disk has
    left."""

    registered: Registered | None
    in_place: bool
    open: bool
    others: int = 0
    brought: int = 0
    free: int = 1 << 62


def against_bringing(bringer: Bringer, record: bytes) -> Denial | None:
    """Why a device brings nothing for a record. One that has ended is told its end about everything that it may not
    finish, and nothing else."""
    if bringer.ended:
        finishes = not bringer.erased and finishes_upload(bringer.last_good, bringer.first)
        return None if finishes else Denial(bringer.ended, {})
    if bringer.erased:
        return Denial("record-erased", {"record": record.hex()})
    if not bringer.known:
        return Denial("record-unknown", {"record": record.hex()})
    return None if bringer.writes else Denial("no-access", {})


def begin(stream: Stream, bringer: Bringer, there: There) -> Begun | Denial:
    """Decide the beginning of an upload: it is finished whoever brought it, goes on where it stopped, or begins."""
    against = against_bringing(bringer, stream.record)
    if against is not None:
        return against
    if bringer.ended and not is_finished(stream, there) and there.brought > ENDED_BYTES_MAX:
        return Denial("upload-ended-full", {"bytes": there.brought, "limit": ENDED_BYTES_MAX})
    if not STREAM_BYTES_MIN <= stream.length <= STREAM_BYTES_MAX:
        return _too_long("attachment-size", stream.length, STREAM_BYTES_MAX)
    against = _against_name(stream, there)
    if against is not None:
        return against
    if is_finished(stream, there):
        return "finished"
    if there.open:
        return "goes-on"
    if there.others >= OPEN_MAX:
        return _too_long("open-uploads", there.others, OPEN_MAX)
    if there.free < stream.length + RESERVE_BYTES:
        return Denial("store-full", {"store": "attachments"})
    return "begins"


def finish(stream: Stream, bringer: Bringer, there: There) -> Denial | None:
    """Why a whole upload whose bytes fit its name is not registered; nothing if it is. Safe at once and again."""
    against = against_bringing(bringer, stream.record) or _against_name(stream, there)
    if against is not None:
        return against
    return None if there.open or there.in_place else Denial("upload-unknown", {})


def add(length: int, held: int, offset: int, size: int) -> Piece | Denial:
    """Decide a piece of an upload of which `held` bytes are held: it repeats some, or continues after them."""
    if offset + size > length:
        return _too_long("upload-size", offset + size, length)
    if offset > held or offset < held < offset + size:
        return Denial("upload-offset", {"given": offset, "held": held})
    return "repeats" if offset + size <= held else "continues"


def is_finished(stream: Stream, there: There) -> bool:
    """True if these very bytes are registered for this record and in place, whoever brought them."""
    return there.registered == (stream.record, stream.length) and there.in_place


def _against_name(stream: Stream, there: There) -> Denial | None:
    """A name belongs to one record and one length."""
    if there.registered is None:
        return None
    if there.registered.record != stream.record:
        facts = {"found": there.registered.record.hex(), "record": stream.record.hex()}
        return Denial("attachment-foreign", facts)
    if there.registered.length != stream.length:
        return Denial("attachment-hash", {"size": stream.length})
    return None


def _too_long(what: str, size: int, limit: int) -> Denial:
    return Denial("attachment-too-long", {"what": what, "size": size, "limit": limit})
