"""Enrols a device: shows an invitation, and checks the answer before believing it (sync/SPEC.md section 7.4).

Its keys are on disk before anybody hears of them. Where the answer was lost, and the server has forgotten the
invitation since, they ask whether they were certified.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec

from backend.clock import Clock
from backend.device.store import DeviceStore, Identity
from backend.device.transport import MESSAGEPACK, ServerRefused, Transport, Unreachable, signed_headers
from backend.enrolment import EnrolRequest, EnrolResponse, Invitation, bundle_hash, enrolment_mac
from backend.errors import EnrolmentRefused
from crypto.keys import SUITE_XWING, SealingKey, SigningKey, device_id, verify
from sync.device import Pen
from sync.errors import NotMessagePack
from sync.facts import Certificate, Fact, Keys, purpose_of, signed_fields
from sync.messages import PROTOCOL, SyncRequest, read_response, write

ENROLLING: Final = "enrolling"  # the keys that wait to be certified, while the store is no device yet
TRIES: Final = 3  # an answer may be lost on the way, and the invitation lives ten minutes


class Waiting(msgspec.Struct, frozen=True):
    """Keys that were made to be shown with one invitation, of which the secret is not kept."""

    identity: Identity
    token: bytes
    bundle_hash: bytes


def enrol(store: DeviceStore, invitation: Invitation, transport: Transport, clock: Clock) -> None:
    """Make an empty store a device's, by an invitation; the same one again goes on with the same keys.

    Raises:
        ServerRefused: the invitation is none or was used, and nobody certified these keys.
        EnrolmentRefused: the municipality's keys are not those of the invitation.
    """
    waiting = _waiting(store, invitation)
    signing, sealing = _keys_of(waiting.identity)
    try:
        answer = ask_to_enrol(invitation, signing, sealing, transport)
    except ServerRefused:
        found = _certified(waiting, transport, clock.now_ms())
        if found is None:
            raise
        answer = found
    _keep(store, waiting, answer, clock)


def go_on(store: DeviceStore, transport: Transport, clock: Clock) -> bool:
    """Go on with an enrolment whose answer was lost, without its invitation; false where nobody certified the keys."""
    waiting: Waiting | None = store.get(ENROLLING, Waiting)
    answer = None if waiting is None else _certified(waiting, transport, clock.now_ms())
    if waiting is None or answer is None:
        return False
    _keep(store, waiting, answer, clock)
    return True


def new_identity(municipality: str, suite: int = SUITE_XWING) -> Identity:
    """Fresh keys."""
    signing, sealing = SigningKey.generate(), SealingKey.generate(suite)
    name = device_id(signing.public, sealing.public)
    return Identity(municipality, name, sealing.suite, signing.seed().reveal(), sealing.seed().reveal())


def facts_told(identity: Identity, transport: Transport, now_ms: int) -> Iterator[tuple[Fact, int]]:
    """The facts that a server sends to a device with these keys, from the first, each with the server's time.

    Raises:
        ServerRefused: it does not know them, or the device was revoked.
    """
    signing, cursor, more, shown_ms = SigningKey.from_seed(identity.signing), b"", True, now_ms
    path = f"/api/v1/{identity.municipality}/sync"
    while more:
        body = write(SyncRequest(PROTOCOL, shown_ms, cursor=cursor))
        plain = {"Content-Type": MESSAGEPACK}
        headers = signed_headers(identity.device, signing, shown_ms, "POST", path, body, plain)
        try:
            answer = read_response(transport.post(path, body, headers))
        except ServerRefused as refusal:
            if refusal.code != "clock" or refusal.server_time is None or shown_ms != now_ms:
                raise
            shown_ms = refusal.server_time
            continue
        yield from ((change.fact, answer.server_time) for change in answer.changes if change.fact is not None)
        cursor, more = answer.cursor, answer.more


def _certified(waiting: Waiting, transport: Transport, now_ms: int) -> EnrolResponse | None:
    """Rebuild the answer to an enrolment: certificates are sent to every device, so to their own too."""
    signing, sealing = _keys_of(waiting.identity)
    keys = certificate = None
    try:
        for fact, server_ms in facts_told(waiting.identity, transport, now_ms):
            if isinstance(fact, Keys) and bundle_hash(fact) == waiting.bundle_hash:
                keys = fact
            elif isinstance(fact, Certificate) and fact.device == waiting.identity.device:
                certificate = fact
            if keys is not None and certificate is not None:
                answer = EnrolResponse(keys, certificate, server_ms)
                check_answer(waiting.bundle_hash, answer, signing.public, sealing.public)
                return answer
    except ServerRefused:
        return None
    return None


def _waiting(store: DeviceStore, invitation: Invitation) -> Waiting:
    """The keys for an invitation, made once; another invitation finds fresh ones, for it may be another worker's."""
    waiting: Waiting | None = store.get(ENROLLING, Waiting)
    if waiting is None or waiting.token != invitation.token:
        waiting = Waiting(new_identity(invitation.municipality), invitation.token, invitation.bundle_hash)
        with store.transaction():
            store.put(ENROLLING, waiting)
    return waiting


def _keys_of(identity: Identity) -> tuple[SigningKey, SealingKey]:
    return SigningKey.from_seed(identity.signing), SealingKey.from_seed(identity.sealing, identity.suite)


def _keep(store: DeviceStore, waiting: Waiting, answer: EnrolResponse, clock: Clock) -> None:
    identity = waiting.identity
    with store.transaction():
        store.put("identity", identity)
        store.put("keys", answer.keys)
        store.put("pen", Pen(identity.municipality, identity.device, offset_ms=answer.server_time - clock.now_ms()))
        store.add_fact(answer.certificate, None)
        store.put(ENROLLING, None)


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
    check_answer(invitation.bundle_hash, answer, signing.public, sealing.public)
    return answer


def check_answer(invited: bytes, answer: EnrolResponse, signing: bytes, sealing: bytes) -> None:
    """Check an answer for a device with these public keys: the municipality's by the hash that the invitation has, then
    the certificate by them.

    Raises:
        EnrolmentRefused: the keys are not those of the invitation, or the certificate is another device's.
        CryptoError: the municipality did not sign what came.
    """
    keys, certificate = answer.keys, answer.certificate
    if bundle_hash(keys) != invited or certificate.device != device_id(signing, sealing):
        raise EnrolmentRefused(why="keys-differ")
    for fact in (keys, certificate):
        verify(keys.signing, fact.sig, purpose_of(fact), *signed_fields(fact))


def _posted(transport: Transport, path: str, body: bytes) -> bytes:
    """Post, and again where no answer came: the same keys are given the same certificate."""
    for _ in range(TRIES - 1):
        with suppress(Unreachable):
            return transport.post(path, body, {})
    return transport.post(path, body, {})
