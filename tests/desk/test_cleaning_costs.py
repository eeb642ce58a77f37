"""What a file costs that is made to cost much: counted, and a multiple of its size, whoever brings it and how often."""

import asyncio
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from backend.desk import cleaning_m4a
from backend.desk.asking import Field
from backend.desk.cleaning import cleaned
from backend.desk.cleaning_m4a import m4a
from backend.desk.cleaning_turns import CLEANED_AT_ONCE
from backend.desk.file_refusals import FileBroken
from backend.web.desk import asked
from tests.desk_pages.pictures import endless_m4a


class Counted(bytes):
    """Bytes that count what is copied out of them, and out of the copies."""

    copied = 0

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if isinstance(found, int):
            return found
        Counted.copied += len(found)
        return Counted(found)


def cost(data: bytes) -> tuple[int, int]:
    """The lines that are run to clean a sound, and the bytes that are copied."""
    lines, before = 0, sys.gettrace()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        lines += event in {"line", "call"}
        return trace

    Counted.copied = 0
    sys.settrace(trace)
    try:
        m4a(Counted(data))
    except FileBroken:
        pass
    finally:
        sys.settrace(before)
    return lines, Counted.copied


@pytest.mark.parametrize("boxes", [1, 200], ids=["one box of samples", "many"])
def test_a_sound_of_twice_the_chunks_costs_twice_and_no_square(boxes: int) -> None:
    once, twice = cost(endless_m4a(400, boxes)), cost(endless_m4a(800, boxes * 2 if boxes > 1 else 1))
    assert all(two < 2.3 * one for one, two in zip(once, twice, strict=True)), (once, twice)
    assert once[1] < 20 * len(endless_m4a(400, boxes))


def test_a_sound_of_endless_chunks_or_samples_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = endless_m4a(40, 1)
    assert b"stco" in cleaned("sound", data)
    for limit in ("CHUNKS_MAX", "SAMPLES_MAX"):
        monkeypatch.setattr(cleaning_m4a, limit, 39)
        with pytest.raises(FileBroken):
            cleaned("sound", data)
        monkeypatch.undo()


def test_samples_that_a_table_only_claims_take_no_memory() -> None:
    data = endless_m4a(40, 1)
    at = data.index(b"stsz") + 8
    claim = b"".join(one.to_bytes(4, "big") for one in (1, cleaning_m4a.SAMPLES_MAX + 1))
    tracemalloc.start()
    try:
        with pytest.raises(FileBroken):
            cleaned("sound", data[:at] + claim + data[at + 8 :])
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


class Page:
    """One question of a page that takes a sound, and the person who is told of faults."""

    language, name, path, media = "nl", "q0", "/brief", "sound"
    field = Field(asked.FILE, "Geluid")


def test_files_that_come_together_leave_the_threads_of_the_pages_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, here, most, lock = threading.Event(), 0, 0, threading.Lock()

    def slow(widget: str, data: bytes) -> bytes:
        nonlocal here, most
        with lock:
            here += 1
            most = max(most, here)
        go_on.wait(20)
        with lock:
            here -= 1
        return widget.encode() + data

    async def come() -> list[Any]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CLEANED_AT_ONCE))
        page: Any = Page
        brought = [asyncio.create_task(asked.files_in(page, [page], {"q0.file": [b"x"]})) for _ in range(8)]
        try:
            await asyncio.sleep(0.05)
            assert await asyncio.wait_for(asyncio.to_thread(lambda: "another page"), 5) == "another page"
        finally:
            go_on.set()
        return await asyncio.gather(*brought)

    monkeypatch.setattr(asked, "cleaned", slow)
    assert [({"/brief": b"soundx"}, {})] * 8 == asyncio.run(come())
    assert most <= CLEANED_AT_ONCE
