"""The state that every route of one app shares."""

from typing import Any, NamedTuple

from litestar import Request

from backend.clock import Clock
from backend.desk.coming_in import ComingIn
from backend.desk.desk import Desk
from backend.desk.joining import Joinings
from backend.desk.openid.signing import OpenIdSigning
from backend.desk.passkeys import Passkeys
from backend.desk.passwords import Passwords
from backend.desk.server_key import ServerKey
from backend.desk.sessions import Sessions
from backend.desk.tries import Tries
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
    key: ServerKey
    tries: Tries
    coming_in: ComingIn
    joinings: Joinings
    passkeys: Passkeys
    openid: OpenIdSigning


def house_for(municipalities: Municipalities, clock: Clock, desk: Desk | None = None) -> House:
    """The house of one server."""
    passwords, key, at_work = Passwords(), ServerKey(municipalities), desk or Desk(municipalities)
    return House(
        municipalities, clock, Limits(), Metrics(), at_work, Sessions(at_work, clock),
        passwords, key, Tries(clock), ComingIn(clock, passwords, key), Joinings(clock, passwords, key), Passkeys(clock),
        OpenIdSigning(clock, key),
    )  # fmt: skip


def house_of(request: Request[Any, Any, Any]) -> House:
    """The house that this request came to."""
    house: House = request.app.state.house
    return house
