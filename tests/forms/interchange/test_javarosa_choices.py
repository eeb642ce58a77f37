"""JavaRosa is the judge of filters: what ODK offers and demands is what a form of ours offers and demands.

Both ways: of a workbook that is imported here, and of a form that is exported. Without Java this is skipped.
"""

import itertools
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyxform.xls2xform import convert

from forms.definition.document import Form, load_form
from forms.interchange.drafts import STAND_IN
from forms.interchange.xlsform_export.xlsform import to_xlsform
from forms.interchange.xlsform_import.xlsform import import_xlsform
from forms.records.relevance import Examiner
from tests.forms.interchange.tables import made
from tests.forms.interchange.test_javarosa import JAR, filled, pytestmark  # noqa: F401 - without Java nothing judges

CHOOSER = Path(__file__).parent / "Chooser.java"
TODAY = "2026-03-01"
Asked = dict[str, tuple[bool, list[str]]]

BOOK = (Path(__file__).parent / "judged_choices.md").read_text()
ANSWERS: dict[str, list[Any]] = {
    "provincie": [None, "ut", "gr"], "gemeente": [None, "baarn", "bunnik", "eemsdelta", "overal"],
    "wijken": [None, ["noord"], ["noord", "zuid"]], "leeftijd": [None, 0, 3, 4, 12, 13],
}  # fmt: skip


def entries() -> list[dict[str, Any]]:
    """Every combination of the answers that filters and demands read."""
    rows = itertools.product(*ANSWERS.values())
    return [{name: value for name, value in zip(ANSWERS, row, strict=True) if value is not None} for row in rows]


def asked(folder: Path) -> dict[str, Asked]:
    """What every form in a folder offers and demands there."""
    done = subprocess.run(
        ["java", "-cp", str(JAR), str(CHOOSER), str(folder)], capture_output=True, text=True, timeout=300, check=True
    )
    found: dict[str, Asked] = {}
    for line in done.stdout.splitlines():
        if line.startswith("ASKED\t"):
            _, file, name, required, codes = line.split("\t")
            found.setdefault(file, {})[name] = required == "true", sorted(set(codes.split(",")) - {""})
    return found


def here(form: Form, answers: Mapping[str, Any]) -> Asked:
    """What our form offers and demands; what is answered is not missing, so it is asked without that answer too."""
    examiner = Examiner(form)
    seen = examiner.examine(answers, TODAY)
    found: Asked = {}
    for question in form.questions:
        without = {name: value for name, value in answers.items() if name != question.name}
        missing = {one.path for one in examiner.examine(without, TODAY).findings if one.code == "missing"}
        offered = examiner.offered(seen, question.path, TODAY)
        found[question.name] = question.path in missing, sorted(question.codes if offered is None else offered)
    return found


def fits(examiner: Examiner, answers: Mapping[str, Any]) -> bool:
    """True if everything that is chosen is offered."""
    return "not-offered" not in {one.code for one in examiner.examine(answers, TODAY).findings}


def differing(text: str, form: Form, folder: Path) -> tuple[int, list[Any]]:
    """The number of comparisons, and those that differ, where all that is chosen fits: ODK forgets what does not."""
    examiner = Examiner(form)
    rows = [answers for answers in entries() if fits(examiner, answers)]
    for place, answers in enumerate(rows):
        spoken = {name: " ".join(value) if isinstance(value, list) else value for name, value in answers.items()}
        (folder / f"{place:04}.xml").write_text(filled(text, spoken, {}))
    theirs, compared, found = asked(folder), 0, []
    for place, answers in enumerate(rows):
        ours = here(form, answers)
        for name, told in theirs[f"{place:04}.xml"].items():
            compared += 2
            found += [] if ours[name] == told else [(answers, name, ours[name], told)]
    return compared, found


def test_a_workbook_offers_and_demands_here_what_it_does_in_odk(tmp_path: Path) -> None:
    raw = made(BOOK)
    found = import_xlsform(raw, "boek.xlsx")
    assert [] == [row.source for row in found.rows if row.outcome not in {"carried", "renamed"}]
    form = load_form(json.dumps({**(found.document or {}), **STAND_IN}).encode())
    text = str(convert(raw, file_type=".xlsx", validate=False).xform)
    compared, different = differing(text, form, tmp_path)
    assert [] == different[:5]
    assert compared > 800


def test_what_is_exported_offers_and_demands_in_odk_what_it_does_here(tmp_path: Path) -> None:
    document = import_xlsform(made(BOOK), "boek.xlsx").document
    assert document is not None
    workbook = to_xlsform(document).workbook
    assert workbook is not None
    text = str(convert(workbook, file_type=".xlsx", validate=False).xform)
    compared, different = differing(text, load_form(json.dumps({**document, **STAND_IN}).encode()), tmp_path)
    assert [] == different[:5]
    assert compared > 800
