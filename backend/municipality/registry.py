"""The municipalities that one server hosts: each a folder, opened once."""

from collections.abc import Iterator
from pathlib import Path

from backend.clock import Clock
from backend.errors import BackendError, MunicipalityUnknown, StoreCorrupt, StoreFailed, StoreTooNew
from backend.municipality.service import Municipality
from sync.entry import MUNICIPALITY


class Municipalities:
    """Opens every municipality below a data folder; unlocks those whose key file is at hand."""

    def __init__(self, data: Path, keys: Path, clock: Clock) -> None:
        self.data = data
        self._keys = keys
        self._clock = clock
        self._open: dict[str, Municipality] = {}
        self.broken: dict[str, BackendError] = {}

    def open_all(self) -> None:
        """Open what the folder holds. One whose stores do not open is set apart: the others must not wait for it."""
        for folder in sorted(self.data.glob("GM[0-9][0-9][0-9][0-9]")) if self.data.is_dir() else ():
            if folder.name not in self._open:
                try:
                    self.add(Municipality(folder, self._clock))
                except (StoreCorrupt, StoreFailed, StoreTooNew) as error:
                    self.broken[folder.name] = error

    def add(self, municipality: Municipality) -> None:
        """Host a municipality; unattended, it is unlocked by its key file or stays plainly locked."""
        self._open[municipality.code] = municipality
        key_file = self._keys / f"{municipality.code}.key"
        if municipality.locked and key_file.is_file():
            municipality.unlock_with(municipality.vault().with_key_file(key_file.read_bytes()))

    def get(self, code: str) -> Municipality:
        """A hosted municipality, or `MunicipalityUnknown`; the name is never used as a path."""
        found = self._open.get(code)
        if code in self.broken:
            raise self.broken[code]
        if found is None:
            raise MunicipalityUnknown(municipality=code if MUNICIPALITY.fullmatch(code) else "of that name")
        return found

    def __iter__(self) -> Iterator[Municipality]:
        return iter(self._open.values())

    async def close_all(self) -> None:
        """Finish what was submitted and let go of every folder."""
        for municipality in self._open.values():
            await municipality.close()
        self._open.clear()
