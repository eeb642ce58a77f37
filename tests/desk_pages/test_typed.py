"""What was typed when a session had ended is kept for that person, offered again, and goes with its record."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk.rights import Role
from backend.desk.sessions import IDLE_MS, csrf_of
from tests.desk_pages.office import Browser, DeskOffice, Key

TEXT = "De fiets stond in de gang, met een nieuw slot."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek")
    yield made
    made.close()


def visit(office: DeskOffice) -> str:
    record = office.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2345"}).hex()
    office.sync()
    office.dump()
    return record


def test_a_choice_is_given_back_in_its_words_and_sent_on_as_its_code(office: DeskOffice) -> None:
    at = f"/review/{visit(office)}"
    late(office, at, q1="aan_de_deur", q2="aan de deur, zei zij")
    page = office.signed_in().get("/typed").text
    shown = re.findall(r'<bdi class="text">([^<]*)</bdi>', page)
    assert {TEXT, "Alleen aan de deur gesproken", "aan de deur, zei zij"} == {*shown}
    assert '<input type="hidden" name="q1" value="aan_de_deur">' in page
    lead = office.signed_in()
    refused = lead.post(at, {"csrf": f"{'0' * 64}.{lead.mark}", "q1": "aan_de_deur"})
    assert 403 == refused.status_code and "<bdi>Alleen aan de deur gesproken</bdi>" in refused.text


def test_a_code_of_several_questions_is_said_in_the_words_of_the_one_that_was_asked(office: DeskOffice) -> None:
    """“Geen” is “Niemand” of one question and “Nee” of another: both were told, of what was chosen once."""
    at = f"/record/{visit(office)}/edit/"
    lead = office.signed_in()
    pages = (lead.get(f"{at}{number}").text for number in range(20))
    page, name = next(
        (page, found[1]) for page in pages if (found := re.search(r'name="(q\d+)\.of" value="huisbezoek /zorg"', page))
    )
    assert f'name="{name}"' in page
    chosen = {"csrf": f"{'0' * 64}.{lead.mark}", name: "geen", f"{name}.of": "huisbezoek /zorg"}
    refused = lead.post(f"{at}1", chosen).text
    assert "<bdi>Nee</bdi>" in refused and "Niemand" not in refused and "<bdi>huisbezoek" not in refused
    unnamed = lead.post("/records/dossier/new", {"csrf": f"{'0' * 64}.{lead.mark}", "q0": "school"}).text
    assert "<bdi>School</bdi>" in unnamed  # the page's own form, and no other


def test_what_is_said_of_a_choice_and_is_no_question_leaves_the_text(office: DeskOffice) -> None:
    lead = office.signed_in()
    for of in ("", " zorg", " /a//b", " /_comment/x", " /", "/x /zorg", " \0"):
        typed = {"csrf": f"{'0' * 64}.{lead.mark}", "q0": "geen", "q0.of": f"huisbezoek{of}"}
        refused = lead.post("/records/dossier/new", typed)
        assert 403 == refused.status_code and "<bdi>geen</bdi>" in refused.text, of


def test_what_a_field_held_is_not_given_back_as_typed(office: DeskOffice) -> None:
    late(office, f"/review/{visit(office)}", **{"q1": "binnen", "q1.was": "binnen", "q2": "geen", "q2.was": "ja"})
    page = office.signed_in().get("/typed").text
    shown = re.findall(r'<bdi class="text">([^<]*)</bdi>', page)
    assert TEXT in shown and 2 == len(shown), "what stood there already"
    assert '<input type="hidden" name="q1" value="binnen">' in page


def read(browser: Browser, at: str) -> str:
    (seal,) = re.findall(r'name="read_at" value="([^"]+)"', browser.get(at).text)
    return str(seal)


def late(office: DeskOffice, at: str, **more: Any) -> Any:
    """A remark that is posted after the session of its page ended."""
    lead = office.signed_in()
    fields = {"pick": "comment", "text": TEXT, "read_at": read(lead, at)}
    office.server.clock.ms += IDLE_MS
    return lead.post(at, fields | more)


def test_it_is_offered_again_and_sent_on_as_it_would_have_been(office: DeskOffice) -> None:
    at = f"/review/{visit(office)}"
    answer = late(office, at)
    assert 303 == answer.status_code and "/sign-in" in answer.headers["location"]
    assert TEXT not in str(answer.headers)
    lead = office.signed_in()
    assert "tekst die nog niet bewaard is" in lead.get("/today").text
    page = lead.get("/typed").text
    assert TEXT in page
    (id_,) = re.findall(r"/typed/([0-9a-f]{32})", page)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.partition("/typed/")[2]))
    fields.pop("csrf")
    sent = lead.post(f"/typed/{id_}", fields | {"typed.do": "go"})
    assert (307, f"{lead.home}{at}") == (sent.status_code, sent.headers["location"])
    assert 303 == lead.post(at, fields).status_code  # as the browser does then
    office.dump()
    assert TEXT in lead.get(at).text
    assert "nog niet bewaard" not in lead.get("/today").text and TEXT not in lead.get("/typed").text


@pytest.mark.parametrize(
    ("role", "path", "name"),
    [(Role.LEAD, "/exports/new/huisbezoek", "reason"), (Role.PRIVACY, "/reason", "reason"),
     (Role.LEAD, "/records/huisbezoek/new", "q0"), (Role.ADMIN, "/lists", "title"),
     (Role.LEAD, "/attention", "reason")],
)  # fmt: skip
def test_what_is_typed_anywhere_waits_under_today(office: DeskOffice, role: Role, path: str, name: str) -> None:
    browser = office.signed_in(role)
    office.server.clock.ms += IDLE_MS
    assert 303 == browser.post(path, {name: TEXT}).status_code
    again = office.signed_in(role)
    assert "tekst die nog niet bewaard is" in again.get("/today").text
    assert TEXT in again.get("/typed").text


def test_no_code_of_a_choice_is_shown_as_a_text(office: DeskOffice) -> None:
    lead = office.signed_in()
    office.server.clock.ms += IDLE_MS
    lead.post("/exports/new/huisbezoek", {"kind": "xlsx", "words": "words", "reason": TEXT})
    page = office.signed_in().get("/typed").text
    assert TEXT in page and ">xlsx<" not in page and ">words<" not in page
    assert 'name="kind" value="xlsx"' in page  # and is sent on


def test_it_is_for_its_person_alone_and_can_be_thrown_away(office: DeskOffice) -> None:
    late(office, f"/review/{visit(office)}")
    lead, reviewer = office.signed_in(), office.signed_in(Role.REVIEWER)
    assert TEXT not in reviewer.get("/typed").text and "nog niet bewaard" not in reviewer.get("/today").text
    (id_,) = re.findall(r"/typed/([0-9a-f]{32})", lead.get("/typed").text)
    assert 404 == reviewer.post(f"/typed/{id_}", {"typed.do": "drop"}).status_code
    assert 303 == lead.post(f"/typed/{id_}", {"typed.do": "drop"}).status_code
    assert TEXT not in lead.get("/typed").text


def test_only_a_form_of_the_session_that_ended_is_kept(office: DeskOffice) -> None:
    at = f"/review/{visit(office)}"
    lead = office.signed_in()
    fields = {"pick": "comment", "text": TEXT, "read_at": read(lead, at)}
    signed_out, gone = office.signed_in(), Browser(office.app, office.code, "ab" * 32)
    signed_out.post("/sign-out")
    office.server.clock.ms += IDLE_MS
    for browser, token in ((signed_out, csrf_of(signed_out.id)), (gone, csrf_of("ab" * 32)), (lead, "0" * 64)):
        browser.ask("POST", f"{browser.home}{at}", data=fields | {"csrf": token})
    lead.ask(
        "POST", f"{lead.home}{at}", data=fields | {"csrf": csrf_of(lead.id)}, headers={"sec-fetch-site": "cross-site"}
    )
    lead.post("/account/password", {"password": TEXT})  # nor is anything of a page where secrets are typed
    assert TEXT not in office.signed_in().get("/typed").text


def test_locked_it_is_given_back_in_the_page(office: DeskOffice) -> None:
    at = f"/review/{visit(office)}"
    lead = office.signed_in()
    fields = {"pick": "comment", "text": TEXT, "read_at": read(lead, at)}
    office.server.municipality.keyring.lock()
    answer = lead.post(at, fields)
    assert 423 == answer.status_code or answer.status_code >= 400
    assert TEXT in answer.text
    office.server.clock.ms += IDLE_MS
    door = lead.post(at, fields)
    (carried,) = {*re.findall(r'name="kept-sealed" value="([^"]+)"', door.text)}
    assert TEXT not in door.text and "/sign-in" in door.text
    assert TEXT in lead.post("/sign-in", Key(office).shown() | {"kept-sealed": carried}).text


def test_a_form_of_another_window_gives_its_text_back(office: DeskOffice) -> None:
    at = f"/review/{visit(office)}"
    lead = office.signed_in()
    answer = lead.post(at, {"text": TEXT, "csrf": f"{'0' * 64}.{lead.mark}"})
    assert 403 == answer.status_code and TEXT in answer.text


def test_it_goes_with_its_record(office: DeskOffice) -> None:
    record = visit(office)
    late(office, f"/review/{record}")
    lead = office.signed_in()
    late_new = office.signed_in()
    office.server.clock.ms += IDLE_MS
    late_new.post("/records/huisbezoek/new", {"q0": "Over iemand zonder dossier"})
    lead = office.signed_in()
    assert TEXT in lead.get("/typed").text and "iemand zonder dossier" in lead.get("/typed").text
    office.ask("erase", record=record, reason="request")
    assert TEXT not in lead.get("/typed").text and "iemand zonder dossier" not in lead.get("/typed").text
