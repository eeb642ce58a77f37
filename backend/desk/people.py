"""Acts on the people of a municipality: roles, blocking, factors, teams. Each leaves its line, in one transaction.

The last admin who can sign in cannot go: nobody could let anybody in any more.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import ClassVar, Final

import msgspec

from backend.desk.joining import must_go_together
from backend.desk.rights import Role
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, BLOCKED, INVITED, PASSWORD, Given, Person, Team
from backend.stores.sessions import Control
from crypto.primitives import random_bytes

HANDLE_DIGITS: Final = 16
TEAM_NAME_MAX: Final = 60
DONE: Final = "done"


class LastAdmin(BackendError):
    """Without an admin nobody lets anybody in."""

    code: ClassVar[str] = "desk-last-admin"


class PersonUnknown(BackendError):
    """There is no such person."""

    code: ClassVar[str] = "desk-person-unknown"


class TeamUnknown(BackendError):
    """There is no such team."""

    code: ClassVar[str] = "desk-team-unknown"


class TeamUnnamed(BackendError):
    """A team needs a name."""

    code: ClassVar[str] = "desk-team-unnamed"


def handle_of(code: str, name: str) -> str:
    """The part of an address that means a person: no name stands in an address."""
    return sha256(f"veldpost/1/person\0{code}\0{name}".encode()).hexdigest()[:HANDLE_DIGITS]


def person_of(town: Municipality, handle: str) -> Person:
    """The person of a handle."""
    for person in town.people.all():
        if handle_of(town.code, person.name) == handle:
            return person
    raise PersonUnknown


def _can_come_in(person: Person) -> bool:
    return person.state == ACTIVE and Role.ADMIN in person.role_names


def _keep(town: Municipality, person: Person) -> None:
    """Keep a person, unless nobody would be left who lets others in; inside the writer's transaction."""
    before = town.people.person(person.name)
    if before is not None and _can_come_in(before) and not _can_come_in(person):
        others = [one for one in town.people.all() if one.name != person.name and _can_come_in(one)]
        if not others:
            raise LastAdmin(name=person.name)
    town.people.keep(person)


async def _changed(
    town: Municipality, by: str, act: str, name: str, change: Callable[[Person], Person], detail: str = ""
) -> None:
    def work() -> None:
        person = town.people.person(name)
        if person is None:
            raise PersonUnknown
        _keep(town, change(person))
        town.auditing.write(by, act, None, f"{name} {detail}".strip(), DONE)

    await town.submit(work)


async def give_roles(town: Municipality, by: str, name: str, roles: Iterable[str]) -> None:
    """Give a person these roles and no others; who gave one that stays is kept with it."""
    wanted = [Role(role) for role in roles]
    must_go_together(town, wanted)
    now_ms = town.clock.now_ms()

    def change(person: Person) -> Person:
        held = {given.role: given for given in person.roles}
        kept = tuple(held.get(role, Given(role, by, now_ms, now_ms)) for role in wanted)
        return msgspec.structs.replace(person, roles=kept)

    await _changed(town, by, "give-roles", name, change, ", ".join(wanted))


async def review_roles(town: Municipality, by: str, name: str) -> None:
    """Note that somebody looked at the roles of a person and that they are right."""
    now_ms = town.clock.now_ms()

    def change(person: Person) -> Person:
        kept = tuple(msgspec.structs.replace(given, reviewed_ms=now_ms) for given in person.roles)
        return msgspec.structs.replace(person, roles=kept)

    await _changed(town, by, "review-roles", name, change)


async def block(control: Control, town: Municipality, by: str, name: str) -> None:
    """Keep a person out from now on; every session of theirs ends."""
    await _changed(town, by, "block-staff", name, lambda person: msgspec.structs.replace(person, state=BLOCKED))
    control.end_sessions(town.code, name)


async def unblock(town: Municipality, by: str, name: str) -> None:
    """Let a person in again who was blocked."""
    ready = bool(town.people.factors(name, PASSWORD))
    state = ACTIVE if ready else INVITED
    await _changed(town, by, "unblock-staff", name, lambda person: msgspec.structs.replace(person, state=state))


async def reset_factors(control: Control, town: Municipality, by: str, name: str) -> None:
    """Forget by what a person showed who they are: they come in again by an invitation alone."""

    def work() -> None:
        person = town.people.person(name)
        if person is None:
            raise PersonUnknown
        _keep(town, msgspec.structs.replace(person, state=INVITED))
        for factor in town.people.factors(name):
            town.people.drop_factor(factor)
        town.auditing.write(by, "reset-factors", None, name, DONE)

    await town.submit(work)
    control.end_sessions(town.code, name)


async def call_me(town: Municipality, name: str, shown_name: str, language: str) -> None:
    """Keep how a person is called on pages, and in which language they read."""
    shown = " ".join(shown_name.split())[:TEAM_NAME_MAX]

    def change(person: Person) -> Person:
        return msgspec.structs.replace(person, shown_name=shown or person.shown_name, language=language)

    await _changed(town, name, "own-name", name, change)


async def make_team(town: Municipality, by: str, given: str) -> Team:
    """Make a team without members."""
    name = " ".join(given.split())[:TEAM_NAME_MAX]
    if not name or not name.isprintable():
        raise TeamUnnamed
    team = Team(random_bytes(8).hex(), name)

    def work() -> None:
        town.people.keep_team(team)
        town.auditing.write(by, "make-team", None, name, DONE)

    await town.submit(work)
    return team


async def fill_team(town: Municipality, by: str, id_: str, staff: Iterable[str], workers: Iterable[str]) -> None:
    """Say who is in a team: only people and workers that there are."""
    known, wanted = {person.name for person in town.people.all()}, sorted({*staff})
    there = workers_of(town)

    def work() -> None:
        team = town.people.team(id_)
        if team is None:
            raise TeamUnknown
        members = tuple(name for name in wanted if name in known)
        chosen = tuple(name for name in sorted({*workers}) if name in there or name in team.workers)
        town.people.keep_team(msgspec.structs.replace(team, staff=members, workers=chosen))
        town.auditing.write(by, "fill-team", None, f"{team.shown_name}: {len(members)}, {len(chosen)}", DONE)

    await town.submit(work)


async def end_team(town: Municipality, by: str, id_: str) -> None:
    """End a team; its people stay."""

    def work() -> None:
        team = town.people.team(id_)
        if team is None:
            raise TeamUnknown
        town.people.drop_team(id_)
        town.auditing.write(by, "end-team", None, team.shown_name, DONE)

    await town.submit(work)


def workers_of(town: Municipality) -> set[str]:
    """The workers: everybody who has or had a device for the field, or was assigned a record."""
    desks = {one.worker for one in town.book.certificates.values() if one.role == "desk"}
    certified = {one.worker for one in town.book.certificates.values() if one.role == "worker"}
    return certified | (town.opening.workers() - desks)
