"""`python -m tests.journeys.desk.screens [FOLDER LANGUAGE light|dark]`: a picture of every page of the desk.

Without more they are Dutch and light, at 1280 and 390 px, and go to `docs/screens/`. The municipality, its staff and
all that is written there are invented.
"""

import io
import sys
import tempfile
from base64 import b64decode
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook

from backend.desk.rights import Role
from forms.wording import day_of
from tests.desk_pages.office import OTHER_LEAD, TEAM, DeskOffice
from tests.desk_pages.office import name_of as account_of
from tests.desk_pages.pictures import wav
from tests.journeys.desk.album import erase_asked, gathered, links_to, lists_of_the_town, pictures
from tests.journeys.desk.smaller import smaller
from tests.journeys.desk.states_asked import Uploads, given_back, with_a_record
from tests.journeys.desk.states_found import State, States
from tests.journeys.desk.street import Chair, Street, called, served
from tests.journeys.desk.test_states import LEADS_ON
from tests.journeys.desk.walk import ROLES, doors, name_of, walked
from tests.journeys.field.tablet import ARGUMENTS, browser

SCREENS: Final = Path(__file__).parents[3] / "docs" / "screens"
SIZES: Final = ((1280, 900), (390, 844))
FRAME_MS: Final = 1_500  # a page within a page draws itself once it is seen
DOOR: Final = """() => { const canvas = document.createElement("canvas"); canvas.width = 480; canvas.height = 640;
const pen = canvas.getContext("2d"); pen.fillStyle = "#d9cfc0"; pen.fillRect(0, 0, 480, 640);
pen.fillStyle = "#2f5d50"; pen.fillRect(110, 90, 260, 550); pen.fillStyle = "#e8e2c8"; pen.fillRect(150, 130, 180, 130);
pen.fillStyle = "#222"; pen.fillRect(165, 380, 150, 22); pen.beginPath(); pen.arc(340, 360, 10, 0, 7); pen.fill();
return canvas.toDataURL("image/jpeg"); }"""
TASKS: Final = (
    ("call", Role.LEAD, 0, "Bel de school over het vervoer."), ("visit", Role.REVIEWER, 3, "Ga langs met de folder."),
    ("check", Role.LEAD, 7, ""),
)  # fmt: skip
LONGEST: Final = 2_400  # px of a picture: what follows below looks alike


def picture(page: Any, folder: Path, name: str) -> None:
    """Take a page at each width."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        long = min(LONGEST, max(height, int(page.evaluate("document.documentElement.scrollHeight"))))
        page.set_viewport_size({"width": width, "height": long})  # what sticks to the bottom stays there
        if page.locator("iframe").count():
            page.wait_for_timeout(FRAME_MS)
        (folder / f"desk-{name}-{width}.png").write_bytes(smaller(page, page.screenshot()))
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})


def shown_again(chair: Chair, pages: Mapping[str, State], folder: Path) -> None:
    """Take pages that were kept, each at its address; what they hold, and pages within them, the server gives."""
    for name, state in pages.items():
        address = f"{chair.home}{'/' + state.address.removeprefix('/m/').partition('/')[2]}"
        chair.page.route("**/m/**", partial(_answered, page=chair.page, state=state))
        chair.page.goto(address)
        picture(chair.page, folder, name)
        chair.page.unroute("**/m/**")


def _answered(route: Any, *, page: Any, state: State) -> None:
    if route.request.is_navigation_request() and route.request.frame == page.main_frame:
        headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": state.policy}
        route.fulfill(body=LEADS_ON.sub("", state.text), headers=headers)
    else:
        route.continue_()


def drawn() -> bytes:
    """A photo of a door that is none."""
    with import_module("playwright.sync_api").sync_playwright() as drive:
        window = drive.chromium.launch(executable_path=browser(), args=list(ARGUMENTS))
        made = str(window.new_page().evaluate(DOOR))
        window.close()
    return b64decode(made.partition(",")[2])


def beyond(chair: Chair, at: str, folder: Path) -> None:
    """Take the pages to which no link of a first walk leads: files that were brought and refused, a reading."""
    for way, name in ((f"{at}/edit/0", "files-brought"), (f"{at}/files", "files-shown")):
        assert 200 == chair.open(way)
        picture(chair.page, folder, name)
    assert 200 == chair.open(f"{at}/edit/0")
    file = {"name": "IMG_0001.HEIC", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic" + bytes(99)}
    chair.page.locator("input[type=file]").nth(1).set_input_files(file)
    with chair.page.expect_navigation():
        chair.page.locator("main form button.main").click()
    picture(chair.page, folder, "files-refused")


def read_for_a_reason(chair: Chair, record: str, folder: Path) -> None:
    """Take the page of a record that somebody reads for a reason, in the session in which they gave it."""
    chair.open("/reason")
    chair.page.locator("[name=record]").fill(record)
    chair.page.locator("[name=reason]").fill("Een ouder vraagt wat er over het gezin is opgeschreven.")
    with chair.page.expect_navigation():
        chair.page.locator("main form button").first.click()
    picture(chair.page, folder, "reason-one-reading")


def workbook() -> bytes:
    """A workbook of somebody else, in one language, with what a form of ours needs besides."""
    made, kept = Workbook(write_only=True), io.BytesIO()
    survey, choices = made.create_sheet("survey"), made.create_sheet("choices")
    for row in (
        ("type", "name", "label", "required"), ("select_one vervoer", "vervoer", "Hoe kwam u hier?", "yes"),
        ("integer", "banken", "Hoeveel banken telde u?", ""), ("text", "opvallend", "Wat viel op?", ""),
        ("note", "dank", "Dank u. U telde ${banken} banken.", ""),
    ):  # fmt: skip
        survey.append(row)
    for one in (
        ("list_name", "name", "label"),
        ("vervoer", "fiets", "Op de fiets"),
        ("vervoer", "lopend", "Lopend"),
    ):
        choices.append(one)
    made.save(kept)
    return kept.getvalue()


def brought_in(chair: Chair, folder: Path) -> None:
    """Take the pages of a draft: what the form is for, its findings, all its words, one question."""
    chair.open("/forms/import")
    sheet = {"name": "buurtronde.xlsx", "mimeType": "application/octet-stream", "buffer": workbook()}
    chair.page.locator("input[type=file]").set_input_files(sheet)
    with chair.page.expect_navigation():
        chair.page.locator("main form button.main").click()
    draft = chair.page.url.partition("/forms/drafts/")[2].partition("/")[0].partition("?")[0]
    for way, name in (("/purpose", "-purpose"), ("", ""), ("/texts", "-texts"), ("/question?of=/banken", "-question")):
        assert 200 == chair.open(f"/forms/drafts/{draft}{way}"), way
        picture(chair.page, folder, f"forms-drafts-one-draft{name}")


def main(folder: Path, language: str = "nl", scheme: str = "light") -> None:
    """Take the pictures anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("desk-*.png"):
        earlier.unlink()
    width, height = SIZES[0]
    options = {"locale": language, "color_scheme": scheme, "viewport": {"width": width, "height": height}}
    with tempfile.TemporaryDirectory() as place:
        _walked(Street(Path(place) / "walked"), folder, options)
        _kept(Path(place), folder, language, options)
    taken = {path.name.removeprefix("desk-") for path in folder.glob("desk-*.png")}
    assert taken == files(), taken ^ files()


def files() -> set[str]:
    """The name of every picture of the desk, without its beginning."""
    return {f"{name}-{width}.png" for name in pictures() for width, _ in SIZES}


def _walked(street: Street, folder: Path, options: Mapping[str, Any]) -> None:
    """Take every page that somebody finds, and those where they do something."""
    asked = {"name": "voorbeeld.teamleider", "shown_name": "Voorbeeld Teamleider", "role-lead": "on"}
    street.signed_in(Role.ADMIN).post("/people", asked)  # it waits for a second person
    erase_asked(street)
    at = with_a_record(street)
    assert 303 == Uploads(street.signed_in(Role.LEAD), at).send((0, drawn()), (2, wav())).status_code
    tasked(street)
    given_back(street, options["locale"], States())  # a text that was typed in a session that ended
    lists_of_the_town(street)
    street.team(TEAM, [account_of(Role.LEAD), account_of(Role.REVIEWER)], ["werker-een", "werker-twee"])
    members = [account_of(Role.LEAD), account_of(Role.REVIEWER), OTHER_LEAD]  # the last of whom waits too
    wider = {"staff": members, "worker": ["werker-een", "werker-twee"]}
    assert 303 == street.signed_in(Role.ADMIN).post(f"/teams/{TEAM}", wider).status_code
    with served(street) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        visited: set[str] = set()
        outside = Chair(drive, street, address, "", **options)
        for pattern in doors():
            if outside.open(pattern) == 200:
                picture(outside.page, folder, name_of(pattern))
        outside.close()
        for role in ROLES:
            chair = Chair(drive, street, address, role, **options)
            for pattern, page in walked(chair, visited):
                picture(page, folder, name_of(pattern))
            if role == Role.LEAD:
                beyond(chair, at, folder)
            if role == Role.MAKER:
                brought_in(chair, folder)
            if role == Role.PRIVACY:
                read_for_a_reason(chair, at.rpartition("/")[2], folder)
            chair.close()
    street.close()


def tasked(street: Street) -> None:
    """Give some tasks about visits, one of them for today."""
    lead = street.signed_in(Role.LEAD)
    today = day_of(street.server.clock.ms)
    visits = links_to(lead, "/records/huisbezoek", "/record/[0-9a-f]{32}")
    for visit, (kind, whom, days, note) in zip(visits, TASKS, strict=False):
        due = (today + timedelta(days=days)).isoformat()
        answer = lead.post(f"{visit}/tasks", {"kind": kind, "whom": account_of(whom), "due": due, "note": note})
        assert 303 == answer.status_code, answer.text


def _kept(place: Path, folder: Path, language: str, options: Mapping[str, Any]) -> None:
    """Take the pages to which no walk comes."""
    street, empty = Street(place / "kept"), DeskOffice(place / "empty")
    called(empty)
    vault = street.server.municipality.custody.vault
    pages = gathered(street, empty, language)
    street.server.municipality.keyring.unlock(vault)
    with served(street) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        chair = Chair(drive, street, address, Role.ADMIN, **options)
        chair.page.clock.set_fixed_time(street.server.clock.now_ms() / 1000)  # by which a page counts down
        shown_again(chair, pages, folder)
        chair.close()
    street.close()
    empty.close()


if __name__ == "__main__":
    where, language, scheme = (*sys.argv[1:4], *(str(SCREENS), "nl", "light")[len(sys.argv[1:4]) :])
    main(Path(where), language, scheme)
