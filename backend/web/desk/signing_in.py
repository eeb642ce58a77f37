"""The door of a municipality's desk: the sign-in page, showing a factor again, and the way out."""

import re
from contextlib import suppress
from typing import Any, Final, Literal

from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie

from backend.desk import secret_shapes
from backend.desk.coming_in import Shown
from backend.desk.sessions import Token, csrf_of, mark_of
from backend.desk.tries import TooSoon
from backend.desk.typed import ASKED, ENDED, keep
from backend.errors import MunicipalityLocked
from backend.sentences import library
from backend.stores.people import PASSKEY
from backend.web.address import address_of
from backend.web.desk.guarding import act, cookie_name, door, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated, Visiting, Visitor
from backend.web.desk.typed import NOTHING, SEALED, Typed, kept_in, opened, sealed
from backend.web.house import House, house_of
from backend.web.pages import CHOSEN
from crypto.primitives import equal, random_bytes

NAME_MAX: Final = 60
KNOWN_S: Final = 180 * 86_400  # so long a browser is known from which somebody signed in
_WAY: Final = re.compile(r"(/[A-Za-z0-9_.~-]+)*")  # of a path below the municipality's: no host, query or sign else
_JOIN: Final = re.compile(r"/join/[0-9a-f]+")  # the door of an invitation
WAY_MAX: Final = 200
ELEVATE: Final = "confirm"  # the act of showing a factor again


def next_of(visitor: Visitor, given: str) -> str:
    """The path below this municipality's desk to which a sign-in leads; anything else leads to its beginning."""
    rest = given.removeprefix(visitor.home)
    if rest == given or len(given) > WAY_MAX or not _WAY.fullmatch(rest) or ".." in rest or rest.startswith("/sign-"):
        return "/today"
    return rest or "/today"


@door("/sign-in")
async def sign_in_page(request: Request[Any, Any, Any], visitor: Visiting) -> Response[str]:
    """The page on which a person signs in."""
    way = next_of(visitor, request.query_params.get("next", ""))
    return at_the_door(request, visitor, way, "")


@door("/sign-in", posted=True)
async def sign_in(request: Request[Any, Any, Any], visitor: Visiting) -> Response[Any]:
    """Sign a person in who shows a password and a code, in a session that is new."""
    form = await request.form()
    given = Shown(*(str(form.get(name, "")) for name in ("name", "password", "code")))
    given = given._replace(name=given.name.strip()[:NAME_MAX])
    way, house, carried = next_of(visitor, str(form.get("next", ""))), house_of(request), str(form.get(SEALED, ""))
    try:
        how = await tried(request, house, visitor, given)
    except TooSoon as error:
        return at_the_door(request, visitor, way, given.name, 429, error.facts["seconds"], carried=carried)
    if not how:
        return at_the_door(request, visitor, way, given.name, 403, carried=carried, shape=_shape(given))
    id_ = house.sessions.begin(visitor.town.code, given.name, how, visitor.origin, browser_of(request))
    back = await given_back(house, visitor, opened(house.key, visitor.town.code, carried, given.name), id_, given.name)
    answer = with_session(back or to(visitor, way), visitor, id_)
    known = _known(house, visitor, given.name, random_bytes(16).hex())
    answer.cookies.append(own_cookie(_known_name(visitor), known, KNOWN_S))
    return answer


@door("/sign-in/passkey", posted=True)
async def sign_in_by_passkey(request: Request[Any, Any, Any], visitor: Visiting) -> Response[Any]:
    """Sign a person in whose device answers the challenge of the page."""
    form, house, town = await request.form(), house_of(request), visitor.town
    way, account = next_of(visitor, str(form.get("next", ""))), f"{town.code}\0\0{address_of(request.scope)}"
    address, carried = f"{town.code} {address_of(request.scope)}", str(form.get(SEALED, ""))
    try:
        house.tries.begin(account, address)
    except TooSoon as error:
        return at_the_door(request, visitor, way, "", 429, error.facts["seconds"], carried=carried)
    name = await house.passkeys.shown(host_of(request), town, str(form.get("answer", "")), visitor.origin)
    if not name:
        return at_the_door(request, visitor, way, "", 403, carried=carried)
    house.tries.forgive(account, address)
    id_ = house.sessions.begin(town.code, name, PASSKEY, visitor.origin, browser_of(request))
    back = await given_back(house, visitor, opened(house.key, town.code, carried, name), id_, name)
    return with_session(back or to(visitor, way), visitor, id_)


def host_of(request: Request[Any, Any, Any]) -> str:
    """The host that a browser asked for, with its port."""
    return str(request.headers.get("host", ""))


def at_the_door(
    request: Request[Any, Any, Any], visitor: Visitor, way: str, name: str, status: int = 200, seconds: int = 0,
    kept: Typed = NOTHING, carried: str = "", shape: str = "",
) -> Response[str]:  # fmt: skip
    """The page on which a person signs in. It carries what they had typed when their session was over (`kept`), sealed:
    whoever signs in next may be another, and gets none of it.

    It is shown only where it cannot be carried: of nobody known, or to a municipality's own sign-in.
    """
    house, openid = house_of(request), visitor.town.openid.connection() is not None
    passkey = house.passkeys.to_show(host_of(request), visitor.town.code)
    facts = {"next": visitor.home + way, "name": name, "failed": status == 403, "seconds": seconds, "passkey": passkey}
    carried = carried or sealed(house.key, visitor.town.code, kept)
    facts |= {"kept": kept if openid or not carried else NOTHING, "carried": carried, "openid": openid, "shape": shape}
    return render(visitor, "signing_in/sign_in.html", status, **facts)


async def tried(
    request: Request[Any, Any, Any], house: House, visitor: Visitor, given: Shown, act: str = "sign-in"
) -> str:
    """The factors by which somebody showed who they are, or nothing; one that comes too soon is not looked at."""
    town, address = visitor.town, address_of(request.scope)
    nonce = request.cookies.get(_known_name(visitor), "").partition(".")[0]
    shown = request.cookies.get(_known_name(visitor), "")
    known = nonce if equal(_known(house, visitor, given.name, nonce).encode(), shown.encode()) else ""
    account = f"{town.code}\0{given.name.casefold()}\0{known}"
    house.tries.begin(account, f"{town.code} {address}")
    how = await house.coming_in.shown(town, given, visitor.origin, act)
    if how:
        house.tries.forgive(account, f"{town.code} {address}")
    elif house.tries.failed(town.code):
        await town.auditing.note("", "sign-in-flood", None, "", "refused")
    return how


def _shape(given: Shown) -> str:
    """The code of the sentence that says where a code belongs that looks as if it stood in the wrong field."""
    return secret_shapes.at_the_door(given.password, given.code)


def browser_of(request: Request[Any, Any, Any]) -> str:
    """The name that a browser gives itself."""
    return str(request.headers.get("user-agent", ""))


@door("/language", posted=True)
async def choose_language(request: Request[Any, Any, Any], visitor: Visiting) -> Response[Any]:
    """Keep the language that somebody chose at the door, in a cookie of this browser, and lead back to that door."""
    form = await request.form()
    way, language = str(form.get("at", "")).removeprefix(visitor.home), str(form.get("language", ""))
    next_ = next_of(visitor, str(form.get("next", "")))
    signs_in = "/sign-in" if next_ == "/today" else f"/sign-in?next={visitor.home}{next_}"
    answer = to(visitor, way if len(way) < WAY_MAX and _JOIN.fullmatch(way) else signs_in)
    if language in library().languages:
        answer.cookies.append(own_cookie(CHOSEN, language, KNOWN_S, "lax"))  # an invitation's link comes from a mail
    return answer


@page("/confirm", action="account.own")
async def confirm_page(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """The page on which a person shows again who they are, before what cannot be taken back."""
    way = next_of(seat, request.query_params.get("next", ""))
    facts: dict[str, Any] = {"next": seat.home + way, "failed": False, "seconds": 0, "why": None, "shape": ""}
    return render(seat, "signing_in/confirm.html", kept=NOTHING, **facts)


@act("/confirm", action="account.own")
async def confirm(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Let a person who shows a password and a code do what cannot be taken back, for five minutes.

    What they had typed when they were asked comes back in a form, to send it again.
    """
    form = await request.form()
    given = Shown(seat.staff, str(form.get("password", "")), str(form.get("code", "")))
    way, house, kept = next_of(seat, str(form.get("next", ""))), house_of(request), kept_in(form)
    facts: dict[str, Any] = {"next": seat.home + way, "failed": True, "seconds": 0, "why": None, "kept": kept}
    facts["shape"] = _shape(given)
    try:
        how = await tried(request, house, seat, given, ELEVATE)
    except TooSoon as error:
        return render(seat, "signing_in/confirm.html", 429, **facts | {"seconds": error.facts["seconds"]})
    if not how:
        return render(seat, "signing_in/confirm.html", 403, **facts)
    id_ = house.sessions.elevate(seat.session_row)
    return with_session(await given_back(house, seat, kept, id_, seat.staff, ASKED) or to(seat, way), seat, id_)


async def given_back(
    house: House, visitor: Visitor, kept: Typed, id_: str, staff: str, why: str = ENDED
) -> Response[Any] | None:
    """The page that holds what was typed before, to send it in the session that is new; nothing where there is none.

    It is kept for that person as well, until they send it on or throw it away: whoever goes elsewhere first finds it
    under Today. Without the keys, or where it is more than a page, it is in this page alone.
    """
    path = kept.path.removeprefix(visitor.home)
    if path == kept.path or len(kept.path) > WAY_MAX or not _WAY.fullmatch(path) or ".." in path:
        return None
    own = ""
    with suppress(MunicipalityLocked):
        own = await keep(visitor.town, staff, kept.path, "", kept.fields, why)
    target = f"{visitor.home}/typed/{own}" if own else kept.path
    csrf = str(Token(csrf_of(id_), mark_of(house.key, visitor.town.code, staff)))
    return render(visitor, "signing_in/again.html", kept=kept, csrf=csrf, target=target, own=own)


@page("/here", action="account.own")
async def here(seat: Seated) -> Response[str]:
    """Say that somebody is still there, and how many milliseconds their session has left from now on."""
    return Response(str(seat.left_ms), media_type=MediaType.TEXT)


@act("/sign-out", action="account.own", leaves=True)
async def sign_out(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """End this session."""
    house_of(request).sessions.control.end_session(seat.session_row.hash)
    await seat.note("sign-out")
    return signed_out(seat)


LEFT: Final = "/sign-in/openid/left"  # where who came in by the own sign-in hears that it knows them still


def signed_out(seat: Seat) -> Response[Any]:
    """Lead to the door, and take the session away from the browser with all that it kept."""
    answer = with_session(to(seat, LEFT if seat.bound else "/sign-in"), seat, "")
    answer.set_header("Clear-Site-Data", '"cache"')
    return answer


def with_session(answer: Response[Any], visitor: Visitor, id_: str) -> Response[Any]:
    """An answer that gives a browser the id of its session, or takes it away."""
    answer.cookies.append(own_cookie(cookie_name(visitor.town.code), id_, None if id_ else 0))
    return answer


def own_cookie(name: str, value: str, max_age: int | None, site: Literal["strict", "lax"] = "strict") -> Cookie:
    """A cookie that no script reads and no other site sends."""
    return Cookie(key=name, value=value, path="/", secure=True, httponly=True, samesite=site, max_age=max_age)


def _known_name(visitor: Visitor) -> str:
    return f"__Host-known-{visitor.town.code}"


def _known(house: House, visitor: Visitor, name: str, nonce: str) -> str:
    """The mark of a browser from which an account was signed in before; a stranger cannot make one."""
    return f"{nonce}.{house.key.mark('browser', visitor.town.code, name.casefold(), nonce)}"


ROUTES: Final = (sign_in_page, sign_in, sign_in_by_passkey, choose_language, confirm_page, confirm, here, sign_out)
