"""The review of a record, and the questions and comments about it (SPEC.md section 9)."""

from collections.abc import Mapping
from typing import Final

from forms.paths import is_decision
from forms.policies import Edit, survivors
from picture.edits import REVIEW, Edits
from picture.parts import Review, Shown, Thread
from picture.reading import Around, Reading

QUESTION: Final = "/_question/"
COMMENT: Final = "/_comment/"


def review_of(reserved: Mapping[str, Shown], edits: Edits) -> Review | None:
    """The state of the review, with the paths that were edited by somebody whose words its author had not read.

    An approval covers what its author had read: what came later or in parallel has still to be looked at.
    """
    shown = reserved.get(REVIEW)
    if shown is None or shown.value is None:
        return None
    author = next(edit for edit in edits[REVIEW] if edit.hash.hex() == shown.entry)
    changed = (path for path, own in edits.items() if not is_decision(path) and _unread(own, author))
    return Review(shown.value, shown.author, shown.at_ms, shown.entry, tuple(sorted(changed)))


def _unread(own: list[Edit], author: Edit) -> bool:
    return any(edit.hash != author.hash and edit.hash not in author.knows for edit in survivors(own))


def questions_of(reserved: Mapping[str, Shown], edits: Edits, reading: Reading, around: Around) -> tuple[Thread, ...]:
    """The questions about the record; one is open while a text of the office survives, which nobody has answered."""
    asked = [path for path in reserved if path.startswith(QUESTION)]
    if not asked:
        return ()
    office = office_of(reading, around)
    return tuple(Thread(path, _is_open(edits[path], office), reserved[path].texts) for path in sorted(asked))


def office_of(reading: Reading, around: Around) -> set[bytes]:
    """The entries that are the office's: written by its devices, those that it took in for a worker apart."""
    origin = {aside.arrival.hash: aside.arrival.header.device for aside in reading.aside}
    office: set[bytes] = set()
    for entry in reading.opened:
        header = entry.arrival.header
        source = origin.get(header.source or b"")
        author = header.device if source is None or not around.takes_in(header.device, source) else source
        if around.is_office(author):
            office.add(entry.arrival.hash)
    return office


def is_begun(reading: Reading, around: Around) -> bool:
    """True while only the office wrote in the record: it was begun for a worker, who has not written in it yet."""
    return bool(reading.opened) and len(office_of(reading, around)) == len(reading.opened)


def _is_open(own: list[Edit], office: set[bytes]) -> bool:
    return any(edit.value is not None and edit.hash in office for edit in survivors(own))


def comments_of(reserved: Mapping[str, Shown]) -> tuple[Thread, ...]:
    """The comments about the record; nobody has to answer them."""
    found = sorted(path for path in reserved if path.startswith(COMMENT))
    return tuple(Thread(path, False, reserved[path].texts) for path in found)
