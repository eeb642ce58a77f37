"""A colleague's records go to another: counted first, in parts, and none of a form or team that is not one's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk import bulk
from backend.desk.rights import Role
from tests.desk_pages.office import TEAM, DeskOffice, name_of


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek", "signaal")
    made.team(TEAM, [name_of(Role.LEAD)], ["werker-een", "werker-twee"])
    for number in range(3):
        made.one.create("huisbezoek", 1, {"/case_ref": f"ABCD-{2222 + number}"})
    made.one.create("signaal", 1, {"/acuut": "nee"})
    made.sync()
    made.dump()
    yield made
    made.close()


def held(device: Any) -> list[str]:
    """The forms of the records that a device shows, sorted."""
    return sorted(device.view(record).form for record in device.store.records())


def came(office: DeskOffice) -> list[str]:
    """The records of which the giver's device gets what the taker writes now."""
    records = [record for record in office.two.store.records() if office.two.view(record).form == "huisbezoek"]
    for record in records:
        office.two.save(office.two.open(record), "huisbezoek", 1, {"/bezoek_soort": "vervolg"})
    office.sync()
    return [record.hex() for record in records if office.one.view(record).answers.get("/bezoek_soort") == "vervolg"]


FROM_TO = {"giver": "werker-een", "taker": "werker-twee"}


def test_what_is_counted_here_takes_no_place_in_the_frame(office: DeskOffice) -> None:
    lead = office.signed_in()
    badge = 'Beoordelen <span class="nl-number-badge">3</span>'
    assert badge in lead.get("/today").text
    assert badge in lead.get("/reassign").text and badge in lead.post("/reassign", FROM_TO).text


def test_they_go_in_parts_and_what_was_written_stays(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    lead = office.signed_in()
    counted = lead.post("/reassign", FROM_TO)
    assert "3 dossiers" in counted.text and "Huisbezoek: 3" in counted.text and "in delen van 2" in counted.text
    office.sync()
    assert [] == held(office.two)  # nothing is done yet
    first = lead.post("/reassign", FROM_TO | {"sure": "yes"})
    assert "Gedaan voor 2 dossiers" in first.text and "Draag dit dossier over" in first.text
    assert "Gedaan voor 1 dossier" in lead.post("/reassign", FROM_TO | {"sure": "yes"}).text
    assert "geen dossiers die u kunt overdragen" in lead.post("/reassign", FROM_TO).text
    office.sync()
    assert ["huisbezoek"] * 3 == held(office.two)
    assert [] == came(office)
    assert 3 == len(office.find("select * from huisbezoek where case_ref like 'ABCD%'"))
    said = [line.act for line in office.audit() if line.staff == "de-lead" and line.record]
    assert (3, 3) == (said.count("grant"), said.count("withdraw"))
    assert not [line for line in office.audit() if line.act == "bulk" and "werker" in line.detail]


def test_both_may_keep_them(office: DeskOffice) -> None:
    lead = office.signed_in()
    kept = FROM_TO | {"keeps": "yes"}
    assert "Gedaan voor 3 dossiers" in lead.post("/reassign", kept | {"sure": "yes"}).text
    assert "geen dossiers die u kunt overdragen" in lead.post("/reassign", kept).text
    office.sync()
    assert ["huisbezoek"] * 3 == held(office.two) and 3 == len(came(office))


def test_signals_are_given_by_who_decides_about_them_alone(office: DeskOffice) -> None:
    signals = office.signed_in(Role.SIGNALS)
    counted = signals.post("/reassign", FROM_TO)
    assert "1 dossier" in counted.text and "Huisbezoek" not in counted.text
    signals.post("/reassign", FROM_TO | {"sure": "yes"})
    office.sync()
    assert ["signaal"] == held(office.two)


def test_nobody_gives_to_or_of_another_team_or_one_without_a_device(office: DeskOffice) -> None:
    office.team(TEAM, [name_of(Role.LEAD)], ["werker-een", "werker-drie"])
    lead = office.signed_in()
    for giver, taker in (("werker-een", "werker-twee"), ("werker-twee", "werker-een"), ("werker-een", "werker-drie"),
                         ("werker-een", "werker-een"), ("", "werker-een"), ("desk:de-lead", "werker-een")):  # fmt: skip
        answer = lead.post("/reassign", {"giver": giver, "taker": taker, "sure": "yes"})
        assert 422 == answer.status_code, (giver, taker)
    for role in (Role.REVIEWER, Role.ADMIN, Role.PRIVACY):
        assert 403 == office.signed_in(role).post("/reassign", FROM_TO | {"sure": "yes"}).status_code
    office.sync()
    assert [] == held(office.two) and 4 == len(held(office.one))


def test_who_leads_a_team_and_decides_about_signals_gives_no_case_to_another_team(office: DeskOffice) -> None:
    """Signals go to anybody; that lets no case of the own team leave it."""
    office.team(TEAM, [name_of(Role.LEAD), "beide"], ["werker-een"])
    office.hire("beide", Role.LEAD, Role.SIGNALS)
    both = office.signed_in(staff="beide")
    counted = both.post("/reassign", FROM_TO)
    assert "1 dossier<" in counted.text and "Huisbezoek:" not in counted.text
    assert "Dit geldt niet voor: Dossier, Huisbezoek" in counted.text
    assert "Gedaan voor 1 dossier" in both.post("/reassign", FROM_TO | {"sure": "yes"}).text
    office.sync()
    assert ["signaal"] == held(office.two) and 3 == len(came_to(office, "huisbezoek"))
    office.team(TEAM, [name_of(Role.LEAD), "beide"], ["werker-een", "werker-twee"])
    assert "Huisbezoek: 3" in both.post("/reassign", FROM_TO).text


def came_to(office: DeskOffice, form: str) -> list[str]:
    """The records of a form of which the giver's device still gets what is new."""
    town, found = office.server.municipality, office.find("select record from _record where form = ?", form)
    return [one["record"] for one in found if bulk.reads(town, "werker-een", bytes.fromhex(one["record"]))]
