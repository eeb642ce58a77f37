"""Answers in the texts of a workbook: mentions of ours, in words, and back (interchange SPEC 4.5, export SPEC 2)."""

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
from forms.records.relevance import Examiner
from forms.records.speaking import Speaking
from forms.versions import mentioning
from tests.forms.interchange.tables import made

BOOK = """
| survey |
| | type | name | label | hint | constraint | constraint_message | relevant |
| | text | Naam | Naam | | | | |
| | integer | leeftijd | Hoe oud is ${Naam}? | Vraag het ${ Naam } | . < 100 and . != 7 | ${Naam} is te oud | |
| | note | n1 | Dag ${Naam} | | | | ${leeftijd} > 3 |
| | select_one s | soort | Soort | | | | |
| | begin repeat | kind | Kind ${roep} | | | | |
| | text | roep | Roepnaam | | | | |
| | date | dag | Dag van ${roep} bij ${Naam} in ${soort} | | | | |
| | end repeat | | | | | | |
| | image | foto | Foto van ${Naam} | | | | |
| | text | einde | Einde ${roep}, ${foto}, ${username} | | | | |
| choices |
| | list_name | name | label |
| | s | a | Bij ${Naam} |
| | s | b | Daar |
"""
ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
ANSWERS: dict[str, Any] = {
    "naam": "Bo", "leeftijd": 5, "soort": "b", "kind": [{"_id": ITEM, "roep": "Mik", "dag": "2026-03-05"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Import:
    return import_xlsform(made(BOOK), "proef.xlsx")


def document_of(found: Import) -> dict[str, Any]:
    assert found.document is not None
    return found.document | STAND_IN


def notes(found: Import, name: str) -> list[str]:
    return [note.code for row in found.rows if row.name == name for note in row.notes]


def test_a_label_of_a_workbook_says_the_answer(found: Import) -> None:
    form = load_form(json.dumps(document_of(found)).encode())
    says = Speaking(form, Examiner(form).examine(ANSWERS, "2026-11-27"), "nl")
    assert "Hoe oud is Bo?" == says.label("/leeftijd")
    assert "Vraag het Bo" == says.hint("/leeftijd")
    assert "Bij Bo" == says.choice("/soort", "a")
    assert "Dag van Mik bij Bo in Daar" == says.label(f"/kind/{ITEM}/dag")
    assert "Bo is te oud" == says.said(form.logic.checks[0].say, "/leeftijd")
    page = next(number for number, one in enumerate(form.sections) if one.repeat)
    assert "Kind Mik" == says.title(page, f"/kind/{ITEM}")
    assert "Dag Bo" == says.banner(next(number for number, one in enumerate(form.sections) if one.banner))


def test_a_row_whose_texts_are_said_is_carried_over(found: Import) -> None:
    outcomes = {row.name: row.outcome for row in found.rows}
    assert ("carried", "carried", "carried") == (outcomes["leeftijd"], outcomes["dag"], outcomes["n1"])


def test_what_cannot_be_said_stands_in_brackets_and_in_the_report(found: Import) -> None:
    assert {"nl": "Einde [roep], [foto], [username]"} == document_of(found)["fields"]["/einde"]["label"]
    (row,) = (row for row in found.rows if row.name == "einde")
    assert "changed" == row.outcome
    assert "roep, foto, username" in next(note.nl for note in row.notes if note.code == "import-words-answers")


def test_a_class_that_nobody_decided_is_raised_to_that_of_what_is_said(found: Import) -> None:
    """A name is free text, S2; an age would be S1, and then its label could never say the name."""
    document = document_of(found)
    assert "S2" == document["fields"]["/leeftijd"]["sensitivity"]
    assert "import-mention-class" in notes(found, "leeftijd")
    assert () == mentioning.faults(load_form(json.dumps(document).encode()), document)


def test_what_is_exported_comes_back_as_it_was(found: Import) -> None:
    exported = to_xlsform(found.document or {}).workbook
    assert exported is not None
    assert found.document == import_xlsform(exported, "proef.xlsx").document


def test_a_path_and_a_name_told_apart_come_back_as_they_were_written() -> None:
    document = document_of(import_xlsform(made(BOOK), "proef.xlsx"))
    document["schema"]["properties"]["kind"]["items"]["properties"]["naam"] = {"type": "string"}
    label = {"nl": "Van ${naam}, bij ${/naam}, voor ${bedrag}"}
    document["fields"]["/kind/*/naam"] = {"label": label, "sensitivity": "S2"}
    next(page for page in document["layout"] if page.get("repeat"))["fields"].append("naam")
    exported = to_xlsform(document).workbook
    assert exported is not None
    back = import_xlsform(exported, "proef.xlsx").document
    assert back is not None and label == back["fields"]["/kind/*/naam"]["label"]


def test_an_export_says_where_others_show_a_code_or_a_date_as_it_is_kept(found: Import) -> None:
    rows = {row.source: [note.code for note in row.notes] for row in to_xlsform(found.document or {}).rows}
    assert "export-mention" in rows["/kind/*/dag"] and "export-mention" not in rows["/leeftijd"]


@pytest.mark.skipif(shutil.which("java") is None, reason="no Java here: ODK Validate judges no export")
def test_odk_validate_accepts_texts_that_mention_answers(found: Import, tmp_path: Path) -> None:
    exported = to_xlsform(found.document or {}).workbook
    assert exported is not None
    (tmp_path / "uit.xlsx").write_bytes(exported)
    assert '<output value=" ../roep "/>' in convert(tmp_path / "uit.xlsx", validate=True).xform
