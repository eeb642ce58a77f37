"""An address that somebody types at the desk is answered with a page in their language; JSON stays for who asks so."""

import re

import pytest

from backend.desk.rights import Role
from backend.stores.server_errors import LeaseLost
from tests.desk_pages.office import Browser, DeskOffice, Key
from tests.desk_pages.test_settled import text_of

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JSON = {"accept": "application/json"}


@pytest.mark.parametrize("end", ["/", "//", "/sign-in/", "/today/?a=b"])
def test_a_slash_at_the_end_leads_to_the_page_without_it(desk_office: DeskOffice, end: str) -> None:
    answer = desk_office.visitor().get(end, headers=HTML)
    path, _, query = f"/m/{desk_office.code}{end}".partition("?")
    assert (308, path.rstrip("/") + (f"?{query}" if query else "")) == (answer.status_code, answer.headers["location"])
    assert "application/problem+json" == desk_office.visitor().get(end, headers=JSON).headers["content-type"]
    posted = desk_office.visitor().post(end, headers=HTML)
    assert 404 == posted.status_code  # a form goes nowhere by a redirect


def test_a_municipality_that_is_set_apart_is_a_page_that_says_when_to_come_back(
    desk_office: DeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_office.server.municipality, "apart", LeaseLost())
    answer = desk_office.visitor().get("/sign-in", headers=HTML)
    assert (503, "5") == (answer.status_code, answer.headers["retry-after"])
    assert "Een andere server" in text_of(answer.text)


@pytest.mark.parametrize("path", ["/m//veldpost.example/", "/m/%2F%2Fveldpost.example/", "/m/\\veldpost.example/"])
def test_no_slash_leads_to_another_server(desk_office: DeskOffice, path: str) -> None:
    answer = desk_office.visitor().ask("GET", path, headers=HTML)
    assert answer.headers.get("location", "/m/").startswith("/m/")


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(
    "path", ["/m", "/m/GM0000", "/m/GM9901/nergens", "/m/GM9901/conflicts/a/b/c", "/m/GM9901/lock"]
)
def test_any_other_address_is_a_page_in_the_house_style_and_the_language(
    desk_office: DeskOffice, path: str, language: str
) -> None:
    browser = desk_office.visitor()
    browser.headers["accept-language"] = language
    answer = browser.ask("GET", path, headers=HTML)
    assert answer.status_code == (405 if path.endswith("/lock") else 404)
    assert f'<html lang="{language}">' in answer.text and re.search(r'href="/desk/desk\.[0-9a-f]+\.css"', answer.text)
    words = {"nl": ("Ga naar het begin", "Ga terug naar de bladzijde"), "en": ("Go to the", "Go back to the page")}
    assert words[language][path.endswith("/lock")] in text_of(answer.text), answer.text


def test_who_asks_for_json_is_told_a_wrong_method_in_json(desk_office: DeskOffice) -> None:
    answer = desk_office.visitor().ask("GET", "/m/GM9901/lock", headers=JSON)
    assert (405, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert 404 == desk_office.visitor().ask("GET", "/api/v1/nergens", headers=HTML).status_code


@pytest.mark.parametrize("at", ["/sign-in", "/join/0123456789abcdef"])
def test_a_language_is_chosen_at_the_door_without_a_script_and_stays(desk_office: DeskOffice, at: str) -> None:
    browser = desk_office.visitor()
    page = browser.get("/sign-in").text
    assert '<html lang="nl">' in page and 'value="en"' in page and "English" in page
    answer = browser.post("/language", {"language": "en", "at": f"{browser.home}{at}"})
    assert (303, f"{browser.home}{at}") == (answer.status_code, answer.headers["location"])
    cookie = answer.headers["set-cookie"]
    assert all(one in cookie for one in ("__Host-desk-language=en", "HttpOnly", "Secure", "SameSite=lax"))
    browser.headers["cookie"] = "__Host-desk-language=en"
    assert '<html lang="en">' in browser.get("/sign-in").text
    refused = browser.post("/sign-in", {"name": "niemand", "password": "x", "code": "000000"})
    assert 403 == refused.status_code and '<html lang="en">' in refused.text
    browser.headers["cookie"] = "__Host-desk-language=xx"
    assert '<html lang="nl">' in browser.get("/sign-in").text


def test_the_way_after_signing_in_is_kept_and_leads_nowhere_else(desk_office: DeskOffice) -> None:
    browser = desk_office.visitor()
    for next_, at, led in (
        ("/m/GM9901/records", "/m/GM9901/sign-in", "/sign-in?next=/m/GM9901/records"),
        ("https://veldpost.example/", "//veldpost.example", "/sign-in"),
        ("", "/m/GM9901/join/../../x", "/sign-in"),
        ("", "/m/GM9901/lock", "/sign-in"),
    ):
        answer = browser.post("/language", {"language": "en", "at": at, "next": next_})
        assert f"{browser.home}{led}" == answer.headers["location"]
    other = browser.post("/language", {"language": "xx"})
    assert 303 == other.status_code and "set-cookie" not in other.headers
    foreign = browser.post("/language", {"language": "en"}, headers={"sec-fetch-site": "cross-site"})
    assert 403 == foreign.status_code and "set-cookie" not in foreign.headers


def test_a_page_that_answers_a_form_has_the_numbers_in_its_menu(desk_office: DeskOffice) -> None:
    desk_office.shared("dossier", {"/case_ref": "ABCD-2345"})
    desk_office.dump()
    lead, number = desk_office.signed_in(Role.LEAD), re.compile(r'/review"[^>]*>[^<]*<span class="nl-number-badge">')
    assert number.search(lead.get("/records").text)
    record = desk_office.find("select record from _record")[0]["record"]
    answered = lead.post(f"/record/{record}/course", {"kind": "write", "who": "", "since": "", "until": ""})
    assert 200 == answered.status_code and number.search(answered.text)
    refused = lead.post("/records/dossier/bulk", {"csrf": "van een ander venster"})
    assert 403 == refused.status_code and number.search(refused.text)


def test_the_chosen_language_of_a_person_comes_before_that_of_a_door(desk_office: DeskOffice) -> None:
    key = Key(desk_office)
    browser = desk_office.visitor()
    browser.headers["cookie"] = "__Host-desk-language=en"
    answer = browser.post("/sign-in", key.shown())
    assert 303 == answer.status_code
    lead: Browser = desk_office.signed_in(Role.LEAD)
    assert 303 == lead.post("/account/name", {"language": "nl", "shown_name": "Voorbeeld"}).status_code
    lead.headers["accept-language"] = "en"
    assert '<html lang="nl">' in lead.get("/today").text
