"""The lock: passphrase and passkey, minutes without use, wrong tries, and who forgot both."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.field.tablet import PHRASE, STAFF, TOWN, Tablet
from tests.journeys.terminal import Terminal

VISIT = "Huisbezoek"


def authenticator(tablet: Tablet, *, has_prf: bool) -> Any:
    """Give the tablet a passkey store of its own, unlocked by whoever holds it."""
    devtools = tablet.devtools()
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True, "hasPrf": has_prf,
        }},
    )  # fmt: skip
    return devtools


def choose_lock(tablet: Tablet, worker: str) -> None:
    tablet.press("Ik heb een link of code")
    tablet.fill("Link of code", tablet.invitation(worker))
    tablet.press("Verder")
    tablet.press("Ja, dat klopt")
    for label in ("Wachtzin", "Nog een keer"):
        tablet.page.get_by_label(label, exact=True).fill(PHRASE)
    tablet.press("Toestel klaarmaken")


def test_a_passkey_opens_offline_beside_the_passphrase(tablets: Callable[..., Tablet]) -> None:
    tablet = tablets(host="localhost")
    authenticator(tablet, has_prf=True)
    choose_lock(tablet, "werker-sleutel")
    tablet.press("Passkey toevoegen")
    tablet.is_synced()
    tablet.offline()
    tablet.page.reload()
    tablet.press("Open met passkey")
    tablet.sees("Vandaag")
    tablet.lock()
    tablet.unlock()
    tablet.page.locator("header .me").click()
    tablet.press("Passkey weghalen")
    tablet.sees("De passkey is weggehaald")
    tablet.lock()
    assert 0 == tablet.page.get_by_role("button", name="Open met passkey").count()


def test_a_passkey_that_gives_no_secret_is_said_and_the_passphrase_stays(tablets: Callable[..., Tablet]) -> None:
    tablet = tablets(host="localhost")
    authenticator(tablet, has_prf=False)
    choose_lock(tablet, "werker-geen-prf")
    tablet.press("Passkey toevoegen")
    tablet.sees("kan Veldpost niet openen")
    tablet.press("Nu niet")
    tablet.is_synced()
    tablet.page.reload()
    assert 0 == tablet.page.get_by_role("button", name="Open met passkey").count()
    tablet.unlock()
    tablet.is_synced()


def test_it_locks_after_minutes_without_use_and_keeps_the_last_word(tablet: Tablet) -> None:
    tablet.page.clock.install()
    tablet.page.goto(tablet.url)
    tablet.enrol("werker-stilte")
    tablet.begin(VISIT)
    tablet.fill("Dossiercode", "ABCD-2345")
    tablet.page.clock.run_for(9 * 60_000)
    assert "ABCD-2345" == tablet.page.get_by_label("Dossiercode").input_value()
    tablet.page.clock.run_for(2 * 60_000)
    tablet.sees("omdat het toestel even niet is gebruikt")
    tablet.page.clock.resume()
    tablet.unlock()
    tablet.page.get_by_label("Dossiercode").wait_for()
    assert "ABCD-2345" == tablet.page.get_by_label("Dossiercode").input_value()


def test_wrong_tries_are_slowed_down_also_over_a_restart(tablet: Tablet) -> None:
    tablet.enrol("werker-raden")
    tablet.page.reload()
    for seconds in (1, 2, 4):
        began = time.monotonic()
        tablet.unlock("geraden, maar fout")
        tablet.sees("Dat was niet de wachtzin")
        tablet.sees("wachten voor de volgende poging")
        button = tablet.page.get_by_role("button", name="Openen", exact=True)
        assert button.is_disabled()
        if seconds == 4:
            tablet.page.reload()
            tablet.sees("wachten voor de volgende poging")
        button.and_(tablet.page.locator(":enabled")).wait_for()
        assert time.monotonic() - began >= seconds
    tablet.unlock()
    tablet.is_synced()


def test_locking_in_one_tab_locks_the_other(tablet: Tablet) -> None:
    tablet.enrol("werker-tabs")
    other = tablet.tab()
    other.get_by_label("Wachtzin", exact=True).fill(PHRASE)
    other.get_by_role("button", name="Openen", exact=True).click()
    other.get_by_text("alles ingeleverd").first.wait_for()
    tablet.lock()
    other.get_by_role("button", name="Openen", exact=True).wait_for()


@pytest.mark.parametrize("is_handed_in", [True, False])
def test_who_forgot_hands_in_without_opening_and_enrols_anew(
    tablet: Tablet, terminal: Terminal, is_handed_in: bool
) -> None:
    worker = f"werker-vergeten-{is_handed_in}".lower()
    tablet.enrol(worker)
    tablet.offline()
    tablet.begin(VISIT)
    tablet.fill("Dossiercode", "ABCD-2345" if is_handed_in else "BCDF-3456")
    tablet.finish()
    tablet.lock()
    tablet.sees("Hier wacht nog iets op verzending")
    if is_handed_in:
        tablet.press("Lever in zonder te openen")
        tablet.sees("Er is geen verbinding met de server")
        tablet.offline(False)
        tablet.press("Lever in zonder te openen")
        tablet.sees("Alles is ingeleverd.")
    tablet.offline(False)
    tablet.press("Wachtzin vergeten?")
    tablet.sees("Dit gaat verloren")
    if not is_handed_in:
        with tablet.page.expect_download() as loaded:
            tablet.press("Reddingsbestand")
        file = tablet.profile.parent / "one.rescue"
        loaded.value.save_as(file)
    tablet.press("Haal dit slot weg")
    tablet.sees("Concepten op dit toestel zijn dan weg" if is_handed_in else "Niet alles is ingeleverd")
    tablet.press("Ja, haal weg")
    tablet.enrol(worker)
    if not is_handed_in:
        assert 0 == terminal.type("rescue", str(file), *STAFF).returncode
    codes = {row["case_ref"] for row in terminal.rows("records", TOWN, "huisbezoek", *STAFF)}
    assert ("ABCD-2345" if is_handed_in else "BCDF-3456") in codes


def test_a_new_passphrase_takes_the_place_of_the_old_one(tablet: Tablet) -> None:
    tablet.enrol("werker-anders")
    tablet.page.locator("header .me").click()
    tablet.press("Andere wachtzin kiezen")
    tablet.page.get_by_label("Wachtzin", exact=True).fill("kort")
    tablet.press("Wachtzin wijzigen")
    tablet.sees("Nog 8 tekens")
    for label in ("Wachtzin", "Nog een keer"):
        tablet.page.get_by_label(label, exact=True).fill("een nieuwe wachtzin")
    tablet.press("Wachtzin wijzigen")
    tablet.sees("De wachtzin is gewijzigd")
    tablet.lock()
    tablet.unlock()
    tablet.sees("Dat was niet de wachtzin")
    tablet.unlock("een nieuwe wachtzin")
    tablet.is_synced()
