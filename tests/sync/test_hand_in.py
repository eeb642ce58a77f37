"""Every row of tests/vectors/sync/handin.json: what becomes of a hand-in, decided without a store."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync.entry import Entry, body_hash_of, encode_header, entry_hash, header_of
from sync.handin import decide_hand_in, read_entries, receipted
from sync.messages import Place

TABLE = json.loads((Path(__file__).parents[1] / "vectors" / "sync" / "handin.json").read_text())
DEVICE, OTHER, RECORD, ERASED = (bytes([n]) * 16 for n in range(1, 5))


class Letters:
    """Real entries for the letters of a row: a letter's hash is that of the entry which the row makes of it."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.hashes = {"0": bytes(32)}
        self.entries = [self.entry(*parts) for parts in row["entries"]]

    def hash(self, letter: str) -> bytes:
        return self.hashes.setdefault(letter, letter.encode() * 32)

    def entry(self, seq: int, prev: str, letter: str, fault: str) -> Entry:
        device, record = OTHER if fault == "device" else DEVICE, ERASED if fault == "erased" else RECORD
        touch = (letter.encode() * 8,)
        header = encode_header(header_of("GM9901", device, seq, 1 << 16, record, bytes(16), "write", touches=touch))
        bare = fault in ("bare", "erased")
        sig = bytes(64) if fault == "sig" else b"\x01" * 64
        entry = Entry(self.hash(prev), header, None if bare else b"x", bytes(32) if bare else None, sig)
        self.hashes[letter] = entry_hash(entry.prev, entry.header, body_hash_of(entry))
        return entry


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_a_hand_in_is_decided_as_the_table_says(row: dict[str, Any]) -> None:
    letters, expect = Letters(row), row["expect"]
    tail = Place(row["tail"][0], letters.hash(row["tail"][1]))
    held = {int(seq): letters.hash(letter) for seq, letter in row["held"].items()}
    read = read_entries(letters.entries, "GM9901", DEVICE, lambda sig, _: sig != bytes(64), lambda r: r == ERASED)
    found = decide_hand_in(read, tail, held.get, row.get("last_good"))
    for name in ("fresh", "known", "forked", "apart"):
        assert expect.get(name, []) == [item.header.seq for item in getattr(found, name)], name
    assert expect["bad"] == {str(entry.seq): entry.status for entry in read.bad}
    assert Place(expect["tail"][0], letters.hash(expect["tail"][1])) == found.tail
    last = expect["receipt"]
    assert (last and Place(last[0], letters.hash(last[1]))) == receipted(read, found)
