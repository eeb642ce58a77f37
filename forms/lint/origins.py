"""What the choices of a list are together: P02 (an origin) and P07 (the colours of a light, a grading).

(SPEC.md section 4.)
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec

from forms.lint.asked import Question
from forms.lint.findings import LintFinding, shaped
from forms.lint.fold import plain
from forms.lint.rules import Level, lists

KNOWN_MIN: Final = 2  # one country is an example; two are a choice between origins
CODES_MIN: Final = 3  # two-letter codes mean anything; three of them that are all countries do not

_WORD: Final = re.compile(r"[a-z]+")
_FLAG: Final = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_WEIGHED: Final = re.compile(
    r"risico|gevaar|zorg|ernst|dreig|veilig|urgen|gezin|kind|jongere|familie|prioriteit|inschatting|risk|danger|concern|"
    r"severity|threat|safety|family|child|priority|beoordeling|status van|risiko|gefahr|risque|danger|risc\b|pericol"
)


class _Known(msgspec.Struct, frozen=True):
    """The lists as sets, ready to look in."""

    origins: frozenset[str]
    codes: frozenset[str]
    home: frozenset[str]
    taught: frozenset[str]
    subjects: frozenset[str]
    neutral: frozenset[str]
    lights: frozenset[str]
    grades: frozenset[str]


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
    if _is_origin_list(items) or _is_code_list(question):
        found = tuple(
            code for code, said in question.choices.items() if _origin((_spoken(code), *map(_spoken, said.values())))
        )
        level: Level = "warning" if question.field.get("local_only") is True else "error"
        yield shaped("P02", "list", question.path, words=found[:8], level=level)
    weighed = bool(_WEIGHED.search(plain(question.said)))
    yield from _shades(question, items, weighed)


def _spoken(text: str) -> str:
    return " ".join((*_FLAG.findall(text), *_WORD.findall(plain(text).replace("_", " "))))


def _is_origin_list(items: list[tuple[str, ...]]) -> bool:
    origins = [found for item in items if (found := _origin(item))]
    foreign = [found for found in origins if found not in _known().home]
    if len(origins) < KNOWN_MIN or not foreign or 2 * len(origins) < len(items):
        return False
    subjects = any(set(item) & _known().subjects for item in items)
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


def _is_code_list(question: Question) -> bool:
    """Whether the choices are nothing but codes of countries or languages, with no words that say otherwise."""
    bare = [
        code.casefold()
        for code, said in question.choices.items()
        if all(plain(text) == code.casefold() or not text.strip() for text in said.values())
    ]
    codes = [code for code in bare if code not in _known().neutral]
    return (
        len(codes) >= CODES_MIN and len(bare) == len(question.choices) and all(code in _known().codes for code in codes)
    )


def _shades(question: Question, items: list[tuple[str, ...]], weighed: bool) -> Iterator[LintFinding]:
    """P07: a traffic light, or a grading of people."""
    lights = [item for item in items if set(item) & _known().lights]
    grades = [item for item in items if set(item) & _known().grades]
    enough = len(lights) >= KNOWN_MIN and (len(lights) == len(items) or (weighed and 2 * len(lights) >= len(items)))
    if enough:
        yield shaped("P07", "lights", question.path, words=tuple(item[0] for item in lights))
    if weighed and len(grades) >= KNOWN_MIN and 2 * len(grades) >= len(items):
        yield shaped("P07", "grades", question.path, words=tuple(item[0] for item in grades))
