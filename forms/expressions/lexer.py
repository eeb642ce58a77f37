"""The words of an expression (SPEC.md section 9.1), and what to write instead of signs from other languages."""

from typing import Any, Final

import msgspec

from forms import paths
from forms.errors import BadPath
from forms.expressions.tree import KEYWORDS, LENGTH_MAX, is_literal_number, number
from forms.findings import Finding, finding

SPACE: Final = " \t\r\n\u00a0"  # the last one comes along when text is copied from a word processor
SIGNS: Final = ("==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",")
ESCAPES: Final = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
MISTAKEN: Final = {  # signs of spreadsheets and other languages, and what is meant
    "===": "==",
    "!==": "!=",
    "&&": "and",
    "||": "or",
    "<>": "!=",
    "=<": "<=",
    "=>": ">=",
    "=": "==",
    "&": "and",
    "|": "or",
    "!": "not",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "×": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    ";": ",",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
}
_KNOWN_SIGNS: Final = frozenset((*SIGNS, *MISTAKEN))
_LONGEST: Final = max(map(len, _KNOWN_SIGNS))
DIGITS: Final = frozenset("0123456789")
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_WORD: Final = DIGITS | _LETTERS


class Token(msgspec.Struct, frozen=True):
    """One word: `kind` is `number`, `text`, `word`, `path`, `sign` or `end`; `text` as it is written."""

    kind: str
    text: str
    start: int
    end: int
    value: Any = None

    @property
    def ends_operand(self) -> bool:
        """True if a slash after this word divides; elsewhere it begins a path."""
        if self.kind == "word":
            return self.text not in KEYWORDS or self.text in {"true", "false", "null"}
        return self.kind in {"number", "text", "path"} or self.text in {")", "]"}


class Stop(Exception):
    """Ends the reading at its first fault; `parser.parse` turns it into a finding."""

    def __init__(self, code: str, start: int, end: int, suggestion: str | None = None, **facts: Any) -> None:
        self.finding: Finding = finding(code, "", start=start, end=end, suggestion=suggestion, **facts)


def tokens(text: str) -> list[Token]:
    """The words of a text, and `end` after them. Offsets count characters (code points), not UTF-16 units."""
    if len(text) > LENGTH_MAX:
        raise Stop("expression-too-long", LENGTH_MAX, len(text), length=len(text), limit=LENGTH_MAX)
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in SPACE:
            at += 1
            continue
        found.append(_token(text, at, bool(found) and found[-1].ends_operand))
        at = found[-1].end
    return [*found, Token("end", "", len(text), len(text))]


def _token(text: str, at: int, after_operand: bool) -> Token:
    sign = text[at]
    if sign in DIGITS:
        return _number(text, at)
    if sign in _LETTERS:
        end = _run(text, at, _WORD)
        return Token("word", text[at:end], at, end)
    if sign in "\"'":
        return _text(text, at)
    if sign == "/" and not after_operand and _run(text, at + 1, _LETTERS) > at + 1:
        return _path(text, at)
    lengths = range(_LONGEST, 0, -1)
    found = next((text[at : at + length] for length in lengths if text[at : at + length] in _KNOWN_SIGNS), None)
    if found is None:
        raise Stop("unknown-sign", at, at + 1, word=sign)
    if found in MISTAKEN:
        raise Stop("wrong-sign", at, at + len(found), MISTAKEN[found], word=found)
    return Token("sign", found, at, at + len(found))


def _run(text: str, at: int, signs: frozenset[str]) -> int:
    while at < len(text) and text[at] in signs:
        at += 1
    return at


def _number(text: str, at: int) -> Token:
    """Digits, perhaps a point with digits, perhaps an exponent."""
    end = _run(text, at, DIGITS)
    if text[end : end + 1] == "." and text[end + 1 : end + 2] in DIGITS:
        end = _run(text, end + 1, DIGITS)
    if text[end : end + 1] in {"e", "E"}:
        digits = end + 2 if text[end + 1 : end + 2] in {"+", "-"} else end + 1
        if text[digits : digits + 1] in DIGITS:
            end = _run(text, digits, DIGITS)
    rest = _run(text, end, _WORD | {"."})
    value = float(text[at:end])
    if rest > end or not is_literal_number(value):
        raise Stop("bad-number", at, rest, word=text[at:rest])
    return Token("number", text[at:end], at, end, number(value))


def _text(text: str, at: int) -> Token:
    """The text between two equal quotes; a quote in it is written with a backslash."""
    quote, signs, here = text[at], [], at + 1
    while here < len(text) and text[here] != quote:
        sign = text[here]
        if sign == "\\":
            here += 1
            if here < len(text) and text[here] not in ESCAPES:
                raise Stop("bad-escape", here - 1, here + 1, word=text[here - 1 : here + 1])
            sign = ESCAPES[text[here]] if here < len(text) else ""
        elif "\ud800" <= sign <= "\udfff":
            raise Stop("unknown-sign", here, here + 1, word="�")
        signs.append(sign)
        here += 1
    if here >= len(text):
        raise Stop("text-not-closed", at, len(text), sign=quote)
    return Token("text", text[at : here + 1], at, here + 1, "".join(signs))


def _path(text: str, at: int) -> Token:
    end = at
    while text[end : end + 1] == "/" and text[end + 1 : end + 2] in _LETTERS:
        end = _run(text, end + 1, _WORD)
    path = text[at:end]
    try:
        names = paths.parse(path)
    except BadPath:
        names = ()
    if not names or not all(paths.NAME.fullmatch(name) for name in names):
        raise Stop("unknown-name", at, end, name=path)
    return Token("path", path, at, end, path)
