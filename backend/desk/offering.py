"""The choices of a question as a page of the desk offers them: those that fit the record first, the others marked.

A page does not change while somebody fills it in: who corrects a province may choose its municipality in one go. So no
choice is taken off it, and what does not fit is said by the record afterwards.
"""

from collections.abc import Mapping
from typing import Any

from backend.desk.asking import Field
from backend.desk.wording import Speaker
from backend.sentences import library
from forms import paths
from forms.answers import assemble, check
from forms.definition.document import Form
from forms.records.relevance import Examiner
from picture.reading import today_at


def offered(
    speaker: Speaker, form: Form, shown: Mapping[str, Mapping[str, Any]], path: str, field: Field, now_ms: int
) -> Field:
    """The field of a question with its choices in that order; as it is where they have no filter, or none fits."""
    template = paths.template(path)
    if not any(one.path == template for one in form.logic.offers):
        return field
    answers = {at: one["value"] for at, one in shown.items() if form.has(at) and one["value"] is not None}
    wrong = {finding.path for finding in check(answers)}
    examiner, today = Examiner(form, speaker.codes()), today_at(now_ms)
    seen = examiner.examine(assemble({at: value for at, value in answers.items() if at not in wrong}), today)
    fits = examiner.offered(seen, path, today)
    if not fits:
        return field
    word = library().phrase("choice-fits-not", speaker.language)
    first = [option for option in field.options if option[0] in fits]
    others = [(code, f"{label} ({word})") for code, label in field.options if code not in fits]
    return field._replace(options=(*first, *others))
