"""The things that pages about records share: the forms that a seat may read, within which records, and their words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from litestar import Request

from backend.desk.wording import Speaker
from backend.municipality import publishing
from backend.stores.rows import LIST
from backend.web.desk.guarding import Gone
from backend.web.desk.seat import Seat
from forms.document import Form

READ: Final = "records.read"
SIGNALS: Final = "signals.read"
READS: Final = (READ, SIGNALS)
SIGNAL_CLASS: Final = "S4"


class Readable(NamedTuple):
    """A form that a seat may read, and the workers whose records those are; None: all of the municipality."""

    form: Form
    action: str
    workers: frozenset[str] | None


def is_signal(form: Form) -> bool:
    """True if a form is of class S4, as all that it asks is: it has readers of its own. A visit with one such question
    stays a visit, which the team has to read."""
    return all(question.sensitivity == SIGNAL_CLASS for question in form.questions)


def readable(seat: Seat) -> dict[str, Readable]:
    """The newest versions of the forms that a seat may read, by name."""
    found = {}
    for version in seat.town.published.newest():
        if version.form.startswith(LIST):
            continue
        form = publishing.history(seat.town, version.form)[-1]
        action = SIGNALS if is_signal(form) else READ
        if seat.scope(action) is not None:
            found[version.form] = Readable(form, action, seat.workers(action))
    return found


def readable_form(seat: Seat, slug: str) -> Readable:
    """One of them. Raises `Gone`."""
    found = readable(seat).get(slug)
    if found is None:
        raise Gone
    return found


def speaker(seat: Seat) -> Speaker:
    """Somebody who says the words of the forms in the language of a seat."""
    return Speaker(seat.town, seat.language)


def list_codes(seat: Seat, form: Form) -> Mapping[str, Sequence[str]]:
    """The codes of the lists that a form takes choices from."""
    held = publishing.lists(seat.town) if form.lists else {}
    return {name: tuple(held.get(name, ())) for name in form.lists}


async def posted(request: Request[Any, Any, Any]) -> dict[str, list[str]]:
    """The fields of a posted form; files are left out."""
    found: dict[str, list[str]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found
