"""What holds for every test: three workers for two cores, the same examples in each run, no process left.

Tests of a module whose set-up is long share a worker; every other test goes to the worker that has time, the longest
first (`longest.txt`), so that no worker is left with a long one when the others have none.
"""

import gc
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings

from tests import processes
from tests.strength import harden_less

SHARE_A_WORKER = (  # one server, browser, story or municipality for all
    "tests/journeys/field/", "tests/journeys/test_demo.py", "tests/field/test_device.py", "tests/desk/test_commands.py",
    "tests/journeys/test_restore_elsewhere.py",
)  # fmt: skip
READ_TOGETHER = {  # modules, or classes, that read the whole of the code, or start PostgreSQL, once for all
    **dict.fromkeys(("tests/test_tidy.py", "tests/test_layers.py", "tests/test_seam.py"), "the house"),
    **dict.fromkeys(
        ("tests/test_sentences.py", "tests/test_sentences_in_code.py", "tests/forms/test_sentences.py"), "sentences"
    ),
    **dict.fromkeys(("tests/field/test_twin.py", "tests/field/test_planted.py"), "twin"),  # and the rows of chance
    **dict.fromkeys(
        (
            "tests/stores/test_postgres.py",
            "tests/stores/test_moving.py",
            "tests/municipality/test_in_postgres.py",
            "tests/journeys/test_two_nodes.py",
            "tests/municipality/test_standby.py",
            "tests/journeys/test_failover.py",
            "tests/municipality/test_put_back_in_postgres.py",
            "tests/stores/contract/test_contract.py::TestPostgres",
        ),
        "postgres",
    ),
}
DRIVEN = ("tests/journeys/field/", "tests/journeys/desk/", "tests/field/")  # by a browser, or under Node
OWN_SET_UP = 'scope="module"'  # in a module that sets something up once for all of its tests
ROOT = Path(__file__).parents[1]
CGROUP = Path("/sys/fs/cgroup/cpu.max")
LONGEST = ROOT / "tests" / "longest.txt"  # what is given out first, the longest at the head
IN_MEMORY = Path("/dev/shm")
IN_MEMORY_BYTES_MIN = 4 << 30  # a run holds some hundred megabytes at a time, and keeps the folders of tests that fail
WORKERS_MAX = 8  # each imports everything and holds a few servers; with more, the longest single test decides

# A busy machine makes no example wrong, so none has a deadline. `make test` tries the same examples every time, so that
# a change fails for what it changed; VELDPOST_EXAMPLES=fresh, as in `make soak`, tries new ones.
settings.register_profile(
    "steady", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fresh", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("VELDPOST_EXAMPLES", "steady"))

os.environ.pop("COLUMNS", None)  # how wide the terminal of whoever runs the tests is, must break no line in them


def pytest_configure() -> None:
    """Keep temporary folders in memory where there is room, unless TMPDIR says otherwise.

    Each test founds a municipality of its own, and its commits wait for the disk: six of every seven seconds of that on
    a disk that both workers share. No test can tell the difference: a process that is killed loses nothing of either,
    and that a commit is flushed is asserted by the calls it makes (`tests/stores/test_power.py`).
    """
    if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= IN_MEMORY_BYTES_MIN:
        os.environ["TMPDIR"] = str(IN_MEMORY)  # the processes that tests start, too
        tempfile.tempdir = None  # asked for once before, it is remembered
    # Where no bytecode is written, each worker and each process that a test starts compiles the whole project anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    harden_less()
    gc.disable()  # until everything is collected: a quarter of that time is spent looking at what stays


def pytest_collection_finish() -> None:
    """Look for garbage from here on, and never at what collecting made: nearly all of it stays to the end."""
    gc.enable()
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """Return the number of workers for `-n auto`: three for two of the cores that this process may use.

    In journeys a worker waits for a quarter of the time: for a page to be drawn, for what is tried anew after a while,
    for a clock. With one worker for a core nothing runs there meanwhile. Cores are also counted inside a container.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = CGROUP.read_text().partition(" ") if CGROUP.is_file() else ("max", "", "")
    if quota.isdigit() and period.strip().isdigit():
        cores = min(cores, round(int(quota) / int(period)))
    return max(1, min(cores + cores // 2, WORKERS_MAX))


@cache
def shares_a_worker(module: str) -> bool:
    """Tell whether the tests of a module run together and in their order: they share a set-up, and what each leaves."""
    return module.startswith(SHARE_A_WORKER) or OWN_SET_UP in (ROOT / module).read_text()


def unit_of(nodeid: str) -> str:
    """The name of what goes to one worker together: some modules, a module, or the rows of a test."""
    module, test = nodeid.partition("::")[0], nodeid.partition("[")[0]
    together = READ_TOGETHER.get(module) or READ_TOGETHER.get(test.rpartition("::")[0])
    return together or (module if shares_a_worker(module) else test)


@cache
def longest() -> list[str]:
    """What takes longest, as `unit_of` names it, the longest first."""
    return [line for line in LONGEST.read_text().splitlines() if not line.startswith("#")]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give out whole modules of journeys and all rows of a test together, the longest first, then those of most tests.

    `xdist_group` would say so too, but xdist 3.8 tells its scheduler by a member that items of pytest 9.2 do not have.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    scopes = importlib.import_module("xdist.scheduler").LoadScopeScheduling

    class Shared(scopes):  # type: ignore[misc, valid-type]
        """The rows of a test go to one worker, whole modules where they share what is costly.

        What is done is forgotten and places are looked up in a table: with ten thousand tests the scheduler of xdist
        counts what is pending over all that it ever gave out, several times for each, and took as long as a journey.
        """

        _places: ClassVar[dict[str, int]] = {}

        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

        def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
            nodeid = self.registered_collections[node][item_index]
            scope, given = self._split_scope(nodeid), self.assigned_work[node]
            given[scope][nodeid] = True
            if all(given[scope].values()):
                del given[scope]
            self._reschedule(node)

        def _assign_work_unit(self, node: Any) -> None:
            if not self._places:  # the same for every worker, or nothing is given out
                for scope in reversed(longest()):
                    if scope in self.workqueue:
                        self.workqueue.move_to_end(scope, last=False)
                self._places.update((nodeid, place) for place, nodeid in enumerate(self.registered_collections[node]))
            scope, unit = self.workqueue.popitem(last=False)
            self.assigned_work[node][scope] = unit
            node.send_runtest_some([self._places[nodeid] for nodeid, is_done in unit.items() if not is_done])

    return Shared(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how long workers were busy with each part: all of them at once, so that it ends sooner than the sum says."""
    reports = [one for found in terminalreporter.stats.values() for one in found if hasattr(one, "duration")]
    busy = {is_driven: sum(one.duration for one in reports if one.nodeid.startswith(DRIVEN) is is_driven)
            for is_driven in (False, True)}  # fmt: skip
    workers = terminalreporter.config.getoption("numprocesses", None) or 1
    python, driven = busy[False] / workers / 60, busy[True] / workers / 60
    terminalreporter.write_line(
        f"Python part {python:.1f} min, browser and Node part {driven:.1f} min: each of {workers} worker(s)"
    )


@pytest.fixture(autouse=True, scope="module")
def no_process_is_left() -> Iterator[None]:
    """End the servers that a test of this module started and, because it failed, did not stop."""
    yield
    processes.end_all()
