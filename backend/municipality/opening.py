"""Opening records to a worker and ending that: one act for many records, in pieces with others in between.

Each record has its own fact and its own line in the audit, and stays done if the act ends half way. A piece is one
transaction, whose rows of the list outside the backups are written at once; it ends early when somebody waits for it.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Protocol

from backend.clock import Clock
from backend.errors import BackendError, refused
from backend.municipality.acts import Acts
from backend.municipality.custody import Custody
from backend.municipality.exchange import Exchange
from backend.municipality.granting import Granting
from backend.municipality.outside import Outside
from backend.municipality.state import State
from backend.municipality.taking_away import TakingAway
from backend.municipality.writer import Writer
from backend.stores.gathered import Gathered
from backend.stores.group import Wanted
from backend.stores.ledger import UnitJournal
from forms.lint.fold import looks
from sync import acting
from sync.acting import Denial, unknown
from sync.factbook import FactBook
from sync.facts import WORKER, Assignment, Certificate

RECORDS_AT_ONCE: Final = 2_000  # in one transaction, while nobody waits
LOOK_UP: Final = 32  # records between two looks at whether somebody waits; their keys are sealed at one go
LOADED: Final = 256  # records that are read, and written, at once; the first time as many as until that look
Do = Callable[[Sequence[bytes], bool], list[int]]  # some records, and whether they are the first of a transaction


class Town(Protocol):
    """The parts of a municipality that opening needs."""

    code: str
    clock: Clock
    stores: Gathered
    journal: UnitJournal
    outside: Outside
    writer: Writer
    granting: Granting
    exchanges: Exchange
    acts: Acts
    taking_away: TakingAway

    @property
    def state(self) -> State:
        """The state of the transaction under way."""

    @property
    def book(self) -> FactBook: ...

    @property
    def custody(self) -> Custody:
        """The private keys, or `MunicipalityLocked`."""


class WorkerAlike(BackendError):
    """A worker whose name is read like that of another one would be given what is theirs."""

    code: ClassVar[str] = "worker-alike"


class Opening:
    """Says who may read which records, for the staff of one municipality."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def grant(self, record: bytes, worker: str, staff: str) -> int:
        """Open a record to every device that a worker has and will have; returns to how many it was opened now."""
        return (await self.grant_each([record], worker, staff))[0]

    async def withdraw(self, record: bytes, worker: str, staff: str) -> None:
        """End reading, granting and taking back of a record for a worker; what they wrote goes on counting."""
        await self.withdraw_each([record], worker, staff)

    async def grant_each(self, records: Sequence[bytes], worker: str, staff: str) -> list[int]:
        """Open records to every device that a worker has and will have; returns to how many each was opened now.

        Where one of them is not held, nothing is done.
        """
        for start in range(0, len(records), LOADED):
            piece = records[start : start + LOADED]
            held = self._town.journal.existing(piece)
            for record in piece:
                if record not in held:
                    raise refused(unknown(record))
        return await self._in_pieces(records, lambda some, _: self._grant(some, worker, staff))

    async def withdraw_each(self, records: Sequence[bytes], worker: str, staff: str) -> None:
        """End reading, granting and taking back of records for a worker; what they wrote goes on counting."""
        await self._in_pieces(records, lambda some, is_first: self._withdraw(some, worker, staff, copies=is_first))

    def workers(self) -> set[str]:
        """Everybody to whom any record was opened so, whatever ended it since."""
        stored = self._town.journal.facts(kind="assignment")
        return {one.fact.worker for one in stored if isinstance(one.fact, Assignment)}

    def refuse_alike(self, worker: str) -> None:
        """Refuse a newcomer whose name is read like that of a worker who is there: `WorkerAlike`."""
        known = {one.worker for one in self._town.book.certificates.values() if one.role == WORKER} | self.workers()
        alike = sorted(one for one in known if looks(one) == looks(worker))
        if alike and worker not in known:
            raise WorkerAlike(name=worker, known=alike[0])

    async def _in_pieces(self, records: Sequence[bytes], do: Do) -> list[int]:
        done: list[int] = []
        while len(done) < len(records):
            rest = records[len(done) : len(done) + RECORDS_AT_ONCE]
            done += await self._town.taking_away.run(lambda rest=rest: self._piece(rest, do))  # type: ignore[misc]
        return done

    def _piece(self, records: Sequence[bytes], do: Do) -> list[int]:
        """As many of the records as can be done before somebody waits; inside a transaction."""
        town, loaded = self._town, 0
        done: list[int] = []
        with town.outside.together():
            while len(done) < len(records) and not (done and town.writer.is_awaited):
                if len(done) == loaded:
                    loaded += LOADED if done else LOOK_UP
                    next_ones = frozenset(records[len(done) : loaded])
                    town.stores.load(Wanted(records=next_ones, opened=next_ones))
                done += do(records[len(done) : len(done) + LOOK_UP], not done)
        return done

    def _withdraw(self, records: Sequence[bytes], worker: str, staff: str, *, copies: bool) -> list[int]:
        """Withdraw some records; `copies` in the first ones of a transaction: nothing that a device says comes in
        between."""
        town = self._town
        for number, record in enumerate(records):
            act = acting.withdraw(record, worker, town.clock.now_ms(), town.exchanges)
            if act.copies and copies and not number:
                town.granting.copy(town.custody, town.clock.now_ms())
            town.acts.sign(act.fact, staff, "withdraw", record, worker)
        return [0] * len(records)

    def _grant(self, records: Sequence[bytes], worker: str, staff: str) -> list[int]:
        """Assign some records, then seal their keys."""
        town, readers_of = self._town, self._town.journal.readers_of
        before, due = [readers_of(record) for record in records], list[tuple[bytes, Certificate]]()
        for record in records:
            act = acting.assign(record, worker, town.clock.now_ms(), town.exchanges, known=True)
            if isinstance(act, Denial):
                raise refused(act)
            town.acts.sign(act.fact, staff, "grant", record, worker)
            due += [(record, town.state.book.certificates[device]) for device in act.opens_to]
        town.granting.grant_each(town.custody, due, town.clock.now_ms())
        return [len({*readers_of(record)}.difference(had)) for record, had in zip(records, before, strict=True)]
