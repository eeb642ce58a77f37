"""A push enters each store once, by and large: what is read and written for it is read and written together."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.municipality.opening import LOOK_UP
from backend.municipality.pull import AT_ONCE
from backend.stores.sqlite.engine import SqliteStores
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys
from tests.fleet.world import LocalTransport, Server
from tests.looking import inside

FORM: Final = ("huisbezoek", 1)
FREE: Final = {  # answered from memory while there is nothing of it
    "SqliteJournal.owed", "SqliteJournal.wraps_wanted_from", "SqliteJournal.copies_wanted",
}  # fmt: skip
UNIT: Final = ("begin", "write", "commit")


@contextmanager
def entered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often each verb of the stores is called from outside them."""
    calls, depth = Counter[str](), [0]

    def counted(owner: type[Any], name: str) -> None:
        real = getattr(owner, name)

        def call(*args: Any, **named: Any) -> Any:
            calls[f"{owner.__name__}.{name}"] += depth[0] == 0
            depth[0] += 1
            try:
                return real(*args, **named)
            finally:
                depth[0] -= 1

        monkeypatch.setattr(owner, name, call)

    with monkeypatch.context():
        for owner in (SqliteJournal, SqliteKeys):
            for name in dir(owner):
                if not name.startswith("_") and callable(getattr(owner, name)):
                    counted(owner, name)
        for name in UNIT:
            counted(SqliteStores, name)
        yield calls


def push(server: Server, device: Device, monkeypatch: pytest.MonkeyPatch) -> tuple[Counter[str], list[str]]:
    """The verbs and the statements of one push."""
    statements: list[str] = []
    town = server.municipality
    for store in (town.journal, town.keys):
        inside(store).set_trace_callback(statements.append)
    with entered(monkeypatch) as calls:
        Sync(device, LocalTransport(server)).run()
    for store in (town.journal, town.keys):
        inside(store).set_trace_callback(None)
    return calls, statements


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def shared(server: Server, folder: Path) -> tuple[Device, bytes]:
    """A device that wrote a record which another one reads, and has pulled all."""
    one, two = server.enrol(folder / "a.db", "anna"), server.enrol(folder / "b.db", "bert")
    record = one.create(*FORM, {"/duiding": "woord"})
    Sync(one, LocalTransport(server)).run()
    server.run(server.municipality.opening.grant(record, "bert", "beheer"))
    for device in (two, one):
        Sync(device, LocalTransport(server)).run()
    one.save(one.open(record), *FORM, {"/duiding": "nog een"})
    Sync(one, LocalTransport(server)).run()
    return one, record


def test_a_push_of_one_enters_the_stores_five_times(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, record = shared(server, tmp_path)
    device.save(device.open(record), *FORM, {"/duiding": "het laatste"})
    calls, statements = push(server, device, monkeypatch)
    assert 10 >= len(statements), statements
    assert {
        "SqliteStores.begin": 1, "SqliteJournal.load": 1, "SqliteStores.write": 1, "SqliteJournal.feed_after": 1,
        "SqliteStores.commit": 1,
    } == {name: count for name, count in calls.items() if count and name not in FREE}  # fmt: skip


def test_a_push_of_a_hundred_enters_them_no_more_often(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, _ = shared(server, tmp_path)
    for number in range(100):
        device.create(*FORM, {"/duiding": f"woord {number}"})
    calls, _ = push(server, device, monkeypatch)
    assert 5 == sum(count for name, count in calls.items() if name not in FREE), calls


def test_a_page_does_not_ask_for_each_change(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is granted a hundred records is sent entries, grants and keys, some dozens to a statement."""
    one, two = server.enrol(tmp_path / "a.db", "anna"), server.enrol(tmp_path / "b.db", "bert")
    records = [one.create(*FORM, {"/duiding": f"woord {number}"}) for number in range(100)]
    Sync(one, LocalTransport(server)).run()
    server.run(server.municipality.opening.grant_each(records, "bert", "beheer"))
    calls, _ = push(server, two, monkeypatch)
    assert 100 == len(two.store.records())
    asked = [calls[f"Sqlite{name}"] for name in ("Journal.places_of", "Journal.sent_at", "Keys.sealed_named")]
    assert all(1 <= count <= 1 + 320 // AT_ONCE for count in asked), asked  # of three hundred changes, some dozens each
    assert 12 >= sum(calls.values()) - sum(asked), calls


def test_an_act_for_many_records_writes_what_it_gathered_once_for_some_dozens(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each record was read four times over, and what was gathered was written nine times for it."""
    device = server.enrol(tmp_path / "a.db", "anna")
    records = [device.create(*FORM, {"/duiding": "woord"}) for _ in range(LOOK_UP)]
    Sync(device, LocalTransport(server)).run()
    server.enrol(tmp_path / "b.db", "bert")
    with entered(monkeypatch) as calls:
        assert [1] * LOOK_UP == server.run(server.municipality.opening.grant_each(records, "bert", "beheer"))
    assert calls["SqliteStores.write"] == 1 and calls["SqliteJournal.load"] == 1, calls
    assert not calls["SqliteJournal.readers_of"] and calls["SqliteJournal.many_records"] <= 1, calls
