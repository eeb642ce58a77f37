"""The checks of a form that answers given at the desk make fail, told before they are written.

The field app tells them while a person fills in (the same checks, forms/SPEC.md 10.5); here nobody would hear of them
but the next reader. They stop nothing: whoever saves the same once more means it.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from backend.desk.history import form_in
from backend.municipality.list_codes import codes
from backend.municipality.service import Municipality
from backend.sentences import library
from crypto.primitives import sha256
from forms.answers import assemble, canonical, check
from forms.records.relevance import Examiner
from forms.wording import day_of

CHECKS: Final = "check-"  # how the codes of findings of a form's own checks begin


def failing(
    town: Municipality, form: str, answers: Mapping[str, Any], changed: Collection[str], items: Collection[str],
    language: str,
) -> dict[str, str]:  # fmt: skip
    """The checks of the newest version that fail at an answer that changed, by its path, in the words of the form.

    `answers` are all of the record as they would be, and `items` its items. What is gone or never asked warns nobody.
    """
    newest = form_in(town, form, town.book.newest_form(form))
    if newest is None:
        return {}
    known: dict[str, Any] = {path: value for path, value in answers.items() if value is not None and newest.has(path)}
    wrong = {finding.path for finding in check(known)}
    document = assemble({**{item: {} for item in items}, **{path: known[path] for path in known.keys() - wrong}})
    today = day_of(town.clock.now_ms()).isoformat()
    found = Examiner(newest, codes(town.published.newest())).examine(document, today).findings
    return {
        one.path: library().finding({"code": one.code, "nl": one.nl, "en": one.en}, language)
        for one in reversed(found) if one.code.startswith(CHECKS) and one.path in changed and one.path in known
    }  # fmt: skip


def seal_of(warned: Mapping[str, str], changes: Mapping[str, Any]) -> str:
    """The mark of what a person was warned of: it says that they mean these answers, and no others."""
    return sha256(canonical([sorted(warned.items()), [[path, changes.get(path)] for path in sorted(warned)]]))[
        :16
    ].hex()
