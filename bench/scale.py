"""What must not grow: the cost of a push with all that is stored, of a narrow pull, and memory with many towns.

    .venv/bin/python bench/scale.py [--entries 100000] [--towns 20] [--records 1000] [--only memory|pull|push]

`make soak` runs it with a million entries. Prints CPU seconds per 1,000 entries of a server process with about 10,000
entries and of one with all, by turns, with their ratio; the bytes and CPU seconds of pulling 10 changes out of all
those records; and the resident memory of one process with all towns open and written to.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.clock import WallClock
from backend.device.device import Device
from bench.goals import beside
from bench.ingest import control, measure, post_all, pushes_of, requests_of, sealed
from sync.entry import parse_header
from sync.messages import PROTOCOL, SyncRequest, read_response, write
from tests.fleet.world import Server
from tests.journeys.test_over_http import enrolled
from tests.processes import Process

CHUNK: Final = 5_000
SMALL: Final = 10_000
PAIRS: Final = 5  # the small store grows meanwhile, to 35,000
FEW: Final = 10


class Grown:
    """A server of one locked municipality that one device fills."""

    def __init__(self, folder: Path, entries: int) -> None:
        town, _, devices = enrolled(folder, 1)
        self.process, self._random, self._device = Process(town.parent, folder / "no-keys"), Random(1), devices[0]
        for done in range(0, entries, CHUNK):
            self.push()
            print(f"{done + CHUNK:9} entries", file=sys.stderr)

    def push(self) -> float:
        """CPU seconds per 1,000 entries of the next ones."""
        queue = requests_of(self._device, sealed(self._device, CHUNK, self._random), 100)
        return measure(self.process, [queue], CHUNK).cpu_per_1000


def growth(folder: Path, entries: int) -> dict[str, float]:
    """CPU seconds per 1,000 entries into a store of 10,000 entries and into one of all, by turns, and their ratio."""
    small, large = Grown(folder / "small", SMALL), Grown(folder / "large", entries)
    pairs = [(small.push(), large.push()) for _ in range(PAIRS)]
    for server in (small, large):
        server.process.stop()
    early, late = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for other, one in pairs)
    beside({"push: store of all entries / of 10,000": ratio}, f"{entries:,} entries")
    return {"near 10,000": early, f"near {entries:,}": late, "ratio": ratio}


def filled(server: Server, author: Device, count: int) -> list[bytes]:
    """Take in that many new records; returns their ids."""
    made = sealed(author, count, Random(count))
    for body in pushes_of(author, made, 100):
        server.run(server.municipality.exchanging.exchange(author.id, body, server.clock.now_ms()))
    return [parse_header(entry.header).record for entry in made]


def narrow_pull(folder: Path, records: int) -> dict[str, float]:
    """What a device that was granted ten records pays for its first pull, when few are stored and when many are."""
    server = Server(folder)
    author = server.enrol(folder / "author.db", "werker-een")
    found: dict[str, float] = {}
    for stage in (100, records):
        latest = [filled(server, author, min(CHUNK, stage - done)) for done in range(0, stage, CHUNK)][-1][-FEW:]
        heir = server.enrol(folder / f"heir-{stage}.db", f"werker-{stage}")
        for record in latest:
            server.run(server.municipality.opening.grant(record, f"werker-{stage}", "beheer"))
        body, times = write(SyncRequest(PROTOCOL, server.clock.now_ms(), limit=100)), []
        for _ in range(5):
            started = time.process_time()
            raw = server.run(server.municipality.exchanging.exchange(heir.id, body, server.clock.now_ms()))
            times.append((time.process_time() - started) * 1_000)
        found[f"ms of {stage}"] = statistics.median(times)
        found[f"bytes of {stage}"] = len(raw)
        found[f"changes of {stage}"] = len(read_response(raw).changes)
    server.stop()
    return found


def memory(folder: Path, towns: int, records: int) -> float:
    """Resident MiB of a server and the process beside it: all towns open, unlocked, projected, written to once more."""
    data, keys, requests = folder / "data", folder / "keys", []
    keys.mkdir(parents=True)
    for number in range(1, towns + 1):
        server = Server(data, f"GM99{number:02}")
        server.clock.ms = WallClock().now_ms()
        device = server.enrol(folder / f"{number}.db", "werker-een")
        filled(server, device, records)
        requests.append(requests_of(device, sealed(device, 1, Random(number)), 1))
        (keys / f"GM99{number:02}.key").write_bytes(server.key_file)
        server.stop()
    process = Process(data, keys)
    asyncio.run(post_all(process.port, requests))
    while behind(process) > 0:
        time.sleep(1)
    found = sum(resident(pid) for pid in (process.process.pid, *children(process.process.pid)))
    process.stop()
    return found


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return found


def resident(pid: int) -> float:
    """Resident MiB of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def behind(process: Process) -> int:
    """How many positions all projections of a server are behind its journals."""
    total = {"position": 0, "projected": 0}
    for line in httpx.get(f"{process.url}/metrics", timeout=60).text.splitlines():
        for name in total:
            if line.startswith(f"veldpost_{name}{{"):
                total[name] += int(line.rsplit(" ", 1)[1])
    return total["position"] - total["projected"]


def main() -> None:
    """Run everything and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--towns", type=int, default=20)
    parser.add_argument("--records", type=int, default=1_000)
    parser.add_argument("--only", choices=("memory", "pull", "push"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result: dict[str, object] = {"control": control()}
        if chosen.only in (None, "memory"):
            result["resident MiB"] = memory(folder / "memory", chosen.towns, chosen.records)
        if chosen.only in (None, "pull"):
            result["pull"] = narrow_pull(folder / "pull", chosen.entries)
        if chosen.only in (None, "push"):
            result["push"] = growth(folder / "growth", chosen.entries)
    for row, value in result.items():
        print(f"{row:16} {value}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
