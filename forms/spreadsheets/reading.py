"""Tables from elsewhere, read safely: bytes in, cells as text out (SPEC.md section 11).

What a file is, its bytes say; its name only decides what is said about it. No file raises, none takes longer than a
second, and whatever is not read is said.
"""

from typing import Final

from forms.findings import finding
from forms.spreadsheets import delimited, xls, xlsx
from forms.spreadsheets.sheet import FILE_BYTES_MAX, Sheet, SheetReading, refusal, tidy

__all__ = ["Sheet", "SheetReading", "read_sheets"]

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS: Final = (  # what people hand in by mistake, by its first bytes
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"{\\rtf", "RTF"),
)
_MARKUP: Final = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<head", b"<meta")
_NAMED: Final = {"xlsx": (".xlsx", ".xlsm", ".xltx", ".xltm"), "xls": (".xls", ".xlt")}


def read_sheets(raw: bytes, filename: str) -> SheetReading:
    """The tables in a file, and what is to be said of them; one without sheets could not be read.

    `filename` names the one table of a text, and is compared with what the file turns out to be.
    """
    if len(raw) > FILE_BYTES_MAX:
        return refusal("sheet-file-too-large", size=len(raw), limit=FILE_BYTES_MAX)
    if not raw.strip(b"\x00 \r\n\t"):
        return refusal("sheet-empty-file")
    if raw.startswith(_ZIP):
        return _named(xlsx.read(raw), filename, "xlsx")
    if raw.startswith(xls.MAGIC):
        return _named(xls.read(raw), filename, "xls")
    other = next((kind for magic, kind in _OTHERS if raw.startswith(magic)), None)
    if other is not None:
        return refusal("sheet-other-kind", kind=other)
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:16].lower().startswith(_MARKUP):
        return refusal("sheet-other-kind", kind="HTML/XML")
    return _named(delimited.read(raw, _stem(filename)), filename, "csv")


def _stem(filename: str) -> str:
    name = tidy(filename.replace("\\", "/").rpartition("/")[2])[:100]
    return name.rpartition(".")[0] or name or "1"


def _named(reading: SheetReading, filename: str, kind: str) -> SheetReading:
    """Say it if the name promises a workbook of another kind; the file is read as what it is."""
    promised = next((one for one, ends in _NAMED.items() if filename.lower().endswith(ends)), "csv")
    workbook = "." in filename and promised != kind and (promised != "csv" or filename.lower().endswith(".csv"))
    if not reading.sheets or not workbook:
        return reading
    said = finding("sheet-named-otherwise", "", promised=promised, kind=kind)
    return SheetReading(reading.sheets, (said, *reading.findings))
