"""Finds the rules that the words of one text break (SPEC.md section 2)."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import Final

import msgspec

from forms.lint.entries import Alternatives, Entry, entry
from forms.lint.fold import READINGS_KEPT, Piece, Reading, joins, plain_words, readings, runs, skeleton
from forms.lint.lexicon import Hit, Lexicon, Phrases
from forms.lint.rules import Rule, rules
from forms.lint.together import Together

TORN_MIN: Final = 4  # a word put together from pieces has at least so many letters, or chance makes it
FIGURED_MIN: Final = 3  # a word with figures in it is meant to be read; three letters are enough
ALIKE_MIN: Final = 5  # so has a word that only looks like one of ours


class Strike(msgspec.Struct, frozen=True, order=True):
    """One word of one rule, found in a text: the rule, the entry as the rule writes it, and what was read."""

    code: str
    entry: str
    word: str


class _Found(msgspec.Struct, frozen=True):
    """An entry in a reading, from which piece to which; `inside` is where in the word a friend could cover it."""

    entry: Entry
    word: str
    start: int
    end: int


class Reader:
    """The words of some rules, made ready once; looks at any number of texts."""

    def __init__(self, chosen: Iterable[Rule]) -> None:
        chosen = tuple(chosen)
        entries = [entry(one.code, text) for one in chosen for texts in one.words.values() for text in texts]
        friends = [entry(one.code, text) for one in chosen for text in one.friends]
        names = [entry(one.code, text) for one in chosen for text in one.names]
        strict = {one.code for one in chosen if one.level == "error"}
        single = [one for one in entries if one.mode not in {"phrase", "alone", "together"}]
        firm = [one for one in single if one.code in strict]
        self._words = Lexicon(single)
        self._alike = Lexicon((one for one in firm if len(one.text) >= ALIKE_MIN), skeleton)
        self._figured = Lexicon((one for one in firm if len(one.text) >= FIGURED_MIN), skeleton)
        self._masked = Lexicon(one for one in firm if len(one.text) >= TORN_MIN)
        self._phrases = Phrases((one for one in entries if one.mode == "phrase"), strict=False)
        self._together = Together(one for one in entries if one.mode == "together")
        self._alone = {one.text: one for one in entries if one.mode == "alone"}
        self._friends = Lexicon(one for one in friends if one.mode not in {"phrase", "together"})
        self._friends_together = Together(one for one in friends if one.mode == "together")
        self._friend_phrases = Phrases((one for one in friends if one.mode == "phrase"), strict=True)
        self._names = Phrases((one for one in names if one.mode == "phrase"), strict=True)

    def strikes(self, text: str, language: str | None = None) -> tuple[Strike, ...]:
        """Every rule that the words of a text break. No language: a name or a code, read as any of them."""
        found: dict[tuple[str, str], str] = {}
        for reading in readings(text):
            for one in self._read(reading, language):
                if one.entry.language in (None, language) or language is None:
                    key = one.entry.code, one.entry.written
                    found[key] = max(found.get(key, ""), one.word, key=len)
        return tuple(sorted(Strike(code, written, word) for (code, written), word in found.items()))

    def near(self, text: str, language: str | None = None) -> tuple[Strike, ...]:
        """The strikes of words that stand together, in a text that is no sentence: a label with its choices."""
        found = set()
        words = plain_words(text)
        friends = self._excused(words)
        for hit in self._together.find(words):
            free = not any(
                one.entry.code == hit.entry.code and one.start <= hit.start and hit.end <= one.end for one in friends
            )
            if free and (language is None or hit.entry.language in (None, language)):
                found.add(Strike(hit.entry.code, hit.entry.written, " ".join(words[hit.start : hit.end])))
        return tuple(sorted(found))

    def _read(self, reading: Reading, language: str | None) -> Iterator[_Found]:
        words = [piece.text for piece in reading.pieces]
        friends = [*self._friend_phrases.find(words), *self._near(self._names.find(words), words)]
        friends += self._excused(words)
        for one in self._candidates(reading, words):
            covers = (
                hit for hit in friends if hit.entry.code == one.entry.code and hit.entry.language in (None, language)
            )
            if not any(hit.start <= one.start and one.end <= hit.end for hit in covers):
                yield one

    def _excused(self, words: Sequence[str]) -> list[Hit]:
        """The friends whose words stand near each other: they excuse what is between them, and all if it names nobody.

        Whoever adds `(the roof)` to a question about a family has not asked about a roof.
        """
        hits = list(self._friends_together.find(words))
        named = bool(hits) and any(map(_people().fits, words))
        return [hit if named else Hit(hit.entry, 0, len(words)) for hit in hits]

    def _near(self, hits: Iterable[Hit], words: Sequence[str]) -> Iterator[Hit]:
        """A name counts as a name only if no word for people stands directly beside it."""
        for hit in hits:
            beside = [*words[max(hit.start - 1, 0) : hit.start], *words[hit.end : hit.end + 1]]
            if not any(map(_people().fits, beside)):
                yield hit

    def _candidates(self, reading: Reading, words: Sequence[str]) -> Iterator[_Found]:
        for place, word in enumerate(words):
            yield from (_Found(hit.entry, word, place, place + 1) for hit in self._in_word(word))
        for start, end, word in runs(reading.pieces):
            yield from (_Found(hit.entry, word, start, end) for hit in self._in_word(word))
        yield from self._torn(reading.pieces)
        yield from (
            _Found(hit.entry, " ".join(words[hit.start : hit.end]), hit.start, hit.end)
            for hit in self._phrases.find(words)
        )
        for hit in self._together.find(words):
            yield _Found(hit.entry, " ".join(words[hit.start : hit.end]), hit.start, hit.end)
        whole = self._alone.get(" ".join(words))
        if whole is not None:
            yield _Found(whole, whole.text, 0, len(words))
        for word in reading.mixed:
            yield from (_Found(hit.entry, word, -1, -1) for hit in self._figured.hits(skeleton(word)))
        for word in reading.masked:
            yield from (_Found(one, word, -1, -1) for one in self._masked.masked(word))

    def _in_word(self, word: str) -> Iterator[Hit]:
        hits = self._words.hits(word)
        if not hits and len(word) >= ALIKE_MIN:
            hits = self._alike.hits(skeleton(word))
        reach: dict[str, list[int]] = {}  # how far the friends go that begin at a letter or before it
        for friend in self._friends.hits(word) if hits else ():
            ends = reach.setdefault(friend.entry.code, [0] * len(word))
            ends[friend.start] = max(ends[friend.start], friend.end)
        reach = {code: list(accumulate(ends, max)) for code, ends in reach.items()}
        yield from (hit for hit in hits if hit.entry.code not in reach or reach[hit.entry.code][hit.start] < hit.end)

    def _torn(self, pieces: tuple[Piece, ...]) -> Iterator[_Found]:
        """Words torn apart by a space, a hyphen or a capital. Across a space only the whole word counts."""
        for start, end, word, spaced in joins(pieces):
            if len(word) < TORN_MIN:
                continue
            if spaced:
                yield from (
                    _Found(one, word, start, end) for one in self._words.exact(word) if len(one.text) >= TORN_MIN
                )
                continue
            for hit in self._in_word(word):
                torn = hit.start == 0 and hit.end > len(pieces[start].text)
                if torn and len(hit.entry.text) >= TORN_MIN:
                    yield _Found(hit.entry, word, start, end)


@cache
def _people() -> Alternatives:
    return entry("", "{people} {people}").elements[0]


@cache
def reader() -> Reader:
    """All rules, made ready."""
    return Reader(rules())


@lru_cache(maxsize=READINGS_KEPT)
def found_in(text: str, language: str | None = None) -> tuple[Strike, ...]:
    """Every strike of the words of a text, remembered: a form says the same words many times."""
    return reader().strikes(text, language)


@lru_cache(maxsize=READINGS_KEPT)
def found_near(text: str, language: str | None = None) -> tuple[Strike, ...]:
    """Every strike of words that stand together, remembered."""
    return reader().near(text, language)
