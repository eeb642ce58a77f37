"""Who saw what a thief signed knows nothing of what stands there, also when later true entries came first.

A device that holds a false entry in the place of a true one is shown nothing that its author wrote on the true one
(sync/SPEC.md 4.1: of an author's own, what is observed is complete itself). So no later word of that author, seen by
somebody who never saw the true one, lets it vanish from a field.
"""

from pathlib import Path

import pytest

from backend.device.device import Device
from tests.attacker.taken_away import Visit
from tests.attacker.town import Town


def words_of(device: Device, record: bytes, path: str) -> set[str]:
    view = device.view(record)
    return {str(view.answers[path]), *map(str, view.conflicts.get(path, ()))}


@pytest.mark.parametrize("true_first", [[2, 1], [1, 2], [2], []], ids=str)
def test_true_words_survive_who_answered_the_false_ones(tmp_path: Path, true_first: list[int]) -> None:
    """`true_first` are the true entries that came before the worker answered."""
    town = Town(tmp_path)
    visit = Visit(town)
    bert, record = visit.bert, visit.record
    dora = town.device("dora")
    town.assign(record, "dora")
    town.sync(dora)
    town.back_up()
    begun = (list(bert.chain), bert.last)
    bert.write(bert.records[record], {"/zorg": "woord-echt"})
    bert.write(bert.records[record], {"/anders": "woord-later"})
    bert.push()
    real = [made.wire for made in bert.chain]
    town.revoke(bert)
    town.put_back()
    town.clock.ms += 60_000
    bert.chain, bert.last = begun
    bert.write(bert.records[record], {"/zorg": "woord-vals"})
    visit.eve.exchange(handed=[made.wire for made in bert.chain])
    town.sync(dora)
    opened = dora.open(record)
    for seq in true_first:
        visit.eve.exchange(handed=[real[seq - 1]])
        town.sync(dora)
    if 1 not in true_first:
        assert "woord-later" not in str(dora.view(record).answers), "shown without what its author had written before"
        opened = dora.open(record)
    dora.save(opened, "huisbezoek", 1, {"/zorg": "woord-antwoord"})
    town.sync(dora)
    visit.eve.exchange(handed=real)
    visit.anna.pull()
    town.sync(dora)
    assert {"woord-antwoord", "woord-echt"} == words_of(dora, record, "/zorg")
    assert "woord-later" == dora.view(record).answers["/anders"]
