"""One difference between two versions, said in words (SPEC.md 12.4)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from forms.definition.inspection import LANGUAGE
from forms.sentences import LANGUAGES, filled, speech


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One difference. `narrows` says that answers given before may not fit any more, `weakens` that one is protected
    less than before.
    """

    code: str
    path: str
    nl: str
    en: str
    narrows: bool = False
    weakens: bool = False


def both(words: Mapping[str, str]) -> tuple[str, ...]:
    """Words of a form in each of `LANGUAGES`, Dutch where one is lacking."""
    return tuple(words.get(language) or words.get(LANGUAGE, "") for language in LANGUAGES)


def change(code: str, path: str, *, narrows: bool = False, weakens: bool = False, **facts: Any) -> Change:
    """The change of this code with its sentences filled in."""
    dutch, english = (filled(speech(language).changes[code], facts, language) for language in LANGUAGES)
    return Change(code, path, dutch, english, narrows, weakens)
