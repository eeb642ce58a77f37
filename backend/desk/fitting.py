"""Checks that an answer that a person gives at the desk fits its question, before it is written.

Of devices nothing is refused for its content: their words were given without the office. Here a person can be asked
again.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from backend.desk.wording import question_named
from backend.errors import BackendError
from backend.municipality.list_codes import codes
from backend.municipality.service import Municipality
from backend.sentences import Kept, library
from forms.answers import assemble, check
from forms.definition.document import load_form
from forms.findings import Finding
from forms.records.validation import Validator


class AnswerDoesNotFit(BackendError):
    """An answer of the wrong kind closes a conflict and leaves the record worse than before."""

    code: ClassVar[str] = "answer-does-not-fit"


def must_fit(town: Municipality, form: str, version: int, path: str, value: Any) -> None:
    """Refuse an answer that is none to the question at `path`, naming the first fault; `None` takes an answer away.

    Where the form's version is not here, or has no such question, nobody can tell and nothing is refused.
    """
    document = town.published.document(form, version)
    if value is None or document is None:
        return
    found = check({path: value}) or _faults(town, document, path, value)
    if found:
        first = Kept(msgspec.json.encode(found[0]).decode())
        given = msgspec.json.encode(value).decode()[:200]
        raise AnswerDoesNotFit(path=question_named(town, form, path, version), given=given, why=first)


def unfit(
    town: Municipality, form: str, version: int, answers: Mapping[str, Any], language: str
) -> dict[str, str]:  # fmt: skip
    """The answers that are none to their questions, each with what is wrong in words: all of them at once."""
    found = {}
    for path, value in answers.items():
        try:
            must_fit(town, form, version, path, value)
        except AnswerDoesNotFit as error:
            found[path] = library().kept(error.facts["why"], language)
    return found


def _faults(town: Municipality, document: bytes, path: str, value: Any) -> tuple[Finding, ...]:
    form = load_form(document)
    found = Validator(form, lists=codes(town.published.newest())).findings(assemble({path: value}))
    about = [one for one in found if one.path == path or one.path.startswith(f"{path}/")]
    return tuple(one for one in about if one.code not in ("missing", "no-such-question"))
