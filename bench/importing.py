"""What the import of an XLSForm costs, beside `pyxform` alone on the same file: at most twice as much.

    .venv/bin/python bench/importing.py [--runs 7]

Prints the median CPU seconds of `import_xlsform` and of `pyxform.xls2xform.convert` of a generated workbook of a
thousand rows, by turns in one process, and their ratio. The import reads the workbook, asks `pyxform`, translates, and
looks at the whole draft as publishing will.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from pyxform.xls2xform import convert

from forms.interchange.xlsform_import.xlsform import import_xlsform
from tests.forms.interchange.tables import thousand

RATIO_MAX: Final = 2.0


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    """Measure both by turns, after one run of each that warms up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
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
    sys.exit(ratio > RATIO_MAX)


if __name__ == "__main__":
    main()
