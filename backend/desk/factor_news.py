"""Ways to sign in that an account got lately: its person hears of each, whoever made it.

Whoever gets at an account keeps it by a way of their own, and its person would never know. What an account began with
is no news; what came later is told for `NEWS_MS`, and nobody who signs in can take that away sooner.
"""

from collections.abc import Iterable
from typing import Final

from backend.stores.people import Factor

NEWS_MS: Final = 14 * 86_400_000


def news(kept: Iterable[Factor], now_ms: int) -> list[Factor]:
    """The ways that are new: the newest first, and of those of one kind that were made together one."""
    every = [*kept]
    begun = min((one.made_ms for one in every), default=0)
    fresh = {(one.kind, one.made_ms): one for one in every if begun < one.made_ms and now_ms < one.made_ms + NEWS_MS}
    return sorted(fresh.values(), key=lambda one: (-one.made_ms, one.kind))
