"""The hybrid logical clock that picks what is shown first; it is handed the time (SPEC.md section 1).

An entry's clock is its device's own word. What everybody orders by is the effective clock, which a server's stamp
bounds. The next clock follows effective clocks only: a clock that was wrong once, here or on another device, dates
nothing that is written after a server has stamped it.
"""

from collections.abc import Iterable

COUNTER_BITS = 16
DRIFT_MS_MAX = 300_000  # a clock further ahead of the server's stamp than five minutes is marked
CLOCK_MAX = (1 << 64) - 1  # eight bytes on the wire


def tick(latest: int, now_ms: int) -> int:
    """The clock of the next entry: the wall clock, or one more than the latest effective clock that it follows."""
    return min(max(now_ms << COUNTER_BITS, latest + 1), CLOCK_MAX)


def latest(entries: Iterable[tuple[int, int | None]]) -> int:
    """The greatest effective clock of some entries, given as (clock, stamp in ms or none); 0 without any.

    For the next entry these are the device's own last entry and all that the next one observes.
    """
    return max((effective(clock, received_ms) for clock, received_ms in entries), default=0)


def effective(clock: int, received_ms: int | None) -> int:
    """The clock that decides what is shown first: nobody gains by a clock that runs ahead of the server's stamp."""
    return clock if received_ms is None else min(clock, received_ms << COUNTER_BITS)


def wall_ms(clock: int) -> int:
    """The milliseconds since 1970 in a clock."""
    return clock >> COUNTER_BITS


def is_off(clock: int, received_ms: int) -> bool:
    """True if an entry is marked because its device's clock ran more than five minutes ahead of the server's."""
    return wall_ms(clock) > received_ms + DRIFT_MS_MAX


def pack(clock: int) -> bytes:
    """Eight bytes big-endian: a 64-bit integer would lose digits in JavaScript."""
    return clock.to_bytes(8, "big")


def unpack(raw: bytes) -> int:
    """The clock from its eight bytes."""
    return int.from_bytes(raw, "big")
