"""The story of a municipality: its form, its visits, its conflicts, its review and a lost phone, in real browsers.

One server as operators run it, staff who come in by invitations, two field apps, and at the end both phones, `verify`
and the log.
"""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from backend.sentences import library
from tests.forms.interchange.tables import made
from tests.journeys.desk.story import Staff, Worker
from tests.journeys.desk.story_form import BOOK, MENDED, PURPOSE, SLUG, TITLE, told
from tests.journeys.field.tablet import browser, launched
from tests.journeys.field.test_two_tablets import PICTURE, synchronise
from tests.journeys.terminal import Terminal
from tests.journeys.test_first_run import PHRASE, TOWN, set_up

BY_PHRASE = ("--passphrase",)
REASON = "Alleen de leeftijd telt hier, en die blijft in het dossier van dit gezin."
LOCKED = 503
WEIGHED = "Samen besproken met beide medewerkers."
CHOICES = (  # what is chosen of each kind, by its heading or by words of its page
    ("Zorg over veiligheid", "Twijfel"), ("Mocht u binnenkomen", "Ja, ik was binnen"), ("Kindcode", "KIND-3333"),
    ("Soort traject", "Wijzig: Soort traject"), ("verwijderde dit dossier", "Bewaren"), ("haalde dit weg", "Bewaren"),
    ("weggehaald", "Bewaren"),
)  # fmt: skip
STEPS = (  # of the log, in order; others stand between them
    "invite-staff", "join", "confirm", "invite-staff", "propose", "join", "agree", "give-roles", "unlock", "invite",
    "enrol", "invite", "enrol", "make-team", "fill-team", "draft-form", "change-draft", "propose-form", "publish-form",
    "grant", "lock", "unlock", "conflicts", "conflict", "resolve", "decide", "review", "reviews", "review", "reviews",
    "revoke", "see-lost", "export-asked", "export-made", "export-fetched",
)  # fmt: skip


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    browser()
    there = Terminal(tmp_path)
    status, _ = set_up(there)
    assert 0 == status
    there.start("serve")
    yield there
    there.stop()


@pytest.fixture
def window() -> Iterator[Any]:
    with import_module("playwright.sync_api").sync_playwright() as drive:
        opened = launched(drive)
        yield opened
        opened.close()


def mended(admin: Staff) -> None:
    """Everything that a workbook cannot know, and what the lint asks, filled in on the page of the draft."""
    assert "niet mogelijk" in admin.says() and "vlak" in admin.says()
    admin.page.locator("summary", has_text="Als JSON").press("Enter")
    admin.fill("/raw", {"raw": told(admin.page.locator("#raw-text").input_value())})
    draft = admin.page.url.removeprefix(admin.home).partition("#")[0]
    for path in MENDED:
        admin.open(f"{draft}/question?of={path}")
        admin.page.locator("#sensitivity").select_option("S1")
        words = {"hint-nl": "Zoals thuis", "hint-en": "As at home"}
        longest = {"longest": "400"} if admin.page.locator("#longest").count() else {}
        admin.fill("/question", words | longest)
    admin.open(draft)
    while (reason := admin.page.locator('form:has(button[value="reason"])')).count():
        reason.first.locator("summary", has_text="met een reden").press("Enter")
        reason.first.locator("textarea").fill(REASON)
        with admin.page.expect_navigation():
            reason.first.locator('button[value="reason"]').press("Enter")
    assert "kan worden gepubliceerd" in admin.says(), admin.page.locator("section[aria-labelledby=stops]").inner_text()


def published(admin: Staff, privacy: Staff, folder: Path) -> None:
    """An admin brings a workbook in, mends it and puts it forward; a second person agrees."""
    book = folder / "bron.xlsx"
    book.write_bytes(made(BOOK))
    admin.open("/forms")
    admin.follow("Een formulier inlezen")
    admin.page.locator("#file").set_input_files(book)
    admin.press("Lees in")
    admin.page.get_by_label("na het sluiten van het dossier").press("Space")
    admin.fill("/purpose", PURPOSE)
    mended(admin)
    admin.fill("/publish", {"controller": "College van B en W", "register": "https://example.org/12"})
    assert "U droeg dit zelf voor" in admin.says()
    privacy.open("/forms")
    privacy.follow(SLUG)
    assert REASON in privacy.says()
    privacy.press("Akkoord, publiceer")


def written(one: Worker) -> dict[str, str]:
    """The visits that both will have read, by the way in which they will differ."""
    return {
        "choice": one.write("AAAA-2222"),
        "append": one.write("AAAA-3333"),
        "weighed": one.write("AAAA-4444"),
        "check": one.write("AAAA-5555", age="16 of 17"),
        "item": one.write("AAAA-6666", child="KIND-2222"),
        "deleted": one.write("AAAA-7777"),
    }


def remove_the_child(one: Worker) -> None:
    """Take the child of a visit away."""
    one.press("Verder")
    one.press("Verwijderen")


def name_the_child(one: Worker) -> None:
    """Give the child of a visit another code."""
    one.press("Verder")
    one.fill("Kindcode", "KIND-3333")


def edits(who: int) -> dict[str, Callable[[Worker], None]]:
    """What a worker does offline to each visit."""
    ours: tuple[dict[str, Callable[[Worker], None]], ...] = (
        {
            "choice": lambda one: one.answer("Mocht u binnenkomen?", "Alleen aan de deur"),
            "append": lambda one: one.fill("Wat zag en hoorde u?", "Het kind vertelde over school."),
            "weighed": lambda one: one.answer("Zorg over veiligheid?", "Nee"),
            "check": lambda one: one.answer("Leeftijd", "14 of 15"),
            "item": remove_the_child,
            "deleted": lambda one: None,
        },
        {
            "choice": lambda one: one.answer("Mocht u binnenkomen?", "Ja, ik was binnen"),
            "append": lambda one: one.fill("Wat zag en hoorde u?", "Het kind vertelde over thuis."),
            "weighed": lambda one: one.answer("Zorg over veiligheid?", "Twijfel"),
            "check": lambda one: one.answer("Soort traject", "Betaald werk"),
            "item": name_the_child,
            "deleted": lambda one: one.answer("Zorg over veiligheid?", "Ja"),
        },
    )
    return ours[who]


def differ(one: Worker, two: Worker, records: dict[str, str]) -> None:
    """Both workers fill in the same visits without a connection, in each of the six ways, and then have one again."""
    for who, worker in enumerate((one, two)):
        worker.offline()
        for name, act in edits(who).items():
            worker.see(records[name])
            if name == "deleted" and who == 0:
                worker.press("Verwijderen")
                worker.press("Ja, verwijder")
                worker.sees("Dit stuk is verwijderd")
                continue
            worker.press("Bewerken")
            act(worker)
            worker.finish()
    for worker in (one, two):
        worker.offline(False)
        synchronise(worker)


def settled(lead: Staff) -> list[str]:
    """The headings of what waited, in the order of the queue, each settled in its way."""
    lead.open("/conflicts")
    while "worden verwerkt" in lead.says():  # a page that lacks something says so
        lead.open("/conflicts")
    found: list[str] = []
    lead._leads_on(lead.page.locator("tbody th a").first)
    while True:
        heading, words = lead.page.inner_text("h1"), lead.says()
        found.append(heading)
        wanted = next(choice for said, choice in CHOICES if said in (heading if choice != "Bewaren" else words))
        lead.page.locator("label.tick").filter(has_text=wanted).first.locator("input[type=radio]").check()
        if wanted.startswith("Wijzig"):
            lead.page.get_by_label("Soort traject").and_(lead.page.locator("select")).last.select_option(label="Stage")
        if "Zorg over veiligheid" in heading:
            lead.page.locator("#reason").fill(WEIGHED)
        lead.press("Beslis")
        assert "Afgehandeld" in lead.says(), lead.says()
        if lead.page.get_by_role("link", name="Er wacht niets meer").count():
            return found
        lead.follow("Volgende", within="main")


def reviewed(lead: Staff, one: Worker, two: Worker, records: dict[str, str]) -> None:
    """A visit goes back with a question, is answered, approved, and reopened by a late edit."""
    record = records["append"]
    lead.open(f"/review/{record}")
    decided(lead, "Terugsturen met een vraag", "Wie was erbij?")
    synchronise(one)
    one.page.goto(f"{one.url}#/")
    one.sees("kantoor vraagt iets")
    one.see(record)
    one.sees("Wie was erbij?")
    one.fill("Uw antwoord", "De buurvrouw.")
    one.press("Antwoorden")
    one.sees("Beantwoorde vraag")
    synchronise(one)
    lead.follow_once_there("/review?stage=answered", "AAAA-3333")
    assert "De buurvrouw." in lead.says()
    decided(lead, "Goedkeuren wat ik las")
    assert "goedgekeurd" in lead.says()
    synchronise(two)
    two.see(record)
    two.press("Bewerken")
    two.answer("Mocht u binnenkomen?", "Ja, ik was binnen")
    two.finish()
    synchronise(two)
    lead.follow_once_there("/review?stage=changed", "AAAA-3333")
    assert "Mocht u binnenkomen?" in lead.page.locator("main section").first.inner_text(), lead.says()


def decided(lead: Staff, choice: str, text: str = "") -> None:
    """Choose on the page of a review."""
    lead.page.get_by_label(choice).press("Space")
    lead.page.locator("#text").fill(text)
    lead.press("Uitvoeren")


def shown(one: Worker, two: Worker, records: dict[str, str]) -> None:
    """Both phones show every outcome, by whom and why, on the screen as in what is kept."""
    for worker in (one, two):
        synchronise(worker)
        pictures = {name: worker.page.evaluate(PICTURE, record) for name, record in records.items()}
        answers = {
            name: {path: answer["value"] for path, answer in one_["shown"].items()} for name, one_ in pictures.items()
        }
        assert "binnen" == answers["choice"]["/toegang"]
        assert "twijfel" == answers["weighed"]["/zorg"]
        assert ("jong", "stage") == (answers["check"]["/leeftijd"], answers["check"]["/soort"])
        assert ["KIND-3333"] == [value for path, value in answers["item"].items() if path.endswith("/kind_ref")]
        assert not pictures["deleted"].get("deleted") and "ja" == answers["deleted"]["/zorg"]
        assert "binnen" == answers["append"]["/toegang"]
        for name, picture in pictures.items():
            assert [] == (picture.get("conflicts") or []), name
        for name in ("choice", "weighed"):
            worker.see(records[name])
            worker.sees("Kantoor besliste")
        worker.sees(WEIGHED)
        worker.see(records["append"])
        worker.sees("Het kind vertelde over school.")
        worker.sees("Het kind vertelde over thuis.")


def lost(admin: Staff, two: Worker) -> None:
    """A lost phone is reported: what it held is listed, and it wipes itself."""
    admin.open("/devices")
    admin.follow("werker-twee", within="main")
    admin.page.locator("#typed").fill("werker-twee")
    admin.press("Meld als gestolen en wis")
    assert "Wat deze telefoon had" in admin.says() and "gestolen gemeld" in admin.says()
    two.page.reload()
    two.sees("Dit toestel is afgemeld")
    two.sees("hier staat niets meer")


def taken_along(lead: Staff, folder: Path) -> None:
    """The week is taken along, as a file that stands there for a day."""
    today = datetime.now(UTC).date()
    lead.open("/exports")
    lead.follow(TITLE, within="main")
    lead.page.get_by_label("Vanaf").fill(str(today - timedelta(days=6)))
    lead.page.get_by_label("Tot en met").fill(str(today + timedelta(days=1)))
    lead.page.locator("#kind").select_option("csv-nl")
    lead.press("Maak de export")
    with lead.page.expect_download() as came:
        lead.page.locator("main a[download]").press("Enter")
    file = folder / "week"
    came.value.save_as(file)
    raw = file.read_bytes()
    rows = zipfile.ZipFile(file) if raw.startswith(b"PK") else None
    texts = [raw] if rows is None else [rows.read(name) for name in rows.namelist()]
    assert all(any(case in text for text in texts) for case in (b"AAAA-2222", b"AAAA-7777"))


def sound(terminal: Terminal, privacy: Staff) -> None:
    """`verify` finds no fault, the log holds every step in order, and its chain is whole."""
    done = terminal.type("verify", TOWN, "--json", *BY_PHRASE, stdin=f"{PHRASE}\n")
    assert 0 == done.returncode and 0 == json.loads(done.stdout.splitlines()[-1])["faults"], done.stdout
    acts = iter(logged(privacy))
    lacking = [step for step in STEPS if library().line(f"act-{step}", "nl") not in acts]
    assert [] == lacking  # each is looked for behind the one before
    privacy.open("/log")
    privacy.press("Keten nakijken")
    assert "elke regel is wat hij was" in privacy.says(), privacy.says()


def logged(privacy: Staff) -> list[str]:
    """The acts of the log in its words, the oldest first."""
    privacy.open("/log")
    found: list[str] = []
    while True:
        found += privacy.page.locator('td[data-label="Handeling"]').all_inner_texts()
        if not privacy.page.get_by_role("button", name="Oudere regels").count():
            return found[::-1]
        privacy.press("Oudere regels")


def come_in(terminal: Terminal, admin: Staff, privacy: Staff, lead: Staff) -> None:
    """The first two come in by the command line; an admin invites a lead, and a second person agrees."""
    for who, role in ((admin, "admin"), (privacy, "privacy")):
        said = terminal.type("invite-staff", TOWN, f"kantoor.{role}", "--role", role, *BY_PHRASE, stdin=f"{PHRASE}\n")
        assert 0 == said.returncode, said.stderr
        who.join(f"{who.home}/join/{said.stdout.split('/join/')[1].split()[0]}")
        who.confirm()
    lead.join(admin.invite("kantoor.lead", "lead"))
    privacy.open("/proposals")
    privacy.press("Ik stem in")
    admin.open("/unlock")
    admin.fill("/unlock", {"key": PHRASE})
    assert "/today" in admin.page.url, admin.says()


def team(admin: Staff, workers: tuple[Worker, ...]) -> None:
    """Invite the phone of each worker, and make a team of them and the lead."""
    for worker in workers:
        worker.come_in(admin.invite_worker(worker.worker))
    admin.open("/people")
    admin.fill("/teams", {"name": "Wijkteam"})
    for label in ("kantoor.lead", *(worker.worker for worker in workers)):
        admin.page.get_by_label(label).press("Space")
    admin.press("Bewaren")


def granted(lead: Staff, records: dict[str, str]) -> None:
    """The lead opens each visit to the second worker."""
    for record in records.values():
        lead.open(f"/record/{record}")
        lead.page.locator('form[action$="/grant"] select').select_option("werker-twee")
        with lead.page.expect_navigation():
            lead.page.locator('form[action$="/grant"] button').press("Enter")


def unlocked(lead: Staff) -> None:
    """A lead finds the municipality locked, and unlocks."""
    lead.open("/today", LOCKED)
    assert "De gemeente is vergrendeld" in lead.says()
    lead.follow("Ontgrendelen", within="main")
    lead.fill("/unlock", {"key": PHRASE})


def test_the_whole_story(terminal: Terminal, window: Any, tmp_path: Path) -> None:
    admin, lead, privacy = (Staff(window, terminal, TOWN) for _ in range(3))
    one, two = (Worker(window, terminal, tmp_path / name, name) for name in ("werker-een", "werker-twee"))
    come_in(terminal, admin, privacy, lead)
    team(admin, (one, two))
    published(admin, privacy, tmp_path)
    for worker in (one, two):
        synchronise(worker)
    records = written(one)
    synchronise(one)
    granted(lead, records)
    synchronise(two)
    admin.open("/today")
    admin.press("Vergrendelen", within="body")
    differ(one, two, records)
    unlocked(lead)
    order = settled(lead)
    assert {"Zorg over veiligheid?", "Kinderen 1", "Wijkbezoek"} == {*order[:3]}, order  # what protects
    assert ["Soort traject"] == order[3:4], order  # what does not fit together
    assert {"Mocht u binnenkomen?", "Kinderen 1: Kindcode"} == {*order[4:]}, order
    reviewed(lead, one, two, records)
    shown(one, two, records)
    lost(admin, two)
    taken_along(lead, tmp_path)
    sound(terminal, privacy)
    assert [] == [fault for who in (admin, lead, privacy, one, two) for fault in who.faults]
