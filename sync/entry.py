"""The entry: one saved edit, with a clear header that binds a sealed body (SPEC.md section 3)."""

import re
from hashlib import sha256
from typing import Any, Final

import msgspec

from sync import clock
from sync.errors import BodyHashLies, MalformedHeader, TooLarge

VERSION: Final = 1
ACTS: Final = ("write", "delete", "restore")
ZERO_HASH: Final = bytes(32)  # the `prev` of a device's first entry
SHORT_HASH: Final = 8  # bytes of an entry's hash that an observation carries
SEQ_MAX: Final = (1 << 53) - 1  # the largest integer that JavaScript keeps exactly

HEADER_BYTES_MAX: Final = 32 * 1024  # 1,024 touches and 256 observations fit with room to spare
BODY_BYTES_MAX: Final = 256 * 1024  # a form with long texts; photos travel apart
TOUCHES_MAX: Final = 1024  # fields that one save may change
OBSERVED_MAX: Final = 256  # devices that one edit may have seen; beyond that the rest stay conflicts
WRAPS_MAX: Final = 4  # an entry carries its record's wrap, and again where it was asked for
PUSH_ENTRIES_MAX: Final = 500  # a weak connection gets an answer before it breaks
PUSH_BYTES_MAX: Final = 4 * 1024 * 1024

MUNICIPALITY = re.compile(r"GM[0-9]{4}")


class Seen(msgspec.Struct, frozen=True, array_like=True, order=True):
    """One observation: the last entry of this record by `device` that was on screen when editing began."""

    device: bytes
    seq: int
    short: bytes


class Header(msgspec.Struct, frozen=True, array_like=True):
    """An entry's header: who changed which fields of which record, when, having seen what. Clear to every server."""

    version: int
    municipality: str
    device: bytes
    seq: int
    clock_bytes: bytes
    record: bytes
    key: bytes
    act: str
    observed: tuple[Seen, ...]
    touches: tuple[bytes, ...]
    source: bytes | None

    @property
    def clock(self) -> int:
        """The hybrid logical clock as an integer."""
        return int.from_bytes(self.clock_bytes, "big")


class Wrap(msgspec.Struct, frozen=True, array_like=True):
    """A record key wrapped under an epoch key of the device that holds it."""

    record: bytes
    key: bytes
    epoch: bytes
    nonce: bytes
    wrapped: bytes


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """An entry as it travels and as the journal keeps it; the bytes stay as they were received.

    `body` is nil only for an erased record; then `body_hash` stands for it and the chain stays verifiable.
    """

    prev: bytes
    header: bytes
    body: bytes | None
    body_hash: bytes | None
    sig: bytes
    wraps: tuple[Wrap, ...] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Header)
_MEMBERS: Final = (
    "version", "municipality", "device", "seq", "clock", "record", "key", "act", "observed", "touches", "from",
)  # fmt: skip


def header_of(
    municipality: str,
    device: bytes,
    seq: int,
    at: int,
    record: bytes,
    key: bytes,
    act: str,
    observed: tuple[Seen, ...] = (),
    touches: tuple[bytes, ...] = (),
    source: bytes | None = None,
) -> Header:
    """A header in its canonical order: observations and touches sorted, the clock packed."""
    return Header(
        VERSION, municipality, device, seq, clock.pack(at), record, key, act,
        tuple(sorted(observed)), tuple(sorted(touches)), source,
    )  # fmt: skip


def encode_header(header: Header) -> bytes:
    """The bytes that are hashed, sealed against, and signed."""
    return _encoder.encode(header)


def parse_header(raw: bytes) -> Header:
    """Read a header, or say which member is malformed.

    Exactness is what makes two implementations hash alike: a header is accepted only if encoding what was
    read gives the same bytes, so a longer integer, a text for bytes or a twelfth member are all refused.
    """
    if len(raw) > HEADER_BYTES_MAX:
        raise TooLarge(what="an-entry-header", size=len(raw), limit=HEADER_BYTES_MAX)
    try:
        header = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedHeader(member=_member_named(str(error)), why="wrong-type") from None
    _check_members(header)
    if _encoder.encode(header) != raw:
        raise MalformedHeader(member="array", why="not-shortest")
    return header


def _member_named(message: str) -> str:
    place = re.search(r"\$\[(\d+)\]", message)
    return _MEMBERS[int(place.group(1))] if place and int(place.group(1)) < len(_MEMBERS) else "array"


def _check_members(h: Header) -> None:
    if h.version != VERSION:
        _refuse("version", "not-the-version", given=h.version, known=VERSION)
    if not MUNICIPALITY.fullmatch(h.municipality):
        _refuse("municipality", "not-a-code")
    if not 1 <= h.seq <= SEQ_MAX:
        _refuse("seq", "not-between", least=1, most=SEQ_MAX)
    for member, value, length in (("device", h.device, 16), ("record", h.record, 16), ("key", h.key, 16)):
        if len(value) != length:
            _refuse(member, "bytes-not", given=len(value), length=length)
    if len(h.clock_bytes) != 8:
        _refuse("clock", "bytes-not", given=len(h.clock_bytes), length=8)
    if h.act not in ACTS:
        _refuse("act", "not-an-act")
    _check_observed(h.observed)
    _check_touches(h.act, h.touches)
    if h.source is not None and len(h.source) != 32:
        _refuse("from", "bytes-not", given=len(h.source), length=32)


def _check_observed(observed: tuple[Seen, ...]) -> None:
    if len(observed) > OBSERVED_MAX:
        raise TooLarge(what="observed-entries", size=len(observed), limit=OBSERVED_MAX)
    last = b""
    for seen in observed:
        if len(seen.device) != 16 or len(seen.short) != SHORT_HASH or not 1 <= seen.seq <= SEQ_MAX:
            _refuse("observed", "not-an-observation")
        if seen.device <= last:
            _refuse("observed", "not-sorted-by-device")
        last = seen.device


def _check_touches(act: str, touches: tuple[bytes, ...]) -> None:
    if len(touches) > TOUCHES_MAX:
        raise TooLarge(what="touched-fields", size=len(touches), limit=TOUCHES_MAX)
    if (act == "write") != bool(touches):
        _refuse("touches", "touches-and-act")
    last = b""
    for touch in touches:
        if len(touch) != 8:
            _refuse("touches", "not-a-touch")
        if touch <= last:
            _refuse("touches", "touches-not-sorted")
        last = touch


def _refuse(member: str, why: str, **facts: int) -> None:
    raise MalformedHeader(member=member, why=why, **facts)


def entry_hash(prev: bytes, header: bytes, body_hash: bytes) -> bytes:
    """The hash that names an entry and that its device signs."""
    return sha256(b"veldpost/1/entry" + prev + sha256(header).digest() + body_hash).digest()


def body_hash_of(entry: Entry, seq: int = 0) -> bytes:
    """SHA-256 of the body, or what stands for it when the record was erased; refuses a hash that lies."""
    if entry.body is None:
        if entry.body_hash is None or len(entry.body_hash) != 32:
            raise BodyHashLies(seq=seq)
        return entry.body_hash
    if len(entry.body) > BODY_BYTES_MAX:
        raise TooLarge(what="the-body-of-entry", seq=seq, size=len(entry.body), limit=BODY_BYTES_MAX)
    digest = sha256(entry.body).digest()
    if entry.body_hash is not None and entry.body_hash != digest:
        raise BodyHashLies(seq=seq)
    return digest


def record_id(device: bytes, key: bytes) -> bytes:
    """The record that `device` creates with the key that `key` commits to: the id proves both."""
    return sha256(b"veldpost/1/record" + device + key).digest()[:16]


def conflict_id(municipality: str, record: bytes, touch: bytes, survivors: tuple[bytes, ...]) -> bytes:
    """The one name of a conflict, the same on every server and device; a new survivor gives a new name."""
    joined = b"".join(sorted(survivors))
    return sha256(b"veldpost/1/conflict" + municipality.encode() + record + touch + joined).digest()[:16]


def decision_id(municipality: str, record: bytes, kind: str, name: str, shown: tuple[bytes, ...]) -> bytes:
    """The name of anything else that waits for a person: another entry to be shown gives another name."""
    said = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in (municipality, kind, name))
    return sha256(b"veldpost/1/decision" + said + record + b"".join(sorted(shown))).digest()[:16]


def decode_entry(raw: bytes) -> Entry:
    """An entry from its MessagePack bytes, for files and hand-overs."""
    return msgspec.msgpack.decode(raw, type=Entry)


def encode(value: Any) -> bytes:
    """MessagePack bytes of any wire struct of this room."""
    return _encoder.encode(value)
