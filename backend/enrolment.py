"""The messages with which a device becomes a worker's, and the proof in them (sync/SPEC.md 7.4).

Server and device share them; neither needs the other for it.
"""

from typing import Any

import msgspec

from crypto.keys import signed_bytes
from crypto.primitives import hmac_sha256, sha256
from sync.errors import NotMessagePack
from sync.facts import Certificate, Keys, signed_fields


class Invitation(msgspec.Struct, frozen=True, array_like=True):
    """An invitation, as the QR code and the link carry it in the URL fragment."""

    municipality: str
    token: bytes
    secret: bytes
    bundle_hash: bytes


class EnrolRequest(msgspec.Struct, frozen=True):
    """A device's public keys, vouched for by the invitation's secret."""

    token: bytes
    suite: int
    signing: bytes
    sealing: bytes
    mac: bytes


class EnrolResponse(msgspec.Struct, frozen=True):
    """The municipality's keys, to be checked against the invitation, and the device's certificate."""

    keys: Keys
    certificate: Certificate
    server_time: int


def bundle_hash(keys: Keys) -> bytes:
    """The hash over the municipality's public keys, minimum suite and serial that an invitation carries."""
    return sha256(signed_bytes("bundle", *signed_fields(keys)))


def enrolment_mac(secret: bytes, request: EnrolRequest) -> bytes:
    """HMAC over the keys that a device posts."""
    return hmac_sha256(secret, signed_bytes("enrol", request.token, request.suite, request.signing, request.sealing))


def read_message(raw: bytes, kind: type[Any]) -> Any:
    """An enrolment message from its MessagePack bytes."""
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotMessagePack(why=str(error)) from None
