"""Workbooks from the test data of pyxform, good and broken ones, used in place (interchange/SPEC.md section 9).

They stand beside the checkout in `shared/xlsforms`, or where VELDPOST_XLSFORMS says; where they are missing these tests
are skipped, and say so.
"""

import json
import os
from pathlib import Path

import pytest

from forms.definition.document import load_form
from forms.interchange.drafts import STAND_IN
from forms.interchange.xlsform_import.xlsform import import_xlsform
from tests.work import within

ROOT = Path(__file__).parents[3]
PLACES = [Path(os.environ.get("VELDPOST_XLSFORMS", "-")), *(above / "shared" / "xlsforms" for above in ROOT.parents)]
FOLDER = next((place for place in PLACES if place.is_dir()), None)
BOOKS = sorted(path for path in FOLDER.iterdir() if path.suffix in {".xls", ".xlsx"}) if FOLDER is not None else []
MISSING = "no shared/xlsforms beside the checkout and no VELDPOST_XLSFORMS: the workbooks of pyxform are not tried"
CALLS_MAX = 2_000_000
WITHOUT_DOCUMENT = {"bad_calc.xlsx", "calculate.xls", "hidden.xls", "pull_data.xlsx"}  # they ask nothing

pytestmark = pytest.mark.skipif(FOLDER is None, reason=MISSING)


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_a_workbook_of_others_becomes_a_form_or_says_why_not_within_a_second(path: Path) -> None:
    found = within(CALLS_MAX, lambda: import_xlsform(path.read_bytes(), path.name))
    assert all(row.notes or row.outcome == "carried" for row in found.rows)
    if path.name in WITHOUT_DOCUMENT:
        assert found.document is None
        assert "import-no-questions" in {one.code for one in found.todo}
    else:
        assert found.document is not None
        assert found.document["form"] == load_form(json.dumps({**found.document, **STAND_IN}).encode()).slug


def test_most_of_what_others_wrote_is_carried_over() -> None:
    rows = carried = 0
    for path in BOOKS:
        found = import_xlsform(path.read_bytes(), path.name)
        rows, carried = rows + len(found.rows), carried + found.count("carried")
        print(f"{path.name:40} {found.share_carried():3} % of {len(found.rows)} rows carried over")  # noqa: T201 - the share is for whoever runs it to see
    print(f"{'all':40} {100 * carried // rows:3} % of {rows} rows carried over")  # noqa: T201 - the share is for whoever runs it to see
    assert 100 * carried // rows >= 60
