"""Connecting a municipality with its own sign-in, and binding an account to a person there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk import four_eyes
from backend.desk.joining import invite
from backend.desk.openid.provider import BYTES_MAX, ProviderFailed, is_address, provider_of
from backend.desk.people import handle_of
from backend.desk.rights import Role
from backend.stores.openid import Mapped
from backend.stores.people import ACTIVE, BLOCKED, CODES, OPENID, PASSWORD, TOTP, Given, Person
from tests.desk_pages.office import ORIGIN, PASSPHRASE, TEAM, Browser, DeskOffice, Key, name_of
from tests.openid.lying import CLIENT, SECRET, Lying
from tests.openid.office import BACK, EMERGENCY, agreed, back, join_up, led, session_of, signed_in, why


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskOffice, Lying]]:
    office = DeskOffice(Path(tmp_path_factory.mktemp("connecting")))
    lying = Lying(office.server.clock.now_ms)
    Key(office, EMERGENCY)
    yield office, lying
    lying.close()
    office.close()


@pytest.fixture
def office(shared: tuple[DeskOffice, Lying]) -> DeskOffice:
    return shared[0]


@pytest.fixture
def lying(shared: tuple[DeskOffice, Lying]) -> Lying:
    shared[1].reset()
    return shared[1]


def fields(lying: Lying, **other: str) -> dict[str, str]:
    """A connection as an admin types it."""
    return {
        "issuer": lying.issuer, "client": CLIENT, "secret": SECRET, "redirect": f"{ORIGIN}/m/GM9901{BACK}",
        "claim": "groups", "acr": "twee", "amr": "", "emergency": EMERGENCY,
        "group-0": "leiding", "role-0": "lead", "team-0": TEAM, "group-1": "", "role-1": "admin", "team-1": "",
    } | other  # fmt: skip


# --- the page ---


def test_two_people_connect_and_an_admin_ends_it(office: DeskOffice, lying: Lying) -> None:
    admin, town = office.signed_in(Role.ADMIN), office.server.municipality
    page = admin.get("/house/sign-in").text
    assert f'value="{ORIGIN}/m/GM9901{BACK}"' in page and EMERGENCY in page
    assert "/m/GM9901/proposals" == admin.post("/house/sign-in", fields(lying)).headers["location"]
    assert town.openid.connection() is None
    shown = office.signed_in(Role.SECURITY).get("/proposals").text
    agreeing = (lying.issuer, "leiding", "teamleider", f"Team {TEAM}", f"{ORIGIN}/m/GM9901{BACK}", EMERGENCY)
    assert all(words in shown for words in agreeing) and SECRET not in shown
    agreed(office)
    connection = town.openid.connection()
    assert connection is not None and (Mapped("leiding", "lead", TEAM),) == connection.mapped
    assert "connect-openid" in [line.act for line in office.audit()[:3]]
    shown = admin.get("/house/sign-in").text
    assert lying.issuer in shown and SECRET not in shown and "verbonden" in shown
    newer = admin.post("/house/sign-in", fields(lying, secret="nieuw geheim"))
    assert "/m/GM9901/house/sign-in" == newer.headers["location"]
    rotated = town.openid.connection()
    assert rotated is not None and rotated.secret != connection.secret
    assert 303 == admin.post("/house/sign-in", fields(lying, secret="", acr="drie")).status_code
    agreed(office)
    kept = town.openid.connection()
    assert kept is not None and (("drie",), rotated.secret) == (kept.acr, kept.secret)
    assert 303 == admin.post("/house/sign-in/remove").status_code
    assert town.openid.connection() is None
    assert "/sign-in/openid" not in office.visitor().get("/sign-in").text
    assert 403 == office.visitor().get("/sign-in/openid").status_code and "not-connected" == why(office)


def test_an_admin_alone_does_not_read_by_a_provider_of_their_own(office: DeskOffice, lying: Lying) -> None:
    """Nor by an accomplice whom they invented, nor with a reason while there is somebody to ask."""
    admin, town = office.signed_in(Role.ADMIN), office.server.municipality
    admin.post("/house/sign-in", fields(lying, reason="het kan echt niet wachten"))
    (waits,) = [one for one in four_eyes.waiting(town) if one.kind == four_eyes.CONNECT]
    assert 403 == admin.post(f"/proposals/{waits.id}/agree").status_code
    invented = Person("verzonnen.iemand", "V", ACTIVE, (Given("security", EMERGENCY, 1),), vouched=(EMERGENCY,))
    office.server.run(town.submit(lambda: town.people.keep(invented)))
    assert 403 == office.signed_in(staff=invented.name).post(f"/proposals/{waits.id}/agree").status_code
    assert town.openid.connection() is None
    assert 303 == office.signed_in(Role.SECURITY).post(f"/proposals/{waits.id}/refuse").status_code
    assert 410 == office.signed_in(Role.SECURITY).post(f"/proposals/{waits.id}/agree").status_code
    assert town.openid.connection() is None
    office.hire(invented.name, state=BLOCKED)


def test_what_waits_is_looked_at_once_more_when_somebody_agrees(office: DeskOffice, lying: Lying) -> None:
    admin, town = office.signed_in(Role.ADMIN), office.server.municipality
    office.team("tijdelijk", [], [])
    admin.post("/house/sign-in", fields(lying, **{"team-0": "tijdelijk"}))
    (waits,) = [one for one in four_eyes.waiting(town) if one.kind == four_eyes.CONNECT]
    admin.post("/teams/tijdelijk/end")
    assert 422 == office.signed_in(Role.SECURITY).post(f"/proposals/{waits.id}/agree").status_code
    assert town.openid.connection() is None and waits in four_eyes.waiting(town)
    admin.post(f"/proposals/{waits.id}/refuse")


def test_nothing_is_fetched_before_an_admin_showed_a_factor(office: DeskOffice, lying: Lying) -> None:
    """An address that an admin's open window was made to send leads no request anywhere."""
    asked = office.house.openid.providers.asked
    admin = office.signed_in(Role.ADMIN)
    office.server.clock.ms += 6 * 60_000
    assert 403 == admin.post("/house/sign-in", fields(lying)).status_code
    assert 403 == office.signed_in(Role.SECURITY).post("/house/sign-in", fields(lying)).status_code
    stranger = office.visitor().post("/house/sign-in", fields(lying))
    assert 401 == stranger.status_code and SECRET not in stranger.text
    assert (asked, []) == (office.house.openid.providers.asked, lying.asked)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", "http://aanmelden.voorbeeld.test"), ("issuer", "https://a@b.test"), ("issuer", "ftp://a.test"),
        ("issuer", "https://a.test/?x=1"), ("issuer", "https://a.test/#x"), ("issuer", "https:///x"), ("issuer", ""),
        ("issuer", "https://127.0.0.1:x"), ("issuer", "file:///etc/passwd"), ("issuer", f"https://a.test/{'x' * 300}"),
        ("client", ""), ("client", "x" * 201), ("redirect", "http://veldpost.test/back"), ("claim", "a b"),
        ("claim", ""), ("acr", ""), ("acr", " ".join(map(str, range(11)))), ("emergency", ""),
        ("emergency", name_of(Role.SECURITY)), ("emergency", name_of(Role.LEAD)), ("role-0", "baas"),
        ("team-0", "geen-team"), ("group-0", "x" * 201), ("secret", "x" * 501),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_so_is_said_and_nothing_is_fetched(
    office: DeskOffice, lying: Lying, name: str, value: str
) -> None:
    asked = office.house.openid.providers.asked
    answer = office.signed_in(Role.ADMIN).post("/house/sign-in", fields(lying, **{name: value}))
    assert 422 == answer.status_code and 'role="alert"' in answer.text
    assert asked == office.house.openid.providers.asked and office.server.municipality.openid.connection() is None


def test_a_secret_goes_to_no_other_provider_than_it_was_given_for(office: DeskOffice, lying: Lying) -> None:
    admin, other = office.signed_in(Role.ADMIN), Lying(office.server.clock.now_ms)
    try:
        assert 303 == admin.post("/house/sign-in", fields(lying)).status_code
        agreed(office)
        for changed in ({"issuer": other.issuer}, {"client": "een-ander"}):
            answer = admin.post("/house/sign-in", fields(lying, secret="", **changed))
            assert 422 == answer.status_code and "hoort bij deze uitgever" in answer.text
        assert [] == other.asked
    finally:
        other.close()
        admin.post("/house/sign-in/remove")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"issuer": "https://ander.test"}, "noemt zichzelf anders"),
        ({"issuer": None}, "noemt zichzelf anders"),
        ({"token_endpoint": "http://elders.test/token"}, "niet met https://"),
        ({"jwks_uri": "file:///etc/passwd"}, "niet met https://"),
        ({"authorization_endpoint": None}, "niet met https://"),
        ({"response_types_supported": ["id_token"]}, "een code"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "RS256"),
        ({"token_endpoint_auth_methods_supported": ["none"]}, "client secret"),
    ],
)
def test_a_provider_that_is_none_is_not_connected(
    office: DeskOffice, lying: Lying, said: dict[str, Any], words: str
) -> None:
    lying.said = said
    answer = office.signed_in(Role.ADMIN).post("/house/sign-in", fields(lying))
    assert 422 == answer.status_code and words in answer.text
    assert office.server.municipality.openid.connection() is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((302, {"location": "http://127.0.0.1:1/secret"}, b""), "niet met een beschrijving"),
        ((200, {}, b"<html>"), "geen beschrijving"),
        ((200, {}, b"[1]"), "geen beschrijving"),
        ((200, {}, b" " * (BYTES_MAX + 1)), "te lang"),
        ((200, {"content-length": "999999"}, b"{"), "geen antwoord"),
    ],
)
def test_what_answers_otherwise_is_not_read_on(
    office: DeskOffice, lying: Lying, answer: tuple[int, dict[str, str], bytes], words: str
) -> None:
    lying.raw["/.well-known/openid-configuration"] = answer
    shown = office.signed_in(Role.ADMIN).post("/house/sign-in", fields(lying))
    assert 422 == shown.status_code and words in shown.text
    assert ["/.well-known/openid-configuration"] == lying.asked


def test_a_provider_elsewhere_names_no_address_of_this_machine() -> None:
    assert is_address("https://a.test/token", issuer="https://a.test")
    assert not is_address("http://127.0.0.1:8321/metrics", issuer="https://a.test")
    assert not is_address("https://localhost/x", issuer="https://a.test")
    assert is_address("http://127.0.0.1:9/x", issuer="http://127.0.0.1:9")
    for text in (
        "https://a.test/\n",
        "https://a.test/ b",
        "https://a.test\\@b",
        'https://a.test/"',
        "https://a.test/ü",
    ):
        assert not is_address(text)
    named = {
        "authorization_endpoint": "https://a.test/a",
        "token_endpoint": "http://127.0.0.1/t",
        "jwks_uri": "https://a.test/k",
    }
    with pytest.raises(ProviderFailed):
        provider_of("https://a.test", {"issuer": "https://a.test", **named})


# --- an account and its person ---


@pytest.fixture
def connected(office: DeskOffice, lying: Lying) -> Iterator[DeskOffice]:
    join_up(office, lying.issuer)
    office.house.tries.forgive("GM9901\0openid\x00203.0.113.9", "GM9901 203.0.113.9")
    yield office
    office.signed_in(Role.ADMIN).post("/house/sign-in/remove")


def invited(office: DeskOffice, name: str, *roles: Role) -> str:
    """The path of an invitation."""
    town = office.server.municipality
    there = town.people.person(name) is not None
    made = invite(office.desk.control, town, "beheer", name, f"Voorbeeld {name}", roles, again=there)
    return f"/join/{office.server.run(made).token}"


def taken_up(
    office: DeskOffice, lying: Lying, path: str, sub: str, browser: Browser | None = None, **claims: Any
) -> Any:  # fmt: skip
    """Take up an invitation as somebody at the provider."""
    begun = led(browser or office.visitor(), f"{path}/openid")
    return back(office.visitor(), begun.cookie, lying.sent_back(begun.location, sub, **claims))


def test_an_invitation_binds_its_account_to_who_signs_in_with_it(connected: DeskOffice, lying: Lying) -> None:
    office, path = connected, invited(connected, "sam.voorbeeld")
    assert f"{path}/openid" in office.visitor().get(path).text
    answer = taken_up(office, lying, path, "s-sam")
    waits = session_of(office, answer).get("/today")  # the role of the group waits: one person alone knows the account
    assert (200, 403) == (answer.status_code, waits.status_code) and "Uw account is klaar" in waits.text
    assert [OPENID] == [one.kind for one in office.server.municipality.people.factors("sam.voorbeeld")]
    assert 410 == office.visitor().get(path).status_code
    assert 410 == office.visitor().get(f"{path}/openid").status_code
    assert 200 == signed_in(office, lying, "s-sam").status_code


def test_an_invention_that_is_bound_gets_no_guarded_role_by_the_provider_alone(
    connected: DeskOffice, lying: Lying
) -> None:
    """An admin binds an account that he made up to somebody he knows there, or to himself beside his own account."""
    office, name, town = connected, "verzonnen.ziel", connected.server.municipality
    page = office.signed_in(Role.ADMIN).post("/people", {"name": name})
    (link,) = re.findall(r"/join/[0-9a-f]{64}", page.text)[:1]
    reads = session_of(office, taken_up(office, lying, link, "s-mol"))
    for _ in range(2):
        assert 403 == reads.get("/records").status_code == reads.get("/people").status_code
        person = town.people.person(name)
        assert person is not None and frozenset() == person.role_names
        (asked,) = [one for one in four_eyes.waiting(town) if one.about == name]
        assert (EMERGENCY, ("lead",), "OpenID: leiding") == (asked.by, asked.give, asked.label)
        assert 403 == office.signed_in(Role.ADMIN).post(f"/proposals/{asked.id}/agree").status_code
        reads = session_of(office, signed_in(office, lying, "s-mol"))
    assert "OpenID: leiding" in office.signed_in(Role.SECURITY).get("/proposals").text
    assert 303 == office.signed_in(Role.SECURITY).post(f"/proposals/{asked.id}/agree").status_code
    assert 200 == reads.get("/records").status_code
    signed_in(office, lying, "s-mol", groups=["lezers"])  # whom two people know gets what the groups give, and no more
    person = town.people.person(name)
    assert person is not None and {"reviewer"} == person.role_names


def test_of_two_who_take_up_one_invitation_one_does(connected: DeskOffice, lying: Lying) -> None:
    office, path = connected, invited(connected, "kim.voorbeeld")
    begun = [led(office.visitor(), f"{path}/openid") for _ in range(2)]
    brought = [lying.sent_back(one.location, sub) for one, sub in zip(begun, ("s-kim", "s-dief"), strict=True)]
    assert [200, 410] == [
        back(office.visitor(), one.cookie, answer).status_code for one, answer in zip(begun, brought, strict=True)
    ]
    assert (403, "unknown-person") == (signed_in(office, lying, "s-dief").status_code, why(office))


def test_a_person_at_the_provider_is_one_account(connected: DeskOffice, lying: Lying) -> None:
    office = connected
    first, second = invited(office, "ali.voorbeeld"), invited(office, "eva.voorbeeld")
    assert 200 == taken_up(office, lying, first, "s-ali").status_code
    assert (403, "bound-already") == (taken_up(office, lying, second, "s-ali").status_code, why(office))
    assert [] == office.server.municipality.people.factors("eva.voorbeeld")


def test_the_link_alone_takes_over_no_account(connected: DeskOffice, lying: Lying) -> None:
    """Whoever finds the invitation of an account with a password shows that and its app first; a bound one stays."""
    office, key = connected, Key(connected, name_of(Role.REVIEWER))
    path = invited(office, name_of(Role.REVIEWER))
    assert f"{path}/openid" not in office.visitor().get(path).text
    assert f"/m/GM9901{path}" == office.visitor().get(f"{path}/openid").headers["location"]
    own, thief = office.visitor(), office.visitor()
    assert 303 == own.post(path, {"password": PASSPHRASE, "code": key.codes[0]}).status_code
    assert f"{path}/openid" in own.get(path).text and f"{path}/openid" not in thief.get(path).text
    assert f"/m/GM9901{path}" == thief.get(f"{path}/openid").headers["location"]  # what another browser proved
    assert 200 == taken_up(office, lying, path, "s-reviewer", own, groups=["lezers"]).status_code
    kinds = {one.kind for one in office.server.municipality.people.factors(key.name)}
    assert {OPENID} == kinds and not kinds & {PASSWORD, TOTP, CODES}
    again = invited(office, name_of(Role.REVIEWER))
    answer = office.visitor().post(again, {"password": PASSPHRASE})
    assert 422 == answer.status_code and "eigen aanmelding" in answer.text
    assert (403, "bound-already") == (taken_up(office, lying, again, "s-dief").status_code, why(office))


def test_the_emergency_account_is_never_bound(connected: DeskOffice, lying: Lying) -> None:
    office, path, key = connected, invited(connected, EMERGENCY), Key(connected, EMERGENCY)
    own = office.visitor()
    assert 303 == own.post(path, {"password": PASSPHRASE, "code": key.codes[0]}).status_code
    assert (403, "emergency-account") == (taken_up(office, lying, path, "s-x", own).status_code, why(office))
    assert PASSWORD in {one.kind for one in office.server.municipality.people.factors(EMERGENCY)}


def test_a_bound_account_begins_anew_by_two_people(connected: DeskOffice, lying: Lying) -> None:
    """After a new issuer or a new client, to which the person is another one."""
    office, path = connected, invited(connected, "lou.voorbeeld")
    browser = session_of(office, taken_up(office, lying, path, "s-lou"))
    admin = office.signed_in(Role.ADMIN)
    admin.post(f"/people/{handle_of(office.code, 'lou.voorbeeld')}/reset")
    asked = [one for one in four_eyes.waiting(office.server.municipality) if one.about == "lou.voorbeeld"]
    (waits,) = [one for one in asked if one.kind == four_eyes.RESET]
    page = office.signed_in(Role.SECURITY).post(f"/proposals/{waits.id}/agree").text
    assert 303 == browser.get("/today").status_code
    link = re.search(r"/m/GM9901(/join/[0-9a-f]+)", page)
    assert link is not None
    assert 200 == taken_up(office, lying, link[1], "s-lou-nieuw").status_code
    assert "eigen aanmelding van de gemeente" in admin.get("/people").text


def test_a_blocked_person_is_unblocked_as_who_they_were(connected: DeskOffice, lying: Lying) -> None:
    office, path = connected, invited(connected, "jip.voorbeeld")
    taken_up(office, lying, path, "s-jip")
    admin, place = office.signed_in(Role.ADMIN), f"/people/{handle_of(office.code, 'jip.voorbeeld')}"
    admin.post(f"{place}/block", {"do": "yes"})
    assert 403 == signed_in(office, lying, "s-jip").status_code
    admin.post(f"{place}/unblock")
    assert 200 == signed_in(office, lying, "s-jip").status_code
