"""One municipality, open for work: its folder, stores, keys, and everything that devices and staff ask of it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from backend.clock import Clock
from backend.errors import (
    CertificateExpired,
    DeviceRevoked,
    DeviceUnknown,
    EnrolmentRefused,
    MunicipalityExists,
    MunicipalityLocked,
    MunicipalityUnknown,
    RecordUnknown,
    StoreFailed,
)
from backend.files import private_folder
from backend.municipality import custody as custodies
from backend.municipality.attachments import Attachments
from backend.municipality.auditing import sign_head
from backend.municipality.book import FactBook
from backend.municipality.custody import Custody, record_key_of
from backend.municipality.enrolment import (
    EnrolRequest,
    EnrolResponse,
    Invitation,
    Invitations,
    SucceedRequest,
    certificate_for,
    read_message,
)
from backend.municipality.erasing import Erasing
from backend.municipality.exchange import AWAITING, NOWHERE, Exchange
from backend.municipality.holding import hold
from backend.municipality.intake import Intake
from backend.municipality.outside import KINDS, Outside
from backend.municipality.quota import Quota
from backend.municipality.returning import EMPTY_LIST, ListDiffers, end_of, take_up
from backend.municipality.writer import Writer
from backend.stores.database import as_error, ends_service, transaction, translated
from backend.stores.journal import Journal
from backend.stores.keys import Keys
from backend.stores.shelf import Shelf
from backend.stores.staff import Staff, take_over
from crypto.keys import VerifyKey, verify
from crypto.primitives import random_bytes
from crypto.vault import LockedVault, Vault
from sync.admission import may_write
from sync.entry import MUNICIPALITY
from sync.exchange import check_request
from sync.facts import (
    Assignment,
    Certificate,
    Fact,
    Revocation,
    SetAside,
    Withdrawal,
    encode_fact,
    purpose_of,
    signed_fields,
)
from sync.messages import read_request

DRIFT_MS: Final = 600_000  # a device's clock may be this far off when its certificate begins or ends
T = TypeVar("T")


class Projected(NamedTuple):
    """How far the tables of a municipality follow its journal, and the code of the fault at which they stand still."""

    position: int
    fault: str


class Municipality:
    """The service of one municipality; one process at a time holds its folder."""

    def __init__(self, folder: Path, clock: Clock, beside_keys: Path | None = None) -> None:
        self.code = folder.name
        self.folder = folder
        self.clock = clock
        if not (folder / "journal.db").exists():
            raise MunicipalityUnknown(municipality=self.code)
        self._lock = hold(folder)
        self.apart: Any = None  # the error at which a store failed while it ran: then it answers nothing any more
        self.key_fault = ""  # the code of the error for which its vault or key file does not open
        self.projected = Projected(0, "")
        self.outside = Outside(folder, beside_keys)
        self.journal = Journal(folder / "journal.db")
        self.keys = Keys(folder / "keys.db")
        self.shelf = Shelf(self.journal.db)
        self.staff = Staff(self.code, self.journal.db)
        self.book = FactBook(self.journal.was_granted)
        with translated("journal.db"):
            self.intake = Intake(self.journal, self.book)
        self.exchanges = Exchange(self.code, self.journal, self.keys, self.book, self.intake)
        self.invitations = Invitations(self.code)
        self.handed = Quota()
        self.attachments = Attachments(folder, self.journal)
        self.writer = Writer(self.code, self.journal.db, self.keys.db, self._undo, self.outside.settle)
        self._resume()
        self.erasing = Erasing(self)
        take_up(self)
        take_over(self.staff, self.journal, folder.parent)
        with transaction(self.journal.db):
            self.attachments.recover(self.book.erased, self._is_known, clock.now_ms())

    # --- life and locking ---

    @classmethod
    def create(cls, folder: Path, clock: Clock, prepare: Callable[[Vault], T]) -> tuple["Municipality", T]:
        """Make a municipality: keys, vault, stores, its first life; `prepare` adds the keyslots."""
        if not MUNICIPALITY.fullmatch(folder.name):
            raise MunicipalityUnknown(municipality=folder.name)
        if (folder / "journal.db").exists():
            raise MunicipalityExists(municipality=folder.name)
        private_folder(folder)
        made = Custody.create(folder.name, random_bytes(32))
        prepared = prepare(made.vault)
        custodies.save(folder, made.vault)
        Keys(folder / "keys.db").close()
        journal, now_ms = Journal(folder / "journal.db"), clock.now_ms()
        with transaction(journal.db):
            journal.set_meta("cursor", random_bytes(32))
            journal.begin_life(random_bytes(16), now_ms, "set up")
            Intake(journal, FactBook(journal.was_granted)).take_fact(made.bundle(1, now_ms), now_ms)
        journal.close()
        opened = cls(folder, clock)
        opened.unlock_with(made.vault)
        return opened, prepared

    async def close(self) -> None:
        """Finish what was submitted and let go of the folder."""
        try:
            if self.apart is None:
                await sign_head(self, now=True)
        finally:
            await self.writer.close()
            self.journal.close()
            self.keys.close()
            self._lock.close()

    def set_apart(self, error: BaseException) -> None:
        """Answer nothing any more if the error means that a store cannot be trusted."""
        if self.apart is None and ends_service(error):
            self.apart = error

    def _undo(self, error: BaseException) -> None:
        self.outside.drop()
        self.set_apart(error)
        try:
            self._resume()
        except Exception as second:  # noqa: BLE001 - the store is damaged: nobody is answered from half of it
            self.apart = as_error(second, "journal.db") or StoreFailed(store="journal.db", why=type(second).__name__)

    def _resume(self) -> None:
        """Everything in memory again from the stores: at opening, and when a transaction was rolled back."""
        self.book = FactBook(self.journal.was_granted)
        for stored in self.journal.facts():
            self.book.add(stored.fact)
        custody = self.exchanges.custody
        self.intake = Intake(self.journal, self.book)
        self.exchanges = Exchange(self.code, self.journal, self.keys, self.book, self.intake)
        self.exchanges.custody = custody

    @property
    def locked(self) -> bool:
        """Whether the private keys are away: then it takes in and merges, and opens nothing."""
        return self.exchanges.custody is None

    @property
    def custody(self) -> Custody:
        """The private keys, or `MunicipalityLocked`."""
        if self.exchanges.custody is None:
            raise MunicipalityLocked(municipality=self.code)
        return self.exchanges.custody

    def vault(self) -> LockedVault:
        """The vault as it lies on the disk."""
        return custodies.read(self.folder)

    def unlock_with(self, vault: Vault) -> None:
        """Take the private keys in hand."""
        minimum = self.book.keys.minimum_suite if self.book.keys is not None else 2
        self.exchanges.custody = Custody(vault, minimum)

    def lock(self) -> None:
        """Let the private keys go."""
        self.exchanges.custody = None

    @property
    def awaiting_list(self) -> bool:
        """Whether it was restored and nobody confirmed yet where its list ends: it takes in and delivers nothing."""
        return self.exchanges.awaiting_list

    async def confirm_list(self, ends: str, staff: str) -> None:
        """Deliver again, because a person says that the list outside the backups is whole up to its end."""
        there = end_of(self.outside)
        if ends != there:
            raise ListDiffers(municipality=self.code, ends=there, given=ends or EMPTY_LIST)

        def work() -> None:
            self.journal.set_meta(AWAITING, b"")
            self._audit(staff, "confirm-list", None, there)

        await self.submit(work)
        self.exchanges.awaiting_list = False

    # --- devices ---

    def verify_key(self, device: bytes, now_ms: int) -> VerifyKey:
        """The key that a device's request must be signed with, if it may ask now."""
        certificate = self.book.certificates.get(device)
        key = self.book.verify_key(device)
        if certificate is None or key is None:
            raise DeviceUnknown
        if not certificate.from_ms - DRIFT_MS <= now_ms <= certificate.until_ms + DRIFT_MS:
            raise CertificateExpired
        return key

    async def exchange(self, device: bytes, raw: bytes, time_ms: int) -> bytes:
        """One exchange of a device whose signature, made at `time_ms`, was checked; MessagePack in and out."""
        request = read_request(raw)
        check_request(request, time_ms)
        prepared = self.exchanges.prepare(device, request, self.clock.now_ms())
        return await self.writer.submit(
            lambda: self.exchanges.answer(prepared), lambda: self.exchanges.keep_keys(prepared)
        )

    def may_read(self, device: bytes, record: bytes) -> bool:
        """Whether a device is sent a record; a restored municipality whose list nobody confirmed sends none."""
        allowed = not self.awaiting_list and device not in self.book.revocations
        return allowed and self.journal.has_access(device, record)

    def _is_known(self, record: bytes) -> bool:
        return self.journal.record(record) is not None

    def may_write(self, device: bytes, record: bytes) -> bool:
        """Whether a device's entries of a record count."""
        row = self.journal.record(record)
        return row is not None and may_write(record, row.key, device, self.book)

    async def enrol(self, raw: bytes) -> bytes:
        """Certify a device that shows an open invitation."""
        request: EnrolRequest = read_message(raw, EnrolRequest)
        now_ms = self.clock.now_ms()
        worker, role = self.invitations.check(request, now_ms)
        certificate = certificate_for(self.code, request, worker, role, now_ms)
        return await self.submit(lambda: self._certify(certificate, request.token))

    async def succeed(self, raw: bytes) -> bytes:
        """Certify the successor of a device whose journal parted from ours; safe to repeat."""
        request: SucceedRequest = read_message(raw, SucceedRequest)
        key = self.verify_key(request.old, self.clock.now_ms())
        key.verify(request.sig, "succeed", *request.signed_fields())
        if request.old in self.book.revocations:
            raise DeviceRevoked
        old = self.book.certificates[request.old]
        certificate = certificate_for(
            self.code, request, old.worker, old.role, self.clock.now_ms(), succeeds=request.old
        )
        return await self.submit(lambda: self._certify(certificate, None))

    async def readmit(self, raw: bytes) -> None:
        """Take in a certificate that a restored server forgot; the municipality's own signature vouches for it."""
        certificate: Certificate = read_message(raw, Certificate)
        keys = self.book.keys
        if keys is None or certificate.municipality != self.code:
            raise EnrolmentRefused(why="the certificate is another municipality's")
        verify(keys.signing, certificate.sig, purpose_of(certificate), *signed_fields(certificate))
        if not self.book.certified(certificate.device):
            now_ms = self.clock.now_ms()
            await self.submit(lambda: self.intake.take_fact(certificate, now_ms))

    def _certify(self, certificate: Certificate, token: bytes | None) -> bytes:
        now_ms = self.clock.now_ms()
        known = self.book.certificates.get(certificate.device)
        if known is not None and token is not None:
            raise EnrolmentRefused(why="these keys are enrolled already")
        signed = known or self.custody.signed(certificate)
        if known is None:
            self.intake.take_fact(signed, now_ms)
            for record in self.book.records_assigned_to(signed.worker):
                self._grant_to(signed, record, now_ms)
        if token is not None:
            self.invitations.use(token)
        assert self.book.keys is not None
        return msgspec.msgpack.encode(EnrolResponse(self.book.keys, signed, now_ms))

    # --- what staff do ---

    async def submit(self, work: Callable[[], T]) -> T:
        """Run work in the writer's transaction."""
        return await self.writer.submit(work)

    async def invite(self, worker: str, role: str, staff: str) -> Invitation:
        """An invitation for one device of a worker."""
        _ = self.custody
        assert self.book.keys is not None
        invitation = self.invitations.invite(worker, role, self.book.keys, self.clock.now_ms())
        await self.submit(lambda: self._audit(staff, "invite", None, worker))
        return invitation

    async def revoke(self, device: bytes, staff: str, *, last_seq: int | None = None, stolen: bool = False) -> None:
        """End a device: what it wrote after its last good entry does not count."""
        if device not in self.book.certificates:
            raise DeviceUnknown
        tail = self.exchanges.tails.get(device, NOWHERE)
        seq = tail.seq if last_seq is None else min(last_seq, tail.seq)

        def work() -> None:
            hash_ = self.journal.hash_at(device, seq) or NOWHERE.hash
            fact = Revocation(self.code, device, seq, hash_, int(stolen), self.clock.now_ms())
            self.state(fact, staff, "revoke", detail=device.hex())

        await self.submit(work)

    async def grant(self, record: bytes, worker: str, staff: str) -> int:
        """Open a record to every device that a worker has and will have; returns to how many it was opened now."""

        def work() -> int:
            if self.journal.record(record) is None:
                raise RecordUnknown(record=record.hex())
            now_ms = self.clock.now_ms()
            self.state(Assignment(self.code, record, worker, now_ms), staff, "grant", record, worker)
            return sum(self._grant_to(c, record, now_ms) for c in self.book.devices_of(worker))

        return await self.submit(work)

    async def withdraw(self, record: bytes, worker: str, staff: str) -> None:
        """End the delivery of a record to a worker's devices."""
        fact = Withdrawal(self.code, record, worker, self.clock.now_ms())
        await self.submit(lambda: self.state(fact, staff, "withdraw", record, worker))

    async def set_aside(self, record: bytes, hash_: bytes, reason: str, staff: str) -> None:
        """Leave an entry out of every merge because it failed a reader's check."""
        fact = SetAside(self.code, record, hash_, reason, None)
        await self.submit(lambda: self.state(fact, staff, "set-aside", record, reason))

    async def erase(self, record: bytes, reason: str, staff: str) -> int:
        """Forget a record for good; returns how many bodies went."""
        return (await self.erasing.erase(record, reason, staff)).bodies

    def state(self, fact: Any, staff: str, act: str, record: bytes | None = None, detail: str = "") -> Any:
        """Sign and journal a fact, with its audit line; inside a transaction. What takes away is listed first."""
        signed: Fact = self.custody.signed(fact)
        if purpose_of(signed) in KINDS:
            self.outside.append(purpose_of(signed), encode_fact(signed))
        self.intake.take_fact(signed, self.clock.now_ms())
        self._audit(staff, act, record, detail)
        return signed

    def _audit(self, staff: str, act: str, record: bytes | None, detail: str) -> None:
        self.journal.audit(self.clock.now_ms(), staff, act, record, detail)

    def _grant_to(self, certificate: Certificate, record: bytes, now_ms: int) -> bool:
        row = self.journal.record(record)
        if row is None or self.book.erased(record) or self.journal.has_access(certificate.device, record):
            return False
        opened = record_key_of(self.custody, self.keys, record, row.key)
        if opened is None:
            self.journal.want_wrap(record)
            return False
        fact, sealed = self.custody.grant(
            record, row.key, opened, certificate.device, certificate.sealing, certificate.suite
        )
        self.keys.take((), (), [(record, certificate.device, row.key, fact.suite, sealed)])
        self.intake.take_fact(fact, now_ms)
        return True

    # --- what is told ---

    def health(self) -> Mapping[str, int | bool | str]:
        """Counts without personal data, for the status page and the metrics; cheap with millions of entries."""
        return {
            "code": self.code,
            "locked": self.locked,
            "entries": self.intake.entries,
            "records": self.intake.records,
            "held": self.journal.count("held"),
            "forked": self.journal.count("forked"),
            "devices": len(self.book.certificates) - len(self.book.revocations),
            "position": self.intake.position,
            "projected": self.projected.position,
            "unreadable_attachments": self.attachments.unreadable(),
            "fault": self.projected.fault,
            "awaiting_list": self.awaiting_list,
            "key_fault": self.key_fault if self.locked else "",
            "list_fault": "; ".join((*self.outside.faults, *([self.outside.alone] if self.outside.alone else ()))),
            "unconfirmed": ", ".join(self.staff.unconfirmed()),
        }
