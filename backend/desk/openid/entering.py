"""The account that comes in for a person at the provider, and its roles: decided in the writer's transaction.

A person at the provider is one account here: the one that was bound to them when they took up its invitation. Names and
addresses in a token count for nothing. Roles that the municipality mapped are the provider's: of whoever signs in so, a
mapped role that no group of theirs gives is gone, whoever gave it. Roles that no group is mapped to are the desk's.

A group gives a guarded role by itself only to an account that two people know (`two_people.known_to_two`): an admin
could bind an invention to whom they know there, or to themselves beside their own account. Until then it waits for a
second person, as if who invited the account had asked for it.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from backend.desk import four_eyes, two_people
from backend.desk.coming_in import DONE, REFUSED, SIGN_IN, bound, came_in
from backend.desk.openid.tokens import Proven
from backend.desk.rights import FEW, GUARDED, Role, counted
from backend.municipality.service import Municipality
from backend.stores.openid import Connection
from backend.stores.people import ACTIVE, BLOCKED, LEFT, OPENID, Factor, Given, Person
from crypto.primitives import random_bytes

BY: Final = "OpenID: "  # before the group, where a role says who gave it: no account has such a name
NUMBER_BYTES: Final = 4


class Entered(NamedTuple):
    """The account that came in, or why it did not; the account of a refusal is who it would have been."""

    name: str
    why: str = ""


def new_number() -> str:
    """The number of a refusal: its person tells it, and the log has it."""
    digits = random_bytes(NUMBER_BYTES).hex().upper()
    return f"{digits[:4]}-{digits[4:]}"


async def note_refusal(town: Municipality, name: str, act: str, why: str, number: str) -> None:
    """Leave the line of a refusal, with its number and the reason that nobody is shown."""
    await town.auditing.note(name, act, None, f"{OPENID} {why} {number}", REFUSED)


async def enter(town: Municipality, connection: Connection, who: Proven, origin: str, number: str) -> Entered:
    """Let the account of a person in, with the roles and teams that their groups give now, or refuse it."""
    return await town.submit(lambda: _entered(town, connection, who, origin, number))


def _entered(town: Municipality, connection: Connection, who: Proven, origin: str, number: str) -> Entered:
    person = person_of(town, who.subject)
    why = "unknown-person" if person is None else person.state if person.state != ACTIVE else ""
    if person is not None and not why:
        person, apart, wait = _with_roles(town, connection, person, who.groups)
        why = "" if person.roles or wait else "no-role"
        if not why:
            came_in(town, person, f"{OPENID} {' '.join(['apart', *apart]) if apart else ''}".strip(), origin)
            return Entered(person.name)
    name = person.name if person is not None else ""
    town.auditing.write(name, SIGN_IN, None, f"{OPENID} {why} {number}", REFUSED)
    return Entered(name, why)


def person_of(town: Municipality, subject: bytes) -> Person | None:
    """The person whose account is bound to somebody at the provider."""
    for person in town.people.all():
        if any(factor.secret == subject for factor in town.people.factors(person.name, OPENID)):
            return person
    return None


def _with_roles(
    town: Municipality, connection: Connection, person: Person, groups: frozenset[str]
) -> tuple[Person, list[str], list[Role]]:
    """Keep a person with what their groups give; also who is left with nothing.

    Returns the roles that do not go together, and those that wait for a second person, besides.
    """
    others = [one for one in town.people.all() if one.name != person.name and one.state == ACTIVE]
    roles, apart = roles_by_groups(
        connection, person.roles, groups, town.clock.now_ms(), few=len(town.staff.all()) < FEW,
        may_admin=any(Role.ADMIN in one.role_names for one in others),
    )  # fmt: skip
    roles, wait = _guarded_apart(town, connection, person, roles, groups)
    if {given.role for given in roles} != person.role_names:
        named = ", ".join(sorted(given.role for given in roles))
        town.auditing.write(OPENID, "give-roles", None, f"{person.name} {named}".strip(), DONE)
    person = msgspec.structs.replace(person, roles=roles)
    town.people.keep(person)
    _in_teams(town, connection, person.name, groups)
    return person, apart, wait


def _guarded_apart(
    town: Municipality, connection: Connection, person: Person, roles: tuple[Given, ...], groups: frozenset[str]
) -> tuple[tuple[Given, ...], list[Role]]:
    """Part the roles that groups give anew to an account which one person alone knows: the guarded ones wait."""
    fresh = [Role(one.role) for one in roles if one.role in GUARDED and one.role not in person.role_names]
    if not fresh or two_people.known_to_two(town, person.name):
        return roles, []
    giving = sorted({one.group for one in connection.mapped if one.group in groups and one.role in fresh})
    four_eyes.ask_for(town, person.name, fresh, f"{BY}{', '.join(giving)}")
    return tuple(one for one in roles if one.role not in fresh), fresh


def roles_by_groups(
    connection: Connection, held: Iterable[Given], groups: frozenset[str], now_ms: int, *, few: bool, may_admin: bool
) -> tuple[tuple[Given, ...], list[str]]:
    """The roles that somebody has with these groups, and those that groups give and do not go with the others.

    `may_admin`: there is another admin; without one no group makes the first.
    """
    had = {given.role: given for given in held}
    governed = {one.role for one in connection.mapped}
    given = {role: one for role, one in had.items() if role not in governed}
    for one in connection.mapped:
        if one.group in groups and (one.role != Role.ADMIN or may_admin):
            made = Given(one.role, f"{BY}{one.group}", now_ms, now_ms)
            given.setdefault(one.role, had.get(one.role, made))
    counts = counted(given, few=few)
    return tuple(one for role, one in given.items() if role in counts), sorted(given.keys() - counts)


def _in_teams(town: Municipality, connection: Connection, name: str, groups: frozenset[str]) -> None:
    """Put a person in the teams that their groups give, and take them out of the others that groups are mapped to."""
    wanted = {one.team for one in connection.mapped if one.group in groups}
    for id_ in sorted({one.team for one in connection.mapped} - {""}):
        team = town.people.team(id_)
        if team is not None and (id_ in wanted) != (name in team.staff):
            others = [one for one in team.staff if one != name]
            staff = tuple(sorted([*others, name] if id_ in wanted else others))
            town.people.keep_team(msgspec.structs.replace(team, staff=staff))
            detail = f"{team.shown_name}: {'+' if id_ in wanted else '-'} {name}"
            town.auditing.write(OPENID, "fill-team", None, detail, DONE)


async def bind(town: Municipality, connection: Connection, name: str, who: Proven, number: str) -> Entered:
    """Bind an invited account to a person at the provider: what they had here to come in with is gone.

    Refused for the emergency account, and where either of the two is bound already.
    """

    def work() -> Entered:
        person, other, kept = town.people.person(name), person_of(town, who.subject), town.people.factors(name)
        if person is None or person.state in (BLOCKED, LEFT):
            why = "unknown-person"
        elif name == connection.emergency:
            why = "emergency-account"
        elif other is not None or bound(kept):
            why = "" if other is not None and other.name == name else "bound-already"
        else:
            for factor in kept:
                town.people.drop_factor(factor)
            town.people.keep_factor(Factor(OPENID, name, OPENID, who.subject, town.clock.now_ms()))
            town.people.keep(msgspec.structs.replace(person, state=ACTIVE))
            town.auditing.write(name, "join", None, OPENID, DONE)
            return Entered(name)
        if why:
            town.auditing.write(name, "join", None, f"{OPENID} {why} {number}", REFUSED)
        return Entered(name, why)

    return await town.submit(work)
