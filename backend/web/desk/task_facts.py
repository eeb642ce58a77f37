"""The facts of tasks as pages show them, and for whom one can be."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from backend.desk.notes import KINDS, is_due, with_notes
from backend.desk.rights import Role
from backend.desk.seconds import KINDS as SECONDS
from backend.sentences import library
from backend.stores.desk_notes import Task
from backend.stores.people import ACTIVE
from backend.web.desk.reading import SIGNALS, Readable
from backend.web.desk.seat import Seat
from forms.wording import day, day_of


class TypedTask(NamedTuple):
    """A task as somebody typed it, and what is wrong with it: the words, at which field."""

    kind: str = ""
    whom: str = ""
    due: str = ""
    note: str = ""
    wrong: str = ""
    fault: str = ""
    status: int = 200


NO_TASK: Final = TypedTask()


def today_of(seat: Seat) -> str:
    """The day at the office."""
    return day_of(seat.now_ms).isoformat()


def colleagues(seat: Seat, *, signal: bool) -> list[tuple[str, str]]:
    """The people for whom a task can be, oneself first: of the own teams, or those who decide about signals."""
    people = [one for one in seat.town.people.all() if one.state == ACTIVE and one.name != seat.staff]
    if signal:
        known = [one for one in people if Role.SIGNALS in one.role_names]
    else:
        teams = [team for team in seat.town.people.teams() if seat.staff in team.staff]
        mine = {name for team in teams for name in team.staff}
        known = [one for one in people if one.name in mine and {Role.LEAD, Role.REVIEWER} & one.role_names]
    others = sorted(((one.name, one.shown_name or one.name) for one in known), key=lambda one: one[1].casefold())
    return [(seat.staff, library().phrase("tasks-myself", seat.language, who=seat.shown_name)), *others]


def shown_task(seat: Seat, task: Task) -> dict[str, Any]:
    """A task in words."""
    language, said = seat.language, library().phrase
    person, giver = seat.town.people.person(task.whom), seat.town.people.person(task.by)
    due = day(date.fromisoformat(task.due), language) if task.due else ""
    return {
        "id": task.id, "kind": said(f"tasks-{task.kind}", language), "note": task.note, "due": due,
        "whom": (person.shown_name if person else "") or task.whom,
        "by": (giver.shown_name if giver else "") or task.by,
        "late": bool(task.due) and not task.done_ms and task.due < today_of(seat), "done_ms": task.done_ms,
        "today": is_due(task, today_of(seat)), "made_ms": task.made_ms, "own": task.whom == task.by,
    }  # fmt: skip


async def tasks_panel(seat: Seat, row: Mapping[str, Any], one: Readable) -> dict[str, Any]:
    """The facts of a record's panel of tasks; without the right to keep them there is none."""
    signal = one.action == SIGNALS
    if seat.scope_in("tasks.keep", signal=signal) is None:
        return {"tasks": None}
    record = str(row["record"])
    every = await with_notes(seat.town, lambda store: store.tasks_of(record))
    found = [one for one in every if one.kind not in SECONDS]  # the page says what waits for a second person itself
    said = library().phrase
    return {
        "tasks": [shown_task(seat, task) for task in found], "task_people": colleagues(seat, signal=signal),
        "task_kinds": [(kind, said(f"tasks-{kind}", seat.language)) for kind in KINDS],
    }  # fmt: skip
