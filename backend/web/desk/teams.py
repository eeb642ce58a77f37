"""The pages of teams: which staff read the records of which workers."""

from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk import people, teams
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seated


@act("/teams", action="teams.change")
async def make_team(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Make a team."""
    team = await teams.make_team(seat.town, seat.staff, str((await request.form()).get("name", "")))
    return to(seat, f"/teams/{team.id}")


@page("/teams/{team:str}", action="teams.change")
async def team_page(seat: Seated, team: FromPath[str]) -> Response[str]:
    """A team and its members, to tick and untick."""
    found = seat.town.people.team(team)
    if found is None:
        raise Gone
    staff = seat.town.people.all()
    workers = sorted(people.workers_of(seat.town) | {*found.workers})
    asked = teams.asked_for(seat.town, team)
    coming = {name for one in asked for name in (*one.staff, *one.workers)}
    return render(seat, "people/team.html", team=found, staff=staff, workers=workers, coming=coming)


@act("/teams/{team:str}", action="teams.change")
async def fill_team(request: Request[Any, Any, Any], seat: Seated, team: FromPath[str]) -> Response[Any]:
    """Say who is in a team."""
    form = await request.form()
    try:
        members, workers = form.getall("staff", []), form.getall("worker", [])
        await teams.fill_team(seat.town, seat.staff, team, members, workers, str(form.get("reason", "")))
    except teams.TeamUnknown:
        raise Gone from None
    return to(seat, f"/teams/{team}")


@act("/teams/{team:str}/end", action="teams.change")
async def end_team(seat: Seated, team: FromPath[str]) -> Response[Any]:
    """End a team."""
    try:
        await teams.end_team(seat.town, seat.staff, team)
    except teams.TeamUnknown:
        raise Gone from None
    return to(seat, "/people")


ROUTES: Final = (make_team, team_page, fill_team, end_team)
