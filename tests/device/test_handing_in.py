"""A device hands in over the route that asks for no signature, and as a file (sync/SPEC.md sections 6.8 and 8.6)."""

from pathlib import Path

import pytest

from backend.device.device import Device
from backend.device.handing_in import hand_in, rescue
from backend.device.succession import FORKED
from backend.device.syncing import sync
from backend.device.wiping import DeviceWiped
from backend.municipality.handin import hand_in as take_in
from sync.messages import read_hand_in
from tests.fleet.world import LocalTransport, Server
from tests.looking import rows

FORM = ("huisbezoek", 1)


class World:
    def __init__(self, folder: Path) -> None:
        self.server = Server(folder / "data")
        self.device = self.server.enrol(folder / "one.db", "werker-1")
        self.road = LocalTransport(self.server)
        self.record = self.device.create(*FORM, {"/toegang": "binnen"})
        sync(self.device, self.road)

    def write(self, device: Device, answer: str) -> None:
        device.save(device.open(self.record), *FORM, {"/zorg": answer})

    def journaled(self) -> int:
        return rows(self.server.municipality.journal, "entry")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_was_never_acknowledged_is_handed_in_and_receipted(world: World) -> None:
    world.write(world.device, "geen")
    outcome = hand_in(world.device, world.road)
    assert (1, (), True, 2) == (*outcome, world.journaled())
    assert hand_in(world.device, world.road).complete


def test_a_restored_server_is_handed_all_that_the_device_has(world: World, tmp_path: Path) -> None:
    world.server.back_up(tmp_path / "backup")
    for answer in ("geen", "twijfel"):
        world.write(world.device, answer)
        sync(world.device, world.road)
    world.server.restore(tmp_path / "backup")
    world.write(world.device, "ja")
    assert hand_in(world.device, world.road).complete
    assert 4 == world.journaled()


def test_a_revoked_device_hands_in_learns_of_it_and_wipes(world: World) -> None:
    world.write(world.device, "geen")
    world.server.run(world.server.municipality.acts.revoke(world.device.id, "beheer"))
    outcome = hand_in(world.device, world.road)
    assert outcome.complete and world.device.ended is not None and not world.device.ended.stolen
    world.device.was_handed_in(complete=outcome.complete)
    assert world.device.wipe()
    assert 2 == world.journaled()


def test_an_erased_record_is_handed_in_with_its_erasure_and_without_its_bodies(world: World, tmp_path: Path) -> None:
    world.server.back_up(tmp_path / "backup")
    world.write(world.device, "geen")
    sync(world.device, world.road)
    world.server.run(world.server.municipality.erasing.erase(world.record, "request", "beheer"))
    sync(world.device, world.road)
    request = read_hand_in(rescue(world.device))
    assert [world.record] == [fact.record for fact in request.erasures]
    assert [None, None] == [entry.body for entry in request.entries]
    (world.server.folder / "erasures.log").unlink(missing_ok=True)
    world.server.restore(tmp_path / "backup")
    world.server.run(take_in(world.server.municipality, rescue(world.device), lambda: None))
    assert world.server.municipality.book.erased(world.record)
    assert hand_in(world.device, world.road).complete


def test_a_forked_journal_is_kept_apart_and_nothing_of_it_is_refused(world: World, tmp_path: Path) -> None:
    other = tmp_path / "copy.db"
    world.device.store.db.conn.execute("vacuum into ?", (str(other),))
    copy = Device(type(world.device.store)(other, None), world.server.clock)
    world.write(world.device, "geen")
    sync(world.device, world.road)
    world.write(copy, "ja")
    outcome = hand_in(copy, world.road)
    assert ((), False) == (outcome.refused, outcome.complete)
    assert 1 == rows(world.server.municipality.journal, "forked")


@pytest.mark.parametrize("stolen", [False, True])
def test_a_revoked_device_that_syncs_hands_in_wipes_and_is_of_no_use_after(stolen: bool, world: World) -> None:
    world.write(world.device, "geen")
    world.server.run(world.server.municipality.acts.revoke(world.device.id, "beheer", stolen=stolen))
    outcome = sync(world.device, world.road)
    assert (True, 0, "device-revoked", 2) == (outcome.revoked, outcome.unsent, outcome.refused, world.journaled())
    assert [] == world.device.store.own_after(world.device.id, 0, 9)
    with pytest.raises(DeviceWiped):
        sync(world.device, world.road)


def test_a_device_of_which_only_the_old_id_was_revoked_keeps_everything(world: World) -> None:
    """Its heir goes on with the same store; the revocation of the old id says nothing about the new one."""
    old = world.device.id
    world.server.replace(world.device)
    world.server.run(world.server.municipality.acts.revoke(old, "beheer", stolen=True))
    world.write(world.device, "geen")
    assert (False, 0) == (sync(world.device, world.road).revoked, world.device.memory.handed_through or 0)
    assert {"/toegang": "binnen", "/zorg": "geen"} == world.device.view(world.record).answers


def test_a_forked_device_hands_in_keeps_its_words_and_goes_on_by_invitation(world: World, tmp_path: Path) -> None:
    other = tmp_path / "copy.db"
    world.device.store.db.conn.execute("vacuum into ?", (str(other),))
    copy = Device(type(world.device.store)(other, None), world.server.clock)
    world.write(world.device, "geen")
    sync(world.device, world.road)
    world.write(copy, "ja")
    old = copy.id
    for _ in range(2):
        outcome = sync(copy, world.road)
        assert (True, None) == (outcome.forked, outcome.refused)
    assert old == copy.id and {"/toegang": "binnen", "/zorg": "ja"} == copy.view(world.record).answers
    assert 1 == rows(world.server.municipality.journal, "forked")
    world.server.replace(copy)
    assert old != copy.id and 0 == sync(copy, world.road).unsent
    assert {"geen", "ja"} == set(copy.view(world.record).conflicts["/zorg"])
    assert None is copy.store.get(FORKED, int)
