"""Tables as wide as the terminal: columns that do not fit are broken into lines, and no word is left out."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from backend.cli.output import clean, facts_of, say, width

GAP: Final = 2  # between columns
NARROWEST: Final = 8  # a column that is made narrower stays this wide


def table(rows: Iterable[Sequence[str]], heads: Sequence[str] = (), indent: int = 0) -> None:
    """Print rows under their heads; a line end in a cell begins a line of its own in its column."""
    cells = [[[clean(line) for line in cell.split("\n")] for cell in row] for row in rows]
    shown = [[[clean(head)] for head in heads], *cells] if heads else cells
    if not cells:
        return
    natural = [max(len(line) for row in shown for line in row[place]) for place in range(len(cells[0]))]
    widths = _fitting(natural, width() - indent)
    for row in shown:
        for line in _lines(row, widths):
            say(" " * indent + line)


def _fitting(natural: Sequence[int], room: int) -> list[int]:
    """The width of each column: its own, or less for the widest ones until all fit."""
    widths, room = list(natural), room - GAP * (len(natural) - 1)
    while sum(widths) > room and max(widths) > NARROWEST:
        widest = widths.index(max(widths))
        widths[widest] -= min(widths[widest] - NARROWEST, sum(widths) - room, 8) or 1
    return widths


def _lines(row: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterable[str]:
    broken = [
        [part for line in cell for part in (textwrap.wrap(line, wide) or [""])] if wide else [""]
        for cell, wide in zip(row, widths, strict=True)
    ]
    for place in range(max(len(cell) for cell in broken)):
        parts = [cell[place] if place < len(cell) else "" for cell in broken]
        yield (" " * GAP).join(part.ljust(wide) for part, wide in zip(parts, widths, strict=True)).rstrip()


def wrapped(text: str, indent: int, lines_max: int = 0) -> None:
    """Print a text within the terminal; with `lines_max` no more lines, the last one ending in …"""
    found = textwrap.wrap(clean(text), width() - indent) or [""]
    if lines_max and len(found) > lines_max:
        rest = textwrap.shorten(" ".join(found[lines_max - 1 :]), width() - indent, placeholder=" …")
        found = [*found[: lines_max - 1], rest]
    for one in found:
        say(" " * indent + one)


def facts_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, codes: bool = False) -> None:
    """Print facts, a row each, under their names."""
    heads, cells = facts_of(rows, columns, codes=codes)
    table(cells, heads)
