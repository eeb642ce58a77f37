"""A whole data folder of the release before this one opens, projects the same answers, and its devices go on.

`fixtures/demo.tar.xz` is GM9901 of the demonstration as commit 5e62667 left it: edited by three workers, with a
resolved conflict, an erased record and a revoked device; two of its devices; the account that made it. `demo.json` is
what that commit showed of it.
"""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.syncing import Sync
from backend.municipality.service import Municipality
from backend.projection.projector import Projector
from backend.projection.verify import verify_store
from backend.stores.record_rows import shown_answers
from tests.fleet.world import FakeClock, LocalTransport, Server

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED = json.loads((FIXTURES / "demo.json").read_text())
STORE_KEY = b"\7" * 32
AT_MS = 1_795_651_800_000  # shortly after the folder was left


class Old(Server):
    """The municipality of the old folder, behind the same checks as any."""

    def __init__(self, folder: Path) -> None:
        with tarfile.open(FIXTURES / "demo.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        self.stand_by(folder / "d" / "GM9901", FakeClock(AT_MS))
        self.confirms = False  # an upgrade is no restore: nothing waits for a person
        self.key_file = (folder / "k" / "GM9901.key").read_bytes()
        self.devices = folder / "d" / "demo-devices"
        self.start()

    def device(self, number: int) -> Device:
        return Device(DeviceStore(self.devices / f"GM9901-{number}.db", STORE_KEY), self.clock)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Old]:
    made = Old(tmp_path)
    yield made
    made.stop()


def shown(town: Municipality, projector: Projector) -> dict[str, Any]:
    rows = projector.records.find("select record, shown from _record")
    return {row["record"]: {k: v["value"] for k, v in shown_answers(row["shown"]).items()} for row in rows}


def test_an_old_folder_verifies_and_shows_what_it_showed(old: Old) -> None:
    town = old.municipality
    projector = Projector(town.folder, town.custody)
    projector.run()
    found = shown(town, projector)
    projector.close()
    assert {name: record["shown"] for name, record in EXPECTED["records"].items()} == found
    assert [] == list(verify_store(town.folder, town.custody, lambda _done, _all: None))
    assert town.book.erased(bytes.fromhex(EXPECTED["erased"]))
    assert 1 == len(town.book.revocations)


def test_its_devices_go_on(old: Old) -> None:
    one, two = old.device(1), old.device(2)
    for device in (one, two):
        Sync(device, LocalTransport(old)).run()
    record = one.create("huisbezoek", 1, {"/duiding": "verder na de nieuwe uitgave"})
    Sync(one, LocalTransport(old)).run()
    assert one.memory.send_after == one.pen.head.seq
    one.grant(record, one.facts.certificates[two.id])
    for device in (one, two):
        Sync(device, LocalTransport(old)).run()
    assert {"/duiding": "verder na de nieuwe uitgave"} == two.view(record).answers
    for name, expected in EXPECTED["records"].items():
        for device in (one, two):
            if device.keys_of(bytes.fromhex(name)) is not None:
                assert expected["shown"].keys() <= dict(device.view(bytes.fromhex(name)).answers).keys()
    one.store.close()
    two.store.close()
