"""How much work something is, counted and not timed: the calls of functions, which no busy machine changes."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar
from unittest import mock

import sqlcipher3

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


def calls_in(folder: str, work: Callable[[], T]) -> tuple[T, int]:
    """What the work gives, and how many calls, of built-in functions too, the modules below a folder made for it."""
    calls = 0

    def count(frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal calls
        caller = frame if event == "c_call" else frame.f_back
        if event in ("call", "c_call") and caller is not None:
            calls += caller.f_code.co_filename.startswith(folder)

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return work(), calls
    finally:
        sys.setprofile(before)


class Statements:
    """The statements that every connection runs which is opened while it counts: of the journal, the keys, the
    sessions, the tables of the projector and of those who read beside it, and what staff keep."""

    def __init__(self) -> None:
        self.run: list[str] = []

    @contextmanager
    def counted(self) -> Iterator["Statements"]:
        """Count from now on; connections that were opened go on being counted until they are closed."""
        open_ = sqlcipher3.connect

        def connect(*args: Any, **more: Any) -> Any:
            connection = open_(*args, **more)
            connection.set_trace_callback(self.run.append)
            return connection

        with mock.patch.object(sqlcipher3, "connect", connect):
            yield self

    def of(self, work: Callable[[], T]) -> tuple[T, int]:
        """What some work gives, and how many statements it ran."""
        before = len(self.run)
        return work(), len(self.run) - before
