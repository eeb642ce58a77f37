"""A device whose enrolment was answered into nothing is no loss, whatever became of the server (sync/SPEC.md 7.4)."""

from pathlib import Path

import msgspec
import pytest

from backend.device.device import Device
from backend.device.enrolling import go_on
from backend.device.store import DeviceStore
from backend.device.syncing import sync
from backend.device.transport import ServerRefused, Unreachable
from backend.enrolment import Invitation
from tests.fleet.world import LocalTransport, Server, SkewedClock, lost

KILLED = """
import os, signal
from backend.municipality.enrolling import Enrolling
from backend.serve import run
from backend.settings import Settings

enrol = Enrolling.enrol

async def and_die(self, raw):
    await enrol(self, raw)
    os.kill(os.getpid(), signal.SIGKILL)

Enrolling.enrol = and_die
run(Settings.from_environment())
"""


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def invited(server: Server, replaces: bytes | None = None) -> Invitation:
    return server.run(server.municipality.enrolling.invite("werker-1", "worker", "beheer", replaces))


def restart(server: Server) -> None:
    """A server that starts again has forgotten every invitation."""
    server.stop()
    server.start()


def enrol(server: Server, path: Path, invitation: Invitation, clock: SkewedClock | None = None) -> Device:
    return Device.enrol(path, None, invitation, LocalTransport(server), clock or server.clock)


def loses_the_answer(server: Server, path: Path, invitation: Invitation) -> None:
    with pytest.raises(Unreachable):
        Device.enrol(path, None, invitation, LocalTransport(server, after=lost), server.clock)
    restart(server)


def test_an_enrolment_goes_on_after_a_restart_by_the_same_invitation(server: Server, tmp_path: Path) -> None:
    old, invitation = server.enrol(tmp_path / "old.db", "werker-1"), invited(server)
    loses_the_answer(server, tmp_path / "one.db", invitation)
    device = enrol(server, tmp_path / "one.db", invitation)
    assert [old.id, device.id] == [*server.municipality.book.certificates]
    record = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    assert 0 == sync(device, LocalTransport(server)).unsent and server.municipality.journal.record(record) is not None


def test_a_phone_in_the_place_of_another_goes_on_after_a_restart(server: Server, tmp_path: Path) -> None:
    """The old one had ended, and the certified one was nobody's."""
    old = server.enrol(tmp_path / "old.db", "werker-1")
    record = old.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(old, LocalTransport(server))
    invitation = invited(server, old.id)
    loses_the_answer(server, tmp_path / "new.db", invitation)
    assert server.municipality.book.revoked(old.id)
    new = enrol(server, tmp_path / "new.db", invitation)
    sync(new, LocalTransport(server))
    assert {"/toegang": "binnen"} == new.view(record).answers


def test_an_enrolment_goes_on_without_its_invitation(server: Server, tmp_path: Path) -> None:
    loses_the_answer(server, tmp_path / "one.db", invited(server))
    store = DeviceStore(tmp_path / "one.db", None)
    ahead = SkewedClock(server.clock)
    ahead.off_ms = 3_600_000
    assert go_on(store, LocalTransport(server), ahead)
    device = Device(store, ahead)
    assert server.municipality.book.certified(device.id) and -ahead.off_ms == device.pen.offset_ms
    assert not go_on(store, LocalTransport(server), ahead)


def test_keys_that_nobody_certified_go_on_with_nothing(server: Server, tmp_path: Path) -> None:
    invitation = invited(server)
    restart(server)
    with pytest.raises(ServerRefused) as refusal:
        enrol(server, tmp_path / "one.db", invitation)
    assert "invitation-invalid" == refusal.value.code
    store = DeviceStore(tmp_path / "one.db", None)
    assert not go_on(store, LocalTransport(server), server.clock)
    store.close()
    enrol(server, tmp_path / "one.db", invited(server))


def test_another_invitation_finds_fresh_keys(server: Server, tmp_path: Path) -> None:
    """It may be for another worker: what was certified by the first one is not taken for it."""
    loses_the_answer(server, tmp_path / "one.db", invited(server))
    second = server.run(server.municipality.enrolling.invite("werker-2", "worker", "beheer"))
    device = enrol(server, tmp_path / "one.db", second)
    assert "werker-2" == server.municipality.book.certificates[device.id].worker


def test_a_device_that_was_revoked_meanwhile_does_not_go_on(server: Server, tmp_path: Path) -> None:
    invitation = invited(server)
    loses_the_answer(server, tmp_path / "one.db", invitation)
    (device,) = server.municipality.book.certificates
    server.run(server.municipality.acts.revoke(device, "beheer", stolen=True))
    with pytest.raises(ServerRefused):
        enrol(server, tmp_path / "one.db", invitation)


def test_keys_of_another_municipality_are_not_believed(server: Server, tmp_path: Path) -> None:
    invitation = invited(server)
    lying = msgspec.structs.replace(invitation, bundle_hash=bytes(32))
    with pytest.raises(Unreachable):
        Device.enrol(tmp_path / "one.db", None, lying, LocalTransport(server, after=lost), server.clock)
    restart(server)
    with pytest.raises(ServerRefused):
        enrol(server, tmp_path / "one.db", lying)
