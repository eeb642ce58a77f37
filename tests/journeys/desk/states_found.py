"""The states of pages that were found: each outline of a page once, as the bytes that a browser got."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Template

from tests.desk_pages.walker import route_of

REFUSED: Final = "refused"
TEMPLATES: Final = Path(__file__).parents[3] / "backend" / "web" / "templates" / "desk"


class State(NamedTuple):
    """A page in a state: the pattern of its route, what is special, its address, its text, and the policy it had."""

    pattern: str
    name: str
    address: str
    text: str
    policy: str


def is_page(answer: Any) -> bool:
    """True for what a browser shows as a page."""
    return str(answer.headers.get("content-type", "")).startswith("text/html") and "<main" in answer.text


def outline(text: str) -> str:
    """What a page is made of, without its words: two pages of one outline have the same faults."""
    return " ".join(sorted({*re.findall(r"<[a-z0-9]+(?: class=\"[^\"]*\")?", text)}))


class States:
    """The states that were found, each outline of a page once."""

    def __init__(self, *, whole: bool = True) -> None:
        self.whole = whole
        self.found: list[State] = []
        self._seen: set[str] = set()

    def add(self, name: str, address: str, answer: Any, home: str, *, each: bool = False) -> None:
        """Keep a state, unless there was one of the same outline; with `each`, where all are wanted, of the name too.

        For what another one does not have: a longer sentence at the same place, say.
        """
        pattern = route_of(address.partition("?")[0].removeprefix(home))
        key = f"{name.split()[0]} {'' if name.startswith(REFUSED) else pattern} {outline(answer.text)}"
        if each and self.whole:
            key = f"{name} {key}"
        if is_page(answer) and key not in self._seen:
            self._seen.add(key)
            self.found.append(State(pattern, name, address, answer.text, answer.headers["content-security-policy"]))


def page_templates() -> set[str]:
    """The templates of which each is a page, and no part of one."""
    found = {path: path.read_text() for path in TEMPLATES.rglob("*.html")}
    frames = {re.findall(r'{% extends "([^"]+)"', text)[0] for text in found.values() if "{% extends" in text}
    names = {str(path.relative_to(TEMPLATES)) for path, text in found.items() if "{% extends" in text}
    return names - frames


@contextmanager
def rendered() -> Iterator[dict[str, None]]:
    """The names of the templates of which a page is made meanwhile, the latest last."""
    found: dict[str, None] = {}
    plain = Template.render

    def noting(self: Template, *args: Any, **more: Any) -> str:
        found.pop(self.name or "", None)
        found[self.name or ""] = None
        return plain(self, *args, **more)

    Template.render = noting  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Template.render = plain  # type: ignore[method-assign]
