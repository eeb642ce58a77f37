"""The pages of an invitation: a password, an app that shows codes, recovery codes; then the person is in."""

from functools import partial
from typing import Any, ClassVar, Final

import segno
from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.coming_in import Shown
from backend.desk.factors import WeakPassword, totp_address
from backend.desk.joining import ASKED, InviteOver, Joining, NotTypedBack, SignsInElsewhere
from backend.desk.tries import TooSoon
from backend.errors import BackendError
from backend.sentences import told_on_page
from backend.stores.people import PASSWORD, TOTP, Person
from backend.web.address import address_of
from backend.web.desk.guarding import door
from backend.web.desk.rendering import refused, render, to
from backend.web.desk.seat import Visiting, Visitor
from backend.web.desk.signing_in import browser_of, with_session
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
        invite, person, joining = house.joinings.found(house.sessions.control, visitor.town, token)
    except InviteOver as error:
        return refused(visitor, error, OVER)
    return _step(house, visitor, token, person, house.joinings.opened(invite, joining))


@door("/join/{token:str}", posted=True)
async def join(request: Request[Any, Any, Any], visitor: Visiting, token: FromPath[str]) -> Response[Any]:
    """Take one step of an invitation, and lead to the next one; the last one signs the person in."""
    house, form = house_of(request), await request.form()
    try:
        invite, person, joining = house.joinings.found(house.sessions.control, visitor.town, token)
        if joining.at == "codes":
            typed = [str(form.get(f"code-{at}", "")) for at in ASKED]
            control = house.sessions.control
            person = await house.joinings.finish(control, visitor.town, invite, person, joining, typed)
            id_ = house.sessions.begin(
                visitor.town.code, person.name, BY, visitor.origin, browser_of(request)
            )  # fmt: skip
            return with_session(to(visitor, "/today"), visitor, id_)
        await _taken(request, house, visitor, person, joining, form)
    except InviteOver as error:
        return refused(visitor, error, OVER)
    except (WeakPassword, WrongCode, WrongPresent, NotTypedBack, SignsInElsewhere, TooSoon) as error:
        return _step(house, visitor, token, person, joining, error)
    return to(visitor, f"/join/{token}")


async def _taken(
    request: Request[Any, Any, Any], house: House, visitor: Visitor, person: Person, joining: Joining, form: Any
) -> None:
    address = f"{visitor.town.code} {address_of(request.scope)}"
    account = f"{visitor.town.code}\0{person.name.casefold()}\0join"
    house.tries.begin(account, address)
    if joining.at == "password":
        given, second = Shown(person.name, str(form.get("password", "")), str(form.get("code", ""))), None
        if house.coming_in.has_second(visitor.town, person.name):
            second = partial(house.coming_in.shows_second, visitor.town, given)
        if not await house.joinings.choose_password(visitor.town, person, joining, given.password, second):
            raise WrongPresent
    elif not house.joinings.show_code(joining, str(form.get("code", ""))):
        raise WrongCode
    house.tries.forgive(account, address)


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
