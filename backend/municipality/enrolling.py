"""Certifying devices: by invitation, in the place of an old device, and again after a restore (sync/SPEC.md 7.4).

`sync.enrolling` decides; here is loaded, signed and saved what it decided.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from backend.clock import Clock
from backend.enrolment import EnrolRequest, EnrolResponse, Invitation, read_message
from backend.errors import refused
from backend.municipality.acts import Acts
from backend.municipality.auditing import Auditing
from backend.municipality.custody import Custody
from backend.municipality.exchange import Exchange
from backend.municipality.granting import Granting
from backend.municipality.intake import Intake
from backend.municipality.invitations import Invitations, Still, Within
from backend.municipality.opening import Opening
from backend.municipality.settling import Settling
from backend.municipality.state import State
from backend.sentences import words
from backend.signing import is_genuine
from sync import enrolling
from sync.acting import Denial
from sync.enrolling import Enrolment, Invited, against_readmitting, against_replacing, against_showing
from sync.factbook import FactBook
from sync.facts import WORKER, Certificate

T = TypeVar("T")


class Town(Protocol):
    """The parts of a municipality that the enrolment of devices needs."""

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
    def exchanges(self) -> Exchange: ...
    @property
    def granting(self) -> Granting: ...

    @property
    def auditing(self) -> Auditing: ...
    @property
    def acts(self) -> Acts: ...
    @property
    def opening(self) -> Opening: ...
    @property
    def settling(self) -> Settling: ...

    async def submit(self, work: Callable[[], T]) -> T: ...


class Enrolling:
    """The enrolments of one municipality."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.invitations = Invitations(town.code)

    async def enrol(self, raw: bytes) -> bytes:
        """Certify a device that shows an open invitation, and grant it what its worker may read.

        Where the invitation names an old device, the new one takes its place: it keeps the old one's end date, and the
        old one is revoked in the same transaction. Who invited is asked for once more: what they may not read any more,
        or what its worker was given meanwhile, goes to no phone of theirs.
        """
        request: EnrolRequest = read_message(raw, EnrolRequest)
        posted, invitation = self.invitations.posted(request), self.invitations.named(request.token)
        against = against_showing(posted, invitation, self._town.clock.now_ms(), self._town.book)
        if against is not None:
            raise refused(against)  # whoever has no invitation costs the writer nothing
        still = self.invitations.still(request.token)
        within = await still() if still is not None else None
        answer = await self._town.submit(lambda: self._enrol(request, within))
        await self._town.settling.settle()
        return answer

    def _decided(self, request: EnrolRequest) -> Enrolment:
        posted, invitation = self.invitations.posted(request), self.invitations.named(request.token)
        decided = enrolling.enrol(posted, invitation, self._town.clock.now_ms(), self._town.exchanges)
        if isinstance(decided, Denial):
            raise refused(decided)
        return decided

    def _enrol(self, request: EnrolRequest, within: Within | None) -> bytes:
        town, decided, invitation = self._town, self._decided(request), self.invitations.named(request.token)
        now_ms, keys = town.clock.now_ms(), town.state.book.keys
        assert invitation is not None and keys is not None
        if decided.again:
            return msgspec.msgpack.encode(EnrolResponse(keys, decided.certificate, now_ms))
        if within is not None:
            within()
        signed, staff = town.custody.signed(decided.certificate), invitation.invited.by
        town.intake.take_fact(signed, now_ms)
        about = {"device": signed.device.hex(), "worker": signed.worker}
        if decided.end is not None and signed.succeeds is not None:
            town.auditing.write(staff, "succeed", None, words("audit-succeed", **about, old=signed.succeeds.hex()).kept)
            town.acts.end(decided.end, staff)
        else:
            town.auditing.write(staff, "enrol", None, words("audit-enrol", **about).kept)
        self.invitations.use(request.token, signed.device)
        return msgspec.msgpack.encode(EnrolResponse(keys, signed, now_ms))

    async def readmit(self, raw: bytes) -> None:
        """Take in a certificate that a restored server forgot; the municipality's own signature vouches for it."""
        certificate: Certificate = read_message(raw, Certificate)
        against = against_readmitting(certificate, is_genuine(certificate, self._town.book), self._town.code)
        if against is not None:
            raise refused(against)
        if not self._town.book.certified(certificate.device):
            await self._town.submit(lambda: self._readmit(certificate))

    def _readmit(self, certificate: Certificate) -> None:
        if not self._town.state.book.certified(certificate.device):
            self._town.intake.take_fact(certificate, self._town.clock.now_ms())
            self._town.auditing.write(f"device:{certificate.worker}", "readmit", None, certificate.device.hex())

    async def invite(
        self, worker: str, role: str, staff: str, replaces: bytes | None = None, *, renews: bool = False,
        still: Still | None = None,
    ) -> Invitation:  # fmt: skip
        """An invitation for one device of a worker; `replaces` names a device of theirs whose place it takes, until
        that one's certificate ends, or for another year where it `renews`. `still` is asked when it is shown."""
        invited = Invited(worker, role, staff, replaces, renews)
        _ = self._town.custody
        keys = self._town.book.keys
        assert keys is not None

        def work() -> Invitation:
            if role == WORKER:
                self._town.opening.refuse_alike(worker)
            against = against_replacing(invited, self._town.clock.now_ms(), self._town.state.book)
            if against is not None:
                raise refused(against)
            detail = worker
            if replaces is not None:
                act = "audit-invite-renews" if renews else "audit-invite"
                detail = words(act, worker=worker, old=replaces.hex()).kept
            self._town.auditing.write(staff, "invite", None, detail)
            return self.invitations.invite(invited, keys, self._town.clock.now_ms(), still)

        return await self._town.submit(work)
