"""The counts of a municipality for the status page and the metrics, and when it was backed up."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from backend.municipality.copying import Copying
from backend.municipality.delivering import Delivering
from backend.municipality.outside import Outside
from backend.municipality.resting import BACKED_UP, Resting
from backend.municipality.state import State
from backend.municipality.writer import Writer
from backend.stores.ledger import Journal


class Projected(NamedTuple):
    """The position of the tables, the code of the fault at which they stand still, and what waits (`Records.waits`)."""

    position: int
    fault: str
    waits: tuple[int, int, int] | None = None


class Town(Protocol):
    """The parts of a municipality that are counted."""

    code: str
    key_fault: str
    projected: Projected
    outside: Outside
    resting: Resting
    copying: Copying
    writer: Writer
    delivering: Delivering

    @property
    def locked(self) -> bool: ...
    @property
    def committed(self) -> State: ...
    @property
    def journal(self) -> Journal: ...

    async def submit(self, work: Callable[[], Any]) -> Any: ...


class Health:
    """Counts one municipality."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def note_backup(self, at_ms: int) -> None:
        """Keep when the last whole backup was made."""
        await self._town.submit(lambda: self._town.journal.set_meta(BACKED_UP, str(at_ms).encode()))

    def counts(self) -> Mapping[str, Any]:
        """Counts without personal data; cheap with millions of entries."""
        town, state = self._town, self._town.committed
        return {
            "code": town.code,
            "locked": town.locked,
            "entries": state.entries,
            "records": state.records,
            "devices": len(state.book.certificates) - len(state.book.revocations),
            "position": state.position,
            "projected": town.projected.position,
            "fault": town.projected.fault,
            "awaiting_list": state.awaiting_list,
            "key_fault": town.key_fault if town.locked else "",
            "list_fault": [*town.outside.faults, *filter(None, (town.outside.alone, town.outside.undone))],
            "standby_since_ms": town.writer.held.since_ms if town.writer.held is not None else 0,
            **town.resting.counts(),
            **town.copying.counts(),
            **town.delivering.counts(),
        }
