"""What a person types wrongly is answered by what is wrong with it, and by what to do."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from backend.cli.main import main
from backend.cli.output import plain
from backend.desk import commands
from backend.desk.arguments import BadArgument
from backend.desk.wire import Ask
from backend.errors import EnrolmentRefused, MunicipalityUnknown, NoSuchDevice
from backend.municipality.backup import BackupFailed
from backend.stores.staff import NothingToConfirm
from tests.desk.office import STAFF, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_device_that_is_not_there_is_named_to_staff(office: Office) -> None:
    for command, args in (
        ("revoke", {"device": "00" * 16}),
        ("invite", {"worker": "werker-een", "replaces": "00" * 16}),
    ):
        with pytest.raises(NoSuchDevice, match="00" * 16):
            office.ask(command, **args)


def test_a_device_ends_at_no_entry_below_zero(office: Office) -> None:
    with pytest.raises(BadArgument):
        office.ask("revoke", device=office.one.id.hex(), last_seq=-1)
    assert not office.server.municipality.book.revoked(office.one.id)


@pytest.mark.parametrize("worker", ["", "  ", "a\nb", "x" * 101])
def test_a_worker_has_a_name(office: Office, worker: str) -> None:
    with pytest.raises(BadArgument):
        office.ask("invite", worker=worker)
    with pytest.raises(BadArgument):
        office.ask("grant", record="00" * 16, worker=worker)


def test_the_place_of_a_revoked_device_needs_an_ordinary_invitation(office: Office) -> None:
    office.ask("revoke", device=office.one.id.hex())
    with pytest.raises(EnrolmentRefused, match="without naming it"):
        office.ask("invite", worker="werker-een", replaces=office.one.id.hex())


def test_an_account_that_waits_for_nobody_is_not_confirmed(office: Office) -> None:
    town = office.server.municipality
    with pytest.raises(NothingToConfirm, match=STAFF):
        office.server.run(town.submit(lambda: town.staff.confirm(STAFF, "colleague")))


def test_a_backup_lies_outside_the_municipalitys_own_folder(office: Office) -> None:
    folder = office.server.municipality.folder
    with pytest.raises(BackupFailed, match="own folder"):
        office.ask("backup", to=str(folder / "backup"))
    assert not (folder / "backup").exists()


def test_the_status_of_a_municipality_that_is_not_hosted_is_refused(office: Office) -> None:
    async def rows() -> None:
        async for _ in commands.run(office.desk, Ask("status", "GM0001"), lambda _done, _all: None):
            pass

    with pytest.raises(MunicipalityUnknown):
        office.server.run(rows())


@pytest.mark.parametrize("words", [("audit", "GM0001"), ("records", "GM0001", "huisbezoek")])
def test_a_list_has_at_least_one_line(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, [*words, "--limit", "0"])
    assert 2 == done.exit_code and "--limit" in done.output


def test_times_are_printed_as_times(capsys: pytest.CaptureFixture[str]) -> None:
    plain({"record": "ab", "since_ms": 1_795_654_430_487})
    assert "record: ab  since: 2026-11-26 00:53\n" == capsys.readouterr().out
