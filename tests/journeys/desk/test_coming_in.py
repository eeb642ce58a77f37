"""People come in at the desk in a real browser: an invitation to its end, and a passkey made and shown."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pyotp
import pytest

from backend.desk.joining import invite
from backend.desk.rights import Role
from backend.desk.sessions import IDLE_MS
from tests.desk_pages.office import PASSPHRASE, DeskOffice
from tests.journeys.desk.looking import page_faults
from tests.journeys.desk.street import Chair, served
from tests.journeys.field.tablet import ARGUMENTS, PATIENCE_MS, browser

pytestmark = pytest.mark.skipif(browser() is None, reason="no Chromium")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("desk")))
    yield made
    made.close()


def test_a_person_joins_makes_a_passkey_and_signs_in_by_it(office: DeskOffice) -> None:
    town = office.server.municipality
    name, token, _ = office.server.run(
        invite(office.desk.control, town, "beheer", "nieuw.iemand", "Nieuw Voorbeeld", [Role.MAKER])
    )
    playwright = import_module("playwright.sync_api").sync_playwright
    with served(office) as address, playwright() as drive:
        window = drive.chromium.launch(executable_path=browser(), args=list(ARGUMENTS))
        page: Any = window.new_context(locale="nl-NL").new_page()
        page.set_default_timeout(PATIENCE_MS)
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        here = re.sub(r"//127\.0\.0\.1", "//localhost", address)
        authenticator = page.context.new_cdp_session(page)
        authenticator.send("WebAuthn.enable")
        authenticator.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                    "isUserVerified": True, "automaticPresenceSimulation": True,
                }
            },
        )  # fmt: skip
        page.goto(f"{here}/m/{office.code}/join/{token}")
        page.get_by_label("Wachtwoord").fill(PASSPHRASE)
        page.get_by_role("button", name="Verder").press("Enter")
        secret = page.locator("code").inner_text()
        code = pyotp.TOTP(secret).at(office.server.clock.now_ms() // 1000)
        page.get_by_label("Zes cijfers uit de app").fill(code)
        page.get_by_role("button", name="Verder").press("Enter")
        codes = page.locator("ol code").all_inner_texts()
        assert 10 == len(codes)
        for box in page.locator("input[name^=code-]").all():
            box.fill(codes[int(str(box.get_attribute("name")).removeprefix("code-"))].lower())
        page.get_by_role("button", name="Verder").press("Enter")
        page.wait_for_url("**/today")
        page.goto(f"{here}/m/{office.code}/account")
        page.get_by_label("Naam, zoals telefoon of laptop").fill("Deze computer")
        page.get_by_role("button", name="Toegangssleutel maken").press("Enter")
        page.get_by_text("Deze computer").wait_for()
        page.get_by_role("button", name="Afmelden", exact=True).press("Enter")
        page.wait_for_url("**/sign-in")
        page.get_by_role("button", name="Aanmelden met een toegangssleutel").press("Enter")
        page.wait_for_url("**/today")
        assert "Nieuw Voorbeeld" in page.content()
        assert [] == faults
        window.close()
    lines = [(line.act, line.detail, line.result) for line in office.audit() if line.staff == name]
    assert ("sign-in", "passkey", "done") in lines and ("own-passkey", "", "done") in lines


def test_the_pages_of_an_invitation_have_no_fault_that_axe_finds(office: DeskOffice) -> None:
    made = invite(
        office.desk.control, office.server.municipality, "beheer", "nog.iemand", "Nog een Voorbeeld", ["maker"]
    )  # a role that waits for nobody
    _, token, _ = office.server.run(made)
    playwright = import_module("playwright.sync_api").sync_playwright
    with served(office) as address, playwright() as drive:
        chair = Chair(drive, office, address, "")
        for path in (f"/join/{token}", "/join/none"):
            chair.open(path)
            assert [] == page_faults(chair.page)
        assert [] == chair.faults
        chair.close()


def test_two_minutes_before_a_session_ends_a_dialog_asks_and_what_was_typed_stays(office: DeskOffice) -> None:
    playwright = import_module("playwright.sync_api").sync_playwright
    with served(office) as address, playwright() as drive:
        chair = Chair(drive, office, address, Role.ADMIN)
        page: Any = chair.page
        page.clock.install()
        chair.open("/people")
        page.get_by_label("Naam van het team").fill("Noord en oost")
        dialog = page.locator("#ends")
        page.clock.fast_forward(IDLE_MS - 121_000)
        assert not dialog.is_visible()
        page.clock.fast_forward(2_000)
        dialog.wait_for()
        assert "over twee minuten" in dialog.inner_text() and "voorbij" not in dialog.inner_text()
        assert [] == page_faults(page)
        page.keyboard.press("Enter")  # the focus is on the button that stays
        dialog.wait_for(state="hidden")
        assert "Noord en oost" == page.get_by_label("Naam van het team").input_value()
        page.clock.fast_forward(IDLE_MS - 119_000)
        dialog.wait_for()
        page.clock.fast_forward(121_000)
        assert "voorbij" in dialog.inner_text() and "over twee minuten" not in dialog.inner_text()
        assert [] == chair.faults
        chair.close()
