"""How much the flood of one certified device slows another device's exchange, beside a control in the same call.

    .venv/bin/python bench/flood.py [--exchanges 40] [--connections 8] [--rounds 1] [--only wraps]

One server process, one honest device that pushes an entry at a time and pulls what came, and one device that sends the
largest requests it may over several connections, without a pause: wraps, erased and lacking records, facts, reports,
grants, the whole journal again, pushes that are refused. Each round measures the honest device under each flood, and
alone before each, a part of the control; the flood comes from a process of its own, and has spent what it may spend at
once before anything is measured. Prints p50 and p99 and their ratio to the control of the same rounds.
"""

import argparse
import asyncio
import json
import logging
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog

from backend.municipality.turns import CREDIT_S
from bench.ingest import cpu_seconds
from tests.attacker.abroad import Abroad
from tests.attacker.phone import Phone
from tests.attacker.wire import MESSAGEPACK, Made, make_epoch, make_fact, pack, request_headers, unpack
from tests.processes import Process

RECORDS: Final = 500
AT_MOST: Final = 3.0
BURST_S: Final = 2 * CREDIT_S  # the server works this long on a flood before anything is measured
BURST_MAX_S: Final = 2.5
GRANTED_MAX: Final = 3  # fresh grants of one record to one colleague that a server takes
COLLEAGUES: Final = 4  # who are granted what the flood grants
IDLE_S: Final = 0.3  # the server has ended a flood when it has done nothing for so long
IDLE_MAX_S: Final = 4.0
CONTROL: Final = 3  # a control before each flood has this part of the exchanges under it
PAUSE_S: Final = 0.03  # between two exchanges of the honest device, which spends less than its share


class Flood(NamedTuple):
    """One kind of flood: its name, and the members of its next request."""

    name: str
    members: Callable[[], dict[str, Any]]
    requests: int = 4


def raw(phone: Phone, members: dict[str, Any]) -> bytes:
    """An exchange as it goes over a socket."""
    target, now_ms = phone.target("sync"), phone.now()
    body = pack({"protocol": 1, "sent": now_ms, "cursor": phone.cursor, **members})
    headers = request_headers(phone.keys, "POST", target, body, now_ms, {"Content-Type": MESSAGEPACK})
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {target} HTTP/1.1\r\nHost: bench\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes]:
    """One request and its whole answer: the status and the body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(length)
    return int(head[9:12]), body


def pour(port: int, requests: Sequence[bytes], connections: int, told: Any) -> None:
    """Send the requests over and over, until this process is ended; `told` counts the answers."""

    async def one(start: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = start
        while True:
            status, _ = await post(reader, writer, requests[number % len(requests)])
            told[0 if status < 400 else 1] += 1
            number += connections

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number) for number in range(connections)))

    asyncio.run(all_of_them())


async def honest(port: int, phone: Phone, entries: Sequence[Made]) -> list[float]:
    """Milliseconds of each exchange of the honest device, which pushes one entry and asks for what is new."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    for made in entries:
        await asyncio.sleep(PAUSE_S)
        request = raw(phone, {"entries": [made.wire], "head": [made.seq, made.hash]})
        started = time.perf_counter()
        status, body = await post(reader, writer, request)
        taken.append((time.perf_counter() - started) * 1e3)
        if status != 200:
            raise RuntimeError(f"the honest device is answered {status}")
        phone.cursor = unpack(body)["cursor"]
    writer.close()
    return taken


def written(phone: Phone, count: int) -> list[Made]:
    """The phone's next entries, each for a request of its own."""
    record = phone.records[next(iter(phone.records))]
    return [phone.write(record, {"/duiding": f"woord-{number}"}) for number in range(count)]


def floods_of(bert: Phone, anna: Phone, colleagues: Sequence[Phone]) -> list[Flood]:
    """Every kind, with as much in one request as the limits allow."""
    random, town = bert.random, bert.town
    mine, known = list(bert.records), [made.wire for made in bert.chain]
    epochs = [make_epoch(town, bert.id, bert.town_keys[4], random).wire for _ in range(64)]

    def wraps() -> dict[str, Any]:
        handed = []
        for made in bert.chain[:500]:
            key = bert.records[made.record].key
            junk = [[made.record, key, random.randbytes(8), random.randbytes(12), random.randbytes(48)]] * 4
            handed.append(made.with_wraps(junk).wire)
        return {"handed": handed, "epochs": epochs}

    def reports() -> dict[str, Any]:
        notes = []
        for _ in range(256):
            record, hash_ = random.choice(mine), random.randbytes(32)
            sig = make_fact(bert.keys, "report", town, record, hash_, "open", bert.id)[-1]
            notes.append([record, hash_, "open", sig])
        return {"reports": notes}

    grants = [bert.grant_of(record, anna.id) for record in mine[:256]]
    granted = ((record, one.id) for _ in range(GRANTED_MAX) for one in colleagues for record in mine)

    def fresh() -> dict[str, Any]:
        return {"grants": [bert.grant_of(*one) for one in islice(granted, 256)]}

    return [
        Flood("wraps", wraps),
        Flood("erased", lambda: {"erased": [random.randbytes(16) for _ in range(256)], "lacking": mine[:256]}),
        Flood("facts", lambda: {"facts": [bert.certificate, *(grant[0] for grant in grants)] * 3}),
        Flood("reports", reports),
        Flood("granted again", lambda: {"grants": grants}),
        Flood("repeated", lambda: {"cursor": b"", "limit": 2_000}),
        Flood("pushed again", lambda: {"entries": known[:500]}),
        Flood("refused", lambda: {"entries": [*known[:499], [bytes(32), *known[0][1:]]]}),
        Flood(
            "grants", fresh, GRANTED_MAX * len(colleagues) * len(mine) // 256
        ),  # last: what is in line for it holds up no other
    ]


def under(
    flood: Sequence[bytes], server: Process, phone: Phone, queue: Sequence[Made], connections: int
) -> tuple[list[float], list[int]]:
    """The honest device's exchanges while a flood goes on."""
    spawning = multiprocessing.get_context("fork")
    told = spawning.Array("q", 2)
    process = spawning.Process(target=pour, args=(server.port, flood, connections, told), daemon=True)
    process.start()
    try:
        began, worked = time.monotonic(), cpu_seconds(server.process.pid)
        while cpu_seconds(server.process.pid) - worked < BURST_S and time.monotonic() - began < BURST_MAX_S:
            time.sleep(0.05)
        return asyncio.run(honest(server.port, phone, queue)), list(told[:])
    finally:
        process.kill()
        process.join()


def settled(pid: int) -> None:
    """Return when the server has done what the last flood left it to do."""
    until, worked = time.monotonic() + IDLE_MAX_S, -1.0
    while (now := cpu_seconds(pid)) > worked + 0.015 and time.monotonic() < until:
        worked = now
        time.sleep(IDLE_S)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


def main() -> None:
    """Run the rounds and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=40)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found: dict[str, list[float]] = {}
    counts: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        town = Abroad(Path(folder))
        anna, bert = town.phone("anna"), town.phone("bert")
        colleagues = [town.phone(f"cees-{number}") for number in range(COLLEAGUES)]
        anna.create({"/duiding": "woord"})
        anna.sync()
        for number in range(RECORDS):
            bert.create({"/duiding": f"woord-{number} " * 20})
        bert.push()
        bert.sync()
        with town.process_of_its_own():
            assert town.process is not None
            port = town.process.port
            asyncio.run(honest(port, anna, written(anna, CONTROL)))  # what is done once is done
            for _ in range(chosen.rounds):
                for flood in (one for one in floods_of(bert, anna, colleagues) if chosen.only in one.name):
                    settled(town.process.process.pid)
                    alone = written(anna, max(1, chosen.exchanges // CONTROL))
                    found.setdefault("control", []).extend(asyncio.run(honest(port, anna, alone)))
                    queue = written(anna, chosen.exchanges)
                    requests = [raw(bert, flood.members()) for _ in range(flood.requests)]
                    taken, told = under(requests, town.process, anna, queue, chosen.connections)
                    found.setdefault(flood.name, []).extend(taken)
                    counts[flood.name] = told
    show(found, counts)


def show(found: dict[str, list[float]], counts: dict[str, list[int]]) -> None:
    """The table, and what is above the limit."""
    control = found["control"]
    result: dict[str, Any] = {}
    print(f"{'flood':14} p50 ms   p99 ms   p50 ratio   p99 ratio   flood answered/refused")
    for name, taken in found.items():
        p50, p99 = statistics.median(taken), percentile(taken, 0.99)
        ratio, far = p50 / statistics.median(control), p99 / percentile(control, 0.99)
        answered = "/".join(map(str, counts.get(name, ())))
        print(f"{name:14} {p50:6.2f} {p99:8.2f} {ratio:11.2f} {far:11.2f}   {answered}")
        result[name] = {"p50_ms": p50, "p99_ms": p99, "p50_ratio": ratio, "p99_ratio": far}
    worst = max(row["p50_ratio"] for row in result.values())
    print(f"the worst flood makes an exchange {worst:.2f} times as long; at most {AT_MOST:.0f} is allowed")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
