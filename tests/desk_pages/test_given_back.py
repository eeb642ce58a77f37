"""What was typed comes back where a form was not taken: an old token, a session that is over, a full disk, no keys."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Response

from backend.desk.rights import Role
from backend.desk.sessions import IDLE_MS, WHOLE_MS
from backend.errors import StoreFull
from tests.desk_pages.office import Browser, DeskOffice, Key

EVIL = '</textarea><script>alert(1)</script> en "meer"'
PATH = "/teams"
TYPED = {"name": EVIL, "read_at": "ab" * 40, "password": "geheim woord", "tick": "on"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("back")))
    yield made
    made.close()


def carried(answer: Response, path: str = PATH) -> dict[str, str]:
    """The hidden fields of the form that sends it again."""
    form = answer.text.split(f'action="/m/GM9901{path}')[1].split("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}


def is_given_back(answer: Response) -> bool:
    """True if the text, and it alone, stands in the page as text, and no secret does."""
    texts = re.findall(r'<p class="text"><bdi>([^<]*)</bdi></p>', answer.text)
    return [EVIL] == [html.unescape(one) for one in texts] and "geheim woord" not in answer.text


def teams(office: DeskOffice) -> int:
    return len(office.server.municipality.people.teams())


def test_a_form_of_an_old_token_is_not_done_and_gives_its_text_back(office: DeskOffice) -> None:
    admin, other, before = office.signed_in(Role.ADMIN), office.signed_in(Role.LEAD), teams(office)
    lines = len(office.audit())
    for token in (other.csrf, "", f".{other.mark}", f".{admin.mark}", f"{'0' * 64}.{admin.mark}"):
        refused = admin.post(PATH, TYPED | {"csrf": token})
        assert 403 == refused.status_code and is_given_back(refused) == (admin.mark in token), token
        assert (before, lines) == (teams(office), len(office.audit()))
    again = carried(refused)
    assert admin.csrf == again.pop("csrf")
    assert {name: value for name, value in TYPED.items() if name != "password"} == again
    assert 303 == admin.post(PATH, {"name": "Noordoost"}).status_code and before + 1 == teams(office)


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}])
def test_what_another_site_sends_is_never_put_into_a_page_of_ours(office: DeskOffice, headers: dict[str, str]) -> None:
    """Neither to who is signed in nor at the door, where it would be sent after the sign-in."""
    before = teams(office)
    for browser in (office.signed_in(Role.ADMIN), office.visitor()):
        answer = browser.post(PATH, TYPED, headers=headers)
        assert answer.status_code in (303, 403) and "alert(1)" not in answer.text
    assert before == teams(office)


def test_a_form_of_a_session_that_is_over_comes_back_after_the_sign_in(office: DeskOffice) -> None:
    key = Key(office, "de-admin")
    admin, before = office.signed_in(Role.ADMIN), teams(office)
    office.server.clock.ms += IDLE_MS
    door = admin.post(PATH, TYPED)
    assert 401 == door.status_code and EVIL not in html.unescape(door.text) and before == teams(office)
    kept = re.findall(r'name="(kept-[a-z]+)" value="([^"]*)"', door.text.split('data-passkey="get"')[0])
    fields: dict[str, list[str]] = {}
    for name, value in kept:
        fields.setdefault(name, []).append(html.unescape(value))
    visitor = office.visitor()
    wrong = visitor.post("/sign-in", key.shown(password="anders dan het was") | fields)
    assert 403 == wrong.status_code and fields["kept-sealed"][0] in html.unescape(wrong.text)
    back = visitor.post("/sign-in", key.shown() | fields)
    assert 200 == back.status_code and before == teams(office)
    visitor.mark = admin.mark
    visitor.id = back.headers["set-cookie"].split(";")[0].split("=")[1]
    again = carried(back, "/typed/")
    assert visitor.csrf == again["csrf"] and EVIL == again["name"]
    assert "tekst die nog niet bewaard is" in visitor.get("/today").text  # whoever goes there first
    kept_page = html.unescape(visitor.get("/typed").text)
    assert EVIL in kept_page and "geheim woord" not in kept_page
    assert "Uw sessie was voorbij" in kept_page and "bevestigen" not in kept_page
    (id_,) = set(re.findall(r"/typed/([0-9a-f]{32})", back.text))
    sent = visitor.post(f"/typed/{id_}", again)
    assert (307, f"/m/GM9901{PATH}") == (sent.status_code, sent.headers["location"])
    assert "nog niet bewaard" not in visitor.get("/today").text
    assert visitor.post(PATH, {"name": "Zuidwest"}).status_code == 303
    elsewhere = {"kept-path": "https://evil.test/", "kept-name": "name", "kept-value": "x"}
    office.server.clock.ms += 60_000
    leads = office.visitor().post("/sign-in", key.shown() | elsewhere)
    assert 303 == leads.status_code and "evil" not in leads.text + leads.headers["location"]


def test_an_empty_form_of_nobody_leads_to_the_door_as_before(office: DeskOffice) -> None:
    assert 303 == office.visitor().post(PATH, {"csrf": "0" * 64}).status_code


def test_a_full_disk_does_nothing_and_gives_the_text_back(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, before = office.signed_in(Role.ADMIN), teams(office)

    async def full(_work: object) -> None:
        raise StoreFull(store="journal")

    monkeypatch.setattr(office.server.municipality, "submit", full)
    refused = admin.post(PATH, TYPED)
    assert 507 == refused.status_code and is_given_back(refused) and before == teams(office)
    monkeypatch.undo()
    again = carried(refused) | {"name": "Noordwest"}
    assert 303 == admin.ask("POST", f"/m/GM9901{PATH}", data=again).status_code and before + 1 == teams(office)


def test_a_page_says_how_long_its_session_has_left(office: DeskOffice) -> None:
    browser = office.signed_in(Role.LEAD)

    def left(browser: Browser) -> int:
        return int(re.findall(r'data-left="(\d+)" data-here="/m/GM9901/here"', browser.get("/account").text)[0])

    assert IDLE_MS == left(browser)
    office.server.clock.ms += IDLE_MS - 1_000
    asked = browser.get("/here")
    assert (200, str(IDLE_MS), "no-store") == (asked.status_code, asked.text, asked.headers["cache-control"])
    for _ in range(2 * WHOLE_MS // IDLE_MS - 3):
        office.server.clock.ms += IDLE_MS // 2
        browser.get("/here")
    assert int(browser.get("/here").text) < IDLE_MS  # the whole of a session is not made longer by asking
    office.server.clock.ms += IDLE_MS
    assert 303 == browser.get("/here").status_code
