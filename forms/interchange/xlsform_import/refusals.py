"""Compares with `pyxform`, which every XLSForm tool rests on, for the same workbook (SPEC.md section 8)."""

import re
import warnings as python_warnings
from typing import Any, Final

from pyxform.xls2xform import convert

from forms.findings import finding
from forms.interchange.ledger import Ledger
from forms.interchange.xlsform_import.tables import SHEETS, Table, Workbook

WORDS_MAX: Final = 600  # characters of a sentence of theirs; some list every column of a sheet
_SHEET: Final = re.compile(r"On the '(survey|choices|settings)' sheet")
_ROW: Final = re.compile(r"\[row\s*:\s*(\d+)\]")


def consult(book: Workbook, ledger: Ledger) -> None:
    """Ask `pyxform`, which is given the cells that were read. What it refuses is noted at the row that it names."""
    heard: list[str] = []
    refused = ""
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            convert(_workbook(book), warnings=heard, form_name="data")
    except Exception as error:  # noqa: BLE001 - bad workbooks make it raise whatever they come upon
        refused = str(error) or type(error).__name__
    if refused:
        _say("pyxform-refuses", refused, ledger)
    for words in dict.fromkeys(heard):
        _say("pyxform-warns", words, ledger)


def _say(code: str, words: str, ledger: Ledger) -> None:
    words = " ".join(words.split())
    words = words if len(words) <= WORDS_MAX else words[:WORDS_MAX] + "…"
    row = _ROW.search(words)
    sheet = _SHEET.search(words)
    source = f"{sheet[1] if sheet else 'survey'}!{row[1]}" if row else ""
    if row and ledger.knows(source):
        ledger.carried(source, code, words=words)
    else:
        ledger.todo.append(finding(code, "", words=words))


def _workbook(book: Workbook) -> dict[str, Any]:
    given: dict[str, Any] = {"sheet_names": list(book.tables), "fallback_form_name": "data"}
    for name in SHEETS:
        if name in book.tables and book.tables[name].rows:
            header, rows = _rows(book.tables[name])
            given[name], given[f"{name}_header"] = rows, [dict.fromkeys(header)]
    return given


def _rows(table: Table) -> tuple[list[str], list[dict[str, str]]]:
    header = table.rows[0]
    places = [(place, name) for place, name in enumerate(header) if name]
    rows = []
    for row in table.rows[1:]:
        cells: dict[str, str] = {}
        for place, name in places:
            if place < len(row) and row[place]:
                cells.setdefault(name, row[place])
        rows.append(cells)
    return list(dict.fromkeys(name for _, name in places)), rows
