"""Two accounts of one person are one: wherever two people decide, the same rule tells them apart (`two_people`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from backend.desk import two_people
from backend.desk.coming_in import RINGS
from backend.desk.rights import Role
from backend.desk.standing import Standing
from backend.stores.openid import Ring
from backend.stores.people import ACTIVE, BLOCKED, Person
from tests.desk.office import STAFF
from tests.desk_pages.office import OTHER_LEAD, TEAM, DeskOffice, name_of
from tests.desk_pages.test_conflicts import WEIGHED, torn
from tests.desk_pages.test_four_eyes import keep
from tests.desk_pages.test_weighing import stands, waits, weigh

LEAD, PUPPET = name_of(Role.LEAD), "tweede.naam"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    """An office in which the lead let an account in alone that is a lead as well, and so may be nobody else."""
    made = DeskOffice(tmp_path, "dossier", "huisbezoek", "signaal")
    keep(made, replace(made.hire(PUPPET, Role.LEAD), vouched=(LEAD,)))
    made.team(TEAM, [LEAD, PUPPET], ["werker-een"])
    yield made
    made.close()


def person(office: DeskOffice, name: str) -> Person:
    found = office.server.municipality.people.person(name)
    assert found is not None
    return found


# --- weighing the gravest answers ---


def test_a_second_account_of_ones_own_is_no_second_reader(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    lead, puppet = office.signed_in(Role.LEAD), office.signed_in(staff=PUPPET)
    assert 303 == weigh(lead, id_, "Nee")
    assert 303 == weigh(puppet, id_, "Nee", "Zelf ook gelezen.")
    assert ("twijfel", True) == (stands(office, record), waits(office, id_))
    assert 303 == weigh(office.signed_in(staff=OTHER_LEAD), id_, "Nee", "Zelf ook gelezen.")
    assert ("geen", False) == (stands(office, record), waits(office, id_))


def test_the_queue_leads_a_second_account_to_nothing_that_waits_for_another_person(office: DeskOffice) -> None:
    for _ in range(2):
        torn(office, WEIGHED, "geen", "twijfel")
    first, id_ = (row["id"] for row in office.find("select id from _queue order by rank, since_ms, id"))
    assert f"/conflicts/{id_}" in office.signed_in(staff=PUPPET).get(f"/conflicts/{first}").text
    assert 303 == weigh(office.signed_in(Role.LEAD), id_, "Nee")
    assert f"/conflicts/{id_}" not in office.signed_in(staff=PUPPET).get(f"/conflicts/{first}").text
    assert f"/conflicts/{id_}" in office.signed_in(staff=OTHER_LEAD).get(f"/conflicts/{first}").text


def test_whose_second_account_shuts_the_others_out_is_not_alone(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    assert "twijfel" == stands(office, record)
    now_ms = office.server.clock.now_ms()
    for name in (OTHER_LEAD, STAFF):
        keep(office, replace(person(office, name), state=BLOCKED, stopped_by=PUPPET, stopped_ms=now_ms))
    lead = office.signed_in(Role.LEAD)
    assert 303 == weigh(lead, id_, "Nee")
    assert waits(office, id_)
    office.server.clock.ms += two_people.STOPPED_MS + 1
    assert 303 == weigh(office.signed_in(Role.LEAD), id_, "Nee")
    assert not waits(office, id_)
    assert "weigh-alone" in [line.act for line in office.audit()]


# --- the rule itself ---


def test_who_is_kept_out_by_a_second_account_is_kept_out_by_its_person(office: DeskOffice) -> None:
    town = office.server.municipality
    stopped = replace(person(office, OTHER_LEAD), stopped_by=PUPPET)
    assert two_people.kept_out_by(town, stopped, LEAD) and two_people.kept_out_by(town, stopped, PUPPET)
    assert not two_people.kept_out_by(town, stopped, name_of(Role.PRIVACY))
    assert not two_people.kept_out_by(town, replace(stopped, stopped_by=""), LEAD)
    assert not two_people.kept_out_by(town, replace(stopped, stopped_by="operator"), LEAD)


def test_where_nobody_is_known_to_be_another_person_another_account_is_enough(office: DeskOffice) -> None:
    town = office.server.municipality

    def may(person: Person) -> bool:
        return person.name in (LEAD, PUPPET, OTHER_LEAD)

    assert two_people.is_second(town, OTHER_LEAD, LEAD, may)
    assert not two_people.is_second(town, PUPPET, LEAD, may) and not two_people.is_second(town, LEAD, LEAD, may)
    keep(office, replace(person(office, OTHER_LEAD), state=BLOCKED))
    assert two_people.is_second(town, PUPPET, LEAD, may) and not two_people.is_second(town, LEAD, LEAD, may)


# --- the ringing of the emergency account ---


def test_the_ringing_of_the_emergency_account_is_not_ended_by_who_it_brought_in(office: DeskOffice) -> None:
    town, admin = office.server.municipality, name_of(Role.ADMIN)
    keep(office, replace(office.hire("schaduw", Role.SECURITY), vouched=(admin,)))
    office.server.run(town.submit(lambda: town.openid.keep_ring(Ring("ab" * 8, admin, 1, "test"))))
    shadow, security = office.signed_in(staff="schaduw"), office.signed_in(Role.SECURITY)
    assert Standing(town, person(office, "schaduw")).may(RINGS)
    assert f"/rings/{'ab' * 8}/seen" not in shadow.get("/today").text
    assert 404 == shadow.post(f"/rings/{'ab' * 8}/seen").status_code
    assert f"/rings/{'ab' * 8}/seen" in security.get("/today").text
    assert 303 == security.post(f"/rings/{'ab' * 8}/seen").status_code
    assert person(office, admin).state == ACTIVE and not town.openid.rings()
