"""The part of the contract about what a group may bring: the most entries, the largest body, a fact among them, and a
place in a device's journal that is taken."""

from contextlib import closing
from pathlib import Path
from typing import ClassVar, Final

import pytest
from msgspec.structs import replace

from backend.errors import StoreFailed
from backend.stores.gathered import Gathered
from backend.stores.ledger import Engine
from sync.entry import BODY_BYTES_MAX, PUSH_ENTRIES_MAX, Entry, encode_header, entry_hash, header_of
from sync.exchange import Checked
from tests.municipality.histories import NOW, TOUCHES, Store
from tests.stores.contract.acts import FACTS
from tests.stores.contract.answers import Asked, answers
from tests.sync.test_fact_laws import DEVICES, KEY, RECORDS, TOWN

DEVICE: Final = DEVICES[0]
RECORD: Final = FACTS[0].record
ASKED: Final = Asked(DEVICES[:1], RECORDS)


def chain(count: int, body: bytes = b"body") -> list[Checked]:
    """The first entries of a device, in one record; the last one has this body."""
    made, prev = list[Checked](), bytes(32)
    for seq in range(1, count + 1):
        header = header_of(TOWN, DEVICE, seq, NOW << 16, RECORD, KEY, "write", (), (TOUCHES[0],))
        raw = encode_header(header)
        hash_ = entry_hash(prev, raw, bytes(32))
        entry = Entry(prev, raw, body if seq == count else b"body", None, bytes(64))
        made.append(Checked(entry, header, hash_, bytes(32)))
        prev = hash_
    return made


class Bounds:
    """What every database does with them."""

    engine: ClassVar[Engine]

    def test_the_largest_push_with_the_largest_body_and_a_fact_between_is_told_as_it_came(self, tmp_path: Path) -> None:
        pushed, half = chain(PUSH_ENTRIES_MAX, bytes(range(256)) * (BODY_BYTES_MAX // 256)), PUSH_ENTRIES_MAX // 2
        store = Store(tmp_path / "store", self.engine)
        store.take([pushed[:half], FACTS[0], pushed[half:]])
        journal = store.stores.inner.journal
        entries = journal.entries_of(RECORD)
        assert [one.entry for one in entries] == [one.entry for one in pushed]
        assert [*range(1, half + 1), *range(half + 2, PUSH_ENTRIES_MAX + 2)] == [one.position for one in entries]
        assert [(half + 1, FACTS[0])] == [(one.position, one.fact) for one in journal.facts()]
        assert PUSH_ENTRIES_MAX == journal.last_seq(DEVICE) and PUSH_ENTRIES_MAX + 1 == journal.last_position()
        with store.stores.unit():
            assert PUSH_ENTRIES_MAX == store.journal.forget_bodies(RECORD)
        assert {None} == {one.entry.body for one in journal.entries_of(RECORD)}
        store.stores.close()

    def test_a_place_that_is_taken_fails_its_group_and_leaves_nothing_of_it(self, tmp_path: Path) -> None:
        one, two = chain(2)
        other = Checked(replace(two.entry, body=b"other"), two.header, b"o" * 32, two.body_hash)
        self.engine.create(tmp_path)
        with closing(Gathered(self.engine.open(tmp_path))) as stores:
            with stores.unit():
                stores.journal.append_entries(0, [(one, NOW), (two, NOW)])
            before = answers(stores.inner.journal, ASKED)
            with pytest.raises((StoreFailed, AssertionError)), stores.unit():  # the one in memory asserts it
                stores.journal.set_meta("half", b"1")
                stores.journal.append_entries(2, [(other, NOW)])
            assert before == answers(stores.inner.journal, ASKED) and stores.journal.meta("half") is None
