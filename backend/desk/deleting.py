"""Deleting a record with answers of the gravest class: two people do it, or one who decides about signals.

**The rule.** A delete takes every answer of a record out of sight. Where anybody ever gave one of class S4 it takes two
people (`two_people`) who may delete the record: the choice of the first is kept as a remark that names what they saw,
and the record stays until a second one deletes it, with the same answers. Only the least protective choice of a
question ("no worry"), where nobody ever gave another, takes one. Whoever decides about signals deletes alone. Where
nobody else could, one is enough; the log says so, and colleagues are told (`passing`). A record is put back by one, as
ever.

A page, a decision about a contested delete and a command all ask here. A worker's own delete of such a record is a
proposal (picture/SPEC.md 8.1): it waits as a contested one, and is decided by the same rule.
"""

from collections.abc import Callable
from typing import ClassVar, Final, NamedTuple

from backend.desk.arguments import DESK_WORKER
from backend.desk.desk import Desk
from backend.desk.history import History
from backend.desk.passing import DELETE, passed_alone
from backend.desk.rights import OF_SIGNALS
from backend.desk.standing import Standing
from backend.desk.threads import proposal_of
from backend.desk.two_people import is_alone, others
from backend.desk.weighing import ReasonNeeded, may_act
from backend.device.device import Device
from backend.errors import BackendError
from backend.municipality.service import Municipality
from crypto.primitives import sha256
from forms.answers import canonical
from picture.parts import Text

DELETES: Final = "records.delete"


class DeleteForTwo(BackendError):
    """A record with answers of the gravest class goes once a second person deletes it too."""

    code: ClassVar[str] = "delete-for-two"


class Grave(NamedTuple):
    """A record with answers of the gravest class: where the choice to delete it stands, and who chose so already."""

    form: str
    version: int
    path: str
    chose: tuple[Text, ...]

    @property
    def first(self) -> set[str]:
        """The accounts that chose to delete it as it is now."""
        return {one.author.removeprefix(DESK_WORKER) for one in self.chose}


def grave(town: Municipality, record: bytes) -> Grave | None:
    """The record as its delete needs to know it; None where nobody ever gave an answer of the gravest class."""
    history = History(town, record)
    picture = history.picture()
    written = history.written().values()
    if not history.is_grave():
        return None
    answers = {path: one.value for path, one in picture.shown.items()}
    answers |= {one.path: one.shown.value for one in picture.hidden}
    turns = sum(entry.act in ("delete", "restore") for entry in written)
    seen = sha256(b"veldpost/1/delete" + record + canonical([turns, answers]))
    path = proposal_of(seen[:16].hex(), True)
    texts = next((thread.texts for thread in picture.comments if thread.path == path), ())
    chose = tuple(one for one in texts if one.author.startswith(DESK_WORKER) and one.text is not None)
    return Grave(picture.form, max(picture.version, town.book.newest_form(picture.form)), path, chose)


async def must_be_two(
    desk: Desk, town: Municipality, who: Standing, record: bytes, reason: str, nothing_new: Callable[[Device], None]
) -> None:  # fmt: skip
    """Let a record be deleted, or keep this person's choice as that of the first of two: `DeleteForTwo`.

    Raises `ReasonNeeded` for a first choice without a reason, and what `nothing_new` does where they did not see all.
    """
    keeper = desk.keeper(town.code)
    found = await keeper.apart(lambda: grave(town, record))
    if found is None or who.may(OF_SIGNALS[DELETES]):
        return
    workers = await keeper.read(lambda store: store.workers_in(record.hex()))
    may = may_act(town, found.form, workers, DELETES)
    people = others(town, who.staff, may)
    if any(person.name in found.first for person in people):
        return
    if is_alone(town, who.staff, may):
        await passed_alone(town, DELETE, who.staff, record, found.form)
        return
    if who.staff not in found.first:
        if not reason.strip():
            raise ReasonNeeded

        def write(device: Device) -> None:
            nothing_new(device)
            device.save(device.editing_of(record, ()), found.form, found.version, {found.path: reason})

        await desk.write_as(town, who.staff, record, write)
        await town.auditing.note(who.staff, "delete-asked", record)
    raise DeleteForTwo(people=", ".join(sorted(person.shown_name or person.name for person in people)))
