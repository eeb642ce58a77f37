"""Beginning a record at the desk for a worker: an entry of the person's own desk device, and the record opened to whom
it is for.

A record that nobody of a team has to do with would be seen by no team: so it is begun for somebody.
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from backend.desk.arguments import WorkerUnknown
from backend.desk.firsts import first_answers
from backend.desk.fitting import must_fit
from backend.desk.granting import give
from backend.desk.writing import Hand
from backend.errors import BackendError, FormNotPublished
from backend.municipality.publishing import history


class NothingToBegin(BackendError):
    """A record begins with an answer: its worker has to know whom or what it is about."""

    code: ClassVar[str] = "nothing-to-begin"


def may_begin(hand: Hand, form: str) -> bool:
    """True if records of a form can be begun: its newest version is not retired."""
    book = hand.town.book
    return book.newest_form(form) > book.retired.get(form, 0)


async def begin(hand: Hand, form: str, answers: Mapping[str, Any], worker: str, asked: Collection[str] = ()) -> bytes:
    """Begin a record of the newest version of a form and open it to a worker; returns its id.

    What is not `asked` on the page begins with its first answer; what is, as the person left it.

    Raises `NothingToBegin`, `FormNotPublished`, `AnswerDoesNotFit`, and `WorkerUnknown` for one without a device.
    """
    town, desk = hand.town, hand.desk
    if not answers:
        raise NothingToBegin
    if not may_begin(hand, form):
        raise FormNotPublished(form=form)
    if not town.book.all_devices_of(worker):
        raise WorkerUnknown(worker=worker, municipality=town.code)
    version = town.book.newest_form(form)
    for path, value in answers.items():
        must_fit(town, form, version, path, value)
    newest = history(town, form)[-1]
    whole = {**first_answers(town, newest, {**dict.fromkeys(asked), **answers}), **answers}

    async def begun() -> bytes:
        record = await desk.begin_as(town, hand.staff, lambda device: device.create(form, version, whole))
        await town.auditing.note(hand.staff, "begin", record)
        await give(hand, [record], [form], worker)
        return record

    return await desk.to_its_end(begun())
