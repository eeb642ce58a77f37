"""A device takes the place of its old id only by a person's invitation that names it (sync/SPEC.md 7.4, 8.5, 8.7)."""

import shutil
from pathlib import Path

import msgspec
import pytest

from backend.device.device import Device
from backend.device.handing_in import hand_in
from backend.device.store import DeviceStore
from backend.device.succession import resume, succeed_by_invitation
from backend.device.syncing import sync
from backend.device.transport import ServerRefused, Unreachable
from backend.enrolment import Invitation
from backend.errors import EnrolmentRefused
from tests.fleet.world import LocalTransport, Server, lost
from tests.looking import rows

WEEK_MS = 7 * 24 * 3_600_000


class World:
    """A phone whose first entry is on the server and whose second is not."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder / "data")
        self.device = self.server.enrol(folder / "one.db", "werker-1")
        self.road = LocalTransport(self.server)
        self.old = self.device.id
        self.record = self.device.create("huisbezoek", 1, {"/toegang": "binnen"})
        sync(self.device, self.road)
        self.save({"/zorg": "geen"})

    def save(self, answers: dict[str, str]) -> None:
        self.device.save(self.device.open(self.record), "huisbezoek", 1, answers)

    def invite(self, worker: str = "werker-1", replaces: bytes | None = None) -> Invitation:
        return self.server.run(self.server.municipality.enrolling.invite(worker, "worker", "beheer", replaces))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_an_invited_heir_goes_on_with_every_word_and_the_old_id_ends(world: World) -> None:
    book = world.server.municipality.book
    until = book.certificates[world.old].until_ms
    world.server.clock.ms += WEEK_MS
    world.server.replace(world.device)
    book = world.server.municipality.book
    heir, end = book.certificates[world.device.id], book.revocations[world.old]
    assert (world.old, until, "werker-1", "worker") == (heir.succeeds, heir.until_ms, heir.worker, heir.role)
    held = world.server.municipality.journal.hash_at(world.old, 1)
    assert (1, held, 0) == (end.last_seq, end.last_hash, end.stolen)
    assert 0 == sync(world.device, world.road).unsent
    assert {"/toegang": "binnen", "/zorg": "geen"} == world.device.view(world.record).answers
    row = world.server.municipality.journal.record(world.record)
    assert row is not None and world.device.id in row.readers and world.old not in row.readers
    acts = [line.act for line, _ in world.server.municipality.journal.audit_chain()]
    assert ["succeed", "revoke"] == acts[-2:]


def test_the_old_id_ends_at_the_greatest_seq_that_is_held_of_it(world: World) -> None:
    """What a forked phone handed in counts as held, where its journal goes on from what the server has."""
    hand_in(world.device, world.road)
    world.server.replace(world.device)
    assert 2 == world.server.municipality.book.revocations[world.old].last_seq


def test_a_certificate_and_its_predecessors_end_are_saved_together_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    invitation = world.invite(replaces=world.old)

    def breaks(*_args: object, **_named: object) -> None:
        raise RuntimeError("the power goes")

    with monkeypatch.context() as patch:
        patch.setattr(world.server.municipality.acts, "end", breaks)
        with pytest.raises(RuntimeError):
            succeed_by_invitation(world.device, invitation, world.road)
    assert 1 == len(world.server.municipality.book.certificates)
    assert not world.server.municipality.book.revoked(world.old)
    succeed_by_invitation(world.device, invitation, world.road)
    assert world.server.municipality.book.revoked(world.old)


def test_an_invitation_that_names_no_old_device_changes_nothing_and_the_next_one_works(world: World) -> None:
    with pytest.raises(EnrolmentRefused):
        succeed_by_invitation(world.device, world.invite(), world.road)
    assert world.old == world.device.id
    assert {"/toegang": "binnen", "/zorg": "geen"} == world.device.view(world.record).answers
    world.server.replace(world.device)
    assert world.old != world.device.id and 0 == sync(world.device, world.road).unsent


def test_a_device_of_another_worker_takes_no_place_of_this_one(world: World) -> None:
    with pytest.raises(EnrolmentRefused):
        world.invite("werker-2", world.old)


def test_a_revoked_device_has_no_heir_whenever_the_invitation_was_made(world: World) -> None:
    invitation = world.invite(replaces=world.old)
    world.server.run(world.server.municipality.acts.revoke(world.old, "beheer", stolen=True))
    with pytest.raises(EnrolmentRefused):
        world.invite(replaces=world.old)
    with pytest.raises(ServerRefused) as refusal:
        succeed_by_invitation(world.device, invitation, world.road)
    assert "enrolment-refused" == refusal.value.code
    assert [world.old] == list(world.server.municipality.book.certificates)


def test_a_succession_whose_answer_was_lost_goes_on_without_another_invitation(world: World) -> None:
    assert not resume(world.device, world.road)
    invitation = world.invite(replaces=world.old)
    with pytest.raises(Unreachable):
        succeed_by_invitation(world.device, invitation, LocalTransport(world.server, after=lost))
    assert world.old == world.device.id
    assert 0 == sync(world.device, world.road).unsent
    assert world.old != world.device.id and world.device.ended is None
    assert {"/toegang": "binnen", "/zorg": "geen"} == world.device.view(world.record).answers
    assert not resume(world.device, world.road)


def test_a_lost_answer_wipes_nothing_where_the_device_hands_in_first(world: World) -> None:
    """A hand-in tells it that the old id ended: its new keys ask before anything goes."""
    invitation = world.invite(replaces=world.old)
    with pytest.raises(Unreachable):
        succeed_by_invitation(world.device, invitation, LocalTransport(world.server, after=lost))
    hand_in(world.device, world.road)
    assert world.device.ended is not None
    outcome = sync(world.device, world.road)
    assert (False, 0) == (outcome.revoked, outcome.unsent) and world.old != world.device.id
    assert {"/toegang": "binnen", "/zorg": "geen"} == world.device.view(world.record).answers


def test_a_new_phone_in_the_place_of_a_lost_one_has_what_that_one_had(world: World, tmp_path: Path) -> None:
    new = Device.enrol(tmp_path / "new.db", None, world.invite(replaces=world.old), world.road, world.server.clock)
    sync(new, world.road)
    assert {"/toegang": "binnen"} == new.view(world.record).answers
    assert sync(world.device, world.road).revoked
    sync(new, world.road)
    journal = world.server.municipality.journal
    assert 2 == rows(journal, "entry"), "the words of the old one were handed in"


def test_nobody_makes_an_heir_with_the_old_key(world: World) -> None:
    with pytest.raises(LookupError, match="successions"):
        world.road.post("/api/v1/GM9901/successions", msgspec.msgpack.encode({"old": world.old}), {})


def test_the_copy_of_a_phone_that_has_an_heir_hands_in_and_wipes(world: World, tmp_path: Path) -> None:
    world.device.store.close()
    shutil.copy(tmp_path / "one.db", tmp_path / "copy.db")
    world.device = Device(DeviceStore(tmp_path / "one.db", None), world.server.clock)
    copy = Device(DeviceStore(tmp_path / "copy.db", None), world.server.clock)
    copy.save(copy.open(world.record), "huisbezoek", 1, {"/duiding": "van de kopie"})
    world.server.replace(world.device)
    assert sync(copy, world.road).revoked
    assert 0 == sync(world.device, world.road).unsent
    assert {"/toegang": "binnen", "/zorg": "geen"} == world.device.view(world.record).answers
