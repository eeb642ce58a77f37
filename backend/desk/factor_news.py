"""Ways to sign in that an account got lately: its person hears of each, whoever made it.

Whoever gets at an account keeps it by a way of their own, and its person would never know. What an account began with
is no news; what came later is told until its person says that they read it, however long they were away, and for
`NEWS_MS` at least: nobody who signs in can take it away sooner.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from backend.municipality.service import Municipality
from backend.stores.people import Factor

NEWS_MS: Final = 14 * 86_400_000
READ: Final = "read-news"
DONE: Final = "done"


class News(NamedTuple):
    """The ways that are new, and if anything of it waits until it is read."""

    ways: list[Factor]
    waits: bool


def news(kept: Iterable[Factor], read_ms: int, now_ms: int) -> News:
    """The ways that are new: the newest first, and of those of one kind that were made together one.

    `read_ms` is when the person said last that they read what there was.
    """
    every = [*kept]
    begun = min((one.made_ms for one in every), default=0)
    later = [one for one in every if begun < one.made_ms]
    fresh = {(one.kind, one.made_ms): one for one in later if now_ms < one.made_ms + NEWS_MS or one.made_ms > read_ms}
    ways = sorted(fresh.values(), key=lambda one: (-one.made_ms, one.kind))
    return News(ways, any(one.made_ms > read_ms for one in ways))


def news_of(town: Municipality, staff: str) -> News:
    """The ways that an account got lately."""
    person = town.people.person(staff)
    read_ms = person.news_read_ms if person is not None else 0
    return news(town.people.factors(staff), read_ms, town.clock.now_ms())


async def read_news(town: Municipality, staff: str) -> None:
    """Note that the person of an account read which ways are new."""

    def work() -> None:
        person = town.people.person(staff)
        if person is not None:
            town.people.keep(msgspec.structs.replace(person, news_read_ms=town.clock.now_ms()))
            town.auditing.write(staff, READ, None, "", DONE)

    await town.submit(work)
