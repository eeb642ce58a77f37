"""The laws of facts: their order makes no difference to the book, to who may write, or to who is sent a record."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.admission import may_write
from sync.authority import readers
from sync.check_vectors import book_of
from sync.entry import record_id
from sync.factbook import FactBook
from sync.facts import (
    DESK,
    WORKER,
    Assignment,
    Certificate,
    Erasure,
    Fact,
    FormRetired,
    FormVersion,
    Grant,
    Hole,
    Keys,
    Report,
    Revocation,
    SetAside,
    Withdrawal,
)
from tests.sync.reference import facts_of

TOWN, KEY = "GM9901", b"k" * 16
DEVICES = [bytes([n]) * 16 for n in range(1, 6)]
RECORDS = [record_id(DEVICES[0], KEY), record_id(DEVICES[1], KEY)]
WORKERS = ("anna", "bert", "cees")
HASHES = [bytes([n]) * 32 for n in (7, 8)]


def fact(random: Random) -> Fact:
    """Any fact over an alphabet so small that facts meet."""
    device, other, record = random.choice(DEVICES), random.choice(DEVICES), random.choice(RECORDS)
    worker, at, hash_, n = random.choice(WORKERS), random.randrange(4), random.choice(HASHES), random.randrange(1, 4)
    by = random.choice((None, device, device))
    old = random.choice((None, None, other))
    reason = random.choice(("open", "declined"))
    kinds: list[Fact] = [
        Certificate(TOWN, device, worker, random.choice((WORKER, DESK)), 1, device, device, at, n, old),
        Certificate(TOWN, device, worker, WORKER, 1, device, device, at, n, old),
        Grant(TOWN, record, random.choice((KEY, KEY, b"x" * 16)), other, 1, hash_, by),
        Grant(TOWN, record, KEY, other, 1, hash_, device),
        Assignment(TOWN, record, worker, at),
        Withdrawal(TOWN, record, worker, at),
        Revocation(TOWN, device, n, hash_, random.randrange(2), at),
        SetAside(TOWN, record, hash_, reason, by),
        Report(TOWN, record, hash_, "open", device),
        Erasure(TOWN, record, "request", at),
        Hole(TOWN, device, n, n + 1, hash_, at),
        FormVersion(TOWN, "huisbezoek", n, hash_, at),
        FormRetired(TOWN, "huisbezoek", n, at),
        Keys(TOWN, n, hash_, hash_, 1, 1, hash_, at),
    ]
    return random.choice(kinds)


def history(seed: int, size: int = 24) -> list[Fact]:
    random = Random(seed)
    return [fact(random) for _ in range(random.randrange(size))]


def answers(book: FactBook) -> dict[str, Any]:
    """All that anybody asks a book."""
    writing = {r: [d for d in DEVICES if may_write(r, KEY, d, book)] for r in RECORDS}
    return {
        "writers": writing,
        "granted": [(r, d) for r in RECORDS for d in DEVICES if book.granted(r, d)],
        "readers": {r: readers(r, writing[r], book) for r in RECORDS},
        "passes on": [(r, d) for r in RECORDS for d in DEVICES if book.passes_on(r, d)],
        "certificates": dict(book.certificates),
        "devices": {w: sorted(c.device for c in book.all_devices_of(w)) for w in WORKERS},
        "heirs": {d: sorted(book.heirs(d)) for d in DEVICES},
        "revocations": dict(book.revocations),
        "told": {d: {*book.revocations_of(d)} for d in DEVICES},
        "aside": [(h, book.set_aside(h), book.declined(h)) for h in HASHES],
        "erased": [book.erased(r) for r in RECORDS],
        "holes": [(d, n) for d in DEVICES for n in range(6) if book.in_hole(d, n)],
        "decided": {(r, w): (book.delivers(r, w), book.decided_at(r, w)) for r in RECORDS for w in WORKERS},
        "keys": book.keys,
        "form": (book.newest_form("huisbezoek"), book.forms.get("huisbezoek"), book.in_use("huisbezoek")),
    }


SEEDS = st.integers(0, 2**32)


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_facts_in_any_order_and_repeated_give_the_same_book(seed: int) -> None:
    facts, random = history(seed), Random(seed + 1)
    road = random.sample([*facts, *facts[:3]], len(facts) + len(facts[:3]))
    assert answers(book_of(facts)) == answers(book_of(road))


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_a_book_that_grows_by_copies_leaves_those_before_as_they_were(seed: int) -> None:
    book = FactBook()
    before: list[tuple[FactBook, dict[str, Any]]] = []
    for one in history(seed, 14):
        before.append((book, answers(book)))
        book = book.copy()
        book.add(one)
    assert all(answers(kept) == said for kept, said in before)


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_the_writers_are_those_that_plain_sets_give(seed: int) -> None:
    facts = history(seed)
    book = book_of(facts)
    counted = [one for one in facts if not isinstance(one, Certificate) or book.certificates[one.device] == one]
    plain = facts_of(counted)
    for record in RECORDS:
        for device in DEVICES:
            assert may_write(record, KEY, device, plain) == may_write(record, KEY, device, book)
