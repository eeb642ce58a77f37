"""The notation of the rules' words, taken apart (SPEC.md section 3.2)."""

import re
from typing import Final, Literal

import msgspec

from forms.lint.fold import plain
from forms.lint.rules import sets

Mode = Literal["whole", "starts", "ends", "inside", "part", "alone", "phrase", "together"]

TOGETHER: Final = "~"  # between words that may stand in any order
ABSENT: Final = "!"  # before words of which none may stand there

_LANGUAGE: Final = re.compile(r"([a-z]{2}):(.*)")
_SET: Final = re.compile(r"\{([a-z]+)\}")


class Alternatives(msgspec.Struct, frozen=True):
    """The words that may stand at one place of a phrase: whole, or as a beginning."""

    whole: frozenset[str]
    begun: tuple[str, ...] = ()

    def fits(self, word: str) -> bool:
        """True if a word may stand here."""
        return word in self.whole or (bool(self.begun) and word.startswith(self.begun))


class Entry(msgspec.Struct, frozen=True):
    """One entry of a rule. `language` limits it to texts of that language, and names."""

    code: str
    written: str
    text: str
    mode: Mode
    language: str | None = None
    elements: tuple[Alternatives, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    absent: tuple[tuple[str, ...], ...] = ()


def entry(code: str, written: str) -> Entry:
    """The entry that is written so."""
    match = _LANGUAGE.fullmatch(written)
    language, text = (match[1], match[2]) if match else (None, written)
    if TOGETHER in text:
        parts = [part.strip() for part in text.split(TOGETHER)]
        return Entry(
            code,
            written,
            text,
            "together",
            language,
            together=tuple(spread(part) for part in parts if not part.startswith(ABSENT)),
            absent=tuple(spread(part[1:]) for part in parts if part.startswith(ABSENT)),
        )
    text = text if "{" in text or "|" in text else plain(text)
    if text.startswith("["):
        return Entry(code, written, text[1:-1], "alone", language)
    if " " in text or "{" in text or "|" in text:
        return Entry(code, written, text, "phrase", language, tuple(_element(word) for word in text.split()))
    if text.startswith("+"):
        return Entry(code, written, text[1:-1], "part", language)
    if text.startswith("*"):
        return Entry(code, written, text.strip("*"), "inside" if text.endswith("*") else "ends", language)
    if text.endswith("*"):
        return Entry(code, written, text[:-1], "starts", language)
    return Entry(code, written, text, "whole", language)


def spread(written: str) -> tuple[str, ...]:
    """The words that may stand at one place, sets spread out."""
    while _SET.search(written):
        written = _SET.sub(lambda match: "|".join(sets().named[match[1]]), written)
    return tuple(dict.fromkeys(written.split("|")))


def _element(word: str) -> Alternatives:
    words = spread(word)
    return Alternatives(
        frozenset(plain(one) for one in words if not one.endswith("*")),
        tuple(plain(one.rstrip("*")) for one in words if one.endswith("*")),
    )
