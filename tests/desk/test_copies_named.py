"""What no erasure reaches is named as people read it: which backup, by whom, when."""

import re
from pathlib import Path

from tests.desk.office import STAFF, Office


def test_a_backup_made_before_an_erasure_is_named_with_its_time(tmp_path: Path) -> None:
    office = Office(tmp_path / "d")
    record = office.one.create("dossier", 1, {"/roepnaam": "Piet"})
    office.sync(office.one)
    office.ask("backup", to=str(tmp_path / "copy"))
    named = office.ask("erase", record=record.hex(), reason="request")[0]["copies"]
    assert [True] == [
        bool(re.fullmatch(rf"backup .*/copy by {STAFF} at [A-Z][a-z]+ \d+, \d{{4}} \d\d:\d\d CES?T", one))
        for one in named
    ], named
    assert named == office.ask("erasures")[0]["copies"]


def test_a_backup_is_named_although_the_servers_clock_stood_wrong_when_it_was_made(tmp_path: Path) -> None:
    office = Office(tmp_path / "d")
    record = office.one.create("dossier", 1, {"/roepnaam": "Piet"})
    office.sync(office.one)
    clock = office.server.clock
    clock.ms += 86_400_000
    office.ask("backup", to=str(tmp_path / "copy"))
    clock.ms -= 86_400_000
    office.ask("erase", record=record.hex(), reason="request")
    clock.ms -= 86_400_000
    office.ask("backup", to=str(tmp_path / "after"))
    assert [True] == ["/copy by" in one for one in office.ask("erasures")[0]["copies"]]
