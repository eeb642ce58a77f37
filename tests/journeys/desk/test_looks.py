"""Every page of the desk in English, on the narrowest window: nothing is too small, pale or beyond the side.

Each stands in the table of routes and is found by a link; a policy that refuses anything fails too. What stands in a
page is the same in both languages, and asked in Dutch (`test_states.py`); every way of both is tried there by `soak`.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from backend.desk.rights import Role
from tests.journeys.desk.page_looks import NARROW, looked_at
from tests.journeys.desk.street import Chair, Street, served
from tests.journeys.desk.walk import ROLES, doors, patterns, walked
from tests.journeys.field.tablet import browser

SEEN = {"/records/{form:str}", "/record/{record:str}", "/record/{record:str}/course", "/conflicts/{decision:str}"}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Street, str]]:
    browser()
    made = Street(tmp_path_factory.mktemp("street"))
    with served(made) as address:
        yield made, address
    made.close()


@pytest.fixture(scope="module")
def drive() -> Iterator[Any]:
    with import_module("playwright.sync_api").sync_playwright() as started:
        yield started


def test_nothing_is_found_on_any_page(street: tuple[Street, str], drive: Any) -> None:
    town, address = street
    found: list[str] = []
    visited: set[str] = set()
    outside = Chair(drive, town, address, "", locale="en")
    for pattern in doors():
        if outside.open(pattern) == 200:
            found += looked_at(outside.page, NARROW, drawn=True)
    assert 404 == outside.open("/nothing")
    found += looked_at(outside.page, NARROW, drawn=True)
    outside.close()
    for role in ROLES:
        chair = Chair(drive, town, address, role, locale="en")
        for _ in walked(chair, visited):
            found += looked_at(chair.page, NARROW, drawn=True)
        found += chair.faults
        chair.close()
    assert [] == found
    missed = set(patterns()) - visited - set(doors())  # to some no link of this street leads: an invitation, a draft
    assert [] == [pattern for pattern in missed if "{" not in pattern]
    assert SEEN <= visited


def test_pages_without_script_lead_on_and_a_filter_works(street: tuple[Street, str], drive: Any) -> None:
    town, address = street
    chair = Chair(drive, town, address, Role.LEAD, java_script_enabled=False)
    assert 200 == chair.open("/records/huisbezoek")
    page = chair.page
    page.locator("summary", has_text="Filters en kolommen").click()
    page.get_by_label("Filter op een vraag").select_option(label="Mocht u binnenkomen?")
    page.get_by_role("button", name="Toevoegen").click()
    page.get_by_label("Niemand thuis").check()
    page.get_by_role("button", name="Toon de lijst").click()
    assert "view=" in page.url and "niemand" not in page.url
    page.get_by_text("Filters en kolommen (1 in gebruik)").wait_for()
    first = page.locator("tbody th a").first
    first.click()
    page.get_by_role("heading", name="Bezoek", exact=True).wait_for()
    page.get_by_role("link", name="Verloop").click()
    page.get_by_text("vulde in").first.wait_for()
    assert [] == chair.faults
    chair.close()


def test_the_people_are_not_cut_off_on_a_phone(street: tuple[Street, str], drive: Any) -> None:
    town, address = street
    chair = Chair(drive, town, address, Role.ADMIN, viewport={"width": 390, "height": 844})
    assert 200 == chair.open("/people")
    cut = "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length"
    assert 0 == chair.page.evaluate(cut) and chair.page.get_by_text("beveiligingsfunctionaris").first.is_visible()
    chair.close()


def test_what_a_policy_refuses_fails_the_journey(street: tuple[Street, str], drive: Any) -> None:
    town, address = street
    chair = Chair(drive, town, address, "")
    chair.open("/sign-in")
    with chair.page.expect_console_message():
        chair.page.evaluate("() => document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    with pytest.raises(AssertionError):
        chair.close()


def test_the_keys_are_listed_and_can_be_switched_off_by_nobody_who_types(
    street: tuple[Street, str], drive: Any
) -> None:
    town, address = street
    chair = Chair(drive, town, address, Role.LEAD)
    chair.open("/records/huisbezoek")
    page = chair.page
    page.get_by_label("Zoek in de antwoorden").fill("")
    page.keyboard.press("n")
    assert "n" == page.get_by_label("Zoek in de antwoorden").input_value() and "after=" not in page.url
    page.locator("h1").click()
    page.keyboard.press("?")
    dialog = page.locator("dialog#keys")
    assert dialog.is_visible() and "Volgende" in dialog.inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_url("**after=**")
    page.keyboard.press("?")
    page.get_by_label("Sneltoetsen gebruiken").uncheck()
    page.keyboard.press("Escape")
    page.go_back()
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert "after=" not in page.url
    chair.close()
