"""The goals of `make bench`: each row is printed beside what it may be at most, or must reach. Ratios are to controls
of the same run.

Seconds and MiB were set on a machine whose Ed25519 check costs 0.15 CPU s per 1,000; ratios hold on any machine.
"""

from collections.abc import Mapping
from typing import Final

AT_MOST: Final[Mapping[str, float]] = {
    "push of 100 / bare loop of 100": 1.4,
    "push of 100 / Ed25519 check": 0.8,
    "push of 1, 32 devices / bare loop of 1": 1.15,
    "push of 1, 32 devices / Ed25519 check": 4.0,
    "projection / Ed25519 check": 6.5,
    "statements a projected record": 0.1,
    "p99 of a push: projecting / locked": 1.2,
    "push: store of all entries / of 10,000": 1.15,
    "342 unlocked: seconds until open": 8,
    "342 unlocked: MiB": 350,
    "342 unlocked: CPU of an idle second": 0.01,
    "342 unlocked: files": 2_000,
    "grant of 10,000: CPU s": 3,
    "grant of 10,000: waits for the disk": 50,
    "first sync of 10,000 granted: CPU s": 1.2,
    "first sync of 10,000 granted: MB": 31,
    "verify of 100,000: seconds on 2 cores": 75,
    "group of 100, server: PostgreSQL / files": 1.2,
    "group of 32, server: PostgreSQL / files": 1.2,
    "group of 100: PostgreSQL / Ed25519 check": 0.6,
    "group of 100, server: standby / without": 1.25,
    "morning: p99 of an exchange, ms": 250,
    "morning: p99.9, ms": 1_000,
    "export to CSV / bare reading and writing": 3,
    "export of all: MiB beyond that of 1 %": 16,
    "desk page / bare SQL": 5,
    "desk page: projecting / still": 2,
    "push of 1: making a workbook / still": 1.1,
    "field: script a key, ms, 95th of 100": 8,
    "field: list / getAll and open": 1.5,
    "field: search / getAll and open": 1.5,
    "field: longest wait of the page, ms": 100,
    "field: first sync, longest task, ms": 100,
    "field: first sync, longest wait, ms": 100,
}
AT_LEAST: Final[Mapping[str, float]] = {
    "pushes of 100: two processes / one, own cores": 1.8,
    "pushes of 1: two processes / one, own cores": 1.8,
    "lighthouse: performance": 95,
    "lighthouse: accessibility": 95,
    "lighthouse: best-practices": 95,
    "lighthouse desk: performance": 95,
    "lighthouse desk: accessibility": 95,
    "lighthouse desk: best-practices": 95,
}


def beside(figures: Mapping[str, float | None], remark: str = "") -> None:
    """Print figures beside their goals; None is what could not be measured here."""
    for row, figure in figures.items():
        shown = "not measured" if figure is None else f"{figure:,.3f}"
        over = " OVER" if figure is not None and figure > AT_MOST[row] else ""
        print(f"{row:42} {shown:>12}   goal {AT_MOST[row]:g}{over}{f'   ({remark})' if remark else ''}")


def reached(figures: Mapping[str, float]) -> None:
    """Print figures beside what they must reach."""
    above(figures, {})


def above(figures: Mapping[str, float], remarks: Mapping[str, str]) -> None:
    """Print figures beside what they must reach, each with a remark."""
    for row, figure in figures.items():
        under = " UNDER" if figure < AT_LEAST[row] else ""
        remark = f"   ({remarks[row]})" if row in remarks else ""
        print(f"{row:42} {figure:>12,.3f}   goal {AT_LEAST[row]:g}{under}{remark}")
