"""The list outside the backups after a restore: until a person says where it ends, nothing is delivered."""

from collections.abc import Callable
from typing import Any, Protocol

from backend.municipality.auditing import Auditing
from backend.municipality.exchange import Exchange
from backend.municipality.outside import Outside
from backend.municipality.returning import EMPTY_LIST, ListDiffers, end_of
from backend.municipality.settling import Settling


class Town(Protocol):
    """The parts of a municipality that the confirmation needs."""

    code: str
    outside: Outside
    exchanges: Exchange
    auditing: Auditing
    settling: Settling

    async def submit(self, work: Callable[[], Any]) -> Any: ...


class Confirming:
    """Takes a person's word that the list of one municipality is whole."""

    def __init__(self, town: Town) -> None:
        self._town = town

    @property
    def end(self) -> str:
        """The time of the newest row of the list, as a person compares it."""
        return end_of(self._town.outside)

    async def confirm_list(self, ends: str, staff: str) -> None:
        """Deliver again, because a person says that the list is whole up to its end. Raises `ListDiffers`."""
        town, there = self._town, self.end
        if ends != there:
            raise ListDiffers(municipality=town.code, ends=there, given=ends or EMPTY_LIST)

        def work() -> None:
            town.exchanges.await_list(waits=False)
            town.auditing.write(staff, "confirm-list", None, there)

        await town.submit(work)
        await town.settling.settle()
