"""A desk that serves many municipalities."""

import asyncio
import inspect
from pathlib import Path

import pytest

from backend.desk.desk import Desk
from backend.municipality.registry import Municipalities
from tests.fleet.world import FakeClock, Server
from tests.looking import open_files
from tests.processes import PATIENCE_S


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


def test_municipalities_in_which_nothing_happens_hold_no_stores(tmp_path: Path) -> None:
    """342 of them held 3,100 files and 700 MiB: three connections each, and what the looks at the start left behind."""
    data, keys = tmp_path / "data", tmp_path / "keys"
    keys.mkdir()
    for number in range(6):
        server = Server(data, f"GM990{number}")
        (keys / f"GM990{number}.key").write_bytes(server.key_file)
        server.stop()

    def held() -> set[str]:
        return {*open_files(data)}

    async def started() -> None:
        municipalities = Municipalities(data, keys, FakeClock())
        municipalities.open_all()
        assert {"lock"} == held(), "each is closed before the next one is opened"
        desk = Desk(municipalities)
        desk.follow_all()
        async with asyncio.timeout(PATIENCE_S):
            while held() != {"lock"} or any(not town.projected.position for town in municipalities):
                await asyncio.sleep(0.01)
        assert all(town.resting.rests and not town.locked for town in municipalities)
        municipalities.health()
        assert {"lock"} == held(), "who looks at the status wakes nobody"
        await desk.close()
        await municipalities.close_all()

    asyncio.run(started())
