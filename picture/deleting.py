"""A delete that one worker alone decided, of a record with an answer of the gravest class (SPEC.md section 8)."""

from collections.abc import Mapping, Sequence
from typing import Final

from forms.policies import Edit
from forms.schema.question import Question
from picture.edits import Edits
from picture.reading import Around, Reading
from picture.reserved import office_of
from picture.sheets import FormSheet

GRAVEST: Final = "S4"
FIRST_LISTED: Final = "first-listed"
MARK: Final = "/_"  # of what is no answer


def is_proposed(reading: Reading, around: Around, sheet: FormSheet | None, edits: Edits) -> bool:
    """True if a delete is a proposal: not each that stands is the office's, and somebody gave a grave answer."""
    office = office_of(reading, around)
    if all(removal.hash in office for removal in reading.state.removals):
        return False
    return is_grave(reading, around, sheet, edits)


def is_grave(reading: Reading, around: Around, sheet: FormSheet | None, edits: Edits) -> bool:
    """True if anybody ever gave an answer of the gravest class; the least protective one of a question is none.

    A question is read where the record is shown, or as the version asked it with which the answer was given; one that
    neither knows is of the gravest class.
    """
    given = {entry.arrival.hash: around.sheets.sheet(entry.form, entry.version) for entry in reading.opened}
    return any(_gives(sheet, given, path, own) for path, own in edits.items() if MARK not in path)


def _gives(sheet: FormSheet | None, given: Mapping[bytes, FormSheet | None], path: str, own: Sequence[Edit]) -> bool:
    here = None if sheet is None else sheet.form.leaf(path)
    for edit in own:
        if edit.value is None or isinstance(edit.value, Mapping):
            continue  # none, or an item itself
        asked = given[edit.hash] if here is None else None
        question = here if asked is None else asked.form.leaf(path)
        if question is None or (question.sensitivity == GRAVEST and not _is_least(question, edit)):
            return True
    return False


def _is_least(question: Question, edit: Edit) -> bool:
    return question.merge == FIRST_LISTED and bool(question.codes) and edit.value == question.codes[-1]
