"""What taking in, merging and keeping sealed entries costs one server process, beside a bare loop in the same call.

    .venv/bin/python bench/ingest.py [--entries 4000] [--runs 5]

The municipality is locked, so that taking in is measured alone; `--unlocked` adds what the same process then does
beside it: receipts, and the projection of what came in (by itself in `projection.py`). Prints medians: CPU seconds per
1,000 entries of the server process, p50 and p99 of a request, bytes on the wire and on disk; the bare loop of
`bare_loop.py` and a control, the check of an Ed25519 signature, run in the same call, so that ratios hold on any
machine. Every device has pulled before it pushes, as devices in the field have.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.device.device import Device
from backend.device.syncing import sync
from backend.device.transport import MESSAGEPACK, HttpTransport, signed_headers
from bench.goals import beside
from bench.peer import measured, show
from crypto.bodies import RecordKeys, new_record_key
from crypto.entries import encode_plaintext
from crypto.keys import record_commitment, record_id
from sync.device import compose, written
from sync.entry import Entry, encode_header, entry_hash
from sync.messages import PROTOCOL, Epoch, SyncRequest, read_request, write
from tests.journeys.test_over_http import enrolled
from tests.processes import Process

FIELDS = 30
DEVICES = 32
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Row(NamedTuple):
    """One measured run."""

    cpu_per_1000: float
    p50_ms: float
    p99_ms: float
    wire_bytes: float


def answers(random: Random) -> dict[str, Any]:
    """Thirty fields, about as long as people write."""
    return {
        f"/veld_{n:02}": random.choice(("ja", "nee", "onbekend")) if n % 3 else "woord " * random.randint(1, 25)
        for n in range(FIELDS)
    }


def sealed(
    device: Device, count: int, random: Random, words: Callable[[Random], dict[str, Any]] = answers
) -> list[Entry]:
    """A device's next entries, each a new record, sealed and chained without touching its store."""
    made, pen = [], device.pen
    for _ in range(count):
        record_key = new_record_key()
        key = record_commitment(record_key)
        record, keys = record_id(device.id, key), RecordKeys(record_key)
        device.store.keep_key(record, key, record_key)
        text = words(random)
        header = compose(pen, device.clock.now_ms(), record, key, "write", (), keys.touches(text))
        raw = encode_header(header)
        body = keys.seal(raw, encode_plaintext("huisbezoek", 1, text))
        hash_ = entry_hash(pen.head.hash, raw, sha256(body).digest())
        wrap = device.wrap(record, key)
        made.append(Entry(pen.head.hash, raw, body, None, device.signing.sign("entry", hash_), (wrap,)))
        pen = written(pen, header, hash_)
    device.pen = pen
    return made


def pushes_of(device: Device, entries: Sequence[Entry], size: int) -> list[bytes]:
    """The requests of the exchange that push the entries, `size` at a time."""
    made = []
    for start in range(0, len(entries), size):
        part = tuple(entries[start : start + size])
        ids = sorted({wrap.epoch for entry in part for wrap in entry.wraps})
        epochs = tuple(device.store.epoch(id_, Epoch) for id_ in ids) if start % 256 < size else ()
        made.append(
            write(SyncRequest(PROTOCOL, device.clock.now_ms(), device.memory.cursor, entries=part, epochs=epochs))
        )
    return made


def requests_of(device: Device, entries: Sequence[Entry], size: int) -> list[bytes]:
    """The same, signed and as HTTP, ready for a socket."""
    path, made = f"/api/v1/{device.pen.municipality}/sync", []
    for body in pushes_of(device, entries, size):
        plain, sent = {"Content-Type": MESSAGEPACK}, read_request(body).sent
        headers = signed_headers(device.id, device.signing, sent, "POST", path, body, plain)
        lines = (f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\n{''.join(lines)}Content-Length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


async def post_all(port: int, queues: Sequence[list[bytes]]) -> list[float]:
    """Every queue over a connection of its own, all at once; returns the seconds of each request."""
    seconds: list[float] = []

    async def one(queue: list[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in queue:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            body = await reader.readexactly(length)
            seconds.append(time.perf_counter() - started)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(body.decode(errors="replace"))
        writer.close()

    await asyncio.gather(*(one(queue) for queue in queues))
    return seconds


def cpu_seconds(pid: int) -> float:
    """User and system CPU of a process, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def measure(process: Process, queues: Sequence[list[bytes]], entries: int) -> Row:
    """Post some prepared queues and read what they cost the server."""
    before = cpu_seconds(process.process.pid)
    seconds = sorted(asyncio.run(post_all(process.port, queues)))
    cost = (cpu_seconds(process.process.pid) - before) * 1000 / entries
    wire = sum(len(request) for queue in queues for request in queue) / entries
    return Row(cost, seconds[len(seconds) // 2] * 1e3, seconds[int(len(seconds) * 0.99)] * 1e3, wire)


def control() -> float:
    """CPU seconds to check 1,000 Ed25519 signatures: what this machine is worth just now."""
    key = Ed25519PrivateKey.generate()
    message, public = b"x" * 128, key.public_key()
    sig, started = key.sign(message), time.process_time()
    for _ in range(3_000):
        public.verify(sig, message)
    return (time.process_time() - started) / 3


def bare_loop(entries: int) -> str:
    """The outside yardstick, in a process of its own."""
    program = [sys.executable, str(Path(__file__).with_name("bare_loop.py"))]
    program += ["--batch", "1,100", "--merge", "json", "--n", str(min(entries, 2000)), "--runs", "3"]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout


def bare_costs(said: str) -> dict[str, float]:
    """CPU seconds per 1,000 new records of the bare loop, by how many it takes together."""
    rows = [line.split("|") for line in said.splitlines() if line.startswith("json ")]
    return {row[0].split()[1]: float(row[2]) for row in rows if row[0].split()[2] == "new"}


def main() -> None:
    """Run everything and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=4_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-yardstick", action="store_true")
    parser.add_argument("--peer", action="store_true", help="beside PouchDB Server, from npm")
    parser.add_argument("--unlocked", action="store_true", help="count the receipts and the projection in")
    chosen = parser.parse_args()
    random, rows, controls = Random(1), {"pushes of 100": [], "pushes of 1, 32 devices": []}, [control()]  # type: ignore[var-annotated]
    with tempfile.TemporaryDirectory() as folder:
        town, keys, devices = enrolled(Path(folder), DEVICES)
        with Process(town.parent, keys if chosen.unlocked else Path(folder) / "no-keys") as process:
            for device in devices:
                sync(device, HttpTransport(process.url))
            for _ in range(chosen.runs):
                queue = requests_of(devices[0], sealed(devices[0], chosen.entries, random), 100)
                rows["pushes of 100"].append(measure(process, [queue], chosen.entries))
                each = chosen.entries // DEVICES
                queues = [requests_of(device, sealed(device, each, random), 1) for device in devices]
                rows["pushes of 1, 32 devices"].append(measure(process, queues, each * DEVICES))
                controls.append(control())
            process.stop()
        disk = sum(f.stat().st_size for f in town.glob("*.db")) / (chosen.runs * chosen.entries * 2)
    signature = statistics.median(controls)
    print(f"{'':28} CPU s/1000   x Ed25519   p50 ms   p99 ms   wire bytes/entry")
    result: dict[str, Any] = {"ed25519_per_1000": signature}
    for name, runs in rows.items():
        median = Row(*(statistics.median(column) for column in zip(*runs, strict=True)))
        result[name] = median._asdict()
        print(
            f"{name:28} {median.cpu_per_1000:10.4f} {median.cpu_per_1000 / signature:11.2f} {median.p50_ms:8.2f}"
            f" {median.p99_ms:8.2f} {median.wire_bytes:10.0f}"
        )
    print(f"on disk: {disk:.0f} bytes per entry; an Ed25519 check alone: {signature:.4f} CPU s/1000")
    costs = {name: result[name]["cpu_per_1000"] for name in rows}
    figures = {f"{name.replace('pushes', 'push')} / Ed25519 check": cost / signature for name, cost in costs.items()}
    if not chosen.no_yardstick:
        said = bare_loop(chosen.entries)
        bare = bare_costs(said)
        figures["push of 100 / bare loop of 100"] = costs["pushes of 100"] / bare["100"]
        figures["push of 1, 32 devices / bare loop of 1"] = costs["pushes of 1, 32 devices"] / bare["1"]
        print(said)
    if not chosen.unlocked:
        beside(figures)
    if chosen.peer:
        show(measured(chosen.entries, chosen.runs, answers, cpu_seconds), costs)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
