"""Signing in by the municipality's own sign-in: what attackers and wrong providers try, against one that lies."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from backend.desk.openid.flows import OPEN_MS
from backend.desk.openid.provider import ROTATED_MS
from backend.desk.openid.tokens import AGE_S, LEEWAY_S
from backend.desk.rights import Role
from backend.web.desk.guarding import cookie_name
from tests.desk_pages.office import TEAM, DeskOffice
from tests.openid.lying import Lying, new_key
from tests.openid.office import NOOR, back, join_up, led, session_of, set_cookie, signed_in, why


@pytest.fixture
def office(openid_office: tuple[DeskOffice, Lying]) -> DeskOffice:
    return openid_office[0]


@pytest.fixture
def lying(openid_office: tuple[DeskOffice, Lying]) -> Lying:
    return openid_office[1]


# --- the way as it should be ---


def test_a_person_comes_in_with_the_role_and_the_team_of_their_group(office: DeskOffice, lying: Lying) -> None:
    answer = signed_in(office, lying)
    assert 200 == answer.status_code and '<meta http-equiv="refresh" content="0; url=/m/GM9901/today">' in answer.text
    assert 200 == session_of(office, answer).get("/today").status_code
    town = office.server.municipality
    person, team = town.people.person(NOOR), town.people.team(TEAM)
    assert person is not None and {"lead"} == person.role_names and "OpenID: leiding" == person.roles[0].by
    assert team is not None and NOOR in team.staff
    line = next(line for line in office.audit() if line.act == "sign-in")
    assert (NOOR, "openid", "done") == (line.staff, line.detail, line.result)


def test_the_provider_is_asked_as_the_standard_has_it(office: DeskOffice, lying: Lying) -> None:
    begun = led(office.visitor())
    asked = dict(parse_qsl(urlsplit(begun.location).query))
    assert ("code", "openid", "S256", "twee") == tuple(
        asked[name] for name in ("response_type", "scope", "code_challenge_method", "acr_values")
    )
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    other = dict(parse_qsl(urlsplit(led(office.visitor()).location).query))
    assert not {asked[name] for name in ("state", "nonce", "code_challenge")} & {*other.values()}
    answer = office.visitor().get("/sign-in/openid")
    kept = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-flow"))
    assert all(word in kept.lower() for word in ("secure", "httponly", "samesite=lax", "path=/", "max-age=600"))


def test_the_door_shows_one_button_and_the_local_form_below(office: DeskOffice, lying: Lying) -> None:
    page = office.visitor().get("/sign-in?next=/m/GM9901/records").text
    assert (
        page.index("/m/GM9901/sign-in/openid?next=/m/GM9901/records") < page.index("<details") < page.index("password")
    )


# --- a session is not fixed, a sign-in is nobody else's ---


def test_a_session_is_new_and_one_that_was_planted_stays_nobodys(office: DeskOffice, lying: Lying) -> None:
    planted = "ab" * 32
    begun = led(office.visitor())
    cookie = f"{begun.cookie}; {cookie_name('GM9901')}={planted}"
    answer = back(office.visitor(), cookie, lying.sent_back(begun.location))
    assert 200 == answer.status_code and planted not in set_cookie(answer, cookie_name("GM9901"))
    assert planted != session_of(office, answer).id


def test_a_browser_that_began_nothing_is_signed_in_as_nobody(office: DeskOffice, lying: Lying) -> None:
    """Login CSRF: an attacker signs in at the provider and has a victim's browser bring the answer."""
    for cookie in ("", f"__Host-flow-GM9901={'ab' * 32}"):
        begun = led(office.visitor())
        answer = back(office.visitor(), cookie, lying.sent_back(begun.location, "s-attacker"))
        assert 403 == answer.status_code and "other-browser" == why(office)
        assert "" == set_cookie(answer, cookie_name("GM9901"))


def test_an_answer_counts_once(office: DeskOffice, lying: Lying) -> None:
    begun = led(office.visitor())
    brought = lying.sent_back(begun.location)
    assert 200 == back(office.visitor(), begun.cookie, brought).status_code
    assert 403 == back(office.visitor(), begun.cookie, brought).status_code and "state" == why(office)
    again = led(office.visitor(), cookie=begun.cookie)
    stolen = {"code": brought["code"], "state": parse_qs(urlsplit(again.location).query)["state"][0]}
    assert 503 == back(office.visitor(), begun.cookie, stolen).status_code and "status-400" == why(office)


def test_a_sign_in_is_over_after_ten_minutes(office: DeskOffice, lying: Lying) -> None:
    begun = led(office.visitor())
    office.server.clock.ms += OPEN_MS
    assert 403 == back(office.visitor(), begun.cookie, lying.sent_back(begun.location)).status_code
    assert "state-over" == why(office)


def test_the_code_of_another_sign_in_does_not_fit(office: DeskOffice, lying: Lying) -> None:
    """Code injection: PKCE ties a code to the browser that asked for it, and the nonce ties the token."""
    mine, theirs = led(office.visitor()), led(office.visitor())
    brought = lying.sent_back(mine.location) | {"code": lying.sent_back(theirs.location)["code"]}
    assert 503 == back(office.visitor(), mine.cookie, brought).status_code and "status-400" == why(office)


def test_the_answer_for_another_municipality_opens_nothing(office: DeskOffice, lying: Lying) -> None:
    begun = led(office.visitor())
    flows: dict[str, Any] = office.house.openid.flows._open
    key = next(reversed(flows))
    flows[key] = flows[key]._replace(municipality="GM9902")
    answer = back(office.visitor(), begun.cookie, lying.sent_back(begun.location))
    assert 403 == answer.status_code and "state" == why(office)


def test_the_answer_of_another_provider_is_refused(office: DeskOffice, lying: Lying) -> None:
    """Mix-up: the browser was sent to one provider and comes back with the code of another one."""
    begun = led(office.visitor())
    brought = lying.sent_back(begun.location) | {"iss": "https://ander.test"}
    assert 403 == back(office.visitor(), begun.cookie, brought).status_code and "issuer-of-answer" == why(office)
    assert "/token" not in lying.asked
    begun = led(office.visitor())
    named = lying.sent_back(begun.location) | {"iss": lying.issuer}
    assert 200 == back(office.visitor(), begun.cookie, named).status_code


def test_a_provider_that_names_itself_must(office: DeskOffice, lying: Lying) -> None:
    lying.said = {"authorization_response_iss_parameter_supported": True}
    join_up(office, lying.issuer)
    assert 403 == signed_in(office, lying).status_code and "issuer-of-answer" == why(office)
    lying.reset()
    join_up(office, lying.issuer)


def test_what_a_provider_refuses_is_said_in_the_log(office: DeskOffice, lying: Lying) -> None:
    for said, kept in (("access_denied", "provider-access_denied"), ("<b>x</b> y", "provider-error")):
        begun = led(office.visitor())
        brought = {"state": lying.sent_back(begun.location)["state"], "error": said}
        assert 403 == back(office.visitor(), begun.cookie, brought).status_code and kept == why(office)


@pytest.mark.parametrize(
    "way",
    ["https://elders.test/", "//elders.test", "/m/GM9902/today", "/m/GM9901\\elders.test", "/m/GM9901/../GM9902",
     "/m/GM9901/sign-in", "/m/GM9901//elders.test", "/m/GM9901/today\r\nx: y", "javascript:alert(1)"],
)  # fmt: skip
def test_it_leads_to_no_other_place(office: DeskOffice, lying: Lying, way: str) -> None:
    begun = led(office.visitor(), "/sign-in/openid", params={"next": way})
    assert begun.location.startswith(f"{lying.issuer}/authorize?")
    answer = back(office.visitor(), begun.cookie, lying.sent_back(begun.location))
    assert 'content="0; url=/m/GM9901/today"' in answer.text and "elders" not in answer.text


def test_another_site_begins_nothing(office: DeskOffice, lying: Lying) -> None:
    """A sign-in, or an invitation taken up, in the browser of who only opened a page elsewhere."""
    for path in ("/sign-in/openid", "/confirm/openid"):
        for site in ("cross-site", "same-site", "none"):
            browser = office.signed_in(Role.LEAD)
            headers = {"sec-fetch-site": site, "cookie": f"{cookie_name('GM9901')}={browser.id}"}
            answer = browser.get(path, headers=headers)
            assert 303 == answer.status_code and answer.headers["location"].startswith("/m/GM9901/")


def test_tries_are_slowed(office: DeskOffice, lying: Lying) -> None:
    answers = [back(office.visitor(), "", {"state": "x", "code": "y"}).status_code for _ in range(7)]
    assert [403] * 5 + [429] * 2 == answers


# --- a token that is wrong ---

Liar = Callable[[Lying], None]


def lie(**claims: Any) -> Liar:
    return lambda one: one.claims.update(claims)


def lack(name: str) -> Liar:
    return lambda one: one.without.add(name)


def sign(how: Callable[[Lying], Callable[[dict[str, Any]], str]]) -> Liar:
    return lambda one: setattr(one, "signed", how(one))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (lie(iss="https://ander.test"), "issuer"),
        (lack("iss"), "issuer"),
        (lie(aud="een-ander"), "audience"),
        (lie(aud=["veldpost-voorbeeld", "een-ander"]), "audience"),
        (lie(azp="een-ander"), "audience"),
        (lack("aud"), "audience"),
        (lie(nonce="een-ander"), "nonce"),
        (lack("nonce"), "nonce"),
        (lack("exp"), "times-missing"),
        (lie(exp="morgen"), "times-missing"),
        (lie(iat=True), "times-missing"),
        (lack("sub"), "subject"),
        (lie(sub=""), "subject"),
        (lie(sub=12), "subject"),
        (lie(acr="een"), "acr"),
        (lack("acr"), "acr"),
        (lie(_claim_names={"groups": "src1"}), "groups-left-out"),
        (lie(hasgroups=True), "groups-left-out"),
        (lie(sub="s-niemand"), "unknown-person"),
        (sign(lambda one: one.unsigned), "algorithm"),
        (sign(lambda one: one.by_public_key), "algorithm"),
        (sign(lambda one: one.by(new_key("twee"))), "key-unknown"),
        (sign(lambda one: one.by(new_key("een"))), "signature"),
        (sign(lambda one: one.by(one.key, jwk=one.key.as_dict(private=False), kid="x")), "key-unknown"),
        (sign(lambda _one: lambda _claims: "geen.token"), "not-a-token"),
        (sign(lambda one: lambda claims: one.honestly(claims)[:-4] + "AAAA"), "signature"),
        (sign(lambda one: lambda claims: one.honestly(claims) + "x" * 40_000), "not-a-token"),
    ],
)
def test_a_token_that_is_wrong_opens_nothing_and_nobody_is_told_why(
    office: DeskOffice, lying: Lying, told: Liar, reason: str
) -> None:
    told(lying)
    answer = signed_in(office, lying)
    assert (403, reason) == (answer.status_code, why(office))
    assert "" == set_cookie(answer, cookie_name("GM9901"))
    number = re.findall(r"<strong>([0-9A-F]{4}-[0-9A-F]{4})</strong>", answer.text)
    assert office.audit()[0].detail.endswith(number[0])
    if reason not in ("acr", "unknown-person"):
        assert reason not in re.sub(r"<[^>]*>", "", answer.text)


def test_a_refusal_has_the_same_page_whatever_its_reason_was(office: DeskOffice, lying: Lying) -> None:
    pages = set()
    for told in (lie(iss="x"), lie(nonce="x"), lie(sub="s-niemand"), sign(lambda one: one.unsigned), lie(groups=[])):
        lying.reset()
        told(lying)
        pages.add(re.sub(r"[0-9A-F]{4}-[0-9A-F]{4}", "", signed_in(office, lying).text))
    assert 1 == len(pages)
    lying.reset()
    lying.claims = {"acr": "een"}
    assert "tweede stap" in signed_in(office, lying).text


@pytest.mark.parametrize(
    ("name", "off_s", "reason"),
    [
        ("exp", -LEEWAY_S, "expired"), ("exp", -LEEWAY_S + 2, ""), ("iat", LEEWAY_S + 2, "not-yet"),
        ("iat", LEEWAY_S - 2, ""),
        ("nbf", LEEWAY_S + 2, "not-yet"), ("nbf", LEEWAY_S - 2, ""), ("iat", -AGE_S - 2, "old"),
    ],
)  # fmt: skip
def test_times_are_held_with_a_minute_to_spare(
    office: DeskOffice, lying: Lying, name: str, off_s: int, reason: str
) -> None:
    lying.claims = {name: office.server.clock.now_ms() // 1000 + off_s}
    answer = signed_in(office, lying)
    assert answer.status_code == (403 if reason else 200)
    if reason:
        assert reason == why(office)


def test_keys_are_asked_for_again_when_they_change_and_not_for_every_lie(office: DeskOffice, lying: Lying) -> None:
    old, lying.key = lying.key, new_key("nieuw")
    lying.keys, lying.signed = [lying.key], lying.honestly
    try:
        office.server.clock.ms += ROTATED_MS
        assert 200 == signed_in(office, lying).status_code
        asked = lying.asked.count("/keys")
        lying.signed = lying.by(new_key("verzonnen"))
        for _ in range(3):
            assert 403 == signed_in(office, lying).status_code
        assert asked == lying.asked.count("/keys")
    finally:
        lying.key, lying.keys = old, [old]
        office.server.clock.ms += ROTATED_MS
