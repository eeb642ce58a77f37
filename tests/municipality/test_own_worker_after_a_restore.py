"""In no life, and by no way, does a device open a record to a device of its own worker (sync/SPEC.md section 5.3)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attacker.phone import Phone
from tests.attacker.town import Town

Way = Callable[[Phone, Phone, list[Any]], Any]

WAYS: dict[str, Way] = {
    "as a fact": lambda signer, _other, grant: signer.exchange(facts=[grant[0]]),
    "as a fact that another brings": lambda _signer, other, grant: other.exchange(facts=[grant[0]]),
    "as a grant": lambda signer, _other, grant: signer.exchange(grants=[grant]),
}


@pytest.mark.parametrize("bring", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("known", [True, False], ids=["the certificate is known", "the certificate comes later"])
def test_a_grant_to_ones_own_worker_is_not_taken_in_a_restored_life(bring: Way, known: bool, tmp_path: Path) -> None:
    town = Town(tmp_path)
    anna, bert, cees = town.phone("anna"), town.phone("bert"), town.phone("cees")
    record = anna.create({"/duiding": "voor"})
    anna.sync()
    town.server.back_up(tmp_path / "before")
    town.serve()
    second = town.phone("bert", honest=False)
    bert.pull()
    bert.records[record] = anna.records[record]
    grant = bert.grant_of(record, second.id)
    if not known:
        town.server.restore(tmp_path / "before")
    town.serve()
    town.restored()
    bring(bert, cees, grant)
    second.recertify()
    anna.exchange(grants=[anna.grant_of(record, bert.id)])
    granted = [(stored.fact.by, stored.fact.to) for stored in town.product.journal.facts("grant")]
    assert (anna.id, bert.id) in granted
    assert (bert.id, second.id) not in granted
