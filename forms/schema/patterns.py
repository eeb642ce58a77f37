"""Patterns that Python, Rust and ECMAScript (with the flag `u`) read alike (SPEC.md section 6.8).

What is in the subset means the same everywhere, so that a device and a server never judge an answer differently.
Sizes are bounded, because each engine builds something for every repetition.
"""

from math import inf
from typing import Any, Final

import msgspec

from forms.findings import Finding, finding
from forms.sentences import phrase

LENGTH_MAX: Final = 500  # characters; the longest of the forms that ship has 41
SIZE_MAX: Final = 500  # signs once every repetition is written out: a matcher walks so many for each character
SIZES_MAX: Final = 50_000  # of all patterns of a form together: they are built when it is opened
DEPTH_MAX: Final = 16  # brackets in brackets
MENDED_MAX: Final = 3  # looks at a pattern that is mended; what is still not portable then will never be
_DOUBTFUL: Final = ("[:", "{,")  # a class of letters and "at most" in one engine, ordinary signs in another
_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/")  # what a backslash makes an ordinary sign
_CONTROLS: Final = {"n": 0x0A, "r": 0x0D, "t": 0x09}
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_SETS: Final = ("&&", "--", "~~", "||")  # some engines reckon with sets where these stand
_DIGIT, _WORD, _SPACE = "0-9", "A-Za-z0-9_", " \\t\\n\\r"
_NAMED: Final = {"d": _DIGIT, "w": _WORD, "s": _SPACE}  # each language counts other characters among them
_ANCHORS: Final = {"A": "^", "Z": "$", "z": "$"}

_ASCII: Final = phrase("pattern-some-count-letters-digits-any")
_LINES: Final = phrase("pattern-where-line-ends-differs-between")
_NOT_ALL: Final = phrase("pattern-not-every-language-has")
_LITERAL: Final = phrase("pattern-ordinary-sign-wants-backslash-before")
_PLAIN: Final = phrase("pattern-without-backslash-means-itself")
_LOOKS: Final = phrase("pattern-looking-ahead-back-not-possible")
_NOTHING: Final = phrase("pattern-nothing-stands-before-could-repeated")
_TWICE: Final = phrase("pattern-repetition-already")
_NOT_CLOSED: Final = phrase("pattern-bracket-not-closed")
_NOT_OPENED: Final = phrase("pattern-no-bracket-open-here")
_TURNED: Final = phrase("pattern-first-more-last")
_EMPTY: Final = phrase("pattern-nothing-stands")
_ENDS: Final = phrase("pattern-something-must-follow")
_TOO_DEEP: Final = phrase("pattern-at-most-brackets-inside-each", limit=DEPTH_MAX)

Why = tuple[str, str]


class _Stop(Exception):
    """Ends the reading where a pattern breaks; it never leaves this module."""


class Pattern(msgspec.Struct, frozen=True):
    """The result of one look at a pattern: why it cannot be used, or its size with its repetitions written out.

    `longest` is the number of code points in the longest text that fits; None where nothing ends it.
    """

    findings: tuple[Finding, ...] = ()
    size: int = 0
    longest: int | None = None


def read(pattern: str, at: str) -> Pattern:
    """Look at a pattern; its faults stand at its words: each that is not portable, or the first where it breaks."""
    if len(pattern) > LENGTH_MAX:
        number = phrase("pattern-characters", number=len(pattern))
        return Pattern((finding("pattern-too-large", at, number=number, limit=LENGTH_MAX),))
    reader = _Reader(pattern, at)
    try:
        whole = reader.whole()
    except _Stop:
        return Pattern(tuple(reader.found))
    if not reader.found and whole.size > SIZE_MAX:
        number = phrase("pattern-signs-with-repetitions-written-out", size=whole.size)
        return Pattern((finding("pattern-too-large", at, number=number, limit=SIZE_MAX),))
    ends = reader.has_ends and whole.longest != inf
    return Pattern(tuple(reader.found), whole.size, int(whole.longest) if ends else None)


def portable(pattern: str) -> str | None:
    """The pattern as every device reads it: itself, or with `[0-9]` for `\\d` and its like. None if there is none.

    For imports, whose makers wrote for one engine. What engines take for different things is left to a person.
    """
    if any(sign in pattern for sign in _DOUBTFUL):
        return None
    for _ in range(MENDED_MAX):
        found = read(pattern, "").findings
        if not found:
            return pattern
        for one in reversed(found):
            if one.suggestion is None or one.start is None or one.end is None:
                return None
            pattern = pattern[: one.start] + one.suggestion + pattern[one.end :]
    return None


class _Part(msgspec.Struct, frozen=True):
    """A piece of a pattern: its size, and the code points of the longest text that it takes. An anchor takes none."""

    size: int = 0
    longest: float = 0
    anchor: bool = False

    def __add__(self, other: "_Part") -> "_Part":
        return _Part(self.size + other.size, self.longest + other.longest, other.anchor)

    def __or__(self, other: "_Part") -> "_Part":
        return _Part(self.size + 1 + other.size, max(self.longest, other.longest))


_SIGN: Final = _Part(1, 1)


class _Reader:
    """Reads one pattern. Each method leaves `_here` behind what it read and gives the part that it read."""

    def __init__(self, pattern: str, at: str) -> None:
        self._text = pattern
        self._at = at
        self._here = 0
        self._depth = 0
        self.found: list[Finding] = []
        self.has_ends = False  # whatever fits begins at its `^` and ends at its `$`

    def whole(self) -> _Part:
        part = self._sequence()
        self.has_ends = (
            self._text.startswith("^") and self._text.endswith("$") and part.anchor and self._here == len(self._text)
        )
        while self._takes("|"):
            part |= self._sequence()
        if self._here < len(self._text):
            self._break(self._here, self._here + 1, _NOT_OPENED)
        return part

    def _differs(self, start: int, why: Why, suggestion: str | None = None) -> None:
        """Note what is read differently, from `start` to where reading is, and go on."""
        self._say("pattern-not-portable", start, self._here, why, suggestion)

    def _break(self, start: int, end: int, why: Why) -> None:
        self._say("pattern-broken", start, min(end, len(self._text)), why)
        raise _Stop

    def _say(self, code: str, start: int, end: int, why: Why, suggestion: str | None = None) -> None:
        word = self._text[start:end]
        facts: dict[str, Any] = {"word": word or "…", "why": why}
        self.found.append(finding(code, self._at, start=start, end=end, suggestion=suggestion, **facts))

    def _next(self, ahead: int = 0) -> str:
        return self._text[self._here + ahead : self._here + ahead + 1]

    def _takes(self, word: str) -> bool:
        taken = self._text.startswith(word, self._here)
        self._here += len(word) if taken else 0
        return taken

    def _alternatives(self) -> _Part:
        part = self._sequence()
        while self._takes("|"):
            part |= self._sequence()
        return part

    def _sequence(self) -> _Part:
        part = _Part()
        while self._next() not in {"", "|", ")"}:
            part += self._repeated(self._atom())
        return part

    # --- what can be repeated ---

    def _atom(self) -> _Part:
        start, sign = self._here, self._next()
        self._here += 1
        if sign in "^$":
            return _Part(1, anchor=True)
        if sign in "*+?":
            self._break(start, self._here, _NOTHING)
        if sign == "(":
            return self._group(start)
        if sign == "[":
            self._class(start)
        elif sign == "\\":
            self._escape(start, inside=False)
        elif sign == ".":
            self._differs(start, _LINES, "[^\\n\\r]")
        elif sign in "{}]":
            self._differs(start, _LITERAL, "\\" + sign)
        return _SIGN

    def _group(self, start: int) -> _Part:
        self._opening(start)
        if self._depth == DEPTH_MAX:
            self._break(start, self._here, _TOO_DEEP)
        self._depth += 1
        inside = self._alternatives()
        self._depth -= 1
        if not self._takes(")"):
            self._break(start, start + 1, _NOT_CLOSED)
        return _Part(inside.size + 1, inside.longest)

    def _opening(self, start: int) -> None:
        """Read what may stand behind the bracket of a group: nothing, or `?:`."""
        if not self._takes("?") or self._takes(":"):
            return
        if any(self._takes(looks) for looks in ("=", "!", "<=", "<!")):
            self._differs(start, _LOOKS)
        elif self._takes("P<") or self._takes("<"):
            end = self._text.find(">", self._here)
            self._here = len(self._text) if end < 0 else end + 1
            self._differs(start, _NOT_ALL, "(?:")
        else:
            ends = [end for end in (self._text.find(sign, self._here) for sign in ":)") if end >= 0]
            self._here = min(ends) + 1 if ends else len(self._text)
            self._differs(start, _NOT_ALL)
            raise _Stop

    def _repeated(self, atom: _Part) -> _Part:
        start, most, times = self._here, 1, 1.0
        if self._next() and self._next() in "*+?":
            times = 1 if self._next() == "?" else inf
            self._here += 1
        elif self._next() == "{" and (counts := self._counts()) is not None:
            most, times = counts
        else:
            return atom
        if atom.anchor:
            self._break(start, self._here, _NOTHING)
        self._takes("?")  # to take as little as possible changes nothing about whether a text fits
        behind = self._here
        if self._takes("+"):
            self._differs(behind, _NOT_ALL)
        elif self._next() and (self._next() in "*?" or (self._next() == "{" and self._counts() is not None)):
            self._break(behind, max(self._here, behind + 1), _TWICE)
        return _Part(atom.size * most + 1, atom.longest * times if atom.longest and times else 0)

    def _counts(self) -> tuple[int, float] | None:
        """The size that `{2}`, `{2,}` or `{2,5}` counts for, and how often at most.

        None where the bracket is something else, which is then read.
        """
        end = self._text.find("}", self._here)
        least, comma, most = self._text[self._here + 1 : max(end, 0)].partition(",")
        if (
            end < 0
            or not (least.isdecimal() and least.isascii())
            or (most and not (most.isdecimal() and most.isascii()))
        ):
            return None
        start, self._here = self._here, end + 1
        if len(least) > 9 or len(most) > 9:
            return 10**9, inf
        if most and int(most) < int(least):
            self._break(start, self._here, _TURNED)
        endless = bool(comma and not most)
        return max(int(most or least), 1) + endless, inf if endless else int(most or least)

    # --- one sign, and sets of signs ---

    def _escape(self, start: int, inside: bool) -> int | None:
        """Read what stands behind a backslash; the code point if it is one sign."""
        sign = self._next()
        self._here += 1
        if not sign:
            self._break(start, self._here, _ENDS)
        if sign in _SYNTAX or (inside and sign == "-"):
            return ord(sign)
        if sign in _CONTROLS:
            return _CONTROLS[sign]
        if sign in "xu":
            return self._hexadecimal(start, 2 if sign == "x" else 4)
        if sign.lower() in _NAMED:
            named, denied = _NAMED[sign.lower()], sign.isupper()
            meant = (None if denied else named) if inside else f"[{'^' if denied else ''}{named}]"
            self._differs(start, _ASCII, meant)
        elif sign in "pP" and self._takes("{"):
            self._here = max(self._here, self._text.find("}", self._here) + 1)
            self._differs(start, _NOT_ALL)
        elif sign in _ANCHORS and not inside:
            self._differs(start, _NOT_ALL, _ANCHORS[sign])
        else:
            known = sign.isalnum()
            self._differs(start, _NOT_ALL if known else _PLAIN, None if known else sign)
        return None

    def _hexadecimal(self, start: int, digits: int) -> int | None:
        found = self._text[self._here : self._here + digits]
        if len(found) < digits or not _HEX.issuperset(found):
            self._differs(start, _NOT_ALL)
            return None
        self._here += digits
        code = int(found, 16)
        if 0xD800 <= code <= 0xDFFF:
            self._differs(start, phrase("pattern-half-character"))
            return None
        return code

    def _class(self, start: int) -> None:
        """`[abc]`, `[^a-z]`: signs and ranges; what could be something else wants a backslash."""
        self._takes("^")
        if self._next() == "]":
            self._break(start, self._here + 1, _EMPTY)
        first = True
        while self._next() != "]":
            low_at = self._here
            low = self._member(start, first)
            first = False
            if self._next() == "-" and self._next(1) not in {"]", ""}:
                self._range(start, low_at, low)
        self._here += 1

    def _range(self, start: int, low_at: int, low: int | None) -> None:
        self._here += 1
        high_at = self._here
        high = self._member(start, first=True)
        if low is None or high is None or "-" in {self._text[low_at : high_at - 1], self._text[high_at : self._here]}:
            self._differs(low_at, _LITERAL)
            return
        if low > high:
            self._break(low_at, self._here, _TURNED)
        if self._next() == "-" and self._next(1) != "]":
            self._here += 1
            self._differs(self._here - 1, _LITERAL, "\\-")

    def _member(self, start: int, first: bool) -> int | None:
        """One sign of a class."""
        here, sign = self._here, self._next()
        if not sign:
            self._break(start, start + 1, _NOT_CLOSED)
        if any(self._takes(pair) for pair in _SETS):
            self._differs(here, _LITERAL, "".join("\\" + one if one in "-|" else one for one in sign))
            return None
        self._here += 1
        if sign == "\\":
            return self._escape(here, inside=True)
        if sign == "[":
            self._differs(here, _LITERAL, "\\[")
        elif sign == "-" and not first and self._next() != "]":
            self._differs(here, _LITERAL, "\\-")
        return ord(sign)
