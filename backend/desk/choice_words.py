"""The words of the choices among texts that somebody typed: a code says nothing to a person.

The page that gives them back knows no form: it may be told at the door, or while the municipality is locked. So a text
that is the code of a choice of any published form is said in the words of that choice, of each form that has other
ones; whatever else was typed stays as it is.
"""

import re
from collections.abc import Iterable
from typing import Final

from backend.desk.history import form_in
from backend.municipality.service import Municipality
from backend.stores.rows import LIST

_CODE: Final = re.compile(r"(?=.*[a-z])[a-z0-9]+(?:[_-][a-z0-9]+)*")  # a number is a number
_BETWEEN: Final = " / "  # of the words of several forms


def in_words(town: Municipality, language: str, texts: Iterable[str]) -> list[str]:
    """Texts with the words of a choice in the place of its code."""
    every = [*texts]
    codes = {text for text in every if _CODE.fullmatch(text)}
    found: dict[str, dict[str, None]] = {}
    for version in town.published.newest() if codes else ():
        form = None if version.form.startswith(LIST) else form_in(town, version.form, version.version)
        for question in form.questions if form is not None else ():
            for code in codes & question.choices.keys():
                words = question.choices[code]
                found.setdefault(code, {})[words.get(language) or words.get("nl") or code] = None
    return [_BETWEEN.join(found[text]) if text in found else text for text in every]
