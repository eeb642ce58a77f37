"""A municipality with two workers who share records, and its projection, for the tests of what people see."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.projection.keeper import Keeper
from backend.projection.projector import Projector
from tests.fleet.world import LocalTransport, Server


class Town:
    """A municipality with two workers who share a record, and its projection."""

    def __init__(self, folder: Path, forms: Iterable[bytes] = ()) -> None:
        self.server = Server(folder)
        for raw in forms:
            self.server.publish(raw)
        self.one = self.server.enrol(folder / "one.db", "werker-een")
        self.two = self.server.enrol(folder / "two.db", "werker-twee")
        self.keeper = Keeper(self.server.municipality)

    def sync(self, *devices: Device) -> None:
        for device in devices or (self.one, self.two, self.one):
            Sync(device, LocalTransport(self.server)).run()

    def shared(self, form: str, answers: dict[str, Any]) -> bytes:
        record = self.one.create(form, 1, answers)
        self.sync(self.one)
        self.server.run(self.server.municipality.opening.grant(record, "werker-twee", "beheer"))
        self.sync()
        return record

    def close(self) -> None:
        self.server.run(self.keeper.close())
        self.server.stop()

    def parallel(self, record: bytes, form: str, one: dict[str, Any], two: dict[str, Any]) -> None:
        first, second = self.one.open(record), self.two.open(record)
        self.one.save(first, form, 1, one)
        self.two.save(second, form, 1, two)
        self.sync()

    def find(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        return self.server.run(self.keeper.read(lambda records: records.find(sql, values)))

    def searched(self, word: str) -> list[dict[str, Any]]:
        """The records that have a word, by the index of the search."""
        sql = "select record from _search where number in (select rowid from _search_fts where _search_fts match ?)"
        return self.find(sql, word)

    def dump(self) -> list[Any]:
        return self.server.run(self.keeper.read(lambda records: list(records.dump())))

    def rebuilt(self, folder: Path) -> list[Any]:
        municipality = self.server.municipality
        fresh = Projector(municipality.folder, municipality.custody, folder / "rebuilt.db")
        fresh.run()
        try:
            return list(fresh.records.dump())
        finally:
            fresh.close()
