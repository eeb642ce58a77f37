"""The rows of desk.db about records, at the hand of the desk: tasks, readings for a reason, texts that were typed."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import ClassVar, Final, TypeVar

from backend.desk.threads import line, whole
from backend.desk.wishes import YEARS
from backend.errors import BackendError
from backend.municipality import beside
from backend.municipality.service import Municipality
from backend.stores.desk_notes import ReadFor, Task
from backend.stores.desk_store import DeskStore
from crypto.primitives import random_bytes
from forms.wording import day_of

T = TypeVar("T")
ID_BYTES: Final = 16  # nobody guesses one, and it says nothing
KINDS: Final = ("call", "visit", "check", "other")
NOTE_MAX: Final = 500
REASON_MIN: Final = 20  # signs: fewer say no reason
REASON_MAX: Final = 1_000
READ_MS: Final = 60 * 60_000  # how long a record stays open for a reason: who needs longer says so anew
READINGS_MAX: Final = 200  # that a page lists


class NoSuchTask(BackendError):
    """There is no such task, or not for this person."""

    code: ClassVar[str] = "no-such-task"


class TaskNotGiven(BackendError):
    """A task has a kind, somebody who does it, and where it ends on a day, a day of the calendar."""

    code: ClassVar[str] = "task-not-given"


class TaskDayPast(BackendError):
    """A task ends today or later: on a day that is over nobody can do it."""

    code: ClassVar[str] = "task-day-past"


class ReasonNeeded(BackendError):
    """A record is opened for a reason that is written down."""

    code: ClassVar[str] = "reading-reason-needed"


def new_id() -> str:
    """A new id of a row."""
    return random_bytes(ID_BYTES).hex()


async def with_notes(town: Municipality, work: Callable[[DeskStore], T]) -> T:
    """Do a piece of work with the open store; `MunicipalityLocked` without its key."""
    key = beside.key_of(town.folder, town.custody.vault)
    return await asyncio.to_thread(beside.with_store, town.folder, key, work)


def new_task(record: str, form: str, kind: str, whom: str, due: str, by: str, now_ms: int, note: str) -> Task:
    """A task as somebody gives it. Raises `TaskNotGiven`, and `TaskDayPast` for a day before today."""
    if kind not in KINDS or not whom:
        raise TaskNotGiven
    if due:
        try:
            if date.fromisoformat(due).year not in YEARS:
                raise TaskNotGiven
        except ValueError:
            raise TaskNotGiven from None
        if due < day_of(now_ms).isoformat():
            raise TaskDayPast
    return Task(new_id(), record, form, kind, whom, due, by, now_ms, note=whole(note, NOTE_MAX))


def is_due(task: Task, today: str) -> bool:
    """True for a task that waits today: its day has come, or it has none."""
    return not task.due or task.due <= today


def new_reading(record: str, form: str, staff: str, session: str, reason: str, now_ms: int) -> ReadFor:
    """A reading that begins now. Raises `ReasonNeeded` for a reason of fewer than `REASON_MIN` signs."""
    said = line(reason, REASON_MAX)
    if len(said.replace(" ", "")) < REASON_MIN:
        raise ReasonNeeded(least=REASON_MIN)
    return ReadFor(new_id(), record, form, staff, session, said, now_ms, now_ms + READ_MS)


def may_go_on(reading: ReadFor, staff: str, session: str, now_ms: int) -> bool:
    """True while who began a reading, in the session in which they did, may go on with it."""
    return (reading.staff, reading.session) == (staff, session) and reading.from_ms <= now_ms < reading.until_ms
