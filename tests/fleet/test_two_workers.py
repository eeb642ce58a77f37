"""Two workers, one family, no connection: nothing is lost, and a person is asked once (protocol sections 4 and 6)."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.syncing import Sync, sync
from sync.entry import TOUCHES_MAX
from sync.errors import TooLarge
from tests.fleet.world import LocalTransport, Server, SkewedClock
from tests.looking import rows


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def test_parallel_answers_to_one_question_both_stay_until_a_person_decides(server: Server, tmp_path: Path) -> None:
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    road = LocalTransport(server)
    record = one.create("huisbezoek", 1, {"/toegang": "binnen", "/zorg": "geen"})
    sync(one, road)
    assert server.run(server.municipality.opening.grant(record, "werker-2", "beheer")) == 1
    sync(two, road)
    assert two.view(record).answers == {"/toegang": "binnen", "/zorg": "geen"}
    first, second = one.open(record), two.open(record)
    server.clock.ms += 1_000
    one.save(first, "huisbezoek", 1, {"/toegang": "geweigerd"})
    server.clock.ms += 1_000
    two.save(second, "huisbezoek", 1, {"/toegang": "niemand_thuis", "/duiding": "rustig"})
    for device in (one, two, one, two):
        sync(device, road)
    assert one.view(record) == two.view(record)
    assert one.view(record).conflicts == {"/toegang": ("niemand_thuis", "geweigerd")}
    one.save(one.open(record), "huisbezoek", 1, {"/toegang": "geweigerd"})
    for device in (one, two):
        sync(device, road)
    assert one.view(record) == two.view(record)
    assert (two.view(record).conflicts, two.view(record).answers["/toegang"]) == ({}, "geweigerd")


@pytest.mark.parametrize(
    "answers",
    [{"/feiten": "x" * 900_000}, {f"/vraag_{number}": 1 for number in range(TOUCHES_MAX + 1)}],
    ids=["a text that no server takes", "more fields than one save may change"],
)
def test_a_save_that_no_server_would_take_blocks_nothing(
    answers: dict[str, Any], server: Server, tmp_path: Path
) -> None:
    """A device chained such an entry, and everything that it wrote afterwards waited behind it for ever."""
    device = server.enrol(tmp_path / "one.db", "werker-1")
    record = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    with pytest.raises(TooLarge):
        device.save(device.open(record), "huisbezoek", 1, answers)
    with pytest.raises(TooLarge):
        device.create("huisbezoek", 1, answers)
    device.save(device.open(record), "huisbezoek", 1, {"/zorg": "geen"})
    sync(device, LocalTransport(server))
    assert 2 == rows(server.municipality.journal, "entry")
    assert {"/toegang": "binnen", "/zorg": "geen"} == device.view(record).answers


@pytest.mark.parametrize("withdrawn", ["werker-1", "werker-2"], ids=["who created it", "who was granted it"])
def test_a_withdrawal_ends_delivery_until_a_new_grant_and_refuses_no_word(
    withdrawn: str, server: Server, tmp_path: Path
) -> None:
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    road, town = LocalTransport(server), server.municipality
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, road)
    server.run(town.opening.grant(record, "werker-2", "beheer"))
    sync(two, road)
    out, stays = (one, two) if withdrawn == "werker-1" else (two, one)
    server.run(town.opening.withdraw(record, withdrawn, "beheer"))
    out.save(out.open(record), "huisbezoek", 1, {"/zorg": "geen"})
    sync(out, road)
    stays.save(stays.open(record), "huisbezoek", 1, {"/duiding": "rustig"})
    for device in (stays, out, stays, out):
        sync(device, road)
    assert {"/toegang": "binnen", "/zorg": "geen", "/duiding": "rustig"} == stays.view(record).answers
    assert {"/toegang": "binnen", "/zorg": "geen"} == out.view(record).answers
    server.run(town.opening.grant(record, withdrawn, "beheer"))
    sync(out, road)
    assert stays.view(record).answers == out.view(record).answers
    out.save(out.open(record), "huisbezoek", 1, {"/duiding": "druk"})
    for device in (out, stays):
        sync(device, road)
    assert "druk" == stays.view(record).answers["/duiding"]


def test_a_server_restored_from_a_backup_is_healed_by_its_devices(server: Server, tmp_path: Path) -> None:
    road = LocalTransport(server)
    one = server.enrol(tmp_path / "one.db", "werker-1")
    early = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, road)
    server.back_up(tmp_path / "backup")
    two = server.enrol(tmp_path / "two.db", "werker-2")
    late = one.create("huisbezoek", 1, {"/toegang": "geweigerd"})
    sync(one, road)
    server.run(server.municipality.opening.grant(late, "werker-2", "beheer"))
    sync(two, road)
    two.save(two.open(late), "huisbezoek", 1, {"/zorg": "twijfel"})
    sync(two, road)
    sync(one, road)
    life = server.municipality.exchanges.life
    server.restore(tmp_path / "backup")
    for device in (two, one, two, one):
        sync(device, road)
    assert life != server.municipality.exchanges.life
    assert {"/toegang": "geweigerd", "/zorg": "twijfel"} == one.view(late).answers == two.view(late).answers
    assert (server.municipality.health.counts()["entries"], server.municipality.health.counts()["records"]) == (3, 2)
    assert one.view(early).answers == {"/toegang": "binnen"}


def test_a_device_restored_from_a_backup_that_went_on_by_itself_loses_nothing(server: Server, tmp_path: Path) -> None:
    road = LocalTransport(server)
    path = tmp_path / "one.db"
    one = server.enrol(path, "werker-1")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, road)
    one.store.close()
    shutil.copy(path, tmp_path / "backup.db")
    one = Device(DeviceStore(path, None), server.clock)
    one.save(one.open(record), "huisbezoek", 1, {"/zorg": "geen"})
    sync(one, road)
    one.store.close()
    copy = Device(DeviceStore(tmp_path / "backup.db", None), server.clock)
    old = copy.id
    copy.save(copy.open(record), "huisbezoek", 1, {"/toegang": "geweigerd"})
    new = copy.create("huisbezoek", 1, {"/zorg": "ja"})
    assert sync(copy, road).forked
    server.replace(copy)
    sync(copy, road)
    assert old != copy.id
    assert copy.view(record).answers == {"/toegang": "geweigerd", "/zorg": "geen"}
    assert copy.view(new).answers == {"/zorg": "ja"}
    assert rows(server.municipality.journal, "forked") == 2


def test_an_erased_record_stays_erased_after_a_restore(server: Server, tmp_path: Path) -> None:
    road = LocalTransport(server)
    one = server.enrol(tmp_path / "one.db", "werker-1")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, road)
    server.back_up(tmp_path / "backup")
    assert server.run(server.municipality.erasing.erase(record, "request", "beheer")).bodies == 1
    server.restore(tmp_path / "backup")
    one.save(one.open(record), "huisbezoek", 1, {"/zorg": "geen"})
    sync(one, road)
    assert one.view(record).answers == {}
    assert not server.municipality.keys.has_wrap(record)
    assert all(stored.entry.body is None for stored in server.municipality.journal.entries_of(record))


def test_a_wrong_clock_and_a_server_that_forgot_the_device_were_mended_one_but_not_both(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.back_up(tmp_path / "backup")
    clock = SkewedClock(server.clock)
    device = server.enrol(tmp_path / "one.db", "werker-een", clock)
    device.create("huisbezoek", 1, {"/duiding": "woord"})
    server.restore(tmp_path / "backup")
    clock.off_ms = 3_600_000
    outcome = Sync(device, LocalTransport(server)).run()
    assert (0, None) == (outcome.unsent, outcome.refused)
