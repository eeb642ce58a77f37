"""A desk that serves many municipalities."""

import asyncio
import inspect
from pathlib import Path

import pytest

from backend.desk.desk import Desk
from backend.municipality.registry import Municipalities
from tests.fleet.world import FakeClock, Server


def test_a_server_with_300_unlocked_municipalities_did_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Following one began with following all, so that each municipality lay three calls deeper than the one before."""
    for number in range(6):
        Server(tmp_path, f"GM990{number}").stop()
    deep: list[int] = []
    real = Desk.follow_all

    def follow_all(desk: Desk) -> None:
        deep.append(len(inspect.stack(0)))
        real(desk)

    monkeypatch.setattr(Desk, "follow_all", follow_all)

    async def started() -> None:
        municipalities = Municipalities(tmp_path, tmp_path / "no-keys", FakeClock())
        municipalities.open_all()
        desk = Desk(municipalities)
        desk.follow_all()
        assert 6 == len(desk.keepers)
        assert all(desk.completion(code) is desk.completion(code) for code in desk.keepers)
        await desk.close()
        await asyncio.gather(*(town.close() for town in municipalities), return_exceptions=True)

    asyncio.run(started())
    assert max(deep) - min(deep) <= 3
