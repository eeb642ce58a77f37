"""The units of the examples are sound, and name paths and commands as operators.md does."""

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from backend.cli.main import main

DOCS = Path(__file__).parents[2] / "docs"
UNITS = ("veldpost.service", "veldpost-backup@.service", "veldpost-backup@.timer")
PROGRAM = "/opt/veldpost/.venv/bin/veldpost"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        (tmp_path / name).write_text((DOCS / name).read_text().replace(PROGRAM, "/bin/true"))
    names = ("veldpost.service", "veldpost-backup@GM9901.service", "veldpost-backup@GM9901.timer")
    for name in names[1:]:
        (tmp_path / name).symlink_to(tmp_path / name.replace("GM9901", ""))
    command = ["systemd-analyze", "verify", *(str(tmp_path / name) for name in names)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)


def test_the_timer_gives_a_command_that_exists_and_writes_where_the_server_may() -> None:
    backup, server = ((DOCS / name).read_text() for name in ("veldpost-backup@.service", "veldpost.service"))
    [line] = [line for line in backup.splitlines() if line.startswith("ExecStart=")]
    program, name, *words = line.removeprefix("ExecStart=").split()
    assert PROGRAM == program and isinstance(main, click.Group)
    known = {option for one in main.whole().commands[name].params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= known
    [writable] = [line for line in server.splitlines() if line.startswith("ReadWritePaths=")]
    assert words[1] in writable
    for setting in ("VELDPOST_DATA", "User", "UMask"):
        assert [line for line in backup.splitlines() if setting in line] == [
            line for line in server.splitlines() if setting in line
        ]
