"""A walk past what others make of a worker's day: the last visit to the family, and a colleague who wrote meanwhile,
and a question of the office.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.syncing import Sync
from backend.enrolment import Invitation
from tests.journeys.field.municipality import DESK_STORE, OFFICE
from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.field.test_two_tablets import FIELD, Colleague, open_record, road_to, synchronise
from tests.journeys.field.walk import Walk
from tests.journeys.field.working import CASE, VISIT, Work

THEIRS: Final = "Gezin aan de vaart"
QUESTION: Final = "/_question/01J9ZZZZZZZZZZZZZZZZZZZZZ7"


class Meeting:
    """Goes on from the first screen behind a case and a draft of a visit to it; each step yields a screen's name."""

    def __init__(self, tablet: Tablet, walk: Walk, work: Work) -> None:
        self._tablet = tablet
        self._walk = walk
        self._work = work

    def screens(self, colleague: str) -> Iterator[str]:
        """Save the visit and begin the next; write the case while a colleague does."""
        page = self._walk.page
        page.locator("main").get_by_role("button", name=f"{self._work.title(VISIT)}, ABCD-2345").first.click()
        self._walk.press("form.overview")
        self._walk.press("form.finish")
        self._walk.press("finish.save")
        self._walk.press("finish.another")
        page.get_by_role("button", name=self._work.title(VISIT)).click()
        self._work.fill(VISIT, "/case_ref", "ABCD-2345")
        self._walk.press("last.see")
        page.locator("label.option").first.wait_for()
        yield "last-visit"
        page.locator("header .name").click()
        self._walk.at("today.title")
        with tempfile.TemporaryDirectory() as folder:
            yield from self._both(Path(folder), colleague)
        page.locator("header .name").click()
        self._walk.at("today.title")

    def _both(self, folder: Path, name: str) -> Iterator[str]:
        page, terminal = self._walk.page, self._tablet.terminal
        page.get_by_role("button", name="Gezin bij de molen").click()
        page.get_by_role("button", name=self._walk.said("record.edit")).wait_for()
        record = str(page.evaluate("() => location.hash")).removeprefix("#/r/")
        synchronise(self._tablet)
        row = terminal.rows("invite", TOWN, name, *STAFF)[0]
        invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
        device = Device.enrol(folder / "collega.db", None, invitation, road_to(terminal), WallClock())
        colleague = Colleague(device, Sync(device, road_to(terminal)))
        assert 0 == terminal.type("grant", TOWN, record, name, *STAFF).returncode
        colleague.sync.run()
        colleague.device.save(colleague.device.open(bytes.fromhex(record)), "dossier", 1, {FIELD: THEIRS})
        self._walk.press("record.edit")
        self._work.fill(CASE, FIELD, "Gezin bij de oude molen")
        self._walk.press("form.overview")
        self._walk.press("form.finish")
        self._walk.press("finish.save")
        self._walk.at("finish.saved")
        synchronise(self._tablet)
        colleague.sync.run()
        synchronise(self._tablet)
        open_record(self._tablet, record, self._work.title(CASE))
        page.get_by_role("button", name=self._walk.said("both.decide")).wait_for()
        yield "record-both"
        self._walk.press("both.decide")
        page.get_by_text(THEIRS).wait_for()
        yield "both"
        device.store.close()
        yield from self._asked(record)

    def _asked(self, record: str) -> Iterator[str]:
        """A question of the office about the case."""
        terminal = self._tablet.terminal
        assert 0 == terminal.type("grant", TOWN, record, OFFICE, *STAFF).returncode
        device = Device(DeviceStore(terminal.folder / DESK_STORE, None), WallClock())
        desk = Sync(device, road_to(terminal))
        desk.run()
        device.save(device.open(bytes.fromhex(record)), "dossier", 1, {QUESTION: "Wie opende het dossier?"})
        desk.run()
        device.store.close()
        synchronise(self._tablet)
        self._walk.page.locator("header .name").click()
        self._walk.at("today.title")
        open_record(self._tablet, record, self._work.title(CASE))
        self._walk.page.get_by_text("Wie opende het dossier?").wait_for()
        yield "question"
