"""A record begun at the desk comes on the phone of the worker for whom it is, who reads it and fills in the rest."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from backend.desk.rights import Role
from tests.desk_pages.office import OTHER_LEAD, DeskOffice

FIELDS = re.compile(r'name="(q\d+)"[^>]*')


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier", "huisbezoek", "signaal")
    made.dump()
    yield made
    made.close()


def field(page: Any, label: str) -> str:
    """The name of the field with a label."""
    found = re.search(rf'<label for="(q\d+)">{label}', page.text)
    assert found is not None, page.text
    return found[1]


def read(browser: Any, at: str) -> str:
    return str(re.findall(r'name="read_at" value="([^"]+)"', browser.get(f"{at}/edit/0").text)[0])


def begun(office: DeskOffice, **more: str) -> Any:
    lead = office.signed_in()
    page = lead.get("/records/huisbezoek/new")
    assert 200 == page.status_code, page.text
    fields = {field(page, "Dossiercode"): "ABCD-2345", field(page, "Datum"): "2026-03-04", "worker": "werker-een"}
    return lead.post("/records/huisbezoek/new", fields | more)


def test_a_form_without_a_record_has_an_empty_table_that_says_so(office: DeskOffice) -> None:
    """First of all tests: the table of a form is made with its first record."""
    lead = office.signed_in()
    page = lead.get("/records/huisbezoek")
    assert 200 == page.status_code and "nog geen dossiers van dit formulier" in page.text
    found = lead.post("/records/huisbezoek", {"search": "fiets", "sort": "case_ref"})
    assert 200 == lead.ask("GET", found.headers["location"]).status_code


def test_the_worker_s_device_gets_it_reads_it_and_fills_in_the_rest(office: DeskOffice) -> None:
    answer = begun(office)
    assert 303 == answer.status_code, answer.text
    record = bytes.fromhex(answer.headers["location"].rpartition("/")[2])
    office.sync()
    assert record not in office.two.store.records()
    view = office.one.view(record)
    office.dump()
    waits = office.signed_in().get("/review").text
    assert record.hex() not in waits and "ABCD-2345" not in waits  # for its worker, and for nobody at the desk
    assert "Begonnen, wacht op de medewerker" in office.signed_in().get(f"/record/{record.hex()}").text
    assert ("huisbezoek", "ABCD-2345", "2026-03-04") == (
        view.form, view.answers["/case_ref"], view.answers["/bezoek_datum"],
    )  # fmt: skip
    office.one.save(office.one.open(record), "huisbezoek", 1, {"/feiten": "De fiets stond in de gang."})
    office.sync()
    office.dump()
    assert record.hex() in office.signed_in().get("/review").text
    page = office.signed_in().get(f"/record/{record.hex()}").text
    assert "De fiets stond in de gang." in page and "heeft toegang gekregen" in page
    said = [(line.act, line.staff) for line in office.audit() if line.record == record]
    assert {("begin", "de-lead"), ("grant", "de-lead")} <= {*said}


def test_a_date_in_the_future_is_told_in_the_words_of_the_form_and_saved_by_who_means_it(office: DeskOffice) -> None:
    many = office.find("select count(*) as many from _record")
    lead = office.signed_in()
    page = lead.get("/records/huisbezoek/new")
    fields = {field(page, "Dossiercode"): "ABCD-2349", "worker": "werker-een"}
    asked = lead.post("/records/huisbezoek/new", fields | {field(page, "Datum"): "2031-03-04"})
    assert 409 == asked.status_code and "De datum ligt in de toekomst" in asked.text
    assert "Zo opslaan" in asked.text and "een tweede" not in asked.text
    assert many == office.find("select count(*) as many from _record")
    (sure,) = re.findall(r'name="sure" value="([0-9a-f]{32})"', asked.text)
    other = lead.post("/records/huisbezoek/new", fields | {field(page, "Datum"): "2032-03-04", "sure": sure})
    assert 409 == other.status_code  # they meant another day
    made = lead.post("/records/huisbezoek/new", fields | {field(page, "Datum"): "2031-03-04", "sure": sure})
    assert 303 == made.status_code
    office.dump()
    at = made.headers["location"].removeprefix(lead.home)
    edit = lead.get(f"{at}/edit/0").text
    seal = re.findall(r'name="read_at" value="([^"]+)"', edit)[0]
    (name,) = re.findall(r'<input type="hidden" name="(q[0-9]+).was" value="2031-03-04">', edit)
    sent = {"read_at": seal, f"{name}.was": "2031-03-04", name: "2031-03-05"}
    warned = lead.post(f"{at}/edit/0", sent)
    assert 422 == warned.status_code and "De datum ligt in de toekomst" in warned.text
    (sure,) = re.findall(r'name="sure" value="([0-9a-f]{32})"', warned.text)
    assert 303 == lead.post(f"{at}/edit/0", sent | {"sure": sure}).status_code
    office.dump()
    mended = {"read_at": read(lead, at), f"{name}.was": "2031-03-05", name: "2026-03-04"}
    assert 303 == lead.post(f"{at}/edit/0", mended).status_code


def test_for_nobody_for_another_team_and_with_nothing_no_record_begins(office: DeskOffice) -> None:
    before = office.find("select count(*) as many from _record")
    for worker in ("", "werker-twee", "niemand", "desk:de-lead"):
        answer = begun(office, worker=worker)
        assert 422 == answer.status_code and "ABCD-2345" in answer.text, worker  # what was typed stays
    lead = office.signed_in()
    assert 422 == lead.post("/records/huisbezoek/new", {"worker": "werker-een"}).status_code
    page = lead.get("/records/huisbezoek/new")
    wrong = lead.post("/records/huisbezoek/new", {"worker": "werker-een", field(page, "Dossiercode"): "geen code"})
    assert 422 == wrong.status_code and 'aria-invalid="true"' in wrong.text and "geen code" in wrong.text
    assert before == office.find("select count(*) as many from _record")


def test_only_who_edits_begins_and_a_signal_by_those_who_read_signals(office: DeskOffice) -> None:
    for role in (Role.REVIEWER, Role.ADMIN, Role.PRIVACY, Role.SIGNALS):
        assert 404 == office.signed_in(role).get("/records/huisbezoek/new").status_code, role
    assert "/huisbezoek/new" not in office.signed_in(Role.REVIEWER).get("/records/huisbezoek").text
    assert "/huisbezoek/new" in office.signed_in().get("/records/huisbezoek").text
    assert 404 == office.signed_in().get("/records/signaal/new").status_code
    assert 200 == office.signed_in(Role.SIGNALS).get("/records/signaal/new").status_code


def test_all_that_is_wrong_is_said_at_once(office: DeskOffice) -> None:
    lead = office.signed_in()
    page = lead.get("/records/huisbezoek/new")
    typed = {field(page, "Dossiercode"): "geen code", field(page, "Datum"): "2026-99-99"}
    wrong = lead.post("/records/huisbezoek/new", typed)
    assert 422 == wrong.status_code
    assert {*typed} | {"worker"} <= {*re.findall(r'id="([a-z0-9]+)-fault"', wrong.text)}
    nothing = lead.post("/records/huisbezoek/new", {})  # no answer, and for nobody
    assert "worker-fault" in nothing.text and "Vul minstens" in nothing.text


def test_a_case_that_is_there_is_shown_before_a_second_one_begins(office: DeskOffice) -> None:
    """To who may read it; of another team's nothing is told."""
    lead = office.signed_in()
    name = field(lead.get("/records/dossier/new"), "Dossiercode")
    fields = {name: "ABCD-2345", "worker": "werker-een"}
    first = lead.post("/records/dossier/new", fields)
    assert 303 == first.status_code, first.text
    office.dump()
    again = lead.post("/records/dossier/new", fields)
    assert 409 == again.status_code and "Er is al een dossier met deze code" in again.text
    assert "Begin toch een tweede" in again.text
    assert first.headers["location"] in again.text and 'value="ABCD-2345"' in again.text
    other = office.signed_in(staff=OTHER_LEAD)
    assert 303 == other.post("/records/dossier/new", {name: "ABCD-2345", "worker": "werker-twee"}).status_code
    assert 303 == lead.post("/records/dossier/new", fields | {"sure": "yes"}).status_code
    assert 303 == begun(office).status_code and 303 == begun(office).status_code  # of a case there are many visits
