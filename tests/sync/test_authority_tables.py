"""Who may say what, whose grants count and who is sent a record: the tables, and the faults that they find."""

import json
from collections.abc import Mapping
from itertools import islice, permutations
from pathlib import Path
from typing import Any, Final

import pytest

from backend.check_vectors import facts_difference
from backend.signing import key_of
from crypto.errors import CryptoError
from crypto.keys import VerifyKey
from sync.admission import FactSet, may_write
from sync.authority import MUNICIPALITY, Gift, Signer, readers, signer_of
from sync.check_vectors import book_of, delivery_difference, facts_of_row, grants_difference
from sync.entry import record_id
from sync.factbook import FactBook
from sync.facts import (
    Fact,
    Grant,
    Hole,
    Report,
    SetAside,
    decode_fact,
    purpose_of,
    signed_fields,
)
from tests.sync.facts_made import made, public

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "sync"
RECORD: Final = record_id(b"a" * 16, b"k" * 16)
Row = Mapping[str, Any]


def table(name: str) -> list[Row]:
    rows: list[Row] = json.loads((VECTORS / f"{name}.json").read_text())
    return rows


def named(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", table(name), ids=lambda row: row["name"])


# --- grants.json ---


@named("grants")
def test_who_may_write_is_what_the_table_says(row: Row) -> None:
    assert grants_difference(row) is None


@named("grants")
def test_facts_in_any_order_open_a_record_to_the_same_devices(row: Row) -> None:
    for facts in islice(permutations(facts_of_row(row)), 0, 5_000, 7):
        book = book_of(facts)
        assert row["writers"] == [d for d in "abcdefg" if may_write(RECORD, b"k" * 16, d.encode() * 16, book)]


@named("grants")
def test_plain_sets_say_the_same_as_the_book(row: Row) -> None:
    def wide(letter: str) -> bytes:
        return letter.encode() * 16

    def record(letter: str) -> bytes:
        return RECORD if letter == "r" else wide(letter)

    facts = FactSet(
        certificates=frozenset(map(wide, row["devices"])),
        gifts=[Gift(record(r), wide(k), by and wide(by), wide(to)) for r, k, by, to in row.get("grants", ())],
        workers={wide(device): worker for device, worker in row["devices"].items()},
        withdrawals=frozenset((record(r), worker) for r, worker in row.get("withdrawn", ())),
        revocations=dict.fromkeys(map(wide, row.get("revoked", ())), 1),
        predecessors={wide(heir): wide(old) for heir, old in row.get("succeeds", {}).items()},
    )
    assert row["writers"] == [d for d in "abcdefg" if may_write(RECORD, b"k" * 16, wide(d), facts)]


GRANT_FAULTS: Final = (
    "one pass in the order of coming",
    "anybody's grants count",
    "a circle vouches for itself",
    "the municipality's count no longer than the devices'",
    "withdrawn signers count",
    "an assignment gives a withdrawn signer back",
    "a withdrawal is the device's and not the worker's",
    "a withdrawal anywhere ends all grants",
    "revoked signers count",
    "uncertified signers count",
    "uncertified grantees do not",
    "a withdrawal ends writing",
    "a revocation ends writing from the first",
    "heirs have nothing",
    "an heir has what its predecessor has, and not the one before",
    "a predecessor has what its heir has",
    "a worker's devices are one",
    "a grant of any record counts",
    "the maker may name any key",
)


def _line(device: str, row: Row, fault: str) -> list[str]:
    """The devices whose records a device has: its own, its predecessors'."""
    devices, heirs = row["devices"], row.get("succeeds", {})
    line: list[str] = []
    one: str | None = device
    while one is not None and one not in line and not (line and fault == "heirs have nothing"):
        line.append(one)
        one = heirs.get(one)
    if fault == "an heir has what its predecessor has, and not the one before":
        line = line[:2]
    if fault == "a predecessor has what its heir has":
        line += [heir for heir, old in heirs.items() if old == device]
    if fault == "a worker's devices are one":
        line += [other for other in devices if devices[other] == devices.get(device)]
    return line


def writers(row: Row, fault: str = "") -> list[str]:
    """The devices that may write in `r`, reckoned with plain sets; with one fault in it."""
    devices, anywhere = row["devices"], fault == "a withdrawal anywhere ends all grants"
    withdrawn = {worker for record, worker in row.get("withdrawn", ()) if record == "r" or anywhere}
    if fault == "an assignment gives a withdrawn signer back":
        withdrawn -= {worker for _, worker in row.get("assigned", ())}
    grants = [grant for grant in row.get("grants", ()) if grant[0] == "r" or fault == "a grant of any record counts"]
    may: set[str] = {grant[3] for grant in grants} if fault == "a circle vouches for itself" else set()

    def has(device: str, key: str) -> bool:
        made_it = key == "k" or fault == "the maker may name any key"
        return any(one in may or (one == "a" and made_it) for one in _line(device, row, fault))

    def counts(grant: list[Any]) -> bool:
        _, key, by, to = grant
        if fault == "uncertified grantees do not" and to not in devices:
            return False
        if by is None:
            ends = [g[2] in row.get("revoked", ()) for g in grants if g[2] is not None and g[3] == to]
            return not (fault == "the municipality's count no longer than the devices'" and any(ends))
        gone = devices.get(by) in withdrawn and fault != "withdrawn signers count"
        if fault == "a withdrawal is the device's and not the worker's":
            gone = gone and list(devices.values()).count(devices[by]) == 1
        ended = by in row.get("revoked", ()) and fault != "revoked signers count"
        vouched = by in devices or fault == "uncertified signers count"
        return vouched and not gone and not ended and (fault == "anybody's grants count" or has(by, key))

    for _ in range(1 if fault == "one pass in the order of coming" else len(grants) + 1):
        for grant in grants:
            if counts(grant):
                may.add(grant[3])
        if fault == "a circle vouches for itself":
            may = {grant[3] for grant in grants if counts(grant)}
    found = [device for device in "abcdefg" if has(device, "k")]
    if fault == "a withdrawal ends writing":
        found = [device for device in found if devices.get(device) not in withdrawn]
    if fault == "a revocation ends writing from the first":
        found = [device for device in found if device not in row.get("revoked", ())]
    return found


@named("grants")
def test_a_reckoning_with_plain_sets_agrees(row: Row) -> None:
    assert row["writers"] == writers(row)


@pytest.mark.parametrize("fault", GRANT_FAULTS)
def test_a_fault_in_the_counting_of_grants_is_found(fault: str) -> None:
    assert [row["name"] for row in table("grants") if row["writers"] != writers(row, fault)]


# --- delivery.json ---


@named("delivery")
def test_who_is_sent_a_record_is_what_the_table_says(row: Row) -> None:
    assert delivery_difference(row) is None


@named("delivery")
def test_facts_in_any_order_deliver_to_the_same_devices(row: Row) -> None:
    for facts in permutations(facts_of_row(row)):
        sent = readers(RECORD, [letter.encode() * 16 for letter in row["holders"]], book_of(facts))
        assert row["sent"] == [chr(device[0]) for device in sent]


DELIVERY_FAULTS: Final = (
    "nothing is ever ended",
    "a withdrawal is for ever",
    "the last that came decides",
    "of the same time the assignment",
    "a withdrawal at zero is none",
    "an assignment opens a record by itself",
    "an assignment gives a revoked device its records back",
    "any worker's word ends everybody's",
    "a withdrawal ends one device",
    "the maker keeps its record",
    "uncertified devices are sent it",
    "revoked devices are sent it",
)


def sent(row: Row, fault: str = "") -> list[str]:
    """The devices that are sent `r` now, reckoned with plain sets; with one fault in it."""
    devices, said = row["devices"], row.get("said", [])

    def ends(worker: str | None) -> bool:
        words = [(at, kind) for kind, of, at in said if of == worker or fault == "any worker's word ends everybody's"]
        if not words or fault == "nothing is ever ended":
            return False
        if fault == "a withdrawal is for ever":
            return any(kind == "withdrawal" for _, kind in words)
        if fault == "the last that came decides":
            return bool(words[-1][1] == "withdrawal")
        order = {
            "assignment": int(fault == "of the same time the assignment"),
            "withdrawal": int(fault != "of the same time the assignment"),
        }
        at, kind = max(words, key=lambda word: (word[0], order[word[1]]))
        return kind == "withdrawal" and not (fault == "a withdrawal at zero is none" and at == 0)

    holders = list(row["holders"])
    if fault == "an assignment opens a record by itself":
        holders += [d for d in devices if d not in holders and ["assignment", devices[d]] in [s[:2] for s in said]]
    found = []
    for device in holders:
        known = device in devices or fault == "uncertified devices are sent it"
        revoked = device in row.get("revoked", ()) and fault != "revoked devices are sent it"
        if fault == "an assignment gives a revoked device its records back" and any(
            s[:2] == ["assignment", devices.get(device)] for s in said
        ):
            revoked = False
        over = ends(devices.get(device))
        if (
            fault == "a withdrawal ends one device"
            and next(h for h in holders if devices.get(h) == devices.get(device)) != device
        ):
            over = False
        if fault == "the maker keeps its record" and device == "a":
            over = False
        if known and not revoked and not over:
            found.append(device)
    return found


@named("delivery")
def test_a_reckoning_of_delivery_with_plain_sets_agrees(row: Row) -> None:
    assert row["sent"] == sent(row)


@pytest.mark.parametrize("fault", DELIVERY_FAULTS)
def test_a_fault_in_delivery_is_found(fault: str) -> None:
    assert [row["name"] for row in table("delivery") if row["sent"] != sent(row, fault)]


TAKING_FAULTS: Final = (
    "access is named before what is never taken",
    "a loss is named where somebody had it",
    "own workers are granted records",
    "anybody is granted records",
    "who lost the record grants it",
    "a promise is none",
    "a promise needs no writer",
    "whoever may write is signed for",
)


def taken(row: Row, fault: str = "") -> list[list[Any]]:
    """What is answered to each grant, and whether each copy is signed, reckoned with plain sets."""
    devices, revoked, writers = row["devices"], row.get("revoked", ()), row["holders"]
    keep = sent({**row, "holders": [*devices]})

    def code(by: str, to: str) -> str | None:
        never = None
        if (to not in devices or to in revoked) and fault != "anybody is granted records":
            never = "device-unknown"
        elif devices.get(to) == devices.get(by) and fault != "own workers are granted records":
            never = "own-worker"
        elif by in devices and by not in keep and fault != "who lost the record grants it":
            never = "withdrawn"
        access = None if by in writers and by in devices else "no-access"
        first, then = (access, never) if fault == "access is named before what is never taken" else (never, access)
        if fault == "a loss is named where somebody had it" and never == "withdrawn":
            first, then = access, never
        return "device-revoked" if by in revoked else first or then

    def signed(by: str, promised: bool) -> bool:
        if promised and fault != "a promise is none":
            return by in writers or fault == "a promise needs no writer"
        return by in writers and (by in sent(row) or fault == "whoever may write is signed for")

    grants = [[by, to, code(by, to)] for by, to, _ in row.get("grants", ())]
    return [*grants, *([by, to, said, signed(by, said)] for by, to, said, _ in row.get("copies", ()))]


@named("delivery")
def test_a_reckoning_of_taking_with_plain_sets_agrees(row: Row) -> None:
    assert [*row.get("grants", ()), *row.get("copies", ())] == taken(row)


@pytest.mark.parametrize("fault", TAKING_FAULTS)
def test_a_fault_in_the_taking_of_grants_is_found(fault: str) -> None:
    wanted = [[*row.get("grants", ()), *row.get("copies", ())] for row in table("delivery")]
    assert wanted != [taken(row, fault) for row in table("delivery")]


# --- facts.json ---


def test_the_facts_are_what_the_script_makes_of_the_protocol() -> None:
    assert made() == table("facts")


@pytest.mark.parametrize("number", range(len(table("facts"))))
def test_each_fact_is_said_by_whom_the_table_names(number: int) -> None:
    assert facts_difference(table("facts")[number]) is None


def test_each_row_of_the_protocol_has_a_fact_that_counts_and_one_that_does_not() -> None:
    seen = {(purpose_of(decode_fact(bytes.fromhex(r["fact"]))), r["genuine"]) for r in table("facts")[0]["facts"]}
    tags = set(map(purpose_of_kind, Fact.__args__))
    assert {(tag, genuine) for tag in tags for genuine in (True, False)} == seen


def purpose_of_kind(kind: Any) -> str:
    return str(kind.__struct_config__.tag)


FACT_FAULTS: Final = (
    "the signing key signs holes",
    "the receipt key signs whatever the municipality says",
    "a worker's device sets entries aside",
    "the municipality signs for devices",
    "an uncertified device speaks for itself",
    "a device signs what names nobody",
    "a report counts by whoever brings it",
    "a signature counts for every purpose",
    "what was signed may be changed",
)


def judged(fact: Fact, book: FactBook, fault: str, stranger: bytes) -> bool:
    """Whether a fact is taken for genuine by a reader with one fault in it."""
    signers: list[Signer | None] = [signer_of(fact, book)]
    by = getattr(fact, "by", None)
    if fault == "the signing key signs holes" and isinstance(fact, Hole):
        signers = [MUNICIPALITY]
    if fault == "the receipt key signs whatever the municipality says" and signers == [MUNICIPALITY]:
        signers.append("receipt")
    if fault == "a worker's device sets entries aside" and isinstance(fact, SetAside):
        signers.append(by)
    if fault == "the municipality signs for devices" and isinstance(fact, Grant | SetAside | Report):
        signers.append(MUNICIPALITY)
    if (fault == "a device signs what names nobody" and isinstance(fact, Grant | SetAside) and by is None) or (
        fault == "a report counts by whoever brings it" and isinstance(fact, Report)
    ):
        signers += book.certificates
    if fault == "an uncertified device speaks for itself" and by is not None and not book.certified(by):
        return _fits(fact, stranger, "")
    keys = [key_of(signer, book) for signer in signers]
    return any(key is not None and _fits(fact, key.public, fault) for key in keys)


def _fits(fact: Fact, public: bytes, fault: str) -> bool:
    purposes = (
        map(purpose_of_kind, Fact.__args__) if fault == "a signature counts for every purpose" else [purpose_of(fact)]
    )
    for purpose in purposes:
        try:
            VerifyKey(public).verify(fact.sig, purpose, *signed_fields(fact))
        except CryptoError:
            continue
        return True
    return fault == "what was signed may be changed" and len(fact.sig) == 64 and not isinstance(fact, Hole)


def _misjudged(fault: str) -> list[str]:
    vector = table("facts")[0]
    book = book_of(decode_fact(bytes.fromhex(raw)) for raw in (vector["keys"], *vector["certificates"]))
    return [
        row["name"]
        for row in vector["facts"]
        if row["genuine"] != judged(decode_fact(bytes.fromhex(row["fact"])), book, fault, public("stranger"))
    ]


def test_a_reader_without_a_fault_judges_each_fact_rightly() -> None:
    assert [] == _misjudged("")


@pytest.mark.parametrize("fault", FACT_FAULTS)
def test_a_fault_in_who_may_say_what_is_found(fault: str) -> None:
    assert _misjudged(fault)
