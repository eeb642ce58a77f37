"""A first sync that brings much: it tells how far it has come, and records are there before it ends."""

import re
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import sync
from backend.enrolment import Invitation
from tests.journeys.field.looking import SPEAK
from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.field.test_two_tablets import road_to
from tests.journeys.terminal import Terminal

RECORDS: Final = 200  # with their grants more than one answer holds


@pytest.fixture
def worker(terminal: Terminal, tmp_path: Path) -> str:
    """A worker without a device, to whom many records of a colleague were opened."""
    row = terminal.rows("invite", TOWN, "collega-veel", *STAFF)[0]
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    device = Device.enrol(tmp_path / "collega.db", None, invitation, road_to(terminal), WallClock())
    for number in range(RECORDS):
        device.create("dossier", 1, {"/case_ref": f"ABCD-{number}", "/roepnaam": f"Gezin {number}", "/status": "open"})
    sync(device, road_to(terminal))
    words = ("grant", TOWN, "werker-veel", "--form", "dossier", "--before-enrolment", *STAFF)
    assert 0 == terminal.type(*words).returncode
    return "werker-veel"


def test_a_long_first_sync_tells_how_far_it_has_come_and_shows_what_is_there(tablet: Tablet, worker: str) -> None:
    """Nothing was told before the last answer, and nothing shown."""
    page, held, answered = tablet.page, [], []

    def hold(route: Any) -> None:
        answered.append(1)
        if len(answered) == 1:
            route.continue_()
        else:
            held.append(route)  # the second answer is long in coming

    tablet.context.route("**/sync", hold)
    tablet.press("Ik heb een link of code")
    tablet.fill("Link of code", tablet.invitation(worker))
    tablet.press("Verder")
    tablet.press("Ja, dat klopt")
    page.get_by_label("Wachtzin", exact=True).fill("een lange wachtzin")
    tablet.fill("Nog een keer", "een lange wachtzin")
    tablet.press("Toestel klaarmaken")
    told = page.locator(".progress li").filter(has_text="Ontvangen")
    told.wait_for()
    first = int(told.inner_text().split()[1])
    assert 50 < first < RECORDS and "tot nu toe" in told.inner_text()
    page.get_by_role("progressbar", name=f"Ontvangen: {first} tot nu toe").wait_for()
    assert [""] == page.locator("main [role=status]").all_inner_texts()  # no reader is told each number
    page.get_by_role("button", name=re.compile(rf"Alles doorzoeken \(({first}|{first - 1})\)")).wait_for()  # already
    page.evaluate(SPEAK, "en")
    tablet.sees(f"Received: {first} so far")
    page.locator("header .truth").click()
    tablet.sees(f"Received: {first} so far")
    page.evaluate(SPEAK, "nl")
    for route in held:
        route.continue_()
    tablet.context.unroute("**/sync")
    tablet.is_synced()
    assert 0 == page.locator(".progress").count()
    page.locator("header .name").click()
    page.get_by_role("button", name=f"Alles doorzoeken ({RECORDS})").wait_for()
