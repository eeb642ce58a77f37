"""Follows the bucket of a municipality's attachments, where there is one: puts there what is registered and not in it.

An upload is registered before its bytes are put in the bucket, and nobody is told that it is finished before they are.
Where a kill or a lost connection came in between, its device asks again, and this brings it there also without the
device. Once after each start the bucket is listed: what the journal knows is noted as held, what came after a journal
that was put back is registered again by the record that its head names, and that of an erased record goes.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Protocol

import structlog

from backend.clock import Clock
from backend.errors import ROOM_ERRORS
from backend.municipality.access import Access
from backend.municipality.attachments import Attachments
from backend.municipality.writer import Writer
from sync.factbook import FactBook

LOOK_S: Final = 10.0  # between two looks; what a device waits for is not left to them


class Town(Protocol):
    """The municipality, as far as this needs it."""

    code: str
    clock: Clock
    apart: Any
    attachments: Attachments
    access: Access
    writer: Writer

    @property
    def book(self) -> FactBook: ...


class Delivering:
    """The way of one municipality's attachments into its bucket."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._is_listed = False
        self._fault = ""

    async def follow(self) -> None:
        """Look again and again, until cancelled; not where attachments are in the folder."""
        while self._town.attachments.blobs.far:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Bring what is due; where that fails, the fault is logged once and it is tried again."""
        town = self._town
        if town.apart is not None:
            return
        try:
            await asyncio.to_thread(self._deliver)
            if not self._is_listed:
                strays = await asyncio.to_thread(town.attachments.strays, town.book.erased)
                known = partial(town.attachments.adopt, strays, town.access.is_known, town.clock.now_ms())
                if strays:
                    await town.writer.submit(known)
                self._is_listed = True
        except ROOM_ERRORS as error:
            if error.code != self._fault:
                structlog.get_logger("veldpost").error("bucket", municipality=town.code, code=error.code)
            self._fault = error.code
        else:
            self._fault = ""

    def _deliver(self) -> None:
        self._town.attachments.blobs.look()
        self._town.attachments.deliver()

    def counts(self) -> Mapping[str, Any]:
        """The code of what keeps the bucket from being used and since when; None where there is no bucket."""
        blobs = self._town.attachments.blobs
        fault, since_ms = blobs.fault
        return {"bucket_fault": fault if blobs.far else None, "bucket_since_ms": since_ms}
