"""What PostgreSQL costs in place of files: CPU of the server and of PostgreSQL, with and without a synchronous standby.

    .venv/bin/python bench/postgres.py [--entries 2000] [--runs 3]
    .venv/bin/python bench/postgres.py --morning 10          # minutes: 5,000 devices in ten, as many a second in fewer

The same pushes go to three servers in turn, each locked: one with files, one with PostgreSQL alone, one whose journals
and keys have a synchronous standby each. Groups of 100 are pushes of a hundred by one device; of 32, pushes of one by
32 devices that share a commit; of 1, pushes of one by one device. PostgreSQL is as it ships, `fsync` on.

A morning is measured and not worked out: devices of several municipalities, a hundred in each, push three entries and
pull at moments of their own, each over a connection of its own, with a standby; p99 and p99.9 are of those exchanges.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import sync
from backend.device.transport import MESSAGEPACK, HttpTransport, signed_headers
from bench.goals import beside
from bench.ingest import CLOCK_TICKS, control, cpu_seconds, post_all, requests_of, sealed
from bench.scale import children
from sync.entry import Entry
from sync.messages import PROTOCOL, Epoch, SyncRequest, write
from tests.clusters import Cluster
from tests.fleet.world import LocalTransport, Server
from tests.journeys.test_over_http import enrolled
from tests.processes import Process

DEVICES: Final = 32
GROUPS: Final = {100: (1, 100), 32: (DEVICES, 1), 1: (1, 1)}  # devices, and entries of a push
ALONE_EVERY: Final = 10  # of the entries are enough where each has a commit of its own
AS_IT_SHIPS: Final = "max_connections = 200\n"
FILES, SERVED, STANDBY = "files", "PostgreSQL", "PostgreSQL and standby"
A_MORNING: Final = 5_000 / 600  # devices a second
TOWN_OF: Final = 100  # devices
PUSHED: Final = 3  # entries by each device


class Cost(NamedTuple):
    """CPU seconds per 1,000 entries: of the server, of the primaries, of their standbys."""

    ours: float
    primary: float
    standby: float


class Servers(NamedTuple):
    """The clusters of one server of ours."""

    primaries: Sequence[Cluster] = ()
    standbys: Sequence[Cluster] = ()


def spent_by(clusters: Sequence[Cluster]) -> float:
    """CPU seconds of all processes of some clusters, those that ended included."""
    total = 0.0
    for cluster in clusters:
        main = int((cluster.folder / "postmaster.pid").read_text().split()[0])
        ended = Path(f"/proc/{main}/stat").read_text().rsplit(")", 1)[1].split()[13:15]
        total += sum(map(cpu_seconds, (main, *children(main)))) + sum(map(int, ended)) / CLOCK_TICKS
    return total


@contextmanager
def stores(kind: str) -> Iterator[Servers]:
    """Let servers that start now keep what is new in files, or in clusters made for this."""
    if kind == FILES:
        yield Servers()
        return
    primaries = [Cluster.made(AS_IT_SHIPS) for _ in range(2)]
    standbys = [one.standby("two") for one in primaries] if kind == STANDBY else []
    for one in primaries if standbys else ():
        one.tell("alter system set synchronous_standby_names = 'ANY 1 (two)'")
    settings = zip(("JOURNAL", "KEY_STORE", "STANDBY"), (*(one.address() for one in primaries), "none"), strict=True)
    os.environ |= {f"VELDPOST_{name}": value for name, value in settings}
    try:
        yield Servers(primaries, standbys)
    finally:
        for name in ("JOURNAL", "KEY_STORE", "STANDBY"):
            del os.environ[f"VELDPOST_{name}"]
        for cluster in standbys:
            cluster.stop()
        for cluster in primaries:
            cluster.end()


def measured(process: Process, servers: Servers, queues: Sequence[list[bytes]], entries: int) -> Cost:
    """Post some queues, and read what they cost."""
    pid = process.process.pid

    def read() -> tuple[float, float, float]:
        ours = sum(map(cpu_seconds, (pid, *children(pid))))
        return ours, spent_by(servers.primaries), spent_by(servers.standbys)

    before = read()
    asyncio.run(post_all(process.port, queues))
    return Cost(*((now - was) * 1000 / entries for now, was in zip(read(), before, strict=True)))


def series(kind: str, entries: int, runs: int) -> dict[int, Cost]:
    """The median of some runs of each size of a group."""
    random, found = Random(1), dict[int, list[Cost]]()
    with tempfile.TemporaryDirectory() as folder, stores(kind) as servers:
        town, _, devices = enrolled(Path(folder), DEVICES)
        with Process(town.parent, Path(folder) / "no-keys") as process:
            for device in devices:
                sync(device, HttpTransport(process.url))
            for _ in range(runs):
                for group, (count, size) in GROUPS.items():
                    each = (entries if group > 1 else entries // ALONE_EVERY) // count
                    queues = [requests_of(one, sealed(one, each, random), size) for one in devices[:count]]
                    found.setdefault(group, []).append(measured(process, servers, queues, each * count))
            process.stop()
    return {
        group: Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))
        for group, costs in found.items()
    }


# --- a morning ---


class Worker(NamedTuple):
    """What a phone needs to say in the morning; its store is closed."""

    device: Device
    entries: tuple[Entry, ...]
    epochs: tuple[Epoch, ...]
    at_s: float


def staffed(folder: Path, devices: int, random: Random, minutes: float) -> list[Worker]:
    """Municipalities whose devices know each other, and what each will say when."""
    workers = []
    for start in range(0, devices, TOWN_OF):
        server = Server(folder / "data", f"GM{9001 + start // TOWN_OF}")
        server.clock.ms = WallClock().now_ms()
        road, enrolled_ = LocalTransport(server), []
        for number in range(min(TOWN_OF, devices - start)):
            invitation = server.run(server.municipality.enrolling.invite(f"werker-{number}", "worker", "beheer"))
            path = folder / f"{server.folder.name}-{number}.db"
            enrolled_.append(Device.enrol(path, None, invitation, road, WallClock()))
        for device in enrolled_:
            sync(device, road)
            entries = tuple(sealed(device, PUSHED, random))
            ids = sorted({wrap.epoch for entry in entries for wrap in entry.wraps})
            epochs = tuple(device.store.epoch(id_, Epoch) for id_ in ids)
            workers.append(Worker(device, entries, epochs, random.uniform(0, minutes * 60)))
            device.store.close()
        server.stop()
        server.loop.close()
    return workers


async def exchanged(port: int, worker: Worker) -> float:
    """The seconds that one exchange takes, over a connection of its own."""
    device, path = worker.device, f"/api/v1/{worker.device.pen.municipality}/sync"
    now = device.clock.now_ms()
    body = write(SyncRequest(PROTOCOL, now, device.memory.cursor, entries=worker.entries, epochs=worker.epochs))
    headers = signed_headers(device.id, device.signing, now, "POST", path, body, {"Content-Type": MESSAGEPACK})
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\n{lines}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await reader.read()
    taken = time.perf_counter() - started
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[-300:].decode(errors="replace"))
    return taken


async def arrive(port: int, workers: Sequence[Worker]) -> list[float]:
    """Everybody at their moment."""
    began = time.monotonic()

    async def one(worker: Worker) -> float:
        await asyncio.sleep(worker.at_s - (time.monotonic() - began))
        return await exchanged(port, worker)

    return list(await asyncio.gather(*map(one, workers)))


def morning(kind: str, minutes: float) -> dict[str, float]:
    """A morning of so many minutes, at the rate of 5,000 devices in ten."""
    devices, random = round(A_MORNING * minutes * 60), Random(2)
    with tempfile.TemporaryDirectory() as name, stores(kind) as servers:
        workers = staffed(Path(name), devices, random, minutes)
        with Process(Path(name) / "data", Path(name) / "no-keys") as process:
            before = cpu_seconds(process.process.pid), spent_by(servers.primaries), spent_by(servers.standbys)
            seconds = sorted(asyncio.run(arrive(process.port, workers)))
            after = cpu_seconds(process.process.pid), spent_by(servers.primaries), spent_by(servers.standbys)
            process.stop()
    ours, primary, standby = (now - was for now, was in zip(after, before, strict=True))
    at = {share: seconds[min(len(seconds) - 1, int(len(seconds) * share))] * 1e3 for share in (0.5, 0.99, 0.999)}
    return {
        "devices": devices, "p50 ms": at[0.5], "p99 ms": at[0.99], "p99.9 ms": at[0.999], "most ms": seconds[-1] * 1e3,
        "CPU s of ours": ours, "of the primaries": primary, "of the standbys": standby,
    }  # fmt: skip


def compared(entries: int, runs: int) -> dict[str, object]:
    """Print the costs of the three beside each other."""
    checks = [control()]
    costs = {kind: series(kind, entries, runs) for kind in (FILES, SERVED, STANDBY)}
    checks.append(control())
    print(f"{'CPU s per 1,000 entries':28}{'a group of':>12}{'server':>10}{'PostgreSQL':>12}{'standby':>10}")
    for kind, found in costs.items():
        for group, cost in found.items():
            print(f"{kind:28}{group:12}{cost.ours:10.4f}{cost.primary:12.4f}{cost.standby:10.4f}")
    files, served, standby = costs.values()
    beside(
        {
            "group of 100, server: PostgreSQL / files": served[100].ours / files[100].ours,
            "group of 32, server: PostgreSQL / files": served[32].ours / files[32].ours,
            "group of 100: PostgreSQL / Ed25519 check": served[100].primary / statistics.median(checks),
            "group of 100, server: standby / without": standby[100].ours / served[100].ours,
        }
    )
    return {kind: {group: cost._asdict() for group, cost in found.items()} for kind, found in costs.items()}


def main() -> None:
    """Run everything and print tables; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--morning", type=float, metavar="MINUTES", help="a morning of so many minutes instead")
    parser.add_argument("--files", action="store_true", help="the morning with files in place of PostgreSQL")
    chosen = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 65_536)), hard))
    if chosen.morning is None:
        print(json.dumps(compared(chosen.entries, chosen.runs)))
        return
    found = morning(FILES if chosen.files else STANDBY, chosen.morning)
    print("   ".join(f"{name} {figure:,.1f}" for name, figure in found.items()))
    beside({"morning: p99 of an exchange, ms": found["p99 ms"], "morning: p99.9, ms": found["p99.9 ms"]})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
