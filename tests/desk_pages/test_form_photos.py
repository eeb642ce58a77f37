"""A workbook with a photo, a recording and notes: what a page mends of them, and what stays when a question goes."""

from typing import Any

import pytest

from backend.desk import drafting
from backend.desk.rights import Role
from backend.sentences import library
from tests.desk_pages.office import DeskOffice
from tests.desk_pages.test_form_kinds import together
from tests.desk_pages.test_forms import brought, draft_in, kept, mend
from tests.forms.interchange.tables import made

ROUND = """
| survey |
|        | type        | name   | label::Nederlands (nl)          | label::English (en)  |
|        | integer     | aantal | Hoeveel banken staan er?        | How many benches?    |
|        | begin_group | beeld  | Beeld                           | Picture              |
|        | note        | dank   | Dank u. U telde ${aantal} banken | You counted ${aantal} |
|        | image       | foto   | Een foto van de bank            | A photo of the bench |
|        | end_group   |        |                                 |                      |
| settings |
|          | form_title | form_id |
|          | Buurtronde | ronde   |
"""


def said_on(document: dict[str, Any]) -> list[str]:
    """What the pages of a draft say in Dutch."""
    return [page["banner"]["say"]["nl"] for page in document["layout"] if "banner" in page]


@pytest.mark.parametrize("act", ["together", "without"])
def test_a_note_stays_when_the_only_question_of_its_page_goes(desk_office: DeskOffice, act: str) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(ROUND))
    before = kept(desk_office, draft)
    (photo,) = (path for path in before["fields"] if path.endswith("foto"))
    assert ["Dank u. U telde ${aantal} banken"] == said_on(before)
    if act == "together":
        together(admin, draft, act="without", at=photo)
    else:
        mend(admin, draft, "without", path=photo)
    after = kept(desk_office, draft)
    assert photo not in after["fields"] and said_on(before) == said_on(after)
    assert [page["section"] for page in before["layout"]] == [page["section"] for page in after["layout"]]
    assert "layout-nothing" not in {one.code for one in drafting_findings(desk_office, draft)}


def drafting_findings(office: DeskOffice, draft: str) -> Any:
    from backend.municipality import publishing
    from forms.lint.frame import Publication

    town = office.server.municipality
    return publishing.examine(town, town.drafts.one(draft).document, Publication("", "")).findings


def test_a_page_goes_with_its_last_question_unless_it_says_something() -> None:
    """Of a list of items too: what only says something is no item."""
    say = {"show_if": "true", "say": {"nl": "Let op"}}
    inner = {"type": "object", "properties": {"wat": {"type": "string"}}}
    document = {
        "schema": {"properties": {"a": {"type": "string"}, "rij": {"type": "array", "items": inner}}},
        "fields": {"/a": {}, "/rij/*/wat": {}},
        "layout": [
            {"section": {"nl": "Een"}, "fields": ["/a"]},
            {"section": {"nl": "Rij"}, "repeat": "/rij", "fields": ["wat"], "banner": say},
        ],
    }
    assert ["Rij"] == [page["section"]["nl"] for page in drafting.without(document, "/a")["layout"]]
    (_, page) = drafting.without(document, "/rij/*/wat")["layout"]
    assert {"section": {"nl": "Rij"}, "fields": [], "banner": say} == page


def test_a_page_says_what_a_photo_is_of_and_asks_no_number_of_signs(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(ROUND))
    (photo,) = (path for path in kept(desk_office, draft)["fields"] if path.endswith("foto"))
    page = admin.get(f"/forms/drafts/{draft}/question?of={photo}").text
    assert 'name="subject"' in page and "een ding" in page
    assert 'name="longest"' not in page and "Zeg hoeveel tekens" not in page
    assert "Zeg hoeveel tekens" not in admin.get(f"/forms/drafts/{draft}").text
    mend(admin, draft, "question", path=photo, subject="object")
    assert "object" == kept(desk_office, draft)["fields"][photo]["subject"]
    mend(admin, draft, "question", path=photo, subject="een kat")
    assert "object" == kept(desk_office, draft)["fields"][photo]["subject"]
    found = [one for one in drafting_findings(desk_office, draft) if photo == one.path]
    assert {"warning"} == {one.level for one in found if "P08" == one.code}
    assert "text-unbounded" not in {one.code for one in found}


def test_only_a_photo_or_a_recording_is_of_something(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(ROUND))
    assert 'name="subject"' not in admin.get(f"/forms/drafts/{draft}/question?of=/aantal").text
    mend(admin, draft, "question", path="/aantal", subject="object")
    assert "subject" not in kept(desk_office, draft)["fields"]["/aantal"]


def test_a_page_takes_the_duty_for_which_a_question_must_be_answered(desk_office: DeskOffice) -> None:
    """It is asked only where somebody must answer; an empty one is taken away."""
    admin = desk_office.signed_in(Role.ADMIN)
    draft = draft_in(admin, made(ROUND.replace(
        "|        | type        | name   | label::Nederlands (nl)          | label::English (en)  |",
        "|        | type        | name   | label::Nederlands (nl)          | label::English (en)  | required |",
    ).replace("How many benches?    |", "How many benches?    | yes |")))  # fmt: skip
    assert 'name="must_answer"' in admin.get(f"/forms/drafts/{draft}/question?of=/aantal").text
    mend(admin, draft, "question", path="/aantal", must_answer="Wmo 2015 artikel 2.3.2")
    assert "Wmo 2015 artikel 2.3.2" == kept(desk_office, draft)["fields"]["/aantal"]["must_answer"]
    mend(admin, draft, "question", path="/aantal", must_answer=" ")
    assert "must_answer" not in kept(desk_office, draft)["fields"]["/aantal"]


def test_of_a_question_whose_schema_is_a_reference_the_duty_is_asked_and_no_length() -> None:
    """What others share is not changed at one question; that the form demands an answer is said all the same."""
    schema = {"$defs": {"t": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/t"}, "b": {"type": "string"}}}
    document = {"schema": {**schema, "required": ["a"]}, "fields": {"/a": {}, "/b": {"must_answer": "Wmo"}}}
    assert ("", None) == (drafting.duty(document, "/a"), drafting.longest(document, "/a"))
    assert ("Wmo", 0) == (drafting.duty(document, "/b"), drafting.longest(document, "/b"))


@pytest.mark.parametrize("raw", [b'"form": "ronde",\n"version": 1\n', b"// ronde\n{}"])
def test_a_file_named_json_that_is_none_is_told_so_with_its_line(desk_office: DeskOffice, raw: bytes) -> None:
    answer = brought(desk_office.signed_in(Role.ADMIN), raw, "Ronde.JSON")
    assert answer.status_code >= 400 and "is geen JSON: fout op regel 1" in answer.text
    assert "pyxform" not in answer.text


def test_a_number_of_texts_agrees_with_its_verb() -> None:
    said = [library().phrase("steps-texts", "nl", count=count, all=17) for count in (1, 3)]
    assert ["1 van 17 mist een taal", "3 van 17 missen een taal"] == said


BAD_SUM = """
| survey |
|        | type      | name | label::Nederlands (nl) | calculation |
|        | calculate | som  | Som                    | foo(((      |
"""


def test_a_workbook_that_is_refused_says_what_is_wrong_at_its_row(desk_office: DeskOffice) -> None:
    answer = brought(desk_office.signed_in(Role.ADMIN), made(BAD_SUM))
    assert answer.status_code >= 400
    found = answer.text[answer.text.index('role="alert"') :]
    assert "De berekening is niet overgenomen" in found and "blad survey, rij 2" in found
