"""The hybrid logical clock that picks what is shown first; it is handed the time (SPEC.md section 1)."""

COUNTER_BITS = 16
DRIFT_MS_MAX = 300_000  # a remote clock may pull ours at most five minutes past our own wall clock
CLOCK_MAX = (1 << 64) - 1  # eight bytes on the wire


def tick(last: int, now_ms: int) -> int:
    """The clock of the next entry: later than every one before, and the wall clock's where that is later."""
    return min(max(now_ms << COUNTER_BITS, last + 1), CLOCK_MAX)


def witness(last: int, remote: int, now_ms: int) -> int:
    """What `last` becomes after seeing another device's clock: never back, and at most five minutes ahead.

    The bound is what keeps one broken clock from dragging all others years into the future.
    """
    return max(last, min(remote, (now_ms + DRIFT_MS_MAX) << COUNTER_BITS))


def effective(clock: int, received_ms: int | None) -> int:
    """The clock that decides what is shown first: nobody gains by a clock that runs ahead of the server's stamp."""
    return clock if received_ms is None else min(clock, received_ms << COUNTER_BITS)


def wall_ms(clock: int) -> int:
    """The milliseconds since 1970 in a clock."""
    return clock >> COUNTER_BITS


def is_off(clock: int, received_ms: int) -> bool:
    """Whether an entry is marked because its device's clock ran more than five minutes ahead of the server's."""
    return wall_ms(clock) > received_ms + DRIFT_MS_MAX


def pack(clock: int) -> bytes:
    """Eight bytes big-endian: a 64-bit integer would lose digits in JavaScript."""
    return clock.to_bytes(8, "big")


def unpack(raw: bytes) -> int:
    """The clock from its eight bytes."""
    return int.from_bytes(raw, "big")
