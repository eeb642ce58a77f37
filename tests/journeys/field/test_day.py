"""A worker's day with the field app, in a real browser against the real server, part of it without a connection."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.journeys.field.tablet import PHRASE, STAFF, TOWN, Tablet
from tests.journeys.field.test_two_tablets import synchronise, values
from tests.journeys.terminal import Terminal
from tests.processes import start

GREEN = {"basis-color-action-1-inverse-bg-default": {"$value": "#1f5c2e"}}
LIGHTER = {"basis-color-action-1-inverse-bg-default": {"$value": "#a7d8b4"}}


def wear(terminal: Terminal, folder: Path) -> None:
    """Have the office put the municipality's own theme on."""
    for name, theme in (("light", GREEN), ("dark", LIGHTER)):
        (folder / f"{name}.json").write_text(json.dumps(theme))
    done = terminal.type("theme", "set", TOWN, str(folder / "light.json"), "--dark", str(folder / "dark.json"), *STAFF)
    assert 0 == done.returncode, done.stdout + done.stderr


def grounds(tablet: Tablet) -> list[str]:
    """The colour behind the main button: in light, in dark, and where the worker chose the other one."""
    found = []
    for scheme, look in (("light", ""), ("dark", ""), ("dark", "light"), ("light", "dark")):
        tablet.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found.append(
            tablet.page.evaluate(
                "(look) => { const root = document.documentElement;"
                " if (look) root.dataset.look = look;"
                " const colour = getComputedStyle(document.querySelector('button.main')).backgroundColor;"
                " if (look) delete root.dataset.look; return colour; }",
                look,
            )
        )
    tablet.page.emulate_media(color_scheme=None, reduced_motion=None)
    return found


def test_a_visit_is_written_offline_and_reaches_the_office(terminal: Terminal, tablet: Tablet, tmp_path: Path) -> None:
    ours, dark_ours, theirs, dark_theirs = (
        "rgb(10, 74, 107)",
        "rgb(158, 210, 240)",
        "rgb(31, 92, 46)",
        "rgb(167, 216, 180)",
    )
    tablet.sees("Scan uitnodiging")
    assert [ours, dark_ours, ours, dark_ours] == grounds(tablet)  # of no municipality yet
    wear(terminal, tmp_path)
    tablet.enrol("werker-dag")
    tablet.offline()
    tablet.page.reload()
    tablet.page.get_by_label("Wachtzin", exact=True).wait_for()
    assert [theirs, dark_theirs, theirs, dark_theirs] == grounds(tablet)  # its own look, kept on the device
    tablet.unlock()
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", "ABCD-2345")
    tablet.page.get_by_label("Vervolgbezoek").click()
    tablet.sees("concept bewaard")
    tablet.page.reload()
    tablet.unlock()
    assert "ABCD-2345" == tablet.page.get_by_label("Dossiercode").input_value()
    tablet.finish()
    assert [] == terminal.rows("records", TOWN, "huisbezoek", *STAFF)  # none came yet
    tablet.offline(False)
    tablet.is_synced()
    row = terminal.rows("records", TOWN, "huisbezoek", *STAFF)[0]
    assert ("ABCD-2345", "vervolg") == (row["case_ref"], row["bezoek_soort"])
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]


def test_a_wrong_passphrase_opens_nothing_and_what_is_no_invitation_is_said(tablet: Tablet) -> None:
    tablet.press("Ik heb een link of code")
    tablet.page.go_back()  # a step back, not out of the app
    tablet.press("Ik heb een link of code")
    tablet.fill("Link of code", "geen uitnodiging")
    tablet.press("Verder")
    tablet.sees("Dit is geen uitnodiging")
    tablet.page.reload()
    tablet.enrol("werker-slot")
    tablet.page.reload()
    tablet.unlock("een andere wachtzin")
    tablet.sees("Dat was niet de wachtzin")
    assert 0 == tablet.page.get_by_role("button", name="Nieuw", exact=True).count()


# A server that dies when it has taken a push in and has not answered yet.
DEADLY: Final = (
    "import os; from backend.municipality.exchanging import Exchanging; from backend.cli import main; "
    "from sync.messages import read_request; _real = Exchanging.exchange\n"
    "async def _exchange(exchanging, device, raw, time_ms):\n"
    "    answer = await _real(exchanging, device, raw, time_ms)\n"
    "    if read_request(raw).entries: os.kill(os.getpid(), 9)\n"
    "    return answer\n"
    "Exchanging.exchange = _exchange; main()"
)


def two_children(tablet: Tablet) -> None:
    """Add two children to the visit, each with their own words."""
    tablet.press("Overzicht")
    tablet.press("Kinderen", exact=False)
    for code, words in (("KKKK-2222", "Ik wil weer naar school."), ("KKKK-3333", "Ik teken graag.")):
        tablet.press("Toevoegen: Kinderen")
        tablet.page.get_by_label("Kindcode").last.fill(code)
        tablet.page.get_by_label("Wat zei het kind zelf").last.fill(words)


def leads_into_a_closed_item(tablet: Tablet) -> None:
    """What is missing at the end of a form leads to its question, though the item was closed."""
    tablet.page.get_by_role("button", name="Kinderen 1: Kind alleen gesproken?").click()
    tablet.page.locator("input[name$=kind_alleen]:focus").wait_for()
    tablet.page.go_back()


@pytest.mark.parametrize("lost", ["network", "server"])
def test_a_whole_day(terminal: Terminal, tablets: Callable[..., Tablet], lost: str) -> None:
    """Without a connection from the morning on: reload, a deep link, a visit with two children, close, reopen, finish,
    hand in. Once the network is off; once the server is killed, and again when it has taken in what the day wrote."""
    tablet = tablets(own=True)
    tablet.enrol(f"werker-heledag-{lost}")
    case = {"network": "BBBB-2345", "server": "BBBB-3456"}[lost]
    cut_off(tablet, terminal, lost)
    tablet.page.reload()
    tablet.unlock()
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", case)
    tablet.press("Vandaag invullen")
    for question, answer in (("Mocht u binnenkomen?", "Ja, ik was binnen"), ("Soort bezoek", "Vervolgbezoek")):
        tablet.page.get_by_role("group", name=question).get_by_text(answer).click()
    two_children(tablet)
    tablet.sees("concept bewaard")
    tablet.page.wait_for_timeout(1_000)  # a draft is kept within a second of the last key
    place = tablet.page.url.removeprefix(tablet.url)
    tablet.close()
    tablet.start()
    tablet.offline(lost == "network")
    tablet.page.goto(tablet.url + place)
    tablet.unlock()
    tablet.page.get_by_role("button", name="Kinderen 1", exact=False).wait_for()
    tablet.press("Kinderen 1", exact=False)
    assert "Ik wil weer naar school." == tablet.page.get_by_label("Wat zei het kind zelf").first.input_value()
    tablet.page.get_by_role("group", name="Dagbesteding").first.get_by_text("School", exact=True).click()
    tablet.press("Overzicht")
    tablet.press("Afronden")
    leads_into_a_closed_item(tablet)
    tablet.press("Bewaren")
    tablet.sees("Bewaard op dit toestel")
    tablet.press("Bekijken")
    record = tablet.page.evaluate("() => location.hash.split('/')[2]")
    connect(tablet, terminal, lost)
    synchronise(tablet)
    office = values(terminal.rows("show", TOWN, record, *STAFF)[0]["shown"])
    first, second = sorted({path.split("/")[2] for path in office if path.startswith("/kind/")})
    assert len(office.pop("/bezoek_datum")) == len("2026-11-26")
    assert {
        "/case_ref": case, "/toegang": "binnen", "/bezoek_soort": "vervolg",
        f"/kind/{first}/kind_ref": "KKKK-2222", f"/kind/{first}/kind_stem": "Ik wil weer naar school.",
        f"/kind/{first}/kind_dag": "school",
        f"/kind/{second}/kind_ref": "KKKK-3333", f"/kind/{second}/kind_stem": "Ik teken graag.",
    } == office  # fmt: skip
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]


def cut_off(tablet: Tablet, terminal: Terminal, lost: str) -> None:
    if lost == "network":
        tablet.offline()
    else:
        terminal.kill()


def connect(tablet: Tablet, terminal: Terminal, lost: str) -> None:
    """Give the network back; or serve once more, by a server that dies first when it has taken everything in."""
    tablet.offline(False)
    if lost == "server":
        dying = terminal.server = start(DEADLY, "serve", env=terminal.env)
        while dying.poll() is None:
            tablet.page.wait_for_timeout(100)  # the app tries by itself
        assert -signal.SIGKILL == dying.returncode
        tablet.sees("1 nog hier")
        terminal.start("serve")


def test_leaving_loses_nothing_and_only_the_worker_throws_a_draft_away(tablet: Tablet) -> None:
    tablet.enrol("werker-concept")
    tablet.begin("Traject")
    tablet.fill("Dossiercode", "CCCC-2345")
    tablet.press("Later verder")
    tablet.sees("Traject werk en meedoen, CCCC-2345")
    tab = tablet.tab()
    tab.get_by_label("Wachtzin", exact=True).fill(PHRASE)
    tab.get_by_role("button", name="Openen").click()
    tablet.page.get_by_role("button", name="Traject werk en meedoen, CCCC-2345").first.click()
    tablet.page.get_by_label("Dossiercode").wait_for()
    tab.get_by_role("button", name="Traject werk en meedoen, CCCC-2345").first.click()
    tab.get_by_text("staat al open in een ander venster").wait_for()
    tab.close()
    tablet.fill("Dossiercode", "DDDD-2345")
    tablet.page.go_back()
    tablet.press("Weggooien: Traject werk en meedoen, DDDD-2345")
    tablet.sees("is weggegooid")
    tablet.press("Ongedaan maken")
    tablet.page.get_by_role("button", name="Weggooien: Traject werk en meedoen, DDDD-2345").wait_for()
