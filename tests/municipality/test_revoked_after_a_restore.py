"""After a restore whoever has a revoked phone's keys can sign other entries in the place of those that are missing.

The end that the municipality signed proves the true ones, in whatever order they come (sync/SPEC.md section 5.7).
"""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from backend.device.device import Device
from backend.projection.keeper import Keeper
from backend.projection.projector import Projector
from backend.projection.verify import verify_store
from sync.messages import Place
from tests.attacker.phone import Phone, Reply
from tests.attacker.town import Town
from tests.attacker.wire import Made, unpack

KEPT, LAST = 3, 8
Batches = Callable[[list[Made]], list[list[Made]]]


def _newest_first(made: list[Made]) -> list[list[Made]]:
    return [made[-2:], made[2:-2], made[:2]]


def _oldest_first(made: list[Made]) -> list[list[Made]]:
    return [made[:2], made[2:-2], made[-2:]]


def _one_by_one(made: list[Made]) -> list[list[Made]]:
    shuffled = Random(7).sample(made, len(made))
    return [[one] for one in shuffled]


def _all_at_once(made: list[Made]) -> list[list[Made]]:
    return [made]


ORDERS: dict[str, Batches] = {
    "newest first": _newest_first,
    "oldest first": _oldest_first,
    "one by one": _one_by_one,
    "all at once": _all_at_once,
}


class Stolen:
    """Anna's phone was stolen and revoked; the backup that comes back lacks the end of its journal."""

    def __init__(self, folder: Path, *, last_seq: int | None = None) -> None:
        self.folder = folder
        self.town = Town(folder)
        self.anna, self.bert = self.town.phone("anna"), self.town.phone("bert")
        self.record = self.anna.create({"/duiding": "woord 1"})
        self.write(KEPT - 1)
        self.anna.sync()
        self.town.assign(self.record, "bert")
        self.bert.pull()
        self.reader = self.town.device("cees")
        self.town.assign(self.record, "cees")
        self.town.server.back_up(folder / "backup")
        self.town.serve()
        self.write(LAST - KEPT)
        self.anna.sync()
        self.receipt = self.anna.receipt
        self.town.revoke(self.anna, stolen=True, last_seq=last_seq)
        self.town.clock.ms += 1
        self.thief = self.forged(LAST + 2)
        self.town.server.restore(folder / "backup")
        self.town.server.confirm_list()
        self.town.serve()

    def write(self, count: int) -> None:
        for _ in range(count):
            self.anna.write(self.anna.records[self.record], {"/duiding": f"woord {self.anna.last[0] + 1}"})

    def forged(self, last: int) -> Phone:
        """Anna's keys in other hands, with a journal that parts where the backup ends."""
        thief = copy.copy(self.anna)
        thief.chain, thief.last = self.anna.chain[:KEPT], (KEPT, self.anna.chain[KEPT - 1].hash)
        thief.heads = {self.record: {self.anna.id: [self.anna.id, KEPT, thief.last[1][:8]]}}
        for seq in range(KEPT + 1, last + 1):
            thief.write(thief.records[self.record], {"/duiding": f"vervalst {seq}"})
        return thief

    @property
    def missing(self) -> list[Made]:
        return self.anna.chain[KEPT:]

    @property
    def false(self) -> list[Made]:
        return self.thief.chain[KEPT:]

    def hand_in(self, made: list[Made], **more: Any) -> dict[str, Any]:
        reply: Reply = self.anna.hand_in([one.wire for one in made], **more)
        assert reply.status == 200, reply.body
        answer: dict[str, Any] = unpack(reply.body)
        return answer

    def held(self) -> list[bytes | None]:
        journal = self.town.product.journal
        return [journal.hash_at(self.anna.id, seq) for seq in range(KEPT + 1, LAST + 1)]

    def apart(self) -> set[bytes]:
        return {hash_ for hash_, _, _ in self.town.product.journal.forked_of(self.record)}

    def counting(self) -> set[bytes]:
        """The words of the phone that count."""
        journal = self.town.product.journal
        held = {row[0] for row in journal.held_of(self.record)}
        return {stored.hash for stored in journal.entries_of(self.record)} - held

    def shown(self) -> str:
        """What another worker reads."""
        self.town.sync(self.reader)
        return str(self.reader.view(self.record).answers["/duiding"])

    @property
    def true(self) -> list[bytes]:
        return [made.hash for made in self.missing]


@pytest.fixture
def stolen(tmp_path: Path) -> Iterator[Stolen]:
    yield Stolen(tmp_path)


@pytest.mark.parametrize("batches", ORDERS.values(), ids=ORDERS)
def test_what_a_thief_signs_below_the_end_stands_nowhere(stolen: Stolen, batches: Batches) -> None:
    said = [status for made in batches(stolen.false[: LAST - KEPT]) for status in stolen.hand_in(made)["entries"]]
    assert {"unproven"} == {status for _, _, status in said}
    assert [None] * (LAST - KEPT) == stolen.held()
    assert {made.hash for made in stolen.false[: LAST - KEPT]} == stolen.apart()
    answer = stolen.hand_in(stolen.false)
    assert answer.get("receipt") is None and f"woord {KEPT}" == stolen.shown()


@pytest.mark.parametrize("batches", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("first", [True, False], ids=["the forged ones first", "the true ones first"])
def test_the_true_entries_stand_whatever_comes_first(stolen: Stolen, batches: Batches, first: bool) -> None:
    turns = [batches(stolen.false), batches(stolen.missing)]
    for made in [*turns[not first], *turns[first]]:
        stolen.hand_in(made)
    assert stolen.true == stolen.held()
    assert {made.hash for made in stolen.false if made.seq <= LAST} <= stolen.apart()
    assert stolen.apart() <= {made.hash for made in stolen.false}
    receipt = stolen.hand_in(stolen.missing[-1:])["receipt"]
    assert [LAST, stolen.anna.last[1]] == receipt[3:5]
    assert f"woord {LAST}" == stolen.shown()
    stolen.town.restart()
    assert stolen.true == stolen.held()


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "unlocked"])
def test_a_colluding_colleagues_forgeries_give_way_on_every_machine(stolen: Stolen, locked: bool) -> None:
    town, journal = stolen.town, stolen.town.product.journal
    stolen.bert.pull()
    stolen.bert.exchange(handed=[made.wire for made in stolen.false])
    assert f"vervalst {LAST}" == stolen.shown()
    keeper = Keeper(town.product)
    town.server.run(keeper.catch_up())
    life, cursor = town.product.exchanges.life, stolen.bert.cursor
    if locked:
        town.product.keyring.lock()
    for made in _newest_first(stolen.missing):
        stolen.hand_in(made)
    if locked:
        town.server.unlock()
        town.server.run(town.product.settling.settle())
    assert stolen.true == stolen.held()
    assert {made.hash for made in stolen.false if made.seq <= LAST} == stolen.apart()
    assert f"woord {LAST}" == stolen.shown()
    stolen.bert.exchange(cursor=cursor)
    assert life == town.product.exchanges.life, "a cursor that names a forged entry is no sign of a restore"
    above = [made.hash for made in stolen.false if made.seq > LAST]
    assert {*stolen.true, *(made.hash for made in stolen.anna.chain[:KEPT])} == stolen.counting()
    assert above == [journal.hash_at(stolen.anna.id, seq) for seq in (LAST + 1, LAST + 2)]
    town.server.run(keeper.catch_up())
    fresh = Projector(town.product.folder, town.product.custody, stolen.folder / "rebuilt.db")
    fresh.run()
    assert list(fresh.records.dump()) == town.server.run(keeper.read(lambda records: list(records.dump())))
    fresh.close()
    town.server.run(keeper.close())
    assert [] == list(verify_store(town.product.folder, town.product.custody, lambda _done, _all: None))


def test_a_new_device_gets_the_true_entries_and_none_of_the_forged(stolen: Stolen) -> None:
    stolen.bert.exchange(handed=[made.wire for made in stolen.false])
    stolen.hand_in(stolen.missing)
    dora: Device = stolen.town.device("dora")
    stolen.town.assign(stolen.record, "dora")
    stolen.town.sync(dora)
    kept = {kept.hash for kept in dora.store.entries_of(stolen.record)}
    assert {made.hash for made in stolen.anna.chain} == kept


def test_a_receipt_proves_what_the_end_does_not(stolen: Stolen) -> None:
    """The newest entry is nowhere any more; an older receipt of the device says what stood before it."""
    reply = stolen.anna.chain[KEPT : LAST - 1]
    receipt = stolen.town.product.exchanges.receipt_for(stolen.anna.id, _place(reply[-1]), 5)
    wire = [receipt.municipality, receipt.life, receipt.device, receipt.seq, receipt.hash, receipt.at_ms, receipt.sig]
    assert {"unproven"} == {entry[2] for entry in stolen.hand_in(reply)["entries"]}
    stolen.hand_in(stolen.false, receipt=[*wire[:4], stolen.false[-1].hash, *wire[5:]])
    assert [None] * (LAST - KEPT) == stolen.held()
    answer = stolen.hand_in(reply[-1:], receipt=wire)
    assert [*stolen.true[:-1], None] == stolen.held()
    assert LAST - 1 == answer["receipt"][3]


def test_the_end_is_stronger_than_a_receipt(stolen: Stolen) -> None:
    """A server that knew nothing of the revocation may have receipted what the thief signed."""
    false = stolen.false[LAST - KEPT - 1]
    receipt = stolen.town.product.exchanges.receipt_for(stolen.anna.id, _place(false), 5)
    wire = [receipt.municipality, receipt.life, receipt.device, receipt.seq, receipt.hash, receipt.at_ms, receipt.sig]
    stolen.hand_in(stolen.false, receipt=wire)
    stolen.hand_in(stolen.missing)
    assert stolen.true == stolen.held()


def test_what_was_written_after_the_end_is_receipted_when_the_gap_is_closed(tmp_path: Path) -> None:
    stolen = Stolen(tmp_path)
    stolen.write(2)
    for made in _newest_first(stolen.missing):
        stolen.hand_in(made)
    assert LAST + 2 == stolen.hand_in(stolen.missing[-1:])["receipt"][3]
    held = {row[0]: row[3] for row in stolen.town.product.journal.held_of(stolen.record)}
    assert {made.hash: "revoked" for made in stolen.anna.chain[LAST:]} == held


def test_forgeries_before_the_revocation_is_known_give_way_when_it_is(tmp_path: Path) -> None:
    """A list that was lost too: the thief goes on as if nothing had been, until a colleague brings the revocation."""
    stolen = Stolen(tmp_path)
    town = stolen.town
    (ended,) = (stored.fact for stored in town.product.journal.facts("revocation"))
    for name in ("outside.log", "erasures.log"):
        (town.server.folder / name).unlink(missing_ok=True)
    town.server.restore(tmp_path / "backup")
    town.restored()
    town.serve()
    stolen.thief.sent, stolen.thief.receipt = KEPT, None
    stolen.thief.push()
    assert stolen.false[0].hash == town.product.journal.hash_at(stolen.anna.id, KEPT + 1)
    stolen.bert.exchange(handed=[made.wire for made in stolen.missing])
    town.server.run(town.product.submit(lambda: town.product.intake.take_fact(ended, 9)))
    assert stolen.true == stolen.held()
    assert LAST == town.product.committed.tails[stolen.anna.id].seq


def _place(made: Made) -> Place:
    return Place(made.seq, made.hash)
