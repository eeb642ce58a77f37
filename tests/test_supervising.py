"""The parent of several processes: what ends is started anew, and a signal ends all of them."""

import os
import signal
from pathlib import Path

from tests.processes import start, wait_until

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from backend.supervising import Family, Role
folder = Path(sys.argv[1])
def note(name):
    with (folder / name).open("a") as file: file.write(f"{os.getpid()} {time.monotonic()}\\n")
def steady(life):
    signal.signal(signal.SIGTERM, lambda *_: (note("told"), os._exit(0)))
    note("steady")
    while True: time.sleep(60)
def quick(life):
    note("quick")
    raise ValueError("a secret")
Family([Role("steady", steady), Role("quick", quick)]).run()
"""


def lines(path: Path) -> list[tuple[int, float]]:
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [(int(pid), float(at)) for pid, at in rows]


def test_who_ends_soon_is_started_later_each_time_and_the_others_are_told_to_end(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log:
        parent = start(PROGRAM, str(tmp_path), env=os.environ, stdout=log.fileno(), stderr=log.fileno())
        wait_until(lambda: len(lines(tmp_path / "quick")) >= 4, "it is started again and again")
        [(steady, _)] = lines(tmp_path / "steady")
        os.kill(steady, signal.SIGKILL)
        wait_until(lambda: len(lines(tmp_path / "steady")) == 2, "it is started again")
        parent.terminate()
        assert 0 == parent.wait(60)
    _, (again, _) = lines(tmp_path / "steady")
    assert [again] == [pid for pid, _ in lines(tmp_path / "told")]
    at_s = [at for _, at in lines(tmp_path / "quick")]
    assert at_s[3] - at_s[2] > 0.3, "it is not started as fast as it ends"
    said = (tmp_path / "log").read_text()
    assert "process-ended" in said and "ValueError" in said and "a secret" not in said
