"""What a person types wrongly is answered by what is wrong with it, and by what to do."""

import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from backend.cli import exports
from backend.cli.errors import FileExists
from backend.cli.files import unwritten
from backend.cli.main import main
from backend.cli.output import plain
from backend.desk import commands
from backend.desk.arguments import BadArgument
from backend.desk.server import DeskSocket
from backend.desk.wire import Ask, Told
from backend.errors import BackendError, EnrolmentRefused, MunicipalityUnknown, NoSuchDevice
from backend.municipality.backup import BackupFailed
from backend.sentences import told
from backend.stores.staff import NothingToConfirm
from tests.desk.many import piece
from tests.desk.office import STAFF, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_device_that_is_not_there_is_named_to_staff(office: Office) -> None:
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("revoke", {"device": "00" * 16}),
        ("invite", {"worker": "werker-een", "replaces": "00" * 16}),
    )
    for command, args in asked:
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
    with pytest.raises(EnrolmentRefused, match="old-revoked"):
        office.ask("invite", worker="werker-een", replaces=office.one.id.hex())


def test_an_account_that_waits_for_nobody_is_not_confirmed(office: Office) -> None:
    town = office.server.municipality
    with pytest.raises(NothingToConfirm, match=STAFF):
        office.server.run(town.submit(lambda: town.staff.confirm(STAFF, "colleague")))


def test_a_backup_lies_outside_the_municipalitys_own_folder(office: Office) -> None:
    folder = office.server.municipality.folder
    with pytest.raises(BackupFailed, match="own-folder"):
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
    assert "record: ab  since: Nov 26, 2026 01:53 CET\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "args", "code"),
    [
        ("show", {"record": "zz"}, "bad-record-id"),
        ("show", {"record": ""}, "bad-record-id"),
        ("show", {"record": "0" * 33}, "bad-record-id"),
        ("show", {"record": "0" * 32}, "no-such-record"),
        ("audit", {"record": "zz"}, "bad-record-id"),
        ("grant", {"record": "zz", "worker": "werker-een"}, "bad-record-id"),
        ("grant", {"record": "0" * 32, "worker": "werker-een"}, "no-such-record"),
        ("erase", {"record": "0" * 31, "reason": "request"}, "bad-record-id"),
        ("erase", {"record": "0" * 32, "reason": "request"}, "no-such-record"),
        ("revoke", {"device": "zz"}, "bad-device-id"),
        ("invite", {"worker": "werker-een", "replaces": "zz"}, "bad-device-id"),
        ("resolve", {"conflict": "zz", "keep": "1"}, "bad-conflict-id"),
        ("resolve", {"conflict": "", "keep": "1"}, "bad-conflict-id"),
        ("decide", {"decision": "zz", "choice": "keep"}, "bad-decision-id"),
        ("form-approve", {"form": "dossier", "digest": "zz"}, "bad-digest"),
        ("records", {"form": "geen"}, "form-not-published"),
        ("export", {"form": "geen"}, "form-not-published"),
        ("add-staff", {"name": STAFF}, "account-exists"),
    ],
)
def test_what_was_typed_is_told_to_who_typed_it(office: Office, command: str, args: dict[str, Any], code: str) -> None:
    """Not as an app would be told, and never as what is merely not there when no such thing can be."""
    with pytest.raises(BackendError) as refused:
        office.ask(command, **args)
    assert (code, True) == (refused.value.code, "last exchange" not in told(refused.value).remedy)


def test_an_id_may_be_typed_in_capitals_or_by_its_beginning(office: Office) -> None:
    record = office.one.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    office.sync(office.one)
    for typed in (record.hex(), record.hex().upper(), record.hex()[:12], f" {record.hex()} "):
        assert [record.hex()] == [row["record"] for row in office.ask("show", record=typed)]


def test_an_export_overwrites_nothing_unless_it_is_told_to(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"table": "dossier", "columns": ["a"], "types": ["integer"], "key": []},
        piece("dossier", [1]),
    ]
    (tmp_path / "huisbezoek.csv").write_text("another form")
    assert [] == exports.earlier("csv", tmp_path, "dossier") == exports.earlier("csv", tmp_path / "new", "dossier")
    written = exports.write_csv(rows, tmp_path)
    (tmp_path / "dossier__kind.csv").write_text("a table that the form no longer has")
    found = exports.earlier("csv", tmp_path, "dossier")
    assert ["dossier.csv", "dossier__kind.csv"] == [file.name for file in found]
    with pytest.raises(FileExists):
        unwritten(found[0])
    assert written == exports.write_csv(rows, tmp_path, found)
    assert ["dossier.csv", "huisbezoek.csv"] == sorted(file.name for file in tmp_path.iterdir())


def test_a_new_folder_of_tables_is_never_seen_with_some_of_them(tmp_path: Path) -> None:
    """A kill between two files left a folder that looked like an export."""
    rows: list[dict[str, Any]] = []
    for name in ("dossier", "dossier__kind"):
        rows += [{"table": name, "columns": ["a"], "types": ["text"], "key": []}, piece(name, ["b"])]
    seen = []

    def look(*_: object) -> None:
        seen.append(sorted(path.name for path in tmp_path.glob("new/*")))

    sys.setprofile(look)
    try:
        exports.write_csv(rows, tmp_path / "new")
    finally:
        sys.setprofile(None)
    look()
    assert [[], ["dossier.csv", "dossier__kind.csv"]] == [names for names, _ in groupby(seen)]


def test_an_export_to_what_is_there_is_refused_before_the_server_is_asked(tmp_path: Path) -> None:
    (tmp_path / "dossier.csv").write_text("of yesterday")
    env = {"VELDPOST_DATA": str(tmp_path / "nobody")}
    typed = ["export", "GM9901", "dossier", str(tmp_path), "--staff", STAFF]
    assert "[file-exists]" in CliRunner().invoke(main, typed, env=env, input="").output
    assert "[server-not-running]" in CliRunner().invoke(main, [*typed, "--force"], env=env, input="").output


@pytest.mark.parametrize(("code", "told"), [("nonsense", "bad-municipality"), ("GM9901", "municipality-exists")])
def test_a_municipality_that_cannot_be_set_up_is_refused_before_a_passphrase_is_asked(
    tmp_path: Path, code: str, told: str
) -> None:
    (tmp_path / "GM9901").mkdir()
    (tmp_path / "GM9901" / "journal.db").touch()
    done = CliRunner().invoke(main, ["init", code, "--admin", "beheer"], env={"VELDPOST_DATA": str(tmp_path)})
    assert f"[{told}]" in done.output and "Passphrase" not in done.output


def test_the_command_line_speaks_the_language_of_its_terminal(tmp_path: Path) -> None:
    env = {"VELDPOST_DATA": str(tmp_path), "VELDPOST_LANG": "", "LC_ALL": "nl_NL.UTF-8"}
    dutch = CliRunner().invoke(main, ["devices", "GM9901"], env=env).output
    assert f"fout [server-not-running]: Er antwoordt geen server voor de gegevensmap {tmp_path}." in dutch
    english = CliRunner().invoke(main, ["devices", "GM9901"], env={**env, "VELDPOST_LANG": "en"}).output
    assert "No server answers for the data folder" in english
    (tmp_path / "form.json").write_text("x")
    linted = CliRunner().invoke(main, ["form", "lint", str(tmp_path / "form.json")], env=env).output
    assert "kan niet worden gepubliceerd" in linted


def test_the_server_answers_a_command_in_the_language_of_who_asked(office: Office) -> None:
    ask = Ask("revoke", office.server.municipality.code, {"device": "zz"}, language="nl", token=office.token())

    async def told() -> list[Told]:
        line = msgspec.json.encode(ask)
        return [one async for one in DeskSocket(Path("unused"), office.desk)._answers(line, lambda _: None)]

    (one,) = office.server.run(told())
    assert ("error", "bad-device-id") == (one.kind, one.code)
    assert one.message.startswith("'zz' kan niet het nummer van een apparaat zijn")


def test_what_was_typed_is_shown_without_signs_that_a_terminal_obeys(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", "\x1b[31mGM\u202e", "--admin", "beheer"])
    assert "[bad-municipality]" in done.output and not {"\x1b", "\u202e"} & set(done.output)
