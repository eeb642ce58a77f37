"""The result of reading a file with tables, whatever kind of file it was (forms/SPEC.md section 11)."""

import unicodedata
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from forms.findings import Finding, finding

FILE_BYTES_MAX: Final = 8 * 1024 * 1024  # the largest list of a municipality has 2 MB as a workbook
ROWS_MAX: Final = 20_000  # twice the longest list; an XLSForm of a thousand questions has 10,000 choices at most
COLUMNS_MAX: Final = 300  # XLSForm knows 60 columns; with 40 languages each of labels, hints and messages still fits
CELLS_MAX: Final = 300_000  # of a whole file, empty ones between filled ones too: what is read within a second
EMPTY_ROWS_MAX: Final = 1_000  # a workbook may format a million empty rows; after so many nothing is expected
CELL_CHARACTERS_MAX: Final = 32_767  # what a cell of a workbook can hold
MERGED_ROWS_MAX: Final = 5 * ROWS_MAX  # rows of all areas of a sheet that were made one
SHEETS_MAX: Final = 50  # XLSForm has six; others keep one sheet a school year


class Sheet(msgspec.Struct, frozen=True):
    """One table: its cells as text, as a person wrote them, row 1 first. Empty cells at a row's end are left out."""

    name: str
    rows: tuple[tuple[str, ...], ...] = ()


class SheetReading(msgspec.Struct, frozen=True):
    """All tables of a file, and what is to be said of them. Without sheets the file could not be read at all."""

    sheets: tuple[Sheet, ...] = ()
    findings: tuple[Finding, ...] = ()


def refusal(code: str, **facts: Any) -> SheetReading:
    """A file that cannot be read, and why."""
    return SheetReading((), (finding(code, "", **facts),))


class Budget:
    """The number of filled cells that a file may still give, over all its sheets."""

    def __init__(self) -> None:
        self.cells = CELLS_MAX


class Remarks:
    """Remarks about the cells of one sheet: once per code, at the first cell, with how many there are."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self._first: dict[str, str] = {}
        self._times: dict[str, int] = {}

    def say(self, code: str, row: int, column: int) -> None:
        """Note that this holds of a cell (both counted from 1)."""
        self._first.setdefault(code, f"{self.sheet}!{letters(column)}{row}")
        self._times[code] = self._times.get(code, 0) + 1

    def findings(self) -> Iterator[Finding]:
        """One finding per code."""
        for code, place in self._first.items():
            yield finding(code, place, count=self._times[code])


class Grid:
    """The rows of one sheet as they come in, kept within the limits.

    `put` says whether more may come: what reads a file stops as soon as it may not.
    """

    def __init__(self, name: str, budget: Budget) -> None:
        self.name = name
        self.remarks = Remarks(name)
        self._budget = budget
        self._rows: list[tuple[str, ...]] = []
        self._cut: Finding | None = None
        self._merged_rows = 0

    def put(self, row: int, cells: list[str]) -> bool:
        """Add a row (counted from 1; those in between are empty). False: nothing more is taken from this sheet."""
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return self._runs_on(row)
        if not self._runs_on(row):
            return False
        row = max(row, len(self._rows) + 1)
        wide = len(cells) > COLUMNS_MAX
        del cells[COLUMNS_MAX:]
        if row > ROWS_MAX or len(cells) > self._budget.cells:
            self._cut = finding("sheet-too-long", self.name, row=len(self._rows), limit=ROWS_MAX, cells=CELLS_MAX)
            return False
        if wide:
            self.remarks.say("sheet-too-wide", row, COLUMNS_MAX + 1)
        self._budget.cells -= len(cells)
        self._rows.extend(() for _ in range(row - 1 - len(self._rows)))
        self._rows.append(tuple(cell and self._text(cell, row, place) for place, cell in enumerate(cells, 1)))
        return True

    def _runs_on(self, row: int) -> bool:
        if row - len(self._rows) <= EMPTY_ROWS_MAX:
            return True
        self._cut = finding("sheet-empty-rows", self.name, row=len(self._rows), limit=EMPTY_ROWS_MAX)
        return False

    def _text(self, cell: str, row: int, column: int) -> str:
        if len(cell) > CELL_CHARACTERS_MAX:
            self.remarks.say("sheet-cell-too-long", row, column)
            cell = cell[:CELL_CHARACTERS_MAX]
        return tidy(cell)

    def merge(self, first_row: int, last_row: int, first_column: int, last_column: int) -> None:
        """Fill what one sees in cells that were made one (counted from 1) down into its other rows, and say so.

        To the right nothing is filled: a title above several columns is none of each.
        """
        place = first_column - 1
        self._merged_rows += min(last_row, len(self._rows)) - first_row + 1
        if self._merged_rows > MERGED_ROWS_MAX:
            return  # areas that lie over each other a thousand times: no person made them
        rows = self._rows[first_row - 1 : last_row]
        text = rows[0][place] if rows and place < len(rows[0]) else ""
        if not text:
            return
        if first_column < last_column:
            self.remarks.say("sheet-merged-across", first_row, first_column)
        for number, row in enumerate(rows[1:], first_row):
            missing = place + 1 - len(row)
            if any(row[place:last_column]) or missing > self._budget.cells:
                continue
            self._budget.cells -= max(0, missing)
            filled = [*row, *("" for _ in range(missing))]
            filled[place] = text
            self._rows[number] = tuple(filled)
            self.remarks.say("sheet-merged-filled", number + 1, first_column)

    def cut(self, found: Finding) -> None:
        """Say that the sheet ends here although it goes on."""
        self._cut = found

    def sheet(self) -> Sheet:
        """The table as far as it was read."""
        return Sheet(self.name, tuple(self._rows))

    def findings(self) -> Iterator[Finding]:
        """The findings about this sheet."""
        yield from self.remarks.findings()
        if self._cut is not None:
            yield self._cut


_DROPPED: Final = {
    code: None for code in (*range(0x20), 0x7F, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF, 0xFEFF) if code not in (9, 10)
}


def tidy(text: str) -> str:
    """A cell's text as it is kept: letters in one spelling (NFC: Macs take é apart), line ends as LF, nothing that no
    one sees, no space around it."""
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():
        return text.strip()
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED).strip().strip("\u00a0")


def letters(column: int) -> str:
    """The name of a column as workbooks show it: 1 is A, 27 is AA."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
