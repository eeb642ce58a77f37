"""Checking the device's half of the exchange: tests/vectors/sync/device.json, section by section (SPEC.md 8)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from sync.check_tables import NOW, named, seen, wide
from sync.check_vectors import TOWN, first_difference
from sync.device import (
    Ended,
    Memory,
    Pen,
    Reissued,
    displaces,
    due_to_go,
    forget_through,
    learn,
    reissue,
    seen_on_screen,
    slice_push,
)
from sync.entry import header_of
from sync.merge import Arrival
from sync.messages import Place, Receipt, Refusal, SyncResponse

Row = Mapping[str, Any]
DEVICE: Final = b"a" * 16


def device_difference(document: Row) -> str | None:
    """The first row of any section that we decide otherwise."""
    for section, check in _SECTIONS.items():
        if not document[section]:
            return f"{section}: no rows"
        for row in document[section]:
            found = first_difference(f"{section}: {row['name']}", row["expect"], check(row))
            if found is not None:
                return found
    return None


def decided(section: str, row: Row) -> Any:
    """Our own decision about a row of a section, as the vectors write it."""
    return _SECTIONS[section](row)


def _receipt(pair: Any) -> Receipt | None:
    return None if pair is None else Receipt(TOWN, bytes(16), DEVICE, pair[0], wide(pair[1]), NOW, bytes(64))


def _short(receipt: Receipt | None) -> list[Any] | None:
    return None if receipt is None else [receipt.seq, receipt.hash[:1].decode()]


def _memory(row: Row) -> Memory:
    names = {name: row[name] for name in ("send_after", "durable", "show_gone", "handed_through") if name in row}
    life, cursor = row.get("life", "").encode() * 16, row.get("cursor", "").encode()
    return Memory(life, cursor, receipt=_receipt(row.get("receipt")), **names)


def _remembered(memory: Memory) -> dict[str, Any]:
    return {
        "life": memory.life[:1].decode(), "cursor": memory.cursor.decode(), "send_after": memory.send_after,
        "durable": memory.durable, "receipt": _short(memory.receipt), "show_gone": memory.show_gone,
        "handed_through": memory.handed_through,
    }  # fmt: skip


def _learn(row: Row) -> Any:
    """The lesson of an answer; the same answer learnt twice changes nothing more."""
    said = row["answer"]
    answer = SyncResponse(
        said["life"].encode() * 16, said.get("server_time", 0), Place(*_pair(said.get("received_through"))),
        Place(*_pair(said.get("durable_through"))), said.get("cursor", "").encode(),
        wanted=said.get("wanted"), receipt=_receipt(said.get("receipt")),
        fork=Place(*_pair(said["fork"])) if "fork" in said else None,
        refused=Refusal(said["refused"], "gap-in-push", "", "") if "refused" in said else None,
    )  # fmt: skip
    lesson = learn(_memory(row["memory"]), answer, row["now"], row["oldest"], row.get("offset", 0))
    again = learn(lesson.memory, answer, row["now"], row["oldest"], lesson.offset_ms)
    twice = msgspec.structs.replace(again.memory, handed_through=lesson.memory.handed_through)
    return {
        **_remembered(lesson.memory), "offset": lesson.offset_ms, "fork_at": lesson.fork_at,
        "new_life": lesson.new_life, "stuck": lesson.stuck, "twice": twice == lesson.memory and not again.new_life,
    }  # fmt: skip


def _pair(pair: Any) -> tuple[int, bytes]:
    return (0, bytes(32)) if pair is None else (pair[0], wide(pair[1]))


def _reissue(row: Row) -> Any:
    """The successor's header; the successor is `s`."""
    device, seq, act = row["old"]
    touches = (b"t" * 8,) if act == "write" else ()
    observed, at = tuple(map(seen, row["observed"])), NOW << 16
    old = header_of(TOWN, device.encode() * 16, seq, at, b"r" * 16, b"k" * 16, act, observed, touches)
    moved = {(d.encode() * 16, n): Reissued(to, letter.encode() * 32) for d, n, to, letter in row["moved"]}
    pen = Pen(TOWN, b"s" * 16, Place(row["head"], wide("z")))
    common = None if row["common"] is None else seen(row["common"])
    new = reissue(old, wide("o"), pen, row["fork_at"], common, moved)
    kept = (new.clock, new.record, new.key, new.act, new.touches) == (at, b"r" * 16, b"k" * 16, act, touches)
    named_as = (new.device, new.source) == (b"s" * 16, wide("o"))
    return {"seq": new.seq, "observed": named(new.observed), "kept": kept and named_as}


def _forget(row: Row) -> Any:
    """The last seq that may be forgotten; an entry is [seq, days ago that it was written, that it was stamped]."""
    day = 24 * 3_600_000
    entries = [(seq, NOW - int(days * day)) for seq, days, *_ in row["entries"]]
    receipts = [Receipt(TOWN, bytes(16), DEVICE, seq, bytes(32), NOW) for seq in row["receipts"]]
    return forget_through(entries, Memory(durable=row["durable"]), receipts, NOW)


def _wipe(row: Row) -> Any:
    """The things that a revoked device wipes so long after it learnt of it, with so many attachments still unsent."""
    ended = Ended(NOW, row["stolen"], row["answered"], row["received"])
    gone = due_to_go(ended, NOW + row["after_ms"], row.get("unsent", 0))
    return {"reading": gone.reading, "everything": gone.everything}


def _slice(row: Row) -> Any:
    """The number of entries that go into a push; each is [times, size, epochs that it names, the first of them]."""
    waiting = [
        (size, [(first + number * step + n).to_bytes(8, "big") for n in range(epochs)])
        for times, size, epochs, first, step in row["waiting"]
        for number in range(times)
    ]
    return slice_push(waiting)


def _screen(row: Row) -> Any:
    """The observations of an edit; an entry on screen is [device, seq, clock in ms, hash], `many` come from others."""
    listed = [(letter.encode() * 16, seq, at, hash_.encode() * 32) for letter, seq, at, hash_ in row["shown"]]
    listed += [(b"\xff" + n.to_bytes(15, "big"), 1, 1_000 + n, b"m" * 32) for n in range(row.get("many", 0))]
    arrivals = [
        Arrival(header_of(TOWN, device, seq, at << 16, bytes(16), bytes(16), "write", touches=(bytes(8),)), hash_)
        for device, seq, at, hash_ in listed
    ]
    observed = seen_on_screen(arrivals)
    mine = named(one for one in observed if one.device[0] != 0xFF)
    return {"count": len(observed), "observed": mine, "sorted": list(observed) == sorted(observed)}


def _place(row: Row) -> Any:
    """Compare whether an entry that comes takes the place of the one that is there."""
    parted = {wide(letter) for letter in row["parted"]}
    return displaces(wide(row["comes"]), wide(row["there"]), parted.__contains__)


_SECTIONS: Final[dict[str, Callable[[Row], Any]]] = {
    "learn": _learn,
    "reissue": _reissue,
    "forget": _forget,
    "wipe": _wipe,
    "slice": _slice,
    "screen": _screen,
    "place": _place,
}
