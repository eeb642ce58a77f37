"""Finds the words of the rules in one word, and in a row of words (SPEC.md section 2.4).

A word is looked up whole and by the stems in it; only the stems that begin with three of its letters are
compared, so that ten thousand choices cost less than a second.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Final

import msgspec

from forms.lint.entries import Alternatives, Entry
from forms.lint.rules import sets

KEY: Final = 3  # the shortest stem
MEMORY_MAX: Final = 200_000  # words remembered; more are forgotten all at once
COMPOUND_LETTERS_MAX: Final = 80  # in letters without end a stem counts, whatever stands beside it
PART_LETTERS_MAX: Final = 16  # nor is a common part of one
ALONE: Final = -1  # in place of a second word, where an entry has none
ARTICLES_MAX: Final = 3  # that may stand between two words of a phrase: `van al die hun`
LINKS: Final = ("", "s", "e", "en", "n")  # what Dutch and German put between the parts of a compound
_ALONE: Final = frozenset({ALONE})
ENDINGS: Final = ("s", "en", "e", "n", "es", "er", "ers")  # what a word may have behind it when it was torn apart


class Hit(msgspec.Struct, frozen=True):
    """One entry found in a word, from which letter to which."""

    entry: Entry
    start: int
    end: int


class Lexicon:
    """The one-word entries of the rules, ready to look words up; the whole of a word is asked at once."""

    def __init__(self, entries: Iterable[Entry], spell: Callable[[str], str] = str) -> None:
        self._whole: dict[str, list[Entry]] = defaultdict(list)
        self._stems: dict[str, list[tuple[str, int, Entry]]] = defaultdict(list)  # each with its length
        self._masks: dict[tuple[int, str], list[tuple[str, Entry]]] | None = None
        self._exact: dict[str, list[Entry]] | None = None
        self._known: dict[str, tuple[Hit, ...]] = {}
        for entry in entries:
            text = spell(entry.text)
            if entry.mode == "whole":
                self._whole[text].append(entry)
            elif entry.mode in {"starts", "ends", "inside", "part"}:
                self._stems[text[:KEY]].append((text, len(text), entry))

    def hits(self, word: str) -> tuple[Hit, ...]:
        """Every entry in a word."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= MEMORY_MAX:
                self._known.clear()
            known = self._known[word] = tuple(self._found(word))
        return known

    def _found(self, word: str) -> Iterator[Hit]:
        if word in self._whole:
            yield from (Hit(entry, 0, len(word)) for entry in self._whole[word])
        for start in range(len(word) - KEY + 1):
            for text, size, entry in self._stems.get(word[start : start + KEY], ()):
                end = start + size
                if word[start:end] == text and _fits(entry, word, start, end):
                    yield Hit(entry, start, end)

    def exact(self, word: str) -> Sequence[Entry]:
        """The entries that a word is, perhaps with an ending; for words that were put together by us."""
        if self._exact is None:
            self._exact = defaultdict(list)
            for ending in ("", *ENDINGS):
                for text, entry in self._all():
                    self._exact[text + ending].append(entry)
        return self._exact.get(word, ())

    def masked(self, pattern: Sequence[str]) -> Iterator[Entry]:
        """The entries that a word with letters left out could be; `*` stands for each."""
        if self._masks is None:
            self._masks = defaultdict(list)
            for text, entry in self._all():
                self._masks[len(text), text[0]].append((text, entry))
        for text, entry in self._masks.get((len(pattern), pattern[0]), ()):
            if all(mark in ("*", letter) for mark, letter in zip(pattern, text, strict=True)):
                yield entry

    def _all(self) -> Iterator[tuple[str, Entry]]:
        for text, entries in self._whole.items():
            yield from ((text, entry) for entry in entries)
        for stems in self._stems.values():
            yield from ((text, entry) for text, _, entry in stems)


def _fits(entry: Entry, word: str, start: int, end: int) -> bool:
    if entry.mode == "starts":
        return start == 0
    if entry.mode == "ends":
        return end == len(word)
    if entry.mode == "inside":
        return True
    return word[:start] not in LINKS[1:] and compound(word[:start]) and compound(word[end:])


def compound(rest: str) -> bool:
    """True if what stands beside a stem is made of the common parts of Dutch, English and German compounds."""
    return not rest or len(rest) > COMPOUND_LETTERS_MAX or _made_of_parts(rest)


@cache
def _parts() -> frozenset[str]:
    return frozenset(sets().parts)


def _made_of_parts(rest: str) -> bool:
    parts = _parts()
    reached = {len(link) for link in LINKS if rest.startswith(link)}
    for start in range(len(rest)):
        if start not in reached:
            continue
        for end in range(start + 1, min(start + PART_LETTERS_MAX, len(rest)) + 1):
            if rest[start:end] in parts:
                reached |= {end + len(link) for link in LINKS if rest.startswith(link, end)}
    return len(rest) in reached


class Phrases:
    """Entries of several words. Articles between them do not count, unless the reading is strict.

    Only those are compared whose first word stands here and whose second word stands behind it: of `het kind ...` there
    are hundreds.
    """

    def __init__(self, entries: Iterable[Entry], *, strict: bool) -> None:
        self._skipped = frozenset[str]() if strict else frozenset(sets().articles)
        self._numbers: dict[Alternatives, int] = {}
        self._begun: dict[int, dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
        self._known: dict[str, frozenset[int]] = {}
        for entry in entries:
            first, second = (*entry.elements, None)[:2]
            self._begun[self._number(first)][self._number(second)].append(entry)
        self._whole: dict[str, list[int]] = defaultdict(list)
        self._starts: dict[str, list[int]] = defaultdict(list)
        for element, number in self._numbers.items():
            for text in element.whole:
                self._whole[text].append(number)
            for text in element.begun:
                self._starts[text].append(number)
        self._lengths = sorted(set(map(len, self._starts)))

    def _number(self, element: Alternatives | None) -> int:
        """The number of a place that two phrases may share; one for all that have no second word."""
        return ALONE if element is None else self._numbers.setdefault(element, len(self._numbers))

    def _fits(self, word: str) -> frozenset[int]:
        """The places where a word may stand."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= MEMORY_MAX:
                self._known.clear()
            begun = (self._starts.get(word[:length], ()) for length in self._lengths)
            known = self._known[word] = frozenset((*self._whole.get(word, ()), *chain.from_iterable(begun)))
        return known

    def find(self, words: Sequence[str]) -> Iterator[Hit]:
        """Every phrase in a row of words; a hit counts words here, not letters."""
        fits = [self._fits(word) for word in words]
        for start, places in enumerate(fits):
            for first in self._begun.keys() & places if places else ():
                behind = self._begun[first]
                for second in behind.keys() & self._behind(words, fits, start):
                    for entry in behind[second]:
                        end = self._reach(entry.elements, words, start)
                        if end:
                            yield Hit(entry, start, end)

    def _behind(self, words: Sequence[str], fits: Sequence[frozenset[int]], start: int) -> frozenset[int]:
        """The places where the next word may stand, or one behind the articles that follow."""
        found = _ALONE
        for place in range(start + 1, min(start + 2 + ARTICLES_MAX, len(words))):
            found |= fits[place]
            if words[place] not in self._skipped:
                break
        return found

    def _reach(self, elements: tuple[Alternatives, ...], words: Sequence[str], place: int) -> int:
        for number, element in enumerate(elements):
            for _ in range(ARTICLES_MAX if number else 0):
                if place < len(words) and words[place] in self._skipped and not element.fits(words[place]):
                    place += 1
            if place >= len(words) or not element.fits(words[place]):
                return 0
            place += 1
        return place
