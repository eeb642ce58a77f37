"""A workbook of text, the same bytes whenever it is written (SPEC.md section 1)."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from forms.spreadsheets.sheet import CELL_CHARACTERS_MAX, letters, tidy

WIDTH_MAX: Final = 60  # of a column, in characters
_DAY: Final = (1980, 1, 1, 0, 0, 0)  # the first that an archive can name; no clock is read here
_STAMPS: Final = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:(created|modified)>")


def workbook(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Write these sheets of text, headings first. Nothing in them is a formula, whatever it begins with."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for column, width in enumerate(_widths(rows), 1):
            sheet.column_dimensions[letters(column)].width = width
        for place, row in enumerate(rows):
            sheet.append([_cell(sheet, text, heading=not place) for text in row])
    out = BytesIO()
    book.save(out)
    return _timeless(out.getvalue())


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    columns = max(map(len, rows), default=0)
    return [
        min(WIDTH_MAX, 2 + max((len(row[place]) for row in rows if place < len(row)), default=8))
        for place in range(columns)
    ]


def _cell(sheet: Any, text: str, *, heading: bool) -> Any:
    if not text:
        return None
    cell = WriteOnlyCell(sheet, tidy(text)[:CELL_CHARACTERS_MAX])
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if heading:
        cell.font = Font(bold=True)
    return cell


def _timeless(raw: bytes) -> bytes:
    """The same archive without the time at which it was made."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, _DAY)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, _STAMPS.sub(b"", old.read(name)))
    return out.getvalue()
