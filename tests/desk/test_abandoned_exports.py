"""Folders of exports: those of commands that were killed go with the next one; nobody's work, and no other's, does."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backend.cli import exports
from backend.municipality.exports import WORK, Exports, holding, sweep
from tests.desk.many import piece
from tests.processes import PATIENCE_S

ROOT = Path(__file__).parents[2]
HELD = f"{WORK}{'a' * 16}"
WRITER = """
import sys
from pathlib import Path
from backend.municipality.exports import holding
with holding(Path(sys.argv[1])):
    (Path(sys.argv[1]) / "dossier.csv").write_text("in clear")
    print("held", flush=True)
    sys.stdin.read()
"""


def writer(work: Path) -> subprocess.Popen[str]:
    """A process that writes an export."""
    words = [sys.executable, "-c", WRITER, str(work)]
    process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and "held\n" == process.stdout.readline()
    return process


def test_what_a_killed_export_left_in_clear_goes_with_the_next_one(tmp_path: Path) -> None:
    process = writer(tmp_path / HELD)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE_S)
    assert "in clear" == (tmp_path / HELD / "dossier.csv").read_text()
    exports.write_jsonl(iter([]), tmp_path / "out.jsonl")
    assert ["out.jsonl"] == [path.name for path in tmp_path.iterdir()]


def test_what_somebody_writes_in_stays_and_is_gone_when_they_are_done(tmp_path: Path) -> None:
    process = writer(tmp_path / HELD)
    notes = Exports(tmp_path / "GM9901")
    notes.begin(tmp_path / HELD, "dossier", "beheer", b"life", 0)
    sweep(tmp_path)
    notes.begin(tmp_path / f"{WORK}{'b' * 16}", "dossier", "beheer", b"life", 0)
    assert (tmp_path / HELD / "dossier.csv").is_file()
    process.communicate(timeout=PATIENCE_S)
    assert not (tmp_path / HELD).exists()


def test_the_server_removes_an_abandoned_one_when_the_next_export_begins_elsewhere(tmp_path: Path) -> None:
    process, notes = writer(tmp_path / HELD), Exports(tmp_path / "GM9901")
    notes.begin(tmp_path / HELD, "dossier", "beheer", b"life", 0)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE_S)
    notes.begin(tmp_path / "elsewhere" / f"{WORK}{'b' * 16}", "dossier", "beheer", b"life", 0)
    assert not (tmp_path / HELD).exists()


def test_nothing_else_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of a like name, a link to a folder, a file, and the folder of another user."""
    (tmp_path / f"{WORK}mine").mkdir()
    (tmp_path / "kept").mkdir()
    (tmp_path / f"{WORK}{'c' * 16}").symlink_to(tmp_path / "kept")
    (tmp_path / f"{WORK}{'d' * 16}").write_text("a file")
    sweep(tmp_path)
    assert 4 == len(list(tmp_path.iterdir()))
    (tmp_path / HELD).mkdir()
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    sweep(tmp_path)
    assert (tmp_path / HELD).is_dir()


def test_a_folder_that_is_there_is_nobodys_to_take(tmp_path: Path) -> None:
    (tmp_path / HELD).mkdir()
    with pytest.raises(FileExistsError), holding(tmp_path / HELD):
        pass
    assert (tmp_path / HELD).is_dir()


def test_a_workbook_for_which_there_is_no_room_says_so_as_the_disk_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was the library's own error: a stack trace at the command line."""

    def full(*_args: Any, **_more: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    table: dict[str, Any] = {"table": "dossier", "columns": ["_record"], "types": ["text"], "key": ["_record"]}
    with pytest.raises(OSError, match="No space left"):
        exports.write_workbook(iter([table, piece("dossier", ["a"])]), tmp_path / "out.xlsx")
    assert [] == list(tmp_path.iterdir())
