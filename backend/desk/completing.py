"""Completes what a municipality's list says where only the running server reaches: acts that failed after they were
listed, and the erasures in the tables and the devices of staff.

Whatever is left over is tried again every few seconds, until nothing is.
"""

import asyncio
from functools import partial
from typing import Final

import structlog

from backend.errors import BackendError
from backend.municipality.beside import erase_beside
from backend.municipality.erasing import READ, Held, Leftover, cut_log, erase_desk_store
from backend.municipality.exports import ExportOvertaken
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.sentences import words, words_of
from backend.stores.places import DESK_FILE, RECORDS_FILE
from backend.stores.records import Records

RETRY_S: Final = 5.0
DESK_FOLDER: Final = "desk"


class Completion:
    """One municipality's."""

    def __init__(self, town: Municipality, keeper: Keeper) -> None:
        self._town = town
        self._keeper = keeper
        self.stores = asyncio.Lock()  # held by whoever opens a store of the desk's devices
        self._anew: dict[str, frozenset[bytes]] = {}  # the records after whose erasure a store was written anew
        town.erasing.elsewhere = self.complete

    async def complete(self, records: tuple[bytes, ...]) -> list[Leftover]:
        """Erase records in the tables and in the stores of staff; return what is left over."""
        return [*await self._tables(records), *await self._desk_stores(records), *await self._beside(records)]

    async def follow(self) -> None:
        """Carry out what failed, and finish what is unfinished, until cancelled."""
        while True:
            try:
                await self._town.carrying.carry_out()
                await self._town.erasing.finish()
            except BackendError as error:
                structlog.get_logger("veldpost").error("completing", municipality=self._town.code, code=error.code)
            await asyncio.sleep(RETRY_S)

    async def _tables(self, records: tuple[bytes, ...]) -> list[Leftover]:
        """The journal has the erasures, so catching up is enough; the result is looked at."""
        town = self._town
        path = town.folder / RECORDS_FILE
        if not path.exists():
            return []
        if town.locked:
            return [Leftover(RECORDS_FILE, words("left-locked"))]

        def held(store: Records) -> bool:
            return any(store.opened(record) or store.there([record]) for record in records)

        try:
            await self._keeper.end_readings(ExportOvertaken())
            if await self._keeper.read(held):
                return [Leftover(RECORDS_FILE, words("left-tables"))]
            cut = await cut_log(path, town.custody.records_key.reveal())
            if cut and self._is_due(RECORDS_FILE, records):
                cut = await self._keeper.write_anew(ExportOvertaken())
        except BackendError as error:
            return [Leftover(RECORDS_FILE, words_of(error))]
        if not cut:
            return [Leftover(f"{RECORDS_FILE}-wal", READ)]
        self._anew[RECORDS_FILE] = frozenset(records)
        return []

    def _is_due(self, store: str, records: tuple[bytes, ...]) -> bool:
        """True if a store is still to be written anew: once, however often an erasure is tried again."""
        return not self._anew.get(store, frozenset()).issuperset(records)

    async def _desk_stores(self, records: tuple[bytes, ...]) -> list[Leftover]:
        """The devices of staff forget, and that is confirmed for them: it was looked at."""
        town, leftovers = self._town, []
        async with self.stores:
            for path in sorted((town.folder / DESK_FOLDER).glob("*.db")):
                vault = None if town.locked else town.custody.vault
                anew = self._is_due(path.name, records)
                held, left = await asyncio.to_thread(erase_desk_store, path, records, vault, anew=anew)
                leftovers += left
                if not left:
                    self._anew[path.name] = frozenset(records)
                    await town.submit(partial(self._confirm, held))
        return leftovers

    async def _beside(self, records: tuple[bytes, ...]) -> list[Leftover]:
        """Forget what staff keep beside the journal."""
        town = self._town
        vault, anew = None if town.locked else town.custody.vault, self._is_due(DESK_FILE, records)
        try:
            why = await asyncio.to_thread(partial(erase_beside, town.folder, records, vault, anew=anew))
        except BackendError as error:
            return [Leftover(DESK_FILE, words_of(error))]
        if why:
            return [Leftover(DESK_FILE, words(why))]
        self._anew[DESK_FILE] = frozenset(records)
        return []

    def _confirm(self, held: list[Held]) -> None:
        for record, device in held:
            self._town.erasing.confirm(record, device)
