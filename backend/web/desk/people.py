"""The page of people: accounts with their roles and teams, invitations, blocking, factors."""

from typing import Any, Final, NamedTuple

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk import leaving, people
from backend.desk.accounts import account_name
from backend.desk.arguments import BadArgument
from backend.desk.four_eyes import waiting
from backend.desk.joining import NoRoleChosen, NotInvitable, PersonExists, RolesApart, invite
from backend.desk.rights import Role
from backend.desk.threads import TextTooLong
from backend.errors import status_of
from backend.sentences import library, told_on_page
from backend.stores.people import BLOCKED, LEFT, Person
from backend.stores.staff import StaffAlike
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.proposals import address_of_link
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.house import house_of

_CHANGES: Final = "/people/{handle:str}"
_WRONG: Final = {  # what may be wrong with a form that invites, and the field of it that says so
    BadArgument: "name", StaffAlike: "name", PersonExists: "name", NotInvitable: "name", TextTooLong: "shown_name",
    NoRoleChosen: "roles", RolesApart: "roles",
}  # fmt: skip


class _Typed(NamedTuple):
    """A form that invites, as it was typed, and what is wrong with it: at which field, and whose account it is."""

    name: str = ""
    shown_name: str = ""
    roles: tuple[str, ...] = ()
    wrong: str = ""
    fault: str = ""
    known: str = ""  # the handle of the account that exists


def _row(seat: Seat, person: Person) -> dict[str, Any]:
    town = seat.town
    reviewed = min((given.reviewed_ms for given in person.roles), default=0)
    return {
        "person": person,
        "handle": people.handle_of(town.code, person.name),
        "roles": [role for role in Role if role in person.role_names],
        "teams": [team.shown_name for team in town.people.teams() if person.name in team.staff],
        "factors": sorted({factor.kind for factor in town.people.factors(person.name)}),
        "reviewed_ms": reviewed,
        "overdue": people.overdue(person, seat.now_ms),
    }


@page("/people", action="people.read")
async def people_page(seat: Seated) -> Response[str]:
    """Every account with its roles, teams and last sign-in."""
    return await _listed(seat, _Typed())


async def _listed(seat: Seat, typed: _Typed, status: int = 200) -> Response[str]:
    town = seat.town
    rows = [_row(seat, person) for person in town.people.all()]
    without = sorted({one.name for one in town.staff.all()} - {row["person"].name for row in rows})
    await seat.note("read-people")
    facts = {"rows": rows, "without": without, "roles": [*Role], "teams": town.people.teams(), "typed": typed}
    return render(seat, "people/people.html", status, **facts)


@act("/people", action="accounts.invite", elevated=True)
async def invite_somebody(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """Invite somebody who has no account yet; the link is shown once, to whoever asks for it now."""
    form = await request.form()
    typed = _Typed(str(form.get("name", "")), str(form.get("shown_name", "")), tuple(_roles(form)))
    try:
        return await _invited(request, seat, typed)
    except tuple(_WRONG) as error:
        message, remedy = told_on_page(error, seat.language)
        if isinstance(error, BadArgument):
            message, remedy = library().phrase("people-name-wrong", seat.language), ""
        known = ""
        if isinstance(error, PersonExists | NotInvitable):
            known = people.handle_of(seat.town.code, account_name(typed.name))
        typed = typed._replace(wrong=_WRONG[type(error)], fault=f"{message} {remedy}".strip(), known=known)
        return await _listed(seat, typed, status_of(error.code))


async def _invited(
    request: Request[Any, Any, Any], seat: Seat, typed: _Typed, *, again: bool = False
) -> Response[str]:  # fmt: skip
    control = house_of(request).sessions.control
    reason = str((await request.form()).get("reason", ""))
    made = await invite(
        control, seat.town, seat.staff, typed.name, typed.shown_name, typed.roles, reason, again=again
    )  # fmt: skip
    address = address_of_link(request, seat, made.token) if made.token else ""
    return render(seat, "people/invited.html", name=made.name, link=address, waits=made.waits)


def _roles(form: Any) -> list[str]:
    return [role for role in Role if form.get(f"role-{role}")]


def _person(seat: Seat, handle: str) -> Person:
    try:
        return people.person_of(seat.town, handle)
    except people.PersonUnknown:
        raise Gone from None


@page(_CHANGES, action="people.read")
async def person_page(seat: Seated, handle: FromPath[str]) -> Response[str]:
    """One account, and what may be done with it."""
    person = _person(seat, handle)
    await seat.note("read-person", None, person.name)
    facts: dict[str, Any] = {"row": _row(seat, person), "roles": [*Role], "blocked": person.state == BLOCKED}
    facts["asked"] = [one for one in waiting(seat.town) if one.about == person.name]
    return render(seat, "people/person.html", **facts, gone=person.state == LEFT, own=person.name == seat.staff)


@act(f"{_CHANGES}/roles", action="roles.give", elevated=True)
async def change_roles(request: Request[Any, Any, Any], seat: Seated, handle: FromPath[str]) -> Response[Any]:
    """Give a person these roles and no others."""
    form, name = await request.form(), _person(seat, handle).name
    await people.give_roles(seat.town, seat.staff, name, _roles(form), str(form.get("reason", "")))
    return to(seat, f"/people/{handle}")


@act(f"{_CHANGES}/reviewed", action=("roles.give", "accounts.block"))
async def review(seat: Seated, handle: FromPath[str]) -> Response[Any]:
    """Note that the roles of a person were looked at."""
    await people.review_roles(seat.town, seat.staff, _person(seat, handle).name)
    return to(seat, f"/people/{handle}")


@act(f"{_CHANGES}/block", action="accounts.block")
async def block_person(request: Request[Any, Any, Any], seat: Seated, handle: FromPath[str]) -> Response[Any]:
    """Keep a person out from now on, once what follows was read."""
    return await _kept_out(request, seat, handle, for_good=False)


@act(f"{_CHANGES}/left", action="accounts.block")
async def person_left(request: Request[Any, Any, Any], seat: Seated, handle: FromPath[str]) -> Response[Any]:
    """Keep a person out for good, who left, once what follows was read."""
    return await _kept_out(request, seat, handle, for_good=True)


async def _kept_out(
    request: Request[Any, Any, Any], seat: Seat, handle: str, *, for_good: bool
) -> Response[Any]:  # fmt: skip
    person = _person(seat, handle)
    if (await request.form()).get("do") != "yes":
        found = leaving.follows(seat.desk, seat.town, person.name)
        return render(seat, "people/keep_out.html", person=person, handle=handle, for_good=for_good, follows=found)
    await leaving.keep_out(seat.desk, seat.town, seat.staff, person.name, for_good=for_good)
    return to(seat, f"/people/{handle}")


@act(f"{_CHANGES}/unblock", action="accounts.invite", elevated=True)
async def unblock_person(seat: Seated, handle: FromPath[str]) -> Response[Any]:
    """Let a person in again."""
    await people.unblock(seat.town, seat.staff, _person(seat, handle).name)
    return to(seat, f"/people/{handle}")


@act(f"{_CHANGES}/reset", action="accounts.reset-factor", elevated=True)
async def reset_person(request: Request[Any, Any, Any], seat: Seated, handle: FromPath[str]) -> Response[Any]:
    """Propose to forget by what a person showed who they are, and invite them anew."""
    person, reason = _person(seat, handle), str((await request.form()).get("reason", ""))
    control = house_of(request).sessions.control
    token = await people.reset_factors(control, seat.town, seat.staff, person.name, reason)
    if not token:
        return to(seat, f"/people/{handle}")
    link = address_of_link(request, seat, token)
    return render(seat, "people/invited.html", name=person.name, link=link, waits=False)


@act(f"{_CHANGES}/invite", action="accounts.invite", elevated=True)
async def invite_again(request: Request[Any, Any, Any], seat: Seated, handle: FromPath[str]) -> Response[str]:
    """Invite a person anew: the one before is void. A password that stands is asked for."""
    person = _person(seat, handle)
    return await _invited(request, seat, _Typed(person.name), again=True)


ROUTES: Final = (
    people_page, invite_somebody, person_page, change_roles, review, block_person, person_left, unblock_person,
    reset_person,
    invite_again,
)  # fmt: skip
