"""The same act for several records: previewed, at most 200, and what changed meanwhile is skipped and told."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from backend.desk import bulk
from backend.desk.rights import Role
from tests.desk_pages.office import OTHER_LEAD, TEAM, Browser, DeskOffice, name_of

AT = "/records/huisbezoek/bulk"


NUMBERS = iter(range(10_000))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier", "huisbezoek", "signaal")
    made.team(TEAM, [name_of(Role.LEAD), name_of(Role.REVIEWER)], ["werker-een", "werker-drie"])
    yield made
    made.close()


def visits(office: DeskOffice, many: int = 3) -> list[str]:
    """New visits, of which no other test knows."""
    made = [
        office.one.create("huisbezoek", 1, {"/case_ref": f"ABCD-{2222 + next(NUMBERS)}"}).hex() for _ in range(many)
    ]
    office.sync()
    office.dump()
    return made


def preview(browser: Browser, do: str, records: list[str], **more: Any) -> Any:
    return browser.post(AT, {"do": do, "record": records, **more})


def confirmed(browser: Browser, page: Any, do: str, **more: Any) -> Any:
    """Post what a preview offers, as its form does."""
    assert 200 == page.status_code, page.text
    seals = dict(re.findall(r'name="(at\.[0-9a-f]{32})" value="([^"]+)"', page.text))
    ticked = re.findall(r'name="record" value="([0-9a-f]{32})" checked', page.text)
    assert [f"at.{one}" for one in ticked] == [*seals]
    return browser.post(AT, {"do": do, "record": ticked, "sure": "yes", **seals, **more})


def states(office: DeskOffice, *records: str) -> dict[str, str]:
    return {
        row["record"]: row["state"]
        for row in office.find("select record, state from _review")
        if row["record"] in records
    }


@pytest.mark.parametrize("role", [Role.LEAD, Role.REVIEWER])
def test_several_are_approved_at_once_and_what_changed_meanwhile_is_not(office: DeskOffice, role: Role) -> None:
    one, two, three = ids = visits(office)
    browser = office.signed_in(role)
    page = preview(browser, "approved", [one, two, three])
    assert {"received"} == {*states(office, *ids).values()}  # nothing is done yet
    office.one.save(office.one.open(bytes.fromhex(two)), "huisbezoek", 1, {"/feiten": "Later gezien."})
    office.sync()
    office.dump()
    report = confirmed(browser, page, "approved")
    assert "Gedaan voor 2 dossiers" in report.text and "iemand wijzigde dit nadat u de lijst zag" in report.text
    office.dump()
    assert {one: "approved", two: "received", three: "approved"} == states(office, *ids)
    said = [
        line.record.hex()
        for line in office.audit()
        if line.act == "review" and line.record and line.record.hex() in ids
    ]
    assert sorted([one, three]) == sorted(said)
    again = preview(browser, "approved", [one, two, three])
    assert "2 dossiers staan al zo" in again.text and 1 == again.text.count('name="record"')


def test_a_return_asks_a_question_of_its_own_and_is_none_of_them(office: DeskOffice) -> None:
    (one,) = visits(office, 1)
    browser = office.signed_in()
    for do in ("returned", "", "delete", "erase"):
        assert 404 == browser.post(AT, {"do": do, "record": [one], "sure": "yes"}).status_code
    assert {one: "received"} == states(office, one)


def test_several_go_to_a_worker_of_the_own_team_at_once(office: DeskOffice) -> None:
    office.team(TEAM, [name_of(Role.LEAD), name_of(Role.REVIEWER)], ["werker-een", "werker-twee"])
    one, two = visits(office, 2)
    lead = office.signed_in()
    page = preview(lead, "grant", [one, two], worker="werker-twee")
    office.sync()
    assert not {one, two} & {record.hex() for record in office.two.store.records()}
    assert "Gedaan voor 2 dossiers" in confirmed(lead, page, "grant", worker="werker-twee").text
    office.sync()
    assert {one, two} <= {record.hex() for record in office.two.store.records()}
    assert "Hier valt niets te doen" in preview(lead, "grant", [one, two], worker="werker-twee").text
    office.team(TEAM, [name_of(Role.LEAD), name_of(Role.REVIEWER)], ["werker-een"])
    for worker in ("werker-twee", "niemand", "", "desk:de-lead"):  # of another team, nobody, the office
        assert 404 == preview(lead, "grant", [one], worker=worker, sure="yes").status_code


def test_nobody_acts_on_records_or_in_ways_that_are_not_theirs(office: DeskOffice) -> None:
    one, two = visits(office, 2)
    stranger = office.signed_in(staff=OTHER_LEAD)
    assert "Hier valt niets te doen" in preview(stranger, "approved", [one, two]).text
    report = stranger.post(AT, {"do": "approved", "record": [one, two], "sure": "yes"})
    assert "Gedaan voor 0 dossiers" in report.text and "ABCD" not in report.text
    assert 404 == preview(office.signed_in(Role.REVIEWER), "grant", [one], worker="werker-een").status_code
    for role in (Role.ADMIN, Role.PRIVACY, Role.SIGNALS, Role.MAKER):
        assert 404 == preview(office.signed_in(role), "approved", [one], sure="yes").status_code, role
    for record in (one, two):
        assert f'value="{record}"' not in stranger.get("/records/huisbezoek").text
    assert {"received"} == {*states(office, one, two).values()}


def test_a_seal_of_another_page_does_nothing(office: DeskOffice) -> None:
    one, two = visits(office, 2)
    lead, other = office.signed_in(), office.signed_in(Role.REVIEWER)
    page = preview(other, "approved", [one])
    (seal,) = re.findall(r'name="at\.[0-9a-f]{32}" value="([^"]+)"', page.text)
    for name, value in ((f"at.{one}", seal), (f"at.{two}", seal), (f"at.{one}", "")):
        record = name.removeprefix("at.")
        answer = lead.post(AT, {"do": "approved", "record": [record], "sure": "yes", name: value})
        assert 409 == answer.status_code, answer.text
    assert {"received"} == {*states(office, one, two).values()}


def test_too_many_and_none_are_told(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    records = visits(office)
    lead = office.signed_in()
    many = preview(lead, "approved", records)
    assert 422 == many.status_code and "meer dan 2 dossiers" in many.text
    assert 422 == preview(lead, "approved", []).status_code
    assert 422 == preview(lead, "approved", ["../x", "zz"]).status_code
    every = lead.post(AT, {"do": "approved", "which": "all"})
    assert 2 == every.text.count('name="record"') and "Er zijn er meer" in every.text  # those that are so are passed by
    assert "Gedaan voor 2 dossiers" in confirmed(lead, every, "approved").text


def test_all_of_a_list_are_those_that_it_finds(office: DeskOffice) -> None:
    one, _ = visits(office, 2)
    (own,) = office.find("select case_ref from huisbezoek where _record = ?", one)
    lead = office.signed_in()
    found = lead.post("/records/huisbezoek", {"filter": "case_ref", "case_ref.contains": own["case_ref"]})
    view = found.headers["location"].rpartition("view=")[2]
    page = lead.post(AT, {"do": "in_review", "which": "all", "view": view})
    assert 1 == page.text.count('name="record"') and own["case_ref"] in page.text
    assert 404 == lead.post(AT, {"do": "in_review", "which": "all", "view": "0" * 32}).status_code
