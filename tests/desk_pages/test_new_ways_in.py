"""Nobody puts a way in of their own into a colleague's account unseen: a link asks for what is there already."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from msgspec.structs import replace

from backend.desk.factor_news import NEWS_MS, news
from backend.desk.factors import new_totp
from backend.desk.joining import ASKED
from backend.desk.people import handle_of
from backend.desk.rights import Role
from backend.desk.two_people import are_two
from backend.stores.people import CODES, PASSKEY, TOTP, Factor, Person
from tests.desk_pages.office import PASSPHRASE, Browser, DeskOffice, Key, name_of
from tests.desk_pages.test_four_eyes import keep
from tests.desk_pages.test_signing_in import joined

LEAD, ADMIN = name_of(Role.LEAD), name_of(Role.ADMIN)
NEW = "Nieuw om u mee aan te melden"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path)
    yield made
    made.close()


def link(office: DeskOffice, name: str = LEAD, by: str = ADMIN) -> str:
    """The link that an admin makes for an account that is there."""
    page = office.signed_in(staff=by).post(f"/people/{handle_of(office.code, name)}/invite").text
    return "/join/" + re.findall(r"/join/([0-9a-f]{64})", page)[0]


def ways(office: DeskOffice, name: str = LEAD) -> list[Factor]:
    return office.server.municipality.people.factors(name)


def person(office: DeskOffice, name: str) -> Person:
    found = office.server.municipality.people.person(name)
    assert found is not None
    return found


def test_a_link_and_a_password_that_was_overheard_set_up_no_other_app(office: DeskOffice) -> None:
    key, path, thief = Key(office), link(office), office.visitor()
    before = ways(office)
    page = thief.get(path).text
    assert 'name="code"' in page and "zetten geen andere app klaar" in page
    for code in ("", "000000", "AAAA-BBBB-CCCC-DDDD"):
        assert 422 == thief.post(path, {"password": PASSPHRASE, "code": code}).status_code
        office.server.clock.ms += 120_000  # tries slow down
        assert "QR" not in thief.get(path).text and before == ways(office)
    wrong = thief.post(path, {"password": "anders dan het was", "code": key.codes[0]})
    assert 422 == wrong.status_code and 10 == sum(one.kind == CODES for one in ways(office))


def test_who_has_the_app_or_a_recovery_code_sets_up_another_and_is_told_of_it(office: DeskOffice) -> None:
    key, path, own = Key(office), link(office), office.visitor()
    assert NEW not in office.signed_in(Role.LEAD).get("/today").text  # what an account began with is no news
    office.server.clock.ms += 60_000
    own.id = joined(office, own, path, code=key.codes[0])
    page = own.get("/today").text
    assert NEW in page and "een app met codes" in page and "herstelcodes" in page
    (line,) = [one for one in office.audit() if one.act == "join"]
    assert (LEAD, f"{TOTP} {CODES}: {ADMIN}") == (line.staff, line.detail)
    assert 403 == office.visitor().post("/sign-in", key.shown()).status_code


def test_a_code_shown_with_the_link_is_spent(office: DeskOffice) -> None:
    key, path = Key(office), link(office)
    assert 303 == office.visitor().post(path, {"password": PASSPHRASE, "code": key.code}).status_code
    assert 403 == office.visitor().post("/sign-in", key.shown()).status_code


def test_a_passkey_that_somebody_adds_in_an_open_window_is_told_of_until_it_is_read(office: DeskOffice) -> None:
    Key(office)
    town = office.server.municipality
    office.server.clock.ms += 60_000
    made = Factor("p1", LEAD, PASSKEY, b"x", office.server.clock.now_ms(), label="van een ander")
    office.server.run(town.submit(lambda: town.people.keep_factor(made)))
    assert "een passkey" in office.signed_in(Role.LEAD).get("/today").text
    assert NEW not in office.signed_in(Role.ADMIN).get("/today").text
    office.server.clock.ms += 2 * NEWS_MS  # a long leave
    own = office.signed_in(Role.LEAD)
    assert NEW in own.get("/today").text
    assert 303 == own.post("/today/news").status_code
    assert NEW not in own.get("/today").text and "read-news" in {line.act for line in office.audit()}


def test_who_signs_in_takes_no_news_away_before_two_weeks(office: DeskOffice) -> None:
    Key(office)
    town = office.server.municipality
    office.server.clock.ms += 60_000
    made = Factor("p1", LEAD, PASSKEY, b"x", office.server.clock.now_ms())
    office.server.run(town.submit(lambda: town.people.keep_factor(made)))
    own = office.signed_in(Role.LEAD)
    office.server.clock.ms += 1
    assert 303 == own.post("/today/news").status_code
    page = own.get("/today").text
    assert NEW in page and "/today/news" not in page


def test_news_names_what_came_later_once() -> None:
    first = [Factor("password", "a", "password", b"", 5), Factor("totp", "a", TOTP, b"", 5)]
    later = [Factor(f"code-{at}", "a", CODES, b"", 9) for at in range(10)]
    assert ([], False) == news([], 0, 10) == news(first, 0, 10)
    assert [(CODES, 9)] == [(one.kind, one.made_ms) for one in news([*first, *later], 0, 10).ways]
    assert ([], False) == news([*first, *later], 9, 9 + NEWS_MS)
    assert news([*first, *later], 8, 9 + NEWS_MS).waits


def test_who_makes_another_link_for_a_newcomer_says_alone_who_takes_it_up(office: DeskOffice) -> None:
    """A colleague let the newcomer in; the link of another admin may be in that one's own hands."""
    office.hire("beheer.twee", Role.ADMIN)
    admin: Browser = office.signed_in(Role.ADMIN)
    assert 200 == admin.post("/people", {"name": "nieuw", "role-maker": "on"}).status_code
    assert (ADMIN,) == person(office, "nieuw").vouched
    link(office, "nieuw", by="beheer.twee")
    assert not are_two(office.server.municipality, "beheer.twee", "nieuw")
    keep(office, replace(person(office, LEAD), vouched=(ADMIN, name_of(Role.SECURITY))))
    Key(office)
    link(office, by="beheer.twee")  # who has a password shows it: nothing changes
    assert are_two(office.server.municipality, "beheer.twee", LEAD)


# --- the steps of an invitation are of the browser that took the first one ---


def goes_on(office: DeskOffice, browser: Browser, path: str) -> Any:
    """What the last step of an invitation answers to a browser that goes on as if the first one had been its own."""
    secret = ([*re.findall(r"\b[A-Z2-7]{32}\b", browser.get(path).text), new_totp()])[0]
    browser.post(path, {"code": pyotp.TOTP(secret).at(office.server.clock.now_ms() // 1000)})
    codes = re.findall(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", browser.get(path).text) or ["x"] * 10
    return browser.post(path, {f"code-{at}": codes[at] for at in ASKED})


def test_who_made_a_link_does_not_go_on_where_its_person_showed_who_they_are(office: DeskOffice) -> None:
    key, path = Key(office), link(office)
    own, thief = office.visitor(), office.visitor()
    own.get(path)
    assert 303 == own.post(path, {"password": PASSPHRASE, "code": key.code}).status_code
    before = ways(office)
    page = thief.get(path).text
    assert 'name="password"' in page and not re.findall(r"\b[A-Z2-7]{32}\b", page)
    answer = goes_on(office, thief, path)
    assert 422 == answer.status_code and "set-cookie" not in answer.headers and before == ways(office)
    assert 303 == goes_on(office, own, path).status_code  # and its person goes on where they were


@pytest.mark.parametrize("step", ["app", "codes"])
def test_a_newcomers_steps_are_taken_by_no_other_browser(office: DeskOffice, step: str) -> None:
    path, own, other = newcomer(office), office.visitor(), office.visitor()
    assert 303 == own.post(path, {"password": PASSPHRASE}).status_code
    if step == "codes":
        secret = re.findall(r"\b[A-Z2-7]{32}\b", own.get(path).text)[0]
        own.post(path, {"code": pyotp.TOTP(secret).at(office.server.clock.now_ms() // 1000)})
    for forged in ({}, {"__Host-join-GM9901": ""}, {"__Host-join-GM9901": "ab" * 32}):
        other.joins = dict(forged)
        assert 'name="password"' in other.get(path).text and 422 == goes_on(office, other, path).status_code
    assert [] == ways(office, "nieuw")
    assert ("app" if step == "app" else "codes") == at_of(own.get(path).text)


def at_of(page: str) -> str:
    """The step that a page asks for."""
    return "password" if 'name="password"' in page else "codes" if 'name="code-2"' in page else "app"


def newcomer(office: DeskOffice) -> str:
    page = office.signed_in(Role.ADMIN).post("/people", {"name": "nieuw", "role-maker": "on"}).text
    return "/join/" + re.findall(r"/join/([0-9a-f]{64})", page)[0]


def test_another_browser_that_takes_the_first_step_voids_what_was_done(office: DeskOffice) -> None:
    path, own, other = newcomer(office), office.visitor(), office.visitor()
    assert 303 == own.post(path, {"password": PASSPHRASE}).status_code
    assert 303 == other.post(path, {"password": "lantaarn vijver dinsdag mosterd"}).status_code
    assert "password" == at_of(own.get(path).text) and 422 == goes_on(office, own, path).status_code
    assert 303 == goes_on(office, other, path).status_code
    assert not are_two(office.server.municipality, ADMIN, "nieuw")  # whoever has the link is its maker's


def test_the_cookie_of_an_invitation_is_read_by_no_script_and_sent_by_no_other_site(office: DeskOffice) -> None:
    answer = office.visitor().post(newcomer(office), {"password": PASSPHRASE})
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-join-GM9901=") and "samesite=strict" in cookie.lower()
    assert "httponly" in cookie.lower() and "secure" in cookie.lower()
    secret = cookie.split(";")[0].split("=")[1]
    (kept,) = office.house.joinings._under_way.values()
    assert secret not in str(vars(kept)) and bytes.fromhex(secret) != kept.browser
