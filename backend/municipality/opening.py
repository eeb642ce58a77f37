"""Opening records to a worker and ending that: one act for many records, in pieces with others in between.

Each record has its own fact and its own line in the audit, and stays done if the act ends half way. A piece is one
transaction, whose rows of the list outside the backups are written at once; it ends early when somebody waits for it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from backend.clock import Clock
from backend.errors import RecordUnknown
from backend.municipality.custody import Custody
from backend.municipality.granting import Granting
from backend.municipality.outside import Outside
from backend.municipality.state import State
from backend.municipality.writer import Writer
from backend.stores.ledger import UnitJournal
from sync.facts import Assignment, Withdrawal

RECORDS_AT_ONCE: Final = 2_000  # in one transaction, while nobody waits
LOOK_UP: Final = 32  # records between two looks at whether somebody waits


class Town(Protocol):
    """What opening needs of a municipality."""

    code: str
    clock: Clock
    journal: UnitJournal
    outside: Outside
    writer: Writer
    granting: Granting

    @property
    def state(self) -> State:
        """The state of the transaction under way."""

    @property
    def custody(self) -> Custody:
        """The private keys, or `MunicipalityLocked`."""

    def sign(self, fact: Any, staff: str, act: str, record: bytes | None = None, detail: str = "") -> Any:
        """Sign and journal a fact, with its audit line."""


class Opening:
    """Says who may read which records, for the staff of one municipality."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def grant(self, records: Sequence[bytes], worker: str, staff: str) -> list[int]:
        """Open records to every device that a worker has and will have; returns to how many each was opened now.

        Where one of them is not held, nothing is done.
        """
        known = self._town.journal.many_records
        for start in range(0, len(records), LOOK_UP):
            piece = records[start : start + LOOK_UP]
            held = known(piece)
            for record in piece:
                if record not in held:
                    raise RecordUnknown(record=record.hex())
        return await self._in_pieces(records, lambda record: self._grant(record, worker, staff))

    async def withdraw(self, records: Sequence[bytes], worker: str, staff: str) -> None:
        """End reading, granting and taking back of records for a worker; what they wrote goes on counting."""

        def withdraw(record: bytes) -> int:
            fact = Withdrawal(self._town.code, record, worker, self._after_all(record, worker))
            self._town.sign(fact, staff, "withdraw", record, worker)
            return 0

        await self._in_pieces(records, withdraw, copies=True)

    async def _in_pieces(
        self, records: Sequence[bytes], act: Callable[[bytes], int], *, copies: bool = False
    ) -> list[int]:
        done: list[int] = []
        while len(done) < len(records):
            rest = records[len(done) : len(done) + RECORDS_AT_ONCE]
            done += await self._town.writer.submit(lambda rest=rest: self._piece(rest, act, copies))  # type: ignore[misc]
        return done

    def _piece(self, records: Sequence[bytes], act: Callable[[bytes], int], copies: bool) -> list[int]:
        """As many of the records as can be done before somebody waits; inside a transaction."""
        town = self._town
        if copies:
            town.granting.copy(town.custody, town.clock.now_ms())
        done: list[int] = []
        with town.outside.together():
            for record in records:
                if done and len(done) % LOOK_UP == 0 and town.writer.is_awaited:
                    break
                done.append(act(record))
        return done

    def _grant(self, record: bytes, worker: str, staff: str) -> int:
        town = self._town
        before, now_ms = set(town.journal.readers_of(record)), town.clock.now_ms()
        fact = Assignment(town.code, record, worker, self._after_all(record, worker))
        town.sign(fact, staff, "grant", record, worker)
        devices = town.state.book.devices_of(worker)
        town.granting.grant_all(town.custody, devices, record, now_ms)
        return len(set(town.journal.readers_of(record)) - before)

    def _after_all(self, record: bytes, worker: str) -> int:
        """A time after every assignment and withdrawal of a record for a worker, so that no server clock decides."""
        return max(self._town.clock.now_ms(), self._town.state.book.decided_at(record, worker) + 1)
