"""A record is erased for good by two people: whoever looks after privacy alone destroys nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backend.desk import four_eyes
from backend.desk.erasing import EraseForTwo
from backend.desk.rights import Role
from backend.stores.people import BLOCKED, Person, Proposal
from tests.desk.office import Office
from tests.desk_pages.office import DeskOffice, name_of
from tests.desk_pages.test_four_eyes import keep


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek")
    yield made
    made.close()


def record_in(office: DeskOffice, code: str = "ABCD-2345") -> bytes:
    made = office.shared("huisbezoek", {"/case_ref": code})
    office.dump()
    return made


def erase(office: DeskOffice, record: bytes, reason: str = "request") -> list[dict[str, Any]]:
    """What the command line answers to the privacy officer."""
    return Office.ask(office, "erase", record=record.hex(), reason=reason)


def erased(office: DeskOffice, record: bytes) -> bool:
    return office.server.municipality.book.erased(record)


def waiting(office: DeskOffice) -> list[Proposal]:
    return [one for one in four_eyes.waiting(office.server.municipality) if one.kind == four_eyes.ERASE]


def agree(office: DeskOffice, role: Role) -> int:
    return office.signed_in(role).post(f"/proposals/{waiting(office)[0].id}/agree").status_code


def person(office: DeskOffice, name: str) -> Person:
    found = office.server.municipality.people.person(name)
    assert found is not None
    return found


def test_one_alone_erases_nothing_and_an_agreement_is_for_one_record_and_a_day(office: DeskOffice) -> None:
    record, other = record_in(office), record_in(office, "EFGH-2345")
    for _ in range(2):
        with pytest.raises(EraseForTwo):
            erase(office, record)
    assert not erased(office, record) and 1 == len(waiting(office))
    page = office.signed_in(Role.ADMIN).get("/proposals").text
    assert f"<code>{record.hex()}</code>" in page and "komt niet terug" in page
    assert "verzoek van de betrokkene" in page and "request" not in page
    for role in (Role.SECURITY, Role.PRIVACY, Role.LEAD, Role.MAKER):
        assert agree(office, role) in (403, 404) and not erased(office, record)
    assert 303 == agree(office, Role.ADMIN)
    for asked, reason in ((other, "request"), (record, "court")):
        with pytest.raises(EraseForTwo):
            erase(office, asked, reason)
    assert erase(office, record) and erased(office, record) and not erased(office, other)
    assert erase(office, record)  # gone on with, as often as it takes
    assert {"propose", "agree", "erase"} <= {line.act for line in office.audit()}


def test_an_agreement_is_over_after_a_day(office: DeskOffice) -> None:
    record = record_in(office)
    with pytest.raises(EraseForTwo):
        erase(office, record)
    assert 303 == agree(office, Role.ADMIN)
    office.server.clock.ms += four_eyes.DAY_MS
    office._tokens.clear()
    with pytest.raises(EraseForTwo):
        erase(office, record)
    assert not erased(office, record)


def test_an_erasure_that_failed_asks_nobody_a_second_time(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agreement was taken up before: killed or without room between the two, the server asked for another one."""
    record = record_in(office)
    with pytest.raises(EraseForTwo):
        erase(office, record)
    assert 303 == agree(office, Role.ADMIN)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(office.server.municipality.erasing, "erase", _stopped)
        erase(office, record)
    assert not erased(office, record) and erase(office, record) and erased(office, record)
    kinds = [one.kind for one in office.server.municipality.people.proposals()]
    assert four_eyes.ERASE not in kinds  # it is taken up by then


async def _stopped(*_args: Any) -> None:
    raise RuntimeError


def test_an_admin_whom_the_proposer_let_in_alone_is_no_second_person(office: DeskOffice) -> None:
    record, admin = record_in(office), name_of(Role.ADMIN)
    office.seated()
    keep(office, replace(person(office, admin), vouched=("beheer",)))
    office.hire("beheer.twee", Role.ADMIN)
    with pytest.raises(EraseForTwo):
        erase(office, record)
    assert 403 == agree(office, Role.ADMIN) and not erased(office, record)


def test_where_nobody_could_agree_it_passes_and_is_told(office: DeskOffice) -> None:
    record = record_in(office)
    keep(office, replace(person(office, name_of(Role.ADMIN)), state=BLOCKED))
    assert erase(office, record) and erased(office, record)
    assert "emergency" in [line.act for line in office.audit()]
    assert record.hex() in office.signed_in(Role.SECURITY).get("/proposals").text
