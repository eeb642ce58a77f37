"""A name that was typed wrongly is given no record, and taken none, in silence."""

import asyncio
from pathlib import Path

import pytest

from backend.desk.arguments import BadArgument, NoSuchRecord, WorkerUnknown
from backend.errors import FormNotPublished
from backend.municipality import opening
from tests.desk.office import Office
from tests.looking import rows


def record_of(office: Office) -> bytes:
    """A record on the server."""
    record = office.one.create("huisbezoek", 1, {"/toegang": "binnen"})
    office.sync(office.one)
    return record


@pytest.mark.parametrize("typed", ["werker-eeen", "Werker-een"])
@pytest.mark.parametrize("withdraw", [True, False])
def test_nobody_of_that_name_is_said_and_nothing_is_done(office: Office, typed: str, withdraw: bool) -> None:
    record, town = record_of(office), office.server.municipality
    with pytest.raises(WorkerUnknown):
        office.ask("grant", record=record.hex(), worker=typed, withdraw=withdraw)
    assert [] == [*town.journal.facts("assignment"), *town.journal.facts("withdrawal")]


def test_somebody_without_a_device_is_granted_it_when_that_is_meant(office: Office, tmp_path: Path) -> None:
    record = record_of(office)
    (row,) = office.ask("grant", record=record.hex(), worker="werker-drie", before_enrolment=True)
    assert 0 == row["devices"]
    three = office.server.enrol(tmp_path / "three.db", "werker-drie")
    office.sync(three)
    assert 1 == len(three.store.entries_of(record))
    (row,) = office.ask("grant", record=record.hex(), worker="werker-vier", before_enrolment=True)
    (row,) = office.ask("grant", record=record.hex(), worker="werker-vier", withdraw=True)
    assert row["withdrawn"]


def test_who_had_a_device_is_known_by_name(office: Office) -> None:
    record, town = record_of(office), office.server.municipality
    office.server.run(town.acts.revoke(office.two.id, "beheer"))
    (row,) = office.ask("grant", record=record.hex(), worker=town.book.worker(office.two.id))
    assert 0 == row["devices"]


def audited(office: Office, act: str) -> list[bytes | None]:
    """The records of the audit lines about an act, oldest first."""
    return [line.record for line, _ in office.server.municipality.journal.audit_chain() if line.act == act]


def test_many_records_are_opened_and_taken_back_in_one_act(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "RECORDS_AT_ONCE", 3)
    records, town = [record_of(office) for _ in range(8)], office.server.municipality
    worker = town.book.worker(office.two.id)
    said = office.ask("grant", record=[record.hex() for record in records], worker=worker)
    assert [(record.hex(), 1) for record in records] == [(row["record"], row["devices"]) for row in said]
    assert records == audited(office, "grant")
    assert 0 == rows(town.journal, "owed")
    office.sync(office.two)
    assert all(office.two.store.entries_of(record) for record in records)
    said = office.ask("grant", record=[record.hex() for record in records[:5]], worker=worker, withdraw=True)
    assert all(row["withdrawn"] for row in said)
    assert records[:5] == audited(office, "withdraw")
    assert [False] * 5 + [True] * 3 == [town.access.may_read(office.two.id, record) for record in records]


def test_all_records_of_a_form_are_opened_and_no_others(office: Office) -> None:
    records, town = [record_of(office) for _ in range(3)], office.server.municipality
    other = office.one.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    office.one.delete(office.one.open(records[0]))
    office.sync(office.one)
    said = office.ask("grant", form="huisbezoek", worker=town.book.worker(office.two.id))
    assert {record.hex() for record in records[1:]} == {row["record"] for row in said}
    assert not town.access.may_read(office.two.id, other) and not town.access.may_read(office.two.id, records[0])
    with pytest.raises(FormNotPublished):
        office.ask("grant", form="huisbezoeken", worker=town.book.worker(office.two.id))
    with pytest.raises(BadArgument):
        office.ask("grant", worker=town.book.worker(office.two.id))


def test_where_one_record_is_not_here_none_is_opened(office: Office) -> None:
    record, town = record_of(office), office.server.municipality
    with pytest.raises(NoSuchRecord):
        office.ask("grant", record=[record.hex(), "ab" * 16], worker=town.book.worker(office.two.id))
    assert [] == audited(office, "grant")
    assert not town.access.may_read(office.two.id, record)


def test_an_act_about_many_records_lets_a_device_in_between(office: Office) -> None:
    records, town = [record_of(office) for _ in range(2 * opening.LOOK_UP)], office.server.municipality
    worker, counts = str(town.book.worker(office.two.id)), []

    async def both() -> None:
        def count() -> None:
            counts.append(len(audited(office, "grant")))

        await asyncio.gather(town.opening.grant_each(records, worker, "beheer"), town.submit(count))

    office.server.run(both())
    assert [opening.LOOK_UP] == counts
    assert records == audited(office, "grant")
