"""Folds a text: every way in which a person, or a machine, could read the same words (SPEC.md section 2).

Nothing is decided here. A text becomes a few readings; each is a row of words with what stood between them.
"""

import html
import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import msgspec

ROUNDS_MAX: Final = 8  # markup inside markup that is taken away; after that its signs are
JOINED_LETTERS_MAX: Final = 28  # longer than any word of the rules, so that a row of short words stays cheap
JOINED_PIECES_MAX: Final = 8  # into so many syllables one tears a word; single letters are a run
READINGS_KEPT: Final = 1_024  # of texts: one is read for its words, with its choices, and for its things
RUN_MIN: Final = 3  # three letters that stand alone may be one word; two are an abbreviation

_MARKUP: Final = re.compile(r"<[^<>]{0,80}>")
_AMPERSAND: Final = re.compile(r"&(?:(?:amp|#0*38|#x0*26);?)+", re.IGNORECASE)
_PIECE: Final = re.compile(r"[a-z]+|[0-9]+|[\u0621-\u064a]+")
_MIXED: Final = re.compile(r"[a-z0-9@$€£|!+]+")
_FIGURED: Final = re.compile(r"[0-9@$€£|!+]")
_NUMBERED: Final = re.compile(r"[a-z][0-9]+|[0-9]+[a-z]")  # `v154` is the name of a question, and no visa
_MASK: Final = frozenset("*#_?~.")
_MASKED: Final = re.compile(r"(?<![a-z])[a-z]+[*#_?~.]+[a-z]+(?:[*#_?~.]+[a-z]+)*")
_LEFT_OUT: Final = re.compile("[#_?~.]")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_REPEATED: Final = re.compile(r"([a-z])\1{2,}")
_BIDI: Final = re.compile("[\u202d\u202e\u2066-\u2069]")
_ENCLOSED: Final = {  # letters as white on black and as flags: nothing spreads them
    first + place: chr(ord("a") + place) for first in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)
}
_SIGNS: Final = dict.fromkeys(map(ord, "<>&"), None)
_BRAILLE: Final = frozenset(map(chr, range(0x2801, 0x2900)))  # signs to a machine, and letters to who reads them
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0\u2800\u180e"), None)


def _pairs(written: str) -> dict[str, str]:
    """A map written as `а:a б:b`; what stands for nothing is written `ь:`."""
    return {letter: latin for letter, _, latin in (pair.partition(":") for pair in written.split())}


_LATIN: Final = _pairs(  # what UTS #39 lacks: small capitals, hooks, letters turned upside down, letters that are two
    "ß:ss þ:th ð:d ʀ:r ɴ:n ᴀ:a ᴍ:m ɢ:g ᴇ:e ᴛ:t ɛ:e ŋ:n ƨ:s ʟ:l ᴋ:k ʜ:h ᴘ:p ᴅ:d ʙ:b ɟ:j ɾ:r ɱ:m "
    "ɐ:a ɒ:a ɔ:c ǝ:e ə:e ɘ:e ɥ:h ᴉ:i ʞ:k ɯ:m ɹ:r ʁ:r ʇ:t ʌ:v ʍ:w ʎ:y ɓ:b ɗ:d ɖ:d ɠ:g ƙ:k ƞ:n ƥ:p ɽ:r ƶ:z"
)
_CAPITALS: Final = _pairs(  # capitals that look like another letter than their small form does
    "В:B Н:H Р:P С:C Т:T У:Y Х:X М:M К:K А:A Е:E О:O І:I Ј:J Ѕ:S "
    "Α:A Β:B Ε:E Ζ:Z Η:H Ι:I Κ:K Μ:M Ν:N Ο:O Ρ:P Τ:T Υ:Y Χ:X"
)
_SEEN: Final = _pairs(  # small letters that a hurried eye reads as Latin ones, and UTS #39 does not
    "б:b в:b д:d з:e и:u к:k л:n м:m н:h п:n т:t ц:u ч:4 ш:w щ:w ь:b я:r ґ:r є:e ӏ:l ԍ:g ԏ:t "
    "β:b δ:d ε:e ζ:z κ:k μ:u π:n ς:s τ:t χ:x ω:w"
)
_HEARD: Final = _pairs(  # the same letters, by how they sound
    "а:a б:b в:v г:g д:d е:e ж:zh з:z и:i й:j к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:h ц:ts ч:ch ш:sh щ:sht "
    "ъ:a ы:i ь: э:e ю:ju я:ja ѕ:s і:i ј:j ґ:g є:je "
    "α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:i φ:f χ:ch ψ:ps ω:o"
)
_ARABIC: Final = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_MIXED_ARABIC: Final = re.compile("[a-zA-Z][\u0600-\u06ff]|[\u0600-\u06ff][a-zA-Z]")
_ARABIC_MAP: Final = str.maketrans({"\u0629": "\u0647", "\u0649": "\u064a", "\u0640": None})  # ta marbuta, alif maksura
_FIGURES: Final = str.maketrans("0123456789@$€£|!+", "oizeasgtbgaseliit")
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\u00ad\ufe63\uff0d]")
_DRAWN: Final = str.maketrans("10i", "lol")
_CAPITALS_MAP: Final = str.maketrans(_CAPITALS)
_OURS: Final = str.maketrans({**_LATIN, **_SEEN})
_HEARD_MAP: Final = str.maketrans({**_LATIN, **_HEARD})


class Piece(msgspec.Struct, frozen=True):
    """One word of a reading; `joined` says that no space stands between it and the word before."""

    text: str
    joined: bool = False


class Reading(msgspec.Struct, frozen=True):
    """One way to read a text: its words, those that are partly figures, and those with letters left out."""

    pieces: tuple[Piece, ...]
    mixed: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()


@lru_cache(maxsize=READINGS_KEPT)
def readings(text: str) -> tuple[Reading, ...]:
    """Every way to read a text, the plainest first. Case, accents and invisible characters are gone."""
    bare = _bare(text)
    variants = {_REPEATED.sub(r"\1", variant): None for variant in _variants(bare)}
    found = [_reading(variant) for variant in variants]
    if _BIDI.search(text):
        found += [_reading(variant[::-1]) for variant in variants]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=READINGS_KEPT)
def plain_words(text: str) -> tuple[str, ...]:
    """The words of the plainest reading of a text, where the others are not asked for."""
    return tuple(_PIECE.findall(_REPEATED.sub(r"\1", next(_variants(_bare(text))))))


@cache
def _alike(*, arabic: bool) -> dict[int, str]:
    """Letters that look like Latin ones, by Unicode UTS #39, and what ours add; Arabic ones only where they are mixed.

    A letter that looks like a small one and like a capital is the small one: the text is folded to small letters.
    """
    data = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_bytes())
    found: dict[int, str] = {}
    for letter, looks in data.items():
        if len(letter) != 1 or letter.isascii() or (not arabic and _ARABIC.match(letter)):
            continue
        latin = [bare for one in looks if (bare := _spread(one["c"])).isascii() and bare.isalpha()]
        if latin:
            found[ord(letter)] = min(latin, key=lambda bare: (len(bare), bare.isupper()))
    return found | _OURS


@lru_cache(maxsize=READINGS_KEPT)
def plain(text: str) -> str:
    """A text in small letters without accents, invisible characters, or letters of other alphabets."""
    return _REPEATED.sub(r"\1", _seen(_bare(text)))


def _seen(bare: str) -> str:
    if bare.isascii():
        return bare.casefold()
    alike = _alike(arabic=bool(_MIXED_ARABIC.search(bare)))
    return _spread(bare.translate(_CAPITALS_MAP).translate(alike).casefold()).translate(alike).translate(_ARABIC_MAP)


def skeleton(word: str) -> str:
    """A word with everything alike made equal: figures are the letters they stand for, and l is i.

    Two words that a hurried eye reads alike have one skeleton. It is compared with skeletons only.
    """
    return word.translate(_FIGURES).replace("l", "i").replace("rn", "m").replace("vv", "w")


def looks(name: str) -> str:
    """A name as a hurried eye reads it: two that are mistaken for each other have one. Compared with its like only.

    Figures stay figures, since people are numbered, but those that are drawn like a letter.
    """
    drawn = _DASHES.sub("-", plain(name)).translate(_DRAWN)
    return " ".join(drawn.replace("rn", "m").replace("vv", "w").split())


def foreign_letters(text: str) -> str:
    """The letters that no reading understands: a text in such a script cannot be judged."""
    if text.isascii():
        return ""
    left = _seen(_bare(text)).translate(_HEARD_MAP)
    return "".join(sorted({one for one in left if (one.isalpha() or one in _BRAILLE) and not one.isascii()}))


def _bare(text: str) -> str:
    """The text without markup, accents and characters that do not show; capitals are kept."""
    for _ in range(ROUNDS_MAX):
        spread = _spread(text)
        shown = _MARKUP.sub("", html.unescape(_AMPERSAND.sub("&", spread)) if "&" in spread else spread)
        if shown == text:
            return text
        text = shown
    return _spread(text).translate(_SIGNS)


def _spread(text: str) -> str:
    """The text with every letter by itself, and nothing that does not show."""
    if text.isascii():
        return text
    spread = unicodedata.normalize("NFKD", text).translate(_INVISIBLE).translate(_ENCLOSED)
    return "".join(mark for mark in spread if unicodedata.category(mark) not in {"Mn", "Me", "Cf"})


def _variants(bare: str) -> Iterator[str]:
    small = bare.casefold()
    if small.isascii():
        yield small
    else:
        yield _seen(bare)
        yield small.translate(_HEARD_MAP)
    camel = _CAMEL.sub("_", bare)
    if camel != bare:
        yield _seen(camel)


def _reading(text: str) -> Reading:
    pieces = []
    end = 0
    for match in _PIECE.finditer(text):
        gap = text[end : match.start()]
        pieces.append(Piece(match.group(), bool(end) and gap != " " and not any(map(str.isspace, gap))))
        end = match.end()
    masked = tuple(_LEFT_OUT.sub("*", match.group()) for match in _MASKED.finditer(text)) if _MASK & set(text) else ()
    mixed = tuple(_mixed(text)) if _FIGURED.search(text) else ()
    return Reading(tuple(pieces), mixed, masked)


def _mixed(text: str) -> Iterator[str]:
    """Words that are partly figures or signs, each alone and as a row of single characters."""
    run = ""
    for match in _MIXED.finditer(text):
        word = match.group()
        word = word if len(word) == 1 else word.rstrip("!|+")  # behind a word they are no letters
        if len(word) == 1:
            run += word
            continue
        yield from _partly(run)
        run = ""
        yield from _partly(word)
    yield from _partly(run)


def _partly(word: str) -> Iterator[str]:
    if len(word) >= RUN_MIN and not word.isalpha() and any(map(str.isalpha, word)) and not _NUMBERED.fullmatch(word):
        yield word


def runs(pieces: tuple[Piece, ...]) -> Iterator[tuple[int, int, str]]:
    """Rows of single letters, each as one word: `r o m a`. Gives first piece, piece after the last, word."""
    start = 0
    while start < len(pieces):
        end = start
        while end < len(pieces) and len(pieces[end].text) == 1:
            end += 1
        if end - start >= RUN_MIN:
            yield start, end, "".join(piece.text for piece in pieces[start:end])
        start = max(end, start + 1)


def joins(pieces: tuple[Piece, ...]) -> Iterator[tuple[int, int, str, bool]]:
    """Neighbouring words written as one, and whether a space stood between any of them."""
    for start in range(len(pieces) - 1):
        word, spaced = pieces[start].text, False
        for end in range(start + 1, min(start + JOINED_PIECES_MAX, len(pieces))):
            word += pieces[end].text
            spaced = spaced or not pieces[end].joined
            if len(word) > JOINED_LETTERS_MAX:
                break
            yield start, end + 1, word, spaced
