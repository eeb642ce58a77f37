"""What a push waits while the projection works, beside what it waits while the municipality is locked.

    .venv/bin/python bench/latency.py [--rate 40] [--seconds 10] [--runs 3]

Pushes of one entry come at a fixed rate, whether or not the ones before were answered. Each waits for the projection
of those before it where that takes its turn. Prints medians over alternating runs: p50 and p99 in milliseconds,
CPU of the server's own process, and their ratios. On a machine that does other things besides, only the CPU says much.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.device.device import Device
from backend.device.syncing import sync
from backend.device.transport import HttpTransport
from bench.goals import beside
from bench.ingest import cpu_seconds, requests_of, sealed
from tests.journeys.test_over_http import enrolled
from tests.processes import Process

DEVICES = 16


async def paced(port: int, requests: list[bytes], rate: float) -> list[float]:
    """The milliseconds that each request took from when it was due."""
    taken: list[float] = []
    started = time.perf_counter()

    async def one(number: int, request: bytes) -> None:
        due = started + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await reader.readexactly(length)
        taken.append((time.perf_counter() - due) * 1_000)
        writer.close()
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(body.decode(errors="replace"))

    await asyncio.gather(*(one(number, request) for number, request in enumerate(requests)))
    return sorted(taken)


def waited(process: Process, devices: list[Device], rate: float, seconds: float) -> tuple[float, float, float]:
    """p50 and p99 of pushes that come in turn from some devices, and what each cost the server's process."""
    each = int(rate * seconds / len(devices)) + 1
    queues = [requests_of(device, sealed(device, each, Random(each)), 1) for device in devices]
    before = cpu_seconds(process.process.pid)
    taken = asyncio.run(paced(process.port, [queue[n] for n in range(each) for queue in queues], rate))
    cost = (cpu_seconds(process.process.pid) - before) * 1_000 / len(taken)
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)], cost


def main() -> None:
    """Run everything and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=40)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    rows: dict[str, list[tuple[float, float, float]]] = {"locked": [], "projecting": []}
    for _ in range(chosen.runs):
        for row, found in rows.items():
            with tempfile.TemporaryDirectory() as folder:
                town, keys, devices = enrolled(Path(folder), DEVICES)
                with Process(town.parent, keys if row == "projecting" else Path(folder) / "no-keys") as process:
                    for device in devices:
                        sync(device, HttpTransport(process.url))
                    waited(process, devices, chosen.rate, 2)  # until everything is warm
                    found.append(waited(process, devices, chosen.rate, chosen.seconds))
                    process.stop()
    print(f"{'':12} {'p50 ms':>8} {'p99 ms':>8} {'CPU ms':>8}  of the server's process, a push")
    medians = {row: [statistics.median(column) for column in zip(*found, strict=True)] for row, found in rows.items()}
    for row, columns in medians.items():
        print(f"{row:12} " + " ".join(f"{column:8.2f}" for column in columns))
    ratios = [projecting / locked for locked, projecting in zip(medians["locked"], medians["projecting"], strict=True)]
    print(f"{'ratio':12} " + " ".join(f"{ratio:8.2f}" for ratio in ratios))
    beside({"p99 of a push: projecting / locked": ratios[1]})
    print(json.dumps({**medians, "ratio": ratios}))


if __name__ == "__main__":
    main()
