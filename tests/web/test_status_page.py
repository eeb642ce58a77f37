"""The status page as a manager reads it on the machine itself: what waits, what it stands on, one thing to do next."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from litestar.testing import TestClient

from backend.desk import looks
from backend.desk.arguments import BadArgument
from backend.municipality.health import Projected
from backend.municipality.writer import Held
from backend.web import pages
from backend.web.app import create_app
from backend.web.standing import DAY_MS, HOUR_MS
from forms.definition.library import first_raw
from tests.projection.town import Town

Client = TestClient[Any]
DESK: Any = SimpleNamespace()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, [first_raw("dossier")])
    yield made
    made.close()


@pytest.fixture
def client(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(pages, "LOOPBACK", ("testclient",))
    towns: Any = SimpleNamespace(
        health=lambda: [{**town.server.municipality.health.counts(), "set_aside": ""}], broken={}, elsewhere=dict,
        address_of=lambda _code: "",
        get=lambda _code: town.server.municipality,
    )  # fmt: skip
    with TestClient(create_app(towns, town.server.clock)) as made:
        yield made


def step(client: Client, language: str = "en") -> str:
    """The one thing to do next, as the page says it."""
    found = re.search(r'<div class="step">(.*?)</div>', client.get(f"/?lang={language}").text, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def numbers(client: Client) -> list[str]:
    return re.findall(r"<dd>(.*?)</dd>", client.get("/?lang=en").text)


def backed_up(town: Town, hours: int) -> None:
    made = town.server.municipality
    town.server.run(made.health.note_backup(made.clock.now_ms() - hours * HOUR_MS))


def test_one_thing_is_to_be_done_next_and_what_endangers_answers_comes_first(town: Town, client: Client) -> None:
    """A locked municipality, none with a backup, an old one, then what waits for people, then nothing."""
    made = town.server.municipality
    town.server.run(town.keeper.catch_up())
    made.keyring.lock()
    assert "Unlock it" in step(client) and "veldpost unlock GM9901" in step(client)
    assert "Ontgrendel de gemeente" in step(client, "nl") and [] == numbers(client)
    town.server.unlock()
    assert "first backup" in step(client) and "eerste back-up" in step(client, "nl")
    backed_up(town, 27)
    assert "Make a backup now" in step(client)
    backed_up(town, 1)
    assert "All is well" in step(client) and "Alles is in orde" in step(client, "nl")


def test_what_waits_is_counted_and_a_conflict_is_the_next_thing(town: Town, client: Client) -> None:
    backed_up(town, 1)
    record = town.shared("dossier", {"/roepnaam": "Voorbeeld"})
    town.parallel(record, "dossier", {"/roepnaam": "Een"}, {"/roepnaam": "Twee"})
    town.server.run(town.keeper.catch_up())
    assert "1" == numbers(client)[0] and "0" == numbers(client)[1]
    assert "Decide about 1 answer that contradicts another" in step(client)
    page = client.get("/?lang=nl").text
    assert not any(word in page for word in ("Voorbeeld", "Een<", "Twee<", "werker-een", record.hex()))


def test_phones_from_which_nothing_came_and_certificates_that_end_are_said(town: Town, client: Client) -> None:
    town.shared("dossier", {"/roepnaam": "Voorbeeld"})
    town.server.run(town.keeper.catch_up())
    assert "from 0 nothing came for a week, and 1 never sent anything" in client.get("/?lang=en").text
    town.server.clock.ms += 8 * DAY_MS
    backed_up(town, 1)
    assert "from 1 nothing came for a week" in client.get("/?lang=en").text
    assert "1 phone" in step(client) and "veldpost devices" in step(client)
    until = min(c.until_ms for c in town.server.municipality.book.certificates.values())
    town.server.clock.ms = until - 2 * DAY_MS
    backed_up(town, 1)
    assert 'veldpost_certificate_ends_seconds{municipality="GM9901"} 172800.0' in client.get("/metrics").text
    assert "Renew 2 phones" in step(client) and "Verleng 2 telefoons" in step(client, "nl")


def test_it_says_its_time_its_version_and_the_municipality_by_name(town: Town, client: Client) -> None:
    made = town.server.municipality
    page = client.get("/?lang=en").text
    assert re.search(r"As of .* CES?T\.", page) and re.search(r"Veldpost \d+\.\d+", page)
    for bad in ("", " \n", "x" * 81, "a\u202eb", "a\x1b[31m"):
        with pytest.raises(BadArgument):
            town.server.run(looks.call(DESK, made, "beheer", {"name": bad}))
    town.server.run(looks.call(DESK, made, "beheer", {"name": "Gemeente  <b>Voorbeeld</b>"}))
    page = client.get("/").text
    assert "Gemeente &lt;b&gt;Voorbeeld&lt;/b&gt;" in page and "GM9901" in page
    assert "name" in [line.act for line in made.journal.audit_lines(None, 3)]


def test_a_stranger_sees_names_and_one_sentence(town: Town, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    town.server.run(looks.call(DESK, town.server.municipality, "beheer", {"name": "Gemeente Voorbeeld"}))
    monkeypatch.setattr(pages, "LOOPBACK", ("127.0.0.1",))
    for language in ("nl", "en"):
        page = client.get(f"/?lang={language}").text
        main = page.split("<main>")[1]
        assert (
            "Gemeente Voorbeeld" in main
            and 1 == main.count("<p")
            and not re.search(r"\d", re.sub(r"<[^>]+>", "", main.split("</h1>")[1]))
        )


def test_tables_that_were_never_followed_are_not_said_to_hold_nothing(town: Town, client: Client) -> None:
    made = town.server.municipality
    made.projected = Projected(0, "")
    assert [] == numbers(client) and "still being processed" in client.get("/?lang=en").text


def test_the_page_says_since_when_no_standby_confirms(town: Town, client: Client) -> None:
    assert "standby" not in client.get("/?lang=en").text
    town.server.municipality.writer.held = Held("journal.pg", town.server.clock.now_ms() - 90_000)
    page = client.get("/?lang=en").text
    assert "No standby of the database confirms" in page and "Let a standby of the database run" in step(client)
    assert 'veldpost_standby_away_seconds{municipality="GM9901"} 90.0' in client.get("/metrics").text
    town.server.municipality.writer.held = None
