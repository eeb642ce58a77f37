"""What the import of an XLSForm costs, beside `pyxform` alone on the same file: at most twice as much.

    .venv/bin/python bench/importing.py [--runs 7] [--folder FOLDER ...]

Prints the median CPU seconds of `import_xlsform` and of `pyxform.xls2xform.convert` of a generated workbook of a
thousand rows, by turns in one process, and their ratio. The import reads the workbook, asks `pyxform`, translates, and
looks at the whole draft as publishing will.

It does the same for surveys of 700, 1,400 and 2,800 rows whose groups have the same names, and prints what a row costs
in the largest beside the smallest.

Over the workbooks of `../shared/xlsforms`, where that is there, and of every FOLDER it prints the share of survey rows
that are carried over or only renamed, metadata aside, and what of all drafts does not load: none may.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from pyxform.xls2xform import convert

from forms.definition.document import faults
from forms.interchange.drafts import STAND_IN
from forms.interchange.xlsform_import.xlsform import import_xlsform
from tests.forms.interchange.tables import alike, thousand

RATIO_MAX: Final = 2.0
EQUAL: Final = (35, 70, 140)  # groups of twenty rows
GROWS_MAX: Final = 1.3  # times what a row costs; a square would be four times
SHARE_GOAL: Final = 75  # of a hundred survey rows, metadata aside
SHARED: Final = Path(__file__).parents[2] / "shared" / "xlsforms"


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def carried(folders: Iterable[Path]) -> dict[str, object]:
    """The survey rows of all workbooks by what became of them, and the drafts that do not load."""
    rows: Counter[str] = Counter()
    books, without, broken = 0, 0, []
    for folder in folders:
        for path in sorted(one for one in folder.rglob("*") if one.suffix in {".xls", ".xlsx"}):
            found = import_xlsform(path.read_bytes(), path.name)
            books, without = books + 1, without + (found.document is None)
            rows.update(row.outcome for row in found.rows if row.source.startswith("survey!") and row.source[7:] != "1")
            if found.document is not None:
                faults_left = faults(json.dumps({**found.document, **STAND_IN}, ensure_ascii=False).encode())
                broken += [path.name] if faults_left else []
    needed = rows.total() - rows["not-needed"]
    share = round(100 * (rows["carried"] + rows["renamed"]) / needed, 1) if needed else None
    return {
        "workbooks": books,
        "without a draft": without,
        "survey rows": dict(rows.most_common()),
        "percent carried or only renamed": share,
        "goal": SHARE_GOAL,
        "drafts that do not load": broken,
    }


def by_turns(raw: bytes, name: str, runs: int) -> tuple[list[float], list[float]]:
    """CPU seconds of the import and of pyxform on a workbook, by turns, after one run of each that warms up."""
    ours, theirs = [], []
    for run in range(runs + 1):
        one = seconds(lambda: import_xlsform(raw, name))
        other = seconds(lambda: convert(raw, file_type=".xlsx", validate=False))
        if run:
            ours.append(one)
            theirs.append(other)
    return ours, theirs


def of_equal_names(runs: int) -> dict[str, object]:
    """What rows cost whose names stand in every group, beside pyxform, and how that grows."""
    rows = [20 * groups for groups in EQUAL]
    costs = [by_turns(alike(groups, 2), "gelijk.xlsx", runs) for groups in EQUAL]
    each = [statistics.median(ours) / count for (ours, _), count in zip(costs, rows, strict=True)]
    return {
        "rows of equal names": rows,
        "ratios": [round(statistics.median(ours) / statistics.median(theirs), 2) for ours, theirs in costs],
        "cost of a row: most / fewest rows": round(each[-1] / each[0], 2),
        "grows at most": GROWS_MAX,
    }


def main() -> None:
    """Measure both by turns, after one run of each that warms up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", type=Path, action="append", default=[])
    given = parser.parse_args()
    runs, folders = given.runs, [*([SHARED] if SHARED.is_dir() else []), *given.folder]
    raw = thousand()
    found = import_xlsform(raw, "groot.xlsx")
    ours, theirs = by_turns(raw, "groot.xlsx", runs)
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    said = {
        "rows": len(found.rows),
        "percent carried": found.share_carried(),
        "import CPU s": round(statistics.median(ours), 3),
        "pyxform CPU s": round(statistics.median(theirs), 3),
        "ratio": round(ratio, 2),
        "ratio at most": RATIO_MAX,
    }
    equal = of_equal_names(max(1, runs // 2))
    print(json.dumps({**said, **equal}, indent=1))
    shared = carried(folders)
    print(json.dumps(shared, indent=1))
    grows = float(str(equal["cost of a row: most / fewest rows"])) > GROWS_MAX
    sys.exit(ratio > RATIO_MAX or grows or bool(shared["drafts that do not load"]))


if __name__ == "__main__":
    main()
