"""Making the file of an export: the rows are read here and go through a pipe to a process of its own, which writes.

Devices go first. The process has a low priority from its first instruction, the modules that it loads included.
Here a piece is read in a thread, and after it nothing for a while, nor while a device is being answered; how far it is
stands in memory alone.
"""

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from time import thread_time
from typing import Any, Final

import msgspec

from backend.desk import exporting
from backend.desk.export_asking import Asking
from backend.desk.export_command import must_exist, with_tables
from backend.desk.export_live import Live
from backend.desk.export_pipe import END, LENGTH_BYTES, Order, Written, framed, written_of
from backend.files import private_folder
from backend.municipality.exports import ExportOvertaken, holding, sweep
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.stores.listing import choose
from backend.stores.records import Records

ROOT: Final = Path(__file__).parents[2]
START: Final = "backend.cli.export_start"
REST: Final = 3.0  # times as long as a piece took to make: the server does this for a quarter of the time at most
GIVES_WAY_S: Final = 0.25  # the longest for which one piece waits for devices: a busy day ends no export
LOOK_S: Final = 0.005


async def written_by_a_process(live: Live, keeper: Keeper, staff: str) -> Written:
    """Give the rows to a process that writes them, and hear how it ended."""
    town, asking = live.town, live.asking
    private_folder(live.folder.parent)
    sweep(live.folder.parent)
    live.held.enter_context(holding(live.folder))
    town.exports.begin(live.folder, asking.asked.slug, staff, live.life, live.erased)
    process = live.process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", START,
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=ROOT, env={"PATH": os.environ.get("PATH", "")},
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        if not live.key:  # it was ended before its process stood
            return Written(why="process-ended")
        order = Order(asking.kind, asking.language, str(live.folder.absolute()), asking.file, live.key)
        process.stdin.write(framed(order))
        with suppress(ConnectionError):  # it says why it stopped listening
            await _pumped(live, keeper, process.stdin)
            process.stdin.write(END)
            await process.stdin.drain()
            process.stdin.close()
        raw = await process.stdout.read()
        return written_of(raw[LENGTH_BYTES:]) if len(raw) > LENGTH_BYTES else Written(why="process-ended")
    except msgspec.DecodeError:
        return Written(why="process-ended")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        if not live.key:  # what it wrote between the kill and its end
            shutil.rmtree(live.folder, ignore_errors=True)


async def _pumped(live: Live, keeper: Keeper, pipe: asyncio.StreamWriter) -> None:
    """Read the rows of the scope piece by piece, each when the process has taken the one before."""
    town = live.town
    stream = keeper.stream(_reading(town, live.asking), workers=live.asking.workers)
    async with aclosing(stream) as pieces:  # whoever stops listening holds no moment of the tables
        async for done, total, raw, took in pieces:
            if town.book.erasures != live.erased:
                raise ExportOvertaken
            pipe.write(raw)
            await pipe.drain()
            live.done, live.total = done, total
            await _others_first(town, took)


async def _others_first(town: Municipality, took: float) -> None:
    """Rest after a piece, and then as long as a device is being answered."""
    await asyncio.sleep(REST * took)
    waited = 0.0
    while town.exchanging.under_way and waited < GIVES_WAY_S:
        await asyncio.sleep(LOOK_S)
        waited += LOOK_S


def _reading(town: Municipality, asking: Asking) -> Callable[[Records], Iterator[tuple[int, int, bytes, float]]]:
    """The work of a reader: the rows as messages, each with how much is done and what it cost to make."""

    def read(store: Records) -> Iterator[tuple[int, int, bytes, float]]:
        tables = with_tables(town, store, asking.asked.slug)
        if asking.listing is not None:
            choose(tables, asking.listing)
        must_exist(tables, asking.asked)
        pieces: Iterator[tuple[int, int, Any]] = exporting.paced(tables, asking.asked)
        while True:
            began = thread_time()
            piece = next(pieces, None)
            if piece is None:
                return
            done, total, row = piece
            raw = framed(row)
            yield done, total, raw, thread_time() - began

    return read
