"""A record with answers of the gravest class goes with two, or by who decides about signals; one puts it back."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backend.desk.rights import Role
from backend.stores.people import LEFT, Person
from picture.choices import CONTESTED
from tests.desk.office import STAFF
from tests.desk_pages.office import OTHER_LEAD, OTHER_TEAM, TEAM, Browser, DeskOffice, name_of
from tests.desk_pages.test_attention import on_today
from tests.desk_pages.test_conflict_kinds import send, waiting
from tests.desk_pages.test_conflicts import FORM, WEIGHED
from tests.desk_pages.test_four_eyes import keep

REASON = "Twee keer hetzelfde bezoek."
PLAIN, SIGNALS_TOO = "derde.lead", "lead.en.signalen"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek", "signaal")
    yield made
    made.close()


def grave(office: DeskOffice, answer: str | None = "twijfel") -> str:
    record = office.shared(FORM, {"/case_ref": "ABCD-2345"} | ({WEIGHED: answer} if answer else {}))
    office.dump()
    return record.hex()


def delete(browser: Browser, record: str, reason: str = REASON) -> Any:
    page = browser.get(f"/record/{record}").text
    field = re.findall(r'/delete">.*?name="read_at" value="([^"]+)"', page)[0]
    return browser.post(f"/record/{record}/delete", {"read_at": field, "sure": "yes", "reason": reason})


def deleted(office: DeskOffice, record: str) -> bool:
    office.dump()
    return bool(office.find("select deleted from _record where record = ?", record)[0]["deleted"])


def acts(office: DeskOffice) -> list[str]:
    return [line.act for line in office.audit()]


def person(office: DeskOffice, name: str) -> Person:
    found = office.server.municipality.people.person(name)
    assert found is not None
    return found


def test_one_lead_alone_deletes_no_record_with_a_gravest_answer(office: DeskOffice) -> None:
    record, lead, other = grave(office), office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    for _ in range(2):  # nobody is their own second person
        asked = delete(lead, record)
        assert 409 == asked.status_code and "twee mensen" in asked.text and "Voorbeeld ander-team" in asked.text
        assert not deleted(office, record)
    page, tasks = other.get(f"/record/{record}").text, other.get("/tasks").text
    assert "Voorbeeld de-lead wil dit dossier verwijderen" in page and REASON in page
    assert 1 == tasks.count("wil dit dossier verwijderen") and record in tasks and REASON not in tasks
    assert record not in lead.get("/tasks").text
    assert 303 == delete(other, record, "Zelf ook gelezen.").status_code and deleted(office, record)
    assert record not in other.get("/tasks").text
    assert 1 == acts(office).count("delete-asked") and "delete-alone" not in acts(office)


def test_what_a_record_lacks_is_told_of_it_until_it_is_deleted(office: DeskOffice) -> None:
    record, lead, other = grave(office), office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    delete(lead, record)
    assert record in lead.get("/attention").text and on_today(lead)
    delete(other, record)
    assert deleted(office, record)
    assert record not in lead.get("/attention").text and not on_today(lead)


def test_it_is_put_back_by_one_and_goes_again_with_two_anew(office: DeskOffice) -> None:
    record, lead, other = grave(office), office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    delete(lead, record)
    delete(other, record)
    assert deleted(office, record)
    page = lead.get(f"/record/{record}").text
    field = re.findall(r'/restore">.*?name="read_at" value="([^"]+)"', page)[0]
    assert 303 == lead.post(f"/record/{record}/restore", {"read_at": field}).status_code
    assert not deleted(office, record) and 409 == delete(other, record).status_code and not deleted(office, record)


def test_an_answer_that_came_since_is_not_what_the_first_one_chose_to_delete(office: DeskOffice) -> None:
    record, lead, other = grave(office), office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    assert 409 == delete(lead, record).status_code
    office.sync()
    office.one.save(office.one.open(bytes.fromhex(record)), FORM, 1, {"/feiten": "Er is iets bij gekomen."})
    office.sync(office.one)
    office.dump()
    assert "wil dit dossier verwijderen" not in other.get(f"/record/{record}").text
    assert 409 == delete(other, record).status_code and not deleted(office, record)
    assert 303 == delete(lead, record).status_code and deleted(office, record)


def test_a_page_that_lacks_an_entry_chooses_nothing(office: DeskOffice) -> None:
    record, lead = grave(office), office.signed_in(Role.LEAD)
    page = lead.get(f"/record/{record}").text
    field = re.findall(r'/delete">.*?name="read_at" value="([^"]+)"', page)[0]
    office.one.save(office.one.open(bytes.fromhex(record)), FORM, 1, {"/feiten": "Er is iets bij gekomen."})
    office.sync(office.one)
    office.dump()
    sent = {"read_at": field, "sure": "yes", "reason": REASON}
    assert 409 == lead.post(f"/record/{record}/delete", sent).status_code
    assert (
        "delete-asked" not in acts(office) and "wil dit dossier verwijderen" not in lead.get(f"/record/{record}").text
    )


def test_without_a_gravest_answer_one_is_enough(office: DeskOffice) -> None:
    record = grave(office, None)
    assert 303 == delete(office.signed_in(Role.LEAD), record).status_code and deleted(office, record)


def test_the_least_protective_answer_takes_one_where_there_never_was_another(office: DeskOffice) -> None:
    record, lead = grave(office, "geen"), office.signed_in(Role.LEAD)
    assert 303 == delete(lead, record).status_code and deleted(office, record)
    record = grave(office, "ja")
    office.sync()
    office.one.save(office.one.open(bytes.fromhex(record)), FORM, 1, {WEIGHED: "geen"})
    office.sync(office.one)
    office.dump()
    assert 409 == delete(lead, record).status_code and not deleted(office, record)


def test_who_decides_about_signals_too_deletes_alone(office: DeskOffice) -> None:
    record = grave(office)
    office.hire(SIGNALS_TOO, Role.LEAD, Role.SIGNALS)
    office.team(TEAM, [name_of(Role.LEAD), SIGNALS_TOO], ["werker-een"])
    assert 303 == delete(office.signed_in(staff=SIGNALS_TOO), record).status_code and deleted(office, record)


def test_who_is_alone_deletes_with_a_reason_and_the_log_says_so(office: DeskOffice) -> None:
    record = grave(office)
    for name in (OTHER_LEAD, STAFF):
        if office.server.municipality.people.person(name) is not None:
            keep(office, replace(person(office, name), state=LEFT))
    assert 303 == delete(office.signed_in(Role.LEAD), record).status_code and deleted(office, record)
    assert "delete-alone" in acts(office)


def test_a_second_account_of_ones_own_deletes_nothing(office: DeskOffice) -> None:
    record = grave(office)
    keep(office, replace(office.hire(PLAIN, Role.LEAD), vouched=(name_of(Role.LEAD),)))
    office.team(OTHER_TEAM, [OTHER_LEAD, PLAIN], ["werker-twee"])
    assert 409 == delete(office.signed_in(Role.LEAD), record).status_code
    assert 409 == delete(office.signed_in(staff=PLAIN), record).status_code and not deleted(office, record)


def test_a_worker_s_delete_is_a_proposal_that_waits_at_the_desk(office: DeskOffice) -> None:
    record = bytes.fromhex(grave(office))
    office.sync()
    office.one.delete(office.one.open(record))
    office.sync()
    assert not deleted(office, record.hex()) and office.one.view(record).contested  # on the phone too
    lead, signals = office.signed_in(Role.LEAD), office.signed_in(staff=SIGNALS_TOO)
    office.hire(SIGNALS_TOO, Role.LEAD, Role.SIGNALS)
    office.team(TEAM, [name_of(Role.LEAD), SIGNALS_TOO], ["werker-een"])
    page = lead.get(f"/conflicts/{waiting(office, record, CONTESTED)}").text
    assert "Een medewerker wil dit dossier verwijderen" in page
    sure = {"pick": "delete", "confirm": "ABCD-2345", "reason": REASON}
    assert 409 == send(lead, f"/conflicts/{waiting(office, record, CONTESTED)}", **sure).status_code
    assert not deleted(office, record.hex())
    assert 303 == send(signals, f"/conflicts/{waiting(office, record, CONTESTED)}", **sure).status_code
    assert deleted(office, record.hex())


def test_who_keeps_what_a_worker_wanted_to_delete_loses_nothing(office: DeskOffice) -> None:
    record = bytes.fromhex(grave(office))
    office.sync()
    office.one.delete(office.one.open(record))
    office.sync()
    office.dump()
    kept = {"pick": "restore", "confirm": "", "reason": REASON}
    assert (
        303 == send(office.signed_in(Role.LEAD), f"/conflicts/{waiting(office, record, CONTESTED)}", **kept).status_code
    )
    assert not deleted(office, record.hex())
    assert not office.find("select 1 from _queue where record = ?", record.hex())


def test_a_contested_delete_is_no_way_round_it(office: DeskOffice) -> None:
    record = bytes.fromhex(grave(office))
    office.sync()
    office.one.delete(office.one.open(record))
    office.two.save(office.two.open(record), FORM, 1, {"/feiten": "Intussen geschreven."})
    office.sync()
    office.dump()
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    sure = {"pick": "delete", "confirm": "ABCD-2345", "reason": REASON}
    refused = send(lead, f"/conflicts/{waiting(office, record, CONTESTED)}", **sure)
    assert 409 == refused.status_code and "twee mensen" in refused.text and "delete-asked" in acts(office)
    again = send(lead, f"/conflicts/{waiting(office, record, CONTESTED)}", **sure)
    assert 409 == again.status_code and waiting(office, record, CONTESTED)
    assert 303 == send(other, f"/conflicts/{waiting(office, record, CONTESTED)}", **sure).status_code
    office.dump()
    assert not office.find("select 1 from _queue where record = ? and kind = ?", record.hex(), CONTESTED)
