"""A group of commits: a job that fails costs the others nothing, and nobody sees a town half filled."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from backend.device.syncing import Sync
from backend.errors import NoSuchDevice
from backend.stores.sqlite.engine import SqliteStores
from backend.stores.sqlite.journal import SqliteJournal
from sync import acting
from sync.errors import DeviceRevoked
from sync.messages import SyncRequest, write
from tests.fleet.world import LocalTransport, Server


def test_a_job_that_fails_costs_the_others_of_its_group_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path)
    town = server.municipality
    record = server.enrol(tmp_path / "a.db", "anna")
    made = record.create("huisbezoek", 1, {"/duiding": "woord"})
    Sync(record, LocalTransport(server)).run()

    async def together() -> list[Any]:
        assigned = [town.opening.grant(made, worker, "beheer") for worker in ("bert", "cees")]
        ended = town.acts.revoke(bytes(16), "beheer")
        return list(await asyncio.gather(assigned[0], ended, assigned[1], return_exceptions=True))

    before = town.committed.position
    outcomes = server.run(together())
    assert [0, 0] == [outcomes[0], outcomes[2]] and isinstance(outcomes[1], NoSuchDevice)
    assert before + 2 == town.committed.position == town.journal.last_position()
    assert [made] == town.book.records_assigned_to("bert") == town.book.records_assigned_to("cees")
    server.stop()


def test_a_job_that_fails_half_way_leaves_nothing_in_memory_or_on_disk(tmp_path: Path) -> None:
    server = Server(tmp_path)
    town = server.municipality
    anna = server.enrol(tmp_path / "a.db", "anna")
    before = (town.committed.position, town.journal.last_position(), dict(town.book.revocations))

    def work() -> None:
        ended = acting.end(anna.id, 1, town.exchanges, stolen=True)
        assert isinstance(ended, acting.Ended)
        town.acts.end(ended.act, "beheer")
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        server.run(town.submit(work))
    assert before == (town.committed.position, town.journal.last_position(), dict(town.book.revocations))
    assert not any(row.done for row in town.outside.rows() if row.kind == "revocation")
    Sync(anna, LocalTransport(server)).run()
    server.stop()


def test_a_reader_never_sees_fewer_certificates_than_before(tmp_path: Path) -> None:
    server = Server(tmp_path)
    town, seen, over = server.municipality, [0], threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.append(len(town.book.certificates))

    watching = threading.Thread(target=watch)
    watching.start()
    for number in range(8):
        server.enrol(tmp_path / f"{number}.db", f"werker-{number}")
    over.set()
    watching.join()
    assert sorted(seen) == seen and 8 == len(town.book.certificates)
    server.stop()


def test_a_refused_request_reads_no_fact_of_the_journal_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(tmp_path)
    anna = server.enrol(tmp_path / "a.db", "anna")
    server.run(server.municipality.acts.revoke(anna.id, "beheer"))
    reads: list[Any] = []
    kept = SqliteJournal.facts

    def facts(journal: SqliteJournal, *args: Any) -> Any:
        reads.append(args)
        return kept(journal, *args)

    monkeypatch.setattr(SqliteJournal, "facts", facts)
    with pytest.raises(NoSuchDevice):
        server.run(server.municipality.acts.revoke(bytes(16), "beheer"))
    with pytest.raises(DeviceRevoked):
        server.run(_exchange(server, anna.id))
    assert [] == reads
    server.stop()


async def _exchange(server: Server, device: bytes) -> bytes:
    now_ms = server.clock.now_ms()
    return await server.municipality.exchanging.exchange(device, write(SyncRequest(1, now_ms)), now_ms)


def test_a_kill_between_the_keys_and_the_journal_leaves_a_key_too_many_and_no_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(tmp_path)
    anna = server.enrol(tmp_path / "a.db", "anna")
    record = anna.create("huisbezoek", 1, {"/duiding": "woord"})
    unit, stores = server.municipality.unit, server.municipality.stores.inner
    assert isinstance(stores, SqliteStores)
    run = stores._run

    def dying(statement: str, *values: Any) -> Any:
        if statement == "commit":
            raise KeyboardInterrupt
        return run(statement, *values)

    with pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(stores, "_run", dying)
        Sync(anna, LocalTransport(server)).run()
    monkeypatch.undo()
    unit.abandon()
    server.stop()
    server.start()
    assert server.municipality.keys.has_wrap(record) and server.municipality.journal.record(record) is None
    Sync(anna, LocalTransport(server)).run()
    assert server.municipality.journal.record(record) is not None
    server.stop()
