"""The pages of an invitation: a password, an app that shows codes, recovery codes; then the person is in.

The browser that takes the first step gets a secret in a cookie, and goes on by it; in any other the link begins anew.
"""

from functools import partial
from typing import Any, ClassVar, Final

import segno
from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.coming_in import Shown
from backend.desk.factors import WeakPassword, totp_address
from backend.desk.joining import ASKED, InviteOver, Joining, NotTypedBack, SignsInElsewhere, browser_mark
from backend.desk.tries import TooSoon
from backend.errors import BackendError
from backend.sentences import told_on_page
from backend.stores.people import PASSWORD, TOTP, Person
from backend.stores.sessions import Invite
from backend.web.address import address_of
from backend.web.desk.guarding import door
from backend.web.desk.rendering import refused, render, to
from backend.web.desk.seat import Visiting, Visitor
from backend.web.desk.signing_in import browser_of, own_cookie, with_session
from backend.web.house import House, house_of

OVER: Final = 410
BY: Final = f"{PASSWORD} {TOTP}"


class WrongCode(BackendError):
    """The code is not the one that the app shows now."""

    code: ClassVar[str] = "desk-wrong-code"


class WrongPresent(BackendError):
    """The password is not the present one of the account."""

    code: ClassVar[str] = "desk-wrong-present"


@door("/join/{token:str}")
async def join_page(request: Request[Any, Any, Any], visitor: Visiting, token: FromPath[str]) -> Response[str]:
    """The step of an invitation that comes next."""
    house = house_of(request)
    try:
        invite, person, joining = _found(request, visitor, token)
    except InviteOver as error:
        return refused(visitor, error, OVER)
    return _step(house, visitor, token, person, house.joinings.opened(invite, joining))


@door("/join/{token:str}", posted=True)
async def join(request: Request[Any, Any, Any], visitor: Visiting, token: FromPath[str]) -> Response[Any]:
    """Take one step of an invitation, and lead to the next one; the last one signs the person in."""
    house, form = house_of(request), await request.form()
    try:
        invite, person, joining = _found(request, visitor, token)
        if joining.at == "codes":
            typed = [str(form.get(f"code-{at}", "")) for at in ASKED]
            control = house.sessions.control
            person = await house.joinings.finish(control, visitor.town, invite, person, joining, typed)
            id_ = house.sessions.begin(
                visitor.town.code, person.name, BY, visitor.origin, browser_of(request)
            )  # fmt: skip
            return with_session(to(visitor, "/today"), visitor, id_)
        secret = await _taken(request, house, visitor, (invite, person, joining), form)
    except InviteOver as error:
        return refused(visitor, error, OVER)
    except (WeakPassword, WrongCode, WrongPresent, NotTypedBack, SignsInElsewhere, TooSoon) as error:
        return _step(house, visitor, token, person, joining, error)
    answer = to(visitor, f"/join/{token}")
    if secret:
        answer.cookies.append(own_cookie(steps_cookie(visitor.town.code), secret, None))
    return answer


def _found(request: Request[Any, Any, Any], visitor: Visitor, token: str) -> tuple[Invite, Person, Joining]:
    house = house_of(request)
    return house.joinings.found(house.sessions.control, visitor.town, token, joins_as(request, visitor))


def joins_as(request: Request[Any, Any, Any], visitor: Visitor) -> bytes:
    """The mark of a browser that goes on with the steps of an invitation."""
    return browser_mark(request.cookies.get(steps_cookie(visitor.town.code), ""))


def steps_cookie(code: str) -> str:
    """The name of the cookie by which a browser goes on with the steps of an invitation."""
    return f"__Host-join-{code}"


async def _taken(
    request: Request[Any, Any, Any], house: House, visitor: Visitor, found: tuple[Invite, Person, Joining], form: Any
) -> str:
    """Take a step but the last; returns the secret by which the browser goes on that took the first one."""
    (invite, person, joining), secret = found, ""
    address = f"{visitor.town.code} {address_of(request.scope)}"
    account = f"{visitor.town.code}\0{person.name.casefold()}\0join"
    house.tries.begin(account, address)
    if joining.at == "password":
        given, second = Shown(person.name, str(form.get("password", "")), str(form.get("code", ""))), None
        if house.coming_in.has_second(visitor.town, person.name):
            second = partial(house.coming_in.shows_second, visitor.town, given)
        secret = await house.joinings.choose_password(visitor.town, invite, person, given.password, second)
        if not secret:
            raise WrongPresent
    elif not house.joinings.show_code(joining, str(form.get("code", ""))):
        raise WrongCode
    house.tries.forgive(account, address)
    return secret


def _step(
    house: House, visitor: Visitor, token: str, person: Person, joining: Joining, error: BackendError | None = None
) -> Response[str]:
    present = bool(visitor.town.people.factors(person.name, PASSWORD))
    facts: dict[str, Any] = {"person": person, "token": token, "step": joining.at, "present": present,
                             "second": house.coming_in.has_second(visitor.town, person.name)}  # fmt: skip
    facts |= {"secret": "", "codes": [], "asked": ASKED}
    if joining.at == "app" and error is None:  # what was shown once stands in the app or on paper
        address = totp_address(joining.totp, person.name, visitor.town.code)
        facts |= {"secret": joining.totp, "address": address, "picture": segno.make(address).svg_data_uri(scale=4)}
    elif joining.at == "codes" and error is None:
        facts |= {"codes": joining.codes}
    connected = visitor.town.openid.connection() is not None
    facts["openid"] = connected and joining.may_bind(visitor.town, person) and joining.at != "codes"
    facts["error"] = told_on_page(error, visitor.language) if error is not None else None
    return render(visitor, "joining/join.html", 200 if error is None else 422, **facts)


ROUTES: Final = (join_page, join)
