"""A view that is kept under a name has nothing of a record: what was typed into it would outlive the erasure of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.desk.group_names import must_name_no_group
from backend.desk.rights import Role
from backend.desk.wishes import Filter, Wish, packed
from backend.municipality import beside
from backend.stores.desk_store import DeskStore, View, names_record
from tests.desk_pages.office import DeskOffice, name_of

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


@pytest.mark.parametrize("name", ["Roma", "Roma-gezinnen", "R o m a", "Moskee"])
def test_a_team_and_a_view_are_not_named_after_the_origin_of_people(office: DeskOffice, name: str) -> None:
    """The name of a team stands at each record of it, which is a register by origin without any form that asks."""
    refused = office.signed_in("admin").post("/teams", {"name": name})
    assert 422 == refused.status_code and "afkomst" in refused.text
    assert name not in [team.shown_name for team in office.server.municipality.people.teams()]
    lead = office.signed_in()
    asked = {"filter": "toegang", "toegang.any": "binnen"}
    view = lead.post("/records/huisbezoek", asked).headers["location"].partition("view=")[2]
    kept = lead.post(f"/records/huisbezoek/views/{view}", {"name": name, "team": ""})
    assert 422 == kept.status_code and name not in lead.get("/records/huisbezoek").text


@pytest.mark.parametrize("name", ["Team Noord", "Statushouders", "Wijkteam Europa", "Jeugd en gezin", "Równe drogi"])
def test_a_team_is_named_after_its_work(name: str) -> None:
    must_name_no_group(name)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("ABCD-2345 volgen", True), ("gezin abcd-2345", True), ("KLMN-PQRS", True), ("a1b2c3d4", True),
        ("0612345678", True), ("half-jaar", False), ("abcd 2345", True), ("bij abcd2345 langs", True),
        ("ABCD\u20132345", True), ("ABCD _ 2345", True), ("\uff21BCD\u30fb2345", True), ("deze abcd 2345", True),
        ("half jaar 2026", False), ("week 2345x", False), ("deze week", False), ("blok 2345", False),
        ("Half-jaar 2026", False), ("bezoeken 2026-05", False), ("deadbeef", False), ("Team Noord, deze week", False),
    ],
)  # fmt: skip
def test_the_name_of_a_view_has_no_code_and_no_number(office: DeskOffice, name: str, names: bool) -> None:
    assert names == names_record(name)


def test_a_code_in_a_name_is_refused_and_one_of_an_earlier_release_goes_with_an_erasure(office: DeskOffice) -> None:
    record = office.shared("huisbezoek", {"/case_ref": "ABCD-2345"})
    office.dump()
    lead, town = office.signed_in(), office.server.municipality
    view = lead.post("/records/huisbezoek", {"filter": "toegang", "toegang.any": "binnen"}).headers["location"][-32:]
    refused = lead.post(f"/records/huisbezoek/views/{view}", {"name": "ABCD-2345 volgen"})
    assert 422 == refused.status_code and "code van een dossier" in refused.text
    before = View("0" * 32, name_of(Role.LEAD), "huisbezoek", "ABCD-2345", "", packed(Wish()), False, 0)
    key = beside.key_of(town.folder, town.custody.vault)
    beside.with_store(town.folder, key, lambda store: store.keep(before))
    office.ask("erase", record=record.hex(), reason="request")
    seen = beside.with_store(town.folder, key, lambda store: store.named("huisbezoek", name_of(Role.LEAD), []))
    assert "ABCD-2345" not in [one.name for one in seen]


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
