"""Pages that say what was refused at the desk; other parts of the server answer in their own way."""

from typing import Any, ClassVar, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from backend.desk.four_eyes import SecondNeeded, waiting
from backend.desk.rights import Role
from backend.errors import ROOM_ERRORS, BackendError, MunicipalityLocked, status_of
from backend.faults import note_unexpected
from backend.sentences import Plain, library, told_on_page
from backend.web.desk.guarding import Gone, NoRoleYet, NotElevated, NotYours, OtherWindow, SignedOut, way_back
from backend.web.desk.rendering import SEE_OTHER, bare, gone, refused, render
from backend.web.desk.seat import Seat, Visitor
from backend.web.desk.signing_in import at_the_door
from backend.web.desk.typed import NOTHING, Typed
from backend.web.pages import language_of
from backend.web.problems import refusal_headers
from backend.web.shell import DESK

_FRAMEWORK = {400: "bad-request", 405: "method-not-allowed", 413: "request-too-large", 429: "too-many-requests"}

PAGE: Final = "text/html"  # what a browser asks for, and no device

AGAIN: Final = "Retry-After"
PASSING: Final = (503, 507)  # what passes: a store that is busy, a disk that is full


class NoPage(BackendError):
    """An address that only takes what a form sends."""

    code: ClassVar[str] = "desk-no-page"


def desk_or(otherwise: Any) -> Any:
    """The handler of errors of the whole app: pages at the desk, and `otherwise` everywhere else."""

    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        seat = request.scope.get("state", {}).get("visitor")
        missing = isinstance(error, Gone) or (isinstance(error, HTTPException) and error.status_code == 404)
        at_desk = f"{request.scope['path']}/".startswith(DESK)
        if at_desk and missing:
            return gone(language_of(request) if seat is None else seat.language)
        if seat is None and at_desk and PAGE in request.headers.get("accept", ""):
            return nowhere(request, error)
        if seat is None:
            answer: Response[Any] = otherwise(request, error)
            return answer
        return answered(request, error, seat)

    return handle


def nowhere(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The page of what a browser asked before the guard knew for whom: a form's address that was typed, a body that is
    too long, one of a municipality that is set apart. Whoever asks for no page is answered in the way of the API."""
    if isinstance(error, ROOM_ERRORS):  # its municipality is set apart: mostly it passes
        status, language = status_of(error.code), language_of(request)
        page = bare(language, error, status)
        named = refusal_headers(status, language, error)
        page.headers |= {name: value for name, value in named.items() if name == AGAIN}
        return page
    status = error.status_code if isinstance(error, HTTPException) else 500
    if not isinstance(error, HTTPException):
        note_unexpected("unexpected", error)
    plain = Plain("internal" if status == 500 else _FRAMEWORK.get(status, "other"))
    return bare(language_of(request), NoPage() if status == status_of(NoPage.code) else plain, status)


def answered(request: Request[Any, Any, Any], error: Exception, seat: Visitor) -> Response[Any]:
    """The page of an error, for somebody whom the guard knows."""
    typed: Typed = request.scope.get("state", {}).get("typed", NOTHING)
    if isinstance(error, SignedOut):
        if typed.texts and "hx-request" not in request.headers:
            return at_the_door(request, seat, "/today", "", status_of(error.code), kept=typed)
        return _to_sign_in(request, seat.home)
    if isinstance(error, MunicipalityLocked):
        return render(seat, "parts/locked.html", status_of(error.code), kept=typed)
    if isinstance(error, NotElevated):
        facts = {"next": f"{seat.home}/today", "failed": False, "seconds": 0, "why": told_on_page(error, seat.language)}
        return render(seat, "signing_in/confirm.html", status_of(error.code), kept=typed, **facts)
    if isinstance(error, SecondNeeded):
        return render(
            seat, "parts/emergency.html", status_of(error.code), kept=typed, why=told_on_page(error, seat.language)
        )
    if isinstance(error, NoRoleYet) and isinstance(seat, Seat) and (waits := _roles_that_wait(seat)):
        return render(seat, "parts/ready.html", status_of(error.code), waits=waits)
    if isinstance(error, NotYours):
        roles = ", ".join(library().words(role, seat.language) for role in error.facts["roles"])
        error = NotYours(roles=roles)
    if isinstance(error, ROOM_ERRORS):
        status = status_of(error.code)
        return refused(seat, error, status, typed, again=isinstance(error, OtherWindow) or status in PASSING)
    if isinstance(error, HTTPException):
        return refused(seat, Plain(_FRAMEWORK.get(error.status_code, "other")), error.status_code, typed)
    note_unexpected("unexpected", error)
    return refused(seat, Plain("internal"), 500, typed)


def _roles_that_wait(seat: Seat) -> list[Role]:
    """The roles that somebody gets once a second person agrees."""
    asked = {role for one in waiting(seat.town) if one.about == seat.staff for role in one.give}
    return [role for role in Role if role in asked]


def _to_sign_in(request: Request[Any, Any, Any], home: str) -> Response[Any]:
    back = way_back(request)
    address = f"{home}/sign-in" + (f"?next={back}" if back else "")
    if "hx-request" in request.headers:
        return Response("", status_code=200, headers={"HX-Redirect": address})
    return Redirect(address, status_code=SEE_OTHER)
