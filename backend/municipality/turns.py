"""Fair turns: a device has one exchange at work at a time, and works no more than its share while others ask too.

What an exchange costs is the time that the server works on it, in which it works for nobody else. A device has
`CREDIT_S` of it at once, more than a working device spends, and gets it back at `SHARE` of the time that passes;
whoever has spent it waits. Nobody waits while no other device asks, so a whole journal that is handed in at night takes
what it takes.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

CREDIT_S: Final = 0.5
SHARE: Final = 0.1
SPENT_MAX_S: Final = 2 * CREDIT_S  # what is remembered against it, so that nobody waits for long
OTHERS_S: Final = 1.0  # how long another device counts as asking

T = TypeVar("T")
Clock = Callable[[], float]


class Purse:
    """What one device may spend now, and its place in line."""

    def __init__(self, now: float, credit_s: float) -> None:
        self.line = asyncio.Lock()
        self.spent = 0.0
        self._credit_s = credit_s
        self._at = now

    def debt(self, now: float) -> float:
        """The seconds after which the device has credit again; nothing or less while it has."""
        self.spent = min(SPENT_MAX_S, max(0.0, self.spent - (now - self._at) * SHARE))
        self._at = now
        return (self.spent - self._credit_s) / SHARE

    def timed(self, work: Callable[[], T], clock: Clock = time.perf_counter) -> T:
        """Do a part of an exchange, on whatever thread, and note what it cost."""
        began = clock()
        try:
            return work()
        finally:
            self.spent += clock() - began


class Turns:
    """The turns of one municipality's devices."""

    def __init__(self, clock: Clock = time.monotonic, credit_s: float = CREDIT_S) -> None:
        self._clock = clock
        self._credit_s = credit_s
        self._purses: dict[bytes, Purse] = {}
        self._latest = b""
        self._latest_at = self._other_at = -OTHERS_S  # when it asked, and when the last one before it did

    async def take(self, device: bytes, work: Callable[[Purse], Awaitable[T]]) -> T:
        """Do the work of a device when it is its turn."""
        now = self._clock()
        if device != self._latest:
            self._latest, self._other_at = device, self._latest_at
        self._latest_at = now
        purse = self._purses.get(device)
        if purse is None:
            purse = self._purses[device] = Purse(now, self._credit_s)
        async with purse.line:
            await self._rest(device, purse)
            return await work(purse)

    def spent(self, device: bytes) -> float:
        """The seconds of work that are held against a device."""
        purse = self._purses.get(device)
        return purse.spent if purse is not None else 0.0

    async def _rest(self, device: bytes, purse: Purse) -> None:
        while (debt := purse.debt(self._clock())) > 0 and self._others_ask(device):
            await asyncio.sleep(min(debt, OTHERS_S / 4))

    def _others_ask(self, device: bytes) -> bool:
        at = self._other_at if device == self._latest else self._latest_at
        return self._clock() - at < OTHERS_S
