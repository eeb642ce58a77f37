"""Acts on the people of a municipality: roles, blocking, factors. Each leaves its line, in one transaction.

The last admin who can sign in cannot go: nobody could let anybody in any more. What nobody does alone waits for a
second person (`four_eyes`), and is done when they agree.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import ClassVar, Final

import msgspec

from backend.desk import four_eyes
from backend.desk.joining import SHOWN_NAME_MAX, NotInvitable, keep_person, link, must_go_together, with_roles
from backend.desk.rights import AGREES, SPECIAL, Role
from backend.desk.threads import line
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, BLOCKED, INVITED, OPENID, PASSWORD, Given, Person, Proposal
from backend.stores.sessions import Control

HANDLE_DIGITS: Final = 16
DONE: Final = "done"
QUARTER_MS: Final = 92 * 86_400_000
YEAR_MS: Final = 366 * 86_400_000
REVIEWS: Final = frozenset({Role.ADMIN, Role.SECURITY})  # who look at roles


class PersonUnknown(BackendError):
    """There is no such person."""

    code: ClassVar[str] = "desk-person-unknown"


def handle_of(code: str, name: str) -> str:
    """The part of an address that means a person: no name stands in an address."""
    return sha256(f"veldpost/1/person\0{code}\0{name}".encode()).hexdigest()[:HANDLE_DIGITS]


def person_of(town: Municipality, handle: str) -> Person:
    """The person of a handle."""
    for person in town.people.all():
        if handle_of(town.code, person.name) == handle:
            return person
    raise PersonUnknown


async def _changed(
    town: Municipality, by: str, act: str, name: str, change: Callable[[Person], Person], detail: str = ""
) -> None:
    def work() -> None:
        person = town.people.person(name)
        if person is None:
            raise PersonUnknown
        keep_person(town, change(person))
        town.auditing.write(by, act, None, f"{name} {detail}".strip(), DONE)

    await town.submit(work)


async def give_roles(town: Municipality, by: str, name: str, roles: Iterable[str], reason: str = "") -> bool:
    """Give a person these roles and no others; who gave one that stays is kept with it.

    Returns True if all of it is done. Guarded roles wait for a second person, and where there is none they ask for a
    `reason`: `four_eyes.SecondNeeded`.
    """
    wanted = [Role(role) for role in roles]
    must_go_together(town, wanted)

    def work() -> bool:
        person = _there(town, name)
        parts = four_eyes.split(person.role_names, wanted)
        waits = bool(parts.give or parts.take)
        if waits and four_eyes.propose(town, four_eyes.new(town, four_eyes.ROLES, by, name, parts), reason):
            parts, waits = parts._replace(now=tuple(wanted)), False
            person = _stopped(town, by, person, wanted)
        if {*parts.now} != person.role_names or not waits:
            keep_person(town, with_roles(person, parts.now, by, town.clock.now_ms()))
            town.auditing.write(by, "give-roles", None, f"{name} {', '.join(parts.now)}".strip(), DONE)
        return not waits

    return await town.submit(work)


def _stopped(town: Municipality, by: str, person: Person, wanted: Iterable[Role]) -> Person:
    """A person who can agree with nothing any more, which nobody agreed to: they count as a second person still."""
    if not person.role_names & AGREES or AGREES & {*wanted}:
        return person
    return msgspec.structs.replace(person, stopped_by=by, stopped_ms=town.clock.now_ms(), was_second=True)


def _there(town: Municipality, name: str) -> Person:
    person = town.people.person(name)
    if person is None:
        raise PersonUnknown
    return person


async def agree(control: Control, town: Municipality, by: str, id_: str) -> str:
    """Agree, as a second person, with what a colleague proposed for an account, which does it.

    Returns the secret of the link by which an account begins anew, which is shown to who agreed alone; else nothing.
    What was typed by somebody who had not signed in waits for one more.
    """

    def work() -> Proposal | None:
        if four_eyes.is_first(town, id_, by):
            return None
        found = four_eyes.agreed(town, id_, by)
        person = _there(town, found.about)
        if found.kind == four_eyes.RESET:
            _forget(town, found.first or found.by, person, (found.first or found.by, by))
            return found
        after = [role for role in Role if role in {*person.role_names, *found.give} - {*found.take}]
        must_go_together(town, after)
        vouched = tuple(dict.fromkeys((*(person.vouched or (found.by,)), found.by, found.first or by, by)))
        person = msgspec.structs.replace(person, vouched=vouched if found.give else person.vouched)
        keep_person(town, with_roles(person, after, found.by, town.clock.now_ms()))
        town.auditing.write(found.by, "give-roles", None, f"{person.name} {', '.join(after)}".strip(), DONE)
        return found

    found = await town.submit(work)
    if found is None or found.kind != four_eyes.RESET:
        return ""
    control.end_sessions(town.code, found.about)
    return link(control, town, found.about, by)


def overdue(person: Person, now_ms: int) -> tuple[Given, ...]:
    """The roles of a person that nobody has looked at for a year (BIO2 5.18.03), or a quarter if special (8.02.01).

    Of who cannot come in there are none.
    """
    if person.state != ACTIVE:
        return ()
    return tuple(
        given
        for given in person.roles
        if max(given.reviewed_ms, given.at_ms) + (QUARTER_MS if given.role in SPECIAL else YEAR_MS) < now_ms
    )


async def review_roles(town: Municipality, by: str, name: str) -> None:
    """Note that somebody looked at the roles of a person and that they are right; nobody looks at their own, but who
    is alone."""
    now_ms = town.clock.now_ms()

    def change(person: Person) -> Person:
        others = [one for one in town.people.all() if one.name != by and one.state == ACTIVE]
        if name == by and any(one.role_names & REVIEWS for one in others):
            raise four_eyes.NotSecond
        kept = tuple(msgspec.structs.replace(given, reviewed_ms=now_ms) for given in person.roles)
        return msgspec.structs.replace(person, roles=kept)

    await _changed(town, by, "review-roles", name, change)


async def unblock(town: Municipality, by: str, name: str) -> None:
    """Let a person in again who was blocked."""
    ready = any(one.kind in (PASSWORD, OPENID) for one in town.people.factors(name))

    def change(person: Person) -> Person:
        if person.state != BLOCKED:
            raise NotInvitable(name=name)
        return msgspec.structs.replace(person, state=ACTIVE if ready else INVITED)

    await _changed(town, by, "unblock-staff", name, change)


async def reset_factors(control: Control, town: Municipality, by: str, name: str, reason: str = "") -> str:
    """Propose to forget by what a person showed who they are: they come in again by an invitation alone.

    Returns the secret of that invitation where there is no second person and the `reason` lets it pass; nothing while
    it waits for one.
    """

    def work() -> bool:
        person = _there(town, name)
        passes = four_eyes.propose(town, four_eyes.new(town, four_eyes.RESET, by, name), reason)
        if passes:
            _forget(town, by, person, (by,))
        return passes

    if not await town.submit(work):
        return ""
    control.end_sessions(town.code, name)
    return link(control, town, name, by)


def _forget(town: Municipality, by: str, person: Person, vouching: tuple[str, ...]) -> None:
    """Forget every factor of a person; inside the writer's transaction.

    Whoever has the link says who takes it up: `vouching` alone do, unless the person is one of them. Until then the
    account counts as a second person whom `by` keeps out.
    """
    vouched = person.vouched if person.name in vouching else vouching
    begins = msgspec.structs.replace(person, state=INVITED, stopped_by=by, stopped_ms=town.clock.now_ms())
    keep_person(town, msgspec.structs.replace(begins, vouched=vouched))
    for factor in town.people.factors(person.name):
        town.people.drop_factor(factor)
    town.auditing.write(by, "reset-factors", None, person.name, DONE)


async def call_me(town: Municipality, name: str, shown_name: str, language: str) -> None:
    """Keep how a person is called on pages, and in which language they read."""
    shown = line(shown_name, SHOWN_NAME_MAX)

    def change(person: Person) -> Person:
        return msgspec.structs.replace(person, shown_name=shown or person.shown_name, language=language)

    await _changed(town, name, "own-name", name, change)


def workers_of(town: Municipality) -> set[str]:
    """The workers: everybody who has or had a device for the field, or was assigned a record."""
    desks = {one.worker for one in town.book.certificates.values() if one.role == "desk"}
    certified = {one.worker for one in town.book.certificates.values() if one.role == "worker"}
    return certified | (town.opening.workers() - desks)
