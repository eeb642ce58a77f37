"""Workbooks of today (.xlsx, .xlsm): their cells as a person sees them (forms/SPEC.md section 11.1)."""

import posixpath
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from msgspec import structs

from forms.findings import Finding, finding
from forms.sentences import phrase
from forms.spreadsheets.cells import CellReader, Look
from forms.spreadsheets.numbers import BUILT_IN, DATE_FORMATS, digits_format, is_date_format, is_plain_format
from forms.spreadsheets.parts import Parts, Unreadable
from forms.spreadsheets.sheet import SHEETS_MAX, Budget, Grid, SheetReading, refusal, tidy

MEMBERS_MAX: Final = 2_000  # of the archive: a workbook has some twenty, and one for each picture
UNPACKED_BYTES_MAX: Final = 256 * 1024 * 1024  # claimed by all parts: a million formatted empty rows are 60 MB
RATIO_MAX: Final = 400  # of a part over RATIO_FROM_BYTES: formatted empty rows reach 40, bombs 1,000
RATIO_FROM_BYTES: Final = 4 * 1024 * 1024
PACKED: Final = frozenset({ZIP_STORED, ZIP_DEFLATED})  # what workbooks use; of others zipfile unpacks 4 KiB without end
STRINGS_CHARACTERS_MAX: Final = 16 * 1024 * 1024

_RELATIONS: Final = "_rels/.rels"
_OTHERS: Final = {"content.xml": phrase("sheet-opendocument"), "xl/workbook.bin": phrase("sheet-xlsb")}


def read(raw: bytes) -> SheetReading:
    """All sheets of a workbook. A damaged one, an encrypted one and a bomb are refused with a finding."""
    try:
        archive = ZipFile(BytesIO(raw))
    except (BadZipFile, ValueError, OSError, EOFError, NotImplementedError, OverflowError, UnicodeDecodeError):
        return refusal("sheet-damaged")
    with archive:
        refused = _bomb(archive)
        if refused is not None:
            return refused
        parts = Parts(archive)
        for name, kind in _OTHERS.items():
            if parts.has(name):
                return refusal("sheet-other-kind", kind=kind)
        try:
            return _workbook(parts, archive.namelist())
        except Unreadable as error:
            return refusal(error.code)


def _bomb(archive: ZipFile) -> SheetReading | None:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MEMBERS_MAX or unpacked > UNPACKED_BYTES_MAX:
        return refusal("sheet-bomb", size=unpacked, limit=UNPACKED_BYTES_MAX)
    for member in members:
        if member.flag_bits & 1:
            return refusal("sheet-encrypted")
        if member.compress_type not in PACKED:
            return refusal("sheet-damaged")
        if member.file_size > RATIO_FROM_BYTES and member.file_size > RATIO_MAX * max(1, member.compress_size):
            return refusal("sheet-bomb", size=unpacked, limit=UNPACKED_BYTES_MAX)
    return None


def _workbook(parts: Parts, names: list[str]) -> SheetReading:
    book = _book_part(parts)
    named, from_1904 = _listed(parts, book)
    targets = _targets(parts, book)
    if not named:
        raise Unreadable("sheet-damaged")
    look = _styled(Look(_strings(parts, targets), frozenset(), from_1904), _formats(parts, targets))
    budget = Budget()
    sheets, found = [], list(_left_out(names, len(named)))
    for name, relation in named[:SHEETS_MAX]:
        kind, target = targets.get(relation, ("", ""))
        if kind != "worksheet":
            continue
        grid = Grid(name, budget)
        found += _sheet(parts, target, look, grid)
        sheets.append(grid.sheet())
        found += grid.findings()
    if not sheets:
        raise Unreadable("sheet-damaged")
    return SheetReading(tuple(sheets), tuple(found))


def _sheet(parts: Parts, target: str, look: Look, grid: Grid) -> Iterator[Finding]:
    reader = CellReader(look, grid)
    try:
        if not parts.read(target, reader.start, reader.end, reader.text):
            grid.cut(finding("sheet-too-large", grid.name, row=len(grid.sheet().rows)))
    except Unreadable as error:
        if error.code != "sheet-damaged" or not grid.sheet().rows:
            raise
        yield finding("sheet-broken-off", grid.name, row=len(grid.sheet().rows))


def _left_out(names: list[str], sheets: int) -> Iterator[Finding]:
    """Report what a workbook can carry and nobody here looks at."""
    lowered = [name.lower() for name in names]
    if any(name.endswith("vbaproject.bin") for name in lowered):
        yield finding("sheet-macros", "")
    if any("/externallinks/" in name for name in lowered):
        yield finding("sheet-external-links", "")
    if sheets > SHEETS_MAX:
        yield finding("sheet-too-many", "", count=sheets, limit=SHEETS_MAX)


def _book_part(parts: Parts) -> str:
    """The part of the workbook itself: its place is usual, and said by the archive where it is not."""
    found = [target for kind, target in _relations(parts, _RELATIONS, "").values() if kind == "officeDocument"]
    return found[0] if found else "xl/workbook.xml"


def _targets(parts: Parts, book: str) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(book)
    return _relations(parts, posixpath.join(folder, "_rels", name + ".rels"), folder)


def _relations(parts: Parts, name: str, folder: str) -> dict[str, tuple[str, str]]:
    """The parts that a part refers to inside the archive: by id, their kind and their place."""
    found: dict[str, tuple[str, str]] = {}

    def start(element: str, attributes: Mapping[str, str]) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            place = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, posixpath.normpath(place))

    if parts.has(name):
        parts.read(name, start, _nothing, _nothing)
    return found


def _listed(parts: Parts, book: str) -> tuple[list[tuple[str, str]], bool]:
    """The names and relations of the sheets in their order, and whether days are counted from 1904."""
    named: list[tuple[str, str]] = []
    from_1904 = False

    def start(element: str, attributes: Mapping[str, str]) -> None:
        nonlocal from_1904
        if element == "sheet":
            relation = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            named.append((tidy(attributes.get("name", ""))[:100], relation))
        elif element == "workbookPr":
            from_1904 = attributes.get("date1904") in ("1", "true")

    parts.read(book, start, _nothing, _nothing)
    return named, from_1904


def _strings(parts: Parts, targets: Mapping[str, tuple[str, str]]) -> list[str]:
    """The texts that cells point at. What is said beside them for pronunciation is left out."""
    found: list[str] = []
    pieces: list[str] = []
    inside = aside = size = 0

    def start(element: str, _attributes: Mapping[str, str]) -> None:
        nonlocal inside, aside
        if element == "si":
            pieces.clear()
        elif element == "t":
            inside = 1
        elif element == "rPh":
            aside = 1

    def end(element: str) -> None:
        nonlocal inside, aside, size
        if element == "si":
            found.append("".join(pieces))
            size += len(found[-1])
            if size > STRINGS_CHARACTERS_MAX:
                raise Unreadable("sheet-texts-too-large")
        elif element == "t":
            inside = 0
        elif element == "rPh":
            aside = 0

    def text(data: str) -> None:
        if inside and not aside:
            pieces.append(data)

    for kind, target in targets.values():
        if kind == "sharedStrings" and not found and not parts.read(target, start, end, text):
            raise Unreadable("sheet-texts-too-large")
    return found


def _styled(look: Look, formats: list[str | None]) -> Look:
    """The look with what its styles do to a number; None stands for a date that is built in."""
    dates, digits, others = set(), {}, set()
    for style, code in enumerate(formats):
        simple = None if code is None else digits_format(code)
        if code is None or is_date_format(code):
            dates.add(style)
        elif simple is not None:
            digits[style] = simple
        elif not is_plain_format(code):
            others.add(style)
    digits = {style: shown for style, shown in digits.items() if shown != (1, 0)}
    return structs.replace(look, dates=frozenset(dates), digits=digits, others=frozenset(others))


def _formats(parts: Parts, targets: Mapping[str, tuple[str, str]]) -> list[str | None]:
    """The number format of each style; None for a date that is built in."""
    codes: dict[str, str | None] = {str(number): code for number, code in BUILT_IN.items()}
    codes |= {str(number): None for number in DATE_FORMATS}
    used: list[str] = []
    inside = False

    def start(element: str, attributes: Mapping[str, str]) -> None:
        nonlocal inside
        if element == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:255]
        elif element == "cellXfs":
            inside = True
        elif element == "xf" and inside:
            used.append(attributes.get("numFmtId", ""))

    def end(element: str) -> None:
        nonlocal inside
        inside = inside and element != "cellXfs"

    for kind, target in targets.values():
        if kind == "styles" and parts.has(target):
            parts.read(target, start, end, _nothing)
    return [codes.get(number, "") for number in used]


def _nothing(*_: object) -> None:
    pass
