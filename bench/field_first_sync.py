"""What a worker meets whose first sync brings ten thousand records: how long it takes, and how long the page waits.

    .venv/bin/python bench/field_first_sync.py [--records 10000] [--slower 1]

The office opens records of a colleague to a worker who has no device yet. Then a browser enrols as that worker's at the
served municipality. From the press of the last button until every record stands in the lists a heartbeat in the page
asks for its turn again and again: the longest that it waited is how late the page answers. An idle page beside it does
the same: what that one waits, the machine took. The longest task is told too, by the clock of the page's own thread.
With `--slower` the page runs at that fraction of its speed, as on a cheap phone.
"""

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.clock import WallClock
from bench.goals import beside
from bench.granting import stored
from tests.fleet.world import FakeClock, Server
from tests.journeys.field.looking import OURS
from tests.journeys.field.municipality import set_up
from tests.journeys.field.tablet import PHRASE, TOWN, Tablet
from tests.journeys.terminal import Terminal
from tests.processes import end_all

WORKER: Final = "werker-veel"
PATIENCE_S: Final = 1_200
TRACED: Final = "disabled-by-default-devtools.timeline,__metadata"
BEAT: Final = """() => {
  const beat = (globalThis.beat = { waits: [], told: [], last: performance.now() });
  const look = () => {
    const now = performance.now();
    beat.waits.push(now - beat.last);
    beat.last = now;
    setTimeout(look, 4);
  };
  look();
}"""
SHOWN: Final = f"""async () => {{
  {OURS}
  const {{ sync }} = await ours('syncing.js'), {{ records, working }} = await ours('work.js');
  const {{ running, received, atMs, soFar }} = sync.value;
  if (globalThis.beat) globalThis.beat.told.push([soFar?.received ?? 0, working.value.done, working.value.of]);
  return {{ done: !running && atMs > 0 && working.value.of === 0, received, shown: records.value.length }};
}}"""


class Tasks:
    """The longest task of a page by the clock of its own thread, which stands while others have the processor."""

    def __init__(self, tools: Any) -> None:
        self._tools = tools
        self._ended = False
        self._threads: set[tuple[int, int]] = set()
        self._longest: dict[tuple[int, int], float] = {}
        tools.on("Tracing.dataCollected", self._collect)
        tools.on("Tracing.tracingComplete", lambda _: setattr(self, "_ended", True))
        self._begin()

    def _begin(self) -> None:
        self._ended = False
        self._tools.send("Tracing.start", {"categories": TRACED, "transferMode": "ReportEvents"})

    def _collect(self, told: Any) -> None:
        for event in told["value"]:
            place = (event["pid"], event["tid"])
            if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain":
                self._threads.add(place)
            elif event["name"] == "RunTask":
                self._longest[place] = max(self._longest.get(place, 0), event.get("tdur", 0) / 1_000)

    def read(self, page: Any, *, goes_on: bool = True) -> float:
        """Milliseconds of the longest so far; what is noted meanwhile would not be held for as long as a sync takes."""
        self._tools.send("Tracing.end")
        while not self._ended:
            page.wait_for_timeout(50)
        if goes_on:
            self._begin()
        return max((ms for place, ms in self._longest.items() if place in self._threads), default=0)


def granted(folder: Path, records: int) -> None:
    """Open that many records of a colleague to the worker, in the municipality that was set up below a folder."""
    server = Server.__new__(Server)
    server.stand_by(folder / "d" / TOWN, FakeClock(WallClock().now_ms()))
    server.key_file = (folder / "k" / f"{TOWN}.key").read_bytes()
    server.start()
    made = stored(server, folder, records)
    server.run(server.municipality.opening.grant_each(made, WORKER, "beheer"))
    server.stop()


def enrolled(tablet: Tablet, slower: float) -> tuple[Any, Tasks]:
    """Fill in all that enrolling asks and press its last button, with hearts beating; also begins an idle page."""
    page = tablet.start()
    tablet.press("Ik heb een link of code")
    tablet.fill("Link of code", tablet.invitation(WORKER))
    tablet.press("Verder")
    tablet.press("Ja, dat klopt")
    tablet.fill("Uw voornaam op het slot", "Veel")
    page.get_by_label("Wachtzin", exact=True).fill(PHRASE)
    tablet.fill("Nog een keer", PHRASE)
    tablet.devtools().send("Emulation.setCPUThrottlingRate", {"rate": slower})
    idle, tasks = tablet.context.new_page(), Tasks(tablet.devtools())
    page.bring_to_front()
    for one in (idle, page):
        one.evaluate(BEAT)
    tablet.press("Toestel klaarmaken")
    return idle, tasks


def synced(tablet: Tablet, records: int, tasks: Tasks) -> dict[str, Any]:
    """Wait until every record is shown; what the page says of its waits."""
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE_S:
        tablet.page.wait_for_timeout(5_000)
        tasks.read(tablet.page)
        found = tablet.page.evaluate(SHOWN)
        if found["done"] and found["shown"] >= records:
            beat = tablet.page.evaluate("() => globalThis.beat")
            return {
                **found,
                **beat,
                "task": tasks.read(tablet.page, goes_on=False),
                "seconds": time.monotonic() - started,
            }
    raise RuntimeError(f"not every record came: {found}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--slower", type=float, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = set_up(Path(name))
        granted(folder, wanted.records)
        terminal = Terminal(folder)
        terminal.start("serve")
        terminal.seat(TOWN, "beheer")
        with import_module("playwright.sync_api").sync_playwright() as drive:
            tablet = Tablet(drive, terminal, folder / "profile")
            idle, tasks = enrolled(tablet, wanted.slower)
            found = synced(tablet, wanted.records, tasks)
            control = max(idle.evaluate("() => globalThis.beat.waits"))
            tablet.close()
        terminal.stop()
    end_all()
    waits = found["waits"]
    told = sorted({received for received, _, _ in map(tuple, found["told"])})
    idle_waits = f"an idle page beside it: {control:.0f} ms"
    print(f"{found['shown']:,} records after {found['seconds']:.0f} s; {len(waits):,} beats, of 1,000 one waited")
    print(f"{quantiles(waits, n=1_000)[-1]:.0f} ms; told so far: {len(told)} numbers")
    beside({"field: first sync, longest task, ms": found["task"]}, "by the page's own thread")
    beside({"field: first sync, longest wait, ms": max(waits)}, idle_waits)


if __name__ == "__main__":
    main()
