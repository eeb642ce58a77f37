"""How much work something is, counted and not timed: the calls of functions, which no busy machine changes."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


class TooMuchWork(BaseException):
    """The work went on beyond its bound and was given up there; no `except Exception` on the way may hide it."""


def within(calls_max: int, work: Callable[[], T]) -> T:
    """Return what the work gives; fail as soon as it has called more functions than this, built-in ones included."""
    calls = 0

    def count(_frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")
        if calls > calls_max:
            sys.setprofile(None)
            raise TooMuchWork

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return work()
    except TooMuchWork:
        raise AssertionError(f"more than {calls_max:,} calls") from None
    finally:
        sys.setprofile(before)
