"""What a worker is told of sending, and how it goes on by itself when phone, browser or server fail."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.terminal import Terminal
from tests.processes import start

VISIT = "Huisbezoek"
HOUR_MS = 3_600_000
STARTS_MAX = 4
FULL_MS = 15_000
SHIFTED = (
    "import backend.clock as clock; _now = clock.WallClock.now_ms; "
    "clock.WallClock.now_ms = lambda self: _now(self) + {ms}; from backend.cli import main; main()"
)


def write(tablet: Tablet, code: str) -> None:
    """Fill a visit in and save it."""
    tablet.begin(VISIT)
    tablet.fill("Dossiercode", code)
    tablet.finish()


def codes(terminal: Terminal) -> set[str]:
    """The codes of all visits that the office has."""
    done = terminal.type("records", TOWN, "huisbezoek", *STAFF, "--json")
    return (
        set() if done.returncode else {row["case_ref"] for row in terminal.rows("records", TOWN, "huisbezoek", *STAFF)}
    )


def home(tablet: Tablet) -> None:
    tablet.page.locator("header .name").click()
    tablet.page.get_by_role("heading", name="Vandaag", level=1).wait_for()


def test_a_server_that_is_gone_is_said_with_since_when_and_comes_back_by_itself(
    tablet: Tablet, terminal: Terminal
) -> None:
    tablet.enrol("werker-weg")
    terminal.kill()
    write(tablet, "ABCD-2345")
    tablet.sees("1 nog hier sinds")
    tablet.page.locator("header .truth").click()
    tablet.sees("Veldpost verzendt vanzelf zodra het kan")
    tablet.sees(VISIT)
    tablet.page.reload()
    tablet.unlock()
    tablet.sees("1 nog hier sinds")  # the truth outlives a restart
    terminal.start("serve")
    tablet.is_synced()
    assert "ABCD-2345" in codes(terminal)
    tablet.sees("Verzonden")


def test_a_clock_that_is_off_is_said_and_sends_all_the_same(tablets: Callable[..., Tablet], terminal: Terminal) -> None:
    tablet = tablets()
    tablet.page.add_init_script(f"const now = Date.now; Date.now = () => now() + {4 * HOUR_MS};")
    tablet.page.reload()
    tablet.enrol("werker-klok")
    write(tablet, "BCDF-3456")
    tablet.is_synced()
    assert "BCDF-3456" in codes(terminal)
    home(tablet)
    tablet.sees("loopt 4 uur voor")
    tablet.page.add_init_script(f"const then = Date.now; Date.now = () => then() - {26_000 * HOUR_MS};")
    tablet.page.reload()
    tablet.unlock()
    write(tablet, "CDFG-4567")
    tablet.is_synced()
    home(tablet)
    tablet.sees("dagen achter")
    assert "CDFG-4567" in codes(terminal)


def fill_up(tablet: Tablet) -> tuple[Any, str]:
    """Leave the app no room, and open it. A browser that runs counts on the room that it knew of, at times one that was
    just started too; it is started until it does not."""
    origin = tablet.url.removesuffix("/field/")
    for _ in range(STARTS_MAX):
        tablet.close()
        tablet.start()
        devtools = tablet.devtools()
        devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
        tablet.unlock()
        with suppress(import_module("playwright.sync_api").TimeoutError):
            tablet.page.get_by_text("het toestel is vol").first.wait_for(timeout=FULL_MS)
            return devtools, origin
    raise AssertionError("the browser says nowhere that it is full")


def test_a_full_disk_is_said_and_loses_nothing_that_was_saved(
    tablets: Callable[..., Tablet], terminal: Terminal
) -> None:
    tablet = tablets(own=True)
    tablet.enrol("werker-vol")
    write(tablet, "DFGH-5678")
    home(tablet)
    devtools, origin = fill_up(tablet)
    tablet.begin(VISIT)
    tablet.fill("Dossiercode", "FGHJ-7892")
    tablet.sees("Het concept kan niet worden bewaard")
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin})
    tablet.fill("Dossiercode", "FGHJ-8923")
    tablet.sees("concept bewaard")
    tablet.finish()
    tablet.is_synced()
    assert {"DFGH-5678", "FGHJ-8923"} <= codes(terminal)


def test_a_store_that_is_taken_away_under_the_open_app_is_said(tablet: Tablet, terminal: Terminal) -> None:
    tablet.enrol("werker-geruimd")
    write(tablet, "GHJK-2345")
    tablet.is_synced()
    home(tablet)
    origin = tablet.url.removesuffix("/field/")
    tablet.devtools().send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb"})
    tablet.sees("De browser heeft Veldpost leeggemaakt")
    tablet.press("Opnieuw beginnen")
    tablet.enrol("werker-geruimd")
    assert "GHJK-2345" in codes(terminal)


def test_a_store_that_is_gone_at_the_start_is_no_welcome(tablet: Tablet) -> None:
    tablet.enrol("werker-ontruimd")
    everything = "indexeddb,cache_storage,local_storage,service_workers,file_systems"
    devtools, origin = tablet.devtools(), tablet.url.removesuffix("/field/")
    tablet.page.goto("about:blank")
    devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": everything})
    tablet.page.goto(tablet.url)
    tablet.sees("De browser heeft Veldpost leeggemaakt")
    tablet.sees("Dit gaat verloren")


def test_a_copied_profile_is_told_to_ask_for_an_invitation_and_takes_all_along(
    tablets: Callable[..., Tablet], terminal: Terminal
) -> None:
    one = tablets("one", own=True)
    one.enrol("werker-kopie")
    one.close()
    shutil.copytree(one.profile, one.profile.with_name("two"), symlinks=True)
    one.start()
    one.unlock()
    write(one, "HJKM-2345")
    one.is_synced()
    two = tablets("two", own=True)
    two.offline()
    two.unlock()
    write(two, "JKMN-3456")
    two.offline(False)
    two.sees("nieuwe uitnodiging nodig")
    home(two)
    write(two, "KMNP-4567")  # the phone goes on writing
    home(two)
    two.press("Nieuwe uitnodiging gebruiken")
    renew(two, terminal, "werker-kopie", "--replaces")
    assert {"HJKM-2345", "JKMN-3456", "KMNP-4567"} <= codes(terminal)
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]


def renew(tablet: Tablet, terminal: Terminal, worker: str, *how: str) -> None:
    """Go on by an invitation in the place of the device whose number the screen shows."""
    number = tablet.page.get_by_text("Nummer van dit toestel").inner_text().split()[-1]
    device = next(row["device"] for row in terminal.rows("devices", TOWN, *STAFF) if row["device"].startswith(number))
    tablet.press("Ik heb een link of code")
    tablet.fill("Link of code", tablet.invitation(worker, *how, device))
    tablet.press("Verder")
    tablet.press("Ja, dat klopt")
    tablet.sees("Dit toestel gaat verder")
    tablet.is_synced()


def test_a_certificate_that_ends_is_renewed_with_the_queue_intact(tablet: Tablet, terminal: Terminal) -> None:
    tablet.enrol("werker-einde")
    terminal.stop()
    later(terminal, days=350)
    try:
        tablet.page.reload()
        tablet.unlock()
        tablet.sees("De aanmelding van dit toestel eindigt over 15 dagen")
        tablet.offline()
        write(tablet, "MNPQ-5678")
        tablet.sees("1 nog hier")
        home(tablet)
        tablet.page.get_by_role("button", name="Nieuwe uitnodiging gebruiken").first.click()
        tablet.offline(False)
        renew(tablet, terminal, "werker-einde", "--renew", "--replaces")
        home(tablet)
        assert 0 == tablet.page.get_by_text("De aanmelding van dit toestel").count()
        assert "MNPQ-5678" in codes(terminal)
    finally:
        terminal.stop()
        terminal.start("serve")
        terminal.sit_again()


def later(terminal: Terminal, days: int) -> None:
    """Start the server so many days on."""
    terminal.server = start(SHIFTED.format(ms=days * 24 * HOUR_MS), "serve", env=terminal.env)
    deadline = time.monotonic() + 60
    while "locked" not in terminal.type("status").stdout and time.monotonic() < deadline:
        time.sleep(0.1)
    terminal.sit_again()


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_comes_twice(tablet: Tablet, terminal: Terminal) -> None:
    tablet.enrol("werker-verlies")
    asked = []

    def lose(route: Any) -> None:
        asked.append(1)
        if len(asked) % 3 == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    tablet.context.route("**/sync", lose)
    for code in ("NPQR-2345", "PQRS-3456", "QRST-4567"):
        write(tablet, code)
        home(tablet)
    tablet.is_synced()
    assert {"NPQR-2345", "PQRS-3456", "QRST-4567"} <= codes(terminal)
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]
