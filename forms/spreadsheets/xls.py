"""Workbooks of before 2007 (.xls), which offices still have and export (forms/SPEC.md section 11.1)."""

from collections.abc import Iterator
from io import StringIO
from typing import Any, Final

import xlrd

from forms.findings import Finding, finding
from forms.spreadsheets.cells import MERGED_MAX
from forms.spreadsheets.numbers import date_text, digits_format, is_plain_format, number_text, shown_number
from forms.spreadsheets.sheet import COLUMNS_MAX, SHEETS_MAX, Budget, Grid, SheetReading, refusal, tidy

FILE_BYTES_MAX: Final = 2 * 1024 * 1024  # read whole before the first cell is seen: 0.5 s; 10,000 schools have 1 MB
MAGIC: Final = bytes.fromhex("d0cf11e0a1b11ae1")

_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")  # how a new workbook with a password is wrapped


def read(raw: bytes) -> SheetReading:
    """All sheets of an old workbook; of formulas, what they last gave."""
    if _ENCRYPTED_PACKAGE in raw:
        return refusal("sheet-encrypted")
    if len(raw) > FILE_BYTES_MAX:
        return refusal("sheet-file-too-large", size=len(raw), limit=FILE_BYTES_MAX)
    try:
        book = xlrd.open_workbook(file_contents=raw, logfile=StringIO(), ragged_rows=True, formatting_info=True)
    except Exception as error:  # noqa: BLE001  # the library meets damaged files with whatever its own code runs into
        return refusal("sheet-encrypted" if "encrypted" in str(error).lower() else "sheet-damaged")
    budget = Budget()
    grids = [_grid(book, place, budget) for place in range(min(book.nsheets, SHEETS_MAX))]
    if not grids:
        return refusal("sheet-damaged")
    found = [*_left_out(raw, book), *(one for grid in grids for one in grid.findings())]
    return SheetReading(tuple(grid.sheet() for grid in grids), tuple(found))


def _left_out(raw: bytes, book: Any) -> Iterator[Finding]:
    if "_VBA_PROJECT".encode("utf-16-le") in raw:
        yield finding("sheet-macros", "")
    if book.nsheets > SHEETS_MAX:
        yield finding("sheet-too-many", "", count=book.nsheets, limit=SHEETS_MAX)


def _grid(book: Any, place: int, budget: Budget) -> Grid:
    sheet = book.sheet_by_index(place)
    grid = Grid(tidy(str(sheet.name)), budget)
    for row in range(sheet.nrows):
        cells = [_said(cell, book, row, column, grid) for column, cell in enumerate(sheet.row(row))]
        if not grid.put(row + 1, cells):
            break
    for top, bottom, left, right in sheet.merged_cells[:MERGED_MAX]:
        grid.merge(top + 1, bottom, left + 1, min(right, COLUMNS_MAX))
    return grid


def _said(cell: Any, book: Any, row: int, column: int, grid: Grid) -> str:
    """The text that a person sees in the cell."""
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return str(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        code = _format(book, cell)
        digits = digits_format(code)
        if digits is not None and digits != (1, 0):
            return shown_number(cell.value, digits)
        if not is_plain_format(code):
            grid.remarks.say("sheet-format-left", row + 1, column + 1)
        return number_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        return date_text(cell.value, book.datemode == 1) or number_text(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        grid.remarks.say("sheet-error-cell", row + 1, column + 1)
    return ""


def _format(book: Any, cell: Any) -> str:
    """The number format of a cell; of one whose style is nowhere, none."""
    if cell.xf_index is None or not 0 <= cell.xf_index < len(book.xf_list):
        return ""
    found = book.format_map.get(book.xf_list[cell.xf_index].format_key)
    return str(found.format_str)[:255] if found is not None else ""
