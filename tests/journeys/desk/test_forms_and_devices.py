"""An admin brings a workbook in, mends it, and a second person publishes it; a phone is reported stolen."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from backend.desk.rights import Role
from tests.desk_pages.office import DeskOffice
from tests.desk_pages.test_forms import SURVEY, WARNED
from tests.forms.interchange.tables import made
from tests.journeys.desk.looking import page_faults
from tests.journeys.desk.street import Chair, served
from tests.journeys.field.tablet import browser

pytestmark = pytest.mark.skipif(browser() is None, reason="no Chromium")
BORN = SURVEY.replace(
    "| select_one ja    | binnen",
    "| date             | geboren | Geboortedatum          | Date of birth       |            | |\n"
    "|        | select_one ja    | binnen",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made_ = DeskOffice(tmp_path_factory.mktemp("desk"))
    yield made_
    made_.close()


@pytest.fixture(scope="module")
def desk(office: DeskOffice) -> Iterator[Any]:
    """What sits somebody down at the desk: `desk(role, java_script_enabled=…)`."""
    chairs: list[Chair] = []
    with served(office) as address, import_module("playwright.sync_api").sync_playwright() as drive:

        def sit(role: str, **options: Any) -> Chair:
            chairs.append(Chair(drive, office, address, role, **options))
            return chairs[-1]

        yield sit
        for chair in chairs:
            assert [] == chair.faults
            chair.close()


def pressed(page: Any, button: Any) -> None:
    """Press what leads to another page, and go on when that is there: what is typed before it would be gone."""
    with page.expect_navigation():
        button.press("Enter")


def filled(page: Any, form: str, fields: dict[str, str]) -> None:
    """Fill the fields of the form that posts to an address ending so, and send it."""
    within = page.locator(f'form[action$="{form}"]')
    for name, value in fields.items():
        within.locator(f'[name="{name}"]').fill(value)
    pressed(page, within.locator("button"))


def mended(chair: Chair) -> None:
    """Everything that a workbook cannot know, and what the lint asks, filled in on the pages of the draft."""
    page = chair.page
    page.get_by_label("na het sluiten van het dossier").press("Space")
    words = {"title-en": "Trial visit", "purpose-nl": "Families in de proef ondersteunen", "keep": "2"}
    filled(page, "/purpose", {**words, "basis-nl": "Wmo 2015, artikel 2.3.2"})
    draft = page.url.partition("#")[0]
    pressed(page, page.locator("#steps ~ ol").get_by_role("link", name="Woorden in het Nederlands en Engels"))
    for cell in page.locator('table.texts [name^="nl "], table.texts [name^="en "]').all():
        if not cell.input_value():
            cell.fill("Zoals thuis")
    pressed(page, page.get_by_role("button", name="Bewaar", exact=True))
    assert page.get_by_text("Er ontbreken geen woorden.").count(), page.inner_text("main")
    page.goto(draft)
    while (act := page.locator('form:has(button[value="longest"])')).count():
        act.first.locator('[name="longest"]').fill("40")
        pressed(page, act.first.locator('button[value="longest"]'))
    forbidden = page.locator('form:has(button[value="without"])').first
    forbidden.locator('[name="at"]').press("Space")
    pressed(page, forbidden.locator('button[value="without"]'))
    while (act := page.locator('form:has(button[value="reason"])')).count():
        act.first.locator("summary", has_text="met een reden").press("Enter")
        act.first.locator("textarea").fill(WARNED)
        pressed(page, act.first.locator('button[value="reason"]'))


def test_a_workbook_is_mended_and_published_by_two_people(office: DeskOffice, desk: Any, tmp_path: Path) -> None:
    admin, privacy = desk(Role.ADMIN), desk(Role.PRIVACY, java_script_enabled=False)
    admin.open("/forms")
    pressed(admin.page, admin.page.get_by_role("link", name="Een formulier inlezen"))
    book = tmp_path / "bron.xlsx"
    book.write_bytes(made(BORN))
    admin.page.locator("#file").set_input_files(book)
    pressed(admin.page, admin.page.get_by_role("button", name="Lees in"))
    assert [] == page_faults(admin.page)
    mended(admin)
    assert "Niet mogelijk: dit staat niet in het formulier" in admin.page.locator("#report").locator("..").inner_text()
    assert [] == page_faults(admin.page)
    assert admin.page.get_by_text("kan worden gepubliceerd").count(), admin.page.inner_text("main")
    framed = admin.page.frame_locator("iframe.phone")
    framed.get_by_label("Roepnaam").wait_for()
    assert "IFRAME" != admin.page.evaluate("document.activeElement.tagName"), "a preview takes the keys from who types"
    framed.get_by_label("Roepnaam").fill("Proefnaam")
    assert framed.get_by_role("button", name="Verder", exact=True).count() == 1
    filled(admin.page, "/publish", {"controller": "College van B en W", "register": "https://example.org/12"})
    assert admin.page.get_by_text("U droeg dit zelf voor").count()

    privacy.open("/forms")
    pressed(privacy.page, privacy.page.get_by_role("link", name="proefbezoek"))
    assert privacy.page.get_by_text(WARNED).count()
    pressed(privacy.page, privacy.page.get_by_role("button", name="Akkoord, publiceer"))
    assert privacy.page.get_by_text("de-privacy").count() and privacy.page.get_by_text("Roepnaam").count()
    assert "proefbezoek" in office.server.municipality.book.forms


def test_a_phone_is_invited_and_another_is_reported_stolen(office: DeskOffice, desk: Any) -> None:
    admin = desk(Role.ADMIN)
    admin.open("/devices")
    admin.page.locator("#worker").fill("werker-drie")
    pressed(admin.page, admin.page.get_by_role("button", name="Maak een uitnodiging"))
    admin.page.locator("svg.qr").wait_for()
    assert [] == page_faults(admin.page)
    with admin.page.expect_response(lambda one: "/invitations/" in one.url):  # the server is in trouble for a moment
        admin.page.route("**/devices/invitations/*", lambda route: route.fulfill(status=500, body=""), times=1)
    with admin.page.expect_response(lambda one: "/invitations/" in one.url and one.ok):
        assert admin.page.locator("svg.qr").count()  # the code, which is shown once, is still there
    for scripts in (True, False):
        security = desk(Role.SECURITY, java_script_enabled=scripts)
        security.open("/devices")
        worker = "werker-een" if scripts else "werker-twee"
        pressed(security.page, security.page.get_by_role("link", name=worker))
        if scripts:
            assert [] == page_faults(security.page)
        security.page.locator("#typed").fill("iemand anders")
        pressed(security.page, security.page.get_by_role("button", name="Meld als gestolen en wis"))
        assert security.page.locator("#typed-fault").count()
        security.page.locator("#typed").fill(worker)
        pressed(security.page, security.page.get_by_role("button", name="Meld als gestolen en wis"))
        assert security.page.get_by_role("heading", name="Wat deze telefoon had").count()
        assert security.page.get_by_text("gestolen gemeld").count()
        if scripts:
            assert [] == page_faults(security.page)
