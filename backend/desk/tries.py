"""Tries to sign in, slowed and never ended: after five wrong ones an account answers after 1, 2, 4 … 60 seconds.

Tries are counted before anything is compared, so that many at once gain nothing. A browser from which the account was
signed in before is counted apart: a stranger who guesses at a name slows strangers, not its person.
"""

from typing import ClassVar, Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from backend.clock import Clock
from backend.errors import BackendError

FREE: Final = 5  # wrong tries of an account in `WINDOW_MS` that cost nothing
WINDOW_MS: Final = 15 * 60_000
WAIT_S_MAX: Final = 60
ADDRESS: Final = RateLimitItemPerMinute(30, 15)  # tries of one address that failed
MUNICIPALITY: Final = RateLimitItemPerMinute(200, 15)  # beyond it the log says that somebody guesses on a large scale
ACCOUNTS_MAX: Final = 10_000  # names that are counted at once; strangers may type any


class TooSoon(BackendError):
    """A try that came before its time; it is not looked at."""

    code: ClassVar[str] = "desk-too-soon"


class Tries:
    """The tries of one server."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of: dict[str, list[int]] = {}
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def begin(self, account: str, address: str) -> None:
        """Count a try as a wrong one until it is `forgiven`, or refuse it: `TooSoon`."""
        now_ms = self._clock.now_ms()
        if not self._limiter.test(ADDRESS, address):
            raise TooSoon(seconds=WAIT_S_MAX)
        tries = [at for at in self._of.get(account, ()) if 0 <= now_ms - at < WINDOW_MS]
        if len(tries) >= FREE:
            wait_ms = 1000 * min(WAIT_S_MAX, 1 << min(len(tries) - FREE, 10))
            left_ms = tries[-1] + wait_ms - now_ms
            if left_ms > 0:
                raise TooSoon(seconds=-(-left_ms // 1000))
        if account not in self._of and len(self._of) >= ACCOUNTS_MAX:
            self._of.pop(next(iter(self._of)))
        self._of[account] = [*tries, now_ms]
        self._limiter.hit(ADDRESS, address)

    def forgive(self, account: str, address: str) -> None:
        """The try was right: nothing is counted against its account any more."""
        self._of.pop(account, None)
        self._limiter.clear(ADDRESS, address)

    def failed(self, municipality: str) -> bool:
        """Count a wrong try of a municipality; True at the one with which it is a flood, once a window."""
        if self._limiter.hit(MUNICIPALITY, municipality):
            return False
        return self._limiter.hit(RateLimitItemPerMinute(1, 15), "rung", municipality)
