"""`veldpost backup` as the desk answers it: a timer without an account, what the audit keeps, what goes."""

from pathlib import Path
from typing import Any

import pytest

from backend.desk import commands
from backend.desk.terminals import TerminalNotSignedIn
from backend.desk.wire import Ask
from backend.municipality.backup import BackupExists, OldBackupsStay
from backend.municipality.kept_backups import dated
from tests.desk.office import Office


def ask(office: Office, command: str, staff: str = "", **args: Any) -> list[dict[str, Any]]:
    async def rows() -> list[dict[str, Any]]:
        asked = Ask(command, office.server.municipality.code, args, staff)
        return [row async for row in commands.run(office.desk, asked, lambda _done, _all: None)]

    return office.server.run(rows())


def test_a_timer_needs_no_account_and_the_audit_says_that_the_machine_did_it(office: Office, tmp_path: Path) -> None:
    town = office.server.municipality
    office.server.run(town.submit(lambda: town.staff.add("tweede", "admin", 1, "beheer")))
    [row] = ask(office, "backup", to=str(tmp_path / "b"), dated=True, keep=2)
    assert [] == row["removed"] and Path(row["journal"]).is_dir()
    assert town.health.counts()["backed_up_ms"] == office.server.clock.now_ms()
    [line] = [line for line in office.ask("audit") if line["act"] == "backup"]
    assert ("backup", "operator") == (line["act"], line["staff"])
    assert str(dated(tmp_path / "b", town.health.counts()["backed_up_ms"])) == line["detail"]
    for command in ("invite", "audit", "grant"):
        with pytest.raises(TerminalNotSignedIn):
            ask(office, command, worker="iemand")


def test_a_backup_that_is_refused_is_no_good_one(office: Office, tmp_path: Path) -> None:
    town = office.server.municipality
    ask(office, "backup", to=str(tmp_path / "b"))
    first = town.health.counts()["backed_up_ms"]
    office.server.clock.ms += 60_000
    with pytest.raises(BackupExists):
        ask(office, "backup", to=str(tmp_path / "b"))
    assert first == town.health.counts()["backed_up_ms"] and "backup-failed" in [
        line["act"] for line in office.ask("audit")
    ]


def test_an_old_backup_that_cannot_go_is_named_and_the_new_one_is_whole(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> list[str]:
        raise PermissionError(13, "Permission denied", str(tmp_path / "old"))

    monkeypatch.setattr("backend.desk.keys.thin_out", refuse)
    with pytest.raises(OldBackupsStay) as named:
        ask(office, "backup", to=str(tmp_path / "b"), dated=True, keep=1)
    assert str(tmp_path / "old") in str(named.value) and office.server.municipality.health.counts()["backed_up_ms"]
