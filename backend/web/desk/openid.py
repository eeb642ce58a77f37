"""Signing in by the municipality's own sign-in: a link leads to the provider, and the provider leads back here.

It begins with a link and not with a form, because the policy of our pages lets no form end on another site. The way
back comes from another site, so no session is shown on it: a cookie of its own ties it to the browser that began, and
the page that it ends on leads further, from here.
"""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect

from backend.desk.coming_in import SIGN_IN
from backend.desk.joining import InviteOver
from backend.desk.openid.entering import bind, enter, new_number, note_refusal, person_of
from backend.desk.openid.flows import CONFIRM, JOIN, OPEN_MS, new_browser
from backend.desk.openid.provider import ProviderFailed
from backend.desk.openid.signing import Back
from backend.desk.openid.tokens import NotProven
from backend.desk.tries import TooSoon
from backend.errors import status_of
from backend.stores.people import OPENID
from backend.web.address import address_of
from backend.web.desk.guarding import door, page
from backend.web.desk.joining import joins_as
from backend.web.desk.rendering import SEE_OTHER, refused, render, to
from backend.web.desk.seat import Seated, Visiting, Visitor
from backend.web.desk.signing_in import browser_of, next_of, with_session
from backend.web.house import House, house_of

BACK: Final = "/sign-in/openid/back"  # registered at the provider
WEAK: Final = frozenset({"acr", "amr"})  # the one reason that is told: its person can do something about it


@door("/sign-in/openid")
async def begin_sign_in(request: Request[Any, Any, Any], visitor: Visiting) -> Response[Any]:
    """Lead a browser to the provider, to sign in."""
    way = next_of(visitor, request.query_params.get("next", ""))
    if not _from_here(request):
        return to(visitor, f"/sign-in?next={quote(visitor.home + way, safe='/')}")
    return await _begun(request, visitor, SIGN_IN, way)


@page("/confirm/openid", action="account.own")
async def begin_confirm(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Lead a browser to the provider, to show a factor there again."""
    way = next_of(seat, request.query_params.get("next", ""))
    if not _from_here(request) or not seat.bound:
        return to(seat, f"/confirm?next={quote(seat.home + way, safe='/')}")
    return await _begun(request, seat, CONFIRM, way, session=seat.session_row.hash)


@door("/join/{token:str}/openid")
async def begin_join(request: Request[Any, Any, Any], visitor: Visiting, token: FromPath[str]) -> Response[Any]:
    """Lead a browser to the provider, to take up an invitation."""
    house = house_of(request)
    try:
        mark = joins_as(request, visitor)
        _, person, joining = house.joinings.found(house.sessions.control, visitor.town, token, mark)
    except InviteOver as error:
        return refused(visitor, error, status_of(error.code))
    if not _from_here(request) or not joining.may_bind(visitor.town, person):
        return to(visitor, f"/join/{token}")
    return await _begun(request, visitor, JOIN, "/today", invite=token, steps=mark)


def _from_here(request: Request[Any, Any, Any]) -> bool:
    """True if a page of ours led here: another site begins nothing, and shows nobody whose account it is about."""
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


async def _begun(
    request: Request[Any, Any, Any], visitor: Visitor, purpose: str, way: str, **more: Any
) -> Response[Any]:
    house, code = house_of(request), visitor.town.code
    browser = request.cookies.get(_cookie_name(code), "") or new_browser()  # of two windows neither ends the other
    try:
        address = await house.openid.begin(visitor.town, purpose, browser, way, address_of(request.scope), **more)
    except (NotProven, ProviderFailed) as error:
        return await _refusal(visitor, purpose, str(error.facts["failed"]), error.code)
    answer: Response[Any] = Redirect(address, status_code=SEE_OTHER)
    answer.cookies.append(_cookie(code, browser, OPEN_MS // 1000))
    return answer


@door("/sign-in/openid/left")
async def left(request: Request[Any, Any, Any], visitor: Visiting) -> Response[Any]:
    """Say to who signed out here that the provider knows them still, where they can sign out there too."""
    if not await house_of(request).openid.leaving(visitor.town):
        return to(visitor, "/sign-in")
    return render(visitor, "signing_in/left.html")


@door("/sign-in/openid/leave")
async def leave(request: Request[Any, Any, Any], visitor: Visiting) -> Response[Any]:
    """Lead a browser to the provider, to sign out there."""
    address = await house_of(request).openid.leaving(visitor.town)
    if not address or not _from_here(request):
        return to(visitor, "/sign-in")
    return Redirect(address, status_code=SEE_OTHER)


@door(BACK)
async def back(request: Request[Any, Any, Any], visitor: Visiting) -> Response[Any]:
    """Take what the provider says of whom it sent back, and go on with what was begun."""
    house, town, address = house_of(request), visitor.town, address_of(request.scope)
    account, address = f"{town.code}\0{OPENID}\0{address}", f"{town.code} {address}"
    try:
        house.tries.begin(account, address)
    except TooSoon as error:
        return refused(visitor, error, status_of(error.code))
    given = {name: str(value) for name, value in request.query_params.items()}
    try:
        found = await house.openid.back(town, given, request.cookies.get(_cookie_name(town.code), ""))
    except (NotProven, ProviderFailed) as error:
        if house.tries.failed(town.code):
            await town.auditing.note("", "sign-in-flood", None, "", "refused")
        return await _refusal(visitor, SIGN_IN, str(error.facts["failed"]), error.code)
    house.tries.forgive(account, address)
    if found.flow.purpose == CONFIRM:
        return await _confirmed(house, visitor, found)
    return await _in(request, house, visitor, found)


async def _confirmed(house: House, visitor: Visitor, found: Back) -> Response[Any]:
    """Let the session that began this do what cannot be taken back, if it is the same person who came back."""
    town, control = visitor.town, house.sessions.control
    session, person = control.session(found.flow.session), person_of(town, found.proven.subject)
    if session is None or person is None or (session.municipality, session.staff) != (town.code, person.name):
        return await _refusal(visitor, CONFIRM, "other-person", NotProven.code, person.name if person else "")
    await town.auditing.note(person.name, CONFIRM, None, OPENID, "done")
    return _on(visitor, found.flow.way, house.sessions.elevate(session))


async def _in(request: Request[Any, Any, Any], house: House, visitor: Visitor, found: Back) -> Response[Any]:
    town, number, control = visitor.town, new_number(), house.sessions.control
    if found.flow.purpose == JOIN:
        try:
            invite, person, joining = house.joinings.found(control, town, found.flow.invite, found.flow.steps)
        except InviteOver as error:
            return refused(visitor, error, status_of(error.code))
        if not joining.may_bind(town, person) or not control.use_invite(invite.hash, house.clock.now_ms()):
            return refused(visitor, InviteOver(), status_of(InviteOver.code))
        taken = await bind(town, found.connection, person.name, found.proven, number)
        if taken.why:
            return _refused_page(visitor, taken.why, number, NotProven.code)
        control.end_sessions(town.code, person.name)
    entered = await enter(town, found.connection, found.proven, visitor.origin, number)
    if entered.why:
        if entered.name:
            control.end_sessions(town.code, entered.name)
        return _refused_page(visitor, entered.why, number, NotProven.code)
    browser = browser_of(request)
    return _on(
        visitor, found.flow.way,
        house.sessions.begin(town.code, entered.name, OPENID, visitor.origin, browser, elevated=False),
    )  # fmt: skip


def _on(visitor: Visitor, way: str, id_: str) -> Response[Any]:
    """A page that leads on from here: a browser that comes from another site shows no session yet."""
    answer = with_session(render(visitor, "signing_in/on.html", way=visitor.home + way), visitor, id_)
    answer.cookies.append(_cookie(visitor.town.code, "", 0))
    return answer


async def _refusal(visitor: Visitor, act: str, why: str, code: str, name: str = "") -> Response[Any]:
    number = new_number()
    await note_refusal(visitor.town, name, act, why, number)
    return _refused_page(visitor, why, number, code)


def _refused_page(visitor: Visitor, why: str, number: str, code: str) -> Response[Any]:
    """The page of a refusal: its number, and no reason but the one that its person can do something about."""
    kind = "weak" if why in WEAK else "unreachable" if code == ProviderFailed.code else "refused"
    answer = render(visitor, "signing_in/openid_refused.html", status_of(code), kind=kind, number=number)
    answer.cookies.append(_cookie(visitor.town.code, "", 0))
    return answer


def _cookie_name(code: str) -> str:
    return f"__Host-flow-{code}"


def _cookie(code: str, value: str, max_age: int) -> Cookie:
    """The cookie of a sign-in under way: unlike that of a session it comes back from another site."""
    return Cookie(
        key=_cookie_name(code), value=value, path="/", secure=True, httponly=True, samesite="lax", max_age=max_age
    )


ROUTES: Final = (begin_sign_in, begin_confirm, begin_join, left, leave, back)
