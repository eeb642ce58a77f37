"""SqliteKeys that prove nothing displace nothing (sync/SPEC.md section 6.9)."""

from pathlib import Path

from backend.stores.rows import UNSIGNED_PLACES, StoredWrap
from backend.stores.sqlite.keys import SqliteKeys
from sync.entry import WRAPS_MAX, Wrap
from sync.messages import Epoch

RECORD, KEY, DEVICE = b"r" * 16, b"k" * 16, b"d" * 16


def epoch(number: int, sealed: bytes = b"true") -> Epoch:
    return Epoch(bytes([number]) * 8, b"key id 8", 2, sealed)


def wrap(number: int, wrapped: bytes = b"t") -> Wrap:
    return Wrap(RECORD, KEY, bytes([number]) * 8, bytes(12), wrapped * 48)


def opens(stored: StoredWrap) -> bool:
    return (stored.epoch.sealed, stored.wrap.wrapped[:1]) == (b"true", b"t")


def test_junk_that_came_first_does_not_displace_the_device_s_own_keys(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.db")
    for number in range(9):
        keys.take_unsigned(DEVICE, [epoch(1, b"junk %d" % number)], [wrap(1, b"%d" % number)])
    keys.take([(DEVICE, epoch(1))], [(DEVICE, wrap(1))], ())
    found = keys.wraps_of(RECORD, KEY)
    assert any(opens(stored) for stored in found)
    assert (UNSIGNED_PLACES + 1) ** 2 == len(found)


def test_junk_is_dropped_when_it_is_tried_and_leaves_its_place(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.db")
    keys.take_unsigned(DEVICE, [epoch(1, b"junk")], [wrap(1, b"a"), wrap(1, b"b")])
    keys.take_unsigned(DEVICE, [epoch(1)], [wrap(1)])
    assert not any(opens(stored) for stored in keys.wraps_of(RECORD, KEY)), "all places are taken while locked"
    assert [(RECORD, KEY)] == keys.unsigned(9)
    keys.sift(RECORD, KEY, opens)
    assert [] == keys.wraps_of(RECORD, KEY)
    keys.take_unsigned(DEVICE, [epoch(1)], [wrap(1)])
    keys.sift(RECORD, KEY, opens)
    assert [True] == [opens(stored) for stored in keys.wraps_of(RECORD, KEY)]
    assert [] == keys.unsigned(9)


def test_a_device_has_a_few_places_in_a_record_and_keeps_its_first_wraps(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.db")
    for number in range(WRAPS_MAX + 5):
        keys.take([(DEVICE, epoch(number))], [(DEVICE, wrap(number))], ())
    assert [bytes([n]) * 8 for n in range(WRAPS_MAX)] == [stored.wrap.epoch for stored in keys.wraps_of(RECORD, KEY)]
    keys.take([(b"e" * 16, epoch(1))], [(b"e" * 16, wrap(1))], ())
    assert WRAPS_MAX + 1 == len(keys.wraps_of(RECORD, KEY))


def test_what_comes_at_once_for_a_new_record_has_no_more_places_than_what_comes_one_by_one(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.db")
    numbers = [1, 1, *range(WRAPS_MAX + 5)]
    keys.take([(DEVICE, epoch(n)) for n in {*numbers}], [(DEVICE, wrap(n)) for n in numbers], ())
    first = [1, 0, *range(2, WRAPS_MAX)]
    assert [bytes([n]) * 8 for n in first] == [stored.wrap.epoch for stored in keys.wraps_of(RECORD, KEY)]


def test_the_same_keys_again_take_no_place(tmp_path: Path) -> None:
    keys = SqliteKeys(tmp_path / "keys.db")
    keys.take([(DEVICE, epoch(1))], [(DEVICE, wrap(1))], ())
    for _ in range(3):
        keys.take_unsigned(DEVICE, [epoch(1)], [wrap(1)])
    assert [] == keys.unsigned(9) and 1 == len(keys.wraps_of(RECORD, KEY))
