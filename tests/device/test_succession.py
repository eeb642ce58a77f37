"""A device takes the place of its old id only by a person's invitation that names it (sync/SPEC.md section 8.7)."""

from pathlib import Path

import pytest

from backend.device.succession import FORKED, resume, succeed, succeed_by_invitation
from backend.device.syncing import sync
from backend.device.transport import Unreachable
from backend.errors import EnrolmentRefused
from tests.fleet.world import LocalTransport, Server, lost


def test_an_invitation_that_names_no_old_device_changes_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    device, road = server.enrol(tmp_path / "one.db", "werker-1"), LocalTransport(server)
    record, old = device.create("huisbezoek", 1, {"/toegang": "binnen"}), device.id
    invitation = server.run(server.municipality.invite("werker-1", "worker", "beheer"))
    with pytest.raises(EnrolmentRefused):
        succeed_by_invitation(device, invitation, road)
    assert old == device.id and {"/toegang": "binnen"} == device.view(record).answers
    assert (0, False) == (sync(device, road).unsent, sync(device, road).succeeded)


def test_a_succession_whose_answer_was_lost_goes_on_without_another_invitation(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    device, road = server.enrol(tmp_path / "one.db", "werker-1"), LocalTransport(server)
    record, old = device.create("huisbezoek", 1, {"/toegang": "binnen"}), device.id
    assert not resume(device, road)
    with device.store.transaction():
        device.store.put(FORKED, 1)
    with pytest.raises(Unreachable):
        succeed(device, LocalTransport(server, after=lost), 1)
    assert old == device.id
    assert resume(device, road) and old != device.id
    assert {"/toegang": "binnen"} == device.view(record).answers
    assert 0 == sync(device, road).unsent
    assert not resume(device, road)
