"""Nobody puts a way in of their own into a colleague's account unseen: a link asks for what is there already."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from backend.desk.factor_news import NEWS_MS, news
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


def test_a_passkey_that_somebody_adds_in_an_open_window_is_told_of_for_two_weeks(office: DeskOffice) -> None:
    Key(office)
    town = office.server.municipality
    office.server.clock.ms += 60_000
    made = Factor("p1", LEAD, PASSKEY, b"x", office.server.clock.now_ms(), label="van een ander")
    office.server.run(town.submit(lambda: town.people.keep_factor(made)))
    assert "een passkey" in office.signed_in(Role.LEAD).get("/today").text
    assert NEW not in office.signed_in(Role.ADMIN).get("/today").text
    office.server.clock.ms += NEWS_MS
    assert NEW not in office.signed_in(Role.LEAD).get("/today").text


def test_news_names_what_came_later_once() -> None:
    first = [Factor("password", "a", "password", b"", 5), Factor("totp", "a", TOTP, b"", 5)]
    later = [Factor(f"code-{at}", "a", CODES, b"", 9) for at in range(10)]
    assert [] == news([], 10) == news(first, 10)
    assert [(CODES, 9)] == [(one.kind, one.made_ms) for one in news([*first, *later], 10)]
    assert [] == news([*first, *later], 9 + NEWS_MS)


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
