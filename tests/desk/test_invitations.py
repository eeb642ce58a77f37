"""Staff invite a device in the place of another, and hear of heirs when they end one (sync/SPEC.md 7.4)."""

from pathlib import Path

import msgspec
import pytest

from backend.device.device import Device
from backend.device.succession import succeed_by_invitation
from backend.device.syncing import Sync
from backend.device.transport import ServerRefused, Unreachable
from backend.enrolment import Invitation
from backend.errors import EnrolmentRefused
from sync.enrolling import DRIFT_MS
from tests.desk.office import Office
from tests.fleet.world import LocalTransport, Server


def test_an_invitation_replaces_a_device_and_its_end_names_the_heir(tmp_path: Path) -> None:
    office = Office(tmp_path)
    old = office.one.id
    row = office.ask("invite", worker="werker-een", replaces=old.hex())[0]
    assert (old.hex(), "werker-een") == (row["replaces"], row["worker"])
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    succeed_by_invitation(office.one, invitation, LocalTransport(office.server))
    rows = office.ask("revoke", device=old.hex(), stolen=True)
    assert [old.hex(), office.one.id.hex()] == [row["device"] for row in rows]
    assert 1 == len(office.ask("revoke", device=office.one.id.hex()))
    assert 1 == len(office.ask("revoke", device=old.hex())), "an heir that was revoked is not named again"


def test_who_takes_a_place_keeps_its_end_date_unless_a_person_renews_it(tmp_path: Path) -> None:
    office = Office(tmp_path)
    book = office.server.municipality.book
    until = book.certificates[office.one.id].until_ms
    office.server.clock.ms = until + DRIFT_MS + 1
    with pytest.raises(EnrolmentRefused, match="old-ended"):
        office.ask("invite", worker="werker-een", replaces=office.one.id.hex())
    row = office.ask("invite", worker="werker-een", replaces=office.one.id.hex(), renew=True)[0]
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    succeed_by_invitation(office.one, invitation, LocalTransport(office.server))
    heir = office.server.municipality.book.certificates[office.one.id]
    assert heir.until_ms > until
    assert any("another year" in row["detail"] for row in office.ask("audit"))


def test_an_invitation_in_the_place_of_anothers_device_is_refused(tmp_path: Path) -> None:
    office = Office(tmp_path)
    with pytest.raises(EnrolmentRefused):
        office.ask("invite", worker="werker-twee", replaces=office.one.id.hex())


def lossy(server: Server) -> LocalTransport:
    """A road on which the first answer is lost."""
    lost: list[bool] = []

    def after() -> None:
        if not lost:
            lost.append(True)
            raise Unreachable("the answer was lost")

    return LocalTransport(server, after=after)


def test_an_enrolment_whose_answer_was_lost_is_asked_for_again(tmp_path: Path) -> None:
    """The old phone had ended, and the new one never learned that it was certified."""
    office = Office(tmp_path)
    old = office.one.id
    row = office.ask("invite", worker="werker-een", replaces=old.hex())[0]
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    before = len(office.server.municipality.book.certificates)
    succeed_by_invitation(office.one, invitation, lossy(office.server))
    book = office.server.municipality.book
    assert (before + 1, old) == (len(book.certificates), book.certificates[office.one.id].succeeds)
    Sync(office.one, LocalTransport(office.server)).run()
    row = office.ask("invite", worker="werker-een")[0]
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    device = Device.enrol(tmp_path / "new.db", None, invitation, lossy(office.server), office.server.clock)
    assert office.server.municipality.book.certified(device.id)
    with pytest.raises(ServerRefused, match="used already"):
        Device.enrol(tmp_path / "another.db", None, invitation, LocalTransport(office.server), office.server.clock)


def test_a_desk_device_whose_enrolment_was_broken_off_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path)
    town = office.server.municipality

    def breaks(*_args: object) -> None:
        raise Unreachable("the power goes")

    with monkeypatch.context() as patch:
        patch.setattr("backend.device.enrolling.ask_to_enrol", breaks)
        with pytest.raises(Unreachable):
            office.server.run(office.desk._device_of(town, "beheer"))
    device = office.server.run(office.desk._device_of(town, "beheer"))
    assert town.book.certified(device.id)
    device.store.close()
    again = office.server.run(office.desk._device_of(town, "beheer"))
    assert device.id == again.id
