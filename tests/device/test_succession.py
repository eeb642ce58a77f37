"""A device takes the place of its old id only by a person's invitation that names it (sync/SPEC.md section 8.7)."""

from pathlib import Path

import pytest

from backend.device.succession import succeed_by_invitation
from backend.device.syncing import sync
from backend.errors import EnrolmentRefused
from tests.fleet.world import LocalTransport, Server


def test_an_invitation_that_names_no_old_device_changes_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    device, road = server.enrol(tmp_path / "one.db", "werker-1"), LocalTransport(server)
    record, old = device.create("huisbezoek", 1, {"/toegang": "binnen"}), device.id
    invitation = server.run(server.municipality.invite("werker-1", "worker", "beheer"))
    with pytest.raises(EnrolmentRefused):
        succeed_by_invitation(device, invitation, road)
    assert old == device.id and {"/toegang": "binnen"} == device.view(record).answers
    assert (0, False) == (sync(device, road).unsent, sync(device, road).succeeded)
