"""A restore that is killed at any step: the next start finishes or undoes it, the next restore begins anew."""

import subprocess
import sys
from pathlib import Path

import pytest

from backend.municipality.registry import Municipalities
from backend.municipality.restoring import RestoreRunning, _only_one, put_back
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
