"""Lets a municipality in which nothing happens hold no stores, and answers from memory what is asked all the time.

Three connections take 0.6 MiB and eight files in each municipality, and most municipalities do nothing most of the
time. What a status page, or a look every few seconds, asks of the journal is true until the next commit: so it is kept
until then, and nobody opens a store for it.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol, TypeVar, cast

import msgspec

from backend.errors import BackendError
from backend.municipality.auditing import kept_head
from backend.municipality.granting import Granting
from backend.municipality.state import State
from backend.municipality.unit import Unit
from backend.municipality.writer import Writer
from backend.stores.gathered import Gathered
from backend.stores.ledger import Journal
from backend.stores.staff import Staff
from sync.audit import AuditHead

T = TypeVar("T")
BACKED_UP: Final = "backed-up"  # of the journal's meta: when the last whole backup was made
NAME_META: Final = "name"  # what a municipality is called, as people there say it


class Town(Protocol):
    """The municipality, as far as this needs it."""

    apart: Any
    stores: Gathered
    unit: Unit
    writer: Writer
    granting: Granting
    staff: Staff

    @property
    def journal(self) -> Journal: ...
    @property
    def committed(self) -> State: ...
    def set_apart(self, error: BaseException) -> None: ...


class Resting:
    """The rests of one municipality, and its answers without its stores."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._known: dict[str, tuple[int, Any]] = {}
        self._closed_at = -1  # how many commits there were

    def of(self, name: str, ask: Callable[[], T]) -> T:
        """Return the answer of `ask`, asked once between two commits. From any thread."""
        at = self._town.unit.commits  # read first: a commit that comes in between is asked about again
        known = self._known.get(name)
        if known is None or known[0] != at:
            known = self._known[name] = at, ask()
        return cast(T, known[1])

    def counts(self) -> dict[str, Any]:
        """Return the counts of the status page."""
        return self.of("counts", self._counts)

    def unfinished(self) -> dict[bytes, int]:
        """The records whose erasure is not finished, each with its time in milliseconds."""
        return self.of("unfinished", self._town.journal.unfinished_erasures)

    def audit(self) -> tuple[AuditHead | None, int]:
        """The head of the audit that was signed last, and the number of its last line."""
        journal = self._town.journal
        return self.of("audit", lambda: (kept_head(journal), journal.audit_end()[0]))

    @property
    def rests(self) -> bool:
        """True if nothing was committed since the stores were closed."""
        return self._closed_at == self._town.unit.commits

    @property
    def is_settled(self) -> bool:
        """True if nothing waits for an unlock, as far as was looked since the last commit."""
        return self._known.get("settled") == (self._town.unit.commits, True)

    def begin(self) -> None:
        """Close the stores, once what is asked all the time was asked; by whoever writes, outside a unit."""
        town = self._town
        self.counts(), self.heard(), self.unfinished()
        with suppress(msgspec.MsgspecError):  # a head that was damaged keeps nothing from opening: it is said later
            self.audit()
        self.of("settled", town.granting.is_settled)
        town.stores.rest()
        self._closed_at = town.unit.commits

    async def probe(self) -> None:
        """Write in the stores without a word to who follows the journal; stores that rest are closed again."""
        rested = self.rests
        await self._town.writer.outside(self._write)
        if rested:
            await self.rest()

    def _write(self) -> None:
        try:
            with self._town.unit.at_start():
                self._town.journal.set_meta("probe", b"ready")
        except BackendError as error:
            self._town.set_apart(error)
            raise

    async def rest(self) -> None:
        """Close the stores after what was submitted; one whose stores fail finds that out when it is asked."""
        if self._town.apart is None:
            with suppress(BackendError):
                await self._town.writer.rest(self.begin)

    def _counts(self) -> dict[str, Any]:
        journal = self._town.journal
        return {
            "held": journal.held_count(),
            "forked": journal.forked_count(),
            "unreadable_attachments": journal.attachments.unreadable(),
            "backed_up_ms": int(journal.meta(BACKED_UP) or 0),
            "unconfirmed": ", ".join(self._town.staff.unconfirmed()),
            "forms": len(journal.shelf.newest()),
            "name": (journal.meta(NAME_META) or b"").decode(),
        }

    def heard(self) -> dict[bytes, int]:
        """Return when the last entry of each device came, in milliseconds; devices that sent none are left out."""
        return self.of("heard", self._heard)

    def _heard(self) -> dict[bytes, int]:
        tails, journal = self._town.committed.tails, self._town.journal
        return {
            device: received
            for device, tail in tails.items()
            for _, received in journal.stamps(device, tail.seq, tail.seq)
        }
