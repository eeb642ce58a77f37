"""What a second process adds: device pushes to two municipalities of one process, and of two behind the front.

    .venv/bin/python bench/several.py [--entries 2000] [--runs 5]

Every push was made, signed and laid out as HTTP before the clock starts, so that the load costs little beside the
server; its CPU is printed. Where other things run on the machine, a wall clock measures those. So the CPU of every
process is read too, and the throughput is worked out for cores of their own: entries by the seconds of the process that
has most to do. `this machine` is the most that two cores can give which carry the front and the load as well.
"""

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import sync
from backend.device.transport import HttpTransport
from bench.goals import reached
from bench.ingest import control, cpu_seconds, post_all, requests_of, sealed
from bench.scale import children
from tests.fleet.world import LocalTransport, Server
from tests.processes import Process

TOWNS: Final = ("GM9901", "GM9902")
SIZES: Final = {"pushes of 100": 100, "pushes of 1": 1}
DEVICES: Final = 4  # in each municipality


class Run(NamedTuple):
    """One measured run: seconds on the wall, of the load, of all processes, and of the one with most to do."""

    wall_s: float
    load_s: float
    server_s: float
    most_s: float


def founded(folder: Path) -> dict[str, list[Device]]:
    """Two municipalities with some devices, which no process holds."""
    (folder / "no-keys").mkdir()
    found: dict[str, list[Device]] = {}
    for code in TOWNS:
        server = Server(folder / "data", code)
        server.clock.ms = WallClock().now_ms()
        for number in range(DEVICES):
            invitation = server.run(server.municipality.enrolling.invite(f"werker-{number}", "worker", "beheer"))
            path = folder / f"{code}-{number}.db"
            device = Device.enrol(path, None, invitation, LocalTransport(server), WallClock())
            found.setdefault(code, []).append(device)
        server.stop()
    return found


def own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(process: Process, queues: Sequence[list[bytes]]) -> Run:
    """Post every queue at once over a connection of its own."""
    pids = [process.process.pid, *children(process.process.pid)]
    before = [cpu_seconds(pid) for pid in pids]
    own, started = own_seconds(), time.perf_counter()
    asyncio.run(post_all(process.port, queues))
    wall, load = time.perf_counter() - started, own_seconds() - own
    spent = [cpu_seconds(pid) - was for pid, was in zip(pids, before, strict=True)]
    return Run(wall, load, sum(spent), max(spent))


def series(folder: Path, devices: list[Device], processes: int, size: int, entries: int) -> Run:
    """One run of a server of its own."""
    with Process(folder / "data", folder / "no-keys", VELDPOST_PROCESSES=str(processes)) as process:
        for device in devices:
            sync(device, HttpTransport(process.url))
        each = entries // len(devices)
        queues = [requests_of(device, sealed(device, each, Random(each)), size) for device in devices]
        run = measured(process, queues)
        process.stop()
    return run


def shown(name: str, runs: Sequence[Run], entries: int) -> dict[str, float]:
    """Print the medians of some runs: entries a second, and CPU seconds per 1,000."""
    wall, load, server, most = (statistics.median(column) for column in zip(*runs, strict=True))
    figures = {
        "wall": entries / wall, "own cores": entries / most, "this machine": 2 * entries / (server + load),
        "server_cpu_1000": server * 1000 / entries, "most_cpu_1000": most * 1000 / entries,
        "load_cpu_1000": load * 1000 / entries,
    }  # fmt: skip
    print(f"{name:28}" + "".join(f"{figure:16,.3f}" for figure in figures.values()))
    return figures


def main() -> None:
    """Run everything in turn and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    runs: dict[tuple[str, int], list[Run]] = {}
    checks = [control()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        devices = [device for some in founded(folder).values() for device in some]
        for _ in range(chosen.runs):
            for what, size in SIZES.items():
                for processes in (1, 2):
                    run = series(folder, devices, processes, size, chosen.entries)
                    runs.setdefault((what, processes), []).append(run)
            checks.append(control())
    heads = ("entries/s wall", "own cores", "this machine", "CPU s/1000", "busiest /1000", "load /1000")
    print(" " * 28 + "".join(f"{head:>16}" for head in heads))
    result: dict[str, object] = {"ed25519_per_1000": statistics.median(checks)}
    for what in SIZES:
        one, two = (shown(f"{what}, {n} of 2", runs[what, n], chosen.entries) for n in (1, 2))
        result[what] = {"one": one, "two": two}
        reached({f"{what}: two processes / one, own cores": two["own cores"] / one["own cores"]})
        print(f"    on the wall {two['wall'] / one['wall']:.2f}; the front and the load in the same two cores as both:"
              f" {two['this machine'] / one['own cores']:.2f}")  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
