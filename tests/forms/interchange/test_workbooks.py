"""Workbooks as people write them: the whole draft and the whole report are compared (interchange/SPEC.md).

Each table in `workbooks/` is made into a workbook, and stands beside what comes of it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from forms.definition.document import load_form
from forms.interchange.drafts import STAND_IN
from forms.interchange.report import Import
from forms.interchange.xlsform_import.xlsform import import_xlsform
from forms.lint.check import lint
from tests.forms.interchange.tables import made, sheets, thousand

HERE = Path(__file__).parent / "workbooks"
NAMES = sorted(path.stem for path in HERE.glob("*.md"))


def imported(name: str) -> Import:
    return import_xlsform(made((HERE / f"{name}.md").read_text()), f"{name}.xlsx")


def spoken(found: Import) -> dict[str, Any]:
    """An import with what is said of it in English."""
    return {
        "document": found.document,
        "todo": [[one.code, one.en] for one in found.todo],
        "rows": [[row.source, row.name, row.outcome, [note.en for note in row.notes]] for row in found.rows],
    }


def filled_in(document: dict[str, Any]) -> bytes:
    """A draft with what only a person can say, said mechanically."""
    return json.dumps({**document, **STAND_IN}).encode()


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_becomes_what_stands_beside_it(name: str) -> None:
    assert json.loads((HERE / f"{name}.json").read_text()) == spoken(imported(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_workbook_is_in_the_report(name: str) -> None:
    tables = sheets((HERE / f"{name}.md").read_text())
    known = {"survey", "choices", "settings", "external_choices"}
    read = {
        one.path: one.en.split()[-1].rstrip(".") for one in imported(name).todo if one.code == "import-sheet-read-as"
    }
    rows = {
        f"{read.get(sheet, sheet)}!{number}"
        for sheet, table in tables.items()
        if read.get(sheet, sheet) in known
        for number, cells in enumerate(table[1:], start=2)
        if any(cells)
    }
    assert rows == {row.source for row in imported(name).rows if not row.source.endswith("!1")}


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_loads_once_what_is_to_be_done_is_filled_in_or_says_why_there_is_none(
    name: str,
) -> None:
    found = imported(name)
    if found.document is None:
        assert {"import-no-survey", "import-no-questions"} & {one.code for one in found.todo}
    else:
        assert found.document["form"] == load_form(filled_in(found.document)).slug


def test_a_draft_cannot_be_published_before_its_purpose_basis_and_retention_are_decided() -> None:
    document = imported("plain").document
    assert document is not None
    refused = {one.path for one in lint(document) if one.code == "P10" and one.stops}
    assert {"/purpose", "/legal_basis", "/retention"} <= refused


def test_notes_are_said_in_dutch_too() -> None:
    notes = [note for name in NAMES for row in imported(name).rows for note in row.notes]
    assert [] == [note for note in notes if not note.nl or note.nl == note.en]


def test_how_much_of_a_workbook_is_carried_over_is_printed() -> None:
    found = {name: imported(name) for name in NAMES}
    for name, one in found.items():
        print(f"{name:12} {one.share_carried():3} % of {len(one.rows)} rows carried over")  # noqa: T201 - the share is for whoever runs it to see
    assert 100 == found["plain"].share_carried()
    assert 0 == found["nothing"].share_carried()


def test_a_survey_of_a_thousand_rows_is_carried_over_whole() -> None:
    found = import_xlsform(thousand(), "groot.xlsx")
    survey = [row for row in found.rows if row.source.startswith("survey!")]
    assert 1000 == len(survey)
    assert [] == [row for row in survey if row.outcome != "carried"]
    assert found.document is not None
    form = load_form(filled_in(found.document))
    assert (40, 5, 120) == (len(form.sections), len(form.repeats), len(form.computed))
    print(f"thousand     {found.share_carried():3} % of {len(found.rows)} rows carried over")  # noqa: T201 - the share is for whoever runs it to see
