"""Who was assigned a record reads it after a restore; and what a device may let a server write has an end."""

from pathlib import Path

import pytest

from tests.attacker.phone import Phone
from tests.attacker.town import Town
from tests.attacker.wire import make_fact


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def back_up(town: Town) -> None:
    town.server.back_up(town.folder / "backup")
    town.serve()


def restore(town: Town) -> None:
    town.server.restore(town.folder / "backup")
    town.serve()
    town.server.confirm_list()


def written(town: Town) -> tuple[Phone, bytes]:
    anna = town.phone("anna")
    record = anna.create({"/duiding": "voor"})
    anna.sync()
    return anna, record


def test_a_grant_that_the_backup_lacks_is_made_again_for_whoever_is_assigned(town: Town) -> None:
    bert = town.phone("bert")
    _, record = written(town)
    back_up(town)
    town.assign(record, "bert")
    restore(town)
    bert.exchange()
    bert.pull()
    assert "voor" in bert.texts()


def test_a_record_that_comes_back_after_its_assignment_is_granted(town: Town) -> None:
    bert = town.phone("bert")
    back_up(town)
    anna, record = written(town)
    town.assign(record, "bert")
    restore(town)
    anna.recertify()
    anna.sent = 0
    anna.sync()
    bert.pull()
    assert "voor" in bert.texts()


def test_a_device_whose_certificate_comes_back_is_granted_what_its_worker_was_assigned(town: Town) -> None:
    _, record = written(town)
    back_up(town)
    bert, cees = town.phone("bert"), town.phone("cees")
    town.assign(record, "bert")
    town.assign(record, "cees")
    town.withdraw(record, "cees")
    restore(town)
    for phone in (bert, cees):
        phone.recertify()
        phone.pull()
        phone.pull()
    assert "voor" in bert.texts() and not cees.texts()


def test_one_device_makes_the_journal_grow_no_further_by_asking(town: Town) -> None:
    anna, record = written(town)
    bert = town.phone("bert")
    town.assign(record, "bert")
    bert.sync()
    start = town.product.journal.last_position()
    for _ in range(8):
        bert.exchange(lacking=[record])
        bert.pull()
    assert town.product.journal.last_position() - start <= 2
    start = town.product.journal.last_position()
    notes = []
    for name in (anna.chain[0].hash, *(town.random.randbytes(32) for _ in range(20))):
        notes.append(
            [record, name, "open", make_fact(bert.keys, "report", bert.town, record, name, "open", bert.id)[-1]]
        )
    assert 200 == bert.exchange(reports=notes)[0].status
    assert 1 == town.product.journal.last_position() - start
