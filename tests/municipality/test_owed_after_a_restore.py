"""A restored server owes a worker's phones again what it had granted them (sync/SPEC.md section 5.5)."""

from pathlib import Path

import pytest

from backend.device.device import Device
from backend.device.syncing import sync
from tests.fleet.world import LocalTransport, Server


def put_back(server: Server, folder: Path) -> None:
    server.restore(folder / "backup")
    server.confirm_list()


def shown_on(server: Server, record: bytes, *devices: Device) -> list[dict[str, str]]:
    """What each shows once all have synced, and the server has done what it owes."""
    for device in (*devices, *devices):
        sync(device, LocalTransport(server))
        server.run(server.municipality.settling.settle())
    return [dict(device.view(record).answers) for device in devices]


def test_a_second_phone_whose_certificate_was_forgotten_is_granted_its_workers_records(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    one = server.enrol(tmp_path / "one.db", "werker-1")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, LocalTransport(server))
    server.back_up(tmp_path / "backup")
    two = server.enrol(tmp_path / "two.db", "werker-1")
    put_back(server, tmp_path)
    assert [{"/toegang": "binnen"}] * 2 == shown_on(server, record, one, two)


@pytest.mark.parametrize("worker", ["werker-1", "werker-2"])
def test_an_assignment_on_the_list_waits_for_its_record(worker: str, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", worker)
    server.back_up(tmp_path / "backup")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, LocalTransport(server))
    server.run(server.municipality.opening.grant(record, worker, "beheer"))
    put_back(server, tmp_path)
    assert [{"/toegang": "binnen"}] * 2 == shown_on(server, record, one, two)
