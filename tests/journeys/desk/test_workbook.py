"""An admin imports a workbook and publishes it, with a colleague, by the pages alone: no JSON is ever seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from backend.desk import drafting, mending
from backend.desk.rights import Role
from tests.desk_pages.office import DeskOffice
from tests.forms.interchange.tables import made
from tests.journeys.desk.looking import page_faults
from tests.journeys.desk.street import Chair, served
from tests.journeys.desk.test_forms_and_devices import pressed
from tests.journeys.field.tablet import browser

pytestmark = pytest.mark.skipif(browser() is None, reason="no Chromium")
BOOK = """
| survey |
|        | type           | name     | label::Nederlands (nl)      |
|        | text           | naam     | Hoe heet u?                 |
|        | date           | geboren  | Wanneer bent u geboren?     |
|        | select_one jn  | binnen   | Mochten wij binnenkomen?    |
|        | select_one jn  | hulp     | Wilt u hulp?                |
|        | text           | afspraak | Wat spraken wij af?         |
|        | audio          | opname   | Een opname van het gesprek  |
| choices |
|         | list_name | name | label::Nederlands (nl) |
|         | jn        | ja   | Ja                     |
|         | jn        | nee  | Nee                    |
| settings |
|          | form_title | form_id |
|          | Buurtvraag | buurt   |
"""
NEXT = """
| survey |
|        | type           | name     | label::nl                | label::en         | hint::nl   | hint::en |
|        | text           | naam     | Hoe heet u?              | What is your name? | Roepnaam  | First name |
|        | date           | geboren  | Wanneer bent u geboren?  | When were you born? | Een dag  | A day |
|        | select_one jn  | binnen   | Mochten wij binnenkomen? | Could we come in? |            | |
|        | text           | afspraak | Wat spraken wij af?      | What is agreed?   | Kort       | Short |
|        | audio          | opname   | Een opname               | A recording       |            | |
| choices |
|         | list_name | name | label::nl | label::en |
|         | jn        | ja   | Ja        | Yes       |
|         | jn        | nee  | Nee       | No        |
| settings |
|          | form_title | form_id |
|          | Buurtvraag | buurt   |
"""  # in two languages, and without one question
REASON = "Zonder de dag weten wij niet of iemand kind is."


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made_ = DeskOffice(tmp_path_factory.mktemp("desk"))
    yield made_
    made_.close()


class Admin(Chair):
    """Somebody who writes no JSON: each page is looked at for words of it."""

    def press(self, name: str) -> None:
        """Press a button that leads on."""
        pressed(self.page, self.page.locator("main").get_by_role("button", name=name, exact=True).first)
        self.sees_words()

    def follow(self, name: str) -> None:
        """Follow a link of the page."""
        pressed(self.page, self.page.locator("main").get_by_role("link", name=name).first)
        self.sees_words()

    def sees_words(self) -> None:
        """No sign of JSON, of a rule's code or of a path is seen."""
        seen = self.page.locator("main").inner_text()
        for sign in ('{"', '":', "TODO", "P12", "P15", "P22", "/naam", "maxLength", "moves", "sensitivity", "schema"):
            assert sign not in seen, (sign, self.page.url)


def brought(admin: Admin, book: str, folder: Path) -> None:
    """Bring a workbook, and say what it is for: first with something wrong, and nothing typed is lost."""
    file = folder / "buurt.xlsx"
    file.write_bytes(made(book))
    admin.open("/forms/import")
    admin.page.locator("#file").set_input_files(file)
    admin.press("Lees in")
    page = admin.page
    page.locator("#purpose-nl").fill("Bewoners steunen die om hulp vragen")
    page.get_by_label("Wmo 2015 artikel 2.1.1").check()
    page.locator("#keep").fill("vijf")
    admin.press("Bewaar")
    assert page.get_by_text("Dit is geen heel getal van 1 tot 999.").count()
    page.locator("#keep").fill("5")
    admin.press("Bewaar")
    assert page.get_by_text("Kies vanaf wanneer de termijn telt.").count()
    assert "Bewoners steunen die om hulp vragen" == page.locator("#purpose-nl").input_value()
    page.get_by_label("na het sluiten van het dossier").check()
    admin.press("Bewaar")


def worded(admin: Admin) -> None:
    """Fill in every word that is missing, by the keyboard alone: Enter goes down, Ctrl+Enter saves."""
    admin.follow("Woorden in het Nederlands en Engels")
    page = admin.page
    assert 1 == page.get_by_text("Ja", exact=True).or_(page.locator('[value="Ja"]')).count()  # of two questions
    for column in ("nl", "en"):
        page.locator(f'table.texts [lang="{column}"]').first.focus()
        for number in range(page.locator(f'table.texts [lang="{column}"]').count()):
            if not page.evaluate("document.activeElement.value"):
                page.keyboard.insert_text(f"Woorden {number}" if column == "nl" else f"Words {number}")
            page.keyboard.press("Enter")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert page.get_by_text("Er ontbreken geen woorden.").count()
    admin.follow("Terug naar het concept")


def mended(admin: Admin) -> None:
    """Mend the findings, each kind by one act."""
    page = admin.page
    while (act := page.locator('form:has(button[value="longest"])')).count():
        act.first.locator('[name="longest"]').fill("200")
        pressed(page, act.first.locator('button[value="longest"]'))
    forbidden = page.locator('form:has(button[value="without"])').first
    forbidden.locator('[name="at"]').check()
    pressed(page, forbidden.locator('button[value="without"]'))
    if page.locator('button[value="dropped"]').count():
        pressed(page, page.locator('button[value="dropped"]'))
    while (act := page.locator('form:has(button[value="reason"])')).count():
        act.first.locator("summary", has_text="met een reden").press("Enter")
        act.first.locator("textarea").fill(REASON)
        pressed(page, act.first.locator('button[value="reason"]'))
    admin.sees_words()
    assert page.get_by_text("kan worden gepubliceerd").count(), page.locator("#stops").locator("..").inner_text()


def agreed(colleague: Admin, version: int) -> None:
    """A second person reads and agrees."""
    colleague.open("/forms")
    pressed(colleague.page, colleague.page.locator("main").get_by_role("link", name=f"{version}", exact=False).first)
    assert colleague.page.get_by_text(REASON).first.is_visible()
    pressed(colleague.page, colleague.page.get_by_role("button", name="Akkoord, publiceer"))
    assert colleague.page.get_by_text(f"versie {version}").count()


@contextmanager
def chairs(office: DeskOffice) -> Iterator[tuple[Admin, Admin]]:
    """An admin and a privacy officer at the desk; nothing that a page throws or its policy refuses is let pass."""
    with served(office) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        admin, colleague = (Admin(drive, office, address, role) for role in (Role.ADMIN, Role.PRIVACY))
        yield admin, colleague
        for chair in (admin, colleague):
            assert [] == chair.faults
            chair.close()


def published(office: DeskOffice) -> list[tuple[str, str]]:
    """Who put the versions of the form forward, and who agreed."""
    versions = office.server.municipality.published.versions("buurt")
    return [(one.published_by, one.seconded_by) for one in versions]


def test_an_admin_imports_a_workbook_and_publishes_with_no_json_seen(office: DeskOffice, tmp_path: Path) -> None:
    with chairs(office) as (admin, colleague):
        brought(admin, BOOK, tmp_path)
        worded(admin)
        mended(admin)
        admin.page.locator("#controller").fill("College van B en W")
        admin.page.locator("#register").fill("het register")
        admin.press("Draag voor")
        assert admin.page.locator("#register-fault").count()
        admin.page.locator("#register").fill("https://example.org/register/4")
        admin.press("Draag voor")
        agreed(colleague, 1)
    assert [("de-admin", "de-privacy")] == published(office)


def first_version(office: DeskOffice) -> None:
    """The form as it was published before, with a question that the next workbook leaves out."""
    hulp = (
        "|        | text           | hulp     | Wilt u hulp?             | Do you want help? | Kort       | Short |\n"
    )
    form = drafting.brought_from(made(NEXT.replace("| choices |", f"{hulp}| choices |")), "buurt.xlsx").document
    assert form is not None
    form |= {"purpose": "Bewoners steunen die om hulp vragen", "legal_basis": "Wmo 2015 artikel 2.1.1"}
    form |= {"retention": {"keep": "P5Y", "from": "closed"}}
    form = drafting.without(form, "/opname")
    for act, typed in (("longest", {"longest": "200"}), ("reason", {"rule": "P15", "reason": REASON})):
        at = ["/geboren"] if act == "reason" else ["/naam", "/afspraak", "/hulp"]
        form = mending.together(form, act, at, typed)
    form["title"] = form["layout"][0]["section"] = {"nl": "Buurtvraag", "en": "Question"}
    office.server.publish(drafting.written(form))


def test_the_next_workbook_becomes_the_next_version_and_says_what_differs(tmp_path: Path) -> None:
    office = DeskOffice(tmp_path / "desk")
    first_version(office)
    with chairs(office) as (admin, colleague):
        brought(admin, NEXT, tmp_path)
        words = {"nl /layout/0/section": "Bezoek", "en /layout/0/section": "Visit", "en /title": "Question"}
        admin.follow("Woorden in het Nederlands en Engels")
        for name, text in words.items():
            admin.page.locator(f'[name="{name}"]').fill(text)
        admin.press("Bewaar")
        admin.follow("Terug naar het concept")
        assert admin.page.get_by_text("Wilt u hulp?").count()
        mended(admin)
        admin.follow("Hoeveel dossiers raakt dit?")
        admin.follow("Terug naar het concept")
        assert [] == page_faults(admin.page)
        admin.press("Draag voor")  # who is responsible, and where it is registered, hold as before
        agreed(colleague, 2)
    assert ("de-admin", "de-privacy") == published(office)[-1]
    office.close()
