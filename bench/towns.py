"""What a server with all municipalities of the country costs while nothing happens: 342, each unlocked.

    .venv/bin/python bench/towns.py [--towns 342] [--idle 10]

Prints the seconds until all are open and unlocked and their CPU, resident MiB of the server and the process beside it,
the CPU of an idle second, and open files; beside them an empty server of the same run as a control.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx

from backend.clock import WallClock
from bench.goals import beside
from bench.ingest import control, cpu_seconds
from bench.scale import behind, children, resident
from tests.fleet.world import Server
from tests.processes import Process, wait_until

SETTLE_S: Final = 10.0  # without a file being opened or closed: only then anything is called idle
SETTLE_MAX_S: Final = 300.0


class Cost(NamedTuple):
    """What a server takes while nobody asks it anything."""

    seconds: float
    opening_cpu_s: float
    mib: float
    idle_cpu: float
    files: int


def founded(data: Path, keys: Path, count: int) -> None:
    """Set up that many municipalities, with key files that unlock them."""
    for number in range(count):
        server = Server(data, f"GM{number + 1:04}")
        server.clock.ms = WallClock().now_ms()
        (keys / f"{server.folder.name}.key").write_bytes(server.key_file)
        server.stop()
        server.loop.close()
        if number % 50 == 49:
            print(f"{number + 1} municipalities", file=sys.stderr)


def unlocked(url: str) -> int:
    """How many municipalities a server has unlocked."""
    lines = httpx.get(f"{url}/metrics", timeout=60).text.splitlines()
    return sum(line.startswith("veldpost_locked{") and line.endswith(" 0") for line in lines)


def files(pid: int) -> int:
    """How many files a server and the processes beside it hold open."""
    return sum(len([*Path(f"/proc/{one}/fd").iterdir()]) for one in (pid, *children(pid)))


def _settle(process: Process) -> None:
    """Return when a server has looked at everything that it opened."""
    pid, until, held = process.process.pid, time.monotonic() + SETTLE_MAX_S, -1
    while ((now := files(pid)) != held or behind(process)) and time.monotonic() < until:
        held = now
        time.sleep(SETTLE_S)


def cost(data: Path, keys: Path, count: int, idle_s: float) -> Cost:
    """Start a server, wait until it is idle, and look at it."""
    started = time.monotonic()
    with Process(data, keys) as process:
        wait_until(lambda: unlocked(process.url) == count, "not all municipalities are unlocked")
        seconds = time.monotonic() - started
        _settle(process)
        pids = [process.process.pid, *children(process.process.pid)]
        opening = sum(map(cpu_seconds, pids))
        time.sleep(idle_s)
        idle = (sum(map(cpu_seconds, pids)) - opening) / idle_s
        found = Cost(seconds, opening, sum(map(resident, pids)), idle, files(process.process.pid))
        process.stop()
    return found


def main() -> None:
    """Run everything and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--towns", type=int, default=342)
    parser.add_argument("--idle", type=float, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        data, keys = Path(name) / "data", Path(name) / "keys"
        data.mkdir()
        keys.mkdir()
        empty = cost(data, keys, 0, chosen.idle)
        founded(data, keys, chosen.towns)
        full = cost(data, keys, chosen.towns, chosen.idle)
    checks = control()
    beside(
        {
            "342 unlocked: seconds until open": full.seconds,
            "342 unlocked: MiB": full.mib,
            "342 unlocked: CPU of an idle second": full.idle_cpu,
            "342 unlocked: files": full.files,
        },
        "" if chosen.towns == 342 else f"of {chosen.towns}",
    )
    ratios = [round(one / other, 1) if other else None for one, other in zip(full, empty, strict=True)]
    print(f"an empty server of the same run: {empty}; ratios {ratios}")
    print(f"opening took {full.opening_cpu_s:.1f} CPU s: {full.opening_cpu_s / checks:.0f} x 1,000 Ed25519 checks")
    print(json.dumps({"full": full._asdict(), "empty": empty._asdict(), "control": checks}))


if __name__ == "__main__":
    main()
