"""What a device that lost a record is sent of it: nothing, also of what waited for it (sync/SPEC.md section 6)."""

from pathlib import Path

import pytest

from backend.device.syncing import sync
from backend.stores.journal_rows import PLAIN
from tests.fleet.world import LocalTransport, Server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def waiting(server: Server, device: bytes, record: bytes) -> list[int]:
    """The positions of a record's entries that wait in a device's feed, those that are sent again included."""
    journal = server.municipality.journal
    entries = {stored.position for stored in journal.entries_of(record)}
    items = journal.feed_after(device, 0, PLAIN, 1_000)
    places = [item.position for item in items]
    return [place for place in places if place in entries or journal.again_at(place) in entries]


def test_what_waited_for_a_worker_is_not_sent_after_the_withdrawal(server: Server, tmp_path: Path) -> None:
    """A withdrawn worker who had not synced got all that had been written before, and what came again."""
    town, road = server.municipality, LocalTransport(server)
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, road)
    server.run(town.opening.grant(record, "werker-2", "beheer"))
    sync(two, road)
    one.save(one.open(record), "huisbezoek", 1, {"/duiding": "een woord dat niet meer mag reizen"})
    sync(one, road)
    server.run(town.submit(lambda: town.intake._send_again(record, bytes(32), town.journal.position_of(one.id, 1))))
    before = waiting(server, two.id, record)
    assert len(before) >= 2, "a new entry and one that is sent again wait"
    server.run(town.opening.withdraw(record, "werker-2", "beheer"))
    assert [] == waiting(server, two.id, record)
    sync(two, road)
    assert 1 == len(two.store.entries_of(record))
    server.run(town.opening.grant(record, "werker-2", "beheer"))
    sync(two, road)
    assert 2 == len(two.store.entries_of(record))


def test_what_one_phone_of_a_worker_makes_is_granted_to_the_other(server: Server, tmp_path: Path) -> None:
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-1")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    for device in (one, two):
        sync(device, LocalTransport(server))
    assert [record] == [*two.store.records()]


def test_a_grant_to_one_colleague_owes_nothing_to_those_before(server: Server, tmp_path: Path) -> None:
    """Each assignment noted the grants of all who were assigned the record again, for the next exchanges to look at."""
    one, town = server.enrol(tmp_path / "one.db", "werker-1"), server.municipality
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, LocalTransport(server))
    for number in (2, 3):
        server.enrol(tmp_path / f"{number}.db", f"werker-{number}")
        server.run(town.opening.grant(record, f"werker-{number}", "beheer"))
    assert [] == town.journal.owed(10)
