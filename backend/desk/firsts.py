"""The first answers of what is begun at the desk (forms/SPEC.md 14)."""

from collections.abc import Collection, Mapping
from typing import Any

from backend.desk.fitting import unfit
from backend.municipality.service import Municipality
from forms.definition.document import Form
from forms.definition.inspection import LANGUAGE
from forms.records.beginning import Beginner
from forms.wording import day_of


def first_answers(
    town: Municipality, form: Form, answers: Mapping[str, Any], items: Collection[str] | None = None
) -> dict[str, Any]:
    """Work out what a record that begins with these answers, or some items of it, is answered with besides.

    What stays on a device is begun there, and what would not fit its question is left out.
    """
    if not form.logic.firsts:
        return {}
    today = day_of(town.clock.now_ms()).isoformat()
    known = {path: value for path, value in answers.items() if form.has(path)}
    found = form.travelling(Beginner(form).answers(known, today, items))
    wrong = unfit(town, form.slug, form.version, found, LANGUAGE)
    return {path: value for path, value in found.items() if path not in wrong}
