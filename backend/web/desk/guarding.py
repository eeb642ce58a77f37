"""The guard before every page and act of the desk: municipality, session, right, origin and token, in this order.

Each route names its action (`page`, `act`); one without does not start. Before a session there are only doors (`door`):
the sign-in page and what leads to it. What a person may not see is not there: a route that names something answers as
if there were no such thing, and one that names nothing says which roles have it.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, ClassVar, Final
from urllib.parse import quote

from litestar import MediaType, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from backend.desk.rights import ACTIONS, roles_with
from backend.desk.sessions import Token, csrf_of, mark_of
from backend.desk.typed import keep
from backend.errors import BackendError, MunicipalityLocked, MunicipalityUnknown
from backend.sentences import words
from backend.stores.people import ACTIVE
from backend.stores.rows import ORIGIN
from backend.web.address import address_of
from backend.web.desk.seat import REFUSED, Seat, Visitor
from backend.web.desk.typed import typed_of
from backend.web.desk.uploads import form_of
from backend.web.house import house_of
from backend.web.pages import language_of
from backend.web.shell import FILES_BYTES_MAX
from crypto.primitives import equal

DOOR: Final = "door"  # the action of what is there before a session
FIELD: Final = "csrf"  # the hidden field of a form, and the header of htmx, with the session's token
HEADER: Final = "x-csrf"
CODE: Final = "/{code:str}"

Declared = Callable[[Callable[..., Any]], HTTPRouteHandler]
Counter = Callable[[Seat], Awaitable[int]]
COUNTERS: Final[dict[str, tuple[tuple[str, ...], Counter]]] = {}  # by the page of the navigation: actions, what waits


class Gone(BackendError):
    """There is no such thing here, or not for this person: nobody is told which."""

    code: ClassVar[str] = "desk-gone"


class SignedOut(BackendError):
    """Nobody is signed in, or not any more."""

    code: ClassVar[str] = "desk-signed-out"


class NotYours(BackendError):
    """A page that other roles have."""

    code: ClassVar[str] = "desk-not-yours"


class NoRoleYet(BackendError):
    """A person whose roles wait for a second person, or were taken away."""

    code: ClassVar[str] = "desk-no-role"


class OtherWindow(BackendError):
    """A form came from another site, another session or another time."""

    code: ClassVar[str] = "desk-other-window"


class OtherAccount(BackendError):
    """A form that another account filled in, which was signed in here before."""

    code: ClassVar[str] = "desk-other-account"


class NotElevated(BackendError):
    """An act that cannot be taken back asks for the factor again."""

    code: ClassVar[str] = "desk-not-elevated"


class NoAction(TypeError):
    """A route of the desk that says not what it does: nobody could tell who may."""


def page(path: str, *, action: str | tuple[str, ...], **more: Any) -> Declared:
    """Declare a page of the desk, and the action or actions of which a person needs one."""
    return get(
        CODE + path, opt={"action": _checked(path, action)}, tags=["desk"], **{"media_type": MediaType.HTML, **more}
    )


def act(
    path: str, *, action: str | tuple[str, ...], elevated: bool = False, keeps: bool = False, files: bool = False,
    **more: Any,
) -> Declared:  # fmt: skip
    """Declare an act of the desk: a form that is posted. Its token was looked at before the handler runs.

    One that is `elevated` cannot be taken back, and asks for the factor again. With `keeps` a person types texts in it:
    they are kept for them where their session has ended (`unsaved.py`).
    With `files` it takes some, which are read in memory alone (`uploads.py`).
    """
    if files:
        more["request_max_body_size"] = FILES_BYTES_MAX
    opt = {"action": _checked(path, action), "elevated": elevated, "keeps": keeps, "files": files}
    return post(CODE + path, opt=opt, media_type=MediaType.HTML, tags=["desk"], status_code=200, **more)


def door(path: str, *, posted: bool = False, **more: Any) -> Declared:
    """Declare a page, or what it posts, that is there before anybody signed in."""
    opt = {"action": (DOOR,)}
    if posted:
        return post(CODE + path, opt=opt, media_type=MediaType.HTML, tags=["desk"], status_code=200, **more)
    return get(CODE + path, opt=opt, media_type=MediaType.HTML, tags=["desk"], **more)


def _checked(path: str, action: str | tuple[str, ...]) -> tuple[str, ...]:
    actions = (action,) if isinstance(action, str) else action
    if not actions or any(one not in ACTIONS for one in actions):
        raise NoAction(f"{path}: {actions}")
    return actions


def must_have_an_action(handler: HTTPRouteHandler) -> None:
    """Refuse to start with a route that names no action of the table."""
    actions = handler.opt.get("action")
    if actions != (DOOR,):
        _checked(str(handler.paths), actions or ())


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request in, or raise what it is told."""
    request: Any = connection
    visitor = _visitor(request)
    request.state.visitor = visitor
    ORIGIN.set(visitor.origin)
    writes = request.method != "GET"
    if handler.opt["action"] == (DOOR,):
        if writes:
            must_be_same_origin(request)
        return
    try:
        seat, id_ = _seat(request, visitor)
    except SignedOut:
        if writes and not (handler.opt["keeps"] and await _kept_typed(request, visitor)):
            with suppress(OtherWindow):
                must_be_same_origin(request)
                typed = typed_of(request.url.path, await form_of(request))
                request.state.typed = typed._replace(mark=(await _token(request)).mark)
        raise
    request.state.seat = request.state.visitor = seat
    ORIGIN.set(seat.origin)
    await _must_be_allowed(request, seat, handler)
    if "hx-request" not in request.headers:
        await _count(seat)  # for what a form is answered with too: a page that says what was refused has its menu
    if writes:
        must_be_same_origin(request)
        token = await _token(request)
        if token.mark == seat.mark or _is_of(id_, token):
            request.state.typed = typed_of(request.url.path, await form_of(request))
        if not _is_of(id_, token):
            raise OtherWindow if token.mark in ("", seat.mark) else OtherAccount
        if handler.opt["elevated"] and not seat.elevated:
            raise NotElevated


async def _kept_typed(request: Any, visitor: Visitor) -> bool:
    """Keep what somebody posted whose session had ended by its time: for them alone, and only from a form of it.

    False where it is not kept: then it is given back in the page.
    """
    id_ = request.cookies.get(cookie_name(visitor.town.code), "")
    ended = house_of(request).sessions.ended(visitor.town.code, id_)
    person = visitor.town.people.person(ended.staff) if ended is not None else None
    if ended is None or person is None or person.state != ACTIVE:
        return False
    with suppress(OtherWindow, MunicipalityLocked):
        must_be_same_origin(request)
        if _is_of(id_, await _token(request)):
            typed = typed_of(request.url.path, await form_of(request))
            return bool(await keep(visitor.town, ended.staff, typed.path, request.url.query, typed.fields))
    return False


def _visitor(request: Any) -> Visitor:
    house = house_of(request)
    try:
        town = house.municipalities.get(request.path_params["code"])
    except MunicipalityUnknown:
        raise Gone from None
    paths: frozenset[str] = request.app.state.desk_paths
    return Visitor(town, house.desk, language_of(request), address_of(request.scope), paths, request.url.path)


def _seat(request: Any, visitor: Visitor) -> tuple[Seat, str]:
    """The seat of who shows a session of this municipality, and its id."""
    house, code = house_of(request), visitor.town.code
    id_ = request.cookies.get(cookie_name(code), "")
    session = house.sessions.find(code, id_)
    person = visitor.town.people.person(session.staff) if session is not None else None
    if session is None or person is None or person.state != ACTIVE:
        raise SignedOut
    mark = mark_of(house.key, code, person.name)
    return Seat(visitor, person, session, id_, house.clock.now_ms(), mark), id_


def cookie_name(code: str) -> str:
    """The cookie of a municipality's desk: no other host can plant one, and two municipalities do not meet."""
    return f"__Host-desk-{code}"


async def _must_be_allowed(request: Any, seat: Seat, handler: BaseRouteHandler) -> None:
    actions: tuple[str, ...] = handler.opt["action"]
    if any(seat.scope(action) is not None for action in actions) or handler.opt.get("leaves"):
        return
    await seat.note("refused", None, actions[0], REFUSED)
    if request.path_params.keys() - {"code"}:
        raise Gone
    if not seat.roles:
        raise NoRoleYet
    roles = dict.fromkeys(role for action in actions for role in roles_with(action))
    raise NotYours(roles=[words(f"role-{role}") for role in roles])


def must_be_same_origin(request: Any) -> None:
    """Refuse what another site posts: `Sec-Fetch-Site` where the browser sends it, else `Origin`."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise OtherWindow
        return
    host = request.headers.get("host", "")
    if request.headers.get("origin", "") not in (f"https://{host}", f"http://{host}"):
        raise OtherWindow


async def _token(request: Any) -> Token:
    header = request.headers.get(HEADER)
    return Token.of(str((await form_of(request)).get(FIELD, "") if header is None else header))


def _is_of(id_: str, token: Token) -> bool:
    """True if a form is of the session of an id."""
    return equal(csrf_of(id_).encode(), token.csrf.encode())


async def _count(seat: Seat) -> None:
    """Count what waits, for the navigation; without the keys nothing is counted."""
    for name, (actions, counter) in COUNTERS.items():
        if not seat.town.locked and any(seat.scope(action) is not None for action in actions):
            try:
                seat.counts[name] = await counter(seat)
            except MunicipalityLocked:
                return


def way_back(request: Any) -> str:
    """The address of a page, to come back to after signing in: its path alone, in no other place."""
    return quote(request.url.path, safe="/") if request.method == "GET" else ""
