"""The things that pages about records share: the forms that a seat may read, within which records, and their words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from litestar import Request

from backend.desk.arguments import DESK_WORKER
from backend.desk.rights import Scope
from backend.desk.sights import is_signal
from backend.desk.wording import Speaker
from backend.municipality import publishing
from backend.stores.one_record import Held
from backend.stores.rows import LIST
from backend.web.desk.guarding import Gone
from backend.web.desk.seat import Seat
from backend.web.desk.uploads import form_of
from forms.definition.document import Form
from sync.facts import DESK

READ: Final = "records.read"
SIGNALS: Final = "signals.read"
READS: Final = (READ, SIGNALS)  # of forms, and of those about a signal


class Readable(NamedTuple):
    """A form that a seat may read, and the workers whose records those are; None: all of the municipality."""

    form: Form
    action: str
    workers: frozenset[str] | None


def readable(seat: Seat, actions: tuple[str, str] = READS, *, reason: bool = False) -> dict[str, Readable]:
    """The newest versions of the forms in which a seat may do something, by name: an action, or the one of signals.

    One that is done with a record for a stated reason alone (`reason.py`) shows none, unless `reason` asks for those
    too: whoever asks sees to it that records are named.
    """
    found = {}
    for version in seat.town.published.newest():
        if version.form.startswith(LIST):
            continue
        form = publishing.history(seat.town, version.form)[-1]
        action = actions[is_signal(form)]
        scope = seat.scope(action)
        if scope is not None and (reason or scope is not Scope.REASON):
            found[version.form] = Readable(form, action, seat.workers(action))
    return found


def readable_form(seat: Seat, slug: str) -> Readable:
    """One of them. Raises `Gone`."""
    found = readable(seat).get(slug)
    if found is None:
        raise Gone
    return found


def workers_of(seat: Seat, one: Readable) -> list[str]:
    """The workers whose records a seat may read, to choose from: those of the own teams, or all who have a device."""
    if one.workers is not None:
        return sorted(one.workers)
    return sorted({held.worker for held in seat.town.book.certificates.values() if held.role != DESK})


def readers(seat: Seat, held: Held) -> list[str]:
    """The workers who have to do with a record and whose devices get it now."""
    book, record = seat.town.book, bytes.fromhex(held.row["record"])
    named = {row["worker"] for row in held.people if not row["worker"].startswith(DESK_WORKER)}
    may_read = seat.town.access.may_read
    return sorted(one for one in named if any(may_read(phone.device, record) for phone in book.all_devices_of(one)))


def grantable(seat: Seat, held: Held, one: Readable) -> list[str]:
    """The workers to whom a record can be opened: of the own teams, with a device, and not reading it yet."""
    have, book = set(readers(seat, held)), seat.town.book
    return [worker for worker in workers_of(seat, one) if worker not in have and book.all_devices_of(worker)]


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
    for name, value in (await form_of(request)).multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found
