"""An export as an Excel workbook: real dates, numbers and truths, text that stays text, in constant memory.

A row is written when the next one begins, so that no sheet is held in memory; what is under way lies beside the file.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from backend.cli.export_cells import Table, each, spoken
from backend.errors import BackendError
from backend.stores.record_rows import as_answered

ROWS_MAX: Final = 1_048_576  # of a sheet, its head included
COLUMNS_MAX: Final = 16_384
TEXT_MAX: Final = 32_767  # characters of a cell
NAME_MAX: Final = 31  # characters of a sheet's name
WHOLE_MAX: Final = 10**15  # Excel keeps fifteen digits of a number
FIRST_DAY: Final = date(1900, 3, 1)  # before it, Excel counts a day that never was
DAY_FORMAT: Final = "yyyy-mm-dd"
WIDTH_MAX: Final = 40


class TooManyRows(BackendError):
    """A sheet ends; rows that are not in it would be missed by nobody."""

    code: ClassVar[str] = "too-many-rows"


class Written(NamedTuple):
    """The number of rows of a workbook, and of cells in which a text was cut off."""

    rows: int
    cut: int


class _Book:
    """A workbook under way."""

    def __init__(self, file: Path, language: str) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(file.parent),
            "in_memory": False,
            "default_date_format": DAY_FORMAT,
        }
        self._book: Any = xlsxwriter.Workbook(str(file), options)
        self._language = language
        self._head = self._book.add_format({"bold": True})
        self._moment = self._book.add_format({"num_format": " ".join((DAY_FORMAT, "hh:mm"))})
        self._names: set[str] = {"history"}  # a name that Excel keeps for itself
        self._table: Table | None = None
        self._sheet: Any = None
        self._row = 0
        self.rows = self.cut = 0

    def begin(self, table: Table, slug: str) -> None:
        """Begin the sheet of a table."""
        self.end()
        self._table, self._row = table, 0
        self._sheet = self._book.add_worksheet(self._named(table.name, slug))
        self._sheet.freeze_panes(1, 1)
        for place, head in enumerate(table.heads(self._language)):
            self._sheet.set_column(place, place, min(WIDTH_MAX, max(10, len(head) + 2)))
            self._text(place, head, self._head)

    def add(self, values: Iterable[Any]) -> None:
        """Add a row."""
        assert self._table is not None
        table = self._table
        self._row += 1
        self.rows += 1
        if self._row >= ROWS_MAX:
            raise TooManyRows(table=table.name, limit=ROWS_MAX)
        for place, (kind, choices, value) in enumerate(zip(table.kinds, table.choices, values, strict=True)):
            self._cell(place, kind, choices, value)

    def end(self) -> None:
        """End the sheet under way."""
        if self._table is not None and self._table.columns:
            self._sheet.autofilter(0, 0, self._row, len(self._table.columns) - 1)

    def close(self) -> None:
        """Write the file. Raises `OSError`, which the library tells as an error of its own."""
        self.end()
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from None

    def _cell(self, place: int, kind: str, choices: Mapping[str, Any], cell: Any) -> None:
        value = as_answered(kind, cell)
        day = _day(value) if kind in ("date", "moment") else None
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < WHOLE_MAX:
            self._sheet.write_number(self._row, place, value)
        elif day is not None:
            self._sheet.write_datetime(self._row, place, day, self._moment if kind == "moment" else None)
        else:
            self._text(place, str(spoken(kind, choices, cell, self._language)))

    def _text(self, place: int, text: str, style: Any = None) -> None:
        if len(text.encode("utf-16-le")) // 2 > TEXT_MAX:
            self.cut += 1
            text = text[: TEXT_MAX // 2] + "…"
        self._sheet.write_string(self._row, place, text, style)

    def _named(self, table: str, slug: str) -> str:
        """A name for a sheet: what a table is called beside the form's own one, short enough and once."""
        stem = (table.removeprefix(slug).strip("_") or slug)[:NAME_MAX]
        name, number = stem, 2
        while name.casefold() in self._names:
            name = f"{stem[: NAME_MAX - 1 - len(str(number))]}_{number}"
            number += 1
        self._names.add(name.casefold())
        return name


def _day(value: Any) -> date | datetime | None:
    """The date or moment in a text that Excel can count; what lies before its first one stays text."""
    try:
        found = datetime.fromisoformat(value.removesuffix("Z")) if len(value) > 10 else date.fromisoformat(value)
    except (ValueError, TypeError, AttributeError):
        return None
    day = found.date() if isinstance(found, datetime) else found
    return found if day >= FIRST_DAY else None


def write_sheets(file: Path, rows: Iterable[Mapping[str, Any]], language: str = "") -> Written:
    """Write rows into a workbook, a sheet a table, in the words of a language or in codes."""
    book, slug = _Book(file, language), ""
    for table, values in each(rows):
        if values is None:
            slug = slug or table.name
            book.begin(table, slug)
        else:
            book.add(values)
    book.close()
    return Written(book.rows, book.cut)
