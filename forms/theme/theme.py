"""A municipality's theme: design tokens by the names of NL Design System, for light and for dark (SPEC.md).

The rule is all or nothing: a theme of which one value is not safe, or one pair cannot be told apart, is refused with
every reason. What it does not set stays ours, so a theme of three colours is a theme.
"""

from collections.abc import Callable, Iterator, Mapping
from math import floor
from typing import Any, Final

import msgspec

from forms import sentences
from forms.findings import Finding, finding, some
from forms.theme import values
from forms.theme.contrast import PART_MIN, SUNLIGHT_MIN, TEXT_MIN, contrast
from forms.theme.documents import Document, Unread
from forms.theme.tokens import SCHEMES, Scheme, table

STORED: Final = "theme"  # the name under which a journal keeps it
_SCHEME: Final = {"light": "theme-light", "dark": "theme-dark"}


class Theme(msgspec.Struct, frozen=True):
    """The tokens that a municipality sets, by name: colours for each scheme, everything else once."""

    light: Mapping[str, str] = {}
    dark: Mapping[str, str] = {}
    other: Mapping[str, str] = {}

    def colours(self, scheme: Scheme) -> dict[str, str]:
        """Every colour in a scheme, ours where the theme sets none."""
        return {**table().own(scheme), **(self.light if scheme == "light" else self.dark)}

    def css(self) -> str:
        """The style sheet that puts the theme over ours; empty if nothing is set."""
        light, dark = (self.colours(scheme) for scheme in SCHEMES)
        names = sorted({*self.light, *self.dark})
        lines = [f"--{name}:light-dark({light[name]},{dark[name]})" for name in names]
        lines += [f"--{name}:{value}" for name, value in sorted(self.other.items())]
        return f":root{{{';'.join(lines)}}}\n" if lines else ""


class Verdict(msgspec.Struct, frozen=True):
    """The result of reading a theme: the theme if nothing stops it, findings that do, and warnings that do not.

    `left_out` counts the tokens that no part of the app uses.
    """

    theme: Theme | None
    findings: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    left_out: int


class _Reading:
    """One document while its tokens are read: what it sets, and what was found."""

    def __init__(self, document: Document, colours_only: bool) -> None:
        self.set: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.warnings: list[Finding] = []
        self.left_out = 0
        self._document = document
        rules = table()
        kinds: tuple[tuple[Mapping[str, Any], Callable[[str, str, Any], None]], ...] = (
            (rules.colours, self._colour),
            *(((rules.lengths, self._length), (rules.numbers, self._number), (rules.families, self._family))
              if not colours_only else ()),
        )  # fmt: skip
        for path in document.tokens:
            name = path.replace(".", "-")
            take = next((take for named, take in kinds if name in named), None)
            if take is None:
                self.left_out += 1
                continue
            try:
                take(name, path, document.value(path))
            except LookupError:
                self.findings.append(finding("theme-reference", path))

    def _colour(self, name: str, path: str, value: Any) -> None:
        self._keep(name, values.colour(value), finding("theme-colour", path))

    def _length(self, name: str, path: str, value: Any) -> None:
        self._bounded(name, values.length(value), path, "theme-length", values.length)

    def _number(self, name: str, path: str, value: Any) -> None:
        self._bounded(name, values.number(value), path, "theme-number", values.number)

    def _bounded(
        self, name: str, found: tuple[str, float] | None, path: str, code: str,
        read: Callable[[str], tuple[str, float] | None],
    ) -> None:  # fmt: skip
        _, least, most = (table().lengths | table().numbers)[name]  # type: ignore[operator]
        low, high = read(least), read(most)
        assert low is not None and high is not None, "our own bounds can be read"
        fits = found is not None and low[1] <= found[1] <= high[1]
        text = found[0] if found is not None and fits else None
        self._keep(name, text, finding(code, path, least=least, most=most))

    def _family(self, name: str, path: str, value: Any) -> None:
        found = values.family(value, table())
        if found is None:
            self.findings.append(finding("theme-family", path))
            return
        known, others = found
        if others:
            self.warnings.append(finding("theme-font", path, names=some(others)))
        if known:
            quoted = [f'"{font}"' if " " in font else font for font in known]
            own = [font for font in table().families[name].split(",") if font not in quoted]
            self.set[name] = ",".join((*quoted, *own))  # ours stand behind: a phone may lack the others

    def _keep(self, name: str, value: str | None, fault: Finding) -> None:
        if value is None:
            self.findings.append(fault)
        else:
            self.set[name] = value


def read_theme(light: bytes, dark: bytes | None = None) -> Verdict:
    """Read a theme from a document, and one with its colours for dark where it has them (SPEC.md section 1).

    Nothing is raised: what keeps the theme from being used is listed in `findings`, all of it at once.
    """
    try:
        whole = _Reading(Document(light), colours_only=False)
        darker = _Reading(Document(dark), colours_only=True) if dark is not None else None
    except Unread as unread:
        return Verdict(None, (unread.finding,), (), 0)
    readings = [whole, *([darker] if darker is not None else [])]
    found = [one for reading in readings for one in reading.findings]
    warnings = [one for reading in readings for one in reading.warnings]
    left_out = sum(reading.left_out for reading in readings)
    if not found and not any(reading.set for reading in readings):
        found.append(finding("theme-empty", ""))
    theme = Theme(
        {name: value for name, value in whole.set.items() if name in table().colours},
        darker.set if darker is not None else {},
        {name: value for name, value in whole.set.items() if name not in table().colours},
    )
    faint, pale = contrasts(theme)
    found += faint
    warnings += pale
    return Verdict(None if found else theme, tuple(found), tuple(warnings), left_out)


def kept(theme: Theme) -> bytes:
    """A theme as it is stored."""
    return msgspec.json.encode(theme)


def restored(raw: bytes) -> Theme:
    """The theme in a store, read by the rules of this release; where they refuse it, and without one, all is ours."""
    if not raw:
        return Theme()
    try:
        theme = msgspec.json.decode(raw, type=Theme)
    except msgspec.DecodeError:
        return Theme()
    light, dark = (
        msgspec.json.encode({name: {"$value": value} for name, value in set_.items()})
        for set_ in ({**theme.light, **theme.other}, theme.dark)
    )
    return read_theme(light, dark).theme or Theme()


def contrasts(theme: Theme) -> tuple[list[Finding], list[Finding]]:
    """Pairs of colours that cannot be told apart well enough, and those that are hard to read in sunlight."""
    faint: list[Finding] = []
    pale: list[Finding] = []
    for scheme, front, back, least in pairs():
        if not {front, back} & {*(theme.light if scheme == "light" else theme.dark)}:
            continue  # both are ours
        colours = theme.colours(scheme)
        ratio = contrast(colours[front], colours[back])
        said: dict[str, Any] = {
            "on": back,
            "ratio": floor(ratio * 100) / 100,
            "scheme": sentences.phrase(_SCHEME[scheme]),
        }
        if ratio < least:
            faint.append(finding("theme-contrast", front, least=least, **said))
        elif least == TEXT_MIN and ratio < SUNLIGHT_MIN:
            pale.append(finding("theme-sunlight", front, least=SUNLIGHT_MIN, **said))
    return faint, pale


def pairs() -> Iterator[tuple[Scheme, str, str, float]]:
    """Every pair of colours that the app puts together: scheme, what is in front, what is behind, least contrast."""
    for scheme in SCHEMES:
        for put, least in ((table().text, TEXT_MIN), (table().parts, PART_MIN)):
            for front, backs in put.items():
                for back in backs:
                    yield scheme, front, back, least
