"""The fleet through all weathers: equal in the end, and nothing missing (protocol sections 4, 6 and 8)."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sync import admission, exchange, merge
from sync.exchange import Checked, Push
from sync.messages import Place
from tests.fleet.simulator import Fleet

STEPS = 120


@pytest.mark.parametrize("seed", range(6))
def test_all_are_equal_in_the_end_and_nothing_is_missing(tmp_path: Path, seed: int) -> None:
    fleet = Fleet(tmp_path, seed)
    for _ in range(STEPS):
        fleet.step()
    fleet.settle()
    assert [] == fleet.differences(), f"seed {seed}: {dict(fleet.seen)}"


def _merge_forgets_the_context(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merge, "join", lambda one, _two: one)


def _admission_forgets_completeness(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(admission, "_is_complete", lambda *_: True)


def _admission_forgets_grants(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(admission, "may_write", lambda *_: True)


def _server_takes_a_forked_journal_for_a_known_one(patch: pytest.MonkeyPatch) -> None:
    def walk(pushed: Sequence[Checked], tail: Place, held: Callable[[int], bytes | None]) -> Push:
        fresh = tuple(item for item in pushed if held(item.header.seq) is None)
        last = pushed[-1]
        return Push(fresh, (), max(tail, Place(last.header.seq, last.hash)))

    patch.setattr(exchange, "_walk", walk)


@pytest.mark.parametrize(
    "plant",
    [
        _merge_forgets_the_context,
        _admission_forgets_completeness,
        _admission_forgets_grants,
        _server_takes_a_forked_journal_for_a_known_one,
    ],
)
def test_a_planted_defect_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    for seed in range(12):
        fleet = Fleet(tmp_path / str(seed), seed)
        try:
            for _ in range(STEPS):
                fleet.step()
            fleet.settle()
        except Exception:  # noqa: BLE001 - a fleet that breaks down has found the defect too
            return
        if fleet.differences():
            return
    pytest.fail("twelve fleets sailed on as if nothing was wrong")


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
