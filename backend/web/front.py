"""The front of a server of several processes: one address, and each request goes to the process that owns it.

It bounds connections, times and bodies as one process alone would (`connection.py`, `shell.py`), draws the pages for
operators from what all processes count, and opens nothing: it has no key and no store.
"""

from collections.abc import Sequence
from copy import copy
from functools import cache
from itertools import cycle

import structlog
from litestar import Litestar
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.clock import Clock
from backend.municipality.shares import ProcessAway, Shares
from backend.web import pages
from backend.web.carrying import Road
from backend.web.forwarding import municipality_of, refuse
from backend.web.problems import handle
from backend.web.shell import Metrics, Shell
from backend.web.tallies import OWN, Gathered


class Front:
    """Carries requests to their processes; the pages for operators are its own."""

    def __init__(self, own: ASGIApp, shares: Shares, roads: Sequence[Road], clock: Clock) -> None:
        self._own = own
        self._shares = shares
        self._roads = roads
        self._any = cycle(roads)  # what belongs to no municipality is the same everywhere
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope["path"]
        if scope["type"] != ScopeType.HTTP or path in pages.PAGES or path.startswith(OWN):
            await self._own(scope, receive, send)
            return
        code = municipality_of(path)
        road = next(self._any) if code is None else self._roads[self._shares.owner(code) - 1]
        try:
            await road(scope, receive, send)
        except (ProcessAway, HTTPException) as error:
            if isinstance(error, ProcessAway):
                structlog.get_logger("veldpost").warning("process-away", municipality=code)
            await refuse(scope, send, error, self._clock)


def create_front(shares: Shares, roads: Sequence[Road], clock: Clock) -> Litestar:
    """The app of the front over the ways to all processes, in the order of their numbers."""
    metrics = Metrics()
    app = copy(_routed())
    app.state = State({"counted": Gathered(roads, clock, metrics), "house": _Timed(clock)})
    app.asgi_handler = Shell(Front(pages.HeadOfPages(app.asgi_handler), shares, roads, clock), metrics)
    return app


class _Timed:
    """The clock, where the handler of refusals looks for it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock


@cache
def _routed() -> Litestar:
    return Litestar(
        route_handlers=[*pages.ROUTES], exception_handlers={Exception: handle}, logging_config=None, openapi_config=None
    )
