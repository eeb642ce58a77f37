"""The open invitations of a municipality, and what a device posts for one as it was checked (sync/SPEC.md 7.4).

Invitations live in memory for ten minutes: their secrets are never on disk, and a restart makes them void. What becomes
of an enrolment is decided by `sync.enrolling`.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from backend.enrolment import EnrolRequest, Invitation, bundle_hash, enrolment_mac
from backend.errors import InvitationInvalid
from crypto.errors import CryptoError
from crypto.keys import VerifyKey, check_sealing, device_id
from crypto.primitives import equal, random_bytes, sha256
from sync import enrolling
from sync.enrolling import INVITATION_MS, Invited, Posted
from sync.facts import DESK, WORKER, Keys

TOMBSTONE_MS: Final = 24 * 3_600_000  # for a day a used or expired invitation says so
INVITATIONS_MAX: Final = 1_000
TOKEN_BYTES: Final = 16


Within = Callable[[], None]  # asked inside the writer's transaction; raises what refuses
Still = Callable[[], Awaitable[Within]]  # asked when a device shows the invitation


class _Waiting(NamedTuple):
    secret: bytes
    invitation: enrolling.Invitation
    still: Still | None


class Invitations:
    """The open invitations of one municipality."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._waiting: dict[bytes, _Waiting] = {}

    def invite(self, invited: Invited, keys: Keys, now_ms: int, still: Still | None = None) -> Invitation:
        """A fresh invitation for one device of one worker; `still` is asked again if who invited may do so."""
        assert invited.role in (WORKER, DESK)
        self._sweep(now_ms)
        if len(self._waiting) >= INVITATIONS_MAX:
            raise InvitationInvalid(why="too-many-open")
        invitation = Invitation(self._code, random_bytes(TOKEN_BYTES), random_bytes(32), bundle_hash(keys))
        remembered = enrolling.Invitation(invited, now_ms + INVITATION_MS)
        self._waiting[sha256(invitation.token)] = _Waiting(invitation.secret, remembered, still)
        return invitation

    def named(self, token: bytes) -> enrolling.Invitation | None:
        """The invitation of a token, also for a day after it ended."""
        waiting = self._waiting.get(sha256(token))
        return None if waiting is None else waiting.invitation

    def still(self, token: bytes) -> Still | None:
        """The question if who invited may do so still; none where nobody asks, or a device was enrolled already."""
        waiting = self._waiting.get(sha256(token))
        return None if waiting is None or waiting.invitation.device else waiting.still

    def of_name(self, name: bytes) -> enrolling.Invitation | None:
        """The invitation of a token whose SHA-256 this is: an address may carry that, and never the token."""
        waiting = self._waiting.get(name)
        return None if waiting is None else waiting.invitation

    def posted(self, request: EnrolRequest) -> Posted:
        """The keys that a device posts, and whether its invitation vouches for them; of no invitation none does."""
        waiting = self._waiting.get(sha256(request.token))
        vouched = waiting is not None and equal(request.mac, enrolment_mac(waiting.secret, request))
        device = device_id(request.signing, request.sealing)
        return Posted(device, request.suite, request.signing, request.sealing, vouched, _is_taken(request))

    def use(self, token: bytes, device: bytes) -> None:
        """Note whom an invitation enrolled; it is closed with the certificate."""
        name = sha256(token)
        waiting = self._waiting[name]
        self._waiting[name] = waiting._replace(invitation=waiting.invitation._replace(device=device))

    def _sweep(self, now_ms: int) -> None:
        ended = {token for token, w in self._waiting.items() if w.invitation.expires_ms + TOMBSTONE_MS <= now_ms}
        self._waiting = {token: waiting for token, waiting in self._waiting.items() if token not in ended}


def _is_taken(request: EnrolRequest) -> bool:
    """True if keys are of a shape and a suite that grants can be sealed to."""
    try:
        VerifyKey(request.signing)
        check_sealing(request.sealing, request.suite)
    except CryptoError:
        return False
    return True
