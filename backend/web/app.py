"""The Litestar app: routes, one handler for refusals, one layer around it all."""

from copy import copy
from functools import cache

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from backend.clock import Clock
from backend.desk.desk import Desk
from backend.errors import ROOM_ERRORS
from backend.municipality.registry import Municipalities
from backend.web import attachments, devices, pages
from backend.web.desk.look import Sheets, look
from backend.web.desk.refusals import desk_or
from backend.web.desk.router import paths, router
from backend.web.field import FieldApp, Themes
from backend.web.forwarding import Forwarding
from backend.web.house import house_for
from backend.web.problems import handle
from backend.web.shell import API_VERSION, REQUEST_BYTES_MAX, Shell
from backend.web.shortcut import Shortcut
from backend.web.tallies import OwnCounts, TallyDoor


def create_app(
    municipalities: Municipalities, clock: Clock, desk: Desk | None = None, *, one_of_several: bool = False
) -> Litestar:
    """The app over some open municipalities, and the desk at which their staff work.

    One of several processes of a server answers the front's own questions too, and nobody else reaches it.
    """
    house = house_for(municipalities, clock, desk)
    app = copy(routed())
    counts = OwnCounts(house)
    app.state = State({"house": house, "counted": counts, "desk_paths": paths()})
    # around everything: what no route answers is answered in kind
    own = FieldApp(Sheets(Shortcut(app.asgi_handler, house), look().files), _themes(municipalities))
    app.asgi_handler = Shell(pages.HeadOfPages(Forwarding(own, municipalities)), house.metrics)
    if one_of_several:
        app.asgi_handler = TallyDoor(app.asgi_handler, counts)
    return app


@cache
def routed() -> Litestar:
    """Every route, before a house stands behind it: seven eighths of the making of an app, and the same for all."""
    return Litestar(
        route_handlers=[
            Router("/api/v1", route_handlers=[*devices.ROUTES, attachments.router()]),
            router(),
            *pages.ROUTES,
        ],
        exception_handlers={Exception: desk_or(handle)},
        logging_config=None,  # ours is in backend/serve.py; the framework's starts a thread
        request_max_body_size=REQUEST_BYTES_MAX,
        openapi_config=OpenAPIConfig(
            title="Veldpost",
            version=API_VERSION,
            path="/api/v1",
            use_handler_docstrings=True,
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
    )


def _themes(municipalities: Municipalities) -> Themes:
    """The style sheets of the municipalities, for whoever names one: a theme is no secret."""

    def css(code: str) -> str | None:
        try:
            return municipalities.get(code).theme.css()
        except ROOM_ERRORS:
            return None

    return css
