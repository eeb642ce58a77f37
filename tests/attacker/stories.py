"""The collection of stories, each under the rules that it needs."""

from collections.abc import Callable
from typing import Final, NamedTuple

from tests.attacker.town import Town


class Story(NamedTuple):
    """One attack from beginning to end, and the rules without which it succeeds."""

    name: str
    rules: tuple[str, ...]
    play: Callable[[Town], None]


STORIES: Final[dict[str, Story]] = {}


def story(*rules: str) -> Callable[[Callable[[Town], None]], Callable[[Town], None]]:
    """Add a story to the collection."""

    def add(play: Callable[[Town], None]) -> Callable[[Town], None]:
        name = play.__name__
        assert name not in STORIES, name
        STORIES[name] = Story(name, rules, play)
        return play

    return add
