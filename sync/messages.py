"""The messages of the exchange as they travel, in MessagePack, and what a device signs of a request (SPEC.md 6)."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec

from sync.entry import Entry
from sync.errors import ClockTooFarOff, NotMessagePack
from sync.facts import Certificate, Erasure, Fact, Grant, Revocation, Whole

PROTOCOL: Final = 1
FRESH_MS_MAX: Final = 600_000  # a request is worth ten minutes, so that a recorded one cannot be sent again later
CHANGES_DEFAULT: Final = 500  # changes in one answer
CHANGES_MAX: Final = 2_000
HANDED_MAX: Final = 500  # others' entries in one request
GRANTS_MAX: Final = 256
REPORTS_MAX: Final = 256
FACTS_MAX: Final = 1_000
EPOCHS_MAX: Final = 64
ERASED_MAX: Final = 256  # confirmed erasures in one request
LACKING_MAX: Final = 256  # records whose keys are asked for in one request
FORMS_MAX: Final = 1_000  # forms and lists that a device names
SEALED_BYTES_MAX: Final = 2_048  # a sealed epoch or record key: 1,168 bytes with suite 2
SIGNED_HEADERS: Final = ("upload-offset", "upload-length", "upload-metadata", "content-type")

RequestFields: TypeAlias = tuple[str, str, bytes, int, str, str, str, str]


def request_fields(
    method: str, target: str, body_hash: bytes, time_ms: int, headers: Mapping[str, str]
) -> RequestFields:
    """List the fields that the signature of a request covers, in order (purpose "request", SPEC.md section 5).

    `target` is the path with its query; `headers` has lower-case names, and one that is absent counts as empty. A
    header that means something to a route and is not among them could be changed by whoever carries the request.
    """
    offset, length, metadata, content_type = (headers.get(name, "") for name in SIGNED_HEADERS)
    return method, target, body_hash, time_ms, offset, length, metadata, content_type


def check_time(time_ms: int, now_ms: int) -> None:
    """Refuse a request whose time is too far from the server's: a recorded one is worth nothing later."""
    if abs(time_ms - now_ms) > FRESH_MS_MAX:
        raise ClockTooFarOff(off_ms=abs(time_ms - now_ms), max_ms=FRESH_MS_MAX)


class Place(msgspec.Struct, frozen=True, array_like=True):
    """A place in a device's journal."""

    seq: Whole
    hash: bytes


class Epoch(msgspec.Struct, frozen=True, array_like=True):
    """A device's key for wrapping, sealed once to the municipality (SPEC.md section 2 of crypto)."""

    id: bytes
    key_id: bytes
    suite: Whole
    sealed: bytes


class Receipt(msgspec.Struct, frozen=True, array_like=True):
    """The server's signed word that a device's journal up to `seq` was committed to disk at `at_ms`."""

    municipality: str
    life: bytes
    device: bytes
    seq: Whole
    hash: bytes
    at_ms: Whole
    sig: bytes = b""

    def signed_fields(self) -> tuple[bytes | str | int, ...]:
        """The fields under the signature (purpose "receipt")."""
        return (self.municipality, self.life, self.device, self.seq, self.hash, self.at_ms)


class SealedGrant(msgspec.Struct, frozen=True, array_like=True):
    """A grant with the record key, sealed to the device it is for."""

    grant: Grant
    sealed: bytes


class ReportNote(msgspec.Struct, frozen=True, array_like=True):
    """A report of an entry that a device could not open, with the reason."""

    record: bytes
    hash: bytes
    reason: str
    sig: bytes


class SyncRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a device tells and asks in one request.

    `head` is the last entry the device ever wrote; `gone` is the receipt for the entry before the oldest one that
    it still holds, shown only when the server wants an older one.
    """

    protocol: int
    sent: Whole
    cursor: bytes = b""
    limit: int = CHANGES_DEFAULT
    head: Place | None = None
    receipt: Receipt | None = None
    gone: Receipt | None = None
    forms: dict[str, bytes] = {}
    epochs: tuple[Epoch, ...] = ()
    entries: tuple[Entry, ...] = ()
    grants: tuple[SealedGrant, ...] = ()
    handed: tuple[Entry, ...] = ()
    reports: tuple[ReportNote, ...] = ()
    facts: tuple[Fact, ...] = ()  # handed in after a new life, each checked by its own signature
    erased: tuple[bytes, ...] = ()  # records that the device erased, as it was told to
    lacking: tuple[bytes, ...] = ()  # records that it may read and whose key it lost
    status: dict[str, Any] = {}


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to take in: an entry with its stamp, or a fact, with the sealed key where it is a grant."""

    position: int
    entry: Entry | None = None
    received: int | None = None
    fact: Fact | None = None
    sealed: bytes | None = None


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """The stamp that the sender's own entries from `first` to `last` have: without it their author would show
    another one first than everybody else does."""

    first: int
    last: int
    received: int


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a push was not taken in: the first entry at fault, a stable code, what happened, what to do.

    Message and remedy are in English; `facts` are what an app fills its own sentence of this code with.
    """

    seq: int
    code: str
    message: str
    remedy: str
    facts: dict[str, int | str] = {}


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something a device is asked or told: `kind` is one of NOTICES; `record` where it is about one."""

    kind: str
    record: bytes | None = None


WRAP_WANTED: Final = "wrap-wanted"  # nobody can open this record for the municipality: send its wrap again
ERASED_DROPPED: Final = "erased-dropped"  # an entry came for an erased record: chained, receipted, dropped
WITHDRAWN: Final = "withdrawn"  # the record is no longer delivered to this device
NOTICES: Final = (WRAP_WANTED, ERASED_DROPPED, WITHDRAWN)


class FormNotice(msgspec.Struct, frozen=True, omit_defaults=True):
    """A form version that the device lacks."""

    form: str
    version: int
    digest: bytes


GRANT_WAITS: Final = "device-unknown"  # its grantee, as after a restore: the device keeps it and sends it again later


class RefusedGrant(msgspec.Struct, frozen=True, array_like=True):
    """A grant that was not taken, answered by itself: nothing else of the exchange waits for it."""

    sealed_hash: bytes
    code: str


class SyncResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that the server answers, after its commit is on disk."""

    life: bytes
    server_time: int
    received_through: Place
    durable_through: Place
    cursor: bytes
    more: bool = False
    wanted: int | None = None
    fork: Place | None = None
    refused: Refusal | None = None
    receipt: Receipt | None = None
    stamps: tuple[Stamp, ...] = ()
    changes: tuple[Change, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    forms: tuple[FormNotice, ...] = ()
    notices: tuple[Notice, ...] = ()
    refused_grants: tuple[RefusedGrant, ...] = ()


_requests: Final = msgspec.msgpack.Decoder(SyncRequest)
_responses: Final = msgspec.msgpack.Decoder(SyncResponse)
_encoder: Final = msgspec.msgpack.Encoder()


def read_request(raw: bytes) -> SyncRequest:
    """A request from its bytes, or what is wrong with it."""
    try:
        return _requests.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotMessagePack(why=str(error)) from None


def read_response(raw: bytes) -> SyncResponse:
    """An answer from its bytes, or what is wrong with it."""
    try:
        return _responses.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotMessagePack(why=str(error)) from None


def write(message: SyncRequest | SyncResponse) -> bytes:
    """The bytes of a message."""
    return _encoder.encode(message)


HELD: Final = "held"  # statuses of an entry that was handed in; anything else is the code of an error
KNOWN: Final = "known"
FORKED: Final = "forked"  # kept apart: another entry of the device stands at its seq
UNPROVEN: Final = "unproven"  # kept apart: below the end of a revoked device, and nothing proves it yet
KEY_NOT_KEPT: Final = "key-not-kept"  # the entry is held, its wrap found no place: device and file stay


class HandInRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A hand-in without a signed request: each entry proves itself. A rescue file has these bytes.

    `erasures` are the facts that explain why entries have no body; `receipt` is the last one that the device was given,
    which proves its entries where they are missing below its end.
    """

    protocol: int
    certificate: Certificate
    entries: tuple[Entry, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    receipt: Receipt | None = None


class HandedIn(msgspec.Struct, frozen=True, array_like=True):
    """The outcome for one entry: HELD, KNOWN, FORKED, UNPROVEN, KEY_NOT_KEPT, or the code of an error."""

    seq: int
    hash: bytes
    status: str


class HandInAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The server's answer about the entries in a hand-in, and about nothing else.

    The receipt is for the last of them that is held without a gap, absent while the municipality is locked.
    """

    life: bytes
    server_time: int
    entries: tuple[HandedIn, ...] = ()
    receipt: Receipt | None = None
    revocations: tuple[Revocation, ...] = ()


_hand_ins: Final = msgspec.msgpack.Decoder(HandInRequest)


def read_hand_in(raw: bytes) -> HandInRequest:
    """A hand-in, or a rescue file, from its bytes; `NotMessagePack` says what is wrong with it."""
    try:
        return _hand_ins.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotMessagePack(why=str(error)) from None


def write_hand_in(message: HandInRequest | HandInAnswer) -> bytes:
    """The bytes of a hand-in or of its answer."""
    return _encoder.encode(message)
