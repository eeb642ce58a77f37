"""Tells whether a text speaks of things alone: the breed of a cow, the roof of a church (SPEC.md section 2.8)."""

from functools import cache
from typing import Final

from forms.lint.entries import entry
from forms.lint.fold import plain_words
from forms.lint.lexicon import Lexicon
from forms.lint.rules import sets

PEOPLE: Final = ("people", "kin", "whose")
ADDRESSED: Final = (*PEOPLE, "persons")  # and who is spoken to

BARE: Final = 3  # words: `jail`, `weight now` are asked of whoever the form is about


def of_things(*texts: str) -> bool:
    """True if one of these texts names a thing, an animal or a place, and none of them names people."""
    words = [word for text in texts for word in plain_words(text)]
    return any(map(_things().hits, words)) and not any(map(_persons(PEOPLE).hits, words))


def of_people(text: str) -> bool:
    """True if a text names people."""
    return any(map(_persons(("people", "kin")).hits, plain_words(text)))


def names_somebody(text: str) -> bool:
    """True if a text names people, or speaks to somebody."""
    return any(map(_persons(ADDRESSED).hits, plain_words(text)))


def is_about_somebody(near: str, text: str) -> bool:
    """True if people are named or spoken to in a text or near it, or if it is too short to be about anything else."""
    read = [*plain_words(near), *plain_words(text)]
    said = [word for word in plain_words(text) if word not in sets().articles]
    return len(said) < BARE or any(map(_persons(ADDRESSED).hits, read))


def of_goods(text: str) -> bool:
    """True if a text speaks of what is made, grown, cooked or played somewhere, and neither of people nor to them."""
    words = [word for word in plain_words(text) if not _persons(("background",)).hits(word)]  # timber has an origin too
    return any(map(_goods().hits, words)) and not any(map(_persons(ADDRESSED).hits, words))


@cache
def _goods() -> Lexicon:
    return Lexicon(entry("", word) for word in sets().goods)


@cache
def _things() -> Lexicon:
    return Lexicon(entry("", word) for word in sets().things)


@cache
def _persons(names: tuple[str, ...]) -> Lexicon:
    words = [word for name in names for word in sets().named[name] if "{" not in word]
    return Lexicon(entry("", word) for word in dict.fromkeys(words))
