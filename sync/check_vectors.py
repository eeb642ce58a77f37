"""Checking merge vectors of the published format, so that makers of other devices can test too."""

from collections.abc import Mapping
from typing import Any

from sync.admission import FactSet, Merged, merge
from sync.clock import pack
from sync.entry import VERSION, Header, Seen
from sync.merge import Arrival, standing


def merge_difference(vector: Mapping[str, Any]) -> str | None:
    """The first place where our merge of a vector differs from the published state, or nothing."""
    facts = _facts(vector["facts"])
    merged = merge([_arrival(entry) for entry in vector["entries"]], facts)
    return _first_difference("state", vector["state"], published(merged, facts))


def published(merged: Merged, facts: FactSet) -> dict[str, Any]:
    """A merged set in the words of the vector files."""
    records = {}
    for record, state in merged.records.items():
        stands = standing(state, facts.in_hole)
        fields = {t.hex(): [dot.hash.hex() for dot in state.survivors(t)] for t in state.touches}
        records[record.hex()] = {"fields": fields, "deleted": stands.deleted, "contested": stands.contested}
    return {"admitted": sorted(h.hex() for h in merged.admitted), "records": records}


def _arrival(entry: Mapping[str, Any]) -> Arrival:
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
    return Arrival(header, bytes.fromhex(entry["hash"]), min(entry["stamps"], default=None))


def _facts(raw: Mapping[str, Any]) -> FactSet:
    holes: dict[bytes, tuple[tuple[int, int], ...]] = {}
    for device, first, last in raw["holes"]:
        holes[bytes.fromhex(device)] = (*holes.get(bytes.fromhex(device), ()), (first, last))
    return FactSet(
        certificates=frozenset(map(bytes.fromhex, raw["certified"])),
        grants={bytes.fromhex(r): frozenset(map(bytes.fromhex, ds)) for r, ds in raw["granted"].items()},
        revocations={bytes.fromhex(device): seq for device, seq in raw["revoked"].items()},
        asides=frozenset(map(bytes.fromhex, raw["set_aside"])),
        erasures=frozenset(map(bytes.fromhex, raw["erased"])),
        holes=holes,
    )


def _first_difference(place: str, expected: Any, actual: Any) -> str | None:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted(expected.keys() | actual.keys()):
            if name not in actual or name not in expected:
                return f"{place}.{name}: {'missing' if name not in actual else 'not expected'}"
            if found := _first_difference(f"{place}.{name}", expected[name], actual[name]):
                return found
        return None
    if isinstance(expected, list) and isinstance(actual, list) and place.endswith("admitted"):
        expected = sorted(expected)
    return None if expected == actual else f"{place}: expected {expected!r}, found {actual!r}"
