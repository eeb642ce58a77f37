"""The own sign-in in a real browser, at a real provider on another site: connected, joined, signed in."""

import re
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.desk_pages.office import TEAM, DeskOffice, Key
from tests.journeys.desk.looking import page_faults
from tests.journeys.desk.street import Chair, served
from tests.journeys.field.tablet import browser
from tests.openid.lying import CLIENT, SECRET
from tests.openid.office import BACK, EMERGENCY
from tests.openid.real import provider

pytestmark = pytest.mark.skipif(browser() is None, reason="no Chromium")


def connected(admin: Chair, issuer: str) -> None:
    """Fill in the page as an admin."""
    page: Any = admin.page
    admin.open("/house")
    page.get_by_role("link", name="Eigen aanmelding").press("Enter")
    for label, text in (
        ("Adres van de uitgever", issuer), ("Naam van deze toepassing", CLIENT), ("Geheim", SECRET),
        ("Groep 1", "leiding"),
        ("Een van deze niveaus", "twee"),
    ):  # fmt: skip
        page.get_by_label(label).fill(text)
    page.get_by_label("Rol 1").select_option("lead")
    page.get_by_label("Team 1").select_option(TEAM)
    assert [] == page_faults(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Bewaren en verbinden").press("Enter")
    assert "Kies een beheerder" in page.content() and issuer == page.get_by_label("Adres van de uitgever").input_value()
    assert [] == page_faults(page)
    page.get_by_label("Account", exact=True).select_option(EMERGENCY)
    page.get_by_label("Geheim").fill(SECRET)
    with page.expect_navigation():
        page.get_by_role("button", name="Bewaren en verbinden").press("Enter")
    assert page.url.endswith("/proposals")


def agreed(second: Chair) -> None:
    """Agree as a second person."""
    second.open("/proposals")
    assert [] == page_faults(second.page)
    with second.page.expect_navigation():
        second.page.get_by_role("button", name="Ik stem in").press("Enter")


def invited(admin: Chair) -> str:
    """Invite somebody; gives the link."""
    page: Any = admin.page
    admin.open("/people")
    page.get_by_label("Accountnaam").fill("noor.voorbeeld")
    with page.expect_navigation():
        page.get_by_role("button", name="Uitnodigen").press("Enter")
    return re.findall(r"/join/[0-9a-f]{64}", page.content())[0]


def sign_out(page: Any) -> None:
    """Sign out here, which leads to a page that says where one is signed in still."""
    with page.expect_navigation():
        page.get_by_role("button", name="Afmelden").press("Enter")
    assert "U bent hier afgemeld" in page.content() and [] == page_faults(page)


def test_a_person_joins_and_signs_in_at_the_own_sign_in(tmp_path: Path) -> None:
    office = DeskOffice(tmp_path)
    office.server.clock.ms = time.time_ns() // 1_000_000
    Key(office, EMERGENCY)
    playwright = import_module("playwright.sync_api").sync_playwright
    with served(office) as address, playwright() as drive, provider(f"{address}/m/{office.code}{BACK}") as issuer:
        admin = Chair(drive, office, address, "admin")
        connected(admin, issuer)
        second = Chair(drive, office, address, "security")
        agreed(second)
        link = invited(admin)
        person = Chair(drive, office, address, "")
        page: Any = person.page
        person.open(link)
        assert [] == page_faults(page)
        page.get_by_role("link", name=re.compile("Aanmelden bij")).press("Enter")
        page.wait_for_url(f"{issuer}/interaction/*")
        page.get_by_label("Wie bent u?").fill("noor")
        page.get_by_role("button", name="Verder").press("Enter")
        page.wait_for_url("**/today")
        assert "Uw account is klaar" in page.content() and [] == page_faults(page)  # one person alone knows the account
        agreed(second)
        page.reload()
        assert 1 == page.get_by_text("Voorbeeld noor.voorbeeld").or_(page.get_by_text("noor.voorbeeld")).count()
        sign_out(page)
        page.get_by_role("link", name="Terug naar aanmelden").press("Enter")
        page.get_by_role("link", name=re.compile("Aanmelden bij")).press("Enter")  # the provider knows them still
        page.wait_for_url("**/today")
        sign_out(page)
        page.get_by_role("link", name="Ook daar afmelden").press("Enter")  # and now no longer
        page.wait_for_url(f"{issuer}/session/end*")
        page.get_by_role("button", name=re.compile("Yes")).press("Enter")
        page.wait_for_load_state()
        person.open("/sign-in")
        page.get_by_role("link", name=re.compile("Aanmelden bij")).press("Enter")
        page.get_by_label("Wie bent u?").fill("noor")
        page.get_by_role("button", name="Verder").press("Enter")
        page.wait_for_url("**/today")
        person.open("/sign-in/openid/back?state=x&code=y")
        assert [] == page_faults(page) and "Noem dit nummer" in page.content()
        assert [] == [*admin.faults, *second.faults, *person.faults]
        for chair in (admin, second, person):
            chair.close()
    office.close()
