"""How a device shows an invitation, and what it checks before it believes the answer (sync/SPEC.md section 7.4)."""

from contextlib import suppress
from typing import Final

import msgspec

from backend.device.transport import Transport, Unreachable
from backend.errors import EnrolmentRefused
from backend.municipality.enrolment import (
    EnrolRequest,
    EnrolResponse,
    Invitation,
    bundle_hash,
    enrolment_mac,
)
from crypto.keys import SealingKey, SigningKey, device_id, verify
from sync.errors import NotMessagePack
from sync.facts import purpose_of, signed_fields

TRIES: Final = 3  # an answer may be lost on the way, and the invitation lives ten minutes


def ask_to_enrol(
    invitation: Invitation, signing: SigningKey, sealing: SealingKey, transport: Transport
) -> EnrolResponse:
    """Show an invitation with the public keys of a device; the answer is checked against the invitation first.

    Raises:
        EnrolmentRefused: the keys are not those of the invitation, or the certificate is another device's.
        CryptoError: the municipality did not sign what came.
    """
    request = EnrolRequest(invitation.token, sealing.suite, signing.public, sealing.public, b"")
    request = msgspec.structs.replace(request, mac=enrolment_mac(invitation.secret, request))
    raw = _posted(transport, f"/api/v1/{invitation.municipality}/enrolments", msgspec.msgpack.encode(request))
    try:
        answer = msgspec.msgpack.decode(raw, type=EnrolResponse)
    except msgspec.DecodeError as error:
        raise NotMessagePack(why=str(error)) from None
    check_answer(invitation, answer, signing.public, sealing.public)
    return answer


def check_answer(invitation: Invitation, answer: EnrolResponse, signing: bytes, sealing: bytes) -> None:
    """Check an answer for a device with these public keys: the keys by the invitation, then the certificate by them.

    Raises:
        EnrolmentRefused: the keys are not those of the invitation, or the certificate is another device's.
        CryptoError: the municipality did not sign what came.
    """
    keys, certificate = answer.keys, answer.certificate
    if bundle_hash(keys) != invitation.bundle_hash or certificate.device != device_id(signing, sealing):
        raise EnrolmentRefused(why="keys-differ")
    for fact in (keys, certificate):
        verify(keys.signing, fact.sig, purpose_of(fact), *signed_fields(fact))


def _posted(transport: Transport, path: str, body: bytes) -> bytes:
    """Post, and again where no answer came: the same keys are given the same certificate."""
    for _ in range(TRIES - 1):
        with suppress(Unreachable):
            return transport.post(path, body, {})
    return transport.post(path, body, {})
