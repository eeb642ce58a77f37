"""A municipality in which nothing happens holds no stores; what it answers is the same before, meanwhile and after."""

import shutil
import threading
from pathlib import Path

import pytest

from backend.device.syncing import Sync
from backend.errors import StoreMissing
from backend.municipality.service import Municipality
from tests.fleet.world import LocalTransport, Server
from tests.looking import open_files


def held(folder: Path) -> list[str]:
    """The files of a municipality's stores that this process has open."""
    return [name for name in open_files(folder) if name != "lock"]


def rested(server: Server) -> Municipality:
    """The municipality, after a rest."""
    server.run(server.municipality.resting.rest())
    return server.municipality


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_whoever_rests_holds_no_file_and_no_thread_and_wakes_by_itself(server: Server, tmp_path: Path) -> None:
    others = {*threading.enumerate()}  # of servers that other tests left to themselves
    anna = server.enrol(tmp_path / "a.db", "anna")
    record = anna.create("huisbezoek", 1, {"/duiding": "een"})
    Sync(anna, LocalTransport(server)).run()
    server.run(server.municipality.auditing.sign_head())
    told = server.municipality.health.counts()
    assert "journal.db-wal" in held(server.folder) and not server.municipality.resting.rests
    town = rested(server)
    assert [] == held(server.folder) and town.resting.rests
    server.run(server.municipality.resting.rest())
    server.run(server.municipality.erasing.finish())
    assert told == town.health.counts() and not server.run(town.auditing.sign_head())
    assert [] == held(server.folder), "the status page and the looks every few seconds open nothing"
    writers = {thread for thread in threading.enumerate() if thread.name.startswith(f"writer-{town.code}")}
    for thread in writers - others:
        thread.join(60)
        assert not thread.is_alive()
    anna.save(anna.open(record), "huisbezoek", 1, {"/duiding": "twee"})
    Sync(anna, LocalTransport(server)).run()
    assert 2 == town.committed.entries and 2 == town.journal.size().entries
    server.stop()


def test_what_is_opened_rests_at_once(server: Server) -> None:
    server.stop()
    server.start()
    assert [] == held(server.folder) and server.municipality.resting.rests
    server.stop()


def test_an_answer_that_was_kept_ends_with_the_next_commit(server: Server) -> None:
    town = rested(server)
    assert (None, 0) == town.resting.audit() and {} == town.resting.unfinished()
    server.run(town.submit(lambda: town.journal.audit(1, "beheer", "act", None, "")))
    assert 1 == town.resting.audit()[1] and server.run(town.auditing.sign_head()) is False
    assert town.resting.audit()[0] is not None
    server.stop()


def test_what_waits_for_an_unlock_is_done_although_the_stores_rested(server: Server, tmp_path: Path) -> None:
    """Whoever starts with nothing to do is not woken; a rest that forgot what is owed would let a colleague wait."""
    anna, bert = (server.enrol(tmp_path / f"{name}.db", name) for name in ("anna", "bert"))
    record = anna.create("huisbezoek", 1, {"/duiding": "een"})
    Sync(anna, LocalTransport(server)).run()
    town = rested(server)
    assert town.resting.is_settled
    server.run(town.submit(lambda: town.journal.owe([(record, bert.id)])))
    assert not town.resting.is_settled
    assert not rested(server).resting.is_settled, "it looked, and something is owed"
    server.stop()
    server.start()
    assert not server.municipality.resting.is_settled
    server.run(server.municipality.settling.settle())
    assert [] == server.municipality.journal.owed(9) and rested(server).resting.is_settled
    server.stop()


def test_another_journal_put_in_place_meanwhile_is_not_written_in(server: Server, tmp_path: Path) -> None:
    """What the server has in memory is not that journal's: with open files, it would have gone on in the old one."""
    anna = server.enrol(tmp_path / "a.db", "anna")
    town = rested(server)
    older = tmp_path / "older.db"
    shutil.copy(server.folder / "journal.db", older)
    anna.create("huisbezoek", 1, {"/duiding": "een"})
    Sync(anna, LocalTransport(server)).run()
    rested(server)
    raw = older.read_bytes()
    (server.folder / "journal.db").write_bytes(raw)  # the same file, as `cp` leaves it
    _refuses(server, raw)
    assert isinstance(town.apart, StoreMissing)


@pytest.mark.parametrize("put", [None, b"", b"geen database " * 1_000], ids=["gone", "empty", "other"])
def test_a_journal_that_is_gone_meanwhile_is_not_made_anew(server: Server, put: bytes | None) -> None:
    town, path = rested(server), server.folder / "journal.db"
    path.rename(server.folder / "elsewhere.db")
    if put is not None:
        path.write_bytes(put)
    _refuses(server, put)
    assert isinstance(town.apart, StoreMissing)


def _refuses(server: Server, left: bytes | None) -> None:
    town, path = server.municipality, server.folder / "journal.db"
    for _ in range(2):
        with pytest.raises(StoreMissing):
            server.run(town.submit(lambda: town.journal.set_meta("one", b"1")))
    assert left == (path.read_bytes() if path.exists() else None)


def test_a_probe_writes_closes_again_and_wakes_nobody(server: Server) -> None:
    town = rested(server)
    server.run(town.resting.probe())
    assert [] == held(server.folder) and town.resting.rests and not town.writer.news.is_set()
    assert b"ready" == town.journal.meta("probe")
    (server.folder / "journal.db").rename(server.folder / "elsewhere.db")
    rested(server)
    with pytest.raises(StoreMissing):
        server.run(town.resting.probe())
    assert isinstance(town.apart, StoreMissing)


def test_what_a_thread_reads_is_read_to_its_end_although_a_rest_begins(server: Server, tmp_path: Path) -> None:
    town = rested(server)
    facts = town.journal.facts()
    first = next(iter(facts))
    server.run(town.resting.rest())
    assert [first.fact, *(stored.fact for stored in facts)] == [stored.fact for stored in town.journal.facts()]
    server.stop()
