"""One municipality, open for work: its folder, stores, keys, and everything that devices and staff ask of it."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from backend.clock import Clock
from backend.enrolment import Invitation
from backend.errors import (
    MunicipalityExists,
    MunicipalityLocked,
    MunicipalityUnknown,
    StoreForeign,
    refused,
)
from backend.files import private_folder
from backend.municipality import custody as custodies
from backend.municipality.attachments import Attachments
from backend.municipality.auditing import sign_head
from backend.municipality.carrying import Carrying
from backend.municipality.custody import Custody
from backend.municipality.enrolling import Enrolling
from backend.municipality.erasing import Erasing
from backend.municipality.exchange import Exchange
from backend.municipality.exports import Exports
from backend.municipality.first import grants_first
from backend.municipality.granting import Granting, Settled
from backend.municipality.holding import hold
from backend.municipality.intake import Intake
from backend.municipality.opening import Opening
from backend.municipality.outside import Outside
from backend.municipality.quota import Quota
from backend.municipality.resting import Resting
from backend.municipality.returning import EMPTY_LIST, ListDiffers, end_of, take_up
from backend.municipality.state import Ledger, State
from backend.municipality.turns import Turns
from backend.municipality.unit import Unit
from backend.municipality.writer import Writer
from backend.sentences import words
from backend.stores import open_stores
from backend.stores.database import ends_service
from backend.stores.gathered import Gathered
from backend.stores.ledger import Engine
from backend.stores.staff import Staff, take_over
from crypto.primitives import random_bytes
from crypto.vault import LockedVault, Vault
from forms.theme.theme import STORED, restored
from sync import acting
from sync.acting import LISTED, Act, Denial
from sync.admission import may_write
from sync.authority import is_sent
from sync.deciding import Prepared
from sync.entry import MUNICIPALITY
from sync.exchange import check_request
from sync.factbook import FactBook
from sync.facts import (
    Fact,
    Revocation,
    encode_fact,
    purpose_of,
)
from sync.messages import read_request

T = TypeVar("T")
BACKED_UP = "backed-up"


class Projected(NamedTuple):
    """The position to which the tables follow the journal, and the code of the fault at which they stand still."""

    position: int
    fault: str


class Municipality:
    """The service of one municipality; one process at a time holds its folder."""

    def __init__(
        self, folder: Path, clock: Clock, beside_keys: Path | None = None, engine: Engine | None = None
    ) -> None:
        self.code = folder.name
        self.folder = folder
        self.clock = clock
        self.engine = engine or open_stores()
        if not self.engine.holds(folder):
            raise MunicipalityUnknown(municipality=self.code)
        self._lock = hold(folder)
        self.apart: Any = None  # the error at which a store failed while it ran: then it answers nothing any more
        self.key_fault = ""  # the code of the error for which its vault or key file does not open
        self.projected = Projected(0, "")
        self.backed_up_ms = 0  # when the last whole backup was made
        self.outside = Outside(folder, beside_keys)
        self.stores = Gathered(self.engine.open(folder))
        self.journal, self.keys = self.stores.journal, self.stores.keys
        self.shelf = self.journal.shelf
        self.staff = Staff(self.code, self.journal)
        self.theme = restored(self.journal.meta(STORED) or b"")  # how the field app looks (themes.py)
        try:
            self._ledger = Ledger(self.journal)
        except Exception as error:  # noqa: BLE001 - raised, in the house's words where it is the store's
            raise self.stores.failure(error) or error from None
        if self.book.keys is None or self.book.keys.municipality != self.code:
            raise StoreForeign(store=self.engine.files()[-1], municipality=self.code)
        self.keys.belong_to(self.code)
        self.intake = Intake(self.journal, self._ledger, self.outside)
        self.granting = Granting(self.journal, self.keys, self._ledger, self.intake)
        self.exchanges = Exchange(self.code, self.stores, self._ledger, self.intake, self.granting)
        self.enrolling = Enrolling(self)
        self.handed = Quota()
        self.turns = Turns()
        self.attachments = Attachments(folder, self.journal)
        self.exports = Exports(folder)
        self.unit = Unit(self.stores, self._ledger, self.outside)
        self.resting = Resting(self)
        self.writer = Writer(self.code, self.unit, self.set_apart)
        self.erasing = Erasing(self)
        self.carrying = Carrying(self)
        self.opening = Opening(self)
        with self.at_start():
            self._upgrade()
        take_up(self)
        with self.at_start():
            take_over(self.staff, self.journal, folder.parent)
            self.attachments.recover(self.state.book.erased, self._is_known, clock.now_ms())
        self.backed_up_ms = int(self.journal.meta(BACKED_UP) or 0)
        self.resting.begin()
        self.stores.release()  # from now on the writer's thread alone sees what is not committed

    # --- life and locking ---

    @classmethod
    def create(
        cls, folder: Path, clock: Clock, prepare: Callable[[Vault], T], engine: Engine | None = None
    ) -> tuple["Municipality", T]:
        """Make a municipality: keys, vault, stores, its first life; `prepare` adds the keyslots."""
        if not MUNICIPALITY.fullmatch(folder.name):
            raise MunicipalityUnknown(municipality=folder.name)
        engine = engine or open_stores()
        if engine.holds(folder):
            raise MunicipalityExists(municipality=folder.name)
        private_folder(folder)
        made = Custody.create(folder.name, random_bytes(32))
        prepared = prepare(made.vault)
        custodies.save(folder, made.vault)
        engine.create(folder)
        with closing(Gathered(engine.open(folder))) as stores, stores.unit():
            journal, now_ms = stores.journal, clock.now_ms()
            journal.set_meta("cursor", random_bytes(32))
            journal.begin_life(random_bytes(16), now_ms, "set-up")
            Intake(journal, Ledger(journal)).take_fact(made.bundle(1, now_ms), now_ms)
        opened = cls(folder, clock, engine=engine)
        opened.unlock_with(made.vault)
        return opened, prepared

    async def close(self) -> None:
        """Finish what was submitted and let go of the folder."""
        try:
            if self.apart is None:
                await sign_head(self, now=True)
        finally:
            await self.writer.close()
            self.stores.close()
            self._lock.close()

    def set_apart(self, error: BaseException) -> None:
        """Answer nothing any more if the error means that a store cannot be trusted."""
        if self.apart is None and ends_service(error):
            self.apart = error

    @contextmanager
    def at_start(self) -> Iterator[None]:
        """A unit of work before there is an event loop: at opening, and in the command line."""
        self._ledger.begin()
        try:
            with self.stores.unit():
                yield
        except BaseException:
            self.unit.forget()
            raise
        self.unit.committed()

    def _upgrade(self) -> None:
        """Count again what a store of an earlier release took by other rules; once."""
        if not self.journal.recount_wanted():
            return
        for record in self.journal.records_with_gifts():
            self.intake.recount(record, self.state.position)
        for device in self.state.book.revocations:
            for record in self.journal.held_by(device):
                self.intake.redeliver(record, self.state.position)
        for certificate in self.state.book.certificates.values():
            if certificate.succeeds is not None:
                heirs = {"device": certificate.device.hex(), "old": certificate.succeeds.hex()}
                self.audit("operator", "heir-of-before", None, words("audit-heir", **heirs).kept)
        self.journal.recounted()

    @property
    def state(self) -> State:
        """The state of the transaction under way; only for work inside it."""
        return self._ledger.draft

    @property
    def committed(self) -> State:
        """The committed state, for everybody else."""
        return self._ledger.committed

    @property
    def book(self) -> FactBook:
        """The committed facts."""
        return self._ledger.committed.book

    @property
    def locked(self) -> bool:
        """True if the private keys are away: then it takes in and merges, and opens nothing."""
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
        """Take the private keys in hand. Whoever has an event loop calls `settle` after it."""
        minimum = self.book.keys.minimum_suite if self.book.keys is not None else 2
        self.exchanges.custody = Custody(vault, minimum)

    def lock(self) -> None:
        """Let the private keys go."""
        self.exchanges.custody = None

    @property
    def awaiting_list(self) -> bool:
        """True if it was restored and nobody confirmed yet where its list ends: it takes in and delivers nothing."""
        return self.committed.awaiting_list

    async def confirm_list(self, ends: str, staff: str) -> None:
        """Deliver again, because a person says that the list outside the backups is whole up to its end."""
        there = end_of(self.outside)
        if ends != there:
            raise ListDiffers(municipality=self.code, ends=there, given=ends or EMPTY_LIST)

        def work() -> None:
            self.exchanges.await_list(waits=False)
            self.audit(staff, "confirm-list", None, there)

        await self.submit(work)
        await self.settle()

    async def note_backup(self, at_ms: int) -> None:
        """Keep when the last whole backup was made."""
        await self.submit(lambda: self.journal.set_meta(BACKED_UP, str(at_ms).encode()))
        self.backed_up_ms = at_ms

    # --- devices ---

    async def exchange(self, device: bytes, raw: bytes, time_ms: int) -> bytes:
        """One exchange of a device whose signature, made at `time_ms`, was checked; MessagePack in and out."""
        turns, exchanges = self.turns, self.exchanges
        now = turns.clock()
        purse = turns.ask(device, now)
        if not purse.start(now):
            await turns.wait(purse)
        try:
            prepared = await purse.work(self._prepared(device, raw, time_ms))
            prepared = await grants_first(exchanges, self.writer, prepared, purse)
            return await self.writer.ask(exchanges.request(prepared), purse)
        finally:
            purse.leave()

    def _prepared(self, device: bytes, raw: bytes, time_ms: int) -> Generator[None, None, Prepared]:
        request = read_request(raw)
        check_request(request, time_ms)
        return (yield from self.exchanges.prepare(device, request, self.clock.now_ms()))

    def may_read(self, device: bytes, record: bytes) -> bool:
        """True if a device is sent a record now; a restored municipality whose list nobody confirmed sends none."""
        return not self.awaiting_list and self.journal.has_access(device, record) and is_sent(record, device, self.book)

    def _is_known(self, record: bytes) -> bool:
        return self.journal.record(record) is not None

    def may_write(self, device: bytes, record: bytes) -> bool:
        """True if what a device adds to a record counts; also where the record was withdrawn from it since."""
        row = self.journal.record(record)
        writes = row is not None and may_write(record, row.key, device, self.book)
        return writes and not self.book.revoked(device) and not self.book.erased(record)

    async def enrol(self, raw: bytes) -> bytes:
        """Certify a device that shows an open invitation, and grant it what its worker may read."""
        return await self.enrolling.enrol(raw)

    async def readmit(self, raw: bytes) -> None:
        """Take in a certificate that a restored server forgot."""
        await self.enrolling.readmit(raw)

    async def settle(self) -> None:
        """Make the grants that are owed, try keys that nobody signed, and sign what devices said, in pieces, so that
        others come in between."""
        at: Settled | None = None if self.resting.is_settled else Settled()
        while at is not None and not self.locked:
            at = await self.submit(lambda at=at: self._settle(at))  # type: ignore[misc]

    def _settle(self, at: Settled) -> Settled | None:
        return None if self.locked else self.granting.settle(self.custody, self.clock.now_ms(), at)

    # --- what staff do ---

    async def submit(self, work: Callable[[], T]) -> T:
        """Run work in the writer's transaction."""
        return await self.writer.submit(work)

    async def take_away(self, work: Callable[[], T]) -> T:
        """Run work that signs what takes away; where it failed after it was listed, say so (`ActListed`)."""
        return await self.carrying.listed(work)

    async def invite(
        self, worker: str, role: str, staff: str, replaces: bytes | None = None, *, renews: bool = False
    ) -> Invitation:
        """An invitation for one device of a worker; `replaces` names a device of theirs whose place it takes, until
        that one's certificate ends, or for another year where it `renews`."""
        return await self.enrolling.invite(worker, role, staff, replaces, renews=renews)

    async def revoke(
        self, device: bytes, staff: str, *, last_seq: int | None = None, stolen: bool = False
    ) -> tuple[bytes, ...]:
        """End a device: what it wrote after its last good entry does not count. Returns the devices that took its
        place and are not revoked: each is revoked by name."""

        def work() -> tuple[bytes, ...]:
            ended = acting.end(device, self.clock.now_ms(), self.exchanges, stolen=stolen, last_seq=last_seq)
            if isinstance(ended, Denial):
                raise refused(ended)
            self.end(ended.act, staff)
            return ended.heirs

        return await self.take_away(work)

    def end(self, act: Act, staff: str) -> None:
        """Sign the end of a device, after what it said and the server took; inside a transaction."""
        assert isinstance(act.fact, Revocation)
        self.granting.copy(self.custody, self.clock.now_ms())
        self.sign(act.fact, staff, "revoke", detail=act.fact.device.hex())
        self.granting.copy(self.custody, self.clock.now_ms())  # and what its chain displaced

    async def grant(self, record: bytes, worker: str, staff: str) -> int:
        """Open a record to every device that a worker has and will have; returns to how many it was opened now."""
        return (await self.opening.grant([record], worker, staff))[0]

    async def withdraw(self, record: bytes, worker: str, staff: str) -> None:
        """End reading, granting and taking back of a record for a worker; what they wrote goes on counting."""
        await self.opening.withdraw([record], worker, staff)

    async def set_aside(self, record: bytes, hash_: bytes, reason: str, staff: str) -> None:
        """Leave an entry out of every merge because it failed a reader's check."""
        act = acting.set_aside(record, hash_, reason, self.exchanges)
        await self.submit(lambda: self.sign(act.fact, staff, "set-aside", record, reason))

    async def erase(self, record: bytes, reason: str, staff: str) -> int:
        """Forget a record for good; returns how many bodies went."""
        return (await self.erasing.erase(record, reason, staff)).bodies

    def sign(self, fact: Any, staff: str, act: str, record: bytes | None = None, detail: str = "") -> Any:
        """Sign and journal a fact, with its audit line; inside a transaction. What takes away is listed first."""
        signed: Fact = self.custody.signed(fact)
        if purpose_of(signed) in LISTED:
            self.outside.append(purpose_of(signed), encode_fact(signed))
        self.intake.take_fact(signed, self.clock.now_ms())
        self.audit(staff, act, record, detail)
        return signed

    def audit(self, staff: str, act: str, record: bytes | None, detail: str) -> None:
        self.journal.audit(self.clock.now_ms(), staff, act, record, detail)

    # --- what is told ---

    def health(self) -> Mapping[str, Any]:
        """Counts without personal data, for the status page and the metrics; cheap with millions of entries."""
        return {
            "code": self.code,
            "locked": self.locked,
            "entries": self.committed.entries,
            "records": self.committed.records,
            "devices": len(self.book.certificates) - len(self.book.revocations),
            "position": self.committed.position,
            "projected": self.projected.position,
            "fault": self.projected.fault,
            "awaiting_list": self.awaiting_list,
            "key_fault": self.key_fault if self.locked else "",
            "list_fault": [*self.outside.faults, *filter(None, (self.outside.alone, self.outside.undone))],
            "backed_up_ms": self.backed_up_ms,
            **self.resting.counts(),
        }
