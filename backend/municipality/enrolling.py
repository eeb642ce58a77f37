"""Certifying devices: by invitation, in the place of an old device, and again after a restore (sync/SPEC.md 7.4)."""

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from backend.clock import Clock
from backend.enrolment import EnrolRequest, EnrolResponse, Invitation, read_message
from backend.errors import EnrolmentRefused, NoSuchDevice
from backend.municipality.custody import Custody
from backend.municipality.granting import Granting
from backend.municipality.intake import Intake
from backend.municipality.invitations import Invitations, certificate_for
from backend.municipality.state import State
from backend.sentences import words
from backend.signing import is_genuine
from sync.factbook import FactBook
from sync.facts import Certificate

T = TypeVar("T")


class Town(Protocol):
    """What a municipality lends to the enrolment of devices."""

    code: str
    clock: Clock

    @property
    def state(self) -> State: ...
    @property
    def book(self) -> FactBook: ...
    @property
    def custody(self) -> Custody: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def granting(self) -> Granting: ...

    def audit(self, staff: str, act: str, record: bytes | None, detail: str) -> None: ...
    def end(self, device: bytes, staff: str, last_seq: int | None, *, stolen: bool) -> None: ...
    async def submit(self, work: Callable[[], T]) -> T: ...
    async def settle(self) -> None: ...


class Enrolling:
    """The enrolments of one municipality."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.invitations = Invitations(town.code)

    async def enrol(self, raw: bytes) -> bytes:
        """Certify a device that shows an open invitation, and grant it what its worker may read.

        Where the invitation names an old device, the new one takes its place: it keeps the old one's end date, and the
        old one is revoked in the same transaction.
        """
        request: EnrolRequest = read_message(raw, EnrolRequest)
        self.invitations.check(request, self._town.clock.now_ms(), self._town.book.certified)
        answer = await self._town.submit(lambda: self._enrol(request))
        await self._town.settle()
        return answer

    def _enrol(self, request: EnrolRequest) -> bytes:
        now_ms, book = self._town.clock.now_ms(), self._town.state.book
        invited = self.invitations.check(request, now_ms, book.certified)
        known = book.certificates.get(self.invitations.enrolled(request.token))
        if known is not None and not book.revoked(known.device):
            assert book.keys is not None
            return msgspec.msgpack.encode(EnrolResponse(book.keys, known, now_ms))  # its answer was lost
        old = None if invited.replaces is None else self._replaceable(invited.replaces)
        certificate = certificate_for(self._town.code, request, invited, now_ms, old)
        if certificate.device in book.certificates:
            raise EnrolmentRefused(why="keys-enrolled")
        signed = self._town.custody.signed(certificate)
        self._town.intake.take_fact(signed, now_ms)
        about = {"device": signed.device.hex(), "worker": signed.worker}
        if old is not None:
            self._town.audit(invited.by, "succeed", None, words("audit-succeed", **about, old=old.device.hex()).kept)
            self._town.end(old.device, invited.by, None, stolen=False)
        else:
            self._town.audit(invited.by, "enrol", None, words("audit-enrol", **about).kept)
        self.invitations.use(request.token, signed.device)
        assert book.keys is not None
        return msgspec.msgpack.encode(EnrolResponse(book.keys, signed, now_ms))

    def _replaceable(self, device: bytes) -> Certificate:
        """The certificate of a device whose place another may take: it is certified and not revoked."""
        old = self._town.state.book.certificates.get(device)
        if old is None:
            raise NoSuchDevice(device=device.hex())
        if self._town.state.book.revoked(device):
            raise EnrolmentRefused(why="old-revoked")
        return old

    async def readmit(self, raw: bytes) -> None:
        """Take in a certificate that a restored server forgot; the municipality's own signature vouches for it."""
        certificate: Certificate = read_message(raw, Certificate)
        if certificate.municipality != self._town.code or not is_genuine(certificate, self._town.book):
            raise EnrolmentRefused(why="foreign-certificate")
        if not self._town.book.certified(certificate.device):
            await self._town.submit(lambda: self._readmit(certificate))

    def _readmit(self, certificate: Certificate) -> None:
        if not self._town.state.book.certified(certificate.device):
            self._town.intake.take_fact(certificate, self._town.clock.now_ms())
            self._town.audit(f"device:{certificate.worker}", "readmit", None, certificate.device.hex())

    async def invite(self, worker: str, role: str, staff: str, replaces: bytes | None = None) -> Invitation:
        """An invitation for one device of a worker; `replaces` names a device of theirs whose place it takes."""
        _ = self._town.custody
        keys = self._town.book.keys
        assert keys is not None

        def work() -> Invitation:
            if replaces is not None and self._replaceable(replaces).worker != worker:
                raise EnrolmentRefused(why="not-theirs", worker=worker)
            detail = worker
            if replaces is not None:
                detail = words("audit-invite", worker=worker, old=replaces.hex()).kept
            self._town.audit(staff, "invite", None, detail)
            return self.invitations.invite(worker, role, keys, self._town.clock.now_ms(), staff, replaces)

        return await self._town.submit(work)
