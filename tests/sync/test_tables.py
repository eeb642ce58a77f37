"""The tables of decisions that every maker of a device or server passes: tests/vectors/sync/README.md says how."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crypto import attachments as sealed
from sync import clock
from sync.device import Pen, Reissued, take_in_header
from sync.entry import Entry, Seen, Wrap, body_hash_of, encode_header, header_of, parse_header
from sync.errors import MalformedHeader, SyncError
from sync.exchange import Checked, Cursor, Refused, check_entry, check_push, check_request, decide_push, was_restored
from sync.facts import Erasure, Grant
from sync.messages import Epoch, Place, Receipt, ReportNote, SealedGrant, SyncRequest, check_time
from sync.uploading import STREAM_BYTES_MAX, STREAM_BYTES_MIN

VECTORS = Path(__file__).parents[1] / "vectors" / "sync"
NOW = 1_772_600_000_000


def table(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text())


def named(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", table(name), ids=lambda row: row["name"])


def wide(letter: str) -> bytes:
    """The hash that a letter of the tables stands for."""
    return bytes(32) if letter == "0" else letter.encode() * 32


def place(pair: list[Any] | None) -> Place | None:
    return None if pair is None else Place(pair[0], wide(pair[1]))


@named("headers")
def test_a_header_is_read_or_the_malformed_member_named(row: dict[str, Any]) -> None:
    raw = bytes.fromhex(row["header"])
    if row["error"] is None:
        assert raw == encode_header(parse_header(raw))
        return
    with pytest.raises(MalformedHeader) as caught:
        parse_header(raw)
    assert (row["error"], row["member"]) == (caught.value.code, caught.value.facts["member"])


def test_every_member_of_a_header_has_a_fault_in_the_table() -> None:
    members = "version municipality device seq clock record key act observed touches from array"
    assert set(members.split()) == {row["member"] for row in table("headers") if row["member"]}


@named("chains")
def test_a_push_is_read_or_its_first_fault_named(row: dict[str, Any]) -> None:
    entries = msgspec.msgpack.decode(bytes.fromhex(row["entries"]), type=tuple[Entry, ...])
    device = bytes.fromhex(row["device"])
    if row["refused"] is None:
        assert list(entries) == [item.entry for item in check_push(entries, row["municipality"], device)]
        return
    with pytest.raises(Refused) as caught:
        check_push(entries, row["municipality"], device)
    assert row["refused"] == {"code": caught.value.cause.code, "seq": caught.value.seq}


@named("push")
def test_a_push_is_decided_as_the_table_says(row: dict[str, Any]) -> None:
    held = {int(seq): wide(letter) for seq, letter in row["held"].items()}
    pushed = []
    for seq, prev, letter in row["pushed"]:
        header = header_of("GM9901", bytes(16), seq, NOW << 16, bytes(16), bytes(16), "write", touches=(bytes(8),))
        pushed.append(Checked(Entry(wide(prev), b"", b"", None, bytes(64)), header, wide(letter), bytes(32)))
    gone = place(row["gone"])
    receipt = Receipt("GM9901", bytes(16), bytes(16), gone.seq, gone.hash, NOW, bytes(64)) if gone else None
    tail = place(row["tail"])
    assert tail is not None
    found = decide_push(pushed, tail, held.get, place(row["head"]), receipt)
    expect = row["expect"]
    assert expect["fresh"] == [item.header.seq for item in found.fresh]
    assert expect["known"] == [item.header.seq for item in found.known]
    assert expect["forked"] == [item.header.seq for item in found.forked]
    assert (expect["wanted"], place(expect["tail"]), place(expect["fork"])) == (found.wanted, found.tail, found.fork)
    hole = expect["hole"] and (*expect["hole"][:2], wide(expect["hole"][2]))
    assert hole == (found.hole and tuple(found.hole))


@named("life")
def test_a_restored_store_is_noticed(row: dict[str, Any]) -> None:
    places = {int(position): letter.encode() * 8 for position, letter in row["places"].items()}
    cursor = row["cursor"] and Cursor(row["cursor"][0].encode() * 16, row["cursor"][1], row["cursor"][2].encode() * 8)
    shown = row["receipt"]
    receipt = shown and Receipt("GM9901", shown[0].encode() * 16, bytes(16), shown[1], bytes(32), NOW, bytes(64))
    tail = place(row["tail"])
    assert tail is not None
    assert row["restored"] == was_restored(row["life"].encode() * 16, tail, cursor, receipt, places.get)


def test_the_clock_moves_as_the_table_says() -> None:
    rows = table("clock")
    for last, now, after in rows["tick"]:
        assert after == clock.pack(clock.tick(int(last, 16), now)).hex()
    assert [] == misjudged_clocks(lambda followed, now: clock.tick(clock.latest(followed), now))
    for own, received, shown in rows["effective"]:
        assert shown == clock.pack(clock.effective(int(own, 16), received)).hex()
    for own, received, marked in rows["is_off"]:
        assert marked == clock.is_off(int(own, 16), received)


Followed = list[tuple[int, int | None]]


def misjudged_clocks(next_clock: Callable[[Followed, int], int]) -> list[str]:
    """The rows of `next` that a way to choose the next clock gets wrong."""
    return [
        after
        for followed, now, after in table("clock")["next"]
        if after != clock.pack(next_clock([(int(own, 16), received) for own, received in followed], now)).hex()
    ]


def _follows_the_clock_and_not_its_stamp(followed: Followed, now: int) -> int:
    return clock.tick(max((own for own, _ in followed), default=0), now)


def _follows_another_only_five_minutes(followed: Followed, now: int) -> int:
    return clock.tick(min(max((own for own, _ in followed), default=0), (now + 300_000) << 16), now)


def _follows_its_own_last_entry_only(followed: Followed, now: int) -> int:
    return clock.tick(clock.latest(followed[:1]), now)


def _follows_nothing(_followed: Followed, now: int) -> int:
    return clock.tick(0, now)


def _does_not_go_past_what_it_follows(followed: Followed, now: int) -> int:
    return max(now << 16, clock.latest(followed))


@pytest.mark.parametrize(
    "planted",
    [
        _follows_the_clock_and_not_its_stamp,
        _follows_another_only_five_minutes,
        _follows_its_own_last_entry_only,
        _follows_nothing,
        _does_not_go_past_what_it_follows,
    ],
)
def test_a_wrong_way_to_choose_the_next_clock_is_found(planted: Callable[[Followed, int], int]) -> None:
    assert misjudged_clocks(planted)


def entry_with(what: str, count: int) -> Entry:
    """An entry that has so many of something."""
    touches = [n.to_bytes(8, "big") for n in range(count if what == "touches" else 1)]
    seen = [Seen(n.to_bytes(16, "big"), 1, bytes(8)) for n in range(1, count + 1)] if what == "observed" else []
    header = header_of("GM9901", bytes(16), 1, NOW << 16, bytes(16), bytes(16), "write", tuple(seen), tuple(touches))
    raw = b"\xc1" * count if what == "header bytes" else encode_header(header)
    return Entry(bytes(32), raw, b"x" * (count if what == "body bytes" else 1), None, bytes(64))


MEMBERS: dict[str, Any] = {
    "entries": Entry(bytes(32), b"", b"", None, bytes(64)),
    "handed": Entry(bytes(32), b"", b"", None, bytes(64)),
    "grants": SealedGrant(Grant("GM9901", bytes(16), bytes(16), bytes(16), 1, bytes(32), None), b""),
    "reports": ReportNote(bytes(16), bytes(32), "open", bytes(64)),
    "epochs": Epoch(bytes(8), bytes(8), 1, b""),
    "facts": Erasure("GM9901", bytes(16), "request", NOW),
    "erased": bytes(16),
    "lacking": bytes(16),
}


@pytest.mark.parametrize("row", table("limits"), ids=lambda row: f"{row['what']} {row['count']}")
def test_a_limit_holds_to_the_very_number(row: dict[str, Any]) -> None:
    what, count = row["what"], row["count"]
    request = SyncRequest(1, NOW)
    if what in MEMBERS:
        request = msgspec.structs.replace(request, **{what: (MEMBERS[what],) * count})
    elif what == "forms":
        request = msgspec.structs.replace(request, forms={str(number): bytes(32) for number in range(count)})
    elif what == "protocol":
        request = msgspec.structs.replace(request, protocol=count)
    try:
        check_time(NOW + count if what == "sent ms off" else NOW, NOW)
        check_request(request, NOW)
        if what in ("touches", "observed", "header bytes", "body bytes"):
            entry = entry_with(what, count)
            parse_header(entry.header)
            body_hash_of(entry, 1)
        if what == "wraps":
            wraps = (Wrap(bytes(16), bytes(16), bytes(8), bytes(12), bytes(48)),) * count
            check_entry(msgspec.structs.replace(entry_with(what, 1), wraps=wraps), "GM9901")
        code = None
    except SyncError as error:
        code = error.code
    assert row["error"] == code


def seen(listed: list[Any]) -> Seen:
    device, seq, letter = listed
    return Seen(device.encode() * 16, seq, letter.encode() * 8)


@named("taking_in")
def test_words_that_do_not_count_are_written_anew_as_the_table_says(row: dict[str, Any]) -> None:
    device, seq = row["old"]
    touches, at = (b"t" * 8,), NOW << 16
    observed = tuple(map(seen, row["observed"]))
    old = header_of("GM9901", device.encode() * 16, seq, at, bytes(16), bytes(16), "write", observed, touches)
    moved = {(d.encode() * 16, n): Reissued(to, letter.encode() * 32) for d, n, to, letter in row["moved"]}
    common, last = (None if row[name] is None else seen(row[name]) for name in ("common", "last"))
    pen = Pen("GM9901", b"d" * 16, Place(6, wide("z")))
    header = take_in_header(old, wide("o"), observed, pen, row["ends_at"], common, moved, last)
    assert [seen(listed) for listed in row["expect"]] == list(header.observed)
    assert (b"d" * 16, 7, at, wide("o"), touches) == (
        header.device, header.seq, header.clock, header.source, header.touches,
    )  # fmt: skip
    assert header == parse_header(encode_header(header))


def test_the_limits_of_an_upload_are_those_of_a_sealed_stream() -> None:
    assert (sealed.STREAM_BYTES_MIN, sealed.STREAM_BYTES_MAX) == (STREAM_BYTES_MIN, STREAM_BYTES_MAX)
