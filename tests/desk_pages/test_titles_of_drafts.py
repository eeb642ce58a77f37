"""A title of a form that steers or turns what is read is shown written out wherever it stands, and not sent."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backend.desk.rights import Role
from backend.web.desk import rendering
from backend.web.desk.form_drafts import title_of
from forms.definition.library import first_raw
from tests.desk_pages.office import DeskOffice


def test_signs_that_steer_are_shown_in_a_title_and_not_sent() -> None:
    seat: Any = SimpleNamespace(language="nl")
    seen: Any = SimpleNamespace(document={"title": {"nl": "Wonen\x1b[2J\u202egroz\u200b\x9b"}})
    assert title_of(seat, seen) == r"Wonen\u001b[2J\u202egroz\u200b\u009b"
    seen.document["title"]["nl"] = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert title_of(seat, seen) == seen.document["title"]["nl"]


TURNED = "Huis\u202ebezoek"


def test_a_published_title_is_shown_written_out_wherever_it_stands(tmp_path: Path) -> None:
    office = DeskOffice(tmp_path, "dossier")
    form = json.loads(first_raw("traject"))
    form["title"]["nl"] = TURNED
    office.server.publish(json.dumps(form).encode())
    office.one.create("traject", 1, {"/case_ref": "ABCD-2345"})
    office.sync()
    office.dump()
    try:
        of_lead = (
            "/records",
            "/records/traject",
            "/records/traject/new",
            "/review",
            "/exports",
            "/exports/new/traject",
        )
        for role, path in [(Role.LEAD, path) for path in of_lead] + [(Role.ADMIN, "/forms")]:
            page = office.signed_in(role).get(path).text
            assert r"Huis\u202ebezoek" in page and "\u202e" not in page, path
    finally:
        office.close()


@pytest.mark.parametrize("template", ["words", "report", "texts"])
def test_signs_that_steer_are_shown_in_the_words_of_a_form_and_of_its_report(template: str) -> None:
    """Who agrees with a form reads its words: a sign that turns a line round made them read something else."""
    turned = "Wonen\u202egroz"
    told = {
        "pages": [{"title": turned, "notes": [turned], "banner": turned, "when": "", "questions": [
            {"number": 1, "label": turned, "kinds": [], "sensitivity": "S1", "hint": turned, "notes": [turned],
             "choices": [turned]},
        ]}],
        "checks": [{"label": turned, "say": turned, "rule": turned}],
    }  # fmt: skip
    row = {"name": turned, "sheet": turned, "row": "2", "source": turned}
    report = {
        "rows": 1, "counts": {"carried": 0, "renamed": 0, "changed": 1, "not-possible": 0}, "whole": [turned],
        "parts": [{"outcome": "changed", "notes": [{"words": turned, "rows": [row]}]}], "needless": [turned],
        "carried": [row | {"row": ""}],
    }  # fmt: skip
    said: Any = lambda _code, **facts: " ".join(map(str, facts.values()))  # noqa: E731 - a stand-in of one line
    if template == "texts":
        source = '{% from "forms/cell.html" import cell %}{{ cell(row, "nl", 1) }}'
        cell: Any = rendering._templates.from_string(source)
        plain = {"long": "", "place": "", "fault": ""}
        assert r"<code>Wonen\u202egroz</code>" in cell.render(row=plain | {"nl": turned})
        assert "<code>" not in cell.render(row=plain | {"nl": "Een\r\nTwee"})
        return
    page = rendering._templates.get_template(f"forms/{template}.html").render(told=told, report=report, said=said)
    assert "\u202e" not in page and r"Wonen\u202egroz" in page
