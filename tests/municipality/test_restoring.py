"""A restore that is killed at any step: the next start finishes or undoes it, the next restore begins anew."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.municipality.registry import Municipalities
from backend.municipality.restoring import RestoreFailed, RestoreRunning, _only_one, put_back
from backend.sentences import told
from tests.fleet.world import FakeClock, Server

KILLED = """
import os, sys
from pathlib import Path
from backend.municipality import restoring
left = [int(sys.argv[3])]
def step(real):
    def counted(*args, **kw):
        left[0] -= 1
        if left[0] == 0: os.kill(os.getpid(), 9)
        done = real(*args, **kw)
        left[0] -= 1
        if left[0] == 0: os.kill(os.getpid(), 9)
        return done
    return counted
Path.rename = step(Path.rename)
Path.unlink = step(Path.unlink)
restoring.shutil.copytree = step(restoring.shutil.copytree)
restoring.shutil.copy2 = step(restoring.shutil.copy2)
restoring.shutil.rmtree = step(restoring.shutil.rmtree)
restoring.write_atomically = step(restoring.write_atomically)
restoring.put_back(Path(sys.argv[1]), "GM9901", Path(sys.argv[2]), 7)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    server = Server(tmp_path / "data")
    server.stop()
    source = tmp_path / "backup" / "GM9901"
    for part, names in (("journal", ("journal.db",)), ("keys", ("keys.db", "vault/municipality.vault"))):
        for name in names:
            (source / part / name).parent.mkdir(parents=True, exist_ok=True)
            (source / part / name).write_bytes((server.folder / name).read_bytes())
    (source / "journal" / "backup.json").write_text("{}")
    (source / "keys" / "backup.mark").touch()
    (server.folder / "before.mark").touch()
    return tmp_path / "data"


def kept(data: Path) -> list[str]:
    """Where the folder of before and the restored one are now."""
    return sorted(f"{path.parent.name.split('-restore')[0]}:{path.stem}" for path in data.glob("GM*/*.mark"))


RESTORED = ["GM9901.before:before", "GM9901:backup"]


@pytest.mark.parametrize("step", range(1, 17))
def test_killed_at_any_step_a_start_leaves_one_whole_folder_and_the_next_restore_sets_one_aside(
    data: Path, step: int
) -> None:
    backup = data.parent / "backup"
    words = [sys.executable, "-c", KILLED, str(data), str(backup), str(step)]
    killed = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert killed.returncode in (-9, 0), killed.stderr
    again = data.parent / "again"
    subprocess.run(["cp", "-a", str(data), str(again)], check=True)
    towns = Municipalities(data, data / "no-keys", FakeClock())
    towns.open_all()
    assert {} == towns.broken and ["GM9901"] == [town.code for town in towns]
    assert kept(data) in (["GM9901:before"], RESTORED)
    assert (RESTORED == kept(data)) == towns.get("GM9901").committed.awaiting_list
    assert [] == list(data.glob("GM9901.restoring*"))
    put_back(again, "GM9901", backup, 8)
    assert RESTORED == kept(again) and [] == list(again.glob("GM9901.restoring*"))


def test_two_restores_at_once_are_one(data: Path, tmp_path: Path) -> None:
    backup = data.parent / "backup"
    with _only_one(data, "GM9901"):
        with pytest.raises(RestoreRunning):
            put_back(data, "GM9901", backup, 7)
        assert ["GM9901:before"] == kept(data)
    put_back(data, "GM9901", backup, 7)
    assert RESTORED == kept(data)


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "de schijf is vol"), (errno.EACCES, "mag dat niet")])
def test_a_restore_that_cannot_copy_changes_nothing_and_says_which_path(
    data: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """Half a copy stayed on the full disk, and what was said were tuples of the library, in English."""
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    real = shutil.copy2

    def copy(here: str, there: str) -> None:
        if Path(here).name == "keys.db":
            raise OSError(number, os.strerror(number), there)
        real(here, there)

    monkeypatch.setattr("backend.municipality.restoring.shutil.copy2", copy)
    with pytest.raises(RestoreFailed) as failed:
        put_back(data, "GM9901", data.parent / "backup", 7)
    said = told(failed.value, "nl").message
    assert words in said and "keys.db" in said
    assert before == {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
