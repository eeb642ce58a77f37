"""Carries out by itself what stands on the list outside the backups and failed, as on a full disk (sync/SPEC.md 5.8).

An act that takes something away is on the list before it is saved. Where the stores then fail, it is not undone: a
restore would apply it, and so does the next start. Whoever did it is told so (`ActListed`), and the running server
tries again, a bounded piece at a time, until the stores take it. The end of a device in whose place another was to come
is left to the invitation, which can be shown again, and to the next start.
"""

from typing import Final, Protocol

from backend.clock import Clock
from backend.municipality.auditing import Auditing
from backend.municipality.custody import Custody
from backend.municipality.erasing import Erasing
from backend.municipality.exchange import about_of
from backend.municipality.granting import Granting
from backend.municipality.intake import Intake
from backend.municipality.outside import Outside, Row
from backend.municipality.state import State
from backend.municipality.writer import Writer
from backend.signing import is_genuine
from backend.stores.ledger import UnitJournal
from sync.facts import Erasure, decode_fact, purpose_of, record_of

ROWS_AT_ONCE: Final = 64  # in one transaction: each may change many records
BY_ITSELF: Final = "list"  # under this name the audit keeps what was carried out from the list


class Town(Protocol):
    """The parts of a municipality that carrying on needs."""

    code: str
    clock: Clock
    journal: UnitJournal
    outside: Outside
    writer: Writer
    granting: Granting
    intake: Intake
    erasing: Erasing
    auditing: Auditing

    @property
    def state(self) -> State: ...
    @property
    def locked(self) -> bool: ...
    @property
    def custody(self) -> Custody: ...


class Carrying:
    """The acts that one municipality still owes its list."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def carry_out(self) -> int:
        """Do what is still due, in pieces with others in between; returns how much was done. Raises the store's error
        while it cannot be written."""
        done = 0
        while rows := self._town.outside.still_due(ROWS_AT_ONCE):
            await self._town.writer.submit(lambda rows=rows: self._carry(rows))  # type: ignore[misc]
            done += len(rows)
        return done

    def _carry(self, rows: list[Row]) -> None:
        town = self._town
        self._copy()
        for row in rows:
            fact = decode_fact(row.raw)
            known = isinstance(fact, Erasure) and town.state.book.erased(fact.record)
            if known or town.journal.has_fact(fact) or not is_genuine(fact, town.state.book):
                town.outside.let_be(row)
                continue
            town.outside.append(row.kind, row.raw)
            if isinstance(fact, Erasure):
                town.erasing.take(fact, BY_ITSELF)
                continue
            town.intake.take_fact(fact, town.clock.now_ms())
            town.auditing.write(BY_ITSELF, purpose_of(fact), record_of(fact), about_of(fact))
        self._copy()

    def _copy(self) -> None:
        """Sign copies of what devices said and the server took, and of what a chain displaced after it."""
        if not self._town.locked:
            self._town.granting.copy(self._town.custody, self._town.clock.now_ms())
