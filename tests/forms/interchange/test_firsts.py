"""The column `default` of a workbook: a first answer of ours, and back (interchange SPEC 4.2, export SPEC 2)."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pyxform.xls2xform import convert

from forms.definition.document import load_form
from forms.interchange.drafts import STAND_IN
from forms.interchange.report import Import
from forms.interchange.xlsform_export.xlsform import to_xlsform
from forms.interchange.xlsform_import.xlsform import import_xlsform
from forms.records.beginning import Beginner
from tests.forms.interchange.tables import made

BOOK = """
| survey |
| | type | name | label | default | relevant | calculation |
| | date | dag | Dag | today() | | |
| | date | vast | Vast | 2026-01-31 | | |
| | integer | uren | Uren | 3 | | |
| | decimal | graden | Graden | -2.5 | | |
| | text | woord | Woord | 6 tot 8 - of later, zei hij | | |
| | select_one s | soort | Soort | b | | |
| | select_multiple s | meer | Meer | a b | | |
| | integer | dubbel | Dubbel | ${uren} * 2 | | |
| | text | hangt | Hangt | x | ${soort} = 'a' | |
| | begin repeat | kind | Kind | | | |
| | date | begin | Begin | ${dag} | | |
| | end repeat | | | | | |
| | select_one s | fout | Fout | z | | |
| | integer | geen | Geen | veel | | |
| | image | foto | Foto | a.jpg | | |
| | text | kans | Kans | uuid() | | |
| | date | tekst | Tekst | ${uren} + 1 | | |
| choices |
| | list_name | name | label |
| | s | a | A |
| | s | b | B |
"""
ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
FIRST: dict[str, Any] = {
    "/dag": "2026-11-27", "/vast": "2026-01-31", "/uren": 3, "/graden": -2.5, "/soort": "b", "/meer": ["a", "b"],
    "/dubbel": 6, f"/kind/{ITEM}/begin": "2026-11-27",
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Import:
    return import_xlsform(made(BOOK), "proef.xlsx")


def first_of(found: Import) -> dict[str, Any]:
    assert found.document is not None
    form = load_form(json.dumps(found.document | STAND_IN).encode())
    return Beginner(form).answers({f"/kind/{ITEM}": {}}, "2026-11-27")


def test_defaults_are_filled_in_when_a_record_is_begun(found: Import) -> None:
    assert FIRST == {path: value for path, value in first_of(found).items() if path != "/woord"}


def test_a_default_with_a_hyphen_in_a_text_is_read_as_pyxform_reads_it(found: Import) -> None:
    """pyxform takes it for a sum, which JavaRosa cannot work out: nothing is filled in, and the row says so."""
    assert "/woord" not in first_of(found)
    assert "import-column-left" in notes(found, "woord")


def notes(found: Import, name: str) -> list[str]:
    return [note.code for row in found.rows if row.name == name for note in row.notes]


@pytest.mark.parametrize("name", ["dag", "vast", "uren", "graden", "soort", "meer", "dubbel", "hangt", "begin"])
def test_a_row_with_a_default_is_carried_over(found: Import, name: str) -> None:
    assert ["carried"] == [row.outcome for row in found.rows if row.name == name and row.source.startswith("survey")]


@pytest.mark.parametrize("name", ["fout", "geen", "foto", "kans", "tekst"])
def test_a_default_that_is_no_answer_is_left_out_with_a_line(found: Import, name: str) -> None:
    assert found.document is not None
    assert "first" not in found.document["fields"][f"/{name}"]
    assert {"import-column-left", "import-expression-left"} & set(notes(found, name))


def test_what_is_exported_comes_back_as_it_was(found: Import) -> None:
    exported = to_xlsform(found.document or {}).workbook
    assert exported is not None
    assert found.document == import_xlsform(exported, "proef.xlsx").document


@pytest.mark.skipif(shutil.which("java") is None, reason="no Java here: ODK Validate judges no export")
def test_odk_validate_accepts_first_answers(found: Import, tmp_path: Path) -> None:
    exported = to_xlsform(found.document or {}).workbook
    assert exported is not None
    (tmp_path / "uit.xlsx").write_bytes(exported)
    xform = convert(tmp_path / "uit.xlsx", validate=True).xform
    assert "setvalue" in xform and "<vast>2026-01-31</vast>" in xform and "<meer>a b</meer>" in xform
