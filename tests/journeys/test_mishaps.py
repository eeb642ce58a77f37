"""Set-up, backup, restore, export and erasure: killed at any moment or out of disk, then done again, they end right.

Nothing is lost, nothing readable is left, nobody is locked out. What is tried, and judged, is in `mishaps.py`; the
moments are drawn with a seed.
"""

import random
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.journeys.mishaps import STEPS
from tests.processes import PATIENCE_S

ROOT = Path(__file__).parents[2]
IN_A_SMALL_DISK = (
    "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
    'mkdir -p "$0/disk" && mount -t tmpfs -o size=64m tmpfs "$0/disk" && exec "$@"',
)  # fmt: skip
pytestmark = pytest.mark.xdist_group("mishaps")  # they begin from one folder, which is made once


@cache
def small_disks(folder: Path) -> bool:
    """True if this user may mount a small disk of their own, in a namespace that ends with the process."""
    if shutil.which("unshare") is None:
        return False
    return 0 == subprocess.run([*IN_A_SMALL_DISK, str(folder), "true"], capture_output=True, check=False).returncode


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mishaps")


def tried(folder: Path, step: str, how: str, times: int, seed: int) -> None:
    """Let a step go wrong so many times, at moments that a seed draws; each ends right."""
    draw = random.Random(f"{step} {how} {seed}")
    moments = [round((place + draw.random()) / times, 4) for place in range(times)]  # one in each part of it
    words = [sys.executable, "-m", "tests.journeys.mishaps", step, str(folder)]
    if how == "full":
        words = [*IN_A_SMALL_DISK, str(folder), *words]
    asked = "".join(f"{how} {moment}\n" for moment in moments)
    done = subprocess.run(
        words, cwd=ROOT, input=asked, capture_output=True, text=True, timeout=PATIENCE_S + 20 * times, check=False
    )
    told = [line for line in done.stdout.splitlines() if not line.startswith("20")]  # the log's begin with a year
    assert times == len(told), done.stderr
    wrong = {moment: one for moment, one in zip(moments, told, strict=True) if one != "ok"}
    assert {} == wrong, done.stderr


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_is_killed_is_done_again_and_ends_right(folder: Path, step: str) -> None:
    tried(folder, step, "kill", 2, seed=1)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_for_which_the_disk_is_too_small_is_done_again_and_ends_right(folder: Path, step: str) -> None:
    if not small_disks(folder):
        pytest.skip("NO DISK CAN BE FILLED HERE: this user may not mount a tmpfs in a namespace (unshare)")
    tried(folder, step, "full", 1, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("how", ["kill", "full"])
@pytest.mark.parametrize("step", STEPS)
def test_twenty_moments(folder: Path, step: str, how: str) -> None:
    if how == "full" and not small_disks(folder):
        pytest.skip("NO DISK CAN BE FILLED HERE: this user may not mount a tmpfs in a namespace (unshare)")
    tried(folder, step, how, 20, seed=2)
