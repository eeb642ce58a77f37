"""What the field app costs at work: a key in the longest form on a slow phone, and lists of ten thousand records.

    .venv/bin/python bench/field_work.py [--records 10000] [--keys 150]

In headless Chromium against a served municipality. A key is typed every 200 ms, with a rest after each word, into a
visit with four children while the page runs at a sixth of its speed. What counts is the script that ran until the next
key, so that in a rest what follows from the answer counts too, drawn and kept sealed: by the clock of the page's own
thread, which stands while others have the processor.
The lists are compared in one run with the bare way: the same sealed pages, opened and parsed, and nothing else.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.goals import beside
from tests.journeys.field.looking import OURS
from tests.journeys.field.municipality import set_up
from tests.journeys.field.tablet import TOWN, Tablet
from tests.journeys.terminal import Terminal
from tests.processes import end_all

SLOWER: Final = 6
KEY_EVERY_MS: Final = 200
REST_MS: Final = 900  # after a word: longer than what follows from an answer waits for the next key
TEXT: Final = "Rustig gesprek aan de keukentafel, het kind vertelt over school en tekent graag. "
RECORDS: Final = f"""async (count) => {{
  {OURS}
  const {{ own }} = await ours('holder.js'), work = await ours('work.js'), {{ device }} = own();
  for (let n = 0; n < count; n += 1) {{
    const answers = {{ '/case_ref': `ABCD-${{n}}`, '/roepnaam': `Gezin nummer ${{n}}`, '/status': 'open' }};
    await device.create('dossier', 1, new Map(Object.entries(answers)));
  }}
  const since = performance.now();
  let longest = 0, last = since, isDone = false;
  const look = () => {{
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (!isDone) setTimeout(look);
  }};
  look();
  await work.refresh();
  isDone = true;
  return {{ workedOutMs: performance.now() - since, longestWaitMs: longest, shown: work.records.value.length }};
}}"""
LISTS: Final = f"""async () => {{
  {OURS}
  const {{ own }} = await ours('holder.js'), {{ Summaries }} = await ours('../device/summaries.js');
  const {{ ALL, found, newestFirst }} = await ours('records/searching.js'), {{ store }} = own().device;
  const timed = async (work) => {{
    const since = performance.now();
    await work();
    return performance.now() - since;
  }};
  const bare = async () => {{
    for (const key of await store.db.getAllKeys('pages', IDBKeyRange.bound(0, Infinity))) {{
      JSON.parse(await store.opened('pages', String(key), key));
    }}
  }};
  const listed = async (text) => {{
    const summaries = new Summaries(store);
    await summaries.read();
    return found(newestFirst(summaries.all.values()), {{ ...ALL, text }});
  }};
  const runs = [];
  for (let n = 0; n < 7; n += 1) {{
    runs.push([await timed(bare), await timed(() => listed('')), await timed(() => listed('nummer 77'))]);
  }}
  return runs;
}}"""


def typed(tablet: Tablet, keys: int) -> list[float]:
    """Milliseconds of script for each key, typed into the longest form."""
    page = tablet.page
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", "ABCD-2345")
    page.get_by_role("group", name="Mocht u binnenkomen?").get_by_role("radio").first.click()
    tablet.press("Overzicht")
    tablet.press("Kinderen", exact=False)
    for number in range(4):
        tablet.press("Toevoegen: Kinderen")
        page.get_by_label("Kindcode").last.fill(f"KKKK-222{number + 2}")
    page.get_by_label("Wat zei het kind zelf").last.click()
    tools = tablet.devtools()
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    spent = []
    for number in range(keys):
        before = script_s(tools)
        key = TEXT[number % len(TEXT)]
        page.keyboard.type(key)
        page.wait_for_timeout(REST_MS if key == " " else KEY_EVERY_MS)
        spent.append(1_000 * (script_s(tools) - before))
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return spent


def script_s(tools: Any) -> float:
    metrics = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    return float(metrics["ScriptDuration"])


def compared(runs: Sequence[Sequence[float]], place: int) -> float:
    """The median of a figure by its control in the same run."""
    return median(run[place] / run[0] for run in runs)


def measured(drive: Any, terminal: Terminal, wanted: argparse.Namespace) -> tuple[list[float], Any, Any]:
    """Milliseconds of script a key, what came of the records, and the runs of the lists."""
    terminal.start("serve")
    terminal.seat(TOWN, "beheer")
    tablet = Tablet(drive, terminal, terminal.folder / "profile")
    tablet.start()
    tablet.enrol("werker-maat")
    tablet.offline()
    spent = typed(tablet, wanted.keys)
    made = tablet.page.evaluate(RECORDS, wanted.records)
    runs = tablet.page.evaluate(LISTS)
    tablet.close()
    terminal.stop()
    return spent, made, runs


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=150)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(set_up(Path(folder)))
        with import_module("playwright.sync_api").sync_playwright() as drive:
            spent, made, runs = measured(drive, terminal, wanted)
    end_all()
    bare = median(run[0] for run in runs)
    print(
        f"{made['shown']:,} records, worked out in {made['workedOutMs'] / 1_000:.1f} s, opened barely in {bare:.0f} ms"
    )
    print(f"{wanted.keys} keys: in the middle {median(spent):.1f} ms of script")
    beside({
        "field: script a key, ms, 95th of 100": quantiles(spent, n=20)[-1],
        "field: list / getAll and open": compared(runs, 1),
        "field: search / getAll and open": compared(runs, 2),
        "field: longest wait of the page, ms": made["longestWaitMs"],
    })  # fmt: skip


if __name__ == "__main__":
    main()
