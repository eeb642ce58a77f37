"""Follows the copy of a municipality's stores, where there is one: what is not copied is not durable yet.

A device keeps what it wrote until the server calls it durable (sync/SPEC.md 8.4). With a copy that follows, that is all
that the copy has, so that a machine that is lost takes nothing of it along.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from backend.clock import Clock
from backend.errors import BackendError
from backend.municipality.state import State
from backend.municipality.unit import Unit
from backend.stores.copied import Copied

LOOK_S: Final = 1.0  # between two looks: devices ask again after minutes


class Town(Protocol):
    """The municipality, as far as this needs it."""

    code: str
    folder: Path
    clock: Clock
    unit: Unit
    apart: Any

    @property
    def committed(self) -> State: ...


class Copying:
    """The copy of one municipality; without one everything is durable as soon as the stores say so."""

    def __init__(self, town: Town, copied: Copied | None) -> None:
        self._town = town
        self._copied = copied
        self._seen = -1  # the commits that are all in the copy
        self._since_ms = town.clock.now_ms()  # when the first commit was seen that is not; 0 where all are
        self._fault = ""

    async def follow(self) -> None:
        """Look again and again, until cancelled."""
        while self._copied is not None:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Have all copied that is committed now, and note it; where that fails, since when and why."""
        town, began_ms = self._town, self._town.clock.now_ms()
        commits, position = town.unit.commits, town.committed.position
        if self._copied is None or commits == self._seen or town.apart is not None:
            return
        self._since_ms = self._since_ms or began_ms
        try:
            await asyncio.to_thread(self._copied.look, position)
        except BackendError as error:
            if error.code != self._fault:
                structlog.get_logger("veldpost").error("copy", municipality=town.code, code=error.code, why=str(error))
            self._fault = error.code
        else:
            self._seen, self._fault = commits, ""
            self._since_ms = 0 if commits == town.unit.commits else began_ms

    def counts(self) -> Mapping[str, Any]:
        """The positions that the copy is behind, since when, and why; None where there is no copy."""
        if self._copied is None:
            return {"copy_behind": None, "copy_since_ms": 0, "copy_fault": ""}
        town = self._town
        behind, is_all = town.committed.position - self._copied.position, town.unit.commits == self._seen
        since_ms = self._since_ms or (0 if is_all else town.clock.now_ms())
        return {"copy_behind": behind, "copy_since_ms": since_ms, "copy_fault": self._fault}
