"""The page for the first hour is typed line by line, in an empty folder, as another user than root."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest

from tests.journeys.typist import PHRASE, SECRETS, at_hand, lines_of, script
from tests.processes import COMMAND_LINE, PATIENCE_S, free_port

ROOT = Path(__file__).parents[2]
PAGES = ("first-hour.md", "eerste-uur.md")
ANOTHER_USER = ("unshare", "--user", "--map-user=12345", "--map-group=12345")


def test_both_languages_tell_to_type_the_same() -> None:
    english, dutch = ([line.split("  #")[0].rstrip() for line in lines_of(ROOT / "docs" / page)] for page in PAGES)
    assert english == dutch and len(english) > 25


def another_user() -> tuple[str, ...]:
    """The words before a command that let it run as a user of no account; none where that is not allowed."""
    if shutil.which("unshare") is None:
        return ()
    return ANOTHER_USER if 0 == subprocess.run([*ANOTHER_USER, "true"], check=False).returncode else ()


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for the path of a socket below it."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize("page", [PAGES[0], pytest.param(PAGES[1], marks=pytest.mark.soak)])
def test_every_line_of_the_first_hour_is_typed(page: str, short: Path) -> None:
    folder, ports = short / "empty folder", {"8322": str(free_port())}
    folder.mkdir()
    lines = [line for line in lines_of(ROOT / "docs" / page) if "# network" not in line]
    lines = [re.sub("|".join(ports), lambda found: ports[found[0]], line) for line in lines]  # several tests at once
    lines = [line for line in lines if not line.startswith("export PATH=")]  # where the program is, here
    hand = at_hand(short / "hand", [sys.executable, "-c", COMMAND_LINE])
    env = {
        "PATH": f"{hand}:{os.environ['PATH']}", "HOME": str(short), "VELDPOST_LANG": "nl" if "uur" in page else "en",
        "VELDPOST_PORT": str(free_port()), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    words = [*another_user(), "bash", "-c", script(lines)]
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert 0 == done.returncode, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(lines) == done.stdout.count("\n+ ") + done.stdout.startswith("+ ")
    assert "Gemeente Voorbeeldstad" in done.stdout and "bram" in done.stdout
    book = openpyxl.load_workbook(folder / "dossier.xlsx")
    assert "dossier" in book.sheetnames[0]
    secrets = (PHRASE, *SECRETS.values())
    for path in folder.rglob("*"):
        if path.is_file():
            assert not any(secret.encode() in path.read_bytes() for secret in secrets), path
    for path in (*(folder / "keys").iterdir(), folder / "dossier.xlsx"):
        assert 0 == path.stat().st_mode & 0o077, path
