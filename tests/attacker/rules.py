"""The table of rules, each with the change of the product that removes it and the stories that notice.

A rule that no story notices is not held by the suite. The rows are in `rules_of_access.py`, `rules_of_records.py` and
`rules_of_keeping.py`, by their subject.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from pytest import MonkeyPatch

from tests.attacker.stories import STORIES


class Rule(NamedTuple):
    """A rule, how it is removed, and the stories that must go red without it."""

    name: str
    remove: Callable[[MonkeyPatch], None]
    noticed_by: tuple[str, ...]


RULES: Final[list[Rule]] = []


def rule(name: str, *noticed_by: str) -> Callable[[Callable[[MonkeyPatch], None]], Callable[[MonkeyPatch], None]]:
    """Add a rule to the table."""

    def add(remove: Callable[[MonkeyPatch], None]) -> Callable[[MonkeyPatch], None]:
        assert name not in {one.name for one in RULES}, name
        RULES.append(Rule(name, remove, noticed_by))
        return remove

    return add


def unknown_stories() -> set[str]:
    """The stories that the table names and nobody tells."""
    return {name for one in RULES for name in one.noticed_by} - STORIES.keys()


def always(value: Any) -> Callable[..., Any]:
    """Stands in for a rule that is asked: it answers the same whatever is asked."""
    return lambda *_args, **_more: value
