"""The words of the choices among texts that somebody typed: a code says nothing to a person.

A page says of a choice which form and question it is of, and it is said in their words. Where it does not, the code is
said in the words of the form that the page's address names; and at the door, or while the municipality is locked, of
each published form that has other ones. Whatever else was typed stays as it is.
"""

import re
from collections.abc import Iterable
from typing import Final

from backend.desk.asking import field_of
from backend.desk.history import form_in
from backend.desk.typed import Text
from backend.desk.wording import Speaker
from backend.municipality.service import Municipality
from backend.stores.rows import LIST
from forms.errors import BadPath

_CODE: Final = re.compile(r"(?=.*[a-z])[a-z0-9]+(?:[_-][a-z0-9]+)*")  # a number is a number
_BETWEEN: Final = " / "  # of the words of several forms
_FORM: Final = re.compile(r"/(?:records|exports/new)/([a-z][a-z0-9_]*)(?:[/?]|$)")


def in_words(town: Municipality, language: str, texts: Iterable[Text], path: str = "") -> list[str]:
    """Texts with the words of a choice in the place of its code; `path` is of the page that they were typed on."""
    every, speaker = [*texts], Speaker(town, language)
    named = _FORM.search(path)
    loose = {text.value for text in every if not text.of and _CODE.fullmatch(text.value)}
    found = _anywhere(town, language, loose, named[1] if named else "")
    return [
        _asked(speaker, text) if text.of else _BETWEEN.join(found[text.value]) if text.value in found else text.value
        for text in every
    ]


def _asked(speaker: Speaker, text: Text) -> str:
    """A choice in the words of its question; whatever a page that is not ours says of it is no question."""
    slug, _, path = text.of.partition(" ")
    try:
        field = field_of(speaker, slug, path)
    except BadPath:
        return text.value
    return dict(field.options).get(text.value, text.value) if field is not None else text.value


def _anywhere(town: Municipality, language: str, codes: set[str], slug: str) -> dict[str, dict[str, None]]:
    """The words of codes in every published form, or in the one of a name."""
    found: dict[str, dict[str, None]] = {}
    for version in town.published.newest() if codes else ():
        other = version.form.startswith(LIST) or (slug and version.form != slug)
        form = None if other else form_in(town, version.form, version.version)
        for question in form.questions if form is not None else ():
            for code in codes & question.choices.keys():
                words = question.choices[code]
                found.setdefault(code, {})[words.get(language) or words.get("nl") or code] = None
    return found
