"""A hundred survey rows of others, chosen by chance and read by a person beside what became of them.

`rows_read.json` has a row for each: the workbook by its hash, the place, what became of it, and how that was judged.
`same`: it asks what it asked. `said`: something is different or lost, and the report says so at that row. Where a row
was judged `silent` (lost without a word) the import was mended, and it is judged as it is now: `mended` says what was.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from forms.interchange.xlsform_import.xlsform import import_xlsform
from tests.forms.interchange.rows_read import ROWS, became, key, picked

TABLE = json.loads((Path(__file__).parent / "rows_read.json").read_text())
SHARED = Path(os.environ.get("VELDPOST_XLSFORMS", Path(__file__).parents[4] / "shared" / "xlsforms"))
here = pytest.mark.skipif(not SHARED.is_dir(), reason="the workbooks of others are not here: no row of theirs is read")


def test_every_row_was_judged_and_what_is_lost_is_said() -> None:
    assert len(TABLE) == ROWS
    judged = Counter(row["judged"] for row in TABLE)
    assert {"same", "said"} == judged.keys()
    for row in TABLE:
        carried = row["became"]["outcome"] in {"carried", "renamed"}
        assert carried or row["became"]["notes"], row
        assert row["judged"] == "said" or row["became"]["outcome"] != "not-possible", row


@here
def test_every_row_became_what_was_read() -> None:
    rows = list(picked(SHARED))
    if [row["book"] for row in TABLE] != [key(raw) for raw, _, _ in rows]:
        pytest.skip("other workbooks stand here than those that were read")
    imports = {name: import_xlsform(raw, name) for raw, name, _ in rows}
    for table, (_, name, source) in zip(TABLE, rows, strict=True):
        report = next(row for row in imports[name].rows if row.source == source)
        assert (table["row"], table["became"]) == (source, became(imports[name], report))
