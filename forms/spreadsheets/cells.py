"""The cells of one sheet of a workbook, from the elements of its part (forms/SPEC.md section 11.1)."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from forms.spreadsheets.numbers import date_text, number_text, shown_number
from forms.spreadsheets.parts import Stop
from forms.spreadsheets.sheet import COLUMNS_MAX, Grid

ROW_MAX: Final = 1_048_576  # what a workbook can number
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how workbooks write signs that XML cannot hold
_RANGE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_AFTER: Final = frozenset({"phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "pageMargins"})
MERGED_MAX: Final = 10_000  # areas of cells that were made one
_LETTERS: Final = re.compile(r"\$?([A-Z]{1,3})")


class Look(msgspec.Struct, frozen=True):
    """The parts of a workbook that its cells refer to: its texts, and the styles that show a number as a date, with so
    many digits, or in a way that is not followed here."""

    strings: list[str]
    dates: frozenset[int]
    from_1904: bool = False
    digits: Mapping[int, tuple[int, int]] = {}
    others: frozenset[int] = frozenset()


class CellReader:
    """Hears the elements of a sheet, and puts its rows into a grid until that has enough."""

    def __init__(self, look: Look, grid: Grid) -> None:
        self._look = look
        self._grid = grid
        self._row = 0
        self._column = 0
        self._cells: list[str] = []
        self._kind = ""
        self._style = ""
        self._formula = False
        self._taking = False
        self._aside = False
        self._pieces: list[str] = []
        self._data_ended = False
        self._merged = 0

    def start(self, element: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if element == "c":
            self._column = _column(attributes.get("r", ""), self._column + 1)
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._formula = False
            self._pieces.clear()
        elif element == "v" or element == "t":
            self._taking = not self._aside
        elif element == "f":
            self._formula = True
        elif element == "row":
            self._row = _whole(attributes.get("r", ""), self._row + 1)
            self._column = 0
            self._cells = []
        elif element == "rPh":
            self._aside = True
        elif element == "mergeCell" and self._data_ended:
            self._merge(attributes.get("ref", ""))
        elif self._data_ended and element in _AFTER:
            raise Stop

    def _merge(self, reference: str) -> None:
        match = _RANGE.fullmatch(reference)
        self._merged += 1
        if match is None or self._merged > MERGED_MAX:
            return
        first, last = (_column(match[place], 0) for place in (1, 3))
        top, bottom = (_whole(match[place], 0) for place in (2, 4))
        if 0 < first <= last <= COLUMNS_MAX and 0 < top <= bottom:
            self._grid.merge(top, bottom, first, last)

    def text(self, data: str) -> None:
        """Text inside an element."""
        if self._taking:
            self._pieces.append(data)

    def end(self, element: str) -> None:
        """An element ends."""
        if element == "v" or element == "t":
            self._taking = False
        elif element == "c":
            self._put("".join(self._pieces))
        elif element == "row":
            if not self._grid.put(self._row, self._cells):
                raise Stop
            self._cells = []
        elif element == "rPh":
            self._aside = False
        elif element == "sheetData":
            self._data_ended = True
        elif element == "mergeCells":
            raise Stop

    def _put(self, written: str) -> None:
        text = self._said(written)
        if not text and not (self._formula and not written):
            return
        column = min(self._column, COLUMNS_MAX + 1)  # one more, so that the grid sees that it is too wide
        self._cells.extend("" for _ in range(column - len(self._cells)))
        if column <= COLUMNS_MAX or not self._cells[column - 1]:
            self._cells[column - 1] = text

    def _said(self, written: str) -> str:
        """The text that a person sees in the cell."""
        kind, remarks = self._kind, self._grid.remarks
        if not written:
            if self._formula and kind != "str":
                remarks.say("sheet-formula-empty", self._row, self._column)
            return ""
        if kind == "s":
            place = _whole(written, -1)
            if 0 <= place < len(self._look.strings):
                return _unescaped(self._look.strings[place])
            remarks.say("sheet-error-cell", self._row, self._column)
            return ""
        if kind == "b":
            return "TRUE" if written.strip() in ("1", "true") else "FALSE"
        if kind == "e":
            remarks.say("sheet-error-cell", self._row, self._column)
            return ""
        return self._number(written) if kind == "n" else _unescaped(written)

    def _number(self, written: str) -> str:
        try:
            value = float(written)
        except ValueError:
            return written
        if self._style and _whole(self._style, -1) in self._look.dates:
            day = date_text(value, self._look.from_1904)
            if day is not None:
                return day
        style = _whole(self._style, -1)
        if style in self._look.digits:
            return shown_number(value, self._look.digits[style])
        if style in self._look.others:
            self._grid.remarks.say("sheet-format-left", self._row, self._column)
        return number_text(value)


def _column(reference: str, otherwise: int) -> int:
    match = _LETTERS.match(reference)
    if match is None:
        return otherwise
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - 64
    return column


def _whole(written: str, otherwise: int) -> int:
    return int(written) if written.isascii() and written.isdigit() and int(written[:9]) <= ROW_MAX else otherwise


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
