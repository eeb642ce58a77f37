"""Rate limits, in memory: enough against guessing, nothing that a working device ever meets."""

from collections import Counter
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from backend.web.problems import TooManyRequests

ENROLMENTS: Final = RateLimitItemPerMinute(60)  # an office that enrols a whole team from one address
HAND_INS: Final = RateLimitItemPerMinute(240)  # from one address: a journal of years at one go, 500 entries each
FAILURES: Final = RateLimitItemPerMinute(300)  # signatures that do not fit, from one address
EXCHANGES_PER_MINUTE: Final = 6_000  # a device that hands in a month after a restore; above it a loop gone wild


class Limits:
    """The counters of one server."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._minute = 0
        self._exchanges: Counter[bytes] = Counter()

    def enrolment(self, address: str) -> None:
        """Count an enrolment from an address."""
        self._hit(ENROLMENTS, "enrol", address)

    def hand_in(self, address: str) -> None:
        """Count a hand-in from an address."""
        self._hit(HAND_INS, "hand-in", address)

    def failed(self, address: str) -> None:
        """Count a signature that did not fit."""
        self._hit(FAILURES, "failed", address)

    def exchange(self, device: bytes, now_ms: int) -> None:
        """Count an exchange of a device; on the way of every answer, so a counter and nothing more."""
        minute = now_ms // 60_000
        if minute != self._minute:
            self._minute = minute
            self._exchanges.clear()
        self._exchanges[device] += 1
        if self._exchanges[device] > EXCHANGES_PER_MINUTE:
            raise TooManyRequests

    def _hit(self, item: RateLimitItemPerMinute, *names: str) -> None:
        if not self._limiter.hit(item, *names):
            raise TooManyRequests
