"""Facts: the municipality's statements about devices and records, signed and journaled (SPEC.md section 5).

A fact's signature has the fact's own name as its purpose and covers every member before `sig`, in order.
"""

from operator import attrgetter
from typing import Annotated, Final, TypeAlias, TypeVar, get_args

import msgspec

WORKER: Final = "worker"  # a field device: creates records and reads what it was granted
Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]  # what stores and signatures can hold
DESK: Final = "desk"  # a staff member's device: may also set entries aside


class _Fact(msgspec.Struct, frozen=True, array_like=True):
    """Members in the order in which they are signed; `sig` is always the last."""


class Keys(_Fact, frozen=True, array_like=True, tag="keys"):
    """The municipality's public keys and rules, with a rising serial; signed by its signing key."""

    municipality: str
    serial: Whole
    signing: bytes
    sealing: bytes
    suite: Whole
    minimum_suite: Whole
    receipt: bytes
    at_ms: Whole
    sig: bytes = b""


class Certificate(_Fact, frozen=True, array_like=True, tag="certificate"):
    """The municipality vouches that a device with these keys is worked by this worker.

    `from_ms` and `until_ms` bound requests, never admission. `succeeds` names the device whose place this one
    took after a fork.
    """

    municipality: str
    device: bytes
    worker: str
    role: str
    suite: Whole
    signing: bytes
    sealing: bytes
    from_ms: Whole
    until_ms: Whole
    succeeds: bytes | None = None
    sig: bytes = b""


class Revocation(_Fact, frozen=True, array_like=True, tag="revocation"):
    """From this device nothing after its last good entry counts; what it wrote is kept."""

    municipality: str
    device: bytes
    last_seq: Whole
    last_hash: bytes
    stolen: Whole
    at_ms: Whole
    sig: bytes = b""


class Grant(_Fact, frozen=True, array_like=True, tag="grant"):
    """A record was opened to a device. The sealed key travels and is kept apart, so that it can be forgotten.

    `by` is the granting device, or nil for the municipality's own key.
    """

    municipality: str
    record: bytes
    key: bytes
    to: bytes
    suite: Whole
    sealed_hash: bytes
    by: bytes | None
    sig: bytes = b""


class Assignment(_Fact, frozen=True, array_like=True, tag="assignment"):
    """A record was given to a worker: to every device they have now, and will have."""

    municipality: str
    record: bytes
    worker: str
    at_ms: Whole
    sig: bytes = b""


class Withdrawal(_Fact, frozen=True, array_like=True, tag="withdrawal"):
    """Delivery of a record to a worker's devices ends; what they wrote still counts."""

    municipality: str
    record: bytes
    worker: str
    at_ms: Whole
    sig: bytes = b""


class SetAside(_Fact, frozen=True, array_like=True, tag="set-aside"):
    """An entry that failed a reader's check, left out by every merge; `by` a desk device or nil."""

    municipality: str
    record: bytes
    hash: bytes
    reason: str
    by: bytes | None
    sig: bytes = b""


class Report(_Fact, frozen=True, array_like=True, tag="report"):
    """A field device could not open an entry; listed for a person, without effect on the merge."""

    municipality: str
    record: bytes
    hash: bytes
    reason: str
    by: bytes
    sig: bytes = b""


class Erasure(_Fact, frozen=True, array_like=True, tag="erasure"):
    """A record is forgotten: its keys, bodies, attachments and rows; hashes and headers remain."""

    municipality: str
    record: bytes
    reason: str
    at_ms: Whole
    sig: bytes = b""


class Hole(_Fact, frozen=True, array_like=True, tag="hole"):
    """Entries that a server receipted and nobody holds any more; signed by the receipt key."""

    municipality: str
    device: bytes
    first: Whole
    last: Whole
    last_hash: bytes
    at_ms: Whole
    sig: bytes = b""


class FormVersion(_Fact, frozen=True, array_like=True, tag="form"):
    """A form version was published; the digest is the SHA-256 of its document."""

    municipality: str
    form: str
    version: Whole
    digest: bytes
    at_ms: Whole
    sig: bytes = b""


class FormRetired(_Fact, frozen=True, array_like=True, tag="form-retired"):
    """Nothing new is begun with a form, up to this version; its records stay and are edited as before."""

    municipality: str
    form: str
    version: Whole
    at_ms: Whole
    sig: bytes = b""


Fact: TypeAlias = (
    Keys
    | Certificate
    | Revocation
    | Grant
    | Assignment
    | Withdrawal
    | SetAside
    | Report
    | Erasure
    | Hole
    | FormVersion
    | FormRetired
)

DECLINED: Final = "declined"  # a person left a held entry out; it says nothing to admission
PARTED: Final = "parted"  # another entry of the device stands at its seq: it holds no place
REPORT_REASONS: Final = ("sig", "key", "open", "touches")
SET_ASIDE_REASONS: Final = (*REPORT_REASONS, DECLINED, PARTED)
ERASURE_REASONS: Final = ("retention", "request", "mistake", "court")

_decoder: Final[msgspec.msgpack.Decoder[Fact]] = msgspec.msgpack.Decoder(Fact)
_encoder: Final = msgspec.msgpack.Encoder()
_KINDS: Final[tuple[type[Fact], ...]] = get_args(Fact)
_PURPOSES: Final = {kind: str(kind.__struct_config__.tag) for kind in _KINDS}
_SIGNED: Final = {kind: attrgetter(*kind.__struct_fields__[:-1]) for kind in _KINDS}

F = TypeVar("F", bound=Fact)
SignedField: TypeAlias = bytes | str | int | None


def purpose_of(fact: Fact) -> str:
    """The purpose that a fact's signature is bound to."""
    return _PURPOSES[type(fact)]


def signed_fields(fact: Fact) -> tuple[SignedField, ...]:
    """The fields under a fact's signature: every member but the signature, in the listed order."""
    return _SIGNED[type(fact)](fact)


def with_signature(fact: F, sig: bytes) -> F:
    """The same fact, signed."""
    return msgspec.structs.replace(fact, sig=sig)


def encode_fact(fact: Fact) -> bytes:
    """The bytes that the journal keeps and that a place's hash is taken over."""
    return _encoder.encode(fact)


def decode_fact(raw: bytes) -> Fact:
    """A fact from its bytes; raises `msgspec.DecodeError` for anything else."""
    return _decoder.decode(raw)


def record_of(fact: Fact) -> bytes | None:
    """The record that a fact is about, or nothing when it concerns the whole municipality."""
    return getattr(fact, "record", None)
