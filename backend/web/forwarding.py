"""Carries a request for a municipality that another server has to that server, once, and its answer back.

A proxy need not know who has what, and a device whose request comes to the wrong server notices nothing. Where the
other server does not answer, `node-away` says so with a Retry-After: within that time its lease has ended and another
one has the municipality. Every request of a device is safe to repeat (sync/SPEC.md 6). A person's password is in what
is carried: to an address that bears no mark of one of these servers nothing is (`stores/node_marks.py`,
`node-unknown`), and between servers their network is trusted, as between a proxy and a server.
"""

import re
from typing import Any, ClassVar, Final, Protocol

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.clock import Clock
from backend.errors import BackendError
from backend.municipality.shares import ProcessAway
from backend.web.carrying import CARRIED, RoadToNode
from backend.web.desk.rendering import bare
from backend.web.problems import language_of, refusal, refusal_headers
from backend.web.shell import DESK

OF_A_MUNICIPALITY: Final = re.compile(r"/(?:api/v1|m)/([^/]{1,40})(?:/.*)?|/field/theme/([^/]{1,40})\.css", re.DOTALL)
PAGE: Final = b"text/html"  # for which a browser asks, and no device
HTML: Final = "text/html;charset=utf-8"


class NodeAway(BackendError):
    """The server that has a municipality does not answer."""

    code: ClassVar[str] = "node-away"


class Towns(Protocol):
    """The municipalities, as far as this asks."""

    @property
    def clock(self) -> Clock: ...

    def address_of(self, code: str) -> str: ...


class Forwarding:
    """Stands before the app; what this server has, or nobody, goes behind."""

    def __init__(self, behind: ASGIApp, towns: Towns) -> None:
        self._behind = behind
        self._towns = towns
        self._roads: dict[str, RoadToNode] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        code = municipality_of(scope["path"]) if scope["type"] == ScopeType.HTTP else None
        address = self._towns.address_of(code) if code is not None else ""
        if not address or any(name == CARRIED for name, _ in scope["headers"]):
            await self._behind(scope, receive, send)
            return
        road = self._roads.setdefault(address, RoadToNode(address))
        asked: Any = scope
        try:
            await road(asked, receive, send)
        except ProcessAway:
            structlog.get_logger("veldpost").warning("node-away", municipality=code, node=address)
            await refuse(scope, send, NodeAway(), self._towns.clock)


def municipality_of(path: str) -> str | None:
    """The municipality that a path belongs to, if it belongs to one."""
    found = OF_A_MUNICIPALITY.fullmatch(path)
    return found[1] or found[2] if found is not None else None


async def refuse(scope: Scope, send: Send, error: Exception, clock: Clock) -> None:
    """Answer with an error: a page where a browser asks for one of a desk, else as devices read it."""
    language = language_of(scope)
    status, body = refusal(error, clock.now_ms(), language)
    named = refusal_headers(status, language, error)
    asked = dict(scope["headers"]).get(b"accept", b"")
    if isinstance(error, BackendError) and scope["path"].startswith(DESK) and PAGE in asked:
        named["Content-Type"] = HTML
        body = bare(language, error, status).content.encode()
    headers = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    start: Any = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})
