"""The rows of a list as people keep it in a spreadsheet (SPEC.md section 11.2)."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from forms.findings import Finding, finding
from forms.lists.lists import ATTRIBUTE, ATTRIBUTES_MAX, CODE, LABEL_CHARACTERS_MAX, Words, spaced, unguarded
from forms.spreadsheets.reading import Sheet
from forms.spreadsheets.sheet import letters

HEADING_ROWS_MAX: Final = 10  # a title and some remarks may stand above the headings

_CODES: Final = frozenset({"code", "sleutel", "id"})
_LABELS: Final = frozenset({"label", "naam", "omschrijving"})
_RETIRED: Final = frozenset({"retired", "vervallen"})
_PASSED_OVER: Final = frozenset({"list_name", "list name", "lijst"})  # of the choices of an XLSForm
_LABEL_IN: Final = re.compile(r"(?:label|naam)\s*::?\s*(?:.*\(\s*([a-z]{2,3})\s*\)|([a-z]{2,3}))")
_LANGUAGES: Final = {"nederlands": "nl", "dutch": "nl", "engels": "en", "english": "en"}
_YES: Final = frozenset({"true", "waar", "ja", "yes", "x", "1", "retired", "vervallen"})
_NO: Final = frozenset({"", "false", "onwaar", "nee", "no", "0"})


class Line(msgspec.Struct, frozen=True):
    """One row of the table. `at` is its number there; without a code one is found or made. `retired` is None if
    nobody can tell what it says."""

    at: int
    code: str
    label: Words
    attributes: Words
    retired: bool | None = None


class Table(msgspec.Struct, frozen=True):
    """The content of a sheet: its rows, the languages that it has labels in, and what is wrong.

    `kept` are codes of rows that cannot be used: what they name has not vanished.
    """

    lines: tuple[Line, ...] = ()
    languages: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    kept: frozenset[str] = frozenset()


class _Columns(msgspec.Struct):
    """The columns of a sheet by their meaning."""

    code: int | None = None
    retired: int | None = None
    labels: dict[str, int] = {}
    attributes: dict[str, int] = {}


def list_table(sheet: Sheet) -> Table:
    """The rows of a list; without a column for labels there are none."""
    for place, row in enumerate(sheet.rows[:HEADING_ROWS_MAX]):
        columns, found = _columns(row, f"{sheet.name}!")
        if "nl" in columns.labels:
            return _table(sheet, place + 1, columns, found)
    return Table(findings=(finding("list-no-label-column", sheet.name),))


def _columns(headings: Sequence[str], where: str) -> tuple[_Columns, list[Finding]]:
    columns = _Columns()
    found: list[Finding] = []
    named = {spaced(heading).lower() for heading in headings}
    codes = _CODES if named & _LABELS or any(_language(name) for name in named) else _CODES - {"id"}
    codes = codes | {"name"} if not named & _CODES else codes
    for place, heading in enumerate(headings):
        name, at = spaced(heading).lower(), f"{where}{letters(place + 1)}"
        language = "nl" if name in _LABELS else _language(name)
        if name in codes and columns.code is None:
            columns.code = place
        elif language is not None and language not in columns.labels:
            columns.labels[language] = place
        elif name in _RETIRED and columns.retired is None:
            columns.retired = place
        elif name and name not in _PASSED_OVER:
            _attribute(name, place, columns, found, at)
    return columns, found


def _attribute(name: str, place: int, columns: _Columns, found: list[Finding], at: str) -> None:
    slug = slugged(name)
    if not ATTRIBUTE.fullmatch(slug) or slug in columns.attributes or len(columns.attributes) == ATTRIBUTES_MAX:
        found.append(finding("list-bad-column", at, name=name[:60], limit=ATTRIBUTES_MAX))
    else:
        columns.attributes[slug] = place


def _language(heading: str) -> str | None:
    match = _LABEL_IN.fullmatch(heading)
    if match is not None:
        return match[1] or match[2]
    head, _, tongue = heading.partition("::")
    return _LANGUAGES.get(tongue.strip()) if head.strip() in _LABELS else None


def slugged(text: str) -> str:
    """The words of a text as a name: small letters without accents, digits and _."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_")


def _table(sheet: Sheet, first: int, columns: _Columns, found: list[Finding]) -> Table:
    lines: list[Line] = []
    kept: set[str] = set()
    seen: dict[str, int] = {}
    for at, row in enumerate(sheet.rows[first:], first + 1):
        if not any(row):
            continue
        line = _line(at, row, columns)
        faults = list(_faults(line, seen, sheet.name))
        found += faults
        if any(fault.code in UNUSABLE for fault in faults):
            kept.add(line.code)
            continue
        if line.code:
            seen[line.code.casefold()] = at
        lines.append(line)
    return Table(tuple(lines), frozenset(columns.labels), tuple(found), frozenset(kept - {""}))


UNUSABLE: Final = frozenset({"list-empty-label", "list-label-too-long", "list-bad-code", "list-code-twice"})


def _line(at: int, row: Sequence[str], columns: _Columns) -> Line:
    def cell(place: int | None) -> str:
        return unguarded(spaced(row[place])) if place is not None and place < len(row) else ""

    def texts(places: Mapping[str, int]) -> dict[str, str]:
        return {name: text for name, place in places.items() if (text := spaced(cell(place)))}

    said = cell(columns.retired).casefold()
    retired = True if said in _YES else False if said in _NO else None
    return Line(at, cell(columns.code), texts(columns.labels), texts(columns.attributes), retired)


def _faults(line: Line, seen: Mapping[str, int], sheet: str) -> Iterator[Finding]:
    at = f"{sheet}!{line.at}"
    if "nl" not in line.label:
        yield finding("list-empty-label", at)
    if any(len(text) > LABEL_CHARACTERS_MAX for text in (*line.label.values(), *line.attributes.values())):
        yield finding("list-label-too-long", at, limit=LABEL_CHARACTERS_MAX)
    if line.code and not CODE.fullmatch(line.code):
        yield finding("list-bad-code", at)
    elif line.code.casefold() in seen:
        yield finding("list-code-twice", at, given=line.code)
    if line.retired is None:
        yield finding("list-retired-unclear", at)
