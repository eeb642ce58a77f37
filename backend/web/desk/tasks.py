"""Tasks about records: given and done at the page of a record, listed at `/m/<code>/tasks`.

A task says what is to be done, for whom and until when; it is kept in desk.db, and goes with its record.
"""

from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.notes import NoSuchTask, TaskDayPast, TaskNotGiven, new_task, with_notes
from backend.desk.seconds import without_over
from backend.desk.threads import TextTooLong
from backend.errors import status_of
from backend.sentences import told_on_page
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.reading import posted
from backend.web.desk.record import answered, opened
from backend.web.desk.record_names import names_of
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seated
from backend.web.desk.task_facts import TypedTask, colleagues, shown_task

TASKS: Final = ("tasks.keep", "signals.decide")
_WRONG: Final = {TaskDayPast: "due", TaskNotGiven: "due", TextTooLong: "note"}  # the field that says what is wrong


@act("/record/{record:str}/tasks", action=TASKS, keeps=True)
async def give(seat: Seated, request: Request[Any, Any, Any], record: FromPath[str]) -> Response[Any]:
    """Give somebody a task about a record."""
    one, fields = await opened(seat, record, TASKS), await posted(request)
    kind, whom, due, note = (fields.get(name, [""])[0].strip() for name in ("kind", "whom", "due", "note"))
    typed = TypedTask(kind, whom, due, note)
    if whom not in dict(colleagues(seat, signal=one.readable.action == "signals.decide")):
        raise Gone
    try:
        task = new_task(record, one.slug, kind, whom, due, seat.staff, seat.now_ms, note)
    except (TaskDayPast, TaskNotGiven, TextTooLong) as error:
        fault, wrong = " ".join(told_on_page(error, seat.language)), _WRONG[type(error)]
        return await answered(
            seat, record, one, typed._replace(wrong=wrong, fault=fault, status=status_of(error.code))
        )  # fmt: skip
    await seat.note("task", bytes.fromhex(record), task.kind)
    await with_notes(seat.town, lambda store: store.keep_task(task))
    return to(seat, f"/record/{record}#tasks")


@act("/record/{record:str}/tasks/{task:str}", action=TASKS)
async def change(
    seat: Seated, request: Request[Any, Any, Any], record: FromPath[str], task: FromPath[str]
) -> Response[Any]:
    """Say that a task is done, that it is not after all, or take it away."""
    await opened(seat, record, TASKS)
    do = (await posted(request)).get("do", [""])[0]
    own = await with_notes(seat.town, lambda store: store.task(task))
    if own is None or own.record != record:
        raise Gone
    if do == "drop":
        await with_notes(seat.town, lambda store: store.drop_task(task))
    elif do in ("done", "again"):
        done = do == "done"
        made = own._replace(done_ms=seat.now_ms if done else 0, done_by=seat.staff if done else "")
        await with_notes(seat.town, lambda store: store.keep_task(made))
    else:
        raise NoSuchTask
    await seat.note("task", bytes.fromhex(record), do)
    return to(seat, f"/record/{record}#tasks")


@page("/tasks", action=TASKS)
async def tasks(seat: Seated) -> Response[str]:
    """List the tasks that wait for a person, by the day."""
    await seat.note("tasks")
    found = await without_over(seat.keeper, await with_notes(seat.town, lambda store: store.tasks_for(seat.staff)))
    names = await names_of(seat, {task.record: task.form for task in found}, TASKS)
    shown = [
        shown_task(seat, one) | {"name": names[one.record], "address": f"{seat.home}/record/{one.record}#tasks"}
        for one in found
        if one.record in names
    ]
    return render(seat, "tasks/list.html", here="tasks", tasks=shown)


ROUTES: Final = (give, change, tasks)
