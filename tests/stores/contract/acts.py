"""The part of the contract about what acts of staff gather: seen in their unit, and written as if at once."""

from contextlib import closing
from pathlib import Path
from typing import ClassVar, Final

from msgspec.structs import replace

from backend.stores.gathered import Gathered
from backend.stores.group import Wanted
from backend.stores.ledger import Engine, Journal
from backend.stores.rows import StoredWrap
from sync.audit import faults
from sync.entry import Wrap
from sync.facts import Withdrawal
from sync.messages import Epoch
from tests.stores.contract.answers import Asked, answers
from tests.sync.test_fact_laws import DEVICES, RECORDS

DEVICE, KEY = DEVICES[0], b"k" * 16
ONE, TWO, THREE = *RECORDS, b"t" * 16
EPOCH: Final = Epoch(b"e" * 8, b"key id 8", 2, b"sealed")
WRAP: Final = Wrap(ONE, KEY, b"e" * 8, bytes(12), b"w" * 48)
FACTS: Final = [Withdrawal("GM9901", ONE, "anna", number) for number in range(3)]


class Acts:
    """What every database does with them."""

    engine: ClassVar[Engine]

    def test_what_acts_gathered_is_seen_in_their_unit_and_is_what_is_written(self, tmp_path: Path) -> None:
        """Facts, grants that count, what is owed, lines of the audit: whether a record was looked up before or not."""
        told = []
        for name, looked_up in (("one", {ONE, TWO, THREE}), ("two", {TWO}), ("three", set[bytes]())):
            (tmp_path / name).mkdir()
            self.engine.create(tmp_path / name)
            with closing(Gathered(self.engine.open(tmp_path / name))) as stores:
                with stores.unit():
                    stores.keys.take([(DEVICE, EPOCH)], [(DEVICE, WRAP)], ())
                    assert [] == stores.journal.owed(9)
                    stores.journal.owe([(ONE, DEVICE), (TWO, DEVICE)])
                    stores.journal.note_gift(TWO, DEVICE)
                    stores.load(Wanted(opened=frozenset(looked_up)))
                    self._act(stores)
                    said = self._said(stores.journal)
                assert said == self._said(stores.journal)
                told.append((said, answers(stores.inner.journal, Asked(DEVICES, [ONE, TWO, THREE]))))
        assert told[0] == told[1] == told[2]

    def _act(self, stores: Gathered) -> None:
        """Act; each question comes right after what it must see."""
        journal, keys = stores.journal, stores.keys
        assert [StoredWrap(DEVICE, WRAP, EPOCH)] == keys.wraps_of(ONE, KEY)
        assert [] == keys.wraps_of(TWO, KEY) == keys.wraps_of(ONE, b"another key")
        journal.append_fact(1, FACTS[1], 5)
        assert (True, False) == (journal.has_fact(FACTS[1]), journal.has_fact(FACTS[2]))
        assert (False, True) == (journal.has_gifts(ONE), journal.has_gifts(TWO))
        journal.note_grant(ONE, DEVICE)
        assert {DEVICE} == journal.granted_of(ONE) and set() == journal.granted_of(TWO)
        assert journal.was_granted(ONE, DEVICE) and not journal.was_granted(TWO, DEVICE)
        journal.note_gift(THREE, DEVICE)
        assert journal.has_gifts(THREE)
        for number in (1, 2):
            journal.audit(7, "beheer", "act", ONE, str(number))
            assert number == journal.audit_end()[0]
        journal.pay([(ONE, DEVICE), (THREE, DEVICE)])
        journal.owe([(THREE, DEVICE)])
        assert {(TWO, DEVICE), (THREE, DEVICE)} == {row[1:] for row in journal.owed(9)}
        journal.append_fact(2, FACTS[2], 5)
        assert journal.place_at(2) is not None and 2 == len([*journal.facts()])
        keys.take([(DEVICE, replace(EPOCH, id=b"f" * 8))], [(DEVICE, replace(WRAP, epoch=b"f" * 8))], ())
        assert 2 == len(keys.wraps_of(ONE, KEY))
        keys.forget(ONE)
        assert [] == keys.wraps_of(ONE, KEY)

    @staticmethod
    def _said(journal: Journal) -> object:
        lines = [*journal.audit_chain()]
        assert 2 == len(lines) and [] == [*faults(lines, ())]
        granted = [(journal.granted_of(record), journal.has_gifts(record)) for record in (ONE, TWO, THREE)]
        return lines, granted, {row[1:] for row in journal.owed(9)}, [(at.position, at.fact) for at in journal.facts()]
