"""Setting a municipality up: all of it or nothing, wherever it is killed, and never over what is left of another."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.cli import local
from backend.clock import WallClock
from backend.errors import BackendError, MunicipalityExists
from backend.municipality.registry import Municipalities
from backend.settings import Settings
from backend.stores import COPIED
from forms.lint.frame import Publication
from tests.processes import COMMAND_LINE, PATIENCE_S

ROOT = Path(__file__).parents[2]
CODE, ADMIN, PHRASE = "GM9904", "beheer", "paard batterij nietje proef"
KILLED = """
import os, signal, sys
from pathlib import Path
from backend.cli import local
from backend.municipality.keyring import Keyring
from backend.settings import Settings
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys
from backend.stores.staff import Staff

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

owner, name = {"keys": (SqliteKeys, "close"), "journal": (SqliteJournal, "begin_life"),
               "unlock": (Keyring, "unlock"),
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
    found = [town.code for town in towns if not town.locked and town.staff.known(ADMIN)]
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


@pytest.mark.parametrize("left", (*COPIED, "vault"))
def test_nothing_is_set_up_over_what_is_left_of_a_municipality(tmp_path: Path, left: str) -> None:
    settings = settings_in(tmp_path)
    (settings.data / CODE).mkdir(parents=True)
    (settings.data / CODE / left).write_text("rest")
    with pytest.raises(MunicipalityExists):
        set_up(settings)
    assert "rest" == (settings.data / CODE / left).read_text()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"municipality": "GM228"}, "bad-municipality"),
        ({"admin": "a"}, "bad-argument"),
        ({"register": "geen url", "controller": "College"}, "bad-argument"),
        ({"register": "https://example.org/1", "controller": " "}, "bad-argument"),
        ({"blocked": "keys"}, "keys-not-writable"),
        ({"blocked": "data"}, "data-not-writable"),
        ({"left": f"{CODE}.key"}, "left-beside-keys"),
        ({"left": f"{CODE}.list"}, "left-beside-keys"),
    ],
)
def test_what_cannot_be_set_up_is_refused_before_the_passphrase_and_leaves_nothing(
    tmp_path: Path, change: dict[str, str], code: str
) -> None:
    """Each was found out after passphrase and code, or never: a key file of before was written over."""
    settings = settings_in(tmp_path)
    if "blocked" in change:
        (tmp_path / change["blocked"]).write_text("no folder")
    if "left" in change:
        settings.keys.mkdir()
        (settings.keys / change["left"]).write_bytes(b"of before")
    publication = Publication(change["controller"], change["register"]) if "register" in change else None
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(BackendError) as refused:
        named = change.get("municipality", CODE)
        local.may_set_up(settings, named, change.get("admin", ADMIN), publication, key_file=True)
    assert code == refused.value.code
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def typed(folder: Path, *lines: str) -> tuple[str, str, int]:
    """`veldpost init`, its questions answered line by line; `{code}` stands for the code that it showed."""
    env = {
        **os.environ,
        "VELDPOST_DATA": str(folder / "data"),
        "VELDPOST_KEYS": str(folder / "keys"),
        "VELDPOST_LANG": "en",
    }
    words = [sys.executable, "-c", COMMAND_LINE, "init", CODE, "--admin", ADMIN]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        words, env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as started:
        assert started.stdin is not None and started.stdout is not None and started.stderr is not None
        shown = ""
        for line in lines:
            while "{code" in line and "\n    " not in shown:
                shown += started.stdout.readline()
            code = shown.partition("\n    ")[2].split("\n")[0]
            started.stdin.write(line.replace("{code}", code.lower()).replace("{slip}", f"X{code[1:]}") + "\n")
            started.stdin.flush()
        started.stdin.close()
        return shown + started.stdout.read(), started.stderr.read(), started.wait(PATIENCE_S)


def test_one_slip_in_passphrase_or_code_threw_everything_away(tmp_path: Path) -> None:
    said, errors, status = typed(tmp_path, "kort", PHRASE, PHRASE, "{code}x", "{code}")
    assert 0 == status, errors
    assert "4 characters" in errors and "look at group" in said and "is set up" in said
    assert ([CODE], []) == hosted_locked(settings_in(tmp_path))


def test_whoever_stops_at_the_code_has_set_nothing_up(tmp_path: Path) -> None:
    assert 1 == typed(tmp_path, PHRASE, PHRASE, "AAAA")[2]
    assert ([], []) == hosted_locked(settings_in(tmp_path)) and [] == list((tmp_path / "data").iterdir())


def hosted_locked(settings: Settings) -> tuple[list[str], list[str]]:
    towns = Municipalities(settings.data, settings.keys, WallClock())
    towns.open_all()
    found, apart = [town.code for town in towns if town.locked and town.staff.known(ADMIN)], [*towns.broken]
    asyncio.run(towns.close_all())
    return found, apart
