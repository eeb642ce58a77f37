"""Workbooks for tests: made by openpyxl, or byte by byte where no program makes them any more."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import openpyxl

SECTOR = 512


def xlsx(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """A workbook with these rows of values."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rezipped(raw: bytes, change: Callable[[str, bytes], bytes], extra: Mapping[str, bytes] | None = None) -> bytes:
    """The same archive with its parts changed, and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in (extra or {}).items():
            new.writestr(name, part)
    return out.getvalue()


def with_sheet(part: bytes) -> bytes:
    """A workbook whose first sheet is exactly this XML."""
    return rezipped(xlsx({"blad": [["x"]]}), lambda name, old: part if name.endswith("sheet1.xml") else old)


def _record(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _text(written: str) -> bytes:
    return struct.pack("<HB", len(written), 1) + written.encode("utf-16-le")


def _formats() -> bytes:
    plain, dated = (struct.pack("<HHHBBBBIIH", 0, number, 0, 0x20, 0, 0, 0, 0, 0, 0) for number in (0, 14))
    return _record(0xE0, plain) + _record(0xE0, dated)


def _cell(row: int, column: int, value: Any) -> bytes:
    at = struct.pack("<HH", row, column)
    if isinstance(value, bool):
        return _record(0x205, at + struct.pack("<HBB", 0, value, 0))
    if isinstance(value, tuple):  # a date: the number of days
        return _record(0x203, at + struct.pack("<Hd", 1, value[0]))
    if isinstance(value, float):
        return _record(0x203, at + struct.pack("<Hd", 0, value))
    if value is None:  # the error #N/A
        return _record(0x205, at + struct.pack("<HBB", 0, 0x2A, 1))
    return _record(0x204, at + struct.pack("<H", 0) + _text(value))


def xls(rows: Sequence[Sequence[Any]], *, encrypted: bool = False) -> bytes:
    """An old workbook (BIFF8 in an OLE2 container) with one sheet."""
    cells = ((at, place, value) for at, row in enumerate(rows) for place, value in enumerate(row))
    return xls_of_cells(cells, encrypted=encrypted)


def xls_of_cells(placed: Iterable[tuple[int, int, Any]], *, encrypted: bool = False) -> bytes:
    """An old workbook with these cells alone: row, column (from 0) and value."""
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
    secret = _record(0x2F, b"\x00\x00" + bytes(4)) if encrypted else b""
    listed = struct.pack("<BB", 4, 0) + b"blad"
    ahead = begin + secret + _record(0x42, struct.pack("<H", 1200)) + _formats()
    start = len(ahead) + 4 + 6 + len(listed) + 4
    book = ahead + _record(0x85, struct.pack("<IBB", start, 0, 0) + listed) + _record(0x0A, b"")
    cells = b"".join(_cell(row, column, value) for row, column, value in placed)
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6)) + cells + _record(0x0A, b"")
    return _container(book + sheet)


def _container(stream: bytes) -> bytes:
    """An OLE2 file with this one stream: its tables of sectors first, then the directory, then the stream."""
    stream = stream.ljust(4096, b"\0")
    stream += bytes(-len(stream) % SECTOR)
    count = len(stream) // SECTOR
    tables = next(number for number in range(1, 110) if number * (SECTOR // 4) >= number + 1 + count)
    first = tables + 1
    chain = [0xFFFFFFFD] * tables + [0xFFFFFFFE, *range(first + 1, first + count), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(tables * SECTOR, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack(f"<{tables}I", *range(tables))
    directory = _entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + _entry("Workbook", 2, first, len(stream)) + bytes(2 * 128)
    return header.ljust(SECTOR, b"\xff") + table + directory + stream


def _entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    named = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        named.ljust(64, b"\0")
        + struct.pack("<HBB", len(named), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<III", start, size, 0)
    )
