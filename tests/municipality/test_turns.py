"""One device's exchanges wait for each other, and for their share of the time while other devices ask."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from backend.municipality import turns
from backend.municipality.turns import CREDIT_S, SHARE, SPENT_MAX_S, Turns
from tests.attacker.phone import Phone
from tests.attacker.town import Town
from tests.attacker.wire import make_fact, pack

T = TypeVar("T")


class Time:
    """A clock that only sleeping and working move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 100.0
        monkeypatch.setattr(turns.asyncio, "sleep", self.sleep)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds

    def work(self, seconds: float) -> Callable[[], float]:
        """The work of an exchange that costs so much; it returns when it began."""

        def costs() -> float:
            began, self.at = self.at, self.at + seconds
            return began

        return costs


async def taken(fair: Turns, device: bytes, work: Callable[[], T]) -> T:
    """One exchange as the service does it."""
    began = fair.clock()
    purse = fair.ask(device, began)
    if not purse.start(began):
        await fair.wait(purse)
        began = fair.clock()
    try:
        await asyncio.sleep(0)
        done = work()
        purse.pay(fair.clock() - began)
        return done
    finally:
        purse.leave()


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_who_has_spent_its_credit_waits_while_another_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    fair = Turns(time.now)
    run(taken(fair, b"flood", time.work(SPENT_MAX_S)))
    asked = time.at
    assert asked == run(taken(fair, b"other", time.work(0.01)))
    assert run(taken(fair, b"flood", time.work(0))) >= asked + 0.5


def test_a_device_waits_for_nobody_while_it_is_alone_and_for_little_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    fair = Turns(time.now)
    for _ in range(60):
        asked = time.at
        assert asked == run(taken(fair, b"night", time.work(1.0)))
    run(taken(fair, b"other", time.work(0.01)))
    asked = time.at
    assert run(taken(fair, b"night", time.work(0))) - asked <= (SPENT_MAX_S - CREDIT_S) / SHARE


def test_where_everything_takes_long_the_lightest_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that flood wait for the third and not for each other, although it has spent its credit too."""
    time = Time(monkeypatch)
    fair = Turns(time.now)
    for device in (b"flood", b"other flood"):
        run(taken(fair, device, time.work(SPENT_MAX_S)))
    run(taken(fair, b"light", time.work(CREDIT_S + 0.1)))
    asked = time.at
    assert asked == run(taken(fair, b"light", time.work(0)))
    for device in (b"flood", b"other flood"):
        assert run(taken(fair, device, time.work(0))) > asked


def test_a_device_that_works_as_people_do_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    fair = Turns(time.now)
    for _ in range(200):
        for device in (b"one", b"two", b"three"):
            asked = time.at
            assert asked == run(taken(fair, device, time.work(0.01)))
        time.at += 0.3


def test_a_device_has_one_exchange_at_work_at_a_time_in_the_order_of_their_coming() -> None:
    fair, said = Turns(), []

    async def one(number: int) -> None:
        purse = fair.ask(b"one", fair.clock())
        if not purse.start(fair.clock()):
            await fair.wait(purse)
        said.append(f"{number} begins")
        await asyncio.sleep(0)
        said.append(f"{number} ends")
        purse.leave()

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number) for number in range(5)))

    run(all_of_them())
    assert said == [f"{number} {what}" for number in range(5) for what in ("begins", "ends")]


def test_who_goes_away_while_waiting_holds_nobody_up() -> None:
    fair = Turns()

    async def waits() -> None:
        await fair.wait(fair.ask(b"one", 0.0))

    async def all_of_them() -> list[bool]:
        purse = fair.ask(b"one", 0.0)
        assert purse.start(0.0)
        first, second = asyncio.create_task(waits()), asyncio.create_task(waits())
        await asyncio.sleep(0)
        first.cancel()  # while it waits
        await asyncio.sleep(0)
        purse.leave()
        second.cancel()  # when it is its turn
        await asyncio.gather(first, second, return_exceptions=True)
        return [first.cancelled(), second.cancelled(), purse.busy]

    assert [True, True, False] == run(all_of_them())


def test_what_an_exchange_costs_is_counted_and_a_refused_one_too(tmp_path: Path) -> None:
    town = Town(tmp_path)
    anna = town.phone("anna")
    assert 0 == town.product.exchanging.turns.spent(anna.id)
    reply, _ = anna.exchange(grants=[["grant"]])
    refused = town.product.exchanging.turns.spent(anna.id)
    assert reply.status >= 400
    assert refused > 0
    anna.exchange()
    assert town.product.exchanging.turns.spent(anna.id) != refused


def test_a_request_full_of_grants_lets_others_in_between(tmp_path: Path) -> None:
    town = Town(tmp_path)
    anna, bert, cees = town.phone("anna"), town.phone("bert"), town.phone("cees")
    for number in range(100):
        bert.create({"/duiding": f"woord-{number}"})
    bert.sync()
    grants = [bert.grant_of(record, anna.id) for record in bert.records]
    ended: list[str] = []

    async def exchange(phone: Phone, **members: Any) -> None:
        now_ms = phone.now()
        body = pack({"protocol": 1, "sent": now_ms, "cursor": phone.cursor, **members})
        await town.product.exchanging.exchange(phone.id, body, now_ms)
        ended.append(phone.worker)

    async def both() -> None:
        begun = asyncio.create_task(exchange(bert, grants=grants))
        while not town.product.journal.run("select 1 from granted where device = ?", (anna.id,)).fetchone():
            await asyncio.sleep(0)
        await asyncio.gather(begun, exchange(cees))

    town.server.run(both())
    assert ["cees", "bert"] == ended
    anna.pull()
    assert {f"woord-{number}" for number in range(100)} <= anna.texts()


def test_a_request_full_of_signatures_lets_others_in_between(tmp_path: Path) -> None:
    town = Town(tmp_path)
    anna, bert = town.phone("anna"), town.phone("bert")
    notes = []
    for number in range(256):
        record, hash_ = number.to_bytes(16, "big"), bytes(32)
        sig = make_fact(anna.keys, "report", anna.town, record, hash_, "open", anna.id)[-1]
        notes.append([record, hash_, "open", sig])
    ended: list[str] = []

    def exchange(phone: Phone, **members: Any) -> Coroutine[Any, Any, bytes]:
        now_ms = phone.now()
        body = pack({"protocol": 1, "sent": now_ms, "cursor": phone.cursor, **members})
        return town.product.exchanging.exchange(phone.id, body, now_ms)

    async def both() -> None:
        async def one(name: str, work: Coroutine[Any, Any, bytes]) -> None:
            await work
            ended.append(name)

        await asyncio.gather(one("anna", exchange(anna, reports=notes)), one("bert", exchange(bert)))

    town.server.run(both())
    assert ["bert", "anna"] == ended
