"""The matters of a record that wait for a second person, as a task of each colleague who can be that one.

A first choice to lower an answer of the gravest class, or to delete a record that has one, stands in the record alone.
Whoever can choose the same finds it among their tasks, on Today, until the matter is over; it goes with its record.
"""

from collections.abc import Iterable
from typing import Final

from backend.desk.deleting import grave
from backend.desk.notes import new_id, with_notes
from backend.desk.weighing import chosen_lower
from backend.errors import RecordUnknown
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.stores.desk_notes import Task
from backend.stores.desk_store import DeskStore

LOWER: Final = "lower"
GONE: Final = "gone"
KINDS: Final = (LOWER, GONE)


async def ask_seconds(
    town: Municipality, staff: str, record: str, form: str, kind: str, people: Iterable[str]
) -> None:  # fmt: skip
    """Give each of these accounts the task to choose the same or not; who has it is not asked twice."""
    now_ms, whom = town.clock.now_ms(), tuple(people)

    def work(store: DeskStore) -> None:
        have = {(one.whom, one.kind) for one in store.tasks_of(record) if not one.done_ms}
        for name in whom:
            if (name, kind) not in have:
                store.keep_task(Task(new_id(), record, form, kind, name, "", staff, now_ms))

    await with_notes(town, work)


async def without_over(keeper: Keeper, tasks: Iterable[Task]) -> list[Task]:
    """Tasks without those of a matter that is over: two chose the same, or another answer stands now."""
    return [one for one in tasks if one.kind not in KINDS or await _waits(keeper, one)]


async def _waits(keeper: Keeper, task: Task) -> bool:
    town = keeper.town
    if task.kind == GONE:
        try:
            found = await keeper.apart(lambda: grave(town, bytes.fromhex(task.record)))
        except RecordUnknown:  # of a journal that was put back, until its device hands it in
            return False
        return found is not None and bool(found.chose)
    form = (task.form, town.book.newest_form(task.form))
    return bool(await keeper.look(lambda store: chosen_lower(store, town, task.record, form)))
