"""The journal of a server equals the pure rule: whatever came in whatever order, who may write and who is sent what."""

from pathlib import Path
from random import Random
from typing import Final

import pytest

from sync.facts import DESK, Fact, SetAside, Withdrawal
from tests.municipality.histories import NOW, Store, certificate, first_entry, grant, history, in_units, revoked
from tests.stores.contract.engines import ENGINES
from tests.sync.test_fact_laws import DEVICES, RECORDS, TOWN

ENDS: Final = (revoked(DEVICES[4]), Withdrawal(TOWN, RECORDS[0], "kees", NOW))


@pytest.mark.parametrize("end", ENDS, ids=("revoked", "withdrawn"))
def test_an_entry_counts_again_when_whoever_set_it_aside_is_ended(end: Fact, tmp_path: Path) -> None:
    entry, desk = first_entry(), DEVICES[4]
    store = Store(tmp_path / "store", ENGINES["sqlite"])
    aside = SetAside(TOWN, RECORDS[0], entry.hash, "open", desk)
    store.take([certificate(DEVICES[0], "anna"), certificate(desk, "kees", DESK), [entry], aside])
    assert {entry.hash: "set-aside"} == store.found()["held"]
    store.take([end])
    assert {} == store.found()["held"]
    assert store.expected() == store.found()


def test_a_device_that_is_certified_late_is_sent_what_it_was_granted(tmp_path: Path) -> None:
    anna, bert, heir = DEVICES[0], DEVICES[1], DEVICES[2]
    store = Store(tmp_path / "store", ENGINES["sqlite"])
    store.take([certificate(anna, "anna"), [first_entry()], grant(bert, None)])
    assert {anna} == store.found()["readers"][RECORDS[0]]
    store.take([certificate(bert, "bert")])
    assert {anna, bert} == store.found()["readers"][RECORDS[0]]
    store.take([certificate(heir, "bert", succeeds=bert)])
    assert {anna, bert, heir} == store.found()["readers"][RECORDS[0]]


def test_a_revoked_heir_is_no_reader_of_what_its_predecessors_made(tmp_path: Path) -> None:
    first, second, third = DEVICES[:3]
    store = Store(tmp_path / "store", ENGINES["sqlite"])
    heirs = [certificate(second, "anna", succeeds=first), certificate(third, "anna", succeeds=second)]
    store.take([certificate(first, "anna"), [first_entry()], *heirs])
    store.take([revoked(third)])
    assert {first, second} == store.found()["readers"][RECORDS[0]]


def test_what_an_heir_granted_counts_when_the_certificate_between_comes_last(tmp_path: Path) -> None:
    first, second, third, bert = DEVICES[:4]
    store = Store(tmp_path / "store", ENGINES["sqlite"])
    store.take([certificate(first, "anna"), [first_entry()], certificate(third, "anna", succeeds=second)])
    store.take([certificate(bert, "bert"), grant(bert, third)])
    assert set() == store.found()["granted"][RECORDS[0]]
    store.take([certificate(second, "anna", succeeds=first)])
    assert {bert} == store.found()["granted"][RECORDS[0]]
    assert store.expected() == store.found()


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("part", range(6))
def test_the_journal_says_what_the_set_of_facts_and_entries_means(part: int, name: str, tmp_path: Path) -> None:
    for seed in range(part * 15, part * 15 + 15):
        store = Store(tmp_path / str(seed), ENGINES[name])
        in_units(Random(seed), history(seed), store)
        assert store.expected() == store.found(), seed
        store.stores.close()
