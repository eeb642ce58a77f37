"""One device's exchanges wait for each other, and for their share of the time while other devices ask."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from backend.municipality import turns
from backend.municipality.turns import CREDIT_S, SHARE, SPENT_MAX_S, Purse, Turns
from tests.attacker.town import Town


class Time:
    """A clock that only sleeping and working move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 100.0
        monkeypatch.setattr(turns.asyncio, "sleep", self.sleep)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds

    def work(self, seconds: float) -> Any:
        """The work of an exchange that costs so much."""

        def costs() -> None:
            self.at += seconds

        async def done(purse: Purse) -> float:
            began = self.at
            purse.timed(costs, self.now)
            return began

        return done


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_who_has_spent_its_credit_waits_while_another_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    fair = Turns(time.now)
    run(fair.take(b"flood", time.work(SPENT_MAX_S)))
    asked = time.at
    assert asked == run(fair.take(b"other", time.work(0.01)))
    assert run(fair.take(b"flood", time.work(0))) >= asked + 0.5


def test_a_device_waits_for_nobody_while_it_is_alone_and_for_little_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    fair = Turns(time.now)
    for _ in range(60):
        asked = time.at
        assert asked == run(fair.take(b"night", time.work(1.0)))
    run(fair.take(b"other", time.work(0.01)))
    asked = time.at
    assert run(fair.take(b"night", time.work(0))) - asked <= (SPENT_MAX_S - CREDIT_S) / SHARE


def test_a_device_that_works_as_people_do_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    fair = Turns(time.now)
    for _ in range(200):
        for device in (b"one", b"two", b"three"):
            asked = time.at
            assert asked == run(fair.take(device, time.work(0.01)))
        time.at += 0.3


def test_a_device_has_one_exchange_at_work_at_a_time() -> None:
    fair, at_work, most = Turns(), 0, 0

    async def work(_: Purse) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1

    async def all_of_them() -> None:
        await asyncio.gather(*(fair.take(b"one", work) for _ in range(5)))

    run(all_of_them())
    assert 1 == most


def test_what_an_exchange_costs_is_counted_and_a_refused_one_too(tmp_path: Path) -> None:
    town = Town(tmp_path)
    anna = town.phone("anna")
    assert 0 == town.product.turns.spent(anna.id)
    reply, _ = anna.exchange(grants=[["grant"]])
    refused = town.product.turns.spent(anna.id)
    assert reply.status >= 400
    assert refused > 0
    anna.exchange()
    assert town.product.turns.spent(anna.id) != refused
