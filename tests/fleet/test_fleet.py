"""The fleet through all weathers: equal in the end, and nothing missing (protocol sections 4, 6 and 8)."""

import os
from pathlib import Path

import pytest

from tests.fleet.simulator import Fleet

STEPS = 120


@pytest.mark.parametrize("seed", range(6))
def test_all_are_equal_in_the_end_and_nothing_is_missing(tmp_path: Path, seed: int) -> None:
    fleet = Fleet(tmp_path, seed)
    for _ in range(STEPS):
        fleet.step()
    fleet.settle()
    assert [] == fleet.differences(), f"seed {seed}: {dict(fleet.seen)}"


@pytest.mark.soak
def test_a_long_voyage_sees_every_weather(tmp_path: Path) -> None:
    total: dict[str, int] = {}
    for seed in range(int(os.environ.get("VELDPOST_SOAK_SEEDS", "100"))):
        fleet = Fleet(tmp_path / str(seed), seed + 1_000)
        for _ in range(STEPS):
            fleet.step()
        fleet.settle()
        assert [] == fleet.differences(), f"seed {seed + 1_000}: {dict(fleet.seen)}"
        for name, count in fleet.seen.items():
            total[name] = total.get(name, 0) + count
    assert all(
        total.get(name)
        for name in ("fork", "server restored", "device restored", "lost answer", "erasure", "conflict", "clock jump")
    ), total
