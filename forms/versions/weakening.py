"""Finds what a version would protect less than the version before it did (SPEC.md 12.3). Pure.

A class says who reads an answer and how many people put it aside, also of the answers that were given already. A form
of the highest class alone has readers of its own, so that one question of another class lets everybody else in.
"""

from collections.abc import Sequence
from typing import Final

from forms.definition.document import Form, Question
from forms.versions.judging import lingering
from forms.versions.moving import renamed

HIGHEST: Final = "S4"
FIRST_LISTED: Final = "first-listed"


def weaker(history: Sequence[Form], draft: Form) -> tuple[str, ...]:
    """The questions of a draft of which an answer would be protected less than it was, by their paths."""
    found = set()
    for path, old in lingering(history).items():
        new = draft.leaf(renamed(path, draft.moves))
        if new is not None and (new.sensitivity < old.sensitivity or _is_weighed_less(old, new)):
            found.add(new.path)
    if _is_highest(history[-1]):
        found |= {question.path for question in draft.questions if question.sensitivity != HIGHEST}
    return tuple(sorted(found))


def _is_highest(form: Form) -> bool:
    return bool(form.questions) and all(question.sensitivity == HIGHEST for question in form.questions)


def _is_weighed_less(old: Question, new: Question) -> bool:
    """True if the most protective answer would not be the same any more, or not be weighed."""
    if old.merge != FIRST_LISTED:
        return False
    kept = [code for code in new.codes if code in old.codes]
    return new.merge != FIRST_LISTED or kept != [*old.codes]
