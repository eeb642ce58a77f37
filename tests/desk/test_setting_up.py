"""Setting a municipality up: all of it or nothing, wherever it is killed, and never over what is left of another."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.cli import local
from backend.clock import WallClock
from backend.errors import MunicipalityExists
from backend.municipality.registry import Municipalities
from backend.settings import Settings

ROOT = Path(__file__).parents[2]
CODE, ADMIN, PHRASE = "GM9904", "beheer", "paard batterij nietje proef"
KILLED = """
import os, signal, sys
from pathlib import Path
from backend.cli import local
from backend.municipality.service import Municipality
from backend.settings import Settings
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys
from backend.stores.staff import Staff

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

owner, name = {"keys": (SqliteKeys, "close"), "journal": (SqliteJournal, "begin_life"),
               "unlock": (Municipality, "unlock_with"),
               "account": (Staff, "add"), "end": (Path, "rename")}[sys.argv[3]]
setattr(owner, name, die)
settings = Settings(Path(sys.argv[1]), Path(sys.argv[2]), "127.0.0.1", 8321, "info")
local.set_up(settings, "GM9904", "beheer", "paard batterij nietje proef", True, lambda _code: True)
"""


def settings_in(folder: Path) -> Settings:
    return Settings(folder / "data", folder / "keys", "127.0.0.1", 8321, "info")


def set_up(settings: Settings) -> None:
    local.set_up(settings, CODE, ADMIN, PHRASE, True, lambda _code: True)


def hosted(settings: Settings) -> tuple[list[str], list[str]]:
    """What a server hosts of the folder: the unlocked municipalities with an account, and those that are set apart."""
    towns = Municipalities(settings.data, settings.keys, WallClock())
    towns.open_all()
    found = [town.code for town in towns if not town.locked and town.staff.acting(ADMIN)]
    apart = [*towns.broken]
    asyncio.run(towns.close_all())
    return found, apart


@pytest.mark.parametrize("step", ["keys", "journal", "unlock", "account", "end"])
def test_a_set_up_that_is_killed_left_nothing_and_is_done_again(tmp_path: Path, step: str) -> None:
    """Killed before its first commit it left an empty journal: set apart, and to be removed by hand."""
    settings = settings_in(tmp_path)
    words = [sys.executable, "-c", KILLED, str(settings.data), str(settings.keys), step]
    assert -signal.SIGKILL == subprocess.run(words, cwd=ROOT, timeout=300).returncode
    assert ([], []) == hosted(settings)
    set_up(settings)
    assert ([CODE], []) == hosted(settings)
    assert [CODE] == [path.name for path in settings.data.iterdir()]


def test_a_municipality_is_set_up_on_a_disk_of_its_own(tmp_path: Path) -> None:
    settings, disk = settings_in(tmp_path), tmp_path / "disk"
    settings.data.mkdir()
    disk.mkdir()
    (settings.data / CODE).symlink_to(disk)
    set_up(settings)
    assert ([CODE], []) == hosted(settings)
    assert (disk / "journal.db").is_file() and not (disk / local.BUILDING).exists()


@pytest.mark.parametrize("left", local.PARTS)
def test_nothing_is_set_up_over_what_is_left_of_a_municipality(tmp_path: Path, left: str) -> None:
    settings = settings_in(tmp_path)
    (settings.data / CODE).mkdir(parents=True)
    (settings.data / CODE / left).write_text("rest")
    with pytest.raises(MunicipalityExists):
        set_up(settings)
    assert "rest" == (settings.data / CODE / left).read_text()
