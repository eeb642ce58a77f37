"""The forms and records in which a person may decide: those of their roles and their workers.

A form of class S4 alone (a signal) has readers of its own: whoever reads the other forms of a team does not read it.
What nobody can open yet, or a form that is not known, may be of that class.
"""

from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from backend.desk.history import form_in
from backend.municipality.service import Municipality
from backend.stores.rows import LIST
from crypto.primitives import hmac_sha256
from forms.definition.document import Form

HIGHEST: Final = "S4"
UNKNOWN: Final = ""  # the form of a record that nobody could open
NAME_DIGITS: Final = 12
Workers = Callable[[str], Collection[str] | None]


class Sight(NamedTuple):
    """The forms that somebody sees, and the workers whose records (None: of everybody)."""

    forms: tuple[str, ...]
    workers: Collection[str] | None


def is_signal(form: Form) -> bool:
    """True for a form of which every question is of the highest class."""
    return bool(form.questions) and all(question.sensitivity == HIGHEST for question in form.questions)


def forms_of(town: Municipality, *, signals: bool) -> tuple[str, ...]:
    """The published forms that are signals, or all others."""
    found = [UNKNOWN] if signals else []
    for slug in town.book.forms:
        form = None if LIST in slug else form_in(town, slug, town.book.newest_form(slug))
        if LIST not in slug and (form is None or is_signal(form)) == signals:
            found.append(slug)
    return tuple(sorted(found))


def sights_of(
    town: Municipality, workers: Workers, may: Callable[[str], bool], action: str, signal: str
) -> list[Sight]:
    """The sights of a person who may do an action, or the one of signals."""
    named = ((action, False), (signal, True))
    return [Sight(forms_of(town, signals=signals), workers(name)) for name, signals in named if may(name)]


def short_name(town: Municipality, worker: str) -> str:
    """The name of a worker in an address, which says nothing to whoever reads the address."""
    return hmac_sha256(town.custody.records_key.reveal(), b"veldpost/1/desk-address" + worker.encode()).hex()[
        :NAME_DIGITS
    ]
