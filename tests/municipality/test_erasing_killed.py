"""An erasure that is killed at any of its steps, while projection and desk run, is finished at the next start."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.municipality.house import House
from tests.processes import PATIENCE_S

ROOT = Path(__file__).parents[2]
KILLER = """
import asyncio, os, signal, sys
from pathlib import Path
from backend.clock import WallClock
from backend.desk import completing
from backend.desk.desk import Desk
from backend.municipality import erasing, registry
from backend.municipality.attachments import Attachments
from backend.municipality.exports import Exports
from backend.municipality.outside import Outside
from backend.projection import keeper
from backend.projection.projector import Projector
from backend.stores import database
from backend.stores.sqlite import engine
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys
from backend.stores.records import Records

data, keys, record = Path(sys.argv[1]), Path(sys.argv[2]), bytes.fromhex(sys.argv[3])
STEPS = (
    (Outside, "append"), (Outside, "settle"), (SqliteKeys, "forget"), (SqliteJournal, "append_fact"),
    (SqliteJournal, "note_unfinished"), (SqliteJournal, "note_finished"), (SqliteJournal, "confirm_erasure"),
    (Attachments, "remove_of"), (Exports, "overtake"), (engine, "truncate_log"),
    (engine.Sqlite, "_forget_keys"), (engine.Sqlite, "_forget_bodies"), (erasing, "write_anew"),
    (erasing, "erase_desk_store"), (completing, "erase_desk_store"), (Projector, "_step"), (keeper, "write_anew"),
    (Records, "forget_opened"), (database, "truncate_log"), (database, "sync_folder"), (Path, "replace"),
)

def deadly(fatal):
    passed = 0
    def wrap(owner, name):
        real = getattr(owner, name)
        def step(*args, **kwargs):
            nonlocal passed
            passed += 1
            if passed == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)
        setattr(owner, name, step)
    for owner, name in STEPS:
        wrap(owner, name)

async def erase(fatal):
    towns = registry.Municipalities(data, keys, WallClock())
    towns.open_all()
    town = towns.get("GM9901")
    desk = Desk(towns)
    desk.completion("GM9901")
    await desk.keeper("GM9901").catch_up()
    deadly(fatal)
    await town.erasing.erase(record, "request", "beheer")
    os._exit(0)

for line in sys.stdin:
    child = os.fork()
    if not child:
        asyncio.run(erase(int(line)))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Killer:
    """A process that erases a record in processes of its own, each of which ends at another step."""

    def __init__(self, house: House) -> None:
        words = [sys.executable, "-c", KILLER, str(house.data), str(house.keys), house.record.hex()]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)

    def kill_at(self, step: int) -> int:
        """The exit status of the one that was to be killed at a step."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{step}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate(timeout=PATIENCE_S)


def test_killed_at_any_step_it_is_finished_at_the_next_start(tmp_path: Path) -> None:
    house, whole = House(tmp_path), tmp_path / "whole"
    work = tmp_path / ".veldpost-0"
    house.server.municipality.exports.begin(work, "dossier", "beheer", b"", 0)
    house.shut()
    shutil.copytree(house.data, whole)
    killer, ended = Killer(house), 0
    for fatal in range(1, 200):
        shutil.rmtree(house.data)
        shutil.copytree(whole, house.data)
        work.mkdir(exist_ok=True)
        (work / "e.jsonl").write_text("what an export wrote")
        code = killer.kill_at(fatal)
        assert code in (0, -signal.SIGKILL)
        house.server.start()
        house.open_desk()
        house.server.run(house.settled())
        erased = house.server.municipality.book.erased(house.record)
        ended += erased
        if not erased:  # killed before it was decided, among steps of the background too: then nothing of it was done
            assert house.found(), fatal
        else:
            assert {} == house.server.municipality.erasing.unfinished, fatal
            assert [] == house.found() + house.held_sealed() + house.photos("?" * 64), fatal
            assert not work.exists(), fatal
        house.shut()
        if code == 0:
            assert ended > 20
            killer.end()
            return
    raise AssertionError("it never came to its end")
