"""From bytes to plain JSON that every device reads alike (SPEC.md section 6.7).

JSON leaves much open: names that stand twice, numbers of any size, half characters, any depth. Parsers differ in
each, so a form that has one of them is refused before anything else looks at it.
"""

import json
from collections import Counter
from collections.abc import Iterator
from math import isfinite
from typing import Any, Final

import msgspec

from forms import paths
from forms.findings import Finding, finding
from forms.sentences import phrase

FORM_BYTES_MAX: Final = 512 * 1024  # the longest form that ships has 40 KB; a device reads it on a phone
DEPTH_MAX: Final = 64  # a question in eight groups is 25 deep, a tree of an expression 34
PARTS_MAX: Final = 50_000  # texts, numbers, lists and objects; the longest form that ships has 2,000
NUMBER_MAX: Final = 2**53  # up to here every whole number is the same in every language
DIGITS_MAX: Final = 25  # more digits than any number has that is exact; a million of them would take seconds
KEPT_CONTROLS: Final = "\t\n\r"  # the others cannot be seen, typed, or kept by every database
TREES: Final = "trees"  # made of texts that have limits of their own; whoever changes them is found out by comparing
_MARKS: Final = {  # how other encodings begin, and what people call them
    b"\xef\xbb\xbf": "UTF-8 BOM",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


class Text(msgspec.Struct, frozen=True):
    """The result of reading bytes: JSON, or the faults for which it cannot be looked at any further."""

    findings: tuple[Finding, ...]
    document: Any = None


class _Members(dict[str, Any]):
    """A JSON object that remembers the names that stood in it twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice: list[str] = []
        if len(self) < len(pairs):
            self.twice = sorted(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)


class _NoNumber(Exception):
    """Ends the reading at `NaN` or `Infinity`; it never leaves this module."""


def read(raw: bytes) -> Text:
    """The JSON in these bytes, and everything in it that machines would read differently."""
    if len(raw) > FORM_BYTES_MAX:
        return Text((finding("form-too-large", "", size=len(raw), limit=FORM_BYTES_MAX),))
    mark = next((name for sign, name in _MARKS.items() if raw.startswith(sign)), None)
    if mark is not None:
        return Text((finding("not-utf8", "", where=phrase("file-this-is", mark=mark)),))
    try:
        document = json.loads(
            raw.decode(), object_pairs_hook=_object, parse_constant=_no_number, parse_int=_whole, parse_float=float
        )
    except UnicodeDecodeError as error:
        where = phrase("file-byte-does-not-fit", start=error.start)
        return Text((finding("not-utf8", "", where=where),))
    except json.JSONDecodeError as error:
        return Text((finding("not-json", "", line=error.lineno, column=error.colno),))
    except _NoNumber as error:
        return Text((finding("not-a-number", "", word=str(error)),))
    except RecursionError:
        return Text((finding("form-too-deep", "", limit=DEPTH_MAX),))
    return Text(() if _is_plain(document) else tuple(_differently_read(document)), document)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Members(pairs)


def _no_number(word: str) -> float:
    raise _NoNumber(word)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS_MAX else float(digits)


def _is_plain(document: Any) -> bool:
    """True if nothing in it can be read differently: a quick look without places, that says no if it is not sure."""
    level, parts = [document], 0
    for _ in range(DEPTH_MAX):
        parts += len(level)
        if parts > PARTS_MAX:
            return False
        below: list[Any] = []
        for node in level:
            kind = type(node)
            if kind is str:
                if not node.isprintable() and any(map(_is_bad, node)):
                    return False
            elif kind is dict:
                if not "".join(node).isprintable():
                    return False
                below.extend(node.values())
            elif kind is list:
                below.extend(node)
            elif kind is _Members or (node is not None and not -NUMBER_MAX <= node <= NUMBER_MAX):
                return False
        level = below
        if not level:
            return True
    return False


def _differently_read(document: Any) -> Iterator[Finding]:
    """Find what parsers and databases do not agree on, wherever it stands."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(document, ())]
    parts = 0
    while waiting:
        node, way = waiting.pop()
        in_trees = way[:1] == (TREES,)
        parts += not in_trees
        if parts > PARTS_MAX:
            yield finding("too-many-parts", "", limit=PARTS_MAX)
            return
        if isinstance(node, str):
            yield from _characters(node, way)
        elif isinstance(node, (dict, list)):
            if len(way) >= DEPTH_MAX:
                yield finding("form-too-deep", _place(way[:4]), limit=DEPTH_MAX)
                return
            named = node.items() if isinstance(node, dict) else enumerate(node)
            inside = [(member, (*way, str(name))) for name, member in named]
            waiting.extend(reversed(inside))
            if isinstance(node, _Members):
                yield from (finding("duplicate-name", _place(way), name=_shown(name)) for name in node.twice)
            for name in node if isinstance(node, dict) else ():
                yield from _characters(name, way)
        elif isinstance(node, (int, float)) and not (isfinite(node) and (in_trees or abs(node) <= NUMBER_MAX)):
            yield finding("number-too-large", _place(way), limit=NUMBER_MAX)


def _characters(text: str, way: tuple[str, ...]) -> Iterator[Finding]:
    """Half characters and control characters."""
    sign = None if text.isprintable() else next(filter(_is_bad, text), None)
    if sign is not None:
        yield finding("bad-character", _place(way), sign=f"U+{ord(sign):04X}")


def _is_bad(sign: str) -> bool:
    return "\ud800" <= sign <= "\udfff" or sign == "\x7f" or (sign < " " and sign not in KEPT_CONTROLS)


def _place(way: tuple[str, ...]) -> str:
    """A path that can be printed: where a name itself has a bad character, the place around it."""
    bad = next((at for at, name in enumerate(way) if any(map(_is_bad, name))), len(way))
    return paths.format(way[:bad])


def _shown(name: str) -> str:
    return "".join("�" if _is_bad(sign) else sign for sign in name)
