"""One municipality, open for work: its parts, each named for what it does, and the state that they share.

Whoever wants something of a municipality asks the part: `town.opening.grant`, `town.acts.revoke`, `town.auditing.note`.
The parts and what each is for stand in docs/architecture.md. Only this room knows the stores behind them.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from backend.clock import Clock
from backend.errors import BackendError, MunicipalityUnknown, StoreForeign
from backend.municipality.access import Access
from backend.municipality.acts import Acts
from backend.municipality.attachments import Attachments
from backend.municipality.auditing import Auditing
from backend.municipality.carrying import Carrying
from backend.municipality.confirming import Confirming
from backend.municipality.copying import Copying
from backend.municipality.custody import Custody, take_shared
from backend.municipality.delivering import Delivering
from backend.municipality.enrolling import Enrolling
from backend.municipality.erasing import Erasing
from backend.municipality.exchange import Exchange
from backend.municipality.exchanging import Exchanging
from backend.municipality.exports import Exports
from backend.municipality.fleet import Fleet
from backend.municipality.granting import Granting
from backend.municipality.health import Health, Projected
from backend.municipality.holding import hold
from backend.municipality.intake import Intake
from backend.municipality.kept_entries import KeptEntries
from backend.municipality.keyring import Keyring
from backend.municipality.opening import Opening
from backend.municipality.outside import Outside
from backend.municipality.published import Published
from backend.municipality.quota import Quota
from backend.municipality.recounting import recount
from backend.municipality.resting import Resting
from backend.municipality.returning import take_up
from backend.municipality.settling import Settling
from backend.municipality.state import Ledger, State
from backend.municipality.taking_away import TakingAway
from backend.municipality.unit import Unit
from backend.municipality.writer import Writer
from backend.stores import open_stores, tidy_blobs
from backend.stores.copied import copied_of
from backend.stores.database import ends_service
from backend.stores.drafts import FormDrafts
from backend.stores.gathered import Gathered
from backend.stores.ledger import Engine
from backend.stores.openid import OpenId
from backend.stores.people import People
from backend.stores.staff import Staff, take_over
from forms.theme.logos import restored_logo
from forms.theme.theme import STORED, restored
from sync.factbook import FactBook

T = TypeVar("T")


class Municipality:
    """The parts of one municipality; one process at a time holds its folder."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        beside_keys: Path | None = None,
        engine: Engine | None = None,
        copy: Path | None = None,
    ) -> None:
        self.code = folder.name
        self.folder = folder
        self.clock = clock
        self.engine = engine or open_stores()
        if not self.engine.holds(folder):
            raise MunicipalityUnknown(municipality=self.code)
        self._lock = hold(folder)
        with suppress(BackendError):  # what it cannot reach, each erasure names and tries again
            self.engine.tidy(folder)
        self.apart: Any = None  # the error at which a store failed while it ran: then it answers nothing any more
        self.key_fault = ""  # the code of the error for which its vault or key file does not open
        self.projected = Projected(0, "")
        self._copied = copied_of(folder, copy)  # `copy`: where those answer that copy its files
        try:
            self.stores = Gathered(self.engine.open(folder), self._copied)
            try:
                self._open(beside_keys)
            except BaseException:
                self.stores.close()
                raise
        except BaseException:
            self._lock.close()  # the error is kept, and with it this object
            raise

    def _open(self, beside_keys: Path | None) -> None:
        """Take over what servers share of the folder, read the journal, and make the parts over both."""
        common = self.engine.common(self.folder)
        self.shared = common is not None  # whether other servers may have it in turn
        self.was_elsewhere = take_shared(self.folder, common)  # what ended there meanwhile is not known here
        with suppress(BackendError):
            tidy_blobs(self.folder)
        self.outside = Outside(self.folder, beside_keys, common)
        self.journal, self.keys = self.stores.journal, self.stores.keys
        self.shelf = self.journal.shelf
        self.staff = Staff(self.code, self.journal)
        self.people = People(self.journal)
        self.openid = OpenId(self.journal)
        self.drafts = FormDrafts(self.journal)
        self.theme = restored(self.journal.meta(STORED) or b"")  # how the field app looks (themes.py)
        self.logo = restored_logo(self.journal.meta("logo") or b"")
        try:
            self._ledger = Ledger(self.journal)
        except Exception as error:  # noqa: BLE001 - raised, in the house's words where it is the store's
            raise self.stores.failure(error) or error from None
        if self.book.keys is None or self.book.keys.municipality != self.code:
            raise StoreForeign(store=self.engine.files()[-1], municipality=self.code)
        self.keys.belong_to(self.code)
        self._make_parts()
        self._take_up()

    def _make_parts(self) -> None:
        """Make the parts, those that others need first."""
        folder, journal, ledger = self.folder, self.journal, self._ledger
        self.unit = Unit(self.stores, ledger, self.outside)
        self.writer = Writer(self.code, self.unit, self.set_apart, self.clock)
        self.auditing = Auditing(self)
        self.intake = Intake(journal, ledger, self.outside)
        self.granting = Granting(journal, self.keys, ledger, self.intake)
        self.fleet = Fleet(journal)
        self.exchanges = Exchange(self.code, self.stores, ledger, self.intake, self.granting, self.fleet)
        self.exchanging = Exchanging(self.exchanges, self.writer, self.clock)
        self.quota = Quota()
        self.access = Access(journal, ledger)
        self.keyring = Keyring(folder, journal, ledger, self.exchanges, self.clock.now_ms())
        self.resting = Resting(self)
        self.copying = Copying(self, self._copied)
        self.settling = Settling(self)
        self.taking_away = TakingAway(self.code, self.outside, self.writer)
        self.acts = Acts(self)
        self.opening = Opening(self)
        self.enrolling = Enrolling(self)
        self.attachments = Attachments(folder, journal)
        self.delivering = Delivering(self)
        self.exports = Exports(folder)
        self.erasing = Erasing(self)
        self.carrying = Carrying(self)
        self.confirming = Confirming(self)
        self.published = Published(self)
        self.kept_entries = KeptEntries(journal, self.keys)
        self.health = Health(self)

    def _take_up(self) -> None:
        """Go on where the last process ended: an upgrade, a restore, files in place."""
        with self.unit.at_start():
            recount(self.journal, self.state, self.intake, self.auditing)
        if self.shared:
            self.erasing.look_again()
        take_up(self)
        with self.unit.at_start():
            take_over(self.staff, self.journal, self.folder.parent)
            self.attachments.recover(self.state.book.erased, self.access.is_known, self.clock.now_ms())
        self.resting.begin()
        self.stores.release()  # from now on the writer's thread alone sees what is not committed

    async def close(self) -> None:
        """Finish what was submitted and let go of the folder."""
        try:
            if self.apart is None:
                await self.auditing.sign_head(now=True)
                if self.shared:
                    self.erasing.note_seen()
        finally:
            await self.writer.close()
            self.stores.close()
            self._lock.close()

    def set_apart(self, error: BaseException) -> None:
        """Answer nothing any more if the error means that a store cannot be trusted."""
        if self.apart is None and ends_service(error):
            self.apart = error

    async def submit(self, work: Callable[[], T]) -> T:
        """Run work in the writer's transaction."""
        return await self.writer.submit(work)

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
        return self.keyring.in_hand
