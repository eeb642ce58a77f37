"""The state that every route of one app shares."""

from typing import Any, NamedTuple

from litestar import Request

from backend.clock import Clock
from backend.desk.desk import Desk
from backend.desk.passwords import Passwords
from backend.desk.sessions import Sessions
from backend.municipality.registry import Municipalities
from backend.web.limits import Limits
from backend.web.shell import Metrics


class House(NamedTuple):
    """The open municipalities, the time, the limits, the counters, the desk and its sessions, of one server."""

    municipalities: Municipalities
    clock: Clock
    limits: Limits
    metrics: Metrics
    desk: Desk
    sessions: Sessions
    passwords: Passwords


def house_of(request: Request[Any, Any, Any]) -> House:
    """The house that this request came to."""
    house: House = request.app.state.house
    return house
