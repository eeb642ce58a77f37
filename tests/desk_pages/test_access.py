"""A record is opened to a worker of the own team at its page, and that is ended once somebody confirmed it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.desk.rights import Role
from tests.desk_pages.office import OTHER_LEAD, TEAM, DeskOffice, name_of


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek")
    yield made
    made.close()


def visit(office: DeskOffice) -> str:
    record = office.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2345"})
    office.sync()
    office.dump()
    return f"/record/{record.hex()}"


def held(office: DeskOffice) -> bool:
    """True if the second worker's device has anything of a visit."""
    office.sync()
    return bool(office.two.store.records())


def test_a_worker_of_the_own_team_gets_a_record_and_loses_it_after_a_confirmation(office: DeskOffice) -> None:
    office.team(TEAM, [name_of(Role.LEAD)], ["werker-een", "werker-twee"])
    lead, at = office.signed_in(), visit(office)
    page = lead.get(at).text
    assert '<option value="werker-twee">' in page and '<option value="werker-een">' not in page
    assert not held(office)
    assert 303 == lead.post(f"{at}/grant", {"worker": "werker-twee"}).status_code
    assert held(office) and "heeft toegang gekregen" in lead.get(at).text
    asked = lead.post(f"{at}/withdraw", {"worker": "werker-twee"})
    assert 200 == asked.status_code and "Toegang intrekken?" in asked.text
    assert 2 == len(re.findall('value="werker-(?:een|twee)"><button class="link"', lead.get(at).text))
    assert 303 == lead.post(f"{at}/withdraw", {"worker": "werker-twee", "do": "yes"}).status_code
    assert '<option value="werker-twee">' in lead.get(at).text
    said = [(line.act, line.staff) for line in office.audit()]
    assert ("withdraw", "de-lead") in said and {"grant", "assign"} & {act for act, _ in said}


def test_nobody_is_given_what_is_not_theirs_to_give(office: DeskOffice) -> None:
    at = visit(office)
    lead = office.signed_in()
    for worker in ("werker-twee", "werker-een", "niemand", "desk:beheer", ""):  # of another team, there already, nobody
        assert 404 == lead.post(f"{at}/grant", {"worker": worker}).status_code
    for worker in ("werker-twee", "niemand", ""):
        assert 404 == lead.post(f"{at}/withdraw", {"worker": worker, "do": "yes"}).status_code
    browsers = [office.signed_in(role) for role in Role if role != Role.LEAD] + [office.signed_in(staff=OTHER_LEAD)]
    for browser in browsers:
        for what in ("grant", "withdraw"):
            assert 404 == browser.post(f"{at}/{what}", {"worker": "werker-een", "do": "yes"}).status_code
    assert not held(office) and "/grant" not in office.signed_in(Role.REVIEWER).get(at).text
