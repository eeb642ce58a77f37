"""An export from a page is whole or not there, whatever dies in the middle of it, and nothing is left lying."""

import asyncio
import errno
import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.cli import export_worker
from backend.desk import export_jobs, export_making
from backend.desk.export_live import RUNS, Live
from backend.desk.export_pipe import Order, PipeBroken, framed, rows_of
from backend.desk.rights import Role
from backend.municipality.exports import sweep
from backend.stores.sessions import OVER, Job
from tests.desk_pages.office import DeskOffice, name_of
from tests.desk_pages.taking import WORD, acts, asked, ended, job_of, live_of, lying, made, office_in, token


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = office_in(tmp_path_factory.mktemp("exports"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_left(office: DeskOffice) -> Iterator[None]:
    yield
    ended(office)


# --- whole or not there ---


def test_what_lies_on_the_disk_is_sealed_and_private(office: DeskOffice) -> None:
    path = asked(office.signed_in())
    made(office, path)
    live = live_of(office, path)
    assert [live.file] == sorted(live.folder.iterdir()) and WORD.encode() not in live.file.read_bytes()
    assert 0o600 == stat.S_IMODE(live.file.stat().st_mode) and 0o700 == stat.S_IMODE(live.folder.stat().st_mode)


def test_a_changed_file_gives_nothing(office: DeskOffice) -> None:
    browser = office.signed_in()
    path = asked(browser)
    made(office, path)
    file = live_of(office, path).file
    raw = bytearray(file.read_bytes())
    raw[3] ^= 1
    file.write_bytes(raw)
    assert b"PK" not in browser.get(f"{path}/file").content


def in_the_middle(office: DeskOffice, monkeypatch: pytest.MonkeyPatch, work: Callable[[Live], Any]) -> Job:
    """A job to which something happens after its first piece went through the pipe."""
    browser, pumped = office.signed_in(), export_making._pumped

    async def broken(live: Live, *more: Any) -> None:
        done = work(live)
        if done is not None:
            await done
        await pumped(live, *more)

    monkeypatch.setattr(export_making, "_pumped", broken)
    path = asked(browser)
    job = made(office, path)
    assert 404 == browser.get(f"{path}/file").status_code
    return job


def test_a_process_that_was_killed_leaves_nothing(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(live: Live) -> None:
        assert live.process is not None
        os.kill(live.process.pid, 9)

    job = in_the_middle(office, monkeypatch, kill)
    assert (OVER, "process-ended") == (job.state, job.why)


def test_a_lock_in_the_middle_leaves_nothing(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = office.signed_in(Role.ADMIN)
    job = in_the_middle(office, monkeypatch, lambda _live: lead.asking("POST", f"{lead.home}/lock", data=token(lead)))
    try:
        assert (OVER, "locked") == (job.state, job.why) and [] == lying(office)
    finally:
        office.server.unlock()


def test_cancelled_in_the_middle_leaves_nothing(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = office.signed_in()

    def cancel(live: Live) -> Any:
        return browser.asking("POST", f"{browser.home}/exports/{live.id}/end", data=token(browser))

    job = in_the_middle(office, monkeypatch, cancel)
    assert (OVER, "cancelled") == (job.state, job.why)
    assert "export-ended" == acts(office)[0]


def test_a_full_disk_in_the_middle_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the process that writes: the disk is full at the second piece."""

    def full() -> Iterator[dict[str, Any]]:
        yield {"table": "t", "columns": ["a"], "types": ["text"], "key": [], "about": [{"kind": "text"}], "of": ""}
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for kind in ("csv", "xlsx", "sqlite", "jsonl"):
        order = Order(kind, "", str(tmp_path), "t.zip", b"k" * 32)
        assert "disk-full" == export_worker.write(order, full()).why
        assert [] == [*tmp_path.iterdir()]


def test_a_server_that_was_killed_leaves_noise_that_goes_at_the_next_start(office: DeskOffice, tmp_path: Path) -> None:
    """The pipe ends before the mark of the end: nothing is kept; what lay there already goes by `sweep`."""
    said = io.BytesIO()
    order = Order("csv", "", str(tmp_path), "t.zip", b"k" * 32)
    half = (
        framed(order) + framed({"table": "t", "columns": ["a"]}) + framed({"table": "t", "count": 1, "cells": [["x"]]})
    )
    export_worker.serve(io.BytesIO(half), said)
    assert b"export-pipe-broken" in said.getvalue() and [] == [*tmp_path.iterdir()]
    with pytest.raises(PipeBroken):
        [*rows_of(io.BytesIO(half[:-1]))]
    left = tmp_path / ".veldpost-0123456789abcdef"
    left.mkdir()
    (left / "sealed").write_bytes(b"noise")
    sweep(tmp_path)
    assert [] == [*tmp_path.iterdir()]
    office.desk.control.keep_job(Job("ab" * 16, office.code, "de-lead", "csv", "x", RUNS, "", 1, 2, "x", 0, 1, 2**60))
    fresh = export_jobs.ExportJobs(office.desk)
    assert {OVER} == {one.state for one in fresh.of(office.server.municipality) if one.id == "ab" * 16}


def test_a_server_that_stops_waits_for_an_export_that_was_ended_a_moment_ago(office: DeskOffice) -> None:
    exports = office.desk.exports
    path = asked(office.signed_in())

    async def stopped() -> set[str]:
        exports.end_of(office.code, "cancelled")
        await exports.close()
        return {getattr(one.get_coro(), "__name__", "") for one in asyncio.all_tasks()}

    assert "_make" not in office.server.run(stopped()) and [] == lying(office)
    assert OVER == job_of(office, path).state


def test_an_export_that_is_ended_before_its_process_stands_reads_nothing(
    office: DeskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[Live]()

    async def pumped(live: Live, *_more: Any) -> None:
        read.append(live)

    monkeypatch.setattr(export_making, "_pumped", pumped)
    asked(office.signed_in())

    async def ended_at_once() -> None:
        exports = office.desk.exports
        exports.end_of(office.code, "cancelled")
        await asyncio.gather(*exports._making, return_exceptions=True)

    office.server.run(ended_at_once())
    assert [] == read and [] == lying(office)


# --- nothing left lying ---


def test_a_file_goes_a_while_after_it_was_fetched_and_after_a_day(office: DeskOffice) -> None:
    browser = office.signed_in()
    path = asked(browser)
    made(office, path)
    assert 200 == browser.get(f"{path}/file").status_code == browser.get(f"{path}/file").status_code
    office.server.clock.ms += export_jobs.FETCHED_MS + 1
    assert 404 == browser.get(f"{path}/file").status_code and [] == lying(office)
    path = asked(office.signed_in())
    made(office, path)
    office.server.clock.ms += export_jobs.READY_MS + 1
    office.signed_in().get("/exports")
    assert (OVER, "time") == (job_of(office, path).state, job_of(office, path).why)


def test_signing_out_everywhere_and_a_block_take_the_files_away(office: DeskOffice) -> None:
    for way in ("/account/sign-out-everywhere", "block"):
        browser = office.signed_in()
        path = asked(browser)
        made(office, path)
        if way == "block":
            office.server.run(_told(office))
        else:
            browser.post(way)
        assert (OVER, "signed-out") == (job_of(office, path).state, job_of(office, path).why), way
        assert [] == lying(office)


async def _told(office: DeskOffice) -> None:
    office.desk.control.end_sessions(office.code, name_of(Role.LEAD))


def test_an_erasure_takes_finished_files_away(office: DeskOffice) -> None:
    browser = office.signed_in()
    record = office.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2399", "/feiten": "Wordt gewist"})
    office.sync()
    path = asked(browser)
    made(office, path)
    assert lying(office)
    office.server.run(office.server.municipality.erasing.erase(record, "request", "beheer"))
    assert [] == lying(office)
    assert 404 == browser.get(f"{path}/file").status_code
    browser.get(path)
    assert "export-overtaken" == job_of(office, path).why
    office.server.run(asyncio.sleep(0.1))  # its line comes after
    assert "export-ended" in acts(office)[:2]
