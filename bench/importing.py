"""What the import of an XLSForm costs, beside `pyxform` alone on the same file: at most twice as much.

    .venv/bin/python bench/importing.py [--runs 7] [--folder FOLDER ...]

Prints the median CPU seconds of `import_xlsform` and of `pyxform.xls2xform.convert` of a generated workbook of a
thousand rows, by turns in one process, and their ratio. The import reads the workbook, asks `pyxform`, translates, and
looks at the whole draft as publishing will.

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
from tests.forms.interchange.tables import thousand

RATIO_MAX: Final = 2.0
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


def main() -> None:
    """Measure both by turns, after one run of each that warms up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", type=Path, action="append", default=[])
    given = parser.parse_args()
    runs, folders = given.runs, [*([SHARED] if SHARED.is_dir() else []), *given.folder]
    raw = thousand()
    found = import_xlsform(raw, "groot.xlsx")
    ours, theirs = [], []
    for run in range(runs + 1):
        one = seconds(lambda: import_xlsform(raw, "groot.xlsx"))
        other = seconds(lambda: convert(raw, file_type=".xlsx", validate=False))
        if run:
            ours.append(one)
            theirs.append(other)
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    said = {
        "rows": len(found.rows),
        "percent carried": found.share_carried(),
        "import CPU s": round(statistics.median(ours), 3),
        "pyxform CPU s": round(statistics.median(theirs), 3),
        "ratio": round(ratio, 2),
        "ratio at most": RATIO_MAX,
    }
    print(json.dumps(said, indent=1))
    shared = carried(folders)
    print(json.dumps(shared, indent=1))
    sys.exit(ratio > RATIO_MAX or bool(shared["drafts that do not load"]))


if __name__ == "__main__":
    main()
