"""Checking the tables of decisions in tests/vectors/sync, row by row (the README beside them says what each holds)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from sync import clock
from sync.authority import finishes_upload
from sync.check_vectors import TOWN, first_difference
from sync.device import Pen, Reissued, take_in_header
from sync.entry import Entry, Seen, Wrap, body_hash_of, encode_header, entry_hash, header_of, parse_header
from sync.errors import MalformedHeader, SyncError
from sync.exchange import Checked, Cursor, Refused, check_entry, check_push, check_request, decide_push, was_restored
from sync.facts import Erasure, Grant
from sync.handin import decide_hand_in, read_entries, receipted
from sync.messages import Epoch, Place, Receipt, ReportNote, SealedGrant, SyncRequest, check_time

NOW: Final = 1_772_600_000_000
Row = Mapping[str, Any]


def wide(letter: str) -> bytes:
    """The hash that a letter of the tables stands for."""
    return bytes(32) if letter == "0" else letter.encode() * 32


def place(pair: Any) -> Place | None:
    """The place that a seq and a letter stand for."""
    return None if pair is None else Place(pair[0], wide(pair[1]))


def _letters(found: Place | None) -> list[Any] | None:
    return None if found is None else [found.seq, _letter(found.hash)]


def _letter(hash_: bytes) -> str:
    return "0" if hash_ == bytes(32) else hash_[:1].decode()


def header_difference(row: Row) -> str | None:
    """A header is read and encodes to the same bytes, or its malformed member is named."""
    found: dict[str, Any] = {"error": None, "member": None}
    raw = bytes.fromhex(row["header"])
    try:
        if raw != encode_header(parse_header(raw)):
            return f"{row['name']}.header: other bytes"
    except MalformedHeader as error:
        found = {"error": error.code, "member": error.facts["member"]}
    return first_difference(row["name"], {"error": row["error"], "member": row["member"]}, found)


def chain_difference(row: Row) -> str | None:
    """A push is read, or its first fault named."""
    entries = msgspec.msgpack.decode(bytes.fromhex(row["entries"]), type=tuple[Entry, ...])
    try:
        read = check_push(entries, row["municipality"], bytes.fromhex(row["device"]))
    except Refused as error:
        return first_difference(f"{row['name']}.refused", row["refused"], {"code": error.cause.code, "seq": error.seq})
    if list(entries) != [item.entry for item in read]:
        return f"{row['name']}.entries: other entries"
    return first_difference(f"{row['name']}.refused", row["refused"], None)


def push_difference(row: Row) -> str | None:
    """Compare the outcome of a push."""
    held = {int(seq): wide(letter) for seq, letter in row["held"].items()}
    pushed = []
    for seq, prev, letter in row["pushed"]:
        header = header_of(TOWN, bytes(16), seq, NOW << 16, bytes(16), bytes(16), "write", touches=(bytes(8),))
        pushed.append(Checked(Entry(wide(prev), b"", b"", None, bytes(64)), header, wide(letter), bytes(32)))
    gone, tail = place(row["gone"]), place(row["tail"])
    receipt = Receipt(TOWN, bytes(16), bytes(16), gone.seq, gone.hash, NOW, bytes(64)) if gone is not None else None
    assert tail is not None
    found = decide_push(pushed, tail, held.get, place(row["head"]), receipt)
    hole = found.hole and [found.hole.first, found.hole.last, _letter(found.hole.last_hash)]
    decided = {
        **{name: [item.header.seq for item in getattr(found, name)] for name in ("fresh", "known", "forked")},
        "tail": _letters(found.tail), "fork": _letters(found.fork), "wanted": found.wanted, "hole": hole,
    }  # fmt: skip
    return first_difference(row["name"], row["expect"], decided)


def life_difference(row: Row) -> str | None:
    """Compare whether a store was restored."""
    places = {int(position): letter.encode() * 8 for position, letter in row["places"].items()}
    cursor = row["cursor"] and Cursor(row["cursor"][0].encode() * 16, row["cursor"][1], row["cursor"][2].encode() * 8)
    shown, tail = row["receipt"], place(row["tail"])
    receipt = shown and Receipt(TOWN, shown[0].encode() * 16, bytes(16), shown[1], bytes(32), NOW, bytes(64))
    assert tail is not None
    restored = was_restored(row["life"].encode() * 16, tail, cursor, receipt, places.get)
    return first_difference(f"{row['name']}.restored", row["restored"], restored)


def clock_difference(document: Row) -> str | None:
    """Compare the moves of the clock, and what is shown of it."""
    for number, (last, now, after) in enumerate(document["tick"]):
        if after != clock.pack(clock.tick(int(last, 16), now)).hex():
            return f"tick {number}: expected {after}"
    for number, (followed, now, after) in enumerate(document["next"]):
        seen = [(int(own, 16), received) for own, received in followed]
        if after != clock.pack(clock.tick(clock.latest(seen), now)).hex():
            return f"next {number}: expected {after}"
    for number, (own, received, shown) in enumerate(document["effective"]):
        if shown != clock.pack(clock.effective(int(own, 16), received)).hex():
            return f"effective {number}: expected {shown}"
    for number, (own, received, marked) in enumerate(document["is_off"]):
        if marked != clock.is_off(int(own, 16), received):
            return f"is_off {number}: expected {marked}"
    return None


_MEMBERS: Final[dict[str, Any]] = {
    "entries": Entry(bytes(32), b"", b"", None, bytes(64)),
    "handed": Entry(bytes(32), b"", b"", None, bytes(64)),
    "grants": SealedGrant(Grant(TOWN, bytes(16), bytes(16), bytes(16), 1, bytes(32), None), b""),
    "reports": ReportNote(bytes(16), bytes(32), "open", bytes(64)),
    "epochs": Epoch(bytes(8), bytes(8), 1, b""),
    "facts": Erasure(TOWN, bytes(16), "request", NOW),
    "erased": bytes(16),
    "lacking": bytes(16),
}


def _entry_with(what: str, count: int) -> Entry:
    """An entry that has so many of something."""
    touches = [n.to_bytes(8, "big") for n in range(count if what == "touches" else 1)]
    seen = [Seen(n.to_bytes(16, "big"), 1, bytes(8)) for n in range(1, count + 1)] if what == "observed" else []
    header = header_of(TOWN, bytes(16), 1, NOW << 16, bytes(16), bytes(16), "write", tuple(seen), tuple(touches))
    raw = b"\xc1" * count if what == "header bytes" else encode_header(header)
    return Entry(bytes(32), raw, b"x" * (count if what == "body bytes" else 1), None, bytes(64))


def limit_difference(row: Row) -> str | None:
    """A limit holds to the very number."""
    code = None
    try:
        _hold(row["what"], row["count"])
    except SyncError as error:
        code = error.code
    return first_difference(f"{row['what']} {row['count']}.error", row["error"], code)


def _hold(what: str, count: int) -> None:
    request = SyncRequest(1, NOW)
    if what in _MEMBERS:
        request = msgspec.structs.replace(request, **{what: (_MEMBERS[what],) * count})
    elif what == "forms":
        request = msgspec.structs.replace(request, forms={str(number): bytes(32) for number in range(count)})
    elif what == "protocol":
        request = msgspec.structs.replace(request, protocol=count)
    check_time(NOW + count if what == "sent ms off" else NOW, NOW)
    check_request(request, NOW)
    if what in ("touches", "observed", "header bytes", "body bytes"):
        entry = _entry_with(what, count)
        parse_header(entry.header)
        body_hash_of(entry, 1)
    if what == "wraps":
        wraps = (Wrap(bytes(16), bytes(16), bytes(8), bytes(12), bytes(48)),) * count
        check_entry(msgspec.structs.replace(_entry_with(what, 1), wraps=wraps), TOWN)


def seen(listed: Any) -> Seen:
    """The observation that a device's letter, a seq and a hash's letter name."""
    device, seq, letter = listed
    return Seen(device.encode() * 16, seq, letter.encode() * 8)


def named(observed: Iterable[Seen]) -> list[list[Any]]:
    """Observations in letters."""
    return [[one.device[:1].decode(), one.seq, one.short[:1].decode()] for one in observed]


def taking_in_difference(row: Row) -> str | None:
    """Compare the observations in the new header of an entry that is taken in."""
    device, seq = row["old"]
    at, touches, observed = NOW << 16, (b"t" * 8,), tuple(map(seen, row["observed"]))
    old = header_of(TOWN, device.encode() * 16, seq, at, bytes(16), bytes(16), "write", observed, touches)
    moved = {(d.encode() * 16, n): Reissued(to, letter.encode() * 32) for d, n, to, letter in row["moved"]}
    common, last = (None if row[name] is None else seen(row[name]) for name in ("common", "last"))
    pen = Pen(TOWN, b"d" * 16, Place(6, wide("z")))
    header = take_in_header(old, wide("o"), observed, pen, row["ends_at"], common, moved, last)
    if (header.seq, header.clock, header.source, header.touches) != (7, at, wide("o"), touches):
        return f"{row['name']}: another seq, clock, from or touches"
    return first_difference(f"{row['name']}.expect", row["expect"], named(header.observed))


def upload_difference(row: Row) -> str | None:
    """Compare whether a device that has ended may bring an attachment of a record."""
    return first_difference(f"{row['name']}.taken", row["taken"], finishes_upload(row["last_good"], row["first"]))


_DEVICE, _OTHER, _RECORD, _ERASED = (bytes([n]) * 16 for n in range(1, 5))


class _Letters:
    """Real entries for the letters of a row: a letter's hash is that of the entry which the row makes of it."""

    def __init__(self, row: Row) -> None:
        self.hashes = {"0": bytes(32)}
        self.entries = [self._entry(*parts) for parts in row["entries"]]

    def hash(self, letter: str) -> bytes:
        return self.hashes.setdefault(letter, letter.encode() * 32)

    def pair(self, found: Place | None) -> list[Any] | None:
        names = {hash_: letter for letter, hash_ in self.hashes.items()}
        return None if found is None else [found.seq, names[found.hash]]

    def _entry(self, seq: int, prev: str, letter: str, fault: str) -> Entry:
        device, record = _OTHER if fault == "device" else _DEVICE, _ERASED if fault == "erased" else _RECORD
        touch = (letter.encode() * 8,)
        header = encode_header(header_of(TOWN, device, seq, 1 << 16, record, bytes(16), "write", touches=touch))
        bare = fault in ("bare", "erased")
        sig = bytes(64) if fault == "sig" else b"\x01" * 64
        entry = Entry(self.hash(prev), header, None if bare else b"x", bytes(32) if bare else None, sig)
        self.hashes[letter] = entry_hash(entry.prev, entry.header, body_hash_of(entry))
        return entry


def hand_in_difference(row: Row) -> str | None:
    """Compare the outcome of a hand-in."""
    letters = _Letters(row)
    tail = Place(row["tail"][0], letters.hash(row["tail"][1]))
    held = {int(seq): letters.hash(letter) for seq, letter in row["held"].items()}
    read = read_entries(letters.entries, TOWN, _DEVICE, lambda sig, _: sig != bytes(64), lambda r: r == _ERASED)
    found = decide_hand_in(read, tail, held.get, row.get("last_good"))
    decided = {
        **{name: [item.header.seq for item in getattr(found, name)] for name in ("fresh", "known", "forked", "apart")},
        "bad": {str(entry.seq): entry.status for entry in read.bad},
        "tail": letters.pair(found.tail), "receipt": letters.pair(receipted(read, found)),
    }  # fmt: skip
    return first_difference(row["name"], {"apart": [], **row["expect"]}, decided)
