"""Whoever signs out here hears that the own sign-in knows them still, and is led there to sign out too."""

from typing import Any

import pytest

from tests.desk_pages.office import DeskOffice
from tests.openid.lying import CLIENT, Lying
from tests.openid.office import join_up, session_of, signed_in


@pytest.fixture
def office(openid_office: tuple[DeskOffice, Lying]) -> DeskOffice:
    return openid_office[0]


@pytest.fixture
def lying(openid_office: tuple[DeskOffice, Lying]) -> Lying:
    return openid_office[1]


def anew(office: DeskOffice, lying: Lying, leave: object) -> None:
    """Let the provider describe itself anew."""
    lying.said = {} if leave is None else {"end_session_endpoint": leave}
    office.server.run(office.house.openid.providers.found(lying.issuer, anew=True))


def test_who_signs_out_is_led_to_the_provider_by_a_page_of_ours(office: DeskOffice, lying: Lying) -> None:
    anew(office, lying, f"{lying.issuer}/leave")
    browser = session_of(office, signed_in(office, lying))
    answer = browser.post("/sign-out")
    assert f"{browser.home}/sign-in/openid/left" == answer.headers["location"]
    assert 303 == browser.get("/today").status_code  # the session here is over, whatever they do there
    page = office.visitor().get("/sign-in/openid/left")
    assert 200 == page.status_code and "U bent hier afgemeld" in page.text and "/sign-in/openid/leave" in page.text
    led = office.visitor().get("/sign-in/openid/leave")
    assert (303, f"{lying.issuer}/leave?client_id={CLIENT}") == (led.status_code, led.headers["location"])
    other = office.visitor().get("/sign-in/openid/leave", headers={"sec-fetch-site": "cross-site"})
    assert f"{browser.home}/sign-in" == other.headers["location"]


@pytest.mark.parametrize(
    "leave", [None, 7, "", "javascript:alert(1)", "https://127.0.0.1\\@elders.test", "http://elders.test/x"]
)
def test_a_provider_that_names_no_place_to_sign_out_is_left_alone(
    office: DeskOffice, lying: Lying, leave: object
) -> None:
    anew(office, lying, leave)
    for path in ("left", "leave"):
        answer = office.visitor().get(f"/sign-in/openid/{path}")
        assert (303, "/m/GM9901/sign-in") == (answer.status_code, answer.headers["location"])


def test_who_signs_in_here_goes_to_the_door(office: DeskOffice) -> None:
    assert "/m/GM9901/sign-in" == office.signed_in("lead").post("/sign-out").headers["location"]


def test_who_came_in_by_a_sign_in_that_is_removed_is_out(office: DeskOffice, lying: Lying) -> None:
    """It is removed because it is not trusted any more: twelve hours of whoever it let in were left."""
    browser, own, lead = session_of(office, signed_in(office, lying)), office.signed_in("admin"), office.signed_in()
    assert 200 == browser.get("/today").status_code
    assert 303 == own.post("/house/sign-in/remove").status_code
    join_up(office, lying.issuer)
    assert [303, 200, 200] == [one.get("/today").status_code for one in (browser, own, lead)]


@pytest.mark.parametrize(
    ("other", "ended"),
    [
        ({"acr": ("drie",)}, True),
        ({"acr": ("twee", "drie")}, False),
        ({"amr": ("otp",)}, True),
        ({"client": "z"}, True),
    ],
)
def test_who_came_in_by_less_than_is_asked_now_is_out(
    office: DeskOffice, lying: Lying, other: dict[str, Any], ended: bool
) -> None:
    """More was asked because the old sign-in was too weak, and whoever had come in by it stayed twelve hours."""
    browser, own = session_of(office, signed_in(office, lying)), office.signed_in("admin")
    join_up(office, lying.issuer, **other)
    assert [303 if ended else 200, 200] == [one.get("/today").status_code for one in (browser, own)]
    join_up(office, lying.issuer)
