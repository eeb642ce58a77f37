"""An enrolment, decided whole from the invitation, the posted keys, the facts held and the time (SPEC.md 7.4).

What needs cryptography is handed in as found: whether the invitation's secret vouches for the posted keys, and whether
they are of a kind that is taken. A certificate in the place of an old device and the end of that device are one
decision.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol

from sync import acting
from sync.acting import Denial
from sync.facts import Certificate

INVITATION_MS: Final = 600_000  # ten minutes: long enough to scan, short enough to be useless in a bin
CERTIFICATE_MS: Final = 366 * 24 * 3_600_000  # a device is seen by its administrator at least once a year
DRIFT_MS: Final = 600_000  # a device's clock may be this far off when its certificate begins or ends


class Invited(NamedTuple):
    """An invited device: of a worker in a role; `by` is who invited, `replaces` a device whose place it takes.

    The certificate then ends when the old one would have, unless the person said that it `renews`.
    """

    worker: str
    role: str
    by: str
    replaces: bytes | None
    renews: bool = False


class Invitation(NamedTuple):
    """An invitation as the server remembers it; `device` is whom it enrolled, or empty."""

    invited: Invited
    expires_ms: int
    device: bytes = b""


class Posted(NamedTuple):
    """The keys that a device posts. `vouched`: the invitation's secret proves them; `taken`: of a kind that is taken,
    since every later grant to others would fail."""

    device: bytes
    suite: int
    signing: bytes
    sealing: bytes
    vouched: bool
    taken: bool


class Enrolment(NamedTuple):
    """The certificate, unsigned, and the end of the device whose place it takes; both are saved together.

    `again`: it was given before and is signed; its answer was lost.
    """

    certificate: Certificate
    end: acting.Act | None = None
    again: bool = False


class Delivery(Protocol):
    """The facts held, as what is owed asks them."""

    def records_assigned_to(self, worker: str) -> list[bytes]:
        """The records that a worker has been assigned and not lost again."""

    def all_devices_of(self, worker: str) -> list[Certificate]:
        """The certificates of a worker's devices, the revoked ones too."""

    def delivers(self, record: bytes, worker: str) -> bool:
        """True if the worker's newest assignment or withdrawal of a record, if any, is not a withdrawal."""

    def erased(self, record: bytes) -> bool:
        """True if the record was erased."""


def enrol(posted: Posted, invitation: Invitation | None, now_ms: int, world: acting.World) -> Enrolment | Denial:
    """Decide an enrolment.

    An invitation is used once the device that it enrolled is certified, so that one whose enrolment was not saved stays
    open; while it lives that device may post the same again, and is given the same certificate unless it was revoked.
    """
    book = world.book
    against = against_showing(posted, invitation, now_ms, book)
    if against is not None or invitation is None:
        return against or _invalid("unknown-here")
    known = book.certificates.get(invitation.device)
    if known is not None and not book.revoked(known.device):
        return Enrolment(known, again=True)
    invited = invitation.invited
    against = against_replacing(invited, now_ms, book)
    if against is not None:
        return against
    if not posted.taken:
        return _refused("kind-not-accepted")
    if posted.device in book.certificates:
        return _refused("keys-enrolled")
    return _certified(posted, invited, now_ms, world)


def against_showing(posted: Posted, invitation: Invitation | None, now_ms: int, book: acting.Book) -> Denial | None:
    """Why an invitation does not hold for the device that shows it."""
    if invitation is None:
        return _invalid("unknown-here")
    if invitation.device in book.certificates and invitation.device != posted.device:
        return _invalid("used-already")
    if now_ms > invitation.expires_ms:
        return _invalid("expired")
    return None if posted.vouched else _refused("not-vouched")


def _certified(posted: Posted, invited: Invited, now_ms: int, world: acting.World) -> Enrolment | Denial:
    """The certificate of fresh keys, and the end of the device whose place they take.

    In the place of another they end when that would have: a person decides of each device anew, once a year at least.
    """
    old = None if invited.replaces is None else world.book.certificates[invited.replaces]
    until_ms = now_ms + CERTIFICATE_MS
    if old is not None and not invited.renews:
        until_ms = min(until_ms, old.until_ms)
    certificate = Certificate(
        world.municipality, posted.device, invited.worker, invited.role, posted.suite, posted.signing, posted.sealing,
        now_ms, until_ms, invited.replaces,
    )  # fmt: skip
    if invited.replaces is None:
        return Enrolment(certificate)
    ended = acting.end(invited.replaces, now_ms, world, stolen=False)
    return ended if isinstance(ended, Denial) else Enrolment(certificate, ended.act)


def against_replacing(invited: Invited, now_ms: int, book: acting.Book) -> Denial | None:
    """Why whoever is invited takes no device's place: it is not certified, was revoked, is another worker's, or its
    certificate has ended, and nobody said that it is renewed. Nothing where none is named."""
    old = invited.replaces
    if old is None:
        return None
    certificate = book.certificates.get(old)
    if certificate is None:
        return Denial("no-such-device", {"device": old.hex()})
    if book.revoked(old):
        return _refused("old-revoked")
    if certificate.worker != invited.worker:
        return Denial("enrolment-refused", {"why": "not-theirs", "worker": invited.worker})
    return _refused("old-ended") if not invited.renews and is_over(certificate, now_ms) else None


def against_readmitting(certificate: Certificate, genuine: bool, municipality: str) -> Denial | None:
    """Why a certificate that a restored server forgot is not taken in: the municipality itself vouches for it."""
    return None if genuine and certificate.municipality == municipality else _refused("foreign-certificate")


def owed(certificate: Certificate, held_by: Callable[[bytes], Iterable[bytes]], book: Delivery) -> list[bytes]:
    """The records that a device is to be granted: what its worker was assigned, and what any device of theirs, revoked
    or not, created or was granted (`held_by`), less what was withdrawn or erased."""
    worker = certificate.worker
    records = set(book.records_assigned_to(worker))
    for other in book.all_devices_of(worker):
        if other.device != certificate.device:
            records.update(held_by(other.device))
    return [record for record in sorted(records) if book.delivers(record, worker) and not book.erased(record)]


def is_over(certificate: Certificate, now_ms: int) -> bool:
    """True if a certificate ended so long ago that no clock of a device explains it."""
    return now_ms > certificate.until_ms + DRIFT_MS


def holds(certificate: Certificate, now_ms: int) -> bool:
    """True if a certificate lets its device ask now."""
    return certificate.from_ms - DRIFT_MS <= now_ms and not is_over(certificate, now_ms)


def _invalid(why: str) -> Denial:
    return Denial("invitation-invalid", {"why": why})


def _refused(why: str) -> Denial:
    return Denial("enrolment-refused", {"why": why})
