"""What `verify` costs, on every core, beside a control in the same call.

    .venv/bin/python bench/verifying.py [--entries 10000] [--runs 3]

Prints medians: CPU seconds per 1,000 entries of the process and of those that it starts, seconds on the clock, and
resident MiB of the largest; before it what projecting the same entries costs.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.projection.projector import Projector
from backend.projection.verify import verify_store
from bench.goals import beside
from bench.ingest import control, pushes_of, sealed
from bench.projection import filled
from forms.definition.library import first_raw
from tests.fleet.world import Server

CHUNK = 5_000
GOAL_OF = 100_000


def stored(folder: Path, entries: int) -> Server:
    """A municipality with that many records of home visits."""
    server, random = Server(folder), Random(1)
    for slug in ("dossier", "huisbezoek"):
        server.publish(first_raw(slug))
    author = server.enrol(folder / "author.db", "werker-een")
    for done in range(0, entries, CHUNK):
        made = sealed(author, min(CHUNK, entries - done), random, filled)
        for body in pushes_of(author, made, 100):
            server.run(server.municipality.exchanging.exchange(author.id, body, server.clock.now_ms()))
        print(f"{done + len(made):9} entries", file=sys.stderr)
    return server


def cpu_seconds() -> float:
    """CPU of this process and of those that it started and that have ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def verified(server: Server) -> tuple[float, float]:
    """CPU seconds and seconds on the clock of one look at everything, which finds nothing."""
    town = server.municipality
    cpu, clock = cpu_seconds(), time.perf_counter()
    faults = list(verify_store(town.folder, town.custody, lambda _done, _all: None))
    assert not faults, faults[:3]
    return cpu_seconds() - cpu, time.perf_counter() - clock


def _scaled(entries: int) -> str:
    return "" if entries == GOAL_OF else f"scaled from {entries:,}"


def main() -> None:
    """Run everything and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        server = stored(Path(name), chosen.entries)
        projector = Projector(server.municipality.folder, server.municipality.custody)
        started = time.process_time()
        projector.run()
        rows = {"projection": [time.process_time() - started]}
        projector.close()
        runs = [(*verified(server), control()) for _ in range(chosen.runs)]
        server.stop()
    rows |= {"verify": [run[0] for run in runs], "control": [run[2] * chosen.entries / 1_000 for run in runs]}
    result: dict[str, float] = {row: statistics.median(found) * 1_000 / chosen.entries for row, found in rows.items()}
    print(f"{'':20} CPU s/1000   ({chosen.entries} entries, {len(os.sched_getaffinity(0))} cores)")
    for row, median in result.items():
        print(f"{row:20} {median:10.4f}")
    seconds = statistics.median(run[1] for run in runs)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"verify: {seconds:.1f} s on the clock; the largest process it starts takes {largest:.0f} MiB")
    beside({"verify of 100,000: seconds on 2 cores": seconds * GOAL_OF / chosen.entries}, _scaled(chosen.entries))
    print(json.dumps({**result, "verify seconds": seconds}))


if __name__ == "__main__":
    main()
