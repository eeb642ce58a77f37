"""The sentences that errors of every room say to people, in the languages that have a file.

Each room keeps its own in `said/`: `nl.json` and `en.json`, each with `errors` (by code: what happened, and what to do)
and `phrases` (by code: the facts that are words themselves, and sentences that are no errors); the backend also
`terminal` (lines of the command line), `help` (of its commands) and `click` (the words of the library that reads its
options, by their English). This module puts them together, for whoever shows
one: the web by `Accept-Language`, the command line by VELDPOST_LANG or the locale. A file for another language, in
whichever rooms, is found without a change here; what it lacks is said in English. Plurals, numbers and dates:
`forms/wording.py`.

Where nobody reads yet, a sentence is `Words`: its code and facts. It may be kept in a store (`kept`), and is said in a
language where it leaves for a person (`row`).
"""

import os
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType, NoneType
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from forms.wording import chosen, filled

PARTS: Final = ("web", "desk", "said")  # of the backend: each part of the desk keeps its own in a folder there
ROOMS: Final = ("crypto", "sync", "forms", "backend")
ENGLISH: Final = "en"
WORDED: Final = ("why", "what", "wanted")  # facts that may be the code of a phrase
ACCEPTED_MAX: Final = 20  # languages of a request that are looked at
COMMAND: Final = re.compile(r"veldpost [a-z]|`|(?<![\w-])--[a-z]|VELDPOST_")  # words of a terminal
_FILE: Final = re.compile(r"([a-z]{2,3})\.json")
_ACCEPTED: Final = re.compile(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")
_LOCALE: Final = re.compile(r"([a-z]{2,3})(?:[_.@-].*)?")


class Sentence(msgspec.Struct, frozen=True):
    """A sentence: what happened, and what the person who reads it can do."""

    message: str
    remedy: str


class OnPage(msgspec.Struct, frozen=True):
    """A sentence as a page of the desk says it, where the terminal's names a command; without a message the same."""

    remedy: str
    message: str = ""


class Said(msgspec.Struct, frozen=True):
    """The sentences of one language, in one room or in all."""

    errors: Mapping[str, Sentence] = {}
    pages: Mapping[str, OnPage] = {}
    phrases: Mapping[str, str] = {}
    statuses: Mapping[str, str] = {}
    terminal: Mapping[str, str] = {}
    help: Mapping[str, str] = {}
    click: Mapping[str, str] = {}
    findings: Mapping[str, Mapping[str, str]] = {}


class Coded(Protocol):
    """The members that errors of all rooms have in common."""

    @property
    def code(self) -> str:
        """The stable name of the broken rule."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts that fill its sentences."""


class Words(msgspec.Struct, frozen=True):
    """A sentence that is not said yet: the code of a phrase or of an error, and its facts, which may be words too."""

    code: str
    facts: Mapping[str, Any] = {}

    @property
    def kept(self) -> str:
        """As a store keeps it; `Library.row` says it."""
        return msgspec.json.encode(self).decode()


def words(code: str, /, **facts: Any) -> Words:
    """A sentence by its code and facts."""
    return Words(code, facts)


def words_of(error: Coded) -> Words:
    """Turn an error into words, by its code and facts."""
    plain = (str, int, float, bool, NoneType)
    facts = by_codes(error).facts
    return Words(error.code, {name: f if isinstance(f, plain) else str(f) for name, f in facts.items()})


class Kept(str):
    """Words as a store kept them, to be said where a row leaves for a person (`Words.kept`)."""


class Named(str):
    """The code of something that has words of its own, such as a question: said in its words to a person."""

    said: Mapping[str, str]

    def __new__(cls, code: str, said: Mapping[str, str]) -> "Named":
        """A code with its words by language."""
        made = super().__new__(cls, code)
        made.said = said
        return made


class Plain(NamedTuple):
    """An error for which no class of a room stands, told like one."""

    code: str
    facts: Mapping[str, Any] = MappingProxyType({})


def by_codes(error: Coded) -> Plain:
    """An error whose facts are said by their codes, for who asked for those."""
    return Plain(error.code, {name: str(f) if isinstance(f, Named) else f for name, f in error.facts.items()})


class Told(NamedTuple):
    """An error as a person reads it."""

    message: str
    remedy: str


class Library:
    """The sentences of some folders, each language read once."""

    def __init__(self, folders: tuple[Traversable, ...]) -> None:
        self.folders = folders
        self._read: dict[str, Said] = {}
        names = (_FILE.fullmatch(file.name) for folder in folders for file in folder.iterdir())
        self.languages = tuple(sorted({name[1] for name in names if name is not None}))

    def said(self, language: str) -> Said:
        """All that a language says; of one without a file, nothing."""
        if language not in self._read:
            found = Said()
            for folder in self.folders:
                file = folder.joinpath(f"{language}.json")
                if file.is_file():
                    part = msgspec.json.decode(file.read_bytes(), type=Said)
                    found = Said(
                        {**found.errors, **part.errors}, {**found.pages, **part.pages},
                        {**found.phrases, **part.phrases},
                        {**found.statuses, **part.statuses}, {**found.terminal, **part.terminal},
                        {**found.help, **part.help}, {**found.click, **part.click},
                        {**found.findings, **part.findings},
                    )  # fmt: skip
            self._read[language] = found
        return self._read[language]

    def told(self, error: Coded, language: str = ENGLISH) -> Told:
        """The message and remedy of an error in a language, or in English where the language lacks it."""
        code = error.code
        sentence = self.said(language).errors.get(code) or self.said(ENGLISH).errors.get(code)
        if sentence is None:
            return Told(str(error), "")
        facts = {name: self._worded(name, fact, error.facts, language) for name, fact in error.facts.items()}
        spoken = self._spoken("errors", code, language)
        return Told(filled(sentence.message, spoken, facts), filled(sentence.remedy, spoken, facts))

    def told_on_page(self, error: Coded, language: str) -> Told:
        """The message and remedy of an error as a page says them: with the names of pages, and no command.

        One whose words for the terminal name a command, and that has none for pages, leads to who keeps the server: so
        an error that comes later says no command on a page either.
        """
        found, code = self.told(error, language), error.code
        spoken = self._spoken("pages", code, language)
        own, plain = self.said(spoken).pages.get(code), self.said(language).errors.get(code)
        facts = {name: self._worded(name, fact, error.facts, language) for name, fact in error.facts.items()}
        if own is not None:
            message = filled(own.message, spoken, facts) if own.message else found.message
            return Told(message, filled(own.remedy, spoken, facts))
        if plain is not None and COMMAND.search(plain.remedy):
            return Told(found.message, self.phrase("remedy-other", language))
        return found

    def _worded(self, name: str, fact: Any, facts: Mapping[str, Any], language: str) -> Any:
        """A fact as it stands in a sentence; words, and what is the code of a phrase, are said."""
        if isinstance(fact, Words):
            return self.words(fact, language)
        if isinstance(fact, Kept):
            return self.kept(fact, language)
        if isinstance(fact, Named):
            return fact.said.get(language) or str(fact)
        if name not in WORDED or not isinstance(fact, str):
            return fact
        spoken = self._spoken("phrases", fact, language)
        phrase = self.said(spoken).phrases.get(fact)
        return fact if phrase is None else filled(phrase, spoken, facts)

    def _spoken(self, group: str, code: str, language: str) -> str:
        """The language in which a sentence is said: the one that is asked for if it has it, or English."""
        return language if code in getattr(self.said(language), group) else ENGLISH

    def finding(self, finding: Mapping[str, Any], language: str) -> str:
        """The sentence of a finding, as it came from `forms` or over a wire, in whichever language has it."""
        if language in finding:
            return str(finding[language])
        groups = self.said(language).findings.values()
        sentence = next((group[finding["code"]] for group in groups if finding["code"] in group), None)
        if sentence is None:
            return str(finding[ENGLISH])
        carried = {name: self._carried(fact, language) for name, fact in finding.get("facts", ())}
        text = filled(sentence, language, carried)
        if finding.get("suggestion") is not None:
            text += f" {self.phrase('did-you-mean', language, suggestion=finding['suggestion'])}"
        return text

    def _carried(self, fact: Any, language: str) -> Any:
        """A fact of a finding: itself, a phrase by its code and facts, or words in Dutch and English."""
        if not isinstance(fact, list | tuple):
            return fact
        if fact[0] == "phrase" and len(fact) == 3:
            facts = {name: self._carried(inner, language) for name, inner in fact[2]}
            return self.phrase(fact[1], language, **facts)
        return fact[0] if language == "nl" else fact[1]

    def phrase(self, code: str, language: str, /, **facts: Any) -> str:
        """A phrase in a language, its facts filled in."""
        spoken = self._spoken("phrases", code, language)
        return filled(self.said(spoken).phrases[code], spoken, facts)

    def line(self, code: str, language: str, /, **facts: Any) -> str:
        """A line of the command line."""
        spoken = self._spoken("terminal", code, language)
        return filled(self.said(spoken).terminal[code], spoken, facts)

    def help(self, code: str, language: str) -> str | None:
        """The help of a command or of an option of it; None if there is none."""
        return self.said(self._spoken("help", code, language)).help.get(code)

    def click(self, english: str, language: str, *, count: int | None = None, plural: str = "") -> str:
        """A text of Click by its English, its facts not filled in; with a count, the one that belongs to it."""
        said = self.said(language).click.get(english)
        if count is None:
            return said or english
        return chosen(said, language, count) if said else english if count == 1 else plural

    def words(self, words: Words, language: str) -> str:
        """The text of words, in a language or in English."""
        facts = {name: self.row(fact, language) for name, fact in words.facts.items()}
        if words.code in self.said(ENGLISH).phrases:
            facts = {name: self._worded(name, fact, facts, language) for name, fact in facts.items()}
            return self.phrase(words.code, language, **facts)
        return self.told(Plain(words.code, facts), language).message

    def row(self, value: Any, language: str) -> Any:
        """A row with all its words said, those too that a store kept."""
        if isinstance(value, Words):
            return self.words(value, language)
        if isinstance(value, Kept):
            return self.kept(value, language)
        if isinstance(value, dict):
            if value.keys() == {"code", "facts"} and isinstance(value["facts"], dict):
                return self.words(Words(**value), language)
            return {name: self.row(inner, language) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.row(inner, language) for inner in value]
        return value

    def kept(self, text: str, language: str) -> str:
        """The text of what a store kept; what an earlier release wrote in words stays as it is."""
        text = str(text)  # no `Kept` any more: it is to be encoded
        if not text.startswith('{"code":'):
            return text
        try:
            found = msgspec.json.decode(text)
            return self.finding(found, language) if "path" in found else self.words(Words(**found), language)
        except (msgspec.DecodeError, TypeError, KeyError):
            return text  # cut off, or of another release

    def status(self, status: int, language: str) -> str:
        """The name of an HTTP status."""
        return self.said(language).statuses.get(str(status)) or HTTPStatus(status).phrase

    def accepted(self, header: str) -> str:
        """The language of a request by its `Accept-Language`; English where it names none that has a file."""
        weighed = []
        for place, part in enumerate(header.split(",")[:ACCEPTED_MAX]):
            match = _ACCEPTED.fullmatch(part)
            if match is not None and match[1].lower() in self.languages and float(match[2] or 1) > 0:
                weighed.append((-float(match[2] or 1), place, match[1].lower()))
        return min(weighed)[2] if weighed else ENGLISH

    def of_environment(self, environment: Mapping[str, str] = os.environ) -> str:
        """The language of a terminal: VELDPOST_LANG, or the locale; English where neither has a file."""
        for name in ("VELDPOST_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
            match = _LOCALE.fullmatch(environment.get(name, "").strip().lower())
            if match is not None and match[1] in self.languages:
                return match[1]
        return ENGLISH


@cache
def library() -> Library:
    """The sentences that ship with the rooms, and whatever lies beside them."""
    parts = files("backend").joinpath(*PARTS)
    own = sorted((folder for folder in parts.iterdir() if folder.is_dir()), key=lambda folder: folder.name)
    return Library((*(files(room).joinpath("said") for room in ROOMS), *own))


def told(error: Coded, language: str = ENGLISH) -> Told:
    """The message and remedy of an error."""
    return library().told(error, language)


def told_on_page(error: Coded, language: str = ENGLISH) -> Told:
    """The message and remedy of an error as a page of the desk says them."""
    return library().told_on_page(error, language)
