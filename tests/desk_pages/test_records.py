"""The records of a form as a page: filters, views and pages, and nothing of anybody else's."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk.rights import Role
from backend.desk.views import Views
from backend.desk.wishes import Filter, Wish
from backend.stores import listing
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice

SCRIPT = "<script>alert(1)</script>"
WORD = ("nul", "twee", "drie")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier", "huisbezoek", "signaal")
    for number, way in enumerate(("binnen", "aan_de_deur", "geweigerd")):
        made.one.create(
            "huisbezoek", 1,
            {"/case_ref": f"ABCD-234{number + 5}", "/toegang": way, "/bezoek_datum": f"2026-01-0{number + 1}",
             "/feiten": f"Feit {WORD[number]} {SCRIPT}"},
        )  # fmt: skip
    made.two.create("huisbezoek", 1, {"/case_ref": "WXYZ-9999", "/toegang": "binnen", "/feiten": "Vreemdwoord"})
    made.one.create("signaal", 1, {"/acuut": "nee"})
    made.sync()
    made.dump()
    yield made
    made.close()


def codes(page: Any) -> list[str]:
    """The case codes of the rows of a page, in order."""
    assert 200 == page.status_code, page.text
    return re.findall(r"<bdi>([A-Z]{4}-\d{4})</bdi></a><span class=.apart.>", page.text)


def asked(browser: Browser, **fields: Any) -> Any:
    """The page to which a posted form leads."""
    posted = {name.replace("__", "."): value for name, value in fields.items()}
    answer = browser.post("/records/huisbezoek", {"column": ["case_ref", "toegang"], **posted})
    assert 303 == answer.status_code, answer.text
    return browser.ask("GET", answer.headers["location"])


def test_a_lead_sees_the_records_of_the_own_team_and_nothing_of_another(office: DeskOffice) -> None:
    mine, theirs = office.signed_in().get("/records/huisbezoek"), office.signed_in(staff=OTHER_LEAD)
    assert ["ABCD-2345", "ABCD-2346", "ABCD-2347"] == sorted(codes(mine)) and "werker-twee" not in mine.text
    assert ["WXYZ-9999"] == codes(theirs.get("/records/huisbezoek"))
    found = asked(office.signed_in(), search="Vreemdwoord")
    assert [] == codes(found) and "Vreemdwoord" in found.text  # as it was typed, and nowhere else
    assert 1 == found.text.count("Vreemdwoord") and "Geen dossier past" in found.text


@pytest.mark.parametrize("path", ["/records/signaal", "/records/traject", "/records/_record", "/records/x%20y"])
def test_a_form_that_is_not_there_and_one_of_other_readers_are_the_same_page(office: DeskOffice, path: str) -> None:
    browser = office.signed_in()
    none = browser.get("/records/nothing")
    assert (404, none.content) == (browser.get(path).status_code, browser.get(path).content)
    assert 200 == office.signed_in(Role.SIGNALS).get("/records/signaal").status_code
    assert 404 == office.signed_in(Role.SIGNALS).get("/records/huisbezoek").status_code


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR, Role.SECURITY, Role.MAKER])
def test_whoever_reads_no_answers_gets_no_table(office: DeskOffice, role: Role) -> None:
    browser = office.signed_in(role)
    assert (403, 404) == (browser.get("/records").status_code, browser.get("/records/huisbezoek").status_code)
    assert 404 == browser.post("/records/huisbezoek", {"search": "Feit"}).status_code


def test_nothing_that_was_asked_for_is_in_an_address_a_header_or_the_audit(office: DeskOffice) -> None:
    browser = office.signed_in()
    answer = browser.post("/records/huisbezoek", {"search": "geheimwoord", "filter": "case_ref",
                                                  "case_ref.contains": "ABCD-2345"})  # fmt: skip
    assert re.fullmatch(r"/m/GM9901/records/huisbezoek\?view=[0-9a-f]{32}", answer.headers["location"])
    page = browser.ask("GET", answer.headers["location"])
    assert "geheimwoord" not in str(page.headers) and 'value="geheimwoord"' in page.text
    said = " ".join(str(line) for line in office.audit())
    assert "geheimwoord" not in said and "ABCD" not in said and "records" in said


def test_filters_of_each_kind_find_what_they_say(office: DeskOffice) -> None:
    browser = office.signed_in()
    assert ["ABCD-2345"] == codes(asked(browser, filter="toegang", toegang__any="binnen"))
    assert ["ABCD-2346", "ABCD-2347"] == sorted(
        codes(asked(browser, filter="bezoek_datum", bezoek_datum__least="2026-01-02"))
    )
    assert ["ABCD-2347"] == codes(asked(browser, filter="case_ref", case_ref__contains="47"))
    assert [] == codes(asked(browser, filter="bezoek_datum", bezoek_datum__has="no"))
    assert ["ABCD-2347"] == codes(asked(browser, search="feit DRI"))
    assert 3 == len(codes(asked(browser, worker="werker-een"))) and [] == codes(asked(browser, state="deleted"))
    by = [codes(asked(browser, by="case_ref", sort="_changed", down="yes")),
          codes(asked(browser, by="case_ref", sort="case_ref", down="no"))]  # fmt: skip
    assert by[0] == sorted(by[0]) == by[1][::-1]


def test_a_bad_wish_is_said_beside_its_field_and_what_was_typed_stays(office: DeskOffice) -> None:
    browser, before = office.signed_in(), len(office.audit())
    posted = {"bezoek_datum.least": "2026-02-02", "bezoek_datum.most": "2026-01-01"}
    answer = browser.post("/records/huisbezoek", {"search": "x", "filter": "bezoek_datum", **posted})
    assert 422 == answer.status_code and [] == re.findall(r"<tbody", answer.text)
    for said in (
        'id="search-fault"',
        'id="bezoek_datum-fault"',
        'value="2026-02-02"',
        'value="x"',
        'aria-invalid="true"',
    ):
        assert said in answer.text
    assert before == len(office.audit())
    for name in ("column", "sort", "add", "filter", "by"):
        assert 422 == browser.post("/records/huisbezoek", {name: "record, shown"}).status_code


def test_another_persons_view_is_not_there(office: DeskOffice) -> None:
    lead, other = office.signed_in(), office.signed_in(staff=OTHER_LEAD)
    reviewer = office.signed_in(Role.REVIEWER)
    view = lead.post("/records/huisbezoek", {"search": "feit"}).headers["location"].partition("view=")[2]
    for browser in (other, reviewer):
        assert 404 == browser.get(f"/records/huisbezoek?view={view}").status_code
        assert 404 == browser.post(f"/records/huisbezoek/views/{view}", {"name": "Mijn"}).status_code
    assert (
        303
        == lead.post(
            f"/records/huisbezoek/views/{view}", {"name": " Zoeklijst <b>ons</b> ", "team": "noord"}
        ).status_code
    )
    for blank in ("", "   ", "\t"):
        unnamed = lead.post(f"/records/huisbezoek/views/{view}", {"name": blank})
        assert 422 == unnamed.status_code and "heeft een naam" in unnamed.text
    shared = reviewer.get("/records/huisbezoek")
    assert (
        "Zoeklijst &lt;b&gt;ons&lt;/b&gt;" in shared.text and "Zoeklijst" not in other.get("/records/huisbezoek").text
    )
    assert 200 == reviewer.get(f"/records/huisbezoek?view={view}").status_code
    assert 404 == reviewer.post(f"/records/huisbezoek/views/{view}", {"do": "drop"}).status_code
    assert 404 == other.get(f"/records/huisbezoek?view={view}").status_code
    lead.post(f"/records/huisbezoek/views/{view}", {"name": "Mijn", "team": "zuid"})  # a team that is not mine
    assert 404 == other.get(f"/records/huisbezoek?view={view}").status_code
    assert 303 == lead.post(f"/records/huisbezoek/views/{view}", {"do": "drop"}).status_code
    assert 404 == lead.get(f"/records/huisbezoek?view={view}").status_code
    assert 404 == lead.get("/records/huisbezoek?view=' or 1=1").status_code


def test_a_view_is_shown_without_a_column_that_its_form_has_no_more(office: DeskOffice) -> None:
    """As after a new version that drops a question: shown without, and said."""
    wish = Wish(("case_ref", "weg"), (Filter("weg", has="yes"), Filter("toegang", any=("binnen",))), sort="weg")
    view = office.server.run(Views(office.server.municipality).keep("de-lead", "huisbezoek", wish))
    page = office.signed_in().get(f"/records/huisbezoek?view={view}")
    assert ["ABCD-2345"] == codes(page) and "vraagt niet meer naar: weg" in page.text


def test_pages_follow_each_other(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    real = listing.page
    monkeypatch.setattr("backend.web.desk.records.page_of", lambda s, a, after, before: real(s, a, after, before, 2))
    browser = office.signed_in()
    first = browser.get("/records/huisbezoek")
    (after,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    assert re.fullmatch(r"/m/GM9901/records/huisbezoek\?after=[0-9a-f]{32}", after) and 'rel="prev"' not in first.text
    second = browser.ask("GET", after)
    (before,) = re.findall(r'rel="prev" href="([^"]+)"', second.text)
    assert 3 == len({*codes(first), *codes(second)}) and codes(first) == codes(browser.ask("GET", before))


def test_a_table_that_is_wider_than_the_window_scrolls_by_itself_and_by_keyboard(office: DeskOffice) -> None:
    """Whoever chooses many columns moves the table, not the page: found at 1280 px, 3 px beyond the side."""
    page = office.signed_in().get("/records/huisbezoek").text
    [inside] = re.findall(
        r'<div class="scroll" role="region" aria-label="[^"]+" tabindex="0">(.*?)</div>\n', page, re.DOTALL
    )
    assert inside.strip().startswith('<table class="cards"') and inside.strip().endswith("</table>")


def test_what_people_typed_is_text(office: DeskOffice) -> None:
    browser = office.signed_in()
    page = asked(browser, column=["case_ref", "feiten"], search="<script>alert(2)</script> x1")
    assert "<script>alert" not in page.text and "&lt;script&gt;alert(2)" in page.text
    assert "<script>alert" not in asked(browser, column=["case_ref", "feiten"]).text


def test_today_counts_what_waits_in_the_own_records_alone(office: DeskOffice, tmp_path: Path) -> None:
    mine, theirs = office.signed_in().get("/today").text, office.signed_in(staff=OTHER_LEAD).get("/today").text
    many = [re.findall(r'class="many">([^<]+)</span><span><span class="what">([^<]+)', page) for page in (mine, theirs)]
    assert ("3", "dossiers te beoordelen") in many[0] and ("1", "dossier te beoordelen") in many[1]
    admin = office.signed_in(Role.ADMIN).get("/today")
    assert 200 == admin.status_code and "Niets wacht op u" in admin.text and "dossier" not in admin.text
