"""The way through every page of the desk: what the table of routes has, each found by a link as a person finds it."""

import re
from collections.abc import Iterator
from typing import Any, Final

from backend.desk.rights import Role
from backend.web.desk.guarding import CODE, DOOR
from backend.web.desk.router import ROUTES
from tests.journeys.desk.street import Chair

PICTURES: Final = (  # pages that are no pages
    "/record/{record:str}/files/{file:str}",
    "/reason/{reading:str}/files/{file:str}",
    "/forms/{form:str}/versions/{version:int}/document",
    "/forms/{form:str}/versions/{version:int}/preview",
    "/forms/drafts/{draft:str}/preview",
    "/forms/waiting/{form:str}/preview",
    "/lists/{name:str}/table",
    "/here", "/sign-in/openid", "/sign-in/openid/back", "/confirm/openid", "/join/{token:str}/openid", "/logo",
    "/exports/{job:str}/file", "/exports/{job:str}/progress",
    "/sign-in/openid/left", "/sign-in/openid/leave",  # without a connection they lead to the door
)  # fmt: skip
ROLES: Final = (
    Role.LEAD,
    Role.ADMIN,
    Role.SIGNALS,
    Role.PRIVACY,
    Role.SECURITY,
    Role.MAKER,
    Role.REVIEWER,
    Role.OPERATOR,
)
FIRST: Final = {  # the link that is followed where there are several: what shows most
    "/records/{form:str}": "/records/huisbezoek",
    "/exports/new/{form:str}": "/exports/new/huisbezoek",
}

FOUND_ON: Final = {  # the page whose links lead to it: another one would lead to a record in which nothing stands
    "/record/{record:str}": "/records/{form:str}",
}


def patterns() -> dict[str, tuple[str, ...]]:
    """The pages of the desk, below a municipality's, with the actions of each."""
    found = {}
    for handler in ROUTES:
        for path in handler.paths if "GET" in handler.http_methods else ():
            below = path.removeprefix(CODE) or "/"
            if below not in (*PICTURES, "/"):
                found[below] = handler.opt["action"]
    return dict(sorted(found.items()))


def _fits(pattern: str, path: str) -> bool:
    return (
        re.fullmatch(re.sub(r"\{\w+:\w+\}", "[^/?]+", re.escape(pattern).replace("\\{", "{").replace("\\}", "}")), path)
        is not None
    )


def name_of(pattern: str) -> str:
    """The name of a page's picture."""
    return re.sub(r"[^a-z]+", "-", re.sub(r"\{(\w+):\w+\}", r"one-\1", pattern)).strip("-")


def doors() -> list[str]:
    """The pages that are there before anybody signed in, and name nothing."""
    return [pattern for pattern, actions in patterns().items() if actions == (DOOR,) and "{" not in pattern]


def walked(chair: Chair, visited: set[str]) -> Iterator[tuple[str, Any]]:
    """Open every page that the person finds and nobody visited; yields (pattern, page) while each is shown.

    One that somebody visited is opened once more where it may lead this person to a page that nobody found yet.
    """
    wanted = [pattern for pattern, actions in patterns().items() if actions != (DOOR,)]
    plain = [pattern for pattern in wanted if "{" not in pattern]
    waiting = [(pattern, pattern) for pattern in plain]
    while waiting:
        pattern, path = waiting.pop(0)
        leads_on = any(one.startswith(f"{pattern}/{{") and one not in visited for one in wanted)
        if (pattern in visited and not leads_on) or chair.open(path) != 200:
            continue
        if pattern not in visited:
            visited.add(pattern)
            yield pattern, chair.page
        links = chair.links()
        for other in wanted:
            fitting = [
                link for link in links if _fits(other, link.partition("?")[0]) and link.partition("?")[0] not in plain
            ]  # a list beside a pattern of its ids, such as /conflicts/settled, is no page of that pattern
            if fitting and other not in visited and "{" in other and FOUND_ON.get(other, pattern) == pattern:
                named = FIRST.get(other)
                waiting.append((other, named if named in fitting else fitting[0]))
