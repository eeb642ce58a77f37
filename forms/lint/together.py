"""Entries whose words stand near each other in any order: `{kin} ~ {born}` (SPEC.md section 3.2).

A question is asked in a thousand ways, and mostly with words for the same few things. Each place of such an entry is
a number; a word has the numbers of the places where it fits, worked out once for each word.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from forms.lint.entries import Entry, entry
from forms.lint.lexicon import MEMORY_MAX, Hit, Lexicon

NEAR: Final = 12  # words between the first place and any other; a sentence has twenty at most


class Together:
    """Entries of words that stand together, ready to be looked for in a row of words."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._places: dict[tuple[str, ...], int] = {}
        self._known: dict[str, tuple[int, tuple[int, ...]]] = {}
        self._by_first: dict[int, list[tuple[Entry, tuple[int, ...], int, int]]] = defaultdict(list)
        for one in entries:
            needed = [self._place(words) for words in sorted(one.together, key=len)]
            others, absent = needed[1:], map(self._place, one.absent)
            self._by_first[needed[0]].append((one, tuple(others), _bits(others), _bits(absent)))
        self._lexicon = Lexicon(
            entry(str(place), word) for words, place in self._places.items() for word in words if word
        )

    def _place(self, words: tuple[str, ...]) -> int:
        return self._places.setdefault(words, len(self._places))

    def _fits(self, word: str) -> tuple[int, tuple[int, ...]]:
        """The places where a word fits, a bit for each; and which of them are the first of an entry."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= MEMORY_MAX:
                self._known.clear()
            found = sorted({int(hit.entry.code) for hit in self._lexicon.hits(word)})
            known = self._known[word] = _bits(found), tuple(filter(self._by_first.__contains__, found))
        return known

    def find(self, words: Sequence[str]) -> Iterator[Hit]:
        """Every entry whose words stand near each other; a hit counts words, from the first that it needs."""
        fits = list(map(self._fits, words))
        there, firsts = 0, dict[int, None]()
        for bits, begun in fits:
            there |= bits
            for place in begun:
                firsts[place] = None
        for first in firsts:
            for one, others, needed, absent in self._by_first[first]:
                if needed & ~there or absent & there:
                    continue
                hit = _nearest(one, _where(fits, first), [_where(fits, place) for place in others])
                if hit is not None:
                    yield hit


def _bits(places: Iterable[int]) -> int:
    """A number with a bit for each place."""
    return sum(1 << place for place in set(places))


def _where(fits: Sequence[tuple[int, tuple[int, ...]]], place: int) -> list[int]:
    """The numbers of the words that fit a place."""
    return [number for number, (bits, _) in enumerate(fits) if bits >> place & 1]


def _nearest(one: Entry, first: Sequence[int], others: Sequence[Sequence[int]]) -> Hit | None:
    """The hit around the first place from which every other place is near; each place is another word."""
    for start in first:
        used = {start}
        for numbers in others:
            near = [number for number in numbers if abs(number - start) <= NEAR and number not in used]
            if not near:
                break
            used.add(min(near, key=lambda number: abs(number - start)))
        else:
            return Hit(one, min(used), max(used) + 1)
    return None
