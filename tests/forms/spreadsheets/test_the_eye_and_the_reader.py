"""Whatever a person sees in a workbook or a text is read, or it is said: spelling, merged cells, formats, line ends."""

import io
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from forms.spreadsheets.numbers import digits_format, is_plain_format, shown_number
from forms.spreadsheets.reading import read_sheets
from tests.forms.spreadsheets.test_lists import made, revised
from tests.forms.spreadsheets.test_sheets import codes, rows


def workbook(fill: Callable[[Any], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_list_from_a_mac_is_the_same_list() -> None:
    """Accents that were taken apart retired the items and made twins of them."""
    text = "label\nCafé Renée\nŒuvre Łódź\n"
    before = made(text)
    found = revised(before, unicodedata.normalize("NFD", text))
    assert unicodedata.normalize("NFD", text) != text
    assert [] == list(found.changes) and before.items == (found.named or before).items


def test_cells_that_were_merged_downward_are_filled_and_said() -> None:
    def fill(sheet: Any) -> None:
        for row in (("wijk", "school"), ("Noord", "De Brug"), (None, "De Linde"), ("Zuid", "De Haven")):
            sheet.append(row)
        sheet.merge_cells("A2:A3")

    reading = read_sheets(workbook(fill), "lijst.xlsx")
    assert (("wijk", "school"), ("Noord", "De Brug"), ("Noord", "De Linde"), ("Zuid", "De Haven")) == reading.sheets[
        0
    ].rows
    assert ["sheet-merged-filled"] == codes(reading)
    assert "Sheet!A3" == reading.findings[0].path and "1 cell" in reading.findings[0].en


def test_a_title_across_columns_is_that_of_the_first_and_it_is_said() -> None:
    def fill(sheet: Any) -> None:
        sheet.append(("Scholen", None, None))
        sheet.append(("code", "label", "wijk"))
        sheet.merge_cells("A1:C1")

    reading = read_sheets(workbook(fill), "lijst.xlsx")
    assert (("Scholen",), ("code", "label", "wijk")) == reading.sheets[0].rows
    assert ["sheet-merged-across"] == codes(reading)


def test_nothing_is_filled_where_something_stands_and_no_area_costs_more_than_it_has_rows() -> None:
    def fill(sheet: Any) -> None:
        for number in range(300):
            sheet.append((f"a{number}", "b"))
        for number in range(1, 250):
            sheet.merged_cells.add(f"A{number}:A300000")

    assert [(f"a{number}", "b") for number in range(300)] == list(rows(workbook(fill)))


def test_digits_that_a_format_shows_are_read_and_other_formats_are_said() -> None:
    """7 in the format 000 became the code 7, for good."""

    def fill(sheet: Any) -> None:
        sheet.append(("code", "prijs", "deel", "heel", "rond"))
        sheet.append((7, 2, 0.25, 1234, 2.5))
        for column, code in zip("ABCDE", ("000", "0.00", "0%", "#,##0", "0"), strict=True):
            sheet[f"{column}2"].number_format = code

    reading = read_sheets(workbook(fill), "lijst.xlsx")
    assert ("007", "2.00", "0.25", "1234", "2.5") == reading.sheets[0].rows[1]
    assert ["sheet-format-left"] == codes(reading) and "2 numbers" in reading.findings[0].en


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [("000", 7, "007"), ("0.00", 2, "2.00"), ("00000", -12, "-00012"), ("0.0", 0.25, "0.3"), ("00", 1e300, None)],
)
def test_a_simple_format_is_followed(code: str, value: float, shown: str | None) -> None:
    digits = digits_format(code)
    assert digits is not None and (shown is None or shown == shown_number(value, digits))


def test_formats_that_are_not_simple_are_known_as_such() -> None:
    assert [None] * 4 == [digits_format(code) for code in ("0%", "#,##0.00", "0.00E+00", '"€" 0')]
    assert [True, True, False] == [is_plain_format(code) for code in ("General", "@", "0%")]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize("head", ["", "sep=;{end}"])
def test_a_line_ends_as_windows_unix_or_a_mac_ends_it(end: str, head: str) -> None:
    """Commas in labels were taken for the separator where lines end in CR alone."""
    text = head.format(end=end) + end.join(("code;label", "a;Jan, Piet en Klaas", "b;Lente, zomer, herfst", ""))
    found = rows(text.encode(), "lijst.csv")
    assert (("code", "label"), ("a", "Jan, Piet en Klaas"), ("b", "Lente, zomer, herfst")) == found


def test_an_old_workbook_is_read_as_the_eye_sees_it() -> None:
    """Written by a spreadsheet program, in the format of 1997: merged cells, 000, 0.00, days; 50% is said to be 0.5."""
    reading = read_sheets((Path(__file__).parent / "merged_and_formats.xls").read_bytes(), "scholen.xls")
    assert (
        ("wijk", "code", "naam", "prijs", "deel", "sinds"),
        ("Voorstad", "007", "Kindcentrum De Proef", "2.00", "0.5", "2026-05-01"),
        ("Voorstad", "012", "École Café", "1.50", "0.25", "2026-05-02"),
        ("Haven", "130", "Basisschool Voorbeeld", "1234.50", "1", "2026-05-03"),
        (), ("alle scholen",),
    ) == reading.sheets[0].rows  # fmt: skip
    said = {(one.code, one.path) for one in reading.findings}
    assert {
        ("sheet-format-left", "scholen!E2"), ("sheet-merged-filled", "scholen!A3"),
        ("sheet-merged-across", "scholen!A6"),
    } == said  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "code", "remedy"),
    [
        (b"<html><table><tr><td>a</td></tr></table></html>", "sheet-other-kind", ".xlsx of .csv"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas"/>', "sheet-other-kind", ".xlsx of .csv"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600, "sheet-damaged", "opnieuw op als .xlsx"),
    ],
)
def test_what_is_called_xls_and_is_no_old_workbook_is_refused_with_the_remedy(
    raw: bytes, code: str, remedy: str
) -> None:
    """Systems of offices call a page with a table .xls."""
    reading = read_sheets(raw, "lijst.xls")
    assert ([code], ()) == (codes(reading), reading.sheets) and remedy in reading.findings[0].nl
