"""Checking vectors of the published formats, so that makers of other devices can test too."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sync.admission import BeyondReach, FactSet, Merged, may_write, merge
from sync.authority import Gift, against_grant, is_signed_too, readers
from sync.clock import pack
from sync.entry import VERSION, ZERO_HASH, Header, Seen, record_id
from sync.factbook import FactBook
from sync.facts import WORKER, Assignment, Certificate, Fact, Grant, Revocation, Withdrawal
from sync.merge import Arrival, standing
from sync.messages import Place
from sync.proving import End, by_strength, prove

TOWN: Final = "GM9901"


def merge_difference(vector: Mapping[str, Any]) -> str | None:
    """The first place where our merge of a vector differs from the published state, or nothing."""
    facts = _facts(vector["facts"])
    merged = merge([arrival for entry in vector["entries"] for arrival in _arrivals(entry)], facts)
    return first_difference(vector.get("name", "state"), vector["state"], published(merged, facts))


def published(merged: Merged, facts: FactSet) -> dict[str, Any]:
    """A merged set in the words of the vector files."""
    records = {}
    for record, state in merged.records.items():
        stands = standing(state, BeyondReach(facts))
        fields = {t.hex(): [dot.hash.hex() for dot in state.survivors(t)] for t in state.touches}
        records[record.hex()] = {"fields": fields, "deleted": stands.deleted, "contested": stands.contested}
    return {"admitted": sorted(h.hex() for h in merged.admitted), "records": records}


def _arrivals(entry: Mapping[str, Any]) -> list[Arrival]:
    """An entry as it came, once for each of its stamps."""
    observed = tuple(Seen(bytes.fromhex(d), seq, bytes.fromhex(h)) for d, seq, h in entry["observed"])
    header = Header(
        VERSION,
        "GM0000",
        bytes.fromhex(entry["device"]),
        entry["seq"],
        pack(int(entry["clock"], 16)),
        bytes.fromhex(entry["record"]),
        bytes.fromhex(entry["key"]),
        entry["act"],
        observed,
        tuple(bytes.fromhex(touch) for touch in entry["touches"]),
        None,
    )
    return [Arrival(header, bytes.fromhex(entry["hash"]), stamp) for stamp in entry["stamps"] or (None,)]


def _facts(raw: Mapping[str, Any]) -> FactSet:
    holes: dict[bytes, tuple[tuple[int, int], ...]] = {}
    for device, first, last in raw["holes"]:
        holes[bytes.fromhex(device)] = (*holes.get(bytes.fromhex(device), ()), (first, last))
    return FactSet(
        certificates=frozenset(map(bytes.fromhex, raw["certified"])),
        grants={bytes.fromhex(r): frozenset(map(bytes.fromhex, ds)) for r, ds in raw["granted"].items()},
        gifts=[_gift(*gift) for gift in raw.get("grants", ())],
        workers={bytes.fromhex(device): worker for device, worker in raw.get("workers", {}).items()},
        withdrawals=frozenset((bytes.fromhex(record), worker) for record, worker in raw.get("withdrawn", ())),
        revocations={bytes.fromhex(device): seq for device, seq in raw["revoked"].items()},
        asides=frozenset(map(bytes.fromhex, raw["set_aside"])),
        parted=frozenset((bytes.fromhex(record), bytes.fromhex(hash_)) for record, hash_ in raw.get("parted", ())),
        erasures=frozenset(map(bytes.fromhex, raw["erased"])),
        holes=holes,
        predecessors={bytes.fromhex(heir): bytes.fromhex(old) for heir, old in raw.get("succeeds", {}).items()},
    )


def _gift(record: str, key: str, by: str | None, to: str) -> Gift:
    signer = None if by is None else bytes.fromhex(by)
    return Gift(bytes.fromhex(record), bytes.fromhex(key), signer, bytes.fromhex(to))


# --- who may write, who is sent (tests/vectors/sync: grants.json, delivery.json) ---


def grants_difference(row: Mapping[str, Any]) -> str | None:
    """The first difference between the devices that may write in a record by our reckoning and by a row's."""
    book = book_of(facts_of_row(row))
    record, key = _record("r"), _wide("k")
    known = {*row["devices"], "a", *(to for _, _, _, to in row.get("grants", ()))}
    found = sorted(one for one in known if may_write(record, key, _wide(one), book))
    return first_difference(f"{row['name']}: writers", row["writers"], found)


def delivery_difference(row: Mapping[str, Any]) -> str | None:
    """The first difference in who is sent a record now, or in what is answered to a grant."""
    book, record = book_of(facts_of_row(row)), _record("r")
    sent = [chr(device[0]) for device in readers(record, map(_wide, row["holders"]), book)]
    found = {
        "sent": sent,
        "grants": [
            [by, to, against_grant(_grant("r", "k", by, to), by in row["holders"], book)]
            for by, to, _ in row.get("grants", ())
        ],
        "copies": [
            [by, to, promised, is_signed_too(_grant("r", "k", by, to), by in row["holders"], book, promised=promised)]
            for by, to, promised, _ in row.get("copies", ())
        ],
    }
    wanted = {"sent": row["sent"], "grants": row.get("grants", []), "copies": row.get("copies", [])}
    return first_difference(row["name"], wanted, found)


def proofs_difference(row: Mapping[str, Any]) -> str | None:
    """The first difference in what the ends of a revoked device's journal prove."""

    def place(pair: Sequence[Any]) -> Place:
        return Place(pair[0], _hash(pair[1]))

    links = {int(seq): {_hash(h): _hash(prev) for h, prev in there.items()} for seq, there in row["links"].items()}
    held = {int(seq): _hash(letter) for seq, letter in row["held"].items()}
    received = {int(seq): at_ms for seq, at_ms in row.get("received", {}).items()}
    ends, receipts = ([End(place(end), end[2]) for end in row.get(name, ())] for name in ("ends", "receipts"))
    ended = by_strength(ends, receipts)
    proof = prove(ended, place(row["tail"]), held.get, lambda seq: links.get(seq, {}), received.get)
    found = {"proven": proof.proven, "after": proof.tail}
    proven = {int(seq): _hash(letter) for seq, letter in row["proven"].items()}
    return first_difference(row["name"], {"proven": proven, "after": place(row["after"])}, found)


def _hash(letter: str) -> bytes:
    return ZERO_HASH if letter == "0" else letter.encode() * 32


def book_of(facts: Iterable[Fact]) -> FactBook:
    """The book of some facts."""
    book = FactBook()
    for fact in facts:
        book.add(fact)
    return book


def facts_of_row(row: Mapping[str, Any]) -> list[Fact]:
    """The facts that the letters of a row stand for; none of them is signed."""
    facts: list[Fact] = []
    for letter, worker in row["devices"].items():
        device, old = _wide(letter), row.get("succeeds", {}).get(letter)
        succeeds = None if old is None else _wide(old)
        facts.append(Certificate(TOWN, device, worker, WORKER, 1, device, device, 0, 1, succeeds))
    facts += [_grant(*grant) for grant in row.get("grants", ()) if len(grant) == len(_GRANT)]
    facts += [Withdrawal(TOWN, _record(letter), worker, 1) for letter, worker in row.get("withdrawn", ())]
    facts += [Assignment(TOWN, _record(letter), worker, 2) for letter, worker in row.get("assigned", ())]
    facts += [Revocation(TOWN, _wide(letter), 1, bytes(32), 0, 1) for letter in row.get("revoked", ())]
    for kind, worker, at_ms in row.get("said", ()):
        facts.append((Withdrawal if kind == "withdrawal" else Assignment)(TOWN, _record("r"), worker, at_ms))
    return facts


_GRANT: Final = ("record", "key", "by", "to")


def _wide(letter: str) -> bytes:
    return letter.encode() * 16


def _record(letter: str) -> bytes:
    """The record `r` is the one that device `a` makes with the key `k`; any other is nobody's."""
    return record_id(_wide("a"), _wide("k")) if letter == "r" else _wide(letter)


def _grant(record: str, key: str, by: str | None, to: str) -> Grant:
    signer = None if by is None else _wide(by)
    return Grant(TOWN, _record(record), _wide(key), _wide(to), 1, bytes(32), signer)


def first_difference(place: str, expected: Any, actual: Any) -> str | None:
    """The first place at which two values differ, or None."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted(expected.keys() | actual.keys()):
            if name not in actual or name not in expected:
                return f"{place}.{name}: {'missing' if name not in actual else 'not expected'}"
            if found := first_difference(f"{place}.{name}", expected[name], actual[name]):
                return found
        return None
    if isinstance(expected, list) and isinstance(actual, list) and place.endswith("admitted"):
        expected = sorted(expected)
    return None if expected == actual else f"{place}: expected {expected!r}, found {actual!r}"
