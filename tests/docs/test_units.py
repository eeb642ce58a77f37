"""The units of the examples are sound, and name paths and commands as operators.md does."""

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from backend.cli.main import main

DOCS = Path(__file__).parents[2] / "docs"
UNITS = ("veldpost.service", "veldpost-backup@.service", "veldpost-backup@.timer", "veldpost-copy@.service")
PROGRAM = "/opt/veldpost/.venv/bin/veldpost"
COPIES = "/usr/bin/litestream"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        unit = (DOCS / name).read_text().replace(PROGRAM, "/bin/true")
        (tmp_path / name).write_text(unit.replace(COPIES, "/bin/true"))
    names = ("veldpost.service", "veldpost-backup@GM9901.service", "veldpost-backup@GM9901.timer",
             "veldpost-copy@keys.service")  # fmt: skip
    for name in names[1:]:
        (tmp_path / name).symlink_to(tmp_path / name.replace("GM9901", "").replace("keys", ""))
    command = ["systemd-analyze", "verify", *(str(tmp_path / name) for name in names)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize(
    ("name", "most"),
    [("veldpost.service", 20), ("veldpost-backup@GM9901.service", 10), ("veldpost-copy@GM9901.service", 20)],
)
def test_what_a_unit_leaves_open_stays_little(name: str, most: int, tmp_path: Path) -> None:
    """Of 100, as systemd counts: the server needs the network, other users' names, and to lower its own priority."""
    (tmp_path / name).write_text((DOCS / name.replace("GM9901", "")).read_text())
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={most}", str(tmp_path / name)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if "nrecognized option" in done.stderr or "Unknown" in done.stderr:
        pytest.skip("THIS systemd-analyze LOOKS AT NO FILE: it is older than 250")
    assert 0 == done.returncode, done.stdout[-3000:] + done.stderr


def test_the_folder_of_backups_is_made_before_the_first_start() -> None:
    """A unit that is read-only but for some folders keeps those that were not there at its start read-only too."""
    page, server = (DOCS / "operators.md").read_text(), (DOCS / "veldpost.service").read_text()
    [writable] = [line.partition("=")[2] for line in server.splitlines() if line.startswith("ReadWritePaths=")]
    started = page.index("systemctl enable --now veldpost")
    for folder in writable.split():
        name = folder.removeprefix("-")
        assert name in page[:started] or name == "/var/lib/veldpost", name


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


def test_what_copies_answers_where_its_unit_makes_room_and_as_the_servers_user() -> None:
    page, unit, server = ((DOCS / name).read_text() for name in ("operators.md", UNITS[3], UNITS[0]))
    [folder] = [line.partition("=")[2] for line in unit.splitlines() if line.startswith("RuntimeDirectory=")]
    for name in ("journal.sock", "keys.sock"):
        assert f"path: /run/{folder}/{name}, permissions: 0600" in page
    assert f"`VELDPOST_COPY=/run/{folder}`" in page
    for setting in ("User=", "Group=", "UMask="):
        assert [line for line in unit.splitlines() if line.startswith(setting)] == [
            line for line in server.splitlines() if line.startswith(setting)
        ]
