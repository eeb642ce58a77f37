"""Fair turns: a device has one exchange at work at a time, and works no more than its share while others ask too.

What an exchange costs is the time that the server works on it, in which it works for nobody else. A device has
`CREDIT_S` of it at once, more than a working device spends, and gets it back at `SHARE` of the time that passes;
whoever has spent it waits while another device asks that has spent less. So a whole journal that is handed in at night
takes what it takes, and where a busy machine makes all take long, the lightest waits for nobody.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import Final, TypeVar

CREDIT_S: Final = 0.5
SHARE: Final = 0.1
SPENT_MAX_S: Final = 2 * CREDIT_S  # what is remembered against it, so that nobody waits for long
OTHERS_S: Final = 1.0  # how long another device counts as asking

T = TypeVar("T")
work_s: Final = time.perf_counter
Clock = Callable[[], float]


class Purse:
    """The amount that one device may spend now, and its requests that wait in line."""

    __slots__ = ("_at", "_credit_s", "_line", "asked_at", "busy", "spent")

    def __init__(self, now: float, credit_s: float) -> None:
        self.busy = False  # whether an exchange of the device is at work, or is next
        self.spent = 0.0
        self._line: deque[asyncio.Future[None]] = deque()
        self._credit_s = credit_s
        self._at = self.asked_at = now

    def debt(self, now: float) -> float:
        """The seconds after which the device has credit again; nothing or less while it has."""
        if self.spent:
            self.spent = min(SPENT_MAX_S, max(0.0, self.spent - (now - self._at) * SHARE))
        self._at = now
        return (self.spent - self._credit_s) / SHARE

    def start(self, now: float) -> bool:
        """Begin at once, if none of the device is at work and it has credit."""
        if self.busy or self.debt(now) > 0:
            return False
        self.busy = True
        return True

    async def queue(self) -> None:
        """Wait until those of the device who came before have ended."""
        waiting = asyncio.get_running_loop().create_future()
        self._line.append(waiting)
        try:
            await waiting
        except BaseException:
            if waiting in self._line:
                self._line.remove(waiting)
            elif waiting.done() and not waiting.cancelled():
                self.leave()  # it was its turn already: hand it on
            raise

    async def work(self, steps: Generator[None, None, T]) -> T:
        """Do work slice by slice, let others come in between, and note what it cost."""
        while True:
            began = work_s()
            try:
                next(steps)
            except StopIteration as done:
                made: T = done.value
                return made
            finally:
                self.pay(work_s() - began)
            await asyncio.sleep(0)

    def pay(self, seconds: float) -> None:
        """Note what a part of an exchange cost, on whatever thread."""
        self.spent += seconds

    def leave(self) -> None:
        """End; who is next in line goes on."""
        while self._line:
            waiting = self._line.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
        self.busy = False


class Turns:
    """The turns of one municipality's devices. An exchange that waits for nobody costs one look at the clock."""

    def __init__(self, clock: Clock = time.perf_counter, credit_s: float = CREDIT_S) -> None:
        self.clock = clock
        self._credit_s = credit_s
        self._purses: dict[bytes, Purse] = {}

    def ask(self, device: bytes, now: float) -> Purse:
        """Note that a device asks, and return its purse."""
        purse = self._purses.get(device)
        if purse is None:
            purse = self._purses[device] = Purse(now, self._credit_s)
        purse.asked_at = now
        return purse

    async def wait(self, purse: Purse) -> None:
        """Return when it is the turn of a device that is at work already or has spent its credit; it is busy then."""
        if purse.busy:
            await purse.queue()
        purse.busy = True
        try:
            while (debt := purse.debt(now := self.clock())) > 0 and self._lighter_asks(purse, now):
                await asyncio.sleep(min(debt, OTHERS_S / 4))
        except BaseException:
            purse.leave()
            raise

    def spent(self, device: bytes) -> float:
        """The seconds of work that are held against a device."""
        purse = self._purses.get(device)
        return purse.spent if purse is not None else 0.0

    def _lighter_asks(self, purse: Purse, now: float) -> bool:
        """True if another device asks that has spent less; looked at by those alone who have spent their credit."""
        return any(
            now - other.asked_at < OTHERS_S and other.debt(now) < purse.debt(now)
            for other in self._purses.values()
            if other is not purse
        )
