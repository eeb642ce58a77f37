"""How a device is forgotten: ended by the office, stolen, erased records; and what stands readable in its profile."""

from collections.abc import Callable

import pytest

from tests.journeys.field.tablet import PHRASE, STAFF, TOWN, Tablet
from tests.journeys.terminal import Terminal

VISIT = "Huisbezoek"


def device_of(terminal: Terminal, worker: str) -> str:
    return next(str(row["device"]) for row in terminal.rows("devices", TOWN, *STAFF) if row["worker"] == worker)


def write(tablet: Tablet, code: str) -> None:
    tablet.begin(VISIT)
    tablet.fill("Dossiercode", code)
    tablet.finish()


@pytest.mark.parametrize(
    ("stolen", "is_open"),
    [(False, True), (True, False), pytest.param(True, True, marks=pytest.mark.soak)],
)
def test_an_ended_device_hands_in_wipes_itself_and_begins_anew(
    tablet: Tablet, terminal: Terminal, stolen: bool, is_open: bool
) -> None:
    code = "BCDF-3456" if stolen else "ABCD-2345"
    worker = f"werker-af-{code.lower()}-{'open' if is_open else 'dicht'}"
    tablet.enrol(worker)
    held = terminal.rows("status")[0]["held"]
    tablet.offline()
    write(tablet, code)
    terminal.rows("revoke", TOWN, device_of(terminal, worker), *STAFF, *(["--stolen"] if stolen else []))
    if is_open:
        tablet.offline(False)
    else:
        tablet.lock()
        tablet.offline(False)
        tablet.page.reload()  # whoever starts it stands before a lock
    tablet.sees("Dit toestel is afgemeld")
    tablet.sees("hier staat niets meer")
    device = next(row for row in terminal.rows("devices", TOWN, *STAFF) if row["worker"] == worker)
    assert (
        device["revoked"] and 1 == terminal.rows("status")[0]["held"] - held
    )  # for a person to take in, as it came late
    tablet.page.reload()
    tablet.sees("hier staat niets meer")
    tablet.press("Opnieuw beginnen")
    tablet.enrol(worker)


def test_an_ended_device_without_a_connection_says_so_and_tries_again(tablet: Tablet, terminal: Terminal) -> None:
    tablet.enrol("werker-af-later")
    tablet.offline()
    write(tablet, "FGHJ-6789")
    terminal.rows("revoke", TOWN, device_of(terminal, "werker-af-later"), *STAFF)
    tablet.lock()
    tablet.press("Lever in zonder te openen")
    tablet.sees("Er is geen verbinding met de server")
    tablet.offline(False)
    tablet.press("Lever in zonder te openen")
    tablet.sees("hier staat niets meer")


def test_an_erased_record_goes_from_the_device(tablet: Tablet, terminal: Terminal) -> None:
    tablet.enrol("werker-wis")
    write(tablet, "GHJK-7892")
    tablet.is_synced()
    tablet.page.locator("header .name").click()
    tablet.sees("GHJK-7892")
    record = next(
        row["_record"] for row in terminal.rows("records", TOWN, "huisbezoek", *STAFF) if row["case_ref"] == "GHJK-7892"
    )
    done = terminal.type("erase", TOWN, record, "--reason", "request", *STAFF)
    assert 0 == done.returncode, done.stderr
    tablet.page.locator("header .truth").click()
    tablet.press("Nu proberen")
    tablet.is_synced()
    tablet.page.locator("header .name").click()
    tablet.page.get_by_text("GHJK-7892").wait_for(state="hidden")
    tablet.page.locator("header .truth").click()
    tablet.press("Nu proberen")
    tablet.is_synced()
    waits = terminal.rows("erasures", TOWN, *STAFF)
    assert [] == [row for row in waits if device_of(terminal, "werker-wis") in str(row.get("unconfirmed", ""))]


def test_nothing_that_was_typed_stands_readable_in_the_profile(
    tablets: Callable[..., Tablet], terminal: Terminal
) -> None:
    """Drafts, the queue, what was sent, searched, locked and logged out; a plain store is the control that is found."""
    tablet = tablets(own=True)
    name, sent, queued, draft, searched, control = (
        "Zwqxj",
        "QXZW-2345",
        "WXQZ-6789",
        "ZQWX-3456",
        "vxkqzoekwoord",
        "VWXQ-5432",
    )
    tablet.enrol("werker-stil", name="Robin")
    write(tablet, sent)
    tablet.is_synced()
    tablet.offline()
    tablet.page.locator("header .name").click()
    write(tablet, queued)
    tablet.page.locator("header .name").click()
    tablet.begin(VISIT)
    tablet.fill("Dossiercode", draft)
    tablet.page.get_by_label("Dossiercode").press("Tab")
    tablet.sees("concept bewaard")
    tablet.page.locator("header .name").click()
    tablet.page.goto(f"{tablet.url}#/find")
    tablet.page.get_by_role("searchbox").fill(searched)
    tablet.sees("0 gevonden")
    tablet.lock()
    tablet.unlock("een foute wachtzin van " + name)
    tablet.sees("Dat was niet de wachtzin")
    tablet.page.evaluate(f"localStorage.setItem('control', '{control}')")
    tablet.close()
    whole = b"".join(path.read_bytes() for path in tablet.profile.rglob("*") if path.is_file())
    found = {typed for typed in (sent, queued, draft, searched, name, PHRASE, control)
             if typed.encode() in whole or typed.encode("utf-16-le") in whole}  # fmt: skip
    assert {control} == found
