"""A record of one entry names it instead of keeping its state, and is told as any other."""

from pathlib import Path

import pytest

from backend.stores.group import Wanted
from backend.stores.sql.groups import _LONE, _encode
from backend.stores.sqlite.engine import SQLITE
from backend.stores.sqlite.journal import SqliteJournal
from sync.admission import take
from sync.entry import Entry, Seen, encode_header, entry_hash, header_of
from sync.exchange import Checked
from sync.facts import Fact, Hole, SetAside
from sync.merge import EMPTY, Arrival, RecordState, alone, fold
from tests.municipality.histories import NOW, TOUCHES, Store, certificate, first_entry
from tests.stores.contract.memory import IN_MEMORY
from tests.sync.test_fact_laws import DEVICES, KEY, RECORDS, TOWN

DEVICE, OTHER = DEVICES[0], DEVICES[1]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store", SQLITE)
    store.take([certificate(DEVICE, "werker-een")])
    return store


def kept(store: Store, record: bytes) -> bytes:
    inner = store.stores.inner.journal
    assert isinstance(inner, SqliteJournal)
    return bytes(inner.run("select state from record where record = ?", (record,)).fetchone()[0])


def state(store: Store, record: bytes) -> RecordState:
    row = store.journal.record(record)
    assert row is not None
    return row.state


def arrival(checked: Checked) -> Arrival:
    return Arrival(checked.header, checked.hash, NOW)


def entry_of(device: bytes, seq: int = 1, *observed: Seen, record: bytes = RECORDS[0]) -> Checked:
    header = header_of(TOWN, device, seq, NOW << 16, record, KEY, "write", observed, (TOUCHES[0],))
    raw, prev = encode_header(header), bytes([seq]) * 32
    return Checked(Entry(prev, raw, b"body", None, bytes(64)), header, entry_hash(prev, raw, b""), b"")


FIRST, SECOND = entry_of(DEVICE), entry_of(DEVICE, 2)


@pytest.mark.parametrize(
    "items",
    [
        [[FIRST, SECOND]],
        [SetAside(TOWN, RECORDS[0], SECOND.hash, "open", None), [FIRST, SECOND]],
        [SetAside(TOWN, RECORDS[0], FIRST.hash, "open", None), [FIRST, SECOND]],
        [[entry_of(OTHER), FIRST]],
        [[FIRST, entry_of(OTHER)]],
        [Hole(TOWN, OTHER, 1, 3, bytes(32), NOW), [entry_of(DEVICE, 1, Seen(OTHER, 2, b"a name ."))]],
    ],
)
def test_a_new_record_of_which_more_is_to_be_said_is_told_as_by_any_other(
    items: list[Fact | list[Checked]], tmp_path: Path
) -> None:
    told = []
    for name, engine in (("this", SQLITE), ("memory", IN_MEMORY)):
        store = Store(tmp_path / name, engine)
        store.take([certificate(DEVICE, "werker-een"), *items])
        told.append(state(store, RECORDS[0]))
        store.stores.close()
    assert told[1] == told[0]
    assert told[0].heads


def test_a_record_whose_saving_was_undone_is_new_again_when_it_is_saved(store: Store) -> None:
    kept_one, other = entry_of(DEVICE), entry_of(OTHER, record=RECORDS[1])

    def fails() -> None:
        store.intake.take_entries([(kept_one, NOW)])
        store.stores.flush()
        raise ValueError

    with store.stores.unit():
        store.ledger.begin()
        store.stores.load(Wanted(records=frozenset(RECORDS)))
        before = store.ledger.draft.copy()
        assert isinstance(store.stores.alone(fails)[1], ValueError)
        store.ledger.draft = before
        store.intake.take_entries([(other, NOW), (kept_one, NOW)])
    store.ledger.adopt()
    for one in (other, kept_one):
        assert [one.hash] == [stored.hash for stored in store.journal.entries_of(one.header.record)]


def test_the_state_of_a_lone_entry_is_what_the_fold_says_with_its_head() -> None:
    one = arrival(first_entry(DEVICE))
    folded = fold(EMPTY, [one])
    made = alone(one)
    assert (folded.groups, folded.index, folded.removals) == (made.groups, made.index, made.removals)
    assert {DEVICE: (1, one.hash[:8])} == made.heads


def test_a_record_of_one_entry_names_it_and_is_told_as_it_was_merged(store: Store) -> None:
    entry = first_entry(DEVICE)
    store.take([[entry]])
    assert _LONE == kept(store, entry.header.record)[0]
    assert take(EMPTY, [arrival(entry)], (), lambda *_: None, store.ledger.committed.book).state == state(
        store, entry.header.record
    )


def test_a_record_whose_only_entry_does_not_count_keeps_its_state(store: Store) -> None:
    entry = first_entry(OTHER)  # of a device that nobody certified
    store.take([[entry]])
    assert _LONE != kept(store, entry.header.record)[0]
    assert EMPTY.groups == state(store, entry.header.record).groups


def test_a_state_outlives_the_entry_that_it_names(store: Store) -> None:
    entry = first_entry(DEVICE)
    store.take([[entry]])
    before = state(store, entry.header.record)
    with store.stores.unit():
        assert store.journal.displace(DEVICE, 1) is not None
    assert _encode(before) == kept(store, entry.header.record)
    assert before == state(store, entry.header.record)


def test_a_lowered_stamp_changes_no_state_until_it_is_merged_anew(store: Store) -> None:
    entry = first_entry(DEVICE)
    store.take([[entry]])
    before = state(store, entry.header.record)
    with store.stores.unit():
        assert store.journal.lower_stamp(entry.hash, DEVICE, 1, NOW - 9_000)
    assert before == state(store, entry.header.record)
