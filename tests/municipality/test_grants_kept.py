"""What a device granted, and the server took, goes on counting."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.attacker.phone import Phone
from tests.attacker.town import Town


class Visit(NamedTuple):
    """A record that anna wrote, and two colleagues."""

    town: Town
    anna: Phone
    bert: Phone
    cees: Phone
    record: bytes

    def write_on(self) -> None:
        """Anna goes on."""
        self.anna.write(self.anna.records[self.record], {"/duiding": "na"})
        self.anna.sync()


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    town = Town(tmp_path)
    anna, bert, cees = town.phone("anna"), town.phone("bert"), town.phone("cees")
    record = anna.create({"/duiding": "voor"})
    anna.sync()
    return Visit(town, anna, bert, cees, record)


def test_what_a_worker_grants_who_has_the_record_again_is_delivered(visit: Visit) -> None:
    town, record, bert, cees = visit.town, visit.record, visit.bert, visit.cees
    for act in (town.assign, town.withdraw, town.assign):
        act(record, "bert")
        bert.sync()
    assert () == tuple(bert.grant(record, cees.id)[1].get("refused_grants", ()))
    cees.pull()
    assert "voor" in cees.texts()
    town.withdraw(record, "bert")
    visit.write_on()
    cees.pull()
    bert.pull()
    assert "na" in cees.texts() and "na" not in bert.texts()


def test_a_grant_that_waited_for_its_signer_outlives_the_signers_withdrawal(visit: Visit) -> None:
    town, anna, bert, cees, record = visit
    town.restored()
    bert.pull()
    bert.records[record] = anna.records[record]
    bert.exchange(grants=[bert.grant_of(record, cees.id)])
    anna.exchange(grants=[anna.grant_of(record, bert.id)])
    town.withdraw(record, "bert")
    visit.write_on()
    cees.pull()
    assert {"voor", "na"} <= cees.texts()
