"""The state that every route of one app shares."""

from typing import Any, NamedTuple

from litestar import Request

from backend.clock import Clock
from backend.municipality.registry import Municipalities
from backend.web.limits import Limits
from backend.web.shell import Metrics


class House(NamedTuple):
    """The open municipalities, the time, the limits and the counters of one server."""

    municipalities: Municipalities
    clock: Clock
    limits: Limits
    metrics: Metrics


def house_of(request: Request[Any, Any, Any]) -> House:
    """The house that this request came to."""
    house: House = request.app.state.house
    return house
