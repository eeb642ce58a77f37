"""The collection of stories: each is one attack from beginning to end."""

from collections.abc import Callable
from typing import Final

from tests.attacker.town import Town

Story = Callable[[Town], None]

STORIES: Final[dict[str, Story]] = {}


def story(play: Story) -> Story:
    """Add a story to the collection."""
    name = play.__name__
    assert name not in STORIES, name
    STORIES[name] = play
    return play
