"""The sheets of an XLSForm as lines with known columns and words per language (SPEC.md section 2).

People write headers in many ways (`bind:relevant`, `Label::English (en)`, `constraint message`): here they become one
name and a language. What a header means nothing here is said once, at row 1 of its sheet.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

import msgspec
from pyxform import aliases

from forms.expressions.parser import close
from forms.findings import Finding, finding
from forms.interchange.xlsform_import.aliases import columns, plain
from forms.spreadsheets.reading import Sheet

SHEETS: Final = ("survey", "choices", "settings", "external_choices", "entities", "osm")
WORDS: Final = frozenset({"label", "hint", "guidance_hint", "constraint_message", "required_message"})
MEDIA: Final = frozenset({"image", "big_image", "audio", "video"})
OWN: Final = "veldpost:"  # columns that our own export writes

_SURVEY: Final = (
    WORDS
    | MEDIA
    | {
        *("type", "name", "constraint", "required", "appearance", "default", "relevant", "read_only", "calculation"),
        *(
            "repeat_count",
            "choice_filter",
            "parameters",
            "trigger",
            "autoplay",
            "rows",
            "disabled",
            "save_to",
            "intent",
        ),
    }
)
_CHOICES: Final = MEDIA | {"list_name", "name", "label"}
_SETTINGS: Final = frozenset({"form_title", "form_id"})
_ALIASES: Final[dict[str, Mapping[str, str]]] = {
    "survey": columns(aliases.survey_header, _SURVEY),
    "choices": (on_choices := columns(aliases.list_header, _CHOICES)),
    "external_choices": on_choices,
    "settings": columns(aliases.settings_header, _SETTINGS),
}
_ODK_X: Final = frozenset({"clause", "values_list", "branch_label"})
_CODEBOOK: Final = frozenset(
    {"variable", "variable_name", "varname", "var_name", "variable_/_field_name", "field_name", "variabele"}
)
_SPACES: Final = frozenset({"bind", "control", "body", "media", "jr"})
_COMMENTS: Final = frozenset(
    {"note", "notes", "comment", "comments", "tutorial_notes", "remarks", "opmerking", "opmerkingen"}
)
_LANGUAGES: Final = {
    "nl": "dutch nederlands",
    "en": "english engels",
    "fr": "french français francais frans",
    "de": "german deutsch duits",
    "es": "spanish español espanol spaans",
    "pt": "portuguese português portugues",
    "it": "italian italiano",
    "pl": "polish polski pools",
    "ro": "romanian română romana roemeens",
    "bg": "bulgarian български bulgaars",
    "hu": "hungarian magyar",
    "cs": "czech čeština",
    "sk": "slovak slovenčina",
    "uk": "ukrainian українська oekraïens oekraiens",
    "ru": "russian русский russisch",
    "tr": "turkish türkçe turks",
    "ar": "arabic العربية arabisch",
    "fa": "farsi persian فارسی perzisch",
    "zh": "chinese 中文 chinees",
    "ti": "tigrinya",
    "so": "somali",
    "sw": "swahili kiswahili",
    "am": "amharic",
    "hi": "hindi",
    "ur": "urdu",
    "bn": "bengali bangla",
    "ku": "kurdish",
    "sq": "albanian",
    "pap": "papiamento papiamentu",
    "ja": "japanese 日本語",
    "mk": "macedonian",
    "el": "greek ελληνικά",
    "sr": "serbian",
    "hr": "croatian",
    "bs": "bosnian",
    "vi": "vietnamese",
    "th": "thai",
    "id": "indonesian bahasa",
    "ne": "nepali",
    "my": "burmese",
}
_BY_WORD: Final = {word: code for code, names in _LANGUAGES.items() for word in names.split()}
_CODE: Final = re.compile(r"\(\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\s*\)")
_BARE: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{2,4})?")


class Line(msgspec.Struct, frozen=True):
    """One row of a sheet: its cells by column, its words by column and language (`` for none named)."""

    source: str
    cells: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]] = {}

    def get(self, column: str) -> str:
        """The content of a column; nothing if it is empty or lacking."""
        return self.cells.get(column, "")

    def without_own(self) -> "Line":
        """The same row without what our own export wrote in it."""
        return Line(
            self.source, {name: cell for name, cell in self.cells.items() if not name.startswith(OWN)}, self.words
        )


class Table(msgspec.Struct, frozen=True):
    """One sheet: its lines, and what is to be said of its header row."""

    name: str
    lines: tuple[Line, ...] = ()
    notes: tuple[Finding, ...] = ()
    languages: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """The rows as they were read, header first: what `pyxform` is given."""


class Workbook(msgspec.Struct, frozen=True):
    """The sheets that an XLSForm has, by their proper names, and what is to be said of the file."""

    tables: Mapping[str, Table]
    notes: tuple[Finding, ...] = ()

    def lines(self, name: str) -> tuple[Line, ...]:
        """The lines of a sheet; none if it is lacking."""
        return self.tables[name].lines if name in self.tables else ()

    def without_own(self, sources: Collection[str]) -> "Workbook":
        """The same workbook without what our own export wrote in these rows."""
        tables = {
            name: msgspec.structs.replace(
                table, lines=tuple(line.without_own() if line.source in sources else line for line in table.lines)
            )
            for name, table in self.tables.items()
        }
        return Workbook(tables, self.notes)

    def own_rows(self) -> frozenset[str]:
        """The rows in which our own export wrote something."""
        return frozenset(
            line.source for table in self.tables.values() for line in table.lines if line.without_own() != line
        )


def workbook(sheets: tuple[Sheet, ...]) -> Workbook:
    """Read the sheets under the names that they were meant to have."""
    if len(sheets) == 1:
        sheets = _stacked(sheets[0])
    tables: dict[str, Table] = {}
    notes: list[Finding] = []
    for sheet in sheets:
        name = plain(sheet.name)
        if name in SHEETS and name not in tables:
            tables[name] = table(name, sheet)
    for sheet in sheets:
        name = plain(sheet.name)
        if name in SHEETS or name.startswith("_"):
            continue
        meant = close(name, [one for one in SHEETS if one not in tables])
        if meant is None and "survey" not in tables and _asks(sheet):
            meant = "survey"
        if meant is not None:
            tables[meant] = table(meant, sheet)
            notes.append(finding("import-sheet-read-as", sheet.name, name=sheet.name, meant=meant))
        elif any(any(row) for row in sheet.rows):
            notes.append(finding("import-sheet-left", sheet.name, name=sheet.name))
    return Workbook(tables, tuple(notes))


def another_kind(sheets: tuple[Sheet, ...]) -> str | None:
    """The finding that names a workbook of another kind, of ODK-X or a list of variables; None otherwise."""
    heads = {plain(cell) for sheet in sheets for row in sheet.rows[:5] for cell in row if cell}
    if heads & _ODK_X or any(head.startswith("display.") for head in heads):
        return "import-odk-x"
    return "import-codebook" if heads & _CODEBOOK and not {"type", "name"} <= heads else None


def _stacked(sheet: Sheet) -> tuple[Sheet, ...]:
    """A text file can hold all sheets: their names stand in the first column, above each other."""
    starts = [place for place, row in enumerate(sheet.rows) if row and plain(row[0]) in SHEETS and not any(row[1:])]
    if not starts:
        return (sheet,)
    ends = [*starts[1:], len(sheet.rows)]
    found = []
    for start, end in zip(starts, ends, strict=True):
        before: tuple[tuple[str, ...], ...] = ((),) * (start + 1)  # so that rows keep their numbers
        found.append(Sheet(sheet.rows[start][0], before + tuple(row[1:] for row in sheet.rows[start + 1 : end])))
    return tuple(found)


def _asks(sheet: Sheet) -> bool:
    """True if a sheet looks like a survey, whatever its name."""
    return any({"type", "name"} <= {plain(cell) for cell in row} for row in sheet.rows[:5])


def table(name: str, sheet: Sheet) -> Table:
    """One sheet, its header being the first row that is not empty."""
    start = next((place for place, row in enumerate(sheet.rows) if any(row)), None)
    if start is None:
        return Table(name)
    header, rows = sheet.rows[start], sheet.rows[start + 1 :]
    columns, notes = _columns(name, header, rows)
    lines = []
    for number, row in enumerate(rows, start=start + 2):
        cells: dict[str, str] = {}
        words: dict[str, dict[str, str]] = {}
        for place, cell in enumerate(row):
            if not cell or place not in columns:
                continue
            column, language = columns[place]
            if column in WORDS:
                words.setdefault(column, {}).setdefault(language, cell)
            cells.setdefault(column, cell)
        if cells:
            lines.append(Line(f"{name}!{number}", cells, words))
    spoken = dict.fromkeys(language for column, language in columns.values() if column in WORDS)
    return Table(name, tuple(lines), tuple(notes), tuple(spoken), sheet.rows[start:])


def _columns(
    name: str, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
) -> tuple[dict[int, tuple[str, str]], list[Finding]]:
    """The meaning of every column, and a report of those that have none, or one twice."""
    at = f"{name}!1"
    found: dict[int, tuple[str, str]] = {}
    notes: list[Finding] = []
    filled = {place for row in rows for place, cell in enumerate(row) if cell}
    known = {"survey": _SURVEY, "choices": _CHOICES, "external_choices": _CHOICES}.get(name)
    for place, head in enumerate(header):
        if not head:
            continue
        column, language = read_header(head, name)
        code = language_code(language) if language else ""
        if column in WORDS | MEDIA and code is None:
            notes.append(finding("import-unknown-language", at, name=head))
        elif (column, code or "") in found.values():
            notes.append(finding("import-column-twice", at, name=head))
            found[place] = (column, code or "")
        elif known is None or column in known or column.startswith(OWN):
            found[place] = (column, code or "")
        elif name != "survey":  # a column that a choice filter can name
            found[place] = (head, "")
        elif place in filled and column not in _COMMENTS:
            notes.append(finding("import-unknown-column", at, suggestion=close(column, sorted(known)), name=head))
    if any(place >= len(header) or not header[place] for place in filled):
        notes.append(finding("import-column-no-name", at))
    return found, notes


def read_header(head: str, sheet: str) -> tuple[str, str]:
    """The proper name of a column of a sheet, and the language that stands in its header."""
    parts = [part.strip() for part in (head.split("::") if "::" in head else head.split(":"))]
    parts = [piece for part in parts for piece in (part.split(":") if part.lower().startswith("jr:") else [part])]
    if parts and plain(parts[0]) == "veldpost":
        return OWN + "_".join(map(plain, parts[1:])), ""
    while len(parts) > 1 and plain(parts[0]) in _SPACES:
        parts = parts[1:]
    name = plain(parts[0])
    return _ALIASES.get(sheet, {}).get(name, name), ":".join(parts[1:]).strip()


def language_code(language: str) -> str | None:
    """The code of a language as people write it in a header: `English (en)`, `nl`, `Nederlands`."""
    inside = _CODE.search(language)
    if inside:
        return inside.group(1).lower()
    bare = _BARE.fullmatch(language)
    known = _BY_WORD.get(language.strip().lower())
    return known or (bare.group(1).lower() if bare else None)
