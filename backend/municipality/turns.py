"""Fair turns: a device has one exchange at work at a time, and works no more than its share while others ask too.

What an exchange costs is the time that the server works on it, in which it works for nobody else. A device has
`CREDIT_S` of it at once, more than a working device spends, and gets it back at `SHARE` of the time that passes;
whoever has spent it waits. Nobody waits while no other device asks, so a whole journal that is handed in at night takes
what it takes.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

CREDIT_S: Final = 0.5
SHARE: Final = 0.1
SPENT_MAX_S: Final = 2 * CREDIT_S  # what is remembered against it, so that nobody waits for long
OTHERS_S: Final = 1.0  # how long another device counts as asking

Clock = Callable[[], float]


class Purse:
    """What one device may spend now, and who of it waits in line."""

    __slots__ = ("_at", "_credit_s", "_line", "busy", "spent")

    def __init__(self, now: float, credit_s: float) -> None:
        self.busy = False  # whether an exchange of the device is at work, or is next
        self.spent = 0.0
        self._line: deque[asyncio.Future[None]] = deque()
        self._credit_s = credit_s
        self._at = now

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
        self._latest = b""
        self._latest_at = self._other_at = -OTHERS_S  # when it asked, and when the last one before it did

    def ask(self, device: bytes, now: float) -> Purse:
        """Note that a device asks, and return its purse."""
        if device != self._latest:
            self._latest, self._other_at = device, self._latest_at
        self._latest_at = now
        purse = self._purses.get(device)
        if purse is None:
            purse = self._purses[device] = Purse(now, self._credit_s)
        return purse

    async def wait(self, device: bytes, purse: Purse) -> None:
        """Return when it is the turn of a device that is at work already or has spent its credit; it is busy then."""
        if purse.busy:
            await purse.queue()
        purse.busy = True
        try:
            while (debt := purse.debt(self.clock())) > 0 and self._others_ask(device):
                await asyncio.sleep(min(debt, OTHERS_S / 4))
        except BaseException:
            purse.leave()
            raise

    def spent(self, device: bytes) -> float:
        """The seconds of work that are held against a device."""
        purse = self._purses.get(device)
        return purse.spent if purse is not None else 0.0

    def _others_ask(self, device: bytes) -> bool:
        at = self._other_at if device == self._latest else self._latest_at
        return self.clock() - at < OTHERS_S
