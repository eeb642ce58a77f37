"""What docs/forms.md shows can be used as it stands, and it explains every member that a form can have."""

import json
import re
from pathlib import Path
from typing import Any

from forms.definition.document import Form, load_form
from forms.definition.shape import DOCUMENT
from forms.versions.judging import judged
from forms.versions.publishing import examined

PAGE = (Path(__file__).parents[2] / "docs" / "forms.md").read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
TABLES = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)


def test_the_example_can_be_published_without_a_reason_or_a_second_person() -> None:
    verdict = examined(EXAMPLES[0].encode())
    assert ((), (), False) == (verdict.findings, verdict.warnings, verdict.stops)


def test_every_member_of_a_form_and_of_a_question_is_explained() -> None:
    named = {name for cell in TABLES for name in re.findall(r"`([a-z_]+)`", cell)}
    question: dict[str, Any] = DOCUMENT["properties"]["fields"]["additionalProperties"]
    assert set() == {*DOCUMENT["properties"], *question["properties"]} - named


def test_what_is_said_of_the_version_before_can_be_published_with_it() -> None:
    before, after = json.loads(EXAMPLES[0]), json.loads(EXAMPLES[0])
    assert {"moves"} == set(json.loads("{" + EXAMPLES[1] + "}"))
    after["version"] = 2
    after["schema"]["properties"]["vak"] = after["schema"]["properties"].pop("vakken")
    after["fields"]["/vak"] = after["fields"].pop("/vakken")
    after["layout"][0]["fields"][2] = "/vak"
    old, silent = form(before), form(after)
    after["moves"] = {"renamed": {"/vakken": "/vak"}}
    assert ["vanished"] == [one.code for one in judged([old], silent)]
    assert () == tuple(judged([old], form(after)))


def form(document: dict[str, Any]) -> Form:
    return load_form(json.dumps(document).encode())
