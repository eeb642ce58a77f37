"""An act in a record that takes two people and that one did alone, since nobody else could.

It is shown to those who agree with acts on accounts until one of them who is another person has read it, as
`four_eyes` does for those; everybody at the desk sees on Today that it happened. The reason stays with the record: who
reads the notice may read no answers, and a reason tells of them.
"""

from typing import Final

from backend.desk.four_eyes import DONE, new
from backend.municipality.service import Municipality
from backend.stores.people import Notice

WEIGH: Final = "weigh"  # kinds of the notice, and how the lines of the log begin
DELETE: Final = "delete"
NUMBER_SHOWN: Final = 8  # digits of a record's number: enough to tell it from another


async def passed_alone(town: Municipality, kind: str, staff: str, record: bytes, form: str, detail: str = "") -> None:
    """Keep that a person did alone what takes two, in the log and for others to read."""

    def work() -> None:
        notice = new(town, kind, staff, "", label=f"{form} {record.hex()[:NUMBER_SHOWN]}")
        town.people.keep_notice(Notice(notice, ""))
        town.auditing.write(staff, f"{kind}-alone", record, detail, DONE)

    await town.submit(work)
