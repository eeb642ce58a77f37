"""PouchDB Server, a peer from npm, at the same work: submissions of 30 fields, in batches of 100 and one by one.

`bench/ingest.py --peer` runs it beside ours. It keeps them in the clear, unsigned, unmerged and without waiting for the
disk, so the figures compare what is left of a push without all that. Installed once, into `build/peer`.
"""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from tests.processes import free_port, wait_until

PACKAGE: Final = "pouchdb-server@4.2.0"
HERE: Final = Path(__file__).parents[1] / "build" / "peer"
STATED: Final = {"pushes of 100": "batches of 100", "pushes of 1, 32 devices": "one by one"}


def installed() -> Path | None:
    """The program, installed where it is not yet; None where node or npm are lacking, or npm brings nothing."""
    program = HERE / "node_modules" / ".bin" / "pouchdb-server"
    if not program.exists() and shutil.which("npm"):
        HERE.mkdir(parents=True, exist_ok=True)
        words = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(HERE), PACKAGE]
        subprocess.run(words, check=False, capture_output=True)
    return program if program.exists() and shutil.which("node") else None


def measured(
    entries: int, runs: int, answers: Callable[[Random], dict[str, Any]], cpu_seconds: Callable[[int], float]
) -> dict[str, float] | None:
    """CPU seconds per 1,000 submissions of the peer's process, medians; None where it cannot be had."""
    program = installed()
    if program is None:
        return None
    folder, port = HERE / f"data-{os.getpid()}", free_port()
    folder.mkdir()
    words = ["node", str(program), "--port", str(port), "--dir", str(folder), "--no-color", "--no-stdout-logs"]
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait_until(lambda: _answers(client), "the peer does not answer")
            client.put("/bench").raise_for_status()
            costs: dict[str, list[float]] = {row: [] for row in STATED}
            for run in range(runs):
                for row, size in zip(STATED, (100, 1), strict=True):
                    random = Random(run)
                    made = [{"_id": f"{run}-{size}-{n}", **answers(random)} for n in range(entries)]
                    before = cpu_seconds(process.pid)
                    _post(client, made, size)
                    costs[row].append((cpu_seconds(process.pid) - before) * 1_000 / entries)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)
    return {row: statistics.median(found) for row, found in costs.items()}


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").is_success
    except httpx.HTTPError:
        return False


def _post(client: httpx.Client, made: list[dict[str, Any]], size: int) -> None:
    for start in range(0, len(made), size):
        client.post("/bench/_bulk_docs", json={"docs": made[start : start + size]}).raise_for_status()
    time.sleep(0.5)  # what it writes afterwards is its cost too


def show(found: dict[str, float] | None, ours: dict[str, float]) -> None:
    """The peer's figures beside ours."""
    if found is None:
        print(f"the peer could not be had: it needs node, npm and {PACKAGE} from a registry")
        return
    for row, cost in found.items():
        print(
            f"{PACKAGE}, {STATED[row]:16} {cost:.4f} CPU s/1000   ours: {ours[row]:.4f}, {ours[row] / cost:.2f} times"
        )
