"""What somebody tries with sessions and forms of the desk that are not theirs: each is refused, and nothing is done."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.desk.rights import Role
from backend.desk.sessions import IDLE_MS, WHOLE_MS, csrf_of
from backend.stores.people import BLOCKED
from backend.web.desk.guarding import cookie_name
from tests.desk_pages.office import ORIGIN, Browser, DeskOffice, Key, name_of

SignedIn = Callable[..., Browser]


@pytest.fixture
def office(desk_office: DeskOffice) -> DeskOffice:
    """The office of these tests."""
    return desk_office


def is_in(browser: Browser) -> bool:
    return browser.get("/today").status_code == 200


def test_a_person_signs_in_and_out(office: DeskOffice) -> None:
    browser = office.visitor()
    assert browser.get("/today").headers["location"].endswith("/sign-in?next=/m/GM9901/today")
    given = Key(office).shown(next="/m/GM9901/today")
    answer = browser.post("/sign-in", given)
    assert (303, "/m/GM9901/today") == (answer.status_code, answer.headers["location"])
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-desk-GM9901=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    browser.id = cookie.split(";")[0].split("=")[1]
    assert is_in(browser)
    assert 303 == browser.post("/sign-out").status_code
    assert not is_in(browser)
    assert {("sign-in", "done"), ("sign-out", "done")} <= {(line.act, line.result) for line in office.audit()}


def test_a_planted_id_is_not_taken_over(office: DeskOffice) -> None:
    """Session fixation: the id that was in the browser before signing in is worth nothing after it."""
    planted = "ab" * 32
    browser = office.visitor()
    browser.id = planted
    assert not is_in(browser)
    browser.id = ""
    answer = browser.ask(
        "POST", "/m/GM9901/sign-in", data=Key(office).shown(),
        headers={"cookie": f"{cookie_name('GM9901')}={planted}"},
    )  # fmt: skip
    assert 303 == answer.status_code
    assert planted not in answer.headers["set-cookie"]
    browser.id = planted
    assert not is_in(browser)


@pytest.mark.parametrize("id_", ["", "x", "ab" * 31, "AB" * 32, "ab" * 33, "ab" * 32 + "0"])
def test_what_is_no_id_is_nobodys(office: DeskOffice, id_: str) -> None:
    browser = office.visitor()
    browser.id = id_
    assert not is_in(browser)


def test_only_the_hash_of_an_id_is_on_the_disk(office: DeskOffice) -> None:
    browser = office.signed_in()
    files = list(office.server.folder.parent.glob("control.db*"))
    assert files
    for path in files:
        raw = path.read_bytes()
        assert bytes.fromhex(browser.id) not in raw and browser.id.encode() not in raw
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_a_session_ends_when_it_is_idle_and_at_the_latest_after_a_day_of_work(office: DeskOffice) -> None:
    clock, idle, busy = office.server.clock, office.signed_in(), office.signed_in()
    clock.ms += IDLE_MS - 1
    assert is_in(busy)
    clock.ms += 1
    assert not is_in(idle) and is_in(busy)
    for _ in range(WHOLE_MS // IDLE_MS * 2):
        clock.ms += IDLE_MS // 2
        alive = is_in(busy)
    assert not alive


def test_the_session_of_another_municipality_is_nobodys(office: DeskOffice) -> None:
    elsewhere = office.house.sessions.begin("GM9902", name_of(Role.LEAD), "password", "test", "test")
    assert not is_in(Browser(office.app, "GM9901", elsewhere))
    assert 404 == Browser(office.app, "GM9902", elsewhere).get("/today").status_code


def test_a_person_who_was_blocked_is_out_at_the_next_request(office: DeskOffice) -> None:
    browser = office.signed_in(Role.LEAD)
    assert is_in(browser)
    office.hire(name_of(Role.LEAD), Role.LEAD, state=BLOCKED)
    assert not is_in(browser)


def test_a_role_that_was_taken_away_is_gone_at_the_next_request(office: DeskOffice) -> None:
    browser = office.signed_in(Role.LEAD)
    assert b"/m/GM9901/sign-out" in browser.get("/today").content
    office.hire(name_of(Role.LEAD))
    assert 403 == browser.get("/today").status_code
    line = office.audit()[0]
    assert ("refused", "today.read", "refused") == (line.act, line.detail, line.result)


FOREIGN: list[dict[str, Any]] = [
    {"headers": {"sec-fetch-site": "cross-site"}},
    {"headers": {"sec-fetch-site": "same-site"}},
    {"headers": {"sec-fetch-site": "none"}},
    {"headers": {"sec-fetch-site": "cross-site", "origin": ORIGIN}},
]


@pytest.mark.parametrize("more", FOREIGN)
def test_a_form_of_another_site_does_nothing(office: DeskOffice, more: dict[str, Any]) -> None:
    browser = office.signed_in()
    assert 403 == browser.post("/sign-out", **more).status_code
    assert 403 == office.visitor().post("/sign-in", {"name": "x", "password": "y"}, **more).status_code
    assert is_in(browser)


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "", f"{ORIGIN}.evil.test", f"{ORIGIN}:444"])
def test_without_fetch_metadata_the_origin_is_looked_at(office: DeskOffice, origin: str) -> None:
    browser = office.signed_in()
    del browser.headers["sec-fetch-site"]
    assert 403 == browser.post("/sign-out", headers={"origin": origin}).status_code
    assert is_in(browser)
    assert 303 == browser.post("/sign-out", headers={"origin": ORIGIN}).status_code


def test_a_form_needs_the_token_of_its_own_session(office: DeskOffice) -> None:
    browser, other = office.signed_in(), office.signed_in(Role.REVIEWER)
    for token in ("", "0" * 64, csrf_of(other.id), csrf_of("ab" * 32)):
        assert 403 == browser.post("/sign-out", {"csrf": token}).status_code
    assert 403 == browser.ask("POST", "/m/GM9901/sign-out").status_code
    assert is_in(browser)
    assert 303 == browser.post("/sign-out", {"csrf": ""}, headers={"x-csrf": csrf_of(browser.id)}).status_code


@pytest.mark.parametrize(
    ("way", "leads"),
    [
        ("/m/GM9901/records", "/m/GM9901/records"), ("/m/GM9901", "/m/GM9901/today"), ("", "/m/GM9901/today"),
        *((bad, "/m/GM9901/today") for bad in (
            "https://evil.test", "//evil.test", "/\\evil.test", "\\\\evil.test", "/m/GM9902/records",
            "/m/GM9901.evil.test/", "/m/GM9901@evil.test", "/m/GM9901/../GM9902", "/m/GM9901/x?y", "/m/GM9901/\r\nX: y",
            "/m/GM9901/\x00", "javascript:alert(1)", "/m/GM9901/" + "x" * 300, "/m/GM9901/sign-out", "/m/GM9901/%2e%2e",
        )),
    ],
)  # fmt: skip
def test_signing_in_leads_only_to_a_page_of_this_desk(office: DeskOffice, way: str, leads: str) -> None:
    given = Key(office).shown(next=way)
    assert leads == office.visitor().post("/sign-in", given).headers["location"]


def test_no_page_can_be_framed_or_run_a_script_of_its_own(office: DeskOffice) -> None:
    for answer in (office.visitor().get("/sign-in"), office.signed_in().get("/today"), office.signed_in().get("/none")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert "DENY" == answer.headers["x-frame-options"] and "no-store" == answer.headers["cache-control"]
        assert "nosniff" == answer.headers["x-content-type-options"]
        assert not re.search(r"<script(?! src=\"/desk/[a-z0-9.]+\" defer></script>)", answer.text)
        assert not re.search(r"<style|\bstyle=|\bon[a-z]+=", answer.text)


def test_a_script_in_a_name_is_text(office: DeskOffice) -> None:
    evil = "\"><script>alert(1)</script>'"
    office.hire(evil[:20], Role.LEAD)
    browser = office.signed_in(staff=evil[:20])
    page = browser.get("/today").text
    assert "<script>" not in page and "&lt;script" in page


def test_what_is_not_there_and_what_is_another_municipalitys_are_the_same_bytes(office: DeskOffice) -> None:
    browser = office.signed_in()
    one, two = browser.get("/none"), browser.ask("GET", "/m/GM9902/today")
    assert (404, one.content, one.headers) == (two.status_code, two.content, two.headers)
