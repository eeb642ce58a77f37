"""The second person of an export: who can be one, and what passes where nobody can.

In a municipality of few people nobody may be there who is another person and may agree. Then the reason lets it pass:
it is shown to those who agree with acts on accounts until one of them has read it, as `four_eyes` does for those.
"""

from typing import Final

from backend.desk.export_asking import Asking
from backend.desk.four_eyes import DONE, STOPPED_MS, are_two, new
from backend.desk.standing import Standing
from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, Notice, Person

SECOND: Final = "export.second"
KIND: Final = "export"  # of the notice


def seconds(town: Municipality, staff: str) -> list[Person]:
    """The people who can agree with an export of somebody now."""
    return [one for one in town.people.all() if one.state == ACTIVE and _could(town, staff, one)]


def nobody_can(town: Municipality, staff: str, action: str = SECOND) -> bool:
    """True if there is no second person; whoever kept one out lately does not become alone by that."""
    since_ms = town.clock.now_ms() - STOPPED_MS
    return not any(
        one.state == ACTIVE or (one.stopped_by == staff and one.stopped_ms > since_ms)
        for one in town.people.all()
        if _could(town, staff, one, action)
    )


def _could(town: Municipality, staff: str, person: Person, action: str = SECOND) -> bool:
    return are_two(town, staff, person.name) and Standing(town, person).may(action)


async def passes_alone(town: Municipality, staff: str, asking: Asking) -> bool:
    """Let an export pass by its reason if nobody can be the second person, and keep that for others to read."""

    def work() -> bool:
        if not nobody_can(town, staff):
            return False
        notice = new(town, KIND, staff, "", label=f"{asking.asked.slug} {asking.many}")
        town.people.keep_notice(Notice(notice, asking.typed.reason))
        town.auditing.write(staff, "emergency", None, f"{KIND} {asking.said}", DONE)
        return True

    return nobody_can(town, staff) and await town.submit(work)
