"""A disk that is full, a file that is locked, damaged or of another key: the right words, and nothing half taken in."""

import random
from pathlib import Path

import pytest
import sqlcipher3
from litestar.testing import TestClient

from backend.device.syncing import Sync
from backend.device.transport import ServerRefused
from backend.errors import StoreBusy, StoreCorrupt, WrongStoreKey
from backend.municipality.registry import Municipalities
from backend.stores import database
from backend.stores.database import open_database, transaction, translated, truncate_log, write_anew
from backend.stores.records import Records
from backend.stores.sqlite.journal import SqliteJournal
from backend.web.app import create_app
from tests.fleet.pages import pages
from tests.fleet.world import FakeClock, LocalTransport, Server
from tests.looking import inside

LONG = "woord " * 1_000


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def test_a_full_disk_takes_nothing_of_a_push_and_all_of_it_once_there_is_room(server: Server, tmp_path: Path) -> None:
    device = server.enrol(tmp_path / "one.db", "werker-een")
    for _ in range(20):
        device.create("huisbezoek", 1, {"/duiding": LONG})
    town = server.municipality
    before, pages = town.journal.last_position(), inside(town.journal)
    (now,) = pages.execute("pragma page_count").fetchone()
    (unlimited,) = pages.execute("pragma max_page_count").fetchone()
    pages.execute(f"pragma max_page_count = {now + 8}")
    with pytest.raises(ServerRefused) as refused:
        Sync(device, LocalTransport(server)).run()
    assert ("store-full", 507) == (refused.value.code, refused.value.status)
    assert before == town.journal.last_position() == town.committed.position
    assert 0 == device.memory.send_after
    pages.execute(f"pragma max_page_count = {unlimited}")
    Sync(device, LocalTransport(server)).run()
    assert before + 20 == town.journal.last_position()
    assert 20 == device.memory.send_after


def test_a_store_that_another_program_holds_is_busy_and_opens_later(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = server.enrol(tmp_path / "one.db", "werker-een")
    device.create("huisbezoek", 1, {"/duiding": "woord"})
    conn = inside(server.municipality.journal)
    conn.execute("pragma busy_timeout = 50")
    other = sqlcipher3.connect(str(server.folder / "journal.db"), isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(ServerRefused) as refused:
        Sync(device, LocalTransport(server)).run()
    assert ("store-busy", 503) == (refused.value.code, refused.value.status)
    other.execute("rollback")
    Sync(device, LocalTransport(server)).run()
    assert 1 == device.memory.send_after
    other.execute("begin immediate")
    monkeypatch.setattr(database, "BUSY_MS", 50)
    with (
        pytest.raises(StoreBusy),
        translated("journal.db"),
        transaction(SqliteJournal(server.folder / "journal.db").db),
    ):
        pass


def test_a_damaged_store_is_named_as_damaged(server: Server, tmp_path: Path) -> None:
    device = server.enrol(tmp_path / "one.db", "werker-een")
    for _ in range(20):
        device.create("huisbezoek", 1, {"/duiding": LONG})
    Sync(device, LocalTransport(server)).run()
    server.stop()
    path = server.folder / "journal.db"
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\x5a" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(StoreCorrupt):
        server.start()


def test_a_damaged_municipality_does_not_keep_the_others_from_working(tmp_path: Path) -> None:
    for code in ("GM9901", "GM9902"):
        Server(tmp_path, code).stop()
    (tmp_path / "GM9901" / "journal.db").write_bytes(b"geen database " * 1_000)
    towns = Municipalities(tmp_path, tmp_path / "no-keys", FakeClock())
    towns.open_all()
    with pytest.raises(StoreCorrupt):
        towns.get("GM9901")
    assert "GM9902" == towns.get("GM9902").code
    with TestClient(create_app(towns, FakeClock())) as client:
        answer = client.get("/health/ready")
    assert (503, {"GM9901": "store-corrupt"}) == (answer.status_code, answer.json()["faults"])


def test_what_is_no_database_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    path.write_bytes(b"geen database " * 1_000)
    with pytest.raises(StoreCorrupt) as refused:
        open_database(path)
    assert "geen database" not in str(refused.value)


def test_records_of_another_key_are_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    Records(path, b"\1" * 32).close()
    before = path.read_bytes()
    with pytest.raises(WrongStoreKey):
        Records(path, b"\2" * 32)
    assert before == path.read_bytes()
    Records(path, b"\1" * 32).close()


def test_a_store_that_was_written_anew_holds_nothing_between_its_rows(tmp_path: Path) -> None:
    """SQLite overwrites what is deleted, and leaves behind what it had moved from one page to another before."""
    path, key, die = tmp_path / "records.db", bytes(range(32)), random.Random(1)
    db = open_database(path, key=key)
    words = {die.randbytes(16): die.randbytes(die.randrange(300, 900)) for _ in range(1_500)}
    with transaction(db):
        db.conn.execute("create table told(record blob primary key, words blob) without rowid")
        db.conn.executemany("insert into told values(?, ?)", words.items())
    gone = die.sample(list(words), 150)
    with transaction(db):
        db.conn.executemany("delete from told where record = ?", [(record,) for record in gone])
    reader = open_database(path, key=key)
    reader.conn.execute("begin")
    reader.conn.execute("select count(*) from told").fetchone()
    db.conn.execute("insert into told values(?, ?)", (bytes(16), b"while somebody reads"))
    assert not write_anew(path, key)
    reader.close()
    db.close()
    assert truncate_log(path, key)

    def found() -> int:
        held = b"".join(pages(path, key))
        return sum(any(words[one][at : at + 20] in held for at in range(0, 280, 20)) for one in gone)

    assert found()
    assert write_anew(path, key) and 0 == found()
    again = open_database(path, key=key)
    assert (1_500 - 150 + 1,) == again.conn.execute("select count(*) from told").fetchone()
    again.close()
    assert ["records.db"] == [one.name for one in tmp_path.iterdir()]
