"""A worker's day with the field app, in a real browser against the real server, part of it without a connection."""

import shutil
import warnings
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from backend.clock import WallClock
from backend.web.field import FOLDER
from forms.library import SLUGS, shipped_raw
from tests.fleet.world import Server
from tests.journeys.terminal import Terminal

TOWN = "GM9901"
STAFF = ("--staff", "beheer")
PHRASE = "een lange wachtzin"
ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--no-first-run", "--disable-component-update")


def browser() -> str:
    """The browser to drive; skips loudly where there is none, or nothing to drive it with, or the app was not built."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    lacks = [
        *([] if found else ["CHROMIUM"]),
        *([] if (FOLDER / "index.html").is_file() else ["THE FILES OF THE APP (make field/.ready)"]),
    ]
    if find_spec("playwright") is None:
        lacks.append("PLAYWRIGHT")
    if lacks:
        said = f"NO {', NO '.join(lacks)}: nothing drives the field app"
        warnings.warn(said, stacklevel=1)
        pytest.skip(said)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    browser()
    made = Terminal(tmp_path_factory.mktemp("day"))
    server = Server(made.folder / "d")
    server.clock.ms = WallClock().now_ms()
    municipality = server.municipality
    server.run(municipality.submit(lambda: municipality.staff.add("beheer", "admin", server.clock.ms, "set up")))
    for slug in SLUGS:
        server.publish(shipped_raw(slug))
    (made.folder / "k").mkdir()
    (made.folder / "k" / f"{TOWN}.key").write_bytes(server.key_file)
    server.stop()
    made.start("serve")
    yield made
    made.stop()


@pytest.fixture
def phone(terminal: Terminal, tmp_path: Path) -> Iterator[Any]:
    """A page of a browser of its own, with what it said of faults."""
    sync_playwright = import_module("playwright.sync_api").sync_playwright
    with sync_playwright() as drive:
        context = drive.chromium.launch_persistent_context(
            str(tmp_path / "profile"), executable_path=browser(), args=list(ARGUMENTS), locale="nl-NL",
            viewport={"width": 390, "height": 844},
        )  # fmt: skip
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda said: page.faults.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}/field/")
        yield page
        assert [] == page.faults
        context.close()


def enrol(page: Any, terminal: Terminal, worker: str) -> None:
    invitation = terminal.rows("invite", TOWN, worker, *STAFF)[0]["invitation"]
    page.get_by_role("button", name="Ik heb een uitnodiging").click()
    page.get_by_label("Link of code").fill(invitation)
    page.get_by_role("button", name="Verder").click()
    page.get_by_role("button", name="Ja, dat klopt").click()
    page.get_by_label("Uw voornaam op het slot").fill("Test")
    page.get_by_label("Wachtzin").fill(PHRASE)
    page.get_by_label("Nog een keer").fill(PHRASE)
    page.get_by_role("button", name="Toestel klaarmaken").click()
    page.get_by_text("alles ingeleverd").wait_for()


def unlock(page: Any) -> None:
    page.get_by_label("Wachtzin").fill(PHRASE)
    page.get_by_role("button", name="Openen").click()


def test_a_visit_is_written_offline_and_reaches_the_office(terminal: Terminal, phone: Any) -> None:
    enrol(phone, terminal, "werker-dag")
    phone.context.set_offline(True)
    phone.reload()
    unlock(phone)
    phone.get_by_role("button", name="Nieuw").click()
    phone.get_by_role("button", name="Huisbezoek").click()
    phone.get_by_label("Dossiercode").fill("ABCD-2345")
    phone.get_by_label("Vervolgbezoek").click()
    phone.get_by_text("concept bewaard").wait_for()
    phone.reload()
    unlock(phone)
    phone.get_by_role("button", name="Huisbezoek, begonnen").click()
    assert "ABCD-2345" == phone.get_by_label("Dossiercode").input_value()
    while phone.get_by_role("button", name="Bewaren").count() == 0:
        phone.get_by_role("button", name="Verder").click()
    phone.get_by_role("button", name="Bewaren").click()
    phone.get_by_text("Bewaard op dit toestel").wait_for()
    assert "form-not-published" in terminal.type("records", TOWN, "huisbezoek", *STAFF).stderr
    phone.context.set_offline(False)
    phone.get_by_text("alles ingeleverd").wait_for(timeout=60_000)
    row = terminal.rows("records", TOWN, "huisbezoek", *STAFF)[0]
    assert ("ABCD-2345", "vervolg") == (row["case_ref"], row["bezoek_soort"])
    assert 0 == terminal.rows("verify", TOWN, *STAFF)[-1]["faults"]


def test_a_wrong_passphrase_opens_nothing_and_what_is_no_invitation_is_said(terminal: Terminal, phone: Any) -> None:
    phone.get_by_role("button", name="Ik heb een uitnodiging").click()
    phone.get_by_label("Link of code").fill("geen uitnodiging")
    phone.get_by_role("button", name="Verder").click()
    phone.get_by_text("Dit is geen uitnodiging").wait_for()
    phone.reload()
    enrol(phone, terminal, "werker-slot")
    phone.reload()
    phone.get_by_label("Wachtzin").fill("een andere wachtzin")
    phone.get_by_role("button", name="Openen").click()
    phone.get_by_text("Dat was niet de wachtzin").wait_for()
    assert 0 == phone.get_by_role("button", name="Nieuw").count()


def test_nothing_that_was_typed_stands_readable_in_the_profile(terminal: Terminal, phone: Any, tmp_path: Path) -> None:
    enrol(phone, terminal, "werker-stil")
    phone.get_by_role("button", name="Nieuw").click()
    phone.get_by_role("button", name="Huisbezoek").click()
    phone.get_by_label("Dossiercode").fill("QXZW-2345")
    phone.get_by_text("concept bewaard").wait_for()
    phone.evaluate("localStorage.setItem('control', 'VWXQ-5432')")
    phone.context.close()
    whole = b"".join(path.read_bytes() for path in (tmp_path / "profile").rglob("*") if path.is_file())
    for typed in ("QXZW-2345", PHRASE):
        assert typed.encode() not in whole and typed.encode("utf-16-le") not in whole
    assert b"VWXQ-5432" in whole or "VWXQ-5432".encode("utf-16-le") in whole
