"""Doing at an unlock what waited for the private keys: grants that are owed, unsigned keys, and signing what devices
said."""

from collections.abc import Callable
from typing import Any, Protocol

from backend.clock import Clock
from backend.municipality.custody import Custody
from backend.municipality.granting import Granting, Settled
from backend.municipality.resting import Resting


class Town(Protocol):
    """The parts of a municipality that settling needs."""

    clock: Clock
    granting: Granting
    resting: Resting

    @property
    def locked(self) -> bool: ...
    @property
    def custody(self) -> Custody: ...

    async def submit(self, work: Callable[[], Any]) -> Any: ...


class Settling:
    """Settles one municipality, piece by piece."""

    def __init__(self, town: Town) -> None:
        self._town = town

    async def settle(self) -> None:
        """Make the grants that are owed, try keys that nobody signed, and sign what devices said, in pieces, so that
        others come in between."""
        at: Settled | None = None if self._town.resting.is_settled else Settled()
        while at is not None and not self._town.locked:
            at = await self._town.submit(lambda at=at: self._settle(at))  # type: ignore[misc]

    def _settle(self, at: Settled) -> Settled | None:
        town = self._town
        return None if town.locked else town.granting.settle(town.custody, town.clock.now_ms(), at)
