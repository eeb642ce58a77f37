"""What a server holds in memory under floods of strangers without a login, and whether it goes back afterwards.

    .venv/bin/python bench/strangers.py [--only idle]

One server process and one honest device. Each flood opens many connections and leaves something unfinished on each:
bodies whose last byte is held back, headers without end, requests sent before their turn, answers that nobody reads,
nothing at all. Prints the resident memory before, at most, and after the connections are closed; whether the device
was served meanwhile by a connection that it had, and afterwards by a new one.
"""

import argparse
import json
import logging
import resource
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog

from tests.attacker.abroad import Abroad
from tests.attacker.phone import Phone

AFTER_S: Final = 3.0  # after the connections are closed, before memory is looked at again
HELD_MIB: Final = 256  # what a flood may take at most: all bodies together have 192 MiB, headers and sockets the rest
LEFT_MIB: Final = 32  # of it afterwards
BODY: Final = 12 * 1024 * 1024
HAND_IN: Final = b"POST /api/v1/GM9901/hand-ins HTTP/1.1\r\nHost: a\r\nContent-Type: application/msgpack\r\n"
ELSEWHERE: Final = "127.0.0.2"  # the address of the strangers
GET: Final = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n"


class Flood(NamedTuple):
    """How many connections, and what is sent on each, as often as it is taken."""

    name: str
    connections: int
    sent: bytes
    times: int = 1


FLOODS: Final = (
    Flood("bodies of 12 MiB", 60, HAND_IN + b"Content-Length: %d\r\n\r\n" % BODY + b"x" * (BODY - 1)),
    Flood("60 KB of headers", 1_900, GET + b"X: " + b"y" * 60_000),
    Flood("12,000 headers", 1_500, GET + b"a:b\r\n" * 12_000),
    Flood("an address of 60 KB", 1_000, b"GET /" + b"y" * 60_000),
    Flood("requests in advance", 50, (GET + b"\r\n") * 1_000, 100),
    Flood("nothing", 10_000, b""),
)


def resident(pid: int) -> float:
    """The resident memory of a process, in MiB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def pour(port: int, flood: Flood) -> list[socket.socket]:
    """Open the connections of a flood; whatever the server refuses or cuts off is no fault here."""
    lines = []
    for _ in range(flood.connections):
        line = socket.socket()
        line.settimeout(2)
        lines.append(line)
        with suppress(OSError):
            line.bind((ELSEWHERE, 0))
            line.connect(("127.0.0.1", port))
            for _ in range(flood.times if flood.sent else 0):
                line.sendall(flood.sent)
    return lines


def served(phone: Phone) -> bool:
    """Whether an exchange of the honest device is answered in full."""
    with suppress(Exception):
        return bool(phone.exchange()[1])
    return False


def measured(town: Abroad, phone: Phone, flood: Flood) -> dict[str, Any]:
    """One flood from beginning to end."""
    assert town.process is not None
    pid, peak, over = town.process.process.pid, [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = max(peak[0], resident(pid))

    served(phone)
    before = resident(pid)
    watching = threading.Thread(target=watch)
    watching.start()
    lines = pour(town.process.port, flood)
    during = served(phone)
    over.set()
    watching.join()
    for line in lines:
        line.close()
    time.sleep(AFTER_S)
    return {"before": before, "peak": peak[0], "after": resident(pid), "during": during, "again": served(phone)}


def main() -> None:
    """Run the floods and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        town = Abroad(Path(folder))
        phone = town.phone("anna")
        phone.create({"/duiding": "woord"})
        phone.sync()
        with town.process_of_its_own():
            for flood in FLOODS:
                if chosen.only in flood.name:
                    found[flood.name] = measured(town, phone, flood)
    show(found)


def show(found: dict[str, dict[str, Any]], say: Callable[[str], None] = print) -> None:
    """The table, and what is above the limit."""
    say(f"{'flood':22} before MiB     peak    after   served meanwhile / afterwards")
    for name, row in found.items():
        mib = f"{row['before']:10.0f} {row['peak']:8.0f} {row['after']:8.0f}"
        say(f"{name:22} {mib}   {row['during']} / {row['again']}")
    held = max(row["peak"] - row["before"] for row in found.values())
    left = max(row["after"] - row["before"] for row in found.values())
    say(f"at most {held:.0f} MiB held ({HELD_MIB} are allowed) and {left:.0f} MiB left afterwards ({LEFT_MIB})")
    say(json.dumps(found))


if __name__ == "__main__":
    main()
