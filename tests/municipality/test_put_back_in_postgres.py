"""PostgreSQL is put back to yesterday beneath a server: it notices by itself, devices hand in what is missing,
and what was erased since stays erased."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.device.syncing import Sync
from backend.device.transport import ServerRefused
from forms.definition.library import first_raw
from tests.clusters import Cluster, shared
from tests.fleet.world import LocalTransport, Server
from tests.municipality.test_in_postgres import wraps
from tests.stores.test_postgres import asked


class Journals(Cluster):
    """A cluster whose files are kept aside, and put back later."""

    def keep(self) -> None:
        self.stop()
        self.call("cp", "-a", self.folder, self.folder.with_name("yesterday"))
        self.start()

    def put_back(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)
        self.call("cp", "-a", self.folder.with_name("yesterday"), self.folder)
        self.start()


@pytest.fixture
def journals() -> Iterator[Journals]:
    made = Journals.made()
    yield made
    made.end()


def test_a_database_of_yesterday_is_noticed_devices_hand_in_and_the_list_outside_holds(
    journals: Journals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("JOURNAL", journals.address()), ("KEY_STORE", shared()[1]), ("STANDBY", "none")):
        monkeypatch.setenv(f"VELDPOST_{name}", value)
    server = Server(tmp_path / "data")
    server.publish(first_raw("dossier"))
    device = server.enrol(tmp_path / "een.db", "een")
    record = device.create("dossier", 1, {"/case_ref": "ABCD-0001"})
    Sync(device, LocalTransport(server)).run()
    server.stop()
    journals.keep()
    server.start()
    lives = [server.municipality.committed.life]
    device.create("dossier", 1, {"/case_ref": "ABCD-0002"})
    Sync(device, LocalTransport(server)).run()
    assert 2 == server.municipality.committed.entries

    journals.put_back()
    with pytest.raises(ServerRefused) as refused:  # the session ended; then the journal is another than it left
        Sync(device, LocalTransport(server)).run()
    assert refused.value.code in ("lease-lost", "journal-moved") and server.municipality.apart is not None
    server.stop()
    server.start()  # as `Desk.open_again` does
    assert 1 == server.municipality.committed.entries
    Sync(device, LocalTransport(server)).run()
    Sync(device, LocalTransport(server)).run()
    lives.append(server.municipality.committed.life)
    assert (2, 2) == (server.municipality.committed.entries, len({*lives}))

    schema, keys = json.loads((server.folder / "keys.pg").read_bytes())["schema"], shared()[1]
    asked(f"create table {schema}.yesterday as table {schema}.wrap", keys)
    assert 1 == wraps(record)
    server.run(server.municipality.erasing.erase(record, "request", "beheer"))
    assert 0 == wraps(record)
    server.stop()
    journals.put_back()
    asked(f"insert into {schema}.wrap select * from {schema}.yesterday where record = '\\x{record.hex()}'", keys)
    assert 1 == wraps(record)
    server.confirms = False
    server.start()
    town = server.municipality
    lives.append(town.committed.life)
    assert (True, True, 3) == (town.book.erased(record), town.committed.awaiting_list, len({*lives}))
    assert ([None], 0) == ([stored.entry.body for stored in town.journal.entries_of(record)], wraps(record))
    server.stop()
