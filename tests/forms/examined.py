"""A shipped form that is filled in: what is asked, and what is found, on a day."""

from functools import cache
from typing import Any

from forms.definition.library import shipped_form
from forms.records.relevance import Examiner, Seen, left_out

TODAY = "2026-11-24"


@cache
def examiner(slug: str) -> Examiner:
    return Examiner(shipped_form(slug))


def look(slug: str, answers: dict[str, Any], today: str = TODAY) -> Seen:
    return examiner(slug).examine({name: value for name, value in answers.items() if value is not None}, today)


def asked(slug: str, seen: Seen) -> set[str]:
    """The names of the questions outside of items that are asked now."""
    form = shipped_form(slug)
    outside = [question for question in (*form.questions, *form.local) if question.repeat is None]
    return {question.name for question in outside if not left_out(question.path, seen.hidden)}


def said(seen: Seen) -> set[tuple[str, str]]:
    return {(one.code, one.path) for one in seen.findings}
