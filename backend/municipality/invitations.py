"""The open invitations of a municipality, and the certificate of whom they enrol (sync/SPEC.md 7.4).

Invitations live in memory for ten minutes: their secrets are never on disk, and a restart makes them void.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from backend.enrolment import EnrolRequest, Invitation, bundle_hash, enrolment_mac
from backend.errors import EnrolmentRefused, InvitationInvalid
from crypto.errors import CryptoError
from crypto.keys import VerifyKey, check_sealing, device_id
from crypto.primitives import equal, random_bytes, sha256
from sync.facts import DESK, WORKER, Certificate, Keys

INVITATION_MS: Final = 600_000  # ten minutes: long enough to scan, short enough to be useless in a bin
TOMBSTONE_MS: Final = 24 * 3_600_000  # for a day a used or expired invitation says so
CERTIFICATE_MS: Final = 366 * 24 * 3_600_000  # a device is seen by its administrator at least once a year
INVITATIONS_MAX: Final = 1_000
TOKEN_BYTES: Final = 16


class Invited(NamedTuple):
    """Who is invited: a device of a worker in a role; `replaces` is a device whose place it takes, `by` who invited."""

    worker: str
    role: str
    by: str
    replaces: bytes | None


class _Waiting(NamedTuple):
    secret: bytes
    invited: Invited
    expires_ms: int
    device: bytes  # whom it enrolled, or nothing yet


class Invitations:
    """The open invitations of one municipality."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._waiting: dict[bytes, _Waiting] = {}

    def invite(
        self, worker: str, role: str, keys: Keys, now_ms: int, by: str, replaces: bytes | None = None
    ) -> Invitation:
        """A fresh invitation for one device of one worker."""
        assert role in (WORKER, DESK)
        self._sweep(now_ms)
        if len(self._waiting) >= INVITATIONS_MAX:
            raise InvitationInvalid(why="too-many-open")
        invitation = Invitation(self._code, random_bytes(TOKEN_BYTES), random_bytes(32), bundle_hash(keys))
        self._waiting[sha256(invitation.token)] = _Waiting(
            invitation.secret, Invited(worker, role, by, replaces), now_ms + INVITATION_MS, b""
        )
        return invitation

    def check(self, request: EnrolRequest, now_ms: int, certified: Callable[[bytes], bool]) -> Invited:
        """Whom these keys are vouched for as. An invitation is used once the device that it enrolled is certified, so
        that one whose enrolment was not saved stays open; that device itself may show it again."""
        waiting = self._waiting.get(sha256(request.token))
        if waiting is None:
            raise InvitationInvalid(why="unknown-here")
        again = waiting.device == device_id(request.signing, request.sealing)
        if waiting.device and certified(waiting.device) and not again:
            raise InvitationInvalid(why="used-already")
        if now_ms > waiting.expires_ms:
            raise InvitationInvalid(why="expired")
        if not equal(request.mac, enrolment_mac(waiting.secret, request)):
            raise EnrolmentRefused(why="not-vouched")
        return waiting.invited

    def enrolled(self, token: bytes) -> bytes:
        """The device that an invitation enrolled, or nothing."""
        waiting = self._waiting.get(sha256(token))
        return b"" if waiting is None else waiting.device

    def use(self, token: bytes, device: bytes) -> None:
        """Note whom an invitation enrolled; it is closed with the certificate."""
        name = sha256(token)
        self._waiting[name] = self._waiting[name]._replace(device=device)

    def _sweep(self, now_ms: int) -> None:
        self._waiting = {t: w for t, w in self._waiting.items() if w.expires_ms + TOMBSTONE_MS > now_ms}


def certificate_for(
    code: str, request: EnrolRequest, invited: Invited, now_ms: int, old: Certificate | None
) -> Certificate:
    """An unsigned certificate for the posted keys, in the place of `old` where the invitation named it.

    A person invited it, so it ends a year from now, as any other: that is how the certificate of a phone is renewed.

    Keys of another shape are refused before they are certified: every later grant to them would fail.
    """
    try:
        VerifyKey(request.signing)
        check_sealing(request.sealing, request.suite)
    except CryptoError:
        raise EnrolmentRefused(why="kind-not-accepted") from None
    return Certificate(
        code,
        device_id(request.signing, request.sealing),
        invited.worker,
        invited.role,
        request.suite,
        request.signing,
        request.sealing,
        now_ms,
        now_ms + CERTIFICATE_MS,
        None if old is None else old.device,
    )
