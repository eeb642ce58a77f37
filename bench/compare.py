"""Whether taking in costs what it cost before: this checkout against another one, in alternating pairs.

    .venv/bin/python bench/compare.py /path/to/other/checkout [--pairs 10] [--entries 2000]

Each run is `ingest.py` of the checkout itself, with its own client and its own server process, so that both may speak
another form of the protocol. Pairs alternate in order, and the median of the ratios within pairs is printed: what the
machine does meanwhile touches both halves of a pair. Below 1.05 counts as the same.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parents[1]
ROWS: Final = ("pushes of 100", "pushes of 1, 32 devices")
MEASURES: Final = ("cpu_per_1000", "p50_ms")


def run_of(checkout: Path, entries: int) -> dict[str, Any]:
    """One run of a checkout's own bench."""
    words = [sys.executable, "bench/ingest.py", "--no-yardstick", "--runs", "1", "--entries", str(entries)]
    with tempfile.TemporaryFile("w+") as said:  # a pipe would wait for the server of a run that broke down
        subprocess.run(words, cwd=checkout, stdout=said, check=True)
        said.seek(0)
        found: dict[str, Any] = json.loads(said.read().splitlines()[-1])
    return found


def main() -> None:
    """Run the pairs and print the ratios; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--entries", type=int, default=2_000)
    chosen = parser.parse_args()
    ratios: dict[str, list[float]] = {f"{row} {what}": [] for row in ROWS for what in MEASURES}
    for pair in range(chosen.pairs):
        order = (HERE, chosen.before) if pair % 2 else (chosen.before, HERE)
        runs = {checkout: run_of(checkout, chosen.entries) for checkout in order}
        for row in ROWS:
            for what in MEASURES:
                ratios[f"{row} {what}"].append(runs[HERE][row][what] / runs[chosen.before][row][what])
        shown = "  ".join(f"{values[-1]:.3f}" for values in ratios.values())
        print(f"pair {pair + 1:2}: {shown}", file=sys.stderr, flush=True)
    result = {name: statistics.median(values) for name, values in ratios.items()}
    for name, ratio in result.items():
        print(f"{name:36} {ratio:.3f} times what it was")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
