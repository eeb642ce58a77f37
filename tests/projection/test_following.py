"""A projection follows its journal by the writer's word: what comes is projected, and nothing costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from backend.errors import StoreFailed
from backend.projection import keeper as keepers
from backend.projection.keeper import Keeper
from tests.fleet.world import Server
from tests.processes import PATIENCE_S
from tests.projection.town import Town

STEP_S = 0.01


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(keepers, "POLL_S", STEP_S)
    return Town(tmp_path)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(STEP_S)


def following(town: Town, work: Callable[[], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        follows = asyncio.create_task(town.keeper.follow())
        try:
            async with asyncio.timeout(PATIENCE_S):
                await work()
        finally:
            follows.cancel()
            await asyncio.gather(follows, return_exceptions=True)

    town.server.run(all_of_it())
    town.close()


def is_projected(town: Town) -> bool:
    municipality = town.server.municipality
    return municipality.projected.position == municipality.committed.position and not municipality.projected.fault


def test_what_comes_is_projected_and_then_nothing_is_looked_at(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    look = town.keeper.catch_up

    async def counted() -> None:
        looks.append(1)
        await look()

    monkeypatch.setattr(town.keeper, "catch_up", counted)

    async def work() -> None:
        await until(lambda: is_projected(town))
        await town.server.municipality.enrolling.invite("werker-drie", "worker", "beheer")
        before = town.server.municipality.committed.position
        await town.server.municipality.acts.revoke(town.two.id, "beheer")
        await until(lambda: town.server.municipality.projected.position > before and is_projected(town))
        seen = -1
        while seen != len(looks):  # the last words, such as its own, are heard; who looks without a word never rests
            seen = len(looks)
            await asyncio.sleep(50 * STEP_S)

    following(town, work)


def test_a_municipality_without_a_line_in_its_audit_was_looked_at_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There was no head to sign, and the writer that was asked for one woke who had asked."""
    monkeypatch.setattr(keepers, "POLL_S", STEP_S)
    server, looks = Server(tmp_path), [0]
    follower = Keeper(server.municipality)
    look = follower.catch_up

    async def counted() -> None:
        looks[0] += 1
        await look()

    monkeypatch.setattr(follower, "catch_up", counted)

    async def work() -> None:
        follows = asyncio.create_task(follower.follow())
        seen = -1
        async with asyncio.timeout(PATIENCE_S):
            while seen != looks[0] or not looks[0]:
                seen = looks[0]
                await asyncio.sleep(50 * STEP_S)
        follows.cancel()
        await asyncio.gather(follows, return_exceptions=True)
        await follower.close()

    assert 0 == server.municipality.journal.audit_end()[0]
    server.run(work())
    server.stop()


def test_who_unlocks_is_followed_at_once(town: Town) -> None:
    municipality = town.server.municipality

    async def work() -> None:
        await town.keeper.lock()
        await municipality.submit(lambda: municipality.journal.audit(1, "beheer", "lock", None, ""))
        await asyncio.sleep(20 * STEP_S)
        town.server.unlock()
        await municipality.submit(lambda: municipality.journal.audit(2, "beheer", "unlock", None, ""))
        await until(lambda: is_projected(town))

    following(town, work)


def test_a_locked_municipality_keeps_its_stores_open_while_devices_come(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It closed them after every look, four times a second, and paid a checkpoint and an opening for each."""
    municipality = town.server.municipality

    async def heard() -> None:
        await municipality.submit(lambda: municipality.journal.set_meta("one", b"1"))
        await until(lambda: not municipality.writer.news.is_set())
        await asyncio.sleep(20 * STEP_S)

    async def work() -> None:
        await town.keeper.lock()
        await heard()
        assert not municipality.resting.rests
        monkeypatch.setattr(keepers, "REST_S", STEP_S)
        await heard()
        await until(lambda: municipality.resting.rests)

    following(town, work)


def test_a_fault_is_tried_again_although_nothing_comes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    look, failures = town.keeper.catch_up, [StoreFailed(store="records.db", why="busy")] * 3

    async def fails_at_first() -> None:
        if failures:
            raise failures.pop()
        await look()

    monkeypatch.setattr(town.keeper, "catch_up", fails_at_first)

    async def work() -> None:
        await until(lambda: not failures and is_projected(town))

    following(town, work)
