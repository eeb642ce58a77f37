"""P22: a text in a language of which the lint has no words, whatever it is written under (SPEC.md section 4, 14).

A text is counted in the common words of each language. Nothing is said of a short text that could be a name, nor
of one with as many words of a language that is read: it is a net against whole questions that nobody read.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from forms.lint.findings import LintFinding, shaped
from forms.lint.fold import READINGS_KEPT, plain
from forms.lint.rules import common
from forms.lint.sites import SPOKEN, Site

APART_MAX: Final = 3  # so many texts of one language are told one by one; more are told as one of the whole form
TOLD_WORDS: Final = 5  # of the first text, so that its maker finds it
SURE_WORDS: Final = 2  # of one language
SURE_AS_NAME: Final = 3  # where a name may stand
NONE_KNOWN_WORDS: Final = 5  # of which no language that is read has one: a sentence has articles
WORD_LETTERS_MIN: Final = 5  # of a word that says it alone, beside none that is read
OTHER_LETTERS_MIN: Final = 3  # a word wholly in letters of another alphabet
NAMING: Final = frozenset({"choice-label", "list", "title"})  # here may stand a name, of a town or a school
WHOLE: Final = "/title"

_WORD: Final = re.compile(r"[^\W\d_]+")
_MENTION: Final = re.compile(r"\$\{[^}]*\}|<[^<>]{0,80}>|&\w+;")
_TURNED: Final = frozenset("¿¡")
_OTHER: Final = re.compile("[\u0370-\u03ff\u0400-\u052f\u1f00-\u1fff]+")  # Greek and Cyrillic
_LATIN_MAX: Final = "\u024f"
_WITHOUT_MARK: Final = frozenset("ßœæıŒÆ")
_MARKED: Final = {  # the letters with marks of the languages that are read, and of Dutch with stress
    "\u0301": "aeiouy",
    "\u0300": "aeiou",
    "\u0302": "aeiou",
    "\u0308": "aeiouy",
    "\u0327": "cst",
    "\u0326": "st",
    "\u0306": "ag",
    "\u0307": "i",
}


def of_texts(sites: Iterable[Site]) -> Iterator[LintFinding]:
    """Find the texts among these that are not read; of many in one language one finding speaks for all."""
    found: dict[str | None, dict[tuple[str, str, str | None], Site]] = {}
    for site in sites:
        if site.place in SPOKEN and _is_unread(site):
            found.setdefault(site.language, {}).setdefault((site.path, site.place, site.code), site)
    for language, those in found.items():
        first, *more = those.values()
        listed = first.place == "list"
        if not more or (language_is_read(language) and len(more) < APART_MAX and not listed):
            yield from (_told("unread", site.path, site) for site in those.values())
        else:
            yield _told("unread-many", first.path if listed else WHOLE, first, count=len(those))


def language_is_read(language: str | None) -> bool:
    """True if the rules have words of a language; a name has none, and is read as all."""
    return language is None or language.partition("-")[0] in common().read


def _is_unread(site: Site) -> bool:
    if not language_is_read(site.language):
        return any(map(str.isalpha, site.text))
    return is_of_another_language(site.text, naming=site.place in NAMING)


@lru_cache(maxsize=READINGS_KEPT)
def is_of_another_language(text: str, *, naming: bool = False) -> bool:
    """True if a text is written in a language, or an alphabet, that the lint does not read.

    `naming` says that a name may stand there, which is in any language: then one word of another says nothing.
    """
    written = _WORD.findall(unicodedata.normalize("NFC", _MENTION.sub(" ", text)))
    if any(len(word) >= OTHER_LETTERS_MIN and _OTHER.fullmatch(word) for word in written):
        return True
    words = [plain(word) for word in written]
    odd = [sign for sign in text if sign in _TURNED]
    odd += [word for word, drawn in zip(words, written, strict=True) if _is_odd(drawn) or word in _strange()]
    if not odd:
        return not naming and _running(text) >= NONE_KNOWN_WORDS and not _most(words, "read")
    read, other = _most(words, "read"), max(_most(words, "unread"), len(odd))
    if not read and not naming and _running(text) >= NONE_KNOWN_WORDS:
        return True
    if other <= read:
        return False
    if naming:
        return other >= SURE_AS_NAME
    return other >= SURE_WORDS or (not read and any(len(word) >= WORD_LETTERS_MIN for word in odd))


def _running(text: str) -> int:
    """The number of words of Latin letters between spaces; names and codes that are joined by signs are one."""
    return sum(any(plain(word).isascii() and len(word) > 1 for word in _WORD.findall(part)) for part in text.split())


def _most(words: Sequence[str], which: str) -> int:
    """The number of these words in that language, of all that are read or are not, which has the most of them."""
    spoken = _spoken(which)
    hits = [language for word in words for language in spoken.get(word, ())]
    return max(map(hits.count, hits), default=0)


@cache
def _spoken(which: str) -> dict[str, list[str]]:
    """The languages in which each common word stands, of those that are read or of those that are not."""
    found: dict[str, list[str]] = {}
    for language, texts in (common().read if which == "read" else common().unread).items():
        for word in {plain(word) for row in texts for word in row.split()}:
            found.setdefault(word, []).append(language)
    return found


@cache
def _strange() -> frozenset[str]:
    """The common words of languages that are not read which no language has that is."""
    return frozenset(word for word in _spoken("unread").keys() - _spoken("read").keys() if len(word) > 1)


def _is_odd(word: str) -> bool:
    """True if a word has a letter that no language has which is read."""
    return not word.isascii() and any(map(_is_strange, word))


@cache
def _is_strange(letter: str) -> bool:
    if letter.isascii() or letter in _WITHOUT_MARK or letter > _LATIN_MAX:
        return "\u1e00" <= letter <= "\u1eff"
    base, *marks = list(unicodedata.normalize("NFD", letter.lower()))
    return not marks or any(base not in _MARKED.get(mark, "") for mark in marks)


def _told(shape: str, path: str, site: Site, count: int = 1) -> LintFinding:
    said = " ".join(site.text.split()[:TOLD_WORDS])
    language = site.language
    return shaped("P22", shape, path, place=site.place, language=language, words=(said,), text=said, count=count)
