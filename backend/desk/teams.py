"""Acts on teams: which staff read the records of which workers.

**What two people do.** Who comes to read by a team what workers wrote does so once a second person agrees
(`four_eyes`): one admin alone would open every record to a friend. A worker of whom there is nothing to read yet comes
in at once, and a colleague is told: a newcomer begins on their first day. What somebody reads by another team already
is nothing new. Taking people out of a team is done at once.
"""

from collections.abc import Iterable
from typing import ClassVar, Final, NamedTuple

from msgspec.structs import replace

from backend.desk import four_eyes
from backend.desk.group_names import must_name_no_group
from backend.desk.people import workers_of
from backend.desk.rights import READS_BY_TEAM, counted
from backend.desk.threads import line
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.people import LEFT, Proposal, Team
from crypto.primitives import random_bytes

TEAM_NAME_MAX: Final = 60
DONE: Final = "done"


class TeamUnknown(BackendError):
    """There is no such team."""

    code: ClassVar[str] = "desk-team-unknown"


class TeamUnnamed(BackendError):
    """A team needs a name."""

    code: ClassVar[str] = "desk-team-unnamed"


class Coming(NamedTuple):
    """The people who come into a team."""

    staff: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()


async def make_team(town: Municipality, by: str, given: str) -> Team:
    """Make a team without members; raises `TeamUnnamed` and `naming.NameOfGroup`."""
    name = line(given, TEAM_NAME_MAX)
    if not name or not name.isprintable():
        raise TeamUnnamed
    must_name_no_group(name)
    team = Team(random_bytes(8).hex(), name)

    def work() -> None:
        town.people.keep_team(team)
        town.auditing.write(by, "make-team", None, name, DONE)

    await town.submit(work)
    return team


async def fill_team(
    town: Municipality, by: str, id_: str, staff: Iterable[str], workers: Iterable[str], reason: str = ""
) -> None:
    """Say who is in a team: only people and workers that there are.

    Who would read more waits for a second person; what waited of this team is over, as it is asked anew. Where there is
    no second person it asks for a `reason`: `four_eyes.SecondNeeded`.
    """
    known, wanted = {person.name for person in town.people.all()}, sorted({*staff})
    there = workers_of(town)

    def work() -> None:
        team = _there(town, id_)
        chosen = tuple(name for name in sorted({*workers}) if name in there or name in team.workers)
        full = replace(team, staff=tuple(name for name in wanted if name in known), workers=chosen)
        for before in asked_for(town, id_):
            town.people.drop_proposal(before.id)
        held = _held(town, team, full)
        passes = any(held) and _passes(town, by, team, held, reason)
        told = _seen_anew(town, team, _without(full, held))
        if told:
            four_eyes.tell(town, four_eyes.TEAM, by, team.shown_name, ", ".join(told))
        _keep(town, by, full if passes else _without(full, held))

    await town.submit(work)


def _there(town: Municipality, id_: str) -> Team:
    team = town.people.team(id_)
    if team is None:
        raise TeamUnknown
    return team


def _passes(town: Municipality, by: str, team: Team, held: Coming, reason: str) -> bool:
    asked = four_eyes.new(town, four_eyes.TEAM, by, team.id, label=team.shown_name)
    return four_eyes.propose(town, replace(asked, staff=held.staff, workers=held.workers), reason)


def _without(full: Team, held: Coming) -> Team:
    return replace(
        full,
        staff=tuple(name for name in full.staff if name not in held.staff),
        workers=tuple(name for name in full.workers if name not in held.workers),
    )


def _keep(town: Municipality, by: str, team: Team) -> None:
    town.people.keep_team(team)
    town.auditing.write(by, "fill-team", None, f"{team.shown_name}: {len(team.staff)}, {len(team.workers)}", DONE)


def asked_for(town: Municipality, id_: str) -> list[Proposal]:
    """The proposals of a team that wait for a second person."""
    return [one for one in four_eyes.waiting(town) if (one.kind, one.about) == (four_eyes.TEAM, id_)]


async def agree(town: Municipality, by: str, id_: str) -> None:
    """Agree, as a second person, with who comes into a team, which lets them in."""

    def work() -> None:
        found = four_eyes.agreed(town, id_, by)
        team = _there(town, found.about)
        gone = {person.name for person in town.people.all() if person.state == LEFT}
        staff = tuple(sorted({*team.staff, *found.staff} - gone))
        _keep(town, found.by, replace(team, staff=staff, workers=tuple(sorted({*team.workers, *found.workers}))))

    await town.submit(work)


# --- who reads more ---


def _readers(town: Municipality, staff: Iterable[str]) -> list[str]:
    """The members of some staff who read by a team."""
    reads = {person.name for person in town.people.all() if counted(person.role_names) & READS_BY_TEAM}
    return [name for name in staff if name in reads]


def _held(town: Municipality, before: Team, after: Team) -> Coming:
    """The people whom nobody lets into a team alone: by each somebody reads what a worker wrote, and did not before."""
    wrote = [name for name in after.workers if _has_records(town, name)]
    staff, workers = set[str](), set[str]()
    for reader in _readers(town, after.staff):
        new = {*wrote} - town.people.workers_of(reader)
        if reader not in before.staff and new:
            staff.add(reader)
        elif reader in before.staff:
            workers |= new
    return Coming(tuple(sorted(staff)), tuple(sorted(workers)))


def _has_records(town: Municipality, worker: str) -> bool:
    """True if there is something of a worker to read: they wrote it, or were assigned it."""
    tails = town.committed.tails
    wrote = any(one.device in tails for one in town.book.all_devices_of(worker))
    return wrote or bool(town.book.records_assigned_to(worker))


def _seen_anew(town: Municipality, before: Team, after: Team) -> list[str]:
    """The names of a team through which somebody will read what they did not before: nobody widens that unseen."""
    readers = _readers(town, after.staff)
    come = [name for name in after.workers if name not in before.workers] if readers else []
    return [name for name in readers if name not in before.staff and after.workers] + come


async def end_team(town: Municipality, by: str, id_: str) -> None:
    """End a team, and what waits of it; its people stay."""

    def work() -> None:
        team = _there(town, id_)
        for asked in asked_for(town, id_):
            town.people.drop_proposal(asked.id)
        town.people.drop_team(id_)
        town.auditing.write(by, "end-team", None, team.shown_name, DONE)

    await town.submit(work)
