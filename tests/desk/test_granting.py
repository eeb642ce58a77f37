"""A name that was typed wrongly is given no record, and taken none, in silence."""

from pathlib import Path

import pytest

from backend.desk.arguments import WorkerUnknown
from tests.desk.office import Office


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
    office.server.run(town.revoke(office.two.id, "beheer"))
    (row,) = office.ask("grant", record=record.hex(), worker=town.book.worker(office.two.id))
    assert 0 == row["devices"]
