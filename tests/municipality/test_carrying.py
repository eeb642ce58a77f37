"""What takes something away and was listed is done, although the disk was full: told so, by itself, and once."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3

from backend.desk import completing
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import ServerRefused
from backend.errors import StoreFull, status_of
from backend.municipality import carrying, publishing
from backend.municipality.carrying import BY_ITSELF
from backend.municipality.outside import ListNotWritable
from backend.municipality.service import Municipality
from backend.municipality.taking_away import ActListed
from backend.sentences import library, told
from forms.definition.library import first_raw
from tests.fleet.world import LocalTransport, Server
from tests.municipality.house import House


class Place:
    """A municipality with a record of anna's that bert reads, and a published form."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder / "data")
        self.server.publish(first_raw("dossier"))
        self.anna = self.server.enrol(folder / "anna.db", "anna")
        self.bert = self.server.enrol(folder / "bert.db", "bert")
        self.records = [self.anna.create("huisbezoek", 1, {"/duiding": "woord"}) for _ in range(5)]
        self.sync(self.anna)
        for record in self.records:
            self.server.run(self.town.opening.grant(record, "bert", "beheer"))

    @property
    def town(self) -> Municipality:
        return self.server.municipality

    def sync(self, device: Device) -> None:
        Sync(device, LocalTransport(self.server)).run()

    def act(self, name: str) -> None:
        """One act that takes something away."""
        town, run = self.town, self.server.run
        if name == "revoke":
            run(town.acts.revoke(self.bert.id, "beheer", stolen=True))
        elif name == "withdraw":
            run(town.opening.withdraw(self.records[0], "bert", "beheer"))
        elif name == "erase":
            run(town.erasing.erase(self.records[0], "request", "beheer"))
        else:
            run(publishing.retire(town, "dossier", "beheer"))

    def is_done(self, name: str) -> bool:
        book = self.town.book
        return {
            "revoke": book.revoked(self.bert.id),
            "withdraw": not book.delivers(self.records[0], "bert"),
            "erase": book.erased(self.records[0]),
            "retire": not book.in_use("dossier") and bool(self.town.shelf.newest()[0].retired_ms),
        }[name]

    def by_itself(self) -> list[str]:
        """The acts that the audit has under the name of the list."""
        return [line.act for line in self.town.journal.audit_lines(None, 99) if line.staff == BY_ITSELF]


ACTS = {"revoke": "revocation", "withdraw": "withdrawal", "erase": "erase", "retire": "form-retired"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.server.stop()


@contextmanager
def full_disk(town: Municipality) -> Iterator[None]:
    """No transaction of the stores finds room."""

    def fails() -> None:
        raise sqlcipher3.OperationalError("database or disk is full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(town.stores, "commit", fails)
        yield


@pytest.mark.parametrize("name", ACTS)
def test_what_was_listed_on_a_full_disk_is_told_and_done_as_soon_as_there_is_room(place: Place, name: str) -> None:
    town, run = place.town, place.server.run
    with full_disk(town):
        with pytest.raises(ActListed) as error:
            place.act(name)
        assert ("act-listed", 507) == (error.value.code, status_of(error.value.code))
        assert not place.is_done(name) and "list-undone" in str(town.health.counts()["list_fault"])
        with pytest.raises(StoreFull):
            run(town.carrying.carry_out())
        assert not place.is_done(name) and "list-undone" in str(town.health.counts()["list_fault"])
    assert run(town.carrying.carry_out()) >= 1
    assert place.is_done(name) and [] == town.health.counts()["list_fault"]
    assert ACTS[name] in place.by_itself()
    lines = place.by_itself()
    assert 0 == run(town.carrying.carry_out()) and lines == place.by_itself()
    life = town.exchanges.life
    place.server.stop()
    place.server.start()
    assert place.is_done(name) and life == place.town.exchanges.life and not place.town.committed.awaiting_list
    assert lines == place.by_itself() and all(row.done for row in place.town.outside.rows())


@pytest.mark.parametrize("name", ACTS)
def test_what_failed_is_carried_out_while_the_keys_are_away(place: Place, name: str) -> None:
    with full_disk(place.town), pytest.raises(ActListed):
        place.act(name)
    place.town.keyring.lock()
    place.server.run(place.town.carrying.carry_out())
    assert place.is_done(name)


def test_the_person_reads_that_it_will_be_done_in_their_language(place: Place) -> None:
    with full_disk(place.town), pytest.raises(ActListed) as error:
        place.act("erase")
    for language, words in {"en": ("on the list", "by itself"), "nl": ("op de lijst", "vanzelf")}.items():
        message, remedy = told(error.value, language)
        assert words[0] in message and words[1] in remedy and "store-full" not in message
    assert {"en", "nl"} <= set(library().languages)


def test_an_assignment_that_failed_is_full_and_is_never_given(place: Place) -> None:
    town, run = place.town, place.server.run
    with full_disk(town), pytest.raises(StoreFull):
        run(town.opening.grant(place.records[0], "cees", "beheer"))
    assert [] == town.health.counts()["list_fault"]
    assert 0 == run(town.carrying.carry_out())
    assert [] == town.book.records_assigned_to("cees")


def test_what_found_no_place_on_the_list_is_not_done_later(place: Place) -> None:
    path = place.server.folder / "outside.log"
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()
    with pytest.raises(ListNotWritable):
        place.act("erase")
    path.rmdir()
    path.write_bytes(kept)
    assert 0 == place.server.run(place.town.carrying.carry_out()) and not place.is_done("erase")


def test_many_acts_are_carried_out_in_pieces(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    town, run = place.town, place.server.run
    with full_disk(town), pytest.raises(ActListed):
        run(town.opening.withdraw_each(place.records, "bert", "beheer"))
    monkeypatch.setattr(carrying, "ROWS_AT_ONCE", 2)
    pieces: list[int] = []
    real: Callable[[list[Any]], None] = town.carrying._carry

    def counted(rows: list[Any]) -> None:
        pieces.append(len(rows))
        real(rows)

    monkeypatch.setattr(town.carrying, "_carry", counted)
    run(town.carrying.carry_out())
    assert max(pieces) == 2 and sum(pieces) >= 5
    assert [] == town.book.records_assigned_to("bert")


def test_a_succession_that_failed_ends_nobody_and_the_same_invitation_goes_on(place: Place, tmp_path: Path) -> None:
    town, run = place.town, place.server.run
    invitation = run(town.enrolling.invite("bert", "worker", "beheer", place.bert.id))
    road = LocalTransport(place.server)
    with full_disk(town), pytest.raises(ServerRefused):
        Device.enrol(tmp_path / "heir.db", None, invitation, road, place.server.clock)
    assert 0 == run(town.carrying.carry_out()) and not town.book.revoked(place.bert.id)
    place.server.clock.ms += 1
    heir = Device.enrol(tmp_path / "heir.db", None, invitation, road, place.server.clock)
    assert town.book.revoked(place.bert.id) and [heir.id] == town.book.heirs(place.bert.id)


def test_a_neighbour_that_fails_costs_an_act_nothing_and_leaves_nothing_due(place: Place) -> None:
    town = place.town
    real, tries = town.stores.commit, list[int]()

    def fails_once() -> None:
        place.server.clock.ms += 5  # the act is decided anew, at another time
        tries.append(1)
        if len(tries) == 1:
            raise sqlcipher3.OperationalError("database or disk is full")
        real()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(town.stores, "commit", fails_once)

        async def together() -> None:
            await asyncio.gather(
                town.opening.withdraw(place.records[0], "bert", "beheer"),
                town.opening.withdraw(place.records[1], "bert", "beheer"),
            )

        place.server.run(together())
    place.server.run(town.carrying.carry_out())
    assert [] == town.health.counts()["list_fault"] and place.is_done("withdraw")


def test_an_act_that_staff_did_again_is_not_undone_by_the_one_that_failed(place: Place) -> None:
    town, run = place.town, place.server.run
    with full_disk(town), pytest.raises(ActListed):
        place.act("withdraw")
    place.server.clock.ms += 1_000
    run(town.opening.grant(place.records[0], "bert", "beheer"))  # they thought better of it before there was room
    run(town.carrying.carry_out())
    assert town.book.delivers(place.records[0], "bert")


def test_a_running_server_carries_an_erasure_out_to_the_last_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completing, "RETRY_S", 0.05)
    house = House(tmp_path)
    town = house.server.municipality
    with full_disk(town), pytest.raises(ActListed):
        house.erase()
    assert house.found() and not town.book.erased(house.record)

    async def later() -> None:
        house.desk.follow_all()
        for _ in range(600):
            if town.book.erased(house.record) and not town.erasing.unfinished:
                return
            await asyncio.sleep(0.05)

    house.server.run(later())
    assert town.book.erased(house.record) and {} == town.erasing.unfinished
    assert [] == house.found() and [] == house.held_sealed()
    house.shut()
