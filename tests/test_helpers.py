"""The helpers that other tests rely on: work is counted, ports are nobody else's, no process outlives its tests."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import READ_TOGETHER, longest, shares_a_worker, unit_of
from tests.processes import PATIENCE_S, PORTS, free_port
from tests.work import within

KILLED = """
import os, signal
from tests.processes import start
start("import time; print('the server is here', flush=True); time.sleep(600)", env=os.environ)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_work_beyond_its_bound_fails_although_the_work_catches_everything() -> None:
    def stubborn() -> None:
        for number in range(1_000):
            try:
                abs(number)
            except Exception:  # noqa: BLE001 - as the work under test might
                continue

    within(2_000, stubborn)
    with pytest.raises(AssertionError, match="more than 500 calls"):
        within(500, stubborn)


def test_a_port_is_given_to_one_process_only() -> None:
    ports = [free_port() for _ in range(3)]
    assert 3 == len(set(ports))
    program = "import os; os.getpid = lambda: {0}; from tests.processes import free_port; print(free_port())"
    for port in ports:  # another process that begins its search at the very same port
        pid = next(pid for pid in range(len(PORTS)) if PORTS[pid * 7 % len(PORTS)] == port)
        done = subprocess.run([sys.executable, "-c", program.format(pid)], capture_output=True, text=True, check=True)
        assert int(done.stdout) not in ports


def test_a_server_ends_when_its_tests_are_killed() -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, timeout=PATIENCE_S)
    assert -signal.SIGKILL == ended.returncode  # and its output ended: nobody holds the pipe any more


ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("unit", longest())
def test_what_takes_longest_is_there_and_goes_to_one_worker(unit: str) -> None:
    module, _, name = unit.partition("::")
    assert unit in READ_TOGETHER.values() or bool(name) != shares_a_worker(module)
    assert not name or f"def {name}(" in (ROOT / module).read_text()


def test_what_reads_the_whole_code_shares_a_worker() -> None:
    assert "the house" == unit_of("tests/test_seam.py::test_a[b]") == unit_of("tests/test_tidy.py::test_c")
    assert "postgres" == unit_of("tests/stores/contract/test_contract.py::TestPostgres::test_a[b::c]")
    assert "tests/stores/contract/test_contract.py::TestSqlite::test_a" == unit_of(
        "tests/stores/contract/test_contract.py::TestSqlite::test_a[b]"
    )
    for name in READ_TOGETHER:
        module, _, group = name.partition("::")
        assert (f"class {group}(" if group else "def test_") in (ROOT / module).read_text(), name
