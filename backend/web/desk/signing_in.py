"""The door of a municipality's desk: the sign-in page, and the way out."""

import re
from typing import Any, ClassVar, Final

from litestar import Request, Response
from litestar.datastructures import Cookie

from backend.errors import BackendError
from backend.stores.people import ACTIVE, PASSWORD
from backend.web.desk.guarding import act, cookie_name, door
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import DONE, REFUSED, Seated, Visiting, Visitor
from backend.web.house import house_of

NAME_MAX: Final = 60
_WAY: Final = re.compile(r"(/[A-Za-z0-9_.~-]+)*")  # of a path below the municipality's: no host, query or sign else


class NotSignedIn(BackendError):
    """One answer for a name that nobody has, a wrong password and a blocked account."""

    code: ClassVar[str] = "desk-not-signed-in"


def next_of(visitor: Visitor, given: str) -> str:
    """The path below this municipality's desk to which a sign-in leads; anything else leads to its beginning."""
    rest = given.removeprefix(visitor.home)
    if rest == given or len(given) > 200 or not _WAY.fullmatch(rest) or ".." in rest or rest.startswith("/sign-"):
        return "/today"
    return rest or "/today"


@door("/sign-in")
async def sign_in_page(request: Request[Any, Any, Any], visitor: Visiting) -> Response[str]:
    """The page on which a person signs in."""
    way = next_of(visitor, request.query_params.get("next", ""))
    return render(visitor, "signing_in/sign_in.html", next=visitor.home + way, name="", failed=None)


@door("/sign-in", posted=True)
async def sign_in(request: Request[Any, Any, Any], visitor: Visiting) -> Response[Any]:
    """Sign a person in who shows their password, in a session that is new."""
    form = await request.form()
    name, password = str(form.get("name", "")).strip()[:NAME_MAX], str(form.get("password", ""))
    way = next_of(visitor, str(form.get("next", "")))
    person = visitor.town.people.person(name)
    factors = visitor.town.people.factors(name, PASSWORD)  # asked for also where nobody has the name: the same work
    kept = factors[-1].secret.decode() if factors and person is not None and person.state == ACTIVE else ""
    house = house_of(request)
    if not await house.passwords.proves(kept, password):
        known = name if person is not None else ""  # who types a password in the place of a name leaves it nowhere
        await visitor.town.auditing.note(known, "sign-in", None, PASSWORD, REFUSED)
        wrong = NotSignedIn()
        return render(
            visitor, "signing_in/sign_in.html", 403, next=visitor.home + way, name=name, failed=wrong.code
        )  # fmt: skip
    browser = request.headers.get("user-agent", "")
    id_ = house.sessions.begin(visitor.town.code, name, PASSWORD, visitor.origin, browser)
    await visitor.town.auditing.note(name, "sign-in", None, PASSWORD, DONE)
    return with_session(to(visitor, way), visitor, id_)


@act("/sign-out", action="account.own")
async def sign_out(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """End this session."""
    house_of(request).sessions.control.end_session(seat.session_row.hash)
    await seat.note("sign-out")
    answer = with_session(to(seat, "/sign-in"), seat, "")
    answer.set_header("Clear-Site-Data", '"cache", "storage"')
    return answer


def with_session(answer: Response[Any], visitor: Visitor, id_: str) -> Response[Any]:
    """An answer that gives a browser the id of its session, or takes it away."""
    given = Cookie(
        key=cookie_name(visitor.town.code), value=id_, path="/", secure=True, httponly=True, samesite="strict",
        max_age=None if id_ else 0,
    )  # fmt: skip
    answer.cookies.append(given)
    return answer


ROUTES: Final = (sign_in_page, sign_in, sign_out)
