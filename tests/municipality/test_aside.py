"""A record that is erased is erased in the folders that restores have set aside, or they are named."""

import shutil
from pathlib import Path

from backend.device.syncing import Sync
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys
from tests.fleet.world import LocalTransport, Server


def test_an_erasure_reaches_the_folder_set_aside_and_names_one_that_it_cannot_read(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    anna = server.enrol(tmp_path / "a.db", "anna")
    record, other = (anna.create("huisbezoek", 1, {"/duiding": "woord"}) for _ in range(2))
    Sync(anna, LocalTransport(server)).run()
    server.stop()
    aside, junk = (tmp_path / "data" / f"GM9901.before-restore-{number}" for number in (1, 2))
    shutil.copytree(server.folder, aside)
    shutil.copytree(server.folder, junk)
    (junk / "keys.db").write_bytes(b"geen database " * 999)
    (junk / "keys.db-wal").unlink(missing_ok=True)
    server.start()
    erased = server.run(server.municipality.erasing.erase(record, "request", "beheer"))
    assert ["GM9901.before-restore-2"] == sorted({left.place.split("/")[0] for left in erased.leftovers})
    journal, keys = SqliteJournal(aside / "journal.db"), SqliteKeys(aside / "keys.db")
    assert [None] == [stored.entry.body for stored in journal.entries_of(record)]
    assert not keys.has_wrap(record) and keys.has_wrap(other)
    assert all(stored.entry.body for stored in journal.entries_of(other))
    shutil.rmtree(junk)
    assert () == server.run(server.municipality.erasing.finish())
    server.stop()
