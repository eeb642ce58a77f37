"""The page of what waits for a second person: agreed with, refused or withdrawn; and what passed without one."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath
from msgspec.structs import replace

from backend.desk import erasing, four_eyes, keyslots, list_holding, people, phone_rights, teams
from backend.desk.openid import connecting
from backend.desk.passing import DELETE, WEIGH
from backend.desk.wording import Speaker
from backend.errors import ROOM_ERRORS, BackendError
from backend.sentences import told_on_page
from backend.stores.people import Proposal
from backend.web.desk.guarding import COUNTERS, act, page
from backend.web.desk.house import end_others
from backend.web.desk.lists import changed
from backend.web.desk.record_names import names_of_beginnings
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.house import house_of

AGREE: Final = "people.agree"
PHONES: Final = "devices.second"  # of phones alone
BOTH: Final = (AGREE, PHONES)
_DOES: Final = {
    four_eyes.PHONE: phone_rights.agree, four_eyes.ERASE: erasing.agree, four_eyes.TEAM: teams.agree,
    four_eyes.LIST: list_holding.agree,
}  # fmt: skip


@page("/proposals", action=BOTH)
async def proposals(seat: Seated) -> Response[str]:
    """All that waits for a second person, and all that passed without one and that no colleague has read."""
    rows = [_row(seat, one) for one in _seen(seat)]
    kept = seat.town.people.notices() if seat.scope(AGREE) is not None else []
    labels = await _labels(seat, [one.proposal for one in kept])
    notices = [
        _about(seat, one.proposal, labels)
        | {"reason": one.reason, "can": four_eyes.may_read(seat.town, one, seat.staff)}
        for one in kept
    ]
    waits = await _count(seat)
    return render(seat, "proposals/list.html", here="proposals", rows=rows, notices=notices, waits=waits)


def _seen(seat: Seat) -> list[Proposal]:
    """All that waits, or of who agrees with phones alone those."""
    every = four_eyes.waiting(seat.town)
    return every if seat.scope(AGREE) is not None else [one for one in every if one.kind == four_eyes.PHONE]


def _row(seat: Seat, proposal: Proposal) -> dict[str, Any]:
    why = None
    try:
        four_eyes.may_agree(seat.town, proposal, seat.staff)
    except BackendError as error:
        why = " ".join(told_on_page(error, seat.language))
    first = seat.town.people.person(proposal.first) if proposal.first else None
    more = {"first": first.shown_name if first is not None else "", "alone": four_eyes.asked_alone(seat.town, proposal)}
    more |= {"silent_ms": four_eyes.silent_until(proposal)}
    return _about(seat, proposal) | more | {"why": why, "own": proposal.by == seat.staff}


async def _labels(seat: Seat, proposals: Iterable[Proposal]) -> dict[str, str]:
    """The labels of acts in records, as this person knows them: the form's title, and the record's name where they
    read it."""
    named = {one.label: tuple(one.label.rsplit(" ", 1)) for one in proposals if one.kind in (WEIGH, DELETE)}
    pairs = {label: (pair[0], pair[1]) for label, pair in named.items() if len(pair) == 2}
    names, title = await names_of_beginnings(seat, pairs.values()), Speaker(seat.town, seat.language).title
    return {label: f"{title(form)}, {names.get((form, digits), digits)}" for label, (form, digits) in pairs.items()}


def _about(seat: Seat, proposal: Proposal, labels: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    person = seat.town.people.person(proposal.about)
    by = seat.town.people.person(proposal.by)
    handle = people.handle_of(seat.town.code, proposal.about) if person is not None else ""
    connection = seat.town.openid.waiting(proposal.id)
    named = {team.id: team.shown_name for team in seat.town.people.teams()} if connection is not None else {}
    shown = proposal if proposal.label not in labels else replace(proposal, label=labels[proposal.label])
    facts = {"one": shown, "person": person, "by": by, "handle": handle, "connection": connection, "teams": named}
    return facts | _of_team(seat, proposal) | _of_list(seat, proposal)


def _of_team(seat: Seat, proposal: Proposal) -> dict[str, Any]:
    """The people who come into a team, and whose records are read by it: of all its workers, or of those who come."""
    team = seat.town.people.team(proposal.about) if proposal.kind == four_eyes.TEAM else None
    if team is None:
        return {"come": (), "workers": ()}
    shown = {person.name: person.shown_name for person in seat.town.people.all()}
    come = [shown.get(name, name) for name in proposal.staff]
    return {
        "come": come, "workers": proposal.workers, "there": team.workers if come else (),
        "readers": [shown.get(name, name) for name in team.staff] if proposal.workers else (),
    }  # fmt: skip


def _of_list(seat: Seat, proposal: Proposal) -> dict[str, Any]:
    altered = sorted(list_holding.changes_of(seat.town, proposal.id), key=lambda one: one.kind != "relabelled")
    return {"changes": [changed(seat, one) for one in altered]}


@act("/proposals/{proposal:str}/agree", action=BOTH, elevated=True)
async def agree(request: Request[Any, Any, Any], seat: Seated, proposal: FromPath[str]) -> Response[Any]:
    """Agree as a second person, which does what was proposed. A link or a code that it makes is shown here alone."""
    found = four_eyes.open_one(seat.town, proposal)
    if found.kind in (four_eyes.RECOVERY, four_eyes.REMOVE):
        row = await keyslots.agree(seat.desk, seat.town, seat.staff, proposal)
        return render(seat, "proposals/code.html", code=row["code"]) if "code" in row else to(seat, "/proposals")
    if found.kind == four_eyes.CONNECT:
        end_others(request, seat, await connecting.agree(seat.town, seat.staff, proposal))
        return to(seat, "/proposals")
    if found.kind in _DOES:
        await _DOES[found.kind](seat.town, seat.staff, proposal)
        return to(seat, "/proposals")
    token = await people.agree(house_of(request).sessions.control, seat.town, seat.staff, proposal)
    if not token:
        return to(seat, "/proposals")
    return render(
        seat, "people/invited.html", name=found.about, link=address_of_link(request, seat, token), waits=False
    )


def address_of_link(request: Request[Any, Any, Any], seat: Seat, token: str) -> str:
    """The address of an invitation, at the host at which the browser found this server."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}{seat.home}/join/{token}"


@act("/proposals/{proposal:str}/refuse", action=BOTH)
async def refuse(seat: Seated, proposal: FromPath[str]) -> Response[Any]:
    """Refuse what a colleague proposed, or withdraw one's own."""
    await seat.town.submit(lambda: four_eyes.refuse(seat.town, proposal, seat.staff))
    return to(seat, "/proposals")


@act("/proposals/{proposal:str}/read", action=AGREE)
async def read(seat: Seated, proposal: FromPath[str]) -> Response[Any]:
    """Note that what passed without a second person was read."""
    await seat.town.submit(lambda: four_eyes.read(seat.town, proposal, seat.staff))
    return to(seat, "/proposals")


def can_agree(seat: Seat) -> list[Proposal]:
    """The proposals that wait for this very person."""
    if all(seat.scope(action) is None for action in BOTH):
        return []
    return [one for one in four_eyes.waiting(seat.town) if _can(seat, one)]


def _can(seat: Seat, proposal: Proposal) -> bool:
    try:
        four_eyes.may_agree(seat.town, proposal, seat.staff)
    except ROOM_ERRORS:
        return False
    return True


def unread(seat: Seat) -> list[Proposal]:
    """The acts that passed without a second person and that wait until this very person has read them."""
    mine = seat.town.people.notices() if seat.scope(AGREE) is not None else ()
    return [one.proposal for one in mine if four_eyes.may_read(seat.town, one, seat.staff)]


async def passed(seat: Seat) -> list[dict[str, Any]]:
    """The same for everybody at the desk: what one person did alone is hidden from nobody who could speak of it."""
    notices = seat.town.people.notices()
    labels = await _labels(seat, [one.proposal for one in notices])
    return [_about(seat, one.proposal, labels) | {"reason": one.reason} for one in notices]


async def _count(seat: Seat) -> int:
    return len(can_agree(seat)) + len(unread(seat))


COUNTERS["proposals"] = (BOTH, _count)
ROUTES: Final = (proposals, agree, refuse, read)
