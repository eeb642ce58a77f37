"""A clock that was wrong once dates nothing after it (sync/SPEC.md sections 1 and 6.5)."""

from pathlib import Path

import msgspec
import pytest

from backend.device.device import Device
from backend.device.syncing import sync
from sync.clock import wall_ms
from tests.fleet.world import LocalTransport, Server, SkewedClock

DAY_MS = 24 * 3_600_000
YEAR_MS = 365 * DAY_MS


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def last_clock_ms(device: Device) -> int:
    kept = device.store.own_at(device.id, device.pen.head.seq)
    assert kept is not None
    return wall_ms(kept.arrival().header.clock)


def shared(server: Server, one: Device, two: Device) -> bytes:
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, LocalTransport(server))
    server.run(server.municipality.opening.grant(record, "werker-2", "beheer"))
    sync(two, LocalTransport(server))
    return record


@pytest.mark.parametrize("off_ms", [YEAR_MS, -YEAR_MS], ids=["a year ahead", "a year behind"])
def test_a_clock_that_was_wrong_for_one_save_dates_nothing_after_the_next_sync(
    off_ms: int, server: Server, tmp_path: Path
) -> None:
    """After one save with a clock a year ahead every later record of that phone was dated next year."""
    clock = SkewedClock(server.clock)
    device, road = server.enrol(tmp_path / "one.db", "werker-1", clock), LocalTransport(server)
    clock.off_ms = off_ms
    record = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    clock.off_ms = 0
    sync(device, road)
    server.clock.ms += 21 * DAY_MS
    device.save(device.open(record), "huisbezoek", 1, {"/zorg": "geen"})
    assert server.clock.ms == last_clock_ms(device)
    device.create("huisbezoek", 1, {"/toegang": "geweigerd"})
    assert server.clock.ms == last_clock_ms(device)


def test_a_device_enrolled_in_1970_whose_clock_is_then_set_is_right_after_one_sync(
    server: Server, tmp_path: Path
) -> None:
    clock = SkewedClock(server.clock)
    clock.off_ms = -server.clock.ms
    device = server.enrol(tmp_path / "one.db", "werker-1", clock)
    clock.off_ms = 0
    device.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(device, LocalTransport(server))
    server.clock.ms += DAY_MS
    device.create("huisbezoek", 1, {"/toegang": "binnen"})
    assert server.clock.ms == last_clock_ms(device)


def test_the_wrong_clock_of_another_device_moves_no_clock_here(server: Server, tmp_path: Path) -> None:
    clock = SkewedClock(server.clock)
    one = server.enrol(tmp_path / "one.db", "werker-1", clock)
    two = server.enrol(tmp_path / "two.db", "werker-2")
    clock.off_ms = YEAR_MS
    record = shared(server, one, two)
    server.clock.ms += 1_000
    two.save(two.open(record), "huisbezoek", 1, {"/toegang": "geweigerd"})
    assert server.clock.ms == last_clock_ms(two)


def test_an_answer_is_later_than_what_it_answers_even_where_the_own_clock_is_behind(
    server: Server, tmp_path: Path
) -> None:
    one = server.enrol(tmp_path / "one.db", "werker-1")
    clock = SkewedClock(server.clock)
    two = server.enrol(tmp_path / "two.db", "werker-2", clock)
    record = shared(server, one, two)
    clock.off_ms = -YEAR_MS
    editing = two.open(record)
    two.save(editing, "huisbezoek", 1, {"/toegang": "geweigerd"})
    assert server.clock.ms == last_clock_ms(two)


def test_of_two_saves_offline_with_a_clock_that_goes_back_the_second_alone_survives(
    server: Server, tmp_path: Path
) -> None:
    clock = SkewedClock(server.clock)
    device = server.enrol(tmp_path / "one.db", "werker-1", clock)
    clock.off_ms = YEAR_MS
    record = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    editing = device.open(record)
    clock.off_ms = -YEAR_MS
    for answer in ("geweigerd", "niemand_thuis"):
        device.save(editing, "huisbezoek", 1, {"/toegang": answer})
    sync(device, LocalTransport(server))
    assert ({"/toegang": "niemand_thuis"}, {}) == (device.view(record).answers, device.view(record).conflicts)


def test_the_stamps_of_a_new_life_replace_those_of_the_life_before(server: Server, tmp_path: Path) -> None:
    """A device kept the smaller stamp of a life that no other device knows, and showed another answer first."""
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    road = LocalTransport(server)
    record = shared(server, one, two)
    server.back_up(tmp_path / "backup")
    one.save(one.open(record), "huisbezoek", 1, {"/zorg": "geen"})
    sync(one, road)
    sync(two, road)
    server.restore(tmp_path / "backup")
    one.memory = msgspec.structs.replace(one.memory, receipt=None)  # which would prove the stamp of the life before
    server.clock.ms += DAY_MS
    for device in (two, one, two):
        sync(device, road)
    held = server.municipality.journal.entries_of(record)
    expected = {stored.hash: stored.received for stored in held}
    assert expected[one.pen.head.hash] == server.clock.ms
    for device in (one, two):
        assert expected == {kept.hash: kept.received for kept in device.store.entries_of(record)}
