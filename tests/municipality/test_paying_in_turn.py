"""What is owed and cannot be done yet never stands before what can (sync/SPEC.md sections 5.5 and 6.9)."""

from pathlib import Path

from pytest import MonkeyPatch

from backend.device.device import Device
from backend.device.syncing import sync
from backend.stores.rows import OWED_AT_ONCE
from backend.stores.sqlite.journal import SqliteJournal
from sync.entry import Wrap
from sync.facts import Assignment
from sync.messages import Epoch
from tests.fleet.world import LocalTransport, Server
from tests.looking import inside

NUMBER = OWED_AT_ONCE + 6


def owed_without_keys(server: Server, folder: Path) -> tuple[Device, Device, list[bytes]]:
    """Two workers, and more records than one exchange looks at, owed to the second: none of them opens."""
    town, road = server.municipality, LocalTransport(server)
    one, two = server.enrol(folder / "one.db", "werker-1"), server.enrol(folder / "two.db", "werker-2")
    records = [one.create("huisbezoek", 1, {"/toegang": "binnen"}) for _ in range(NUMBER)]
    sync(one, road)
    inside(town.keys).execute("delete from wrap")
    for record in records:
        server.run(town.opening.grant(record, "werker-2", "beheer"))
    assert NUMBER == len(town.journal.owed(999))
    return one, two, records


def test_grants_that_nobody_can_make_yet_hold_up_no_other(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(SqliteJournal, "wraps_wanted_from", lambda _journal, _device: [])  # no device brings those keys
    server = Server(tmp_path / "data")
    town, road = server.municipality, LocalTransport(server)
    one, two, _ = owed_without_keys(server, tmp_path)
    record = one.create("huisbezoek", 1, {"/toegang": "buiten"})
    town.keyring.lock()
    sync(one, road)
    server.unlock()
    given = Assignment(town.code, record, "werker-2", server.clock.now_ms())
    server.run(town.submit(lambda: town.acts.sign(given, "beheer", "grant", record, "werker-2")))
    assert not town.journal.was_granted(record, two.id)
    for _ in range(3):
        one.save(one.open(record), "huisbezoek", 1, {"/duiding": "verder"})
        sync(one, road)
    assert town.journal.was_granted(record, two.id)


def test_an_unlock_tries_every_key_that_nobody_signed(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    town = server.municipality
    one = server.enrol(tmp_path / "one.db", "werker-1")
    town.keyring.lock()
    for n in range(NUMBER):
        name = n.to_bytes(16, "big")
        junk = Wrap(name, name, name[8:], bytes(12), bytes(48))
        town.keys.take_unsigned(one.id, [Epoch(name[8:], bytes(8), 2, b"junk")], [junk])
    server.unlock()
    server.run(town.settling.settle())
    assert [] == town.keys.unsigned(999)


def test_keys_that_wait_for_their_epoch_hold_up_no_other(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    town = server.municipality
    one = server.enrol(tmp_path / "one.db", "werker-1")
    town.keyring.lock()
    for n in range(NUMBER):
        name = n.to_bytes(16, "big")
        epochs = [Epoch(name[8:], bytes(8), 2, b"junk")] if n == NUMBER - 1 else []
        town.keys.take_unsigned(one.id, epochs, [Wrap(name, name, name[8:], bytes(12), bytes(48))])
    server.unlock()
    server.run(town.settling.settle())
    assert NUMBER - 1 == len(town.keys.unsigned(999))


def test_records_whose_keys_never_come_hold_up_no_other(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(SqliteJournal, "wraps_wanted_from", lambda _journal, _device: [])
    server = Server(tmp_path / "data")
    town, road = server.municipality, LocalTransport(server)
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    records = [one.create("huisbezoek", 1, {"/toegang": "binnen"}) for _ in range(NUMBER)]
    sync(one, road)
    for record in records:
        server.run(town.opening.grant(record, "werker-2", "beheer"))
    sync(two, road)
    two.store.db.conn.execute("update record set record_key = null")
    last = two.store.lacking(NUMBER)[-1]
    inside(town.keys).execute("delete from wrap where record <> ?", (last,))
    server.clock.ms += 700_000
    for _ in range(3):
        sync(two, road)
    known = two.store.record_key(last)
    assert known is not None and known[1] is not None
