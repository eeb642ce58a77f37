"""Weighs what a question asks by all of its words together: a linear model, its weights a data file (SPEC.md 9).

What weighs are words, pieces of words, neighbours, and the kinds of words that `sets.json` and `world.json` know, alone
and in pairs. `upkeep/lint_weights.py` makes the weights, with the same marks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import combinations, pairwise
from math import fsum, sqrt
from typing import Final

import msgspec

from forms.lint.entries import entry, spread
from forms.lint.fold import READINGS_KEPT, plain, plain_words
from forms.lint.lexicon import MEMORY_MAX, Lexicon
from forms.lint.rules import common, lists, sets, weights, world

PIECES: Final = (3, 4, 5)  # letters of the pieces of a word
NEIGHBOURS: Final = 0.7  # what two words side by side count, beside one for a word
PAIR: Final = 0.5  # and two kinds of words in one question
KINDS_MAX: Final = 24  # of words in one question; a text of all words of a language has more
CHOICES_MAX: Final = 12
SAID_MAX: Final = 3  # words that a finding names
KIND: Final = "="  # stands before a kind of word
PAIRED: Final = "&"  # and between two of them
EDGE: Final = "|"  # stands at both ends of a word, and of a row of words

DRAWN: Final[Mapping[str, str]] = dict(zip("013457@$", "oieastas", strict=True))
FIGURE: Final = re.compile(r"(?<=[^\W\d_])[013457@$](?=[^\W\d_])")  # between letters it stands for one

Rows = tuple[tuple[str, ...], ...]


class Weighed(msgspec.Struct, frozen=True):
    """The weight of a text, more where it is like what is refused, and the words that weighed most."""

    weight: float
    words: tuple[str, ...]


@lru_cache(maxsize=READINGS_KEPT)
def weighed(label: str, hint: str = "", choices: tuple[str, ...] = ()) -> Weighed:
    """Weigh a label with its hint and its choices."""
    return weigh(rows_of(label, hint, choices))


def rows_of(label: str, hint: str = "", choices: Iterable[str] = ()) -> Rows:
    """The words of a label, of its hint, and of its first choices, each a row.

    `yes` and `other` say nothing; a figure between letters is the letter that it stands for.
    """
    texts = [label, hint, *[said for said in choices if plain(said) not in _neutral()][:CHOICES_MAX]]
    spelt = (FIGURE.sub(lambda found: DRAWN[found[0]], text).replace("_", " ") for text in texts)
    return tuple(words for text in spelt if (words := plain_words(text)))


@cache
def _common() -> frozenset[str]:
    """Words of which a reader learns nothing."""
    return frozenset(plain(word) for rows in common().read.values() for row in rows for word in row.split())


@cache
def _neutral() -> frozenset[str]:
    return frozenset(map(plain, (*lists().neutral, *lists().no_answer)))


def weigh(rows: Rows) -> Weighed:
    """Weigh rows of words. A text without words weighs nothing."""
    model = _model()
    by_word = {word: model.of_word(word) for row in rows for word in row}
    if not by_word:
        return Weighed(float("-inf"), ())
    count = 0
    for row in rows:
        for one, other in pairwise((EDGE, *row, EDGE)):
            count += 1
            near = f"{one}_{other}"
            if near in model.marks:
                half = model.marks[near] * NEIGHBOURS / 2
                by_word[one if one != EDGE else other] += half
                by_word[other if other != EDGE else one] += half
    kinds = kinds_in(by_word)
    for kind, words in kinds.items():
        others = model.pairs.get(kind, {})
        weight = model.marks.get(kind, 0.0) + sum([others[other] for other in kinds if other in others]) * PAIR / 2
        for word in words:
            by_word[word] += weight / len(words)
    size = length(len(by_word), count, len(kinds))
    heavy = sorted((word for word in by_word if by_word[word] > 0), key=lambda word: (-by_word[word], word))
    telling = [word for word in heavy if word not in _common()] or heavy
    return Weighed(model.bias + sum(by_word.values()) / size, tuple(telling[:SAID_MAX]))


def length(words: int, neighbours: int, kinds: int) -> float:
    """By how much the sum of a text is divided: a long text weighs no more than a short one."""
    return sqrt(words + neighbours * NEIGHBOURS**2 + kinds + kinds * (kinds - 1) / 2 * PAIR**2)


def pair(one: str, other: str) -> str:
    """The mark of two kinds of words."""
    return f"{min(one, other)}{PAIRED}{max(one, other).removeprefix(KIND)}"


def pieces(word: str) -> frozenset[str]:
    """The pieces of a word, and the whole: each counts the same part of it."""
    edged = f"{EDGE}{word}{EDGE}"
    found = {edged[start : start + size] for size in PIECES for start in range(len(edged) - size + 1)}
    return frozenset(found | {edged})


def features(rows: Rows) -> Iterator[tuple[str, float]]:
    """Every mark of a text with what it counts, for whoever makes the weights: as `weigh` adds them up."""
    words = list(dict.fromkeys(word for row in rows for word in row))
    near = [f"{one}_{other}" for row in rows for one, other in pairwise((EDGE, *row, EDGE))]
    kinds = sorted(kinds_in(words))
    size = length(len(words), len(near), len(kinds))
    for word in words:
        found = pieces(word)
        yield from ((piece, 1 / sqrt(len(found)) / size) for piece in sorted(found))
    yield from ((mark, NEIGHBOURS / size) for mark in near)
    yield from ((kind, 1 / size) for kind in kinds)
    yield from ((pair(one, other), PAIR / size) for one, other in combinations(kinds, 2))


def kinds_in(words: Iterable[str]) -> dict[str, list[str]]:
    """The kinds of words that stand in a text, as marks, each with its words."""
    found: dict[str, list[str]] = {}
    for word in words:
        for kind in _kinds(word):
            found.setdefault(kind, []).append(word)
    return dict(list(found.items())[:KINDS_MAX])


class _Model:
    """The weights, ready; what a word weighs by itself is remembered."""

    def __init__(self, marks: Mapping[str, float], bias: float) -> None:
        self.marks, self.bias = marks, bias
        self.pairs: dict[str, dict[str, float]] = {}
        for mark, weight in marks.items():
            one, _, other = mark.partition(PAIRED)
            if other:
                self.pairs.setdefault(one, {})[KIND + other] = self.pairs.setdefault(KIND + other, {})[one] = weight
        self._known: dict[str, float] = {}

    def of_word(self, word: str) -> float:
        """Return what a word weighs by its pieces."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= MEMORY_MAX:
                self._known.clear()
            found = pieces(word)
            weights_found = [self.marks[piece] for piece in found if piece in self.marks]
            known = self._known[word] = fsum(weights_found) / sqrt(len(found))
        return known


@cache
def _model() -> _Model:
    marks = (mark.rpartition(":") for row in weights().marks for mark in row.split())
    return _Model({mark: int(weight) / 100 for mark, _, weight in marks}, weights().bias)


@lru_cache(maxsize=MEMORY_MAX)
def _kinds(word: str) -> tuple[str, ...]:
    """The kinds of one word, each as a mark."""
    found = {kind for hit in _lexicon().hits(word) for kind in hit.entry.code.split()}
    return tuple(sorted(found | _world().get(word, frozenset())))


@cache
def _lexicon() -> Lexicon:
    kinds: dict[str, set[str]] = {}
    named = {name: spread("{" + name + "}") for name in sets().named}
    for name, words in (*named.items(), ("things", sets().things), ("goods", sets().goods)):
        for word in words:
            kinds.setdefault(word, set()).add(KIND + name)
    return Lexicon(entry(" ".join(sorted(those)), word) for word, those in kinds.items() if word)


@cache
def _world() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kind, words in world().items():
        for word in words:
            found.setdefault(word, set()).add(KIND + kind)
    return {word: frozenset(kinds) for word, kinds in found.items()}
