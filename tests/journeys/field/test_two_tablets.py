"""Two tablets edit one record offline, in every pair of edits: both show the same afterwards, and so does the office.

A conflict is there exactly where both changed one field to different values; whoever's words it is about decides it.
"""

import os
from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport
from backend.enrolment import Invitation
from tests.journeys.field.looking import OURS, SPEAK, in_both_languages
from tests.journeys.field.municipality import DESK_STORE, OFFICE
from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.terminal import Terminal

CHILD = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
EDITS = ("same field", "other field", "added child", "removed child", "deleted")
PAIRS = list(combinations_with_replacement(EDITS, 2))
SOME = (  # each edit beside itself and beside another one, those first that take away what the other one changed
    ("same field", "deleted"), ("other field", "removed child"), ("added child", "removed child"),
    *((edit, edit) for edit in EDITS),
)  # fmt: skip
FIELD = "/roepnaam"
PICTURE = f"""async (record) => {{
  {OURS}
  return (await (await ours('work.js')).glance(record)).picture;
}}"""
FULL = """() => {
  globalThis.add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); };
}"""
SYNCHRONISE = f"""async () => {{
  {OURS}
  const {{ sync, synchronise }} = await ours('syncing.js');
  while (sync.value.running) await new Promise((resolve) => setTimeout(resolve, 20));
  await synchronise();
  return sync.value.fault;
}}"""


class Colleague(NamedTuple):
    """Somebody else's device, in Python."""

    device: Device
    sync: Sync

    def case(self, number: int) -> str:
        """Write a case with one child; return its id."""
        code = f"ABCD-2{'ABCDEFGHJKMNPQRSTUVWXYZ'[number]}23"
        child = {f"/kind/{CHILD}": {}, f"/kind/{CHILD}/kind_ref": "KKKK-2222", f"/kind/{CHILD}/roepnaam": "Kind een"}
        answers = {"/case_ref": code, FIELD: "Gezin bij de molen", "/status": "open", **child}
        return self.device.create("dossier", 1, answers).hex()


def road_to(terminal: Terminal) -> HttpTransport:
    return HttpTransport(f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}")


@pytest.fixture
def colleague(terminal: Terminal, tmp_path: Path) -> Colleague:
    row = terminal.rows("invite", TOWN, "collega", *STAFF)[0]
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    device = Device.enrol(tmp_path / "collega.db", None, invitation, road_to(terminal), WallClock())
    return Colleague(device, Sync(device, road_to(terminal)))


@pytest.fixture
def desk(terminal: Terminal) -> Colleague:
    """The office's own device."""
    device = Device(DeviceStore(terminal.folder / DESK_STORE, None), WallClock())
    return Colleague(device, Sync(device, road_to(terminal)))


def both(terminal: Terminal, tablets: Callable[..., Tablet], name: str) -> list[Tablet]:
    """Two enrolled tablets that hold every case."""
    made = [tablets(f"{name}-{n}") for n in ("een", "twee")]
    for tablet, worker in zip(made, (f"{name}-een", f"{name}-twee"), strict=True):
        tablet.enrol(worker)
        assert 0 == terminal.type("grant", TOWN, worker, "--form", "dossier", *STAFF).returncode
    for tablet in made:
        synchronise(tablet)
    return made


def synchronise(tablet: Tablet) -> None:
    """Sync now, after a sync that is under way."""
    assert "" == tablet.page.evaluate(SYNCHRONISE)


def open_record(tablet: Tablet, record: str, title: str = "Dossier") -> None:
    tablet.page.evaluate("(record) => { location.hash = `#/r/${record}`; }", record)
    tablet.page.get_by_role("heading", name=title, exact=True).wait_for()


def do(tablet: Tablet, edit: str, record: str, who: int) -> None:
    """Make one worker's edit of a record on the screen."""
    open_record(tablet, record)
    if edit == "deleted":
        asked = tablet.page.get_by_role("dialog", name="Dit stuk verwijderen?")
        tablet.press("Verwijderen")
        asked.wait_for()
        tablet.page.keyboard.press("Escape")  # one tap deletes nothing
        asked.wait_for(state="hidden")
        tablet.press("Verwijderen")
        asked.wait_for()
        assert "Nee, laat staan" == tablet.page.evaluate("document.activeElement.textContent")
        if who == 0:
            assert [] == in_both_languages(tablet)
        tablet.press("Ja, verwijder")
        tablet.sees("Dit stuk is verwijderd")
        return
    tablet.press("Bewerken")
    if edit == "same field":
        tablet.fill("Hoe het gezin wordt genoemd", f"Gezin van tablet {who}")
    elif edit == "other field" and who == 0:
        tablet.fill("Postcode (4 cijfers)", "1234")
    elif edit == "other field":
        tablet.page.get_by_label("School", exact=True).click()
    else:
        tablet.press("Verder")
        if edit == "removed child":
            tablet.press("Verwijderen")
        else:
            tablet.press("Toevoegen: Kinderen")
            tablet.page.get_by_label("Kindcode").last.fill(f"KKKK-333{who + 3}")
    tablet.finish()


def picture(tablet: Tablet, record: str) -> dict[str, Any]:
    shown: dict[str, Any] = tablet.page.evaluate(PICTURE, record)
    return shown


def values(shown: dict[str, Any]) -> dict[str, Any]:
    return {path: one["value"] for path, one in shown.items()}


@pytest.mark.parametrize("pairs", [SOME, pytest.param(PAIRS, marks=pytest.mark.soak)], ids=["some", "all"])
def test_every_pair_of_edits_comes_out_alike_everywhere(
    terminal: Terminal, tablets: Callable[..., Tablet], colleague: Colleague, pairs: Sequence[tuple[str, str]]
) -> None:
    records = {pair: colleague.case(number) for number, pair in enumerate(pairs)}
    colleague.sync.run()
    pair = both(terminal, tablets, f"paar-{len(pairs)}")
    for tablet in pair:
        tablet.offline()
    for edits, record in records.items():
        for who, tablet in enumerate(pair):
            do(tablet, edits[who], record, who)
    for tablet in pair:
        tablet.offline(False)
    for tablet in (*pair, *pair):  # the first again: it lacks what the second handed in
        synchronise(tablet)
    for edits, record in records.items():
        here, there = (picture(tablet, record) for tablet in pair)
        office = terminal.rows("show", TOWN, record, *STAFF)[0]
        assert here == there, edits
        assert values(here["shown"]) == values(office["shown"]), edits
        conflicts = [FIELD] if edits == ("same field", "same field") else []
        assert conflicts == [one["path"] for one in here.get("conflicts", [])], edits
        assert len(conflicts) == len(office["open_conflicts"]), edits
        assert edits.count("deleted") == 2 or not here.get("deleted"), edits


def test_the_worker_decides_about_own_words_and_the_office_about_others(
    terminal: Terminal, tablets: Callable[..., Tablet], colleague: Colleague
) -> None:
    record = colleague.case(20)
    colleague.sync.run()
    one, other = both(terminal, tablets, "beslist")
    editing = colleague.device.open(bytes.fromhex(record))
    one.offline()
    do(one, "same field", record, 0)
    colleague.device.save(editing, "dossier", 1, {FIELD: "Gezin aan de vaart"})
    colleague.sync.run()
    one.offline(False)
    synchronise(one)
    synchronise(other)
    open_record(other, record)
    other.sees("Kantoor beslist")
    assert 0 == other.page.get_by_role("button", name="Bekijk en beslis").count()
    one.page.goto(f"{one.url}#/")
    one.sees("twee antwoorden: u beslist")
    open_record(one, record)
    one.press("Bekijk en beslis")
    for text in ("Gezin van tablet 0", "Gezin aan de vaart", "collega"):
        one.sees(text)
    card = one.page.locator(".side-card").filter(has_text="Gezin aan de vaart")
    one.page.evaluate(FULL)
    card.get_by_role("button").click()
    one.sees("het toestel is vol")
    one.page.evaluate("() => { IDBObjectStore.prototype.add = globalThis.add; }")
    card.get_by_role("button").click()
    one.page.get_by_role("heading", name="Dossier", exact=True).wait_for()
    synchronise(one)
    shown = terminal.rows("show", TOWN, record, *STAFF)[0]
    assert ("Gezin aan de vaart", []) == (shown["shown"][FIELD]["value"], shown["open_conflicts"])


def test_a_question_of_the_office_waits_until_it_is_answered(
    terminal: Terminal, tablets: Callable[..., Tablet], colleague: Colleague, desk: Colleague
) -> None:
    record = colleague.case(21)
    colleague.sync.run()
    tablet = tablets("vraag")
    tablet.enrol("werker-vraag")
    for worker in ("werker-vraag", OFFICE):
        assert 0 == terminal.type("grant", TOWN, record, worker, *STAFF).returncode
    desk.sync.run()
    ask = {"/_question/01J9ZZZZZZZZZZZZZZZZZZZZZ7": "Wie opende het dossier?"}
    desk.device.save(desk.device.open(bytes.fromhex(record)), "dossier", 1, ask)
    desk.sync.run()
    synchronise(tablet)
    tablet.page.goto(f"{tablet.url}#/")
    tablet.sees("kantoor vraagt iets")
    open_record(tablet, record)
    tablet.sees("Wie opende het dossier?")
    assert [] == in_both_languages(tablet)
    tablet.fill("Uw antwoord", "De collega van maandag.")
    tablet.press("Antwoorden")
    tablet.sees("Beantwoorde vraag")
    synchronise(tablet)
    tablet.page.goto(f"{tablet.url}#/")
    tablet.page.get_by_role("heading", name="Dossierstukken").wait_for()
    assert 0 == tablet.page.get_by_text("kantoor vraagt iets").count()
    desk.sync.run()
    asked = desk.device.picture(bytes.fromhex(record)).questions
    assert [False] == [one.open for one in asked]
    assert "De collega van maandag." == asked[0].texts[-1].text


def test_a_record_that_the_office_began_stands_on_the_worker_s_screen_and_is_filled_in(
    terminal: Terminal, tablets: Callable[..., Tablet], desk: Colleague
) -> None:
    record = desk.case(20)
    desk.sync.run()
    tablet = tablets("klaar")
    tablet.enrol("werker-klaar")
    assert 0 == terminal.type("grant", TOWN, record, "werker-klaar", *STAFF).returncode
    synchronise(tablet)
    tablet.page.goto(f"{tablet.url}#/")
    tablet.sees("klaargezet door kantoor")
    open_record(tablet, record)
    tablet.press("Bewerken")
    tablet.fill("Hoe het gezin wordt genoemd", "Gezin aan de haven")
    tablet.finish()
    synchronise(tablet)
    shown = terminal.rows("show", TOWN, record, *STAFF)[0]["shown"]
    assert "Gezin aan de haven" == shown[FIELD]["value"]
    tablet.page.goto(f"{tablet.url}#/")
    tablet.page.get_by_role("heading", name="Dossierstukken").wait_for()
    assert 0 == tablet.page.get_by_text("klaargezet door kantoor").count()


def test_what_comes_while_a_draft_is_open_is_said_and_never_mixed_in(
    terminal: Terminal, tablets: Callable[..., Tablet], colleague: Colleague
) -> None:
    record = colleague.case(22)
    colleague.sync.run()
    tablet = tablets("intussen")
    tablet.enrol("werker-intussen")
    assert 0 == terminal.type("grant", TOWN, record, "werker-intussen", *STAFF).returncode
    synchronise(tablet)
    open_record(tablet, record)
    tablet.press("Bewerken")
    tablet.fill("Hoe het gezin wordt genoemd", "Gezin van de tablet")
    colleague.device.save(colleague.device.open(bytes.fromhex(record)), "dossier", 1, {FIELD: "Gezin van de collega"})
    colleague.sync.run()
    synchronise(tablet)
    tablet.sees("Een collega schreef intussen in dit stuk")
    assert "Gezin van de tablet" == tablet.page.get_by_label("Hoe het gezin wordt genoemd").input_value()
    tablet.finish()
    conflicts = picture(tablet, record)["conflicts"]
    assert [FIELD] == [one["path"] for one in conflicts]  # it was not seen, so it is not overwritten
    assert {"Gezin van de tablet", "Gezin van de collega"} == {one["value"] for one in conflicts[0]["survivors"]}


def test_both_workers_see_what_the_office_decided_and_why(
    terminal: Terminal, tablets: Callable[..., Tablet], colleague: Colleague
) -> None:
    record = colleague.case(19)
    colleague.sync.run()
    tablet = tablets("uitkomst")
    tablet.enrol("werker-uitkomst")
    assert 0 == terminal.type("grant", TOWN, record, "werker-uitkomst", *STAFF).returncode
    synchronise(tablet)
    editing = colleague.device.open(bytes.fromhex(record))
    tablet.offline()
    do(tablet, "same field", record, 0)
    colleague.device.save(editing, "dossier", 1, {FIELD: "Gezin aan de vaart"})
    colleague.sync.run()
    tablet.offline(False)
    synchronise(tablet)
    (conflict,) = [row for row in terminal.rows("conflicts", TOWN, *STAFF) if row["record"] == record]
    reason = "Nagevraagd bij het gezin: aan de vaart."
    keep = ["--keep", '"Gezin aan de vaart"', "--reason", reason]
    assert 0 == terminal.type("resolve", TOWN, conflict["conflict"], *keep, *STAFF).returncode
    synchronise(tablet)
    tablet.page.goto(f"{tablet.url}#/")
    open_record(tablet, record)
    for language, title, now, why in (
        ("nl", "Kantoor besliste: Hoe het gezin wordt genoemd", "Geldt nu:", "Waarom:"),
        ("en", "The office decided: How the family is called", "Counts now:", "Why:"),
    ):
        tablet.page.evaluate(SPEAK, language)
        shown = tablet.page.locator("details", has_text=title)
        shown.wait_for()
        assert shown.get_attribute("open") is not None, "it is open until it was looked at"
        words = shown.inner_text()
        for part in (now, why, reason, "Gezin aan de vaart", "Gezin van tablet 0", "collega"):
            assert part in words, words
        assert "desk:" not in tablet.page.inner_text("main")
        if folder := os.environ.get("VELDPOST_PICTURES"):
            tablet.page.screenshot(path=Path(folder) / f"outcome-{language}.png", full_page=True)
    assert [] == in_both_languages(tablet)
    colleague.sync.run()
    (outcome,) = colleague.device.picture(bytes.fromhex(record)).outcomes
    assert (FIELD, reason) == (outcome.path, outcome.reason)
    assert {"Gezin van tablet 0", "Gezin aan de vaart"} == {word.value for word in outcome.were}
