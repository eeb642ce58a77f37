"""The contract of a municipality's database: subclass `Suite` and name the engine. Every one passes all of it.

What it promises is in `backend/stores/ledger.py`. What its questions answer is held against the database in memory,
which is written without SQL: after any history both say the same, inside a unit and after it.
"""

from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from random import Random
from threading import Thread
from typing import ClassVar

import pytest

from backend.errors import StoreForeign
from backend.stores.gathered import Gathered
from backend.stores.ledger import Engine, Journal, Stores
from backend.stores.rows import Account, AttachmentRow, Draft, StoredWrap, Version
from sync.audit import Wanted, faults
from sync.entry import WRAPS_MAX, Wrap
from sync.exchange import Checked
from sync.facts import Withdrawal
from sync.messages import Epoch, Place
from tests.municipality.histories import Store, first_entry, history, in_units
from tests.stores.contract.acts import Acts
from tests.stores.contract.answers import Asked, answers
from tests.stores.contract.bounds import Bounds
from tests.stores.contract.memory import IN_MEMORY
from tests.sync.test_fact_laws import DEVICES, RECORDS

RECORD, KEY, DEVICE = b"r" * 16, b"k" * 16, b"d" * 16
ASKED = Asked(DEVICES, RECORDS)
EPOCH = Epoch(b"e" * 8, b"key id 8", 2, b"sealed")
WRAP = Wrap(RECORD, KEY, b"e" * 8, bytes(12), b"w" * 48)


def elsewhere(ask: Callable[[], object]) -> object:
    """What another thread is told."""
    told: list[object] = []
    thread = Thread(target=lambda: told.append(ask()))
    thread.start()
    thread.join()
    return told[0]


def journal_kept(journal: Journal, stores: Stores) -> None:
    """What is kept of a kind is found by its id, changed, and kept no longer; another kind is another."""
    with stores.unit():
        journal.keep("person", "bert", b"1")
        journal.keep("person", "anna", b"2")
        journal.keep("person", "anna", b"3")
        journal.keep("team", "anna", b"4")
        journal.keep("team", "noord", b"5")
        journal.unkeep("team", "noord")
    assert [("anna", b"3"), ("bert", b"1")] == [*journal.kept("person").items()]
    assert (b"4", None) == (journal.kept_one("team", "anna"), journal.kept_one("team", "noord"))


class Suite(Acts, Bounds):
    """What every database does."""

    engine: ClassVar[Engine]

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "GM9901"
        folder.mkdir()
        self.engine.create(folder)
        return folder

    def opened(self, folder: Path) -> Stores:
        return self.engine.open(folder)

    # --- what it says ---

    @pytest.mark.parametrize("seed", range(4))
    def test_a_history_is_told_as_by_any_other(self, seed: int, tmp_path: Path) -> None:
        told = []
        for name, engine in (("this", self.engine), ("memory", IN_MEMORY)):
            store = Store(tmp_path / name, engine)
            in_units(Random(seed), history(seed), store)
            told.append(answers(store.stores.inner.journal, ASKED))
            store.stores.close()
        mine, other = told
        assert {} == {name: (mine[name], other[name]) for name in other if mine[name] != other[name]}

    def test_what_was_committed_is_there_for_whoever_opens_next(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "store", self.engine)
        in_units(Random(7), history(7), store)
        before = answers(store.stores.inner.journal, ASKED)
        store.stores.close()
        with closing(self.opened(tmp_path / "store")) as again:
            assert before == answers(again.journal, ASKED)
        with closing(self.engine.read(tmp_path / "store")) as reading, reading.moment():
            assert before == answers(reading.journal, ASKED)

    def test_a_rest_changes_no_answer(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "store", self.engine)
        in_units(Random(7), history(7), store)
        before = answers(store.stores.inner.journal, ASKED)
        for _ in range(2):
            store.stores.rest()
        assert before == answers(store.stores.inner.journal, ASKED)
        store.stores.rest()
        with store.stores.unit():
            store.stores.journal.set_meta("one", b"1")
            store.stores.keys.take([(DEVICE, EPOCH)], [(DEVICE, WRAP)], ())
        store.stores.rest()
        assert b"1" == store.stores.journal.meta("one") and store.stores.keys.has_wrap(RECORD)
        store.stores.close()

    # --- units ---

    def test_a_unit_that_is_abandoned_leaves_nothing(self, folder: Path) -> None:
        with closing(Gathered(self.opened(folder))) as stores:
            before = answers(stores.inner.journal, ASKED)
            with pytest.raises(KeyError), stores.unit():
                self._write(stores)
                raise KeyError
            assert before == answers(stores.inner.journal, ASKED)
            assert not stores.keys.has_wrap(RECORD)

    def test_a_part_that_fails_costs_the_others_nothing(self, folder: Path) -> None:
        def fail(stores: Gathered) -> None:
            stores.journal.set_meta("two", b"2")
            stores.keys.take((), [(DEVICE, WRAP)], ())
            stores.journal.save_tail(DEVICE, Place(2, b"2" * 32))
            raise KeyError

        with closing(Gathered(self.opened(folder))) as stores:
            with stores.unit():
                stores.journal.set_meta("one", b"1")
                stores.journal.save_tail(DEVICE, Place(1, b"1" * 32))
                done, error = stores.alone(lambda: fail(stores))
                assert done is None and isinstance(error, KeyError)
                assert ("whole", None) == stores.alone(lambda: "whole")
            assert (b"1", None) == (stores.journal.meta("one"), stores.journal.meta("two"))
            assert {DEVICE: Place(1, b"1" * 32)} == stores.journal.tails() and not stores.keys.has_wrap(RECORD)

    def test_only_who_writes_sees_what_is_not_committed(self, folder: Path) -> None:
        with closing(Gathered(self.opened(folder))) as stores:
            with stores.unit():
                self._write(stores)
                assert b"1" == stores.journal.meta("one") and 1 == stores.journal.last_seq(first_entry().header.device)
                assert elsewhere(lambda: stores.journal.meta("one")) is None
                assert 0 == elsewhere(lambda: stores.journal.last_seq(first_entry().header.device))
            stores.release()
            assert b"1" == elsewhere(lambda: stores.journal.meta("one"))

    def test_what_a_unit_gathered_is_seen_by_what_it_decides_next(self, tmp_path: Path) -> None:
        """Whether rows are written at once or at the end changes no answer."""
        store = Store(tmp_path / "store", self.engine)
        for item in history(3):
            with store.stores.unit():
                store.ledger.begin()
                if isinstance(item, list):
                    store.intake.take_entries([(checked, 1) for checked in item])
                    for checked in item:
                        gathered = self._told(store, checked)
                        store.stores.flush()
                        assert gathered == self._told(store, checked)
                else:
                    store.intake.take_fact(item, 1)
            store.ledger.adopt()
        store.stores.close()

    @staticmethod
    def _told(store: Store, checked: Checked) -> object:
        record, device, seq, journal = checked.header.record, checked.header.device, checked.header.seq, store.journal
        held = sorted(journal.held_of(record))
        named, readers = journal.entry_named(record, checked.hash), journal.readers_of(record)
        return journal.at(device, seq), named, journal.record(record), held, readers

    @staticmethod
    def _write(stores: Gathered) -> None:
        journal, entry = stores.journal, first_entry()
        journal.set_meta("one", b"1")
        journal.begin_life(b"l" * 16, 1, "set up")
        journal.audit(1, "beheer", "act", RECORDS[0], "detail")
        journal.owe([(RECORDS[0], DEVICE)])
        stores.keys.take([(DEVICE, EPOCH)], [(DEVICE, WRAP)], ())
        journal.append_entries(0, [(entry, 1)])
        journal.save_tail(entry.header.device, Place(1, entry.hash))
        journal.feed([(DEVICE, 1, b"")])

    def test_what_was_found_empty_in_a_unit_that_is_undone_is_looked_for_again(self, folder: Path) -> None:
        """A grant that is owed was forgotten: it was paid in a unit that failed, and nobody looked again."""
        with closing(self.opened(folder)) as stores:
            with stores.unit():
                stores.journal.owe([(RECORD, DEVICE)])
                stores.journal.want_wrap(RECORD)
            with pytest.raises(KeyError), stores.unit():
                stores.journal.pay([(RECORD, DEVICE)])
                assert [] == stores.journal.owed(9)
                raise KeyError
            assert [(RECORD, DEVICE)] == [row[1:] for row in stores.journal.owed(9)]

    # --- readers ---

    def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(self, folder: Path) -> None:
        with closing(self.opened(folder)) as stores, closing(self.engine.read(folder)) as reading:
            with reading.moment():
                assert reading.journal.meta("one") is None
                with stores.unit():
                    stores.journal.set_meta("one", b"1")
                assert reading.journal.meta("one") is None
            with reading.moment():
                assert b"1" == reading.journal.meta("one")
            assert [] == [fault for part in reading.parts() for fault in reading.unsound(part)]

    def test_a_copy_is_whole_while_it_is_written_to(self, folder: Path, tmp_path: Path) -> None:
        to = tmp_path / "copy"
        to.mkdir()
        with closing(Gathered(self.opened(folder))) as stores:
            with stores.unit():
                self._write(stores)
                stores.journal.attachments.keep(AttachmentRow(b"n" * 32, RECORD, DEVICE, 5), 1)
            with stores.unit():
                stores.journal.set_meta("late", b"not committed")
                stores.flush()
                self.engine.copy_journal(folder, to)
                self.engine.copy_keys(folder, to)
        assert (1, 1) == (self.engine.proved_journal(to), self.engine.proved_keys(to))
        assert {(b"n" * 32).hex()} == self.engine.attachments_in(to) and "" == self.engine.missing(to)
        with closing(self.engine.read(to)) as copy, copy.moment():
            assert (b"1", None) == (copy.journal.meta("one"), copy.journal.meta("late"))
            assert copy.keys.has_wrap(RECORD)

    def test_records_are_forgotten_in_a_folder_that_nobody_has_open(self, folder: Path) -> None:
        entry, also = first_entry(), list[Journal]()
        record = entry.header.record
        with closing(Gathered(self.opened(folder))) as stores, stores.unit():
            self._write(stores)
        assert [] == self.engine.forget_in(folder, [RECORD, record], also.append)
        with closing(self.opened(folder)) as stores_again:
            assert not stores_again.keys.has_wrap(RECORD) and 1 == len(also)

    # --- durable ---

    def test_nothing_is_durable_that_is_not_committed(self, folder: Path) -> None:
        with closing(Gathered(self.opened(folder))) as stores:
            for position in range(4):
                with stores.unit():
                    stores.journal.append_fact(position + 1, _fact(position), 1)
                assert 0 <= stores.durable(position + 1) <= position + 1

    # --- keys ---

    def test_a_store_of_another_municipality_is_refused(self, folder: Path) -> None:
        with closing(self.opened(folder)) as stores:
            stores.keys.belong_to("GM9901")
            stores.keys.belong_to("GM9901")
            with pytest.raises(StoreForeign):
                stores.keys.belong_to("GM9902")

    def test_keys_are_taken_opened_and_forgotten(self, folder: Path) -> None:
        with closing(self.opened(folder)) as stores:
            keys, sealed = stores.keys, b"sealed for a device"
            keys.take([(DEVICE, EPOCH)], [(DEVICE, WRAP)], [(RECORD, DEVICE, KEY, 2, sealed)])
            keys.take([(DEVICE, EPOCH)], [(DEVICE, WRAP)], [(RECORD, DEVICE, KEY, 2, sealed)])
            assert [StoredWrap(DEVICE, WRAP, EPOCH)] == keys.wraps_of(RECORD, KEY)
            assert {(RECORD, KEY): [StoredWrap(DEVICE, WRAP, EPOCH)]} == keys.wraps_of_many([RECORD, b"x" * 16])
            assert [(KEY, sealed)] == keys.sealed_for(RECORD, DEVICE)
            named = [(RECORD, sha256(sealed).digest()), (RECORD, b"x" * 32), (b"x" * 16, sha256(sealed).digest())]
            assert {sha256(sealed).digest(): sealed} == keys.sealed_named(DEVICE, named)
            assert {} == keys.sealed_named(DEVICE, named[1:]) == keys.sealed_named(b"x" * 16, named)
            assert 2 == keys.forget(RECORD) and 0 == keys.forget(RECORD)
            assert ([], [], False) == (
                keys.wraps_of(RECORD, KEY),
                keys.sealed_for(RECORD, DEVICE),
                keys.has_wrap(RECORD),
            )

    def test_keys_that_a_unit_gathered_are_seen_in_it(self, folder: Path) -> None:
        with closing(Gathered(self.opened(folder))) as stores, stores.unit():
            keys, sealed = stores.keys, b"sealed for a device"
            keys.take((), (), [(RECORD, DEVICE, KEY, 2, sealed)])
            assert [] == keys.wraps_of(RECORD, KEY) and [(KEY, sealed)] == keys.sealed_for(RECORD, DEVICE)
            keys.take([(DEVICE, EPOCH)], (), ())
            keys.take((), [(DEVICE, WRAP)], ())
            assert [StoredWrap(DEVICE, WRAP, EPOCH)] == keys.wraps_of(RECORD, KEY)
            keys.take((), (), [(RECORD, b"x" * 16, KEY, 2, sealed)])
            assert [StoredWrap(DEVICE, WRAP, EPOCH)] == keys.wraps_of_many([RECORD])[RECORD, KEY]

    def test_a_device_has_a_few_places_in_a_record_and_keeps_its_first_wraps(self, folder: Path) -> None:
        with closing(self.opened(folder)) as stores:
            keys, names = stores.keys, [bytes([n]) * 8 for n in range(WRAPS_MAX + 3)]
            for name in names:
                epoch = Epoch(name, b"key id 8", 2, b"sealed")
                keys.take([(DEVICE, epoch)], [(DEVICE, Wrap(RECORD, KEY, name, bytes(12), b"w" * 48))], ())
            assert names[:WRAPS_MAX] == [stored.wrap.epoch for stored in keys.wraps_of(RECORD, KEY)]

    def test_keys_that_nobody_signed_are_tried_and_dropped_or_kept(self, folder: Path) -> None:
        with closing(self.opened(folder)) as stores:
            keys = stores.keys
            junk = Epoch(EPOCH.id, EPOCH.key_id, 2, b"junk")
            assert 2 == keys.take_unsigned(DEVICE, [junk], [WRAP])
            assert 0 == keys.take_unsigned(DEVICE, [junk], [WRAP])
            assert [(RECORD, KEY)] == keys.unsigned(9) and [] == keys.unsigned(9, RECORD)
            keys.sift(RECORD, KEY, lambda stored: stored.epoch.sealed == b"sealed")
            assert ([], []) == (keys.wraps_of(RECORD, KEY), keys.unsigned(9))
            keys.take_unsigned(DEVICE, [EPOCH], [WRAP])
            keys.sift(RECORD, KEY, lambda stored: stored.epoch.sealed == b"sealed")
            assert [StoredWrap(DEVICE, WRAP, EPOCH)] == keys.wraps_of(RECORD, KEY) and [] == keys.unsigned(9)

    # --- beside the log ---

    def test_forms_accounts_attachments_and_the_audit_are_kept(self, folder: Path) -> None:
        with closing(self.opened(folder)) as stores:
            journal = stores.journal
            with stores.unit():
                journal.shelf.propose(Draft("bezoek", 1, b"{}", 1, "anna", "College", ""))
                journal.shelf.keep(Version("bezoek", 1, b"d" * 32, b"{}", 1, None, "anna", "", "College", "", "[]"))
                journal.shelf.keep(Version("bezoek", 2, b"e" * 32, b"{2}", 2, None, "anna", "", "College", "", "[]"))
                journal.shelf.retire("bezoek", 1, 3)
                journal.keep_account(Account("anna", "admin", 1, ""))
                journal.keep_account(Account("anna", "other", 2, "x"))
                journal.confirm_account("anna", "bert")
                for number in range(3):
                    journal.audit(number, "anna", "act", RECORD if number else None, "x" * 900)
                journal.attachments.keep(AttachmentRow(b"n" * 32, RECORD, DEVICE, 5), 7)
                journal.attachments.keep(AttachmentRow(b"n" * 32, RECORD, b"other", 9), 8)
            assert ([], [1, 2]) == (journal.shelf.drafts(), [v.version for v in journal.shelf.versions("bezoek")])
            assert (b"{2}", None) == (journal.shelf.document("bezoek", 2), journal.shelf.document("bezoek", 1 << 70))
            assert [(1, 3), (2, None)] == [(v.version, v.retired_ms) for v in journal.shelf.versions("bezoek")]
            assert [2] == [v.version for v in journal.shelf.newest()]
            assert [Account("anna", "admin", 1, "bert")] == journal.accounts()
            assert [] == [*faults(journal.audit_chain(), [])] and 3 == journal.audit_end()[0]
            assert [3, 2] == [line.number for line in journal.audit_lines(RECORD, 9)]
            for wanted in (
                Wanted(), Wanted(staff="anna"), Wanted(staff="bert"), Wanted(acts=("act", "other"), before=3),
                Wanted(record=RECORD), Wanted(since_ms=1, until_ms=2),
                Wanted(staff="anna", acts=("act",), record=RECORD, since_ms=2, before=9),
            ):  # fmt: skip
                every = [line for line in journal.audit_lines(None, 99) if wanted.fits(line)]
                assert every[:2] == journal.audit_page(wanted, 2)
            journal_kept(journal, stores)
            assert AttachmentRow(b"n" * 32, RECORD, DEVICE, 5) == journal.attachments.find(b"n" * 32)
            assert (5, 0) == (
                journal.attachments.brought_since(DEVICE, 7),
                journal.attachments.brought_since(DEVICE, 8),
            )
            journal.attachments.keep(AttachmentRow(b"m" * 32, RECORD, DEVICE, 7), 9)
            for after, until, names in ((0, 99, b"nm"), (7, 9, b"m"), (6, 8, b"n"), (9, 99, b""), (9, 7, b"")):
                assert [*names] == [row.name[0] for row, _ in journal.attachments.between(after, until)]
            assert [7, 9] == [at for _, at in journal.attachments.between(0, 99)]
            journal.attachments.drop(b"m" * 32)
            assert [b"n" * 32] == journal.attachments.names()


def _fact(number: int) -> Withdrawal:
    return Withdrawal("GM9901", RECORD, "anna", number)
