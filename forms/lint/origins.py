"""Rules about the choices of a list together: P02 (an origin) and P07 (the colours of a light, a grading).

(SPEC.md section 4.)
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

import msgspec

from forms.lint.findings import LintFinding, shaped
from forms.lint.fold import READINGS_KEPT, plain
from forms.lint.left_open import is_spared
from forms.lint.rules import Level, lists, sign
from forms.lint.sites import ATTRIBUTES, Site
from forms.lint.things import of_goods, of_things
from forms.schema.question import Question

KNOWN_MIN: Final = 2  # one country is an example; two are a choice between origins
CODES_MIN: Final = 3  # two-letter codes mean anything; three of them that are all countries do not

MARKS_LETTERS_MIN: Final = 7  # three codes and what parts them
STEM: Final = 4  # so many letters tell lands and peoples apart

_JUDGED_TOGETHER: Final = frozenset({"choice-label", "choice-code", "list", "name"})
_MACHINES: Final = frozenset({"pattern", "expression"})
_CAPITALS: Final = re.compile(r"(?<![^\W_])[A-Z]{2,3}(?![^\W_])")
_SHORT: Final = re.compile(r"(?<![^\W_])[A-Za-z]{2,3}(?![^\W_])")
_QUOTED: Final = re.compile(r"\"([^\"]*)\"")
_WORD: Final = re.compile(r"[a-z]+")
_FLAG: Final = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


class _Known(msgspec.Struct, frozen=True):
    """The lists as sets, ready to look in."""

    origins: frozenset[str]
    codes: frozenset[str]
    doubtful: frozenset[str]
    home: frozenset[str]
    taught: frozenset[str]
    subjects: frozenset[str]
    lessons: frozenset[str]
    neutral: frozenset[str]
    lights: frozenset[str]
    grades: frozenset[str]
    money: frozenset[str]


@cache
def _known() -> _Known:
    data = lists()
    return _Known(*(frozenset(map(plain, getattr(data, name))) for name in _Known.__struct_fields__))


def of_question(question: Question) -> Iterator[LintFinding]:
    """Every rule that the choices of one question break together."""
    if len(question.choices) < KNOWN_MIN:
        return
    items = [tuple(_spoken(text) for text in (code, *said.values())) for code, said in question.choices.items()]
    items = [item for item in items if not set(item) & _known().neutral]
    if not items:
        return
    goods = of_goods(question.said) or is_spared(question, None, "")
    together = (
        _is_elsewhere(question),
        _is_origin_list(items, question),
        _is_code_list(question),
        _is_padded(question, items),
    )
    if any(together) and not goods:
        found = tuple(
            code for code, said in question.choices.items() if _origin((_spoken(code), *map(_spoken, said.values())))
        )
        level: Level = "warning" if question.field.local_only else "error"
        yield shaped("P02", "list", question.path, words=found[:8], level=level)
    weighed = bool(sign("P07", "weighed").search(plain(question.said)))
    yield from _shades(question, items, weighed)


def _is_elsewhere(question: Question) -> bool:
    """True if two choices are phone codes of other countries, or the money of them."""
    said = [" / ".join((code, *labels.values())) for code, labels in question.choices.items()]
    codes = [text for text in said if sign("P02", "phone").search(text)]
    money = {word for text in said for word in _spoken(text).split() if word in _known().money}
    return len(codes) >= KNOWN_MIN or len(money) >= KNOWN_MIN


@lru_cache(maxsize=READINGS_KEPT)
def _spoken(text: str) -> str:
    return " ".join((*_FLAG.findall(text), *_WORD.findall(plain(text).replace("_", " "))))


def _is_origin_list(items: list[tuple[str, ...]], question: Question) -> bool:
    origins = [found for item in items if (found := _origin(item))]
    foreign = [found for found in origins if found not in _known().home]
    if len(origins) < KNOWN_MIN or not foreign or 2 * len(origins) < len(items):
        return False
    asked = set(_spoken(question.said).split()) & _known().lessons
    subjects = bool(asked) or any(set(item) & _known().subjects for item in items)
    return not (subjects and all(found in _known().taught for found in origins))


def _origin(item: tuple[str, ...]) -> str:
    """The country, language or people that one choice names; the empty text if it names none."""
    for text in item:
        if text in _known().origins or _FLAG.search(text):
            return text
        words = text.split()
        if len(words) <= CODES_MIN:
            for word in words:
                if word in _known().origins:
                    return word
    return ""


def _is_padded(question: Question, items: list[tuple[str, ...]]) -> bool:
    """True if several choices are origins beyond doubt, however many others stand between them.

    In a list of the municipality only whole labels count: schools and streets are named after anything.
    """
    if question.listed is None:
        return len(kinds(found for item in items for text in item for found in _lands(text))) >= KNOWN_MIN
    return len(kinds(text for item in items for text in item if text in _sure())) >= CODES_MIN


def _is_code_list(question: Question) -> bool:
    """True if half of the choices or more are codes of countries or languages, with no words that say otherwise."""
    items = [(code, said) for code, said in question.choices.items() if plain(code) not in _known().neutral]
    found = [mark for code, said in items if (mark := _mark(code, said))]
    return len(set(found)) >= CODES_MIN and 2 * len(found) >= len(items)


def _mark(code: str, said: Mapping[str, str]) -> str:
    """The code of a country or a language that a choice is, or that stands in capitals in each of its few words."""
    marks = ""
    for text in [text for text in said.values() if text.strip()] or [code]:
        bare = plain(text).strip(" .-")
        shouted = [mark for mark in _CAPITALS.findall(text) if mark.casefold() in _known().codes]
        if bare in _known().codes:
            marks = bare
        elif shouted and len(text.split()) <= CODES_MIN and not text.isupper():
            marks = shouted[0].casefold()
        else:
            return ""
    return marks


@cache
def _sure() -> frozenset[str]:
    """The origins that mean nothing else: no subject at school, no name, no ordinary word."""
    known = _known()
    return known.origins - known.home - known.taught - known.doubtful


@cache
def _abroad() -> tuple[frozenset[str], frozenset[str]]:
    """The origins and the codes that are not of here."""
    known = _known()
    return known.origins - known.home, known.codes - known.home


@cache
def _begun() -> frozenset[str]:
    """The first words of origins of two: few pairs of a text need to be put together."""
    return frozenset(origin.partition(" ")[0] for origin in _sure() if " " in origin)


@lru_cache(maxsize=READINGS_KEPT)
def _lands(text: str) -> tuple[str, ...]:
    """The origins beyond doubt in a text, of one word or two."""
    sure, begun, words = _sure(), _begun(), text.split()
    pairs = [f"{one} {two}" for one, two in pairwise(words) if one in begun]
    return (*_FLAG.findall(text), *(found for found in (*words, *pairs) if found in sure))


def kinds(found: Iterable[str]) -> set[str]:
    """The number of different ones among these: `roemeens` and `roemenie` are one."""
    return {text[-STEM:] if " " in text else text[:STEM] for text in found}


def of_text(site: Site) -> Iterator[LintFinding]:
    """P02: a text that names several origins, or the codes of them, is a list of them without a list.

    A key to what else is answered with letters or figures (`1 is Roemeens`), a pattern and an expression are lists.
    """
    if site.place in _JUDGED_TOGETHER or len(site.text) < MARKS_LETTERS_MIN:
        return
    said, hidden = _spoken(site.text), site.place in _MACHINES
    lands = _lands(said)
    if len(kinds(lands)) < KNOWN_MIN:
        lands = tuple(_marks(site.text, hidden))
    keyed = _keyed(site.text)
    if not lands and len(keyed) < KNOWN_MIN:
        return
    unseen = hidden or site.place == ATTRIBUTES
    level: Level = "error" if unseen or len(keyed) >= KNOWN_MIN else "warning"
    named = tuple(dict.fromkeys(lands or keyed))[:8]
    yield shaped("P02", "named", site.path, place=site.place, language=site.language, words=named, level=level)


def _marks(text: str, hidden: bool) -> list[str]:
    """Codes of countries in capitals in a text; in a pattern or between quotes in an expression, in any letters."""
    pieces = _QUOTED.findall(text) if hidden and _QUOTED.search(text) else [text]
    marks = [mark for piece in pieces for mark in (_SHORT if hidden else _CAPITALS).findall(piece)]
    codes = {mark.casefold() for mark in marks if mark.casefold() in _abroad()[1]}
    if len(codes) < CODES_MIN or (not hidden and text.isupper()) or (hidden and 2 * len(codes) < len(marks)):
        return []
    return sorted(codes)


def _keyed(text: str) -> list[str]:
    """The origins for which a letter or a figure stands."""
    words = re.findall("[a-z]+|[0-9]+", plain(text))
    found = []
    for place, word in enumerate(words):
        before = place - 1
        while before >= 0 and sign("P02", "means").fullmatch(words[before]):
            before -= 1
        if before >= 0 and word in _known().origins and (len(words[before]) == 1 or words[before].isdigit()):
            found.append(word)
    return list(dict.fromkeys(found))


def named_in(texts: Iterable[str], name: str) -> list[str]:
    """The lands, languages and peoples abroad that the words of one question name.

    What may mean something else (`pool`, `frans`) is one only where it is all that a text says.
    """
    spoken = [_spoken(text) for text in (*texts, name)]
    found = [land for text in spoken for land in _lands(text)]
    whole = [text for text in spoken if text in _abroad()[0]]
    return list(dict.fromkeys([*found, *whole]))


def is_sure(land: str) -> bool:
    """True if a word for a land or a people means nothing else; a flag never does."""
    return land in _sure() or bool(_FLAG.search(land))


def is_code(mark: str) -> bool:
    """True if these small letters are the code of a land or language abroad."""
    return mark in _abroad()[1]


def _shades(question: Question, items: list[tuple[str, ...]], weighed: bool) -> Iterator[LintFinding]:
    """P07: a traffic light, or a grading of people."""
    lights = [item for item in items if set(item) & _known().lights]
    grades = [item for item in items if set(item) & _known().grades]
    if of_things(question.said) or is_spared(question, None, ""):
        return
    enough = len(lights) >= KNOWN_MIN and (len(lights) == len(items) or (weighed and 2 * len(lights) >= len(items)))
    if enough:
        yield shaped("P07", "lights", question.path, words=tuple(item[0] for item in lights))
    if weighed and len(grades) >= KNOWN_MIN and 2 * len(grades) >= len(items):
        yield shaped("P07", "grades", question.path, words=tuple(item[0] for item in grades))
