"""The municipality's own: its sign-in (OpenID Connect). An admin connects it, after showing a factor again."""

from collections.abc import Iterable
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.coming_in import ring_seen
from backend.desk.four_eyes import SecondNeeded
from backend.desk.openid.connecting import MAPPED_MAX, ConnectionWrong, Given, connect, disconnect, may_be_emergency
from backend.desk.openid.provider import ProviderFailed
from backend.desk.rights import Role
from backend.errors import status_of
from backend.stores.openid import Connection, Mapped
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.openid import BACK
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.house import house_of

ROWS_FREE: Final = 3  # rows of the table of groups that are there to be filled in
CLAIM: Final = "groups"
WHYS: Final = frozenset({
    "not-json", "issuer", "address", "code-flow", "pkce", "algorithm", "client-secret", "keys", "too-long", "no-answer",
})  # fmt: skip


@page("/house", action="house.change")
async def house_page(seat: Seated) -> Response[str]:
    """The pages of what a municipality has of its own here."""
    return render(seat, "house/house.html", here="house", connected=seat.town.openid.connection() is not None)


@page("/house/sign-in", action="house.change")
async def connection_page(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """The connection with the own sign-in."""
    return _shown(seat, given_of(seat.town.openid.connection(), _redirect(request, seat)))


def given_of(connection: Connection | None, redirect: str) -> Given:
    """A connection as its page shows it, without the secret; an empty one where there is none."""
    if connection is None:
        return Given("", "", "", redirect, (), CLAIM, (), (), "")
    return Given(
        connection.issuer, connection.client, "", connection.redirect, connection.mapped, connection.claim,
        connection.acr, connection.amr, connection.emergency,
    )  # fmt: skip


def _redirect(request: Request[Any, Any, Any], seat: Seat) -> str:
    """The address to which the provider sends a browser back, as this browser finds us."""
    here = request.headers.get("origin", "") or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return f"{here}{seat.home}{BACK}"


def _shown(
    seat: Seat, given: Given, status: int = 200, wrong: tuple[str, ...] = (), why: str = "", *, alone: bool = False
) -> Response[str]:
    rows = [*given.mapped, *[Mapped("", "") for _ in range(ROWS_FREE)]][:MAPPED_MAX]
    return render(
        seat, "house/sign_in.html", status, here="house", given=given, rows=rows, wrong=wrong, why=why, alone=alone,
        connected=seat.town.openid.connection() is not None, roles=[*Role], teams=seat.town.people.teams(),
        emergencies=may_be_emergency(seat.town), elevated=seat.elevated,
    )  # fmt: skip


@act("/house/sign-in", action="house.change", elevated=True)
async def change_connection(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Connect the own sign-in, or change the connection, once its provider answered."""
    form, house = await request.form(), house_of(request)
    given = _given(form)
    try:
        reason = str(form.get("reason", ""))
        done = await connect(seat.town, house.openid.providers, house.key, seat.staff, given, reason)
    except ConnectionWrong as error:
        return _shown(seat, given, status_of(error.code), error.fields)
    except ProviderFailed as error:
        why = str(error.facts["failed"])
        return _shown(seat, given, 422, ("issuer",), why if why in WHYS else "status")
    except SecondNeeded as error:
        return _shown(seat, given, status_of(error.code), alone=True)
    if done is None:
        return to(seat, "/proposals")
    end_others(request, seat, done)
    return to(seat, "/house/sign-in")


def end_others(request: Request[Any, Any, Any], seat: Seat, names: Iterable[str]) -> None:
    """End the sessions of these accounts, but the one at which it was decided."""
    for name in names:
        house_of(request).sessions.control.end_sessions(seat.town.code, name, but=seat.session_row.hash)


def _given(form: Any) -> Given:
    def text(name: str) -> str:
        return str(form.get(name, "")).strip()

    every = (Mapped(text(f"group-{at}"), text(f"role-{at}"), text(f"team-{at}")) for at in range(MAPPED_MAX + 1))
    return Given(
        text("issuer"), text("client"), text("secret"), text("redirect"), tuple(one for one in every if one.group),
        text("claim"), tuple(text("acr").split()), tuple(text("amr").split()), text("emergency"),
    )  # fmt: skip


@act("/house/sign-in/remove", action="house.change", elevated=True)
async def remove_connection(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """End the connection with the own sign-in, and every other session that came in by it."""
    end_others(request, seat, await disconnect(seat.town, seat.staff))
    return to(seat, "/house/sign-in")


@act("/rings/{ring:str}/seen", action="people.read")
async def see_ring(seat: Seated, ring: FromPath[str]) -> Response[Any]:
    """Note that somebody else than its person saw a use of the emergency account."""
    if not await ring_seen(seat.town, seat.staff, ring):
        raise Gone
    return to(seat, "/today")


ROUTES: Final = (house_page, connection_page, change_connection, remove_connection, see_ring)
