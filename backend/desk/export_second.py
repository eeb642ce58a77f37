"""The second person of an export: who can be one, and what passes where nobody can.

In a municipality of few people nobody may be there who is another person and may agree. Then the reason lets it pass:
it is shown to those who agree with acts on accounts until one of them has read it, as `four_eyes` does for those.
"""

from typing import Final

from backend.desk.export_asking import Asking
from backend.desk.four_eyes import DONE, new
from backend.desk.standing import Standing
from backend.desk.two_people import is_alone, others
from backend.municipality.service import Municipality
from backend.stores.people import Notice, Person

SECOND: Final = "export.second"
KIND: Final = "export"  # of the notice


def seconds(town: Municipality, staff: str) -> list[Person]:
    """The people who can agree with an export of somebody now."""
    return others(town, staff, lambda person: Standing(town, person).may(SECOND))


def nobody_can(town: Municipality, staff: str) -> bool:
    """True if there is no second person for an export of somebody."""
    return is_alone(town, staff, lambda person: Standing(town, person).may(SECOND))


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
