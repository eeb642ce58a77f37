"""Judges the answers that the texts of a form mention (SPEC.md section 13.3): what no reader would ever see is a fault.

Asked when a version is published. Versions that are published already are read as before: what cannot be read as a
mention stands as it was written, and what may not be said is a blank.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from forms.definition.document import Form
from forms.definition.mentions import MENTION, MENTIONS_MAX, meant, mentioned, texts
from forms.findings import Finding, finding
from forms.records.speaking import WORDLESS, bounds_of, shown_of
from forms.schema.fields import Words
from forms.schema.question import Question


def faults(form: Form, document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Every mention that could not be said where it stands, each at its text."""
    known = shown_of(form)
    return tuple(
        one for place, at, repeat, words in texts(document) for one in _in_text(form, known, (place, at, repeat), words)
    )


def _in_text(
    form: Form, known: Mapping[str, Question], where: tuple[str, str, str | None], words: Words
) -> Iterator[Finding]:
    if any(len(MENTION.findall(text)) > MENTIONS_MAX for text in words.values()):
        yield finding("mention-many", where[0], limit=MENTIONS_MAX)
        return
    for name in mentioned(words):
        yield from _of(form, known, *where, name)


def _of(
    form: Form, known: Mapping[str, Question], place: str, at: str, repeat: str | None, name: str
) -> Iterator[Finding]:
    template = meant(name, repeat, known)
    if template is None:
        yield _unknown(known, place, name)
        return
    question, bounds = known[template], bounds_of(form, known, at)
    if question.widget in WORDLESS:
        yield finding("mention-no-words", place, name=name)
    elif question.local_only and not bounds.local:
        yield finding("mention-local", place, name=name)
    elif not bounds.let(question):
        yield finding("mention-class", place, name=name, given=question.sensitivity, own=bounds.ceiling)


def _unknown(known: Mapping[str, Question], place: str, name: str) -> Finding:
    """The fault of a mention that means no question here: there is none, or it stands in items elsewhere."""
    in_items = any(path.rpartition("/")[2] == name for path in known)
    return finding("mention-in-items" if in_items else "mention-unknown", place, name=name)
