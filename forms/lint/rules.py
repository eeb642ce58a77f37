"""The rules of the lint as data: one file a rule in `rules/`, read once (SPEC.md section 3)."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec

CODES: Final = tuple(f"P{number:02}" for number in range(1, 24))

_NAMED: Final = re.compile(r"\{([a-z]+)\}")

Level = Literal["error", "warning"]
Sentence = Mapping[str, str]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: what it forbids, why, what to do instead, and the words that show it.

    `words` are entries by language, in the notation of SPEC.md section 3.2; `friends` look like them and mean
    something else; `names` are friends that count only when no word for people stands beside them. Of the entries,
    `of_things` say nothing where only things are spoken of (the breed of a cow, the roof of a church), `weak` count
    only beside people or alone, `asked` ask as a label and say nothing as a choice, and `halves` may be shared
    between a label and its choices. `places` are the only places the words are looked for (none given: everywhere),
    `kinds` the only kinds of question, `levels` where the level differs by place, `unless` the words of the same
    question that excuse it, and `signs` the patterns that the rule's shapes look for.
    """

    code: str
    group: str
    level: Level
    name: Sentence
    why: Sentence
    remedy: Sentence
    sources: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]] = {}
    friends: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    of_things: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    halves: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    levels: Mapping[str, Level] = {}
    signs: Mapping[str, tuple[str, ...]] = {}
    shapes: Mapping[str, Sentence] = {}


class Sets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that several rules need: for people, for kin, articles, and the common parts of compounds."""

    named: Mapping[str, tuple[str, ...]]
    articles: tuple[str, ...]
    parts: tuple[str, ...]
    things: tuple[str, ...]
    goods: tuple[str, ...]


class Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The meanings that choices can have together: origins, subjects, colours, ways not to answer, empty words."""

    origins: tuple[str, ...]
    codes: tuple[str, ...]
    doubtful: tuple[str, ...]
    home: tuple[str, ...]
    taught: tuple[str, ...]
    subjects: tuple[str, ...]
    lessons: tuple[str, ...]
    neutral: tuple[str, ...]
    lights: tuple[str, ...]
    grades: tuple[str, ...]
    often: tuple[str, ...]
    units: tuple[float, ...]
    money: tuple[str, ...]
    no_answer: tuple[str, ...]
    other: tuple[str, ...]
    bases: tuple[str, ...]
    vague: tuple[str, ...]
    linking: tuple[str, ...]


class Common(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The common words of languages: of those that the rules have words of, and of others."""

    read: Mapping[str, tuple[str, ...]]
    unread: Mapping[str, tuple[str, ...]]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The weights of `weighing.py`: made by a command from judged sets, `made_from` is their digest.

    A question that weighs `refused` or more is refused, and one that weighs `doubted` or more waits for a second
    person; what words strike in a text that names nobody and weighs `spared` or less is about a thing. `marks` are
    rows of marks with their weights in hundredths.
    """

    made_from: str
    bias: float
    refused: float
    doubted: float
    spared: float
    marks: tuple[str, ...]


def _read(name: str) -> bytes:
    return files("forms.lint").joinpath("rules", name).read_bytes()


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of their codes."""
    return tuple(msgspec.json.decode(_read(f"{code.lower()}.json"), type=Rule) for code in CODES)


@cache
def rule(code: str) -> Rule:
    """The rule of this code."""
    return rules()[CODES.index(code)]


@cache
def sign(code: str, name: str) -> re.Pattern[str]:
    """The pattern that a rule's shape looks for in a folded text: `{child}` in it is any word of that set."""
    alternatives = "|".join(rule(code).signs[name])
    return re.compile(_NAMED.sub(lambda match: f"(?:{'|'.join(sets().named[match[1]])})", alternatives))


@cache
def sets() -> Sets:
    """The words that several rules need."""
    return msgspec.json.decode(_read("sets.json"), type=Sets)


@cache
def lists() -> Lists:
    """The meanings that choices can have together."""
    return msgspec.json.decode(_read("lists.json"), type=Lists)


@cache
def common() -> Common:
    """The common words of languages, in rows."""
    return msgspec.json.decode(_read("common.json"), type=Common)


@cache
def world() -> Mapping[str, tuple[str, ...]]:
    """Names of lands and of languages in the languages of the rules (Unicode CLDR), by kind."""
    rows = msgspec.json.decode(_read("world.json"), type=dict[str, list[str]])
    return {kind: tuple(" ".join(texts).split()) for kind, texts in rows.items()}


@cache
def weights() -> Weights:
    """The weights that a command made from judged sets."""
    return msgspec.json.decode(_read("weights.json"), type=Weights)


def frame() -> dict[str, Any]:
    """The form around an entry of a judged set, of which nothing can be said; another one for every caller."""
    return msgspec.json.decode(_read("frame.json"), type=dict[str, Any])
