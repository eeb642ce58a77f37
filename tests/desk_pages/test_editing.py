"""Editing a record at the desk: an entry observes what its page showed, and says what its author changed alone."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk.items import most_of
from backend.desk.rights import Role
from forms.definition.document import load_form
from forms.definition.library import first_raw
from tests.desk_pages.office import Browser, DeskOffice

CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
ITEM = CHILD.rpartition("/")[2]
VISIT, TALK, CHILDREN, SAFETY = 0, 1, 2, 6  # sections of a visit


class Office(DeskOffice):
    """The office with one visit that two workers may write in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "dossier", "huisbezoek")
        self.visit = self.shared("huisbezoek", {
            "/case_ref": "ABCD-2345", "/toegang": "binnen", "/tolk": "niet_nodig", "/feiten": "Eerste feit",
            "/rollen": ["tolk"], "/gelegitimeerd": True, CHILD: {}, f"{CHILD}/kind_ref": "EFGH-2345",
        })  # fmt: skip
        self.dump()
        self.at = f"/record/{self.visit.hex()}"

    def shown(self) -> dict[str, Any]:
        """The answers as the first worker's device has them after a sync."""
        self.sync()
        return {path: shown.value for path, shown in self.one.picture(self.visit).shown.items()}

    def worker_writes(self, answers: dict[str, Any]) -> None:
        """Let a worker edit the visit, and the tables follow."""
        self.one.save(self.one.open(self.visit), "huisbezoek", 1, answers)
        self.sync(self.one)
        self.dump()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


def fields(page: Any) -> dict[str, list[str]]:
    """Everything that the form of a page would post if a person pressed its button."""
    assert 200 == page.status_code or "<form" in page.text, page.text
    form = page.text.partition("<main")[2]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]+>", form):
        about = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if about.get("name", "csrf") == "csrf" or (about.get("type") == "checkbox" and " checked" not in tag):
            continue
        found.setdefault(about["name"], []).append(html.unescape(about.get("value", "")))
    for name, inner in re.findall(r'<select id="\w+" name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        found[name] = [html.unescape(one) for one in re.findall(r'<option value="([^"]*)" selected', inner)] or [""]
    for name, inner in re.findall(r'<textarea id="\w+" name="(\w+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = [html.unescape(inner)]
    return found


def name_of(page: Any, label: str) -> str:
    """The field of a question by its label."""
    (name,) = re.findall(rf'<label for="(q\d+)">{re.escape(html.escape(label))}</label>', page.text)
    return str(name)


def edited(lead: Browser, office: Office, section: int, label: str, value: str, item: str = "") -> tuple[Any, Any]:
    """A page with one field changed, and the answer to it."""
    address = f"{office.at}/edit/{section}" + (f"?item={item}" if item else "")
    page = lead.get(address)
    return page, lead.post(address, fields(page) | {name_of(page, label): value})


def test_an_edit_reaches_the_workers_and_says_only_what_was_changed(office: Office) -> None:
    lead = office.signed_in()
    _, answer = edited(lead, office, VISIT, "Mocht u binnenkomen?", "aan_de_deur")
    assert (303, f"/m/GM9901{office.at}#section-0") == (answer.status_code, answer.headers["location"])
    assert "aan_de_deur" == office.shown()["/toegang"]
    course = lead.get(f"{office.at}/course").text
    first = course.partition('class="course"')[2].partition("</li>")[0]
    assert "de-lead" in first and 1 == first.count("<ins>") and "<del><bdi>Ja, ik was binnen</bdi></del>" in first
    newest = office.audit()
    assert ("edit", office.visit, "1") in [(line.act, line.record, line.detail) for line in newest[:6]]


def test_a_page_that_was_posted_as_it_was_writes_nothing(office: Office) -> None:
    lead, before = office.signed_in(), office.server.municipality.committed.position
    for section, item in ((VISIT, ""), (TALK, ""), (CHILDREN, ITEM), (SAFETY, "")):
        address = f"{office.at}/edit/{section}" + (f"?item={item}" if item else "")
        assert 303 == lead.post(address, fields(lead.get(address))).status_code
    assert before == office.server.municipality.committed.position


def test_an_answer_of_a_colleague_that_the_page_had_not_shown_is_not_written_over(office: Office) -> None:
    lead = office.signed_in()
    page = lead.get(f"{office.at}/edit/{VISIT}")
    typed = fields(page) | {name_of(page, "Mocht u binnenkomen?"): "aan_de_deur"}
    office.worker_writes({"/toegang": "niemand_thuis"})
    answer = lead.post(f"{office.at}/edit/{VISIT}", typed)
    assert 409 == answer.status_code and "staat er nu:" in answer.text and "Niemand thuis" in answer.text
    assert '<option value="aan_de_deur" selected>' in answer.text
    assert "niemand_thuis" == office.shown()["/toegang"]
    assert 303 == lead.post(f"{office.at}/edit/{VISIT}", fields(answer)).status_code  # now it was seen
    assert "aan_de_deur" == office.shown()["/toegang"]


def test_an_edit_of_another_question_meanwhile_stands_beside_it(office: Office) -> None:
    lead = office.signed_in()
    page = lead.get(f"{office.at}/edit/{VISIT}")
    typed = fields(page) | {name_of(page, "Mocht u binnenkomen?"): "aan_de_deur"}
    office.worker_writes({"/bezoek_soort": "school", "/feiten": "Tweede feit"})
    assert 303 == lead.post(f"{office.at}/edit/{VISIT}", typed).status_code
    shown = office.shown()
    assert ("aan_de_deur", "school") == (shown["/toegang"], shown["/bezoek_soort"])


def test_what_does_not_fit_is_said_at_its_field_and_kept(office: Office) -> None:
    lead = office.signed_in()
    _, answer = edited(lead, office, VISIT, "Dossiercode", "geen code")
    assert 422 == answer.status_code and 'value="geen code"' in answer.text and 'aria-invalid="true"' in answer.text
    _, answer = edited(lead, office, VISIT, "Datum", "vroeger")
    assert 422 == answer.status_code and "ABCD-2345" == office.shown()["/case_ref"]


def test_an_emptied_answer_is_taken_away_and_a_text_is_added(office: Office) -> None:
    lead = office.signed_in()
    assert 303 == edited(lead, office, TALK, "Tolk", "")[1].status_code
    assert 303 == edited(lead, office, SAFETY, "Feiten: gezien en gehoord", "Van kantoor\r\nregel")[1].status_code
    assert 303 == edited(lead, office, CHILDREN, "Kind alleen gesproken?", "ja", ITEM)[1].status_code
    shown = office.shown()
    assert None is shown.get("/tolk") and "ja" == shown[f"{CHILD}/kind_alleen"]
    page = lead.get(office.at).text
    assert "Eerste feit" in page and "Van kantoor\nregel" in page


def test_whoever_may_not_edit_finds_no_such_page(office: Office) -> None:
    typed = fields(office.signed_in().get(f"{office.at}/edit/{VISIT}"))
    browsers = [office.signed_in(role) for role in Role if role != Role.LEAD]
    del typed["read_at"]
    for browser in browsers:
        assert 404 == browser.get(f"{office.at}/edit/{VISIT}").status_code
        for what in (f"edit/{VISIT}", "delete", "restore"):
            assert 404 == browser.post(f"{office.at}/{what}", typed).status_code
    reviewer = office.signed_in(Role.REVIEWER).get(office.at).text
    assert "/edit/" not in reviewer and "/delete" not in reviewer
    lead = office.signed_in()
    for path in (
        "edit/99",
        "edit/-1",
        "edit/x",
        f"edit/{CHILDREN}",
        f"edit/{CHILDREN}?item=x",
        f"edit/{VISIT}?item={ITEM}",
    ):
        assert 404 == lead.get(f"{office.at}/{path}").status_code, path


@pytest.mark.parametrize("field", ["", "x", "AAAA", "é"])
def test_a_page_that_was_not_sealed_here_writes_nothing(office: Office, field: str) -> None:
    lead, before = office.signed_in(), office.server.municipality.committed.position
    page = lead.get(f"{office.at}/edit/{VISIT}")
    typed = fields(page) | {name_of(page, "Mocht u binnenkomen?"): "aan_de_deur", "read_at": field}
    assert 400 <= lead.post(f"{office.at}/edit/{VISIT}", typed).status_code < 500
    assert 400 <= lead.post(f"{office.at}/delete", SURE | {"read_at": field}).status_code < 500
    assert before == office.server.municipality.committed.position


SURE = {"sure": "yes", "reason": "Twee keer hetzelfde bezoek."}


def sealed(page: Any) -> dict[str, str]:
    return {"read_at": re.findall(r'name="read_at" value="([^"]+)"', page.text)[0]}


def test_a_record_is_deleted_by_who_saw_all_of_it_and_put_back(office: Office) -> None:
    lead = office.signed_in()
    early = sealed(lead.get(office.at))
    office.worker_writes({"/feiten": "Net voor het wissen"})
    assert 409 == lead.post(f"{office.at}/delete", SURE | early).status_code
    seen = sealed(lead.get(office.at))
    asks = lead.post(f"{office.at}/delete", seen)  # one click deletes nothing
    assert 200 == asks.status_code and "Waarom wist u dit dossier?" in asks.text and seen == sealed(asks)
    for reason in ("", "nee", "  x  "):
        assert 422 == lead.post(f"{office.at}/delete", seen | {"sure": "yes", "reason": reason}).status_code
    assert "ABCD-2345" in lead.get("/records/huisbezoek").text
    assert 303 == lead.post(f"{office.at}/delete", seen | SURE).status_code
    assert SURE["reason"] in lead.get(office.at).text  # among the comments
    gone = lead.get(office.at)
    assert "Dit dossier is gewist" in gone.text and "Dossier terugzetten" in gone.text and "/edit/" not in gone.text
    assert 404 == lead.get(f"{office.at}/edit/{VISIT}").status_code
    assert "ABCD-2345" not in lead.get("/records/huisbezoek").text
    assert 303 == lead.post(f"{office.at}/restore", sealed(gone)).status_code
    assert "ABCD-2345" in lead.get("/records/huisbezoek").text and "Net voor het wissen" in lead.get(office.at).text


def item_of(answer: Any) -> str:
    """The item to whose questions an answer leads."""
    assert 303 == answer.status_code, answer.text
    return str(answer.headers["location"]).rpartition("item=")[2]


def read_at(lead: Browser, office: Office) -> str:
    return re.findall(r'name="read_at" value="([^"]+)"', lead.get(office.at).text)[0]


def test_an_item_is_added_filled_in_and_taken_away_with_its_answers(office: Office) -> None:
    lead = office.signed_in()
    item = item_of(lead.post(f"{office.at}/items/{CHILDREN}", {"do": "add", "read_at": read_at(lead, office)}))
    page = lead.get(f"{office.at}/edit/{CHILDREN}?item={item}")
    assert (
        303
        == lead.post(
            f"{office.at}/edit/{CHILDREN}?item={item}", fields(page) | {name_of(page, "Kindcode"): "WXYZ-2345"}
        ).status_code
    )
    shown = office.shown()
    assert "WXYZ-2345" == shown[f"/kind/{item}/kind_ref"] and "EFGH-2345" == shown[f"{CHILD}/kind_ref"]
    asked = lead.post(f"{office.at}/items/{CHILDREN}", {"do": "remove", "item": item})
    assert 200 == asked.status_code and "weghalen?" in asked.text and "WXYZ-2345" in asked.text
    assert "WXYZ-2345" == office.shown()[f"/kind/{item}/kind_ref"]  # nothing is done yet
    (seal,) = re.findall(r'name="read_at" value="([^"]+)"', asked.text)
    gone = lead.post(f"{office.at}/items/{CHILDREN}", {"do": "removed", "item": item, "read_at": seal})
    assert 303 == gone.status_code
    office.dump()
    assert "WXYZ-2345" not in lead.get(office.at).text and "EFGH-2345" in lead.get(office.at).text
    assert None is office.shown().get(f"/kind/{item}/kind_ref")


def test_an_item_that_a_colleague_changed_meanwhile_is_not_taken_away_unseen(office: Office) -> None:
    lead = office.signed_in()
    asked = lead.post(f"{office.at}/items/{CHILDREN}", {"do": "remove", "item": ITEM})
    (seal,) = re.findall(r'name="read_at" value="([^"]+)"', asked.text)
    office.worker_writes({f"{CHILD}/kind_ref": "WXYZ-9999"})
    answer = lead.post(f"{office.at}/items/{CHILDREN}", {"do": "removed", "item": ITEM, "read_at": seal})
    assert 409 == answer.status_code
    assert "WXYZ-9999" == office.shown()[f"{CHILD}/kind_ref"]


def test_a_group_that_is_a_reference_has_its_bound_too() -> None:
    document = json.loads(first_raw("huisbezoek"))
    properties = document["schema"]["properties"]
    most = properties["kind"]["maxItems"]
    document["schema"]["$defs"], properties["kind"] = {"kinderen": properties["kind"]}, {"$ref": "#/$defs/kinderen"}
    assert most == most_of(load_form(json.dumps(document).encode()), "/kind")


def test_no_more_items_than_the_form_allows_and_none_where_there_is_no_group(office: Office) -> None:
    lead = office.signed_in()
    seal = read_at(lead, office)
    bad = [(VISIT, {"do": "add"}), (99, {"do": "add"}), (CHILDREN, {"do": "remove", "item": "x"})]
    bad += [(CHILDREN, {"do": "removed", "item": "0" * 26}), (CHILDREN, {"do": "erase", "item": ITEM})]
    for section, sent in bad:
        assert 404 == lead.post(f"{office.at}/items/{section}", {"read_at": seal, **sent}).status_code
    reviewer = office.signed_in(Role.REVIEWER)
    assert 404 == reviewer.post(f"{office.at}/items/{CHILDREN}", {"do": "add", "read_at": seal}).status_code
    most = most_of(load_form(first_raw("huisbezoek")), "/kind")
    assert most is not None
    office.worker_writes({f"/kind/01J9ZZZZZZZZZZZZZZZZZZZ{n + 10:03}": {} for n in range(most - 1)})
    full = lead.post(f"{office.at}/items/{CHILDREN}", {"do": "add", "read_at": read_at(lead, office)})
    assert 422 == full.status_code and f"hoogstens {most}" in full.text
