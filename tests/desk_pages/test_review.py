"""The review by HTTP: an approval covers what its page showed, and a record goes back with a question."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from backend.desk.rights import Role
from tests.desk_pages.office import Browser, DeskOffice

FORM, AT = "huisbezoek", "/werker_ok"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek", "signaal")
    yield made
    made.close()


@pytest.fixture
def reviewer(office: DeskOffice) -> Browser:
    return office.signed_in(Role.REVIEWER)


def visit(office: DeskOffice) -> str:
    record = office.shared(FORM, {"/case_ref": "ABCD-2345", AT: "ja"})
    office.dump()
    return record.hex()


def field(page: str) -> dict[str, str]:
    return {"read_at": unescape(re.findall(r'name="read_at" value="([^"]*)"', page)[0])}


def stage(office: DeskOffice) -> str:
    (row,) = office.find("select stage from _review")
    return str(row["stage"])


def decide(browser: Browser, record: str, pick: str, text: str = "", shown: str = "") -> int:
    page = shown or browser.get(f"/review/{record}").text
    return browser.post(f"/review/{record}", {**field(page), "pick": pick, "text": text}).status_code


def test_a_record_that_came_in_waits_until_it_is_approved(office: DeskOffice, reviewer: Browser) -> None:
    record = visit(office)
    assert f"/review/{record}" in reviewer.get("/review").text
    page = reviewer.get(f"/review/{record}").text
    assert "ontvangen" in page and "Terug naar ontvangen" not in page and 'value="in_review" data-key="2"' in page
    assert 303 == decide(reviewer, record, "approved")
    office.dump()
    assert "" == stage(office)
    assert f"/review/{record}" not in reviewer.get("/review").text
    assert "Terug naar ontvangen" in reviewer.get(f"/review/{record}").text


def test_the_page_shows_what_was_filled_in_and_says_what_was_not_chosen(office: DeskOffice, reviewer: Browser) -> None:
    record = office.one.create(FORM, 1, {"/feiten": "De bel deed het niet."}).hex()
    office.sync()
    office.dump()
    page = reviewer.get(f"/review/{record}")
    assert "Wat er is ingevuld" in page.text and "De bel deed het niet." in page.text
    nothing = reviewer.post(f"/review/{record}", field(page.text))
    assert 422 == nothing.status_code and "Er is niet gekozen wat er moet gebeuren" in nothing.text
    assert " is geen stand van een beoordeling" not in nothing.text


def test_a_record_goes_back_with_a_question_and_comes_back_with_its_answer(
    office: DeskOffice, reviewer: Browser
) -> None:
    record = visit(office)
    assert 422 == decide(reviewer, record, "returned")
    assert "received" == stage(office)
    assert 303 == decide(reviewer, record, "returned", "Was de bel stuk?")
    office.sync()
    picture = office.one.picture(bytes.fromhex(record))
    assert picture.review is not None and "returned" == picture.review.state
    (thread,) = picture.questions
    assert thread.open and "Was de bel stuk?" == thread.texts[0].text
    assert "" == stage(office)
    office.one.save(office.one.open(bytes.fromhex(record)), FORM, 1, {thread.path: "Ja, stuk."})
    office.sync()
    office.dump()
    assert "answered" == stage(office)
    page = reviewer.get(f"/review/{record}").text
    assert "Ja, stuk." in page and "beantwoord" in page


def test_an_edit_after_the_approval_brings_the_record_back_with_the_difference(
    office: DeskOffice, reviewer: Browser
) -> None:
    record = visit(office)
    decide(reviewer, record, "approved")
    office.sync()
    office.one.save(office.one.open(bytes.fromhex(record)), FORM, 1, {AT: "incident"})
    office.sync()
    office.dump()
    assert "changed" == stage(office)
    page = reviewer.get(f"/review/{record}").text
    assert re.search(r"<del><bdi>Ja</bdi></del>.*<ins><bdi>Nee, er was een incident</bdi></ins>", page, re.DOTALL)
    assert 303 == decide(reviewer, record, "approved")
    office.dump()
    assert "" == stage(office)


def test_an_edit_that_came_while_the_page_was_open_is_not_approved(office: DeskOffice, reviewer: Browser) -> None:
    record = visit(office)
    page = reviewer.get(f"/review/{record}").text
    office.one.save(office.one.open(bytes.fromhex(record)), FORM, 1, {AT: "incident"})
    office.sync()
    assert 303 == decide(reviewer, record, "approved", shown=page)
    office.dump()
    assert "changed" == stage(office)


def test_a_remark_is_read_by_the_workers_and_asks_nothing(office: DeskOffice, reviewer: Browser) -> None:
    record = visit(office)
    assert 303 == decide(reviewer, record, "comment", "Mooi beschreven.")
    office.sync()
    (thread,) = office.two.picture(bytes.fromhex(record)).comments
    assert "Mooi beschreven." == thread.texts[0].text and not thread.open


@pytest.mark.parametrize("pick", ["ask", "comment"])
def test_a_question_without_words_is_told_so_and_not_about_going_back(
    office: DeskOffice, reviewer: Browser, pick: str
) -> None:
    record = visit(office)
    page = reviewer.get(f"/review/{record}").text
    answer = reviewer.post(f"/review/{record}", {**field(page), "pick": pick, "text": " "})
    assert 422 == answer.status_code and "Er staat geen tekst." in answer.text
    assert "gaat terug met een vraag" not in answer.text


def test_a_state_that_is_none_and_a_foreign_page_write_nothing(office: DeskOffice, reviewer: Browser) -> None:
    record = visit(office)
    assert 422 == decide(reviewer, record, "goedgekeurd")
    assert 409 == reviewer.post(f"/review/{record}", {"read_at": "x", "pick": "approved"}).status_code
    lead = office.signed_in(Role.LEAD).get(f"/review/{record}").text
    assert 409 == decide(reviewer, record, "approved", shown=lead)
    assert "received" == stage(office)


def test_a_text_that_is_too_long_is_written_whole_or_not_at_all(office: DeskOffice, reviewer: Browser) -> None:
    """Nothing of it is cut off in silence: the page says the limit, and has all of the text."""
    record, long = visit(office), "woord " * 700
    page = reviewer.get(f"/review/{record}").text
    answer = reviewer.post(f"/review/{record}", {**field(page), "pick": "comment", "text": long})
    assert 422 == answer.status_code and "hoogstens 4.000" in answer.text and long.strip() in answer.text
    assert 303 == decide(reviewer, record, "comment", long[:4_000])


def test_other_roles_and_other_records_find_nothing(office: DeskOffice) -> None:
    record = visit(office)
    office.shared("signaal", {"/signaal_datum": "2026-01-02"})
    office.dump()
    (signal,) = [row["record"] for row in office.find("select record from _record where form = 'signaal'")]
    may = {record: {Role.LEAD, Role.REVIEWER}, signal: {Role.SIGNALS}}
    for one, readers in may.items():
        for role in Role:
            browser = office.signed_in(role)
            assert (200 if role in readers else 404) == browser.get(f"/review/{one}").status_code, role
            assert role in readers or 404 == browser.post(f"/review/{one}", {"pick": "approved"}).status_code
    assert 404 == office.signed_in(Role.LEAD).get("/review/nonsense").status_code


def test_the_record_has_a_way_to_its_review(office: DeskOffice, reviewer: Browser) -> None:
    record = visit(office)
    assert f"/review/{record}" in reviewer.get(f"/record/{record}").text
