"""Tables kept as text (.csv), in whatever encoding and with whatever separator an office writes (SPEC.md 11.1)."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Final

from forms.findings import Finding, finding
from forms.spreadsheets.sheet import CELL_CHARACTERS_MAX, COLUMNS_MAX, Budget, Grid, SheetReading, refusal

FILE_BYTES_MAX: Final = 4 * 1024 * 1024  # 10,000 schools have 1 MB
SEPARATORS: Final = ";,\t|"  # in this order where a table shows no preference: Dutch workbooks write ;
SAMPLE_LINES: Final = 50
SEP_MAX: Final = 16  # characters in which the line that names the separator ends
FORMULA_SIGNS: Final = ("=", "+", "-", "@")

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROLS: Final = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1A}


def read(raw: bytes, name: str) -> SheetReading:
    """The one table of a text; its sheet is called as the file is."""
    if len(raw) > FILE_BYTES_MAX:
        return refusal("sheet-file-too-large", size=len(raw), limit=FILE_BYTES_MAX)
    text, found = _decoded(raw)
    if text is None:
        return SheetReading((), tuple(found))
    grid = Grid(name, Budget())
    text, separator = _separated(text)
    found += _fill(grid, text, separator)
    return SheetReading((grid.sheet(),), (*found, *grid.findings()))


def _decoded(raw: bytes) -> tuple[str | None, list[Finding]]:
    """The text of a file; what had to be assumed to read it is said. None if it is no text at all."""
    encoding = next((encoding for mark, encoding in _BOMS if raw.startswith(mark)), None) or _wide(raw)
    if encoding is not None:
        text = raw.decode(encoding, "replace").removeprefix("\ufeff")
        if _is_binary(text):
            return None, [finding("sheet-no-table", "")]
        return text, [finding("sheet-bytes-wrong", "", encoding=encoding.upper())] if "\ufffd" in text else []
    if any(sign in _CONTROLS for sign in raw[:CELL_CHARACTERS_MAX]):
        return None, [finding("sheet-no-table", "")]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError:
        loose = raw.decode("utf-8", "replace")
    if sum(sign > "\x7f" for sign in loose) > 2 * loose.count("\ufffd"):
        return loose, [finding("sheet-bytes-wrong", "", encoding="UTF-8")]
    text = raw.decode("cp1252", "replace")
    found = [finding("sheet-encoding-assumed", "", encoding="Windows-1252")]
    return text, [*found, finding("sheet-bytes-wrong", "", encoding="Windows-1252")] if "\ufffd" in text else found


def _wide(raw: bytes) -> str | None:
    """UTF-16 that does not say so: every other byte of ordinary text is zero."""
    sample = raw[:2_000]
    if len(sample) < 4 or len(raw) % 2:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 3 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) // 3 and odd == 0 else None


def _is_binary(text: str) -> bool:
    return any(ord(sign) in _CONTROLS for sign in text[:CELL_CHARACTERS_MAX])


def _separated(text: str) -> tuple[str, str]:
    """The text without the line that names its separator, if it has one; and the separator."""
    first, ending, _ = text[:SEP_MAX].replace("\r\n", "\n").replace("\r", "\n").partition("\n")
    if first.lower().startswith("sep=") and len(first) == 5 and ending:
        return _LINE_END.split(text, 1)[1], first[4]
    lines = _outside_quotes(text).split("\n")[:SAMPLE_LINES]
    lines = [line for line in lines if line.strip()]
    return text, max(SEPARATORS, key=lambda sign: _steadiness(lines, sign))


def _outside_quotes(text: str) -> str:
    """The beginning of the text without what stands between quotes, where a separator separates nothing; a line ends as
    Windows, Unix or a Mac of before ends it."""
    pieces = text[: 64 * 1024].split('"')
    return _LINE_END.sub("\n", "".join(piece for place, piece in enumerate(pieces) if place % 2 == 0))


def _steadiness(lines: list[str], sign: str) -> tuple[bool, int, int]:
    """Measure how well a sign separates: in the headings, then in how many lines equally often, then how often."""
    if not lines or sign not in lines[0]:
        return False, 0, 0
    times = Counter(line.count(sign) for line in lines)
    return True, times[lines[0].count(sign)], lines[0].count(sign)


def _fill(grid: Grid, text: str, separator: str) -> Iterator[Finding]:
    """Put the rows into the grid; a quote that is not closed, or that stands wrongly, is said once."""
    broken = _broken_quote(text, separator)
    if broken:
        yield finding("sheet-quote", grid.name, row=broken)
    number = 0
    try:
        for number, cells in enumerate(_reader(text, separator, strict=False), 1):
            for column, cell in enumerate(cells[:COLUMNS_MAX], 1):
                if cell.startswith(FORMULA_SIGNS) and is_formula(cell):
                    grid.remarks.say("sheet-formula-text", number, column)
            if not grid.put(number, cells):
                break
    except csv.Error:
        yield finding("sheet-broken-off", grid.name, row=number)


def _broken_quote(text: str, separator: str) -> int:
    if '"' not in text:
        return 0
    number = 0
    try:
        for _ in _reader(text, separator, strict=True):
            number += 1
    except csv.Error:
        return number + 1
    return 0


def _reader(text: str, separator: str, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(StringIO(text, newline=""), delimiter=separator, strict=strict)


def is_formula(cell: str) -> bool:
    """True if a workbook would work this text out when it opens it: it begins as a formula, and is no number."""
    if not cell.startswith(FORMULA_SIGNS):
        return False
    rest = cell[1:].strip().replace(".", "").replace(",", "").replace(" ", "").replace("-", "")
    return bool(rest) and not (cell[0] in "+-" and rest.isdigit())
