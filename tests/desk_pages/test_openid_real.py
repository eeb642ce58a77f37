"""Signing in at a real provider (npm `oidc-provider`), by the way that a browser takes; the other tests lie."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.desk.openid.tokens import AGE_S, LEEWAY_S
from backend.desk.rights import Role
from backend.web.desk.guarding import cookie_name
from tests.desk_pages.office import ORIGIN, DeskOffice
from tests.openid.office import BACK, NOOR, back, bind_up, join_up, led, session_of, set_cookie, why
from tests.openid.real import provider, sent_back


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskOffice, str]]:
    with provider(f"{ORIGIN}/m/GM9901{BACK}") as issuer:
        office = DeskOffice(Path(tmp_path_factory.mktemp("real")))
        office.server.clock.ms = time.time_ns() // 1_000_000
        join_up(office, issuer)
        for name, sub in ((NOOR, "noor"), ("zwak.voorbeeld", "zwak"), ("weg.voorbeeld", "weg")):
            bind_up(office, name, issuer, sub, Role.LEAD)
        yield office, issuer
        office.close()


@pytest.fixture
def office(real: tuple[DeskOffice, str]) -> DeskOffice:
    office = real[0]
    office.server.clock.ms = time.time_ns() // 1_000_000
    office.house.tries.forgive("GM9901\0openid\x00203.0.113.9", "GM9901 203.0.113.9")
    return office


def test_a_person_of_a_real_provider_comes_in_once(office: DeskOffice) -> None:
    begun = led(office.visitor())
    brought = sent_back(begun.location, "noor")
    assert {"code", "state", "iss"} == brought.keys()
    answer = back(office.visitor(), begun.cookie, brought)
    assert 200 == answer.status_code and 200 == session_of(office, answer).get("/records").status_code
    assert 403 == back(office.visitor(), begun.cookie, brought).status_code and "state" == why(office)
    again = led(office.visitor())
    stolen = sent_back(again.location, "noor") | {"code": brought["code"]}
    assert 503 == back(office.visitor(), again.cookie, stolen).status_code and "status-400" == why(office)


@pytest.mark.parametrize(
    ("login", "reason"),
    [("zwak", "acr"), ("weg", "no-role"), ("sam", "unknown-person"), ("niemand", "provider-access_denied")],
)
def test_who_is_too_weak_in_no_group_or_unknown_is_refused(office: DeskOffice, login: str, reason: str) -> None:
    begun = led(office.visitor())
    answer = back(office.visitor(), begun.cookie, sent_back(begun.location, login))
    assert (403, reason) == (answer.status_code, why(office))
    assert "" == set_cookie(answer, cookie_name("GM9901"))


@pytest.mark.parametrize(
    ("off_s", "reason"), [(300 + LEEWAY_S + 5, "expired"), (-LEEWAY_S - 30, "not-yet"), (AGE_S, "state-over")]
)
def test_the_time_of_a_real_token_is_held(office: DeskOffice, off_s: int, reason: str) -> None:
    begun = led(office.visitor())
    brought = sent_back(begun.location, "noor")
    flows = office.house.openid.flows._open
    office.server.clock.ms += off_s * 1000
    if reason == "not-yet":  # our clock went back: the sign-in began before it
        key = next(reversed(flows))
        flows[key] = flows[key]._replace(begun_ms=office.server.clock.ms)
    assert 403 == back(office.visitor(), begun.cookie, brought).status_code and reason == why(office)


def test_a_factor_is_shown_again_at_a_real_provider(office: DeskOffice) -> None:
    begun = led(office.visitor())
    browser = session_of(office, back(office.visitor(), begun.cookie, sent_back(begun.location, "noor")))
    cookie = f"{cookie_name('GM9901')}={browser.id}"
    again = led(browser, "/confirm/openid?next=/m/GM9901/account", cookie=cookie)
    answer = back(office.visitor(), again.cookie, sent_back(again.location, "noor"))
    assert 200 == answer.status_code and "url=/m/GM9901/account" in answer.text
    assert session_of(office, answer).id != browser.id and 303 == browser.get("/today").status_code
