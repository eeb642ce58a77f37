"""Who comes in by the municipality's own sign-in, with which roles, and how an account is bound to them."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from backend.desk.rights import Role
from backend.stores.people import ACTIVE, BLOCKED
from backend.web.desk.guarding import cookie_name
from tests.desk_pages.office import PASSPHRASE, TEAM, DeskOffice, Key
from tests.openid.lying import SECRET, Lying
from tests.openid.office import EMERGENCY, NOOR, back, bind_up, led, session_of, signed_in, why


@pytest.fixture
def office(openid_office: tuple[DeskOffice, Lying]) -> DeskOffice:
    return openid_office[0]


@pytest.fixture
def lying(openid_office: tuple[DeskOffice, Lying]) -> Lying:
    return openid_office[1]


# --- who it is, and what they may ---


def test_a_role_whose_group_is_gone_is_gone_at_once(office: DeskOffice, lying: Lying) -> None:
    """Also in a session from before, also the team, and also where a colleague gave it."""
    before = session_of(office, signed_in(office, lying, groups=["leiding", "lezers"]))
    assert 200 == before.get("/records").status_code
    after = session_of(office, signed_in(office, lying, groups=["lezers"]))
    person, team = office.server.municipality.people.person(NOOR), office.server.municipality.people.team(TEAM)
    assert person is not None and {"reviewer"} == person.role_names
    assert team is not None and NOOR not in team.staff
    assert {403} == {one.post("/teams").status_code for one in (before, after)}
    refused = signed_in(office, lying, groups=["een-andere-groep"])
    assert (403, "no-role") == (refused.status_code, why(office))
    assert {303} == {one.get("/today").status_code for one in (before, after)}
    assert frozenset() == _person(office, NOOR).role_names


def _person(office: DeskOffice, name: str) -> Any:
    return office.server.municipality.people.person(name)


def test_roles_that_no_group_is_mapped_to_are_the_desks(office: DeskOffice, lying: Lying) -> None:
    bind_up(office, "mo.voorbeeld", lying.issuer, "s-mo", Role.MAKER, Role.LEAD)
    assert 200 == signed_in(office, lying, "s-mo", groups=[]).status_code
    assert {"maker"} == _person(office, "mo.voorbeeld").role_names


def test_groups_do_not_put_together_what_must_stay_apart(office: DeskOffice, lying: Lying) -> None:
    """Who keeps house reads no answers, whatever groups they are in."""
    both = session_of(office, signed_in(office, lying, groups=["beheerders", "leiding", "lezers"]))
    assert {"admin"} == _person(office, NOOR).role_names
    assert 403 == both.get("/records").status_code
    assert "openid apart lead reviewer" == next(line for line in office.audit() if line.act == "sign-in").detail
    bind_up(office, "bo.voorbeeld", lying.issuer, "s-bo", Role.PRIVACY)
    signed_in(office, lying, "s-bo", groups=["beheerders"])
    assert {"admin"} == _person(office, "bo.voorbeeld").role_names


def test_no_group_makes_the_first_admin(office: DeskOffice, lying: Lying) -> None:
    people = office.server.municipality.people
    admins = [one for one in people.all() if Role.ADMIN in one.role_names and one.state == ACTIVE and one.name != NOOR]
    for one in admins:
        office.hire(one.name, Role.ADMIN, state=BLOCKED)
    try:
        signed_in(office, lying, groups=["beheerders", "leiding"])
        assert {"lead"} == _person(office, NOOR).role_names
    finally:
        for one in admins:
            office.hire(one.name, Role.ADMIN)


def test_who_is_blocked_stays_out(office: DeskOffice, lying: Lying) -> None:
    office.hire(NOOR, Role.LEAD, state=BLOCKED)
    assert (403, BLOCKED) == (signed_in(office, lying).status_code, why(office))
    office.hire(NOOR, Role.LEAD)


def test_a_bound_account_has_no_other_way_in(office: DeskOffice, lying: Lying) -> None:
    """Whoever was put out at the provider must not come in by a password from before, nor choose one."""
    key = Key(office, NOOR)
    assert 403 == office.visitor().post("/sign-in", key.shown()).status_code
    line = office.audit()[0]
    assert (NOOR, "openid", "refused") == (line.staff, line.detail, line.result)
    browser = session_of(office, signed_in(office, lying))
    assert "new-password" not in browser.get("/account").text
    browser = office.signed_in(staff=NOOR)  # one that was elevated
    for path in ("/account/password", "/account/codes", "/account/passkeys"):
        assert 409 == browser.post(path, {"password": PASSPHRASE}).status_code


def test_a_second_factor_is_shown_at_the_provider_again(office: DeskOffice, lying: Lying) -> None:
    """A session by the provider may take nothing back at first; the other person, or an old sign-in, helps nobody."""
    browser = session_of(office, signed_in(office, lying, groups=["beheerders"]))
    cookie = f"{cookie_name('GM9901')}={browser.id}"
    assert 403 == browser.post("/people", {"name": "een.ander"}).status_code
    assert "/confirm/openid" in browser.get("/confirm").text
    bind_up(office, "to.voorbeeld", lying.issuer, "s-to", Role.ADMIN)
    old = office.server.clock.now_ms() // 1000 - 3_600
    for sub, claims, reason in (
        ("s-noor", {"auth_time": old}, "not-shown-again"), ("s-to", {}, "other-person"), ("s-noor", {}, ""),
    ):  # fmt: skip
        begun = led(browser, "/confirm/openid", cookie=cookie)
        asked = dict(parse_qsl(urlsplit(begun.location).query))
        assert ("login", "0") == (asked["prompt"], asked["max_age"])
        answer = back(office.visitor(), begun.cookie, lying.sent_back(begun.location, sub, **claims))
        assert answer.status_code == (403 if reason else 200)
        if reason:
            assert reason == why(office)
            assert 403 == browser.post("/people", {"name": "een.ander"}).status_code
    again = session_of(office, answer)
    assert again.id != browser.id and 303 == browser.get("/today").status_code
    assert 200 == again.post("/people", {"name": "een.ander", "role-lead": "1"}).status_code


def test_who_signs_in_so_needs_a_keyslot_to_unlock(office: DeskOffice, lying: Lying) -> None:
    browser = session_of(office, signed_in(office, lying))
    office.ask("lock")
    try:
        assert "Vergrendeld" in browser.get("/today").text
        assert 403 == browser.post("/unlock", {"slot": "passphrase", "key": "niet de wachtzin"}).status_code
        assert office.server.municipality.locked
    finally:
        office.ask("unlock")


# --- the account for emergencies ---


def test_the_emergency_account_comes_in_without_the_provider_and_its_use_rings(
    office: DeskOffice, lying: Lying
) -> None:
    key = Key(office, EMERGENCY)
    office.hire("nog.een.beheerder", Role.ADMIN)
    lying.raw["/.well-known/openid-configuration"] = (500, {}, b"")
    answer = office.visitor().post("/sign-in", key.shown())
    assert 303 == answer.status_code
    assert "emergency-account" == office.audit()[0].act
    own, admin, security, lead = (
        session_of(office, answer), office.signed_in(staff="nog.een.beheerder"), office.signed_in(Role.SECURITY),
        office.signed_in(Role.LEAD),
    )  # fmt: skip
    assert "noodaccount" not in lead.get("/today").text
    for browser in (own, admin, security):
        assert f"Het noodaccount {EMERGENCY} is gebruikt" in browser.get("/today").text
    (ring,) = office.server.municipality.openid.rings()
    assert 404 == own.post(f"/rings/{ring.id}/seen").status_code
    assert 404 == lead.post(f"/rings/{ring.id}/seen").status_code
    assert "Het noodaccount" in security.get("/today").text
    assert 303 == security.post(f"/rings/{ring.id}/seen").status_code
    assert "Het noodaccount" not in admin.get("/today").text
    assert 404 == security.post(f"/rings/{ring.id}/seen").status_code


def test_a_provider_that_is_down_is_not_asked_by_every_stranger(office: DeskOffice, lying: Lying) -> None:
    office.server.clock.ms += 3_700_000
    lying.raw["/.well-known/openid-configuration"] = (500, {}, b"")
    answers = [office.visitor().get("/sign-in/openid").status_code for _ in range(4)]
    assert [503] * 4 == answers and 1 == len(lying.asked)
    office.server.clock.ms += 30_000


def test_the_secret_stands_nowhere(office: DeskOffice, lying: Lying) -> None:
    connection = office.server.municipality.openid.connection()
    assert connection is not None and SECRET.encode() not in connection.secret
    assert SECRET not in "".join(line.detail for line in office.audit())
    assert SECRET not in office.signed_in(Role.ADMIN).get("/house/sign-in").text
