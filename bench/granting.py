"""What opening many records to one colleague costs, and the colleague's first sync after it.

    .venv/bin/python bench/granting.py [--records 10000] [--runs 3]

Prints medians, also as a multiple of as many Ed25519 checks in the same run: CPU seconds of one act of `grant`, how
often it waits for the disk (counted by strace in an act of its own, where strace is there), CPU seconds of the pages
that the colleague's device then pulls. Each run opens the same records to one colleague more, whose device is told of
those before; the bytes are those of the first, and what each one before adds is said beside them. With another number
of records the rows are scaled to 10,000.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.serve import collect_less
from bench.goals import beside
from bench.ingest import control, pushes_of, sealed
from bench.projection import filled
from sync.entry import parse_header
from sync.messages import PROTOCOL, SyncRequest, read_response, write
from tests.fleet.world import Server

CHUNK: Final = 5_000
PAGE: Final = 500  # changes that a device asks for at a time
GOAL_OF: Final = 10_000
WAITS: Final = ("fsync(", "fdatasync(")


def stored(server: Server, folder: Path, count: int) -> list[bytes]:
    """Have a device of a worker hand in that many home visits; returns the ids of their records."""
    author, random, found = server.enrol(folder / "author.db", "werker-een"), Random(1), []
    for done in range(0, count, CHUNK):
        made = sealed(author, min(CHUNK, count - done), random, filled)
        for body in pushes_of(author, made, 100):
            server.run(server.municipality.exchanging.exchange(author.id, body, server.clock.now_ms()))
        found += [parse_header(entry.header).record for entry in made]
    return found


def granted(server: Server, records: list[bytes], worker: str) -> float:
    """CPU seconds of opening records to a worker in one act."""
    started = time.process_time()
    server.run(server.municipality.opening.grant_each(records, worker, "beheer"))
    return time.process_time() - started


def waits(server: Server, records: list[bytes], worker: str, log: Path) -> int | None:
    """How often such an act waits for the disk; None where nothing can count it."""
    if not shutil.which("strace"):
        return None
    words = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(log), "-p", str(os.getpid())]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as tracer:
        until = time.monotonic() + 5
        while "TracerPid:\t0\n" in Path("/proc/self/status").read_text() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)  # until it follows every thread
        is_traced = tracer.poll() is None and "TracerPid:\t0\n" not in Path("/proc/self/status").read_text()
        granted(server, records, worker)
        tracer.terminate()
    lines = log.read_text().splitlines() if log.exists() else []
    return sum(any(call in line for call in WAITS) for line in lines) if is_traced else None


def pulled(server: Server, device: bytes) -> tuple[float, int, int]:
    """CPU seconds of the server, changes and bytes of all pages that a device may read."""
    cursor, changes, size, cpu = b"", 0, 0, 0.0
    while True:
        request = SyncRequest(PROTOCOL, server.clock.now_ms(), cursor=cursor, limit=PAGE)
        body, started = write(request), time.process_time()
        raw = server.run(server.municipality.exchanging.exchange(device, body, request.sent))
        cpu += time.process_time() - started
        answer = read_response(raw)
        changes, size, cursor = changes + len(answer.changes), size + len(raw), answer.cursor
        if not answer.more:
            return cpu, changes, size


def main() -> None:
    """Run everything and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=GOAL_OF)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    grants, pulls, controls = [], [], []
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name))
        records = stored(server, Path(name), chosen.records)
        collect_less()  # as the server does
        for run in range(chosen.runs):
            colleague = server.enrol(Path(name) / f"{run}.db", f"collega-{run}")
            grants.append(granted(server, records, f"collega-{run}"))
            pulls.append(pulled(server, colleague.id))
            controls.append(control())
        server.enrol(Path(name) / "traced.db", "collega-traced")
        waited = waits(server, records, "collega-traced", Path(name) / "strace")
        server.stop()
    scale, check = GOAL_OF / chosen.records, statistics.median(controls) * GOAL_OF / 1_000
    figures = {
        "grant of 10,000: CPU s": statistics.median(grants) * scale,
        "grant of 10,000: waits for the disk": waited,
        "first sync of 10,000 granted: CPU s": statistics.median(pull[0] for pull in pulls) * scale,
        "first sync of 10,000 granted: MB": pulls[0][2] * scale / 1e6,
    }
    assert all(pull[1] >= chosen.records for pull in pulls), "not every record was pulled"
    beside(figures, "" if chosen.records == GOAL_OF else f"from {chosen.records:,}")
    if len(pulls) > 1:
        more = (pulls[-1][2] - pulls[0][2]) / (len(pulls) - 1) / chosen.records
        print(f"{'each colleague before: bytes a record':42} {more:12.0f}")
    for row in ("grant of 10,000: CPU s", "first sync of 10,000 granted: CPU s"):
        print(f"{row.partition(':')[0]:42} {(figures[row] or 0) / check:12.2f}   x 10,000 Ed25519 checks")
    print(json.dumps({**figures, "control": statistics.median(controls)}))


if __name__ == "__main__":
    main()
