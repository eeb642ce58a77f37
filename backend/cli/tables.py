"""Tables as wide as the terminal: columns that do not fit are broken into lines, and no word is left out."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from backend.cli.output import clean, facts_of, flow, lines, say, width

GAP: Final = 2  # between columns
NARROWEST: Final = 8  # a column that is made narrower stays this wide
ID: Final = 32  # signs of an id, the only thing that is broken inside: into halves
NAMED_FROM: Final = 3  # facts of a row that stand first, without their names, where a table has no room
INDENT: Final = 4  # of the lines with the others


def table(rows: Iterable[Sequence[str]], heads: Sequence[str] = (), indent: int = 0) -> None:
    """Print rows under their heads; a line end in a cell begins a line of its own in its column."""
    cells = [[[clean(line) for line in cell.split("\n")] for cell in row] for row in rows]
    shown = [[[clean(head)] for head in heads], *cells] if heads else cells
    if not cells:
        return
    widths = _fitting(*_needed(shown), width() - indent)
    for row in shown:
        for line in _lines(row, widths):
            say(" " * indent + line)


def _needed(shown: Sequence[Sequence[Sequence[str]]]) -> tuple[list[int], list[int]]:
    """The width of each column by itself, and how narrow it may become before one of its words is broken."""
    columns = [[line for row in shown for line in row[place]] for place in range(len(shown[0]))]
    natural = [max(map(len, lines)) for lines in columns]
    least = [max((_unbroken(word) for line in lines for word in line.split()), default=0) for lines in columns]
    return natural, [min(wide, max(narrow, NARROWEST)) for wide, narrow in zip(natural, least, strict=True)]


def _unbroken(word: str) -> int:
    return ID // 2 if len(word) >= ID else len(word)


def _fitting(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The width of each column: its own, or less for the widest ones until all fit; words are broken last."""
    widths, room = list(natural), room - GAP * (len(natural) - 1)
    for floors in (least, [min(NARROWEST, wide) for wide in natural]):
        while sum(widths) > room and any(wide > floor for wide, floor in zip(widths, floors, strict=True)):
            _, widest = max((wide, place) for place, wide in enumerate(widths) if wide > floors[place])
            widths[widest] -= min(widths[widest] - floors[widest], sum(widths) - room, 8)
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
    """Print facts, a row each, under their names; where words would be broken, a row as lines with the names in it."""
    heads, cells = facts_of(rows, columns, codes=codes)
    _, least = _needed([[one.split("\n") for one in row] for row in (heads, *cells)])
    if sum(least) + GAP * (len(heads) - 1) <= width():
        table(cells, heads)
        return
    for row in cells:
        flow((" " * GAP).join(cell for cell in row[:NAMED_FROM] if cell))
        named = [one for one in zip(heads[NAMED_FROM:], row[NAMED_FROM:], strict=True) if one[1]]
        short = [f"{head}: {cell}" for head, cell in named if "\n" not in cell]
        if short:
            flow((" " * GAP).join(short), INDENT)
        for head, cell in named:
            if "\n" in cell:
                lines(head, cell.split("\n"), INDENT)
