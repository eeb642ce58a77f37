"""The sentences of this room, by language: `said/nl.json` and its like, read once.

A sentence stands once, as data: `findings` (grouped by what they speak of), `changes`, `phrases`, `preview` and `told`,
each by its code, with the names of its facts in braces (`forms/wording.py`). Another language is another file of that
shape.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from forms import wording

LANGUAGES: Final = ("nl", "en")  # in which every finding carries its sentence

Sentences = Mapping[str, str]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that one language says in this room."""

    findings: Mapping[str, Sentences]
    changes: Sentences
    phrases: Sentences
    preview: Sentences
    told: Sentences
    errors: Mapping[str, Sentences]

    def by_code(self) -> dict[str, str]:
        """The sentences of findings, whatever they speak of."""
        return {code: sentence for group in self.findings.values() for code, sentence in group.items()}


@cache
def speech(language: str) -> Said:
    """The sentences of this room in a language that has a file here."""
    return msgspec.json.decode(files("forms").joinpath("said", f"{language}.json").read_bytes(), type=Said)


@cache
def written() -> frozenset[str]:
    """The languages that have a file here."""
    return frozenset(file.name.removesuffix(".json") for file in files("forms").joinpath("said").iterdir())


@cache
def findings(language: str) -> Sentences:
    """The sentence of every finding, by its code."""
    return speech(language).by_code()


class Phrase(tuple[str, str]):
    """Words that stand inside a sentence: a pair, Dutch and English, which any other language says by their code."""

    code: str
    facts: tuple[tuple[str, Any], ...]


def phrase(code: str, **facts: Any) -> Phrase:
    """The phrase of this code with its facts filled in."""
    made = Phrase(filled(speech(language).phrases[code], facts, language) for language in LANGUAGES)
    made.code, made.facts = code, tuple(facts.items())
    return made


def in_languages(code: str) -> dict[str, str]:
    """The phrase of this code as a form carries words, by language."""
    return dict(zip(LANGUAGES, phrase(code), strict=True))


def wire(fact: Any) -> Any:
    """A fact as a finding carries it; a phrase goes by its code and its own facts, so that any language can say it."""
    if isinstance(fact, Phrase):
        return ("phrase", fact.code, tuple((name, wire(inner)) for name, inner in fact.facts))
    return fact


def filled(sentence: str, facts: Mapping[str, Any], language: str) -> str:
    """A sentence with its facts; one that has words of its own is a pair, of which the language's is taken."""
    place = LANGUAGES.index(language)
    return wording.filled(
        sentence, language, {name: fact[place] if isinstance(fact, tuple) else fact for name, fact in facts.items()}
    )
