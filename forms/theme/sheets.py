"""A municipality's `theme.css`: the custom properties that pages use are read from it, and nothing else (SPEC.md 6).

Unlike a document of design tokens (`theme.py`), of which one fault refuses all, a sheet is taken as far as it goes:
what is left out is named, and where two colours together could not be read, ours stay.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from math import floor
from typing import Any, Final

import msgspec

from forms import sentences
from forms.findings import Finding, finding, some
from forms.theme import values
from forms.theme.contrast import TEXT_MIN, contrast
from forms.theme.theme import Theme, pairs
from forms.theme.tokens import SCHEMES, Scheme, table

BYTES_MAX: Final = 1024 * 1024  # the example theme of NL Design System has 208 KB
NAMED_MAX: Final = 100  # findings: nobody reads more of one sheet
CHAIN_MAX: Final = 16  # references to references
DESK_TEXT: Final = (  # colours that the desk puts as text, where the field app puts a sign
    ("basis-color-positive-color-default", "basis-color-default-bg-document"),
    ("basis-color-positive-color-default", "basis-color-positive-bg-subtle"),
)
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_TOKEN: Final = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[{};()]|[^{};()\"']+|.", re.DOTALL)
_VAR: Final = re.compile(r"var\(\s*--([\w-]{1,200})\s*\)")
_DARK: Final = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)\s*")
_NAME: Final = re.compile(r"--([\w-]{1,200})")


class Sheet(msgspec.Struct, frozen=True):
    """The theme of a sheet, what of it was left out and why, and how many of its properties no page uses."""

    theme: Theme
    left_out: tuple[Finding, ...]
    unused: int

    @property
    def count(self) -> int:
        """The number of tokens that the sheet sets."""
        return len({*self.theme.light, *self.theme.dark, *self.theme.other})


class _Found:
    """The custom properties of a sheet for light and for dark, and what stands beside them."""

    def __init__(self) -> None:
        self.set: dict[Scheme, dict[str, str]] = {"light": {}, "dark": {}}
        self.left_out: list[Finding] = []
        self.plain = 0

    def take(self, text: str, scheme: Scheme, inside: bool = False) -> None:
        """Take the rules of a text; those for dark, which stand in a rule of their own, are taken apart."""
        for prelude, body in _rules(text):
            if (
                body is None
                or (prelude.startswith("@") and not _DARK.fullmatch(prelude))
                or (inside and "@" in prelude)
            ):
                if prelude.startswith("@"):
                    self.left_out.append(finding("theme-sheet-rule", prelude.split("(")[0].split()[0][:40]))
            elif prelude.startswith("@"):
                self.take(body, "dark", inside=True)
            else:
                for piece in _split(body):
                    self._declare(piece, scheme)

    def _declare(self, piece: str, scheme: Scheme) -> None:
        name, colon, value = piece.partition(":")
        found = _NAME.fullmatch(name.strip())
        if found is None or not colon:
            self.plain += bool(piece.strip())
        elif "url(" in value.lower().replace(" ", ""):
            self.left_out.append(finding("theme-sheet-address", found[1]))
        else:
            self.set[scheme][found[1]] = value.strip()


def read_sheet(raw: bytes) -> Sheet:
    """Read a theme from a sheet. Nothing is raised: whatever cannot be used is listed, and the theme is without it."""
    if len(raw) > BYTES_MAX:
        return Sheet(Theme(), (finding("theme-too-large", "", size=len(raw), limit=BYTES_MAX),), 0)
    found = _Found()
    found.take(_COMMENT.sub(" ", raw.decode("utf-8", "replace")), "light")
    if found.plain:
        found.left_out.append(finding("theme-sheet-property", "", count=found.plain))
    light = _read(found, "light")
    dark = {name: value for name, value in _read(found, "dark").items() if name in table().colours}
    colours = {name: value for name, value in light.items() if name in table().colours}
    theme = Theme(colours, dark, {name: value for name, value in light.items() if name not in table().colours})
    theme = _legible(theme, found.left_out)
    unused = len({*found.set["light"], *found.set["dark"]} - table().known())
    if not (theme.light or theme.dark or theme.other):
        found.left_out.append(finding("theme-empty", ""))
    return Sheet(theme, tuple(found.left_out[:NAMED_MAX]), unused)


def _rules(text: str) -> Iterator[tuple[str, str | None]]:
    """Each rule of a text: what stands before its braces and in them; nothing in them for one that ends with `;`."""
    prelude: list[str] = []
    body: list[str] = []
    depth = 0
    for one in _TOKEN.findall(text):
        if one == "{":
            depth += 1
        elif one == "}":
            depth -= 1
        if depth <= 0 and one in ("}", ";"):
            yield "".join(prelude).strip(), "".join(body) if one == "}" else None
            prelude, body, depth = [], [], 0
        elif depth and not (one == "{" and depth == 1):
            body.append(one)
        elif not depth:
            prelude.append(one)


def _split(body: str) -> Iterator[str]:
    """The declarations of a rule; a `;` in brackets or quotes parts none."""
    piece: list[str] = []
    depth = 0
    for one in _TOKEN.findall(body):
        depth += (one == "(") - (one == ")" and depth > 0)
        if one == ";" and not depth:
            yield "".join(piece)
            piece = []
        else:
            piece.append(one)
    yield "".join(piece)


def _read(found: _Found, scheme: Scheme) -> dict[str, str]:
    """The tokens of a scheme that pages use, each as it is written by us."""
    rules, kept = table(), {}
    given = {**found.set["light"], **found.set[scheme]}
    for name in sorted(rules.known() & found.set[scheme].keys()):
        value = _followed(given, name)
        text, fault = (None, finding("theme-reference", name)) if value is None else _taken(name, value)
        if fault is not None:
            found.left_out.append(fault)
        if text is not None:
            kept[name] = text
    return kept


def _followed(given: Mapping[str, str], name: str) -> str | None:
    """The value of a property, references followed; nothing where one leads nowhere or in a circle."""
    value = given.get(name)
    for _ in range(CHAIN_MAX):
        reference = _VAR.fullmatch(value) if value is not None else None
        if reference is None:
            return value
        value = given.get(reference[1])
    return None


def _taken(name: str, value: str) -> tuple[str | None, Finding | None]:
    """The text that is kept of a value, and what is said of it."""
    rules = table()
    if name in rules.colours:
        text = values.colour(value)
        return text, None if text is not None else finding("theme-colour", name)
    if name in rules.families:
        return _family(name, value)
    read: Callable[[Any], tuple[str, float] | None]
    read, code = (values.length, "theme-length") if name in rules.lengths else (values.number, "theme-number")
    _, least, most = (rules.lengths | rules.numbers)[name]  # type: ignore[operator]
    low, high, found = read(least), read(most), read(value)
    assert low is not None and high is not None, "our own bounds can be read"
    fits = found is not None and low[1] <= found[1] <= high[1]
    return (found[0], None) if found and fits else (None, finding(code, name, least=least, most=most))


def _family(name: str, value: str) -> tuple[str | None, Finding | None]:
    found = values.family(value, table())
    if found is None:
        return None, finding("theme-family", name)
    known, others = found
    quoted = [f'"{font}"' if " " in font else font for font in known]
    own = [font for font in table().families[name].split(",") if font not in quoted]
    text = ",".join((*quoted, *own)) if known else None
    return text, finding("theme-font", name, names=some(others)) if others else None


def _legible(theme: Theme, left_out: list[Finding]) -> Theme:
    """The theme without the colours of pairs that could not be told apart: there ours stay, and the pair is named."""
    while True:
        faint = list(_faint(theme))
        if not faint:
            return theme
        gone: dict[Scheme, set[str]] = {scheme: set() for scheme in SCHEMES}
        for scheme, front, back, said in faint:
            left_out.append(said)
            gone[scheme] |= {front, back}
        theme = Theme(
            {name: value for name, value in theme.light.items() if name not in gone["light"]},
            {name: value for name, value in theme.dark.items() if name not in gone["dark"]}, theme.other,
        )  # fmt: skip


def _faint(theme: Theme) -> Iterator[tuple[Scheme, str, str, Finding]]:
    desk = [(scheme, front, back, TEXT_MIN) for scheme in SCHEMES for front, back in DESK_TEXT]
    for scheme, front, back, least in (*pairs(), *desk):
        if {front, back} & {*(theme.light if scheme == "light" else theme.dark)}:
            colours = theme.colours(scheme)
            ratio = contrast(colours[front], colours[back])
            if ratio < least:
                said: dict[str, Any] = {"on": back, "ratio": floor(ratio * 100) / 100, "least": least}
                words = sentences.phrase("theme-light" if scheme == "light" else "theme-dark")
                yield scheme, front, back, finding("theme-contrast", front, scheme=words, **said)
