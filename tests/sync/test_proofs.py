"""What the ends of a revoked device's journal prove: the table, a reckoning in another style, and planted faults."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from sync.check_vectors import proofs_difference
from sync.messages import Place
from sync.proving import where_it_ends

TABLE: Final = json.loads((Path(__file__).parents[1] / "vectors" / "sync" / "proofs.json").read_text())
Row = dict[str, Any]
named = pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])

FAULTS: Final = (
    "any signed entry is proven",
    "what came first stays",
    "the last end is the strongest",
    "the smallest end is the strongest",
    "a receipt is stronger than an end",
    "an end that is missing moves the tail",
    "a gap is no hindrance to the tail",
    "a false journal stays unbroken",
    "a false journal ends at the beginning",
    "what follows is not looked at",
    "what does not follow is taken along",
    "below the end the tail moves over what is held",
    "a weaker chain is not looked at",
    "the chain stops before the first entry",
    "an end denies what was received before",
    "received in the moment of the end is after it",
    "what was handed in is as firm as the journal",
)


def ends_of(row: Row, fault: str) -> list[Any]:
    """The ends of a row, in the order in which they are looked at."""
    signed = sorted(row["ends"], key=lambda end: (end[2], end[0], end[1]))
    if fault == "the smallest end is the strongest":
        signed = sorted(row["ends"])
    receipts: list[Any] = row.get("receipts", [])
    ends = [*receipts, *signed] if fault == "a receipt is stronger than an end" else [*signed, *receipts]
    ends = ends[::-1] if fault == "the last end is the strongest" else ends
    return ends[:1] if fault == "a weaker chain is not looked at" else ends


def reckoned(row: Row, fault: str = "") -> tuple[dict[str, str], list[Any]]:
    """What is proven and where the tail is after it, step by step, with one fault in it."""
    held, links = row["held"], row["links"]
    seq_of_tail = row["tail"][0]
    ends = ends_of(row, fault)
    proven: dict[str, str] = {}
    joined: list[Any] = [0, "0"]
    for top, name, at_ms in ends:
        seq, wanted, comes_down = top, name, False
        while seq > 0:
            at = str(seq)
            unbroken = [seq, wanted] == row["tail"] or (seq <= seq_of_tail and held.get(at) == wanted)
            if at in proven:
                comes_down = proven[at] == wanted and seq <= joined[0]
                break
            if unbroken:
                comes_down = True
                break
            stamp = row.get("received", {}).get(at, 1 << 60)
            early = stamp < at_ms if fault == "received in the moment of the end is after it" else stamp <= at_ms
            in_journal = seq <= seq_of_tail or fault == "what was handed in is as firm as the journal"
            if early and in_journal and at in held and fault != "an end denies what was received before":
                break
            there = links.get(at, {})
            if wanted not in there and fault == "any signed entry is proven" and there:
                wanted = min(there)
            if wanted not in there or (fault == "the chain stops before the first entry" and seq == 1):
                comes_down = fault == "a gap is no hindrance to the tail" and seq < top
                comes_down = comes_down or (fault == "an end that is missing moves the tail" and seq == top)
                break
            if not (fault == "what came first stays" and at in held):
                proven[at] = wanted
            seq, wanted = seq - 1, there[wanted]
        if (comes_down or seq == 0) and top > joined[0]:
            joined = [top, name]
    false = [int(at) for at, name in proven.items() if int(at) <= seq_of_tail and held.get(at) != name]
    tail = list(row["tail"])
    if false and fault != "a false journal stays unbroken":
        before = 0 if fault == "a false journal ends at the beginning" else min(false) - 1
        tail = [before, held[str(before)] if before else "0"]
    tail = joined if joined[0] > tail[0] else tail
    over = fault == "below the end the tail moves over what is held"
    while (tail[0] >= ends_of(row, "")[0][0] or over) and fault != "what follows is not looked at":
        at = str(tail[0] + 1)
        above = proven.get(at) or held.get(at)
        follows = above is not None and links.get(at, {}).get(above) == tail[1]
        if not follows and not (above is not None and fault == "what does not follow is taken along"):
            break
        tail = [tail[0] + 1, above]
    return proven, tail


@named
def test_the_chain_proves_what_the_table_says(row: Row) -> None:
    assert proofs_difference(row) is None


@named
def test_a_reckoning_step_by_step_agrees(row: Row) -> None:
    assert (row["proven"], row["after"]) == reckoned(row)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_proving_is_found(fault: str) -> None:
    assert [row["name"] for row in TABLE if (row["proven"], row["after"]) != reckoned(row, fault)]


@pytest.mark.parametrize(
    ("ended", "said", "place"),
    [
        (None, None, (4, "d")),
        (None, 2, (2, "b")),
        (None, 9, (4, "d")),
        ((3, "c"), None, (3, "c")),
        ((3, "c"), 9, (3, "c")),
        ((3, "c"), 2, (2, "b")),
        ((3, "y"), 3, (3, "y")),
        ((6, "f"), 4, (4, "0")),
        ((6, "f"), 5, (5, "0")),
        ((6, "f"), None, (6, "f")),
    ],
)
def test_who_has_ended_ends_there_or_before(ended: Any, said: int | None, place: Any) -> None:
    """`c` and `d` came beyond the tail, of whoever; a name that nothing here has proves nothing."""
    held = {1: b"a", 2: b"b", 3: b"x", 4: b"d"}
    before = None if ended is None else Place(ended[0], ended[1].encode())
    found = where_it_ends(before, Place(2, b"b"), 4, held.get, said)
    assert (place[0], bytes(32) if place[1] == "0" else place[1].encode()) == (found.seq, found.hash)


def test_an_end_in_a_hole_is_the_holes_last_hash() -> None:
    assert Place(5, b"e") == where_it_ends(None, Place(5, b"e"), 2, {1: b"a", 2: b"b"}.get)
