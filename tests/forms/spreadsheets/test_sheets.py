"""Files with tables, whatever is in them: read as a person sees them, or refused in a sentence (SPEC.md 11.1)."""

import io
import random
import resource
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.spreadsheets.reading import Sheet, SheetReading, read_sheets
from forms.spreadsheets.sheet import COLUMNS_MAX, EMPTY_ROWS_MAX, ROWS_MAX, letters
from tests.forms.spreadsheets.workbooks_made import rezipped, with_sheet, xls, xls_of_cells, xlsx
from tests.strength import tries
from tests.work import within

CALLS_MAX = 3_000_000  # about a second


def codes(reading: SheetReading) -> list[str]:
    return [finding.code for finding in reading.findings]


def rows(raw: bytes, filename: str = "lijst.xlsx") -> tuple[tuple[str, ...], ...]:
    reading = read_sheets(raw, filename)
    assert () == reading.findings
    return reading.sheets[0].rows


REFUSED: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "an empty file": (b"", "sheet-empty-file"),
    "a file of zeroes": (bytes(5_000), "sheet-empty-file"),
    "a file that is too large": (b"a;b\n" * 2_500_000, "sheet-file-too-large"),
    "a text that is too large": (b"a;b\n" * 1_100_000, "sheet-file-too-large"),
    "a zip file that ends early": (xlsx({"a": [["x"]]})[:900], "sheet-damaged"),
    "a zip file without a workbook": (rezipped(xlsx({"a": [["x"]]}), lambda name, part: b""), "sheet-damaged"),
    "a workbook of OpenDocument": (
        rezipped(xlsx({"a": []}), lambda n, p: p, {"content.xml": b"<a/>"}),
        "sheet-other-kind",
    ),
    "a binary workbook": (rezipped(xlsx({"a": []}), lambda n, p: p, {"xl/workbook.bin": b"\0"}), "sheet-other-kind"),
    "a web page named as a workbook": (b"<html><table><tr><td>x", "sheet-other-kind"),
    "a PDF": (b"%PDF-1.7\n...", "sheet-other-kind"),
    "a program": (b"\x7fELF\x02\x01\x01\x00\x00\x00", "sheet-no-table"),
    "an old workbook with a password": (xls([["x"]], encrypted=True), "sheet-encrypted"),
    "a new workbook with a password": (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "sheet-encrypted",
    ),
    "an old workbook that is damaged": (xls([["x"]])[:700], "sheet-damaged"),
    "entities": (
        with_sheet(b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'),
        "sheet-entities",
    ),
    "a bomb": (lambda: with_sheet(b"<worksheet><sheetData>" + b"<row/>" * 1_000_000), "sheet-bomb"),
    "a very large bomb": (
        lambda: rezipped(xlsx({"a": []}), lambda n, p: p, {f"{n}.bin": bytes(30_000_000) for n in range(10)}),
        "sheet-bomb",
    ),
}


def test_a_part_that_is_packed_otherwise_is_not_unpacked() -> None:
    """`zipfile` unpacks what 4 KiB of bzip2 or LZMA hold at once, whatever size is claimed: gigabytes."""
    for packed in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", packed) as archive:
            archive.writestr("xl/workbook.xml", b"<workbook>" + b" " * 2_000_000)
        size = out.getvalue().rfind(b"PK\x01\x02") + 24
        raw = out.getvalue()[:size] + (500).to_bytes(4, "little") + out.getvalue()[size + 4 :]
        tracemalloc.start()
        try:
            assert ["sheet-damaged"] == codes(read_sheets(raw, "a.xlsx"))
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_with_one_sentence(what: str) -> None:
    made, code = REFUSED[what]
    raw = made() if callable(made) else made
    reading = within(CALLS_MAX, lambda: read_sheets(raw, "lijst.xlsx"))
    assert ((), [code]) == (reading.sheets, codes(reading))


def test_a_zip_with_a_password_is_refused() -> None:
    raw = bytearray(xlsx({"a": [["x"]]}))
    at = raw.find(b"PK\x01\x02")
    raw[at + 8] |= 1
    assert ["sheet-encrypted"] == codes(read_sheets(bytes(raw), "a.xlsx"))


def test_a_workbook_is_read_as_a_person_wrote_it() -> None:
    given_rows: list[list[Any]] = [
        ["naam", 1, 1.0, 2.5, 0.1 + 0.2, 1e15, 12345678901, True, False],
        [],
        [" Café \r\n de Brug ", None, date(2026, 3, 1), datetime(2026, 3, 1, 14, 5), clock(9, 30), -0.0, 1e-7],
    ]
    assert (
        ("naam", "1", "1", "2.5", "0.3", "1000000000000000", "12345678901", "TRUE", "FALSE"),
        (),
        ("Café \n de Brug", "", "2026-03-01", "2026-03-01T14:05:00", "09:30:00", "0", "0.0000001"),
    ) == rows(xlsx({"blad": given_rows}))


def test_an_old_workbook_is_read_as_a_person_wrote_it() -> None:
    reading = read_sheets(xls([["naam", 1.0, 2.5, True, (46082.0,)], [], ["Café", None]]), "lijst.xls")
    assert (Sheet("blad", (("naam", "1", "2.5", "TRUE", "2026-03-01"), (), ("Café",))),) == reading.sheets
    assert [("sheet-error-cell", "blad!B3")] == [(one.code, one.path) for one in reading.findings]


def test_a_large_old_workbook_is_read_in_time() -> None:
    raw = xls([["naam", 1.0, (46082.0,), "De Brug"] for _ in range(12_000)])
    reading = within(CALLS_MAX, lambda: read_sheets(raw, "lijst.xls"))
    assert ((), 12_000) == (reading.findings, len(reading.sheets[0].rows))


def test_sheets_keep_their_order_and_names() -> None:
    reading = read_sheets(xlsx({"survey": [["type"]], "choices": [["list_name"]], "leeg": []}), "vorm.xlsx")
    assert SheetReading((Sheet("survey", (("type",),)), Sheet("choices", (("list_name",),)), Sheet("leeg"))) == reading


def test_a_formula_gives_what_it_last_gave_and_one_that_never_ran_is_named() -> None:
    part = (
        b"<worksheet><sheetData><row><c><f>1+1</f><v>2</v></c><c t='str'><f>\"a\"</f><v>a</v></c>"
        b"<c><f>1+2</f></c><c><f>9</f><v></v></c><c t='e'><f>1/0</f><v>#DIV/0!</v></c></row></sheetData></worksheet>"
    )
    reading = read_sheets(with_sheet(part), "a.xlsx")
    assert (Sheet("blad", (("2", "a"),)),) == reading.sheets
    assert [("sheet-formula-empty", "blad!C1"), ("sheet-error-cell", "blad!E1")] == [
        (one.code, one.path) for one in reading.findings
    ]


def test_text_may_stand_in_the_cell_in_pieces_and_with_escapes() -> None:
    part = (
        b"<x:worksheet xmlns:x='x'><x:sheetData><x:row r='1'><x:c r='B1' t='inlineStr'><x:is><x:r><x:t>Jan</x:t></x:r>"
        b"<x:r><x:t>sen_x000D_</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh></x:is></x:c><x:c t='d'><x:v>2026-01-02</x:v>"
        b"</x:c><x:c t='s'><x:v>99</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    reading = read_sheets(with_sheet(part), "a.xlsx")
    assert (Sheet("blad", (("", "Jansen", "2026-01-02"),)),) == reading.sheets
    assert ["sheet-error-cell"] == codes(reading)


def test_a_sheet_that_claims_a_million_rows_is_read_as_far_as_it_is_filled() -> None:
    part = (
        b'<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="A1048576"><v>2</v></c></row></sheetData></worksheet>'
    )
    reading = read_sheets(with_sheet(part), "a.xlsx")
    assert ((Sheet("blad", (("1",),)),), ["sheet-empty-rows"]) == (reading.sheets, codes(reading))


def test_a_sheet_is_read_up_to_its_limits_and_says_so() -> None:
    long = read_sheets(("naam\n" * (ROWS_MAX + 5)).encode(), "a.csv")
    assert (ROWS_MAX, ["sheet-too-long"]) == (len(long.sheets[0].rows), codes(long))
    wide = read_sheets((";".join("x" * (COLUMNS_MAX + 5))).encode(), "a.csv")
    assert (COLUMNS_MAX, ["sheet-too-wide"]) == (len(wide.sheets[0].rows[0]), codes(wide))
    gap = read_sheets(("a\n" + "\n" * EMPTY_ROWS_MAX + "b\n").encode(), "a.csv")
    assert ((("a",),), ["sheet-empty-rows"]) == (gap.sheets[0].rows, codes(gap))
    text = read_sheets(("a;" + "x" * 40_000).encode(), "a.csv")
    assert (32_767, ["sheet-cell-too-long"]) == (len(text.sheets[0].rows[0][1]), codes(text))
    many = read_sheets(xlsx({f"s{n}": [["x"]] for n in range(52)}), "a.xlsx")
    assert (50, ["sheet-too-many"]) == (len(many.sheets), codes(many))


HOSTILE = {
    "one row of cells": b"<worksheet><sheetData><row>" + b"<c><v>1</v></c>" * 450_000,
    "one place again and again": b"<worksheet><sheetData><row>" + b'<c r="A1"><v>1</v></c>' * 330_000,
    "elements in elements": b"<worksheet>" + b"<a>" * 2_000_000,
    "wide rows with one number": b"<worksheet><sheetData>" + b'<row r="1"><c r="KN1"><v>1</v></c></row>' * 150_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_sheet_is_given_up_in_time(what: str) -> None:
    raw = rezipped(xlsx({"blad": [["x"]]}), lambda name, old: HOSTILE[what] if name.endswith("sheet1.xml") else old)
    reading = within(CALLS_MAX, lambda: read_sheets(raw, "a.xlsx"))
    assert 1 == len(reading.findings)


FAR = (
    b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    b'<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
)
SPARSE: dict[str, tuple[bytes, str]] = {
    "a new workbook": (with_sheet(FAR), "sheet-empty-rows"),
    "an old workbook": (xls_of_cells([(0, 0, 1.0), (65_535, 255, 2.0)]), "sheet-empty-rows"),
    "an old workbook with a column beyond its last": (
        xls_of_cells([(0, 0, 1.0), (65_535, 65_535, 2.0)]),
        "sheet-damaged",
    ),
}
MEMORY_MAX = 512 * 1024 * 1024  # for all of Python, its libraries and the sheet: the rectangle would be more
READ = "import sys; from forms.spreadsheets.reading import read_sheets\n" \
    "print(*(one.code for one in read_sheets(sys.stdin.buffer.read(), 'a').findings))"  # fmt: skip


@pytest.mark.parametrize("what", SPARSE)
def test_two_cells_far_apart_cost_what_two_cells_cost(what: str) -> None:
    """In a process of its own with little memory: what a library in another language takes, Python does not see."""
    raw, code = SPARSE[what]
    ended = subprocess.run(
        [sys.executable, "-c", READ], input=raw, capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX)),
    )  # fmt: skip
    assert (0, f"{code}\n".encode(), True) == (ended.returncode, ended.stdout, len(raw) < 8_000)


def test_macros_and_links_to_other_files_are_left_alone_and_said() -> None:
    extra = {"xl/vbaProject.bin": b"\0", "xl/externalLinks/externalLink1.xml": b"<a/>"}
    reading = read_sheets(rezipped(xlsx({"a": [["x"]]}), lambda n, p: p, extra), "a.xlsm")
    assert ((Sheet("a", (("x",),)),), ["sheet-macros", "sheet-external-links"]) == (reading.sheets, codes(reading))


TEXTS = {
    "semicolons": b"naam;wijk\nDe Brug;Noord\n",
    "commas": b"naam,wijk\r\nDe Brug,Noord\r\n",
    "tabs": b"naam\twijk\nDe Brug\tNoord",
    "a mark": b"\xef\xbb\xbfnaam;wijk\nDe Brug;Noord\n",
    "quotes": b'"naam";"wijk"\n"De Brug";"Noord"\n',
    "a line that names the separator": b"sep=,\r\nnaam,wijk\r\nDe Brug,Noord\r\n",
    "UTF-16": "naam;wijk\nDe Brug;Noord\n".encode("utf-16"),
    "UTF-16 that does not say so": "naam;wijk\nDe Brug;Noord\n".encode("utf-16-be"),
}


@pytest.mark.parametrize("what", TEXTS)
def test_text_is_read_whatever_its_separator_and_encoding(what: str) -> None:
    assert (("naam", "wijk"), ("De Brug", "Noord")) == rows(TEXTS[what], "map/scholen.csv")
    assert "scholen" == read_sheets(TEXTS[what], "C:\\map\\scholen.csv").sheets[0].name


def test_a_separator_between_quotes_separates_nothing() -> None:
    assert (("naam", "adres"), ("a; b; c", "x\ny"), ('zegt "ja"',)) == rows(
        b'naam,adres\n"a; b; c","x\ny"\n"zegt ""ja"""\n', "a.csv"
    )


def test_what_had_to_be_assumed_of_an_encoding_is_said() -> None:
    assumed = read_sheets("naam\nZoë\n".encode("cp1252"), "a.csv")
    assert ((("naam",), ("Zoë",)), ["sheet-encoding-assumed"]) == (assumed.sheets[0].rows, codes(assumed))
    mixed = read_sheets("naam;é;ë\nZo".encode() + b"\xeb\n" + "Renée\n".encode(), "a.csv")
    assert ((("naam", "é", "ë"), ("Zo\ufffd",), ("Renée",)), ["sheet-bytes-wrong"]) == (
        mixed.sheets[0].rows,
        codes(mixed),
    )


def test_formulas_in_text_are_text_and_are_named() -> None:
    reading = read_sheets(b"naam;bedrag;telefoon\n=1+1;-3;+31 6\n@SUM(A1);2;-x\n", "a.csv")
    assert (("naam", "bedrag", "telefoon"), ("=1+1", "-3", "+31 6"), ("@SUM(A1)", "2", "-x")) == reading.sheets[0].rows
    assert [("sheet-formula-text", "a!A2")] == [(one.code, one.path) for one in reading.findings]


def test_a_quote_that_does_not_fit_is_named() -> None:
    assert [("sheet-quote", "a")] == [
        (one.code, one.path) for one in read_sheets(b'a;b\n"x"y;1\nz;2\n', "a.csv").findings
    ]


def test_a_file_is_read_as_what_it_is_and_a_name_that_says_otherwise_is_said() -> None:
    assert ["sheet-named-otherwise"] == codes(read_sheets(b"a;b\n", "a.xlsx"))
    assert ["sheet-named-otherwise"] == codes(read_sheets(xlsx({"a": [["x"]]}), "a.xls"))
    assert ["sheet-named-otherwise"] == codes(read_sheets(xls([["x"]]), "a.csv"))
    assert () == read_sheets(b"a;b\n", "a").findings


def test_columns_have_the_names_that_workbooks_show() -> None:
    assert ["A", "Z", "AA", "KN", "XFD"] == [letters(column) for column in (1, 26, 27, 300, 16384)]


REAL = [xlsx({"survey": [["type", "name"], ["text", "a"], [1.5, date(2026, 1, 1)]]}), xls([["naam", 1.0], ["x", True]])]


@settings(deadline=None, max_examples=tries(300))
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"), b"\xff\xfe"]))
def test_no_bytes_raise(raw: bytes, magic: bytes) -> None:
    reading = read_sheets(magic + raw, "a.xlsx")
    assert reading.sheets or reading.findings


@settings(deadline=None, max_examples=tries(150))
@given(st.sampled_from(REAL), st.data())
def test_no_part_of_a_real_workbook_raises(raw: bytes, data: st.DataObject) -> None:
    reading = read_sheets(raw[: data.draw(st.integers(0, len(raw) - 1))], "a.xlsx")
    assert reading.sheets or reading.findings


@settings(deadline=None, max_examples=tries(300))
@given(st.sampled_from(REAL), st.integers(0, 2**32))
def test_no_damage_to_a_real_workbook_raises(raw: bytes, seed: int) -> None:
    chance, damaged = random.Random(seed), bytearray(raw)
    for _ in range(chance.randint(1, 12)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    reading = read_sheets(bytes(damaged), "a.xls")
    assert reading.sheets or reading.findings


@settings(deadline=None, max_examples=tries(300))
@given(st.data())
def test_no_damage_to_a_part_of_a_workbook_raises(data: st.DataObject) -> None:
    names = [name for name in zipfile.ZipFile(io.BytesIO(REAL[0])).namelist() if name.startswith(("xl/", "_"))]
    hit = data.draw(st.sampled_from(names))
    seed = data.draw(st.integers(0, 2**32))

    def change(name: str, part: bytes) -> bytes:
        if name != hit:
            return part
        chance, damaged = random.Random(seed), bytearray(part)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'<>/"0 9rA')
        return bytes(damaged)

    reading = read_sheets(rezipped(REAL[0], change), "a.xlsx")
    assert reading.sheets or reading.findings


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="="), min_size=1),
    st.integers(-(10**12), 10**12),
    st.booleans(),
    st.dates(date(1901, 1, 1)),
)


def shown(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value).upper() if isinstance(value, bool) else normalize("NFC", str(value))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6))
def test_what_was_written_into_a_workbook_is_read_from_it(values: list[list[object]]) -> None:
    assert tuple(tuple(map(shown, row)) for row in values) == rows(xlsx({"blad": values}))
