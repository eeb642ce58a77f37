"""A push enters each store once, by and large: what is read and written for it is read and written together."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.municipality.opening import LOADED, LOOK_UP
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
STORE_MAX: Final = 10  # no store is entered so often for a push, of one entry or of a hundred
ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = tuple(f"{ROOT}/{room}/" for room in ("backend", "sync", "crypto"))
FILES_ONE_MAX: Final = 200  # entries into files for a push of one: 175 into 40 (docs/architecture.md)


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


def test_a_grant_of_many_records_enters_the_stores_a_few_times_for_some_hundreds(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A grant cost twelve statements a record: each row was asked for, and written, alone."""
    device = server.enrol(tmp_path / "a.db", "anna")
    records = [device.create(*FORM, {"/duiding": "woord"}) for _ in range(LOOK_UP + LOADED)]
    Sync(device, LocalTransport(server)).run()
    server.enrol(tmp_path / "b.db", "bert")
    with entered(monkeypatch) as calls:
        assert [1] * len(records) == server.run(server.municipality.opening.grant_each(records, "bert", "beheer"))
    assert 2 == calls["SqliteJournal.load"] == calls["SqliteStores.write"] == calls["SqliteKeys.wraps_of_many"], calls
    assert len(records) / LOOK_UP + 20 > calls.total(), calls  # each is asked for once before anything is done


def of_each_store(calls: Counter[str]) -> Counter[str]:
    stores: Counter[str] = Counter()
    for name, count in calls.items():
        stores[name.partition(".")[0]] += count if name not in FREE else 0
    return stores


@pytest.mark.parametrize("many", [1, 100])
def test_no_store_is_entered_ten_times(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    device, record = shared(server, tmp_path)
    for number in range(many):
        device.save(device.open(record), *FORM, {"/duiding": f"woord {number}"})
    calls, _ = push(server, device, monkeypatch)
    stores = of_each_store(calls)
    assert {"SqliteStores", "SqliteJournal"} <= {*stores} and max(stores.values()) < STORE_MAX, stores


@contextmanager
def files_entered() -> Iterator[Counter[str]]:
    """How often a call leads into each file of ours from another file, on every thread that begins in here."""
    entries: Counter[str] = Counter()

    def hook(frame: FrameType, event: str, _arg: Any) -> None:
        file, before = frame.f_code.co_filename, frame.f_back
        if event == "call" and file.startswith(ROOMS) and (before is None or before.f_code.co_filename != file):
            entries[str(Path(file).relative_to(ROOT))] += 1

    sys.setprofile(hook)
    threading.setprofile(hook)
    try:
        yield entries
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def entries_of_a_push(folder: Path, many: int) -> Counter[str]:
    """The entries into files while a server answers a push, from the request's bytes to what is sent back."""

    class Watched(LocalTransport):
        def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
            entries.clear()
            return super().post(path, body, headers)

    with files_entered() as entries:  # the writer's thread begins in here
        server = Server(folder / "data")
        device = server.enrol(folder / "a.db", "anna")
        record = device.create(*FORM, {"/duiding": "woord"})
        Sync(device, LocalTransport(server)).run()
        for number in range(many):
            device.save(device.open(record), *FORM, {"/duiding": f"woord {number}"})
        request = Watched(server)
        Sync(device, request).run(1)
        counted = Counter(entries)
        server.stop()
    return Counter({file: count for file, count in counted.items() if not file.startswith("backend/device/")})


def test_a_push_enters_most_files_once_or_twice_and_the_stores_no_more_often_for_a_hundred(tmp_path: Path) -> None:
    """By and large once: what is entered for each entry of a push is the pure rules, and no file of the stores."""
    (tmp_path / "one").mkdir()
    (tmp_path / "many").mkdir()
    one, many = entries_of_a_push(tmp_path / "one", 1), entries_of_a_push(tmp_path / "many", 100)
    assert one["sync/deciding.py"] and one["backend/stores/sqlite/engine.py"], "both threads are watched"
    assert one.total() <= FILES_ONE_MAX, one
    assert sum(count <= 2 for count in one.values()) >= len(one) / 2, one
    stores = [sum(n for file, n in of.items() if file.startswith("backend/stores/")) for of in (one, many)]
    assert stores[1] <= stores[0] + STORE_MAX, stores
