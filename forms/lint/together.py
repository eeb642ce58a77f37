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
        self._known: dict[str, tuple[int, ...]] = {}
        self._by_first: dict[int, list[tuple[Entry, tuple[int, ...], tuple[int, ...]]]] = defaultdict(list)
        for one in entries:
            needed = [self._place(words) for words in sorted(one.together, key=len)]
            absent = tuple(map(self._place, one.absent))
            self._by_first[needed[0]].append((one, tuple(needed[1:]), absent))
        self._lexicon = Lexicon(
            entry(str(place), word) for words, place in self._places.items() for word in words if word
        )

    def _place(self, words: tuple[str, ...]) -> int:
        return self._places.setdefault(words, len(self._places))

    def _fits(self, word: str) -> tuple[int, ...]:
        """The places where a word fits."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= MEMORY_MAX:
                self._known.clear()
            found = {int(hit.entry.code) for hit in self._lexicon.hits(word)}
            known = self._known[word] = tuple(sorted(found))
        return known

    def find(self, words: Sequence[str]) -> Iterator[Hit]:
        """Every entry whose words stand near each other; a hit counts words, from the first that it needs."""
        at: dict[int, list[int]] = {}
        for number, word in enumerate(words):
            for place in self._fits(word):
                at.setdefault(place, []).append(number)
        for first, numbers in at.items():
            for one, needed, absent in self._by_first.get(first, ()):
                if not all(map(at.__contains__, needed)) or any(map(at.__contains__, absent)):
                    continue
                hit = _nearest(one, numbers, [at[place] for place in needed])
                if hit is not None:
                    yield hit


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
