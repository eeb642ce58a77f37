"""What the desk waits while the projection works, and what devices wait while an export is made.

    .venv/bin/python bench/desk_busy.py [--records 20000] [--backlog 1500] [--runs 5]

Pages: the records of a form, Today and the conflict desk are asked over HTTP while the projection works off a backlog
of pushed entries in its process, and by turns while it has nothing to do; the ratio of the medians is at most two.
Pushes: of one entry at a fixed rate, while a workbook of all records is made and while its making stands still, by
turns of a second, so that what else the machine does weighs on both alike; the ratio of the medians is at most 1.1.
Server and measuring share a process here, so both wait for one more than in the field. The clock of the office stands
still but for a minute a turn: a device makes no more exchanges in one than the server takes (`backend/web/limits.py`).
"""

import argparse
import asyncio
import signal
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx

from backend.desk.rights import Role
from backend.desk.sessions import csrf_of
from backend.projection.projections import Beside
from backend.web.desk.guarding import cookie_name
from bench.desk_pages import filled
from bench.exporting import ANSWERS, FORM
from bench.goals import beside
from bench.ingest import requests_of, sealed
from bench.latency import paced
from tests.desk_pages.office import Browser, DeskOffice
from tests.journeys.desk.street import served

PAGES: Final = (f"/records/{FORM}", "/today", "/conflicts")
RATE: Final = 20.0  # pushes a second
BACKLOG_AT_ONCE: Final = 50  # entries of one push of the backlog
SETTLES_S: Final = 0.2  # until what was under way when a process was stopped is over
TURNS_MAX: Final = 12  # of one workbook: where others have the machine, it would be made for an hour
MINUTE_MS: Final = 60_000
COLUMNS: Final = ("case_ref", "bezoek_datum", "bezoek_soort", "toegang", "feiten", "duiding", "rollen", "hulpvragen")


class Street:
    """An office that is served in this process, and what asks it from outside."""

    def __init__(self, office: DeskOffice, address: str) -> None:
        self.office, self.port = office, int(address.rpartition(":")[2])
        self.lead: Browser = office.signed_in(Role.LEAD)
        self.client = httpx.Client(base_url=f"{address}{self.lead.home}", timeout=120)
        self.sign_in()

    def sign_in(self) -> None:
        """Let the lead show their factors anew, as who takes more than a thousand records along must."""
        self.lead = self.office.signed_in(Role.LEAD)
        cookie = f"{cookie_name(self.office.code)}={self.lead.id}"
        self.client.headers = httpx.Headers({"cookie": cookie, "sec-fetch-site": "same-origin"})

    def told(self, work: Any) -> "Future[Any]":
        """Let something be done in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.office.server.loop)

    def page(self, path: str) -> float:
        """The seconds that a page takes."""
        begun = time.perf_counter()
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return time.perf_counter() - begun

    def pushed(self, count: int, rate: float, size: int = 1) -> list[float]:
        """The milliseconds that pushes of so many entries take, `size` at a time, in order of length."""
        device = self.office.one
        entries = sealed(device, count, Random(count), lambda _random: dict(ANSWERS))
        return asyncio.run(paced(self.port, requests_of(device, entries, size), rate))

    def minute(self) -> None:
        """Let a minute go by."""
        self.office.server.clock.ms += MINUTE_MS

    def exported(self) -> str:
        """Ask for a workbook of all records; gives the address of its job."""
        self.sign_in()
        fields = {"csrf": csrf_of(self.lead.id), "kind": "xlsx", "words": "words", "column": list(COLUMNS),
                  "reason": "meting van de snelheid"}  # fmt: skip
        answer = self.client.post(f"/exports/new/{FORM}", data=fields)
        assert answer.status_code == 303, answer.text[:2_000]
        return answer.headers["location"].removeprefix(self.lead.home)

    def runs(self, job: str) -> bool:
        """True while a job is under way."""
        return self.client.get(f"{job}/progress").status_code == 200

    def rows(self, job: str) -> int:
        """How many rows a job has written."""
        live = self.office.desk.exports._live.get(job.rpartition("/")[2])
        return 0 if live is None else live.done

    def stopped(self, job: str, stop: bool) -> None:
        """Let the process of a job stand still, and what gives it rows with it; or go on."""
        live = self.office.desk.exports._live.get(job.rpartition("/")[2])
        if live is not None and live.process is not None and live.process.returncode is None:
            live.process.send_signal(signal.SIGSTOP if stop else signal.SIGCONT)
            time.sleep(SETTLES_S)


def pages_beside_projection(street: Street, backlog: int, runs: int) -> dict[str, float]:
    """For each page the median while the projection works, to the median while it does not."""
    busy: dict[str, list[float]] = {path: [] for path in PAGES}
    still: dict[str, list[float]] = {path: [] for path in PAGES}
    for path in PAGES:
        street.page(path)
    for _ in range(runs):
        street.minute()
        street.pushed(backlog, 1_000.0, BACKLOG_AT_ONCE)
        working = street.told(street.office.keeper.catch_up())
        while not working.done():
            for path in PAGES:
                taken = street.page(path)
                busy[path] += [taken] * (not working.done())
        for _ in range(10):
            for path in PAGES:
                still[path].append(street.page(path))
    return {
        path: statistics.median(busy[path]) / statistics.median(still[path]) if busy[path] else float("nan")
        for path in PAGES
    }


def pushes_beside_a_workbook(street: Street, runs: int) -> tuple[float, int, int]:
    """The median push while a workbook is made to the median while its making stands still, how many were measured
    while it was made, and the rows that it got meanwhile."""
    rows = 0
    during: list[float] = []
    still: list[float] = []
    street.pushed(20, RATE)
    for _ in range(runs):
        street.minute()
        street.told(street.office.keeper.catch_up()).result()
        job = street.exported()
        for _ in range(TURNS_MAX):
            if not street.runs(job):
                break
            some = street.pushed(int(RATE), RATE)
            if not street.runs(job):  # it ended meanwhile
                break
            street.stopped(job, True)
            still += street.pushed(int(RATE), RATE)
            street.stopped(job, False)
            during += some
        rows += street.rows(job)
        street.client.post(f"{job}/end", data={"csrf": csrf_of(street.lead.id)})
    return statistics.median(during) / statistics.median(still), len(during), rows


def main() -> None:
    """Print both ratios beside their goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--backlog", type=int, default=1_500)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        office, _, _ = filled(Path(place), options.records)
        office.server.hurry()
        office.keeper._projections = Beside()
        with served(office) as address:
            street = Street(office, address)
            ended: Callable[[], Any] = street.told(office.keeper.catch_up()).result
            ended()
            for path, ratio in pages_beside_projection(street, options.backlog, options.runs).items():
                beside({"desk page: projecting / still": ratio}, path)
            ratio, count, rows = pushes_beside_a_workbook(street, options.runs)
            remark = f"{options.records} records, {count} pushes, {rows} rows written meanwhile"
            beside({"push of 1: making a workbook / still": ratio}, remark)
        office.server.run(office.desk.exports.close())
        office.desk.control.close()
        office.server.run(office.keeper.close())
        office.server.stop()


if __name__ == "__main__":
    main()
