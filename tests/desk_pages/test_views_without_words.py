"""A view that is kept under a name has nothing of a record: what was typed into it would outlive the erasure of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.desk.wishes import Filter, Wish
from backend.municipality import beside
from backend.stores.desk_store import DeskStore
from tests.desk_pages.office import DeskOffice

SECRET = "zoekelmans"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("desk")), "dossier", "huisbezoek")
    yield made
    made.close()


def wishes(office: DeskOffice) -> bytes:
    """The wishes of all views, as they lie in the store."""
    town = office.server.municipality
    key = beside.key_of(town.folder, town.custody.vault)

    def work(store: DeskStore) -> bytes:
        return b" ".join(bytes(row[0]) for row in store.db.execute("select wish from view").fetchall())

    return beside.with_store(town.folder, key, work)


def test_no_word_of_an_erased_record_stays_in_a_view_with_a_name(office: DeskOffice) -> None:
    record = office.shared("huisbezoek", {"/verslag": f"Bij {SECRET} geweest."})
    office.dump()
    lead = office.signed_in()
    asked = {"search": SECRET, "filter": "toegang", "toegang.any": "binnen"}
    view = lead.post("/records/huisbezoek", asked).headers["location"].partition("view=")[2]
    assert "gaan niet mee in de lijst" in lead.get(f"/records/huisbezoek?view={view}").text
    kept = lead.post(f"/records/huisbezoek/views/{view}", {"name": "Binnen", "team": "noord"})
    assert 303 == kept.status_code and SECRET.encode() not in wishes(office)
    lead.post("/records/huisbezoek", asked)
    assert SECRET.encode() in wishes(office)
    office.ask("erase", record=record.hex(), reason="request")
    assert SECRET.encode() not in wishes(office) and b"binnen" in wishes(office)
    page = lead.get(f"/records/huisbezoek?view={view}")
    assert 200 == page.status_code and "Binnen" in page.text and SECRET not in page.text
    assert "gaan niet mee in de lijst" not in page.text


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (True, Wish(search="naam")),
        (True, Wish(filters=(Filter("naam", contains="naam"),))),
        (True, Wish(filters=(Filter("maand", least="2012-03", most="2012-03"),))),
        (False, Wish(filters=(Filter("maand", least="2012-03", most="2012-09"), Filter("dag", least="2026-01-01")))),
        (False, Wish(filters=(Filter("toegang", any=("binnen",)), Filter("naam", has="yes")), state="open")),
        (False, Wish(worker="werker-een", review="approved", since="2026-01-01", until="2026-01-01")),
    ],
)  # fmt: skip
def test_what_may_be_of_one_record_alone_is_typed(typed: bool, asked: Wish) -> None:
    assert typed == asked.typed and not asked.lasting.typed
    assert typed or asked == asked.lasting
