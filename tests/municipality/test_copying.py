"""What a server calls durable is in the copies that follow it, whenever it is asked, and what is not says so."""

import asyncio
import random
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from backend.cli import output
from backend.device.syncing import Sync
from backend.municipality.endpoints import answer_post
from backend.municipality.service import Municipality
from backend.stores.copied import Copied, CopyAway, CopyFails, copied_of
from backend.stores.placed import NAMING
from backend.web.standing import COPY_LATE_MS, standing
from sync import device as rules
from sync.device import KEEP_MS
from tests.fleet.world import LocalTransport, Server
from tests.municipality.litestream import Litestream


class Place:
    """A server whose stores are copied, what copies them, and a phone."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder / "server")
        self.litestream = Litestream(folder / "run", self.server.folder)
        self.start_anew()
        self.device = self.server.enrol(folder / "phone.db", "anna")

    @property
    def town(self) -> Municipality:
        return self.server.municipality

    def start_anew(self) -> None:
        self.server.stop()
        copy = self.litestream.folder
        self.server.municipality = Municipality(self.server.folder, self.server.clock, copy=copy)
        self.server.hurry()
        self.server.unlock()

    def writes(self, count: int = 1) -> None:
        for number in range(count):
            self.device.create("huisbezoek", 1, {"/duiding": f"woord {number}"})
            self.syncs()

    def syncs(self) -> None:
        """An exchange; whatever the answer calls durable is in the copy."""
        Sync(self.device, LocalTransport(self.server)).run()
        assert self.durable <= self.litestream.holds(self.device.id)

    def looks(self) -> None:
        self.server.run(self.town.copying.look())

    @property
    def durable(self) -> int:
        return self.device.memory.durable

    @property
    def counts(self) -> Mapping[str, Any]:
        return self.town.health.counts()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.litestream.close()
    made.server.stop()


def test_what_is_called_durable_is_in_the_copy_at_every_answer(place: Place) -> None:
    chance, seen = random.Random(7), set()
    acts = (place.writes, place.syncs, place.syncs, place.looks, place.looks, place.start_anew)
    for _ in range(60):
        act = chance.choice(acts)
        place.litestream.fails = chance.choice(("", "", "the disk is full"))
        place.litestream.lags = chance.random() < 0.2
        act()
        seen.add((act.__name__, place.durable == place.device.pen.head.seq))
    assert {("syncs", True), ("syncs", False), ("start_anew", False)} <= seen, "it had all, and lacked something"


def test_what_comes_in_while_the_copy_is_made_is_not_called_durable_by_it(place: Place) -> None:
    """The word for a copy counts for what was committed before it was asked for."""
    place.writes()

    class Beside(LocalTransport):
        def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
            work = answer_post(place.town, path, body, headers)
            return asyncio.run_coroutine_threadsafe(work, place.server.loop).result(30)

    def writes_more(store: str) -> None:
        if store == "journal.db":
            place.device.create("huisbezoek", 1, {"/duiding": "intussen"})
            Sync(place.device, Beside(place.server)).run()

    place.litestream.copied = writes_more
    place.looks()
    place.litestream.copied = lambda _store: None
    place.syncs()
    assert (1, 2) == (place.durable, place.device.pen.head.seq)
    assert 1 == place.counts["copy_behind"] and place.counts["copy_since_ms"] > 0
    place.looks()
    assert (0, 0) == (place.counts["copy_behind"], place.counts["copy_since_ms"])
    place.syncs()
    assert 2 == place.durable


def test_keys_are_asked_for_first_and_what_is_all_copied_is_not_asked_for_again(place: Place) -> None:
    place.writes()
    place.looks()
    place.looks()
    assert ["keys.db", "journal.db"] == place.litestream.asked[-2:] == place.litestream.asked


@pytest.mark.parametrize(("how", "code"), [("away", "copy-away"), ("fails", "copy-fails"), ("lags", "copy-fails")])
def test_a_copy_that_stands_still_is_told_with_since_when_and_devices_keep(place: Place, how: str, code: str) -> None:
    place.writes()
    place.looks()
    assert ("", 0) == (place.counts["copy_fault"], place.counts["copy_since_ms"])
    since_ms = place.server.clock.now_ms()
    if how == "away":
        place.litestream.close()
    else:
        setattr(place.litestream, how, "x")
    place.writes(2)
    for _ in range(2):
        place.looks()
        place.server.clock.ms += COPY_LATE_MS
    place.syncs()
    assert 1 == place.durable, "what the copy lacks is kept"
    assert (2, code) == (place.counts["copy_behind"], place.counts["copy_fault"])
    assert since_ms <= place.counts["copy_since_ms"] < place.server.clock.now_ms() - COPY_LATE_MS
    assert standing(place.town, place.counts, place.server.clock.now_ms())["copy_is_late"]


def test_the_terminal_says_how_far_the_copy_is(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for _ in range(2):
        output.status({**place.counts, "list_ends": "", "set_aside": ""})
        said.append(capsys.readouterr().out)
        place.looks()
    assert "the copy has everything" not in said[0] and "the copy has everything" in said[1]


def test_without_a_copy_nothing_is_asked_and_all_that_is_committed_is_durable(place: Place) -> None:
    place.litestream.close()
    place.server.stop()
    place.server.start()
    place.device.create("huisbezoek", 1, {"/duiding": "woord"})
    Sync(place.device, LocalTransport(place.server)).run()
    place.looks()
    assert (1, [], None) == (place.durable, place.litestream.asked, place.counts["copy_behind"])


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n{}", b"no http"])
def test_an_answer_that_is_none_is_no_copy(place: Place, raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Litestream, "_serve", lambda *_: None)
    copied = Copied(place.server.folder, place.litestream.folder)
    monkeypatch.setattr("backend.stores.copied._posted", lambda *_: raw.partition(b"\r\n\r\n")[2])
    with pytest.raises(CopyFails if b"{}" in raw else CopyAway):
        copied.look(3)
    assert 0 == copied.position


def test_a_journal_that_a_server_keeps_is_followed_by_that_server_alone(tmp_path: Path) -> None:
    assert copied_of(tmp_path, tmp_path) is not None and copied_of(tmp_path, None) is None
    (tmp_path / NAMING).write_bytes(b"{}")
    assert copied_of(tmp_path, tmp_path) is None


def test_a_machine_that_is_lost_takes_nothing_along_that_a_device_was_let_forget(place: Place) -> None:
    place.writes(3)
    place.looks()
    place.syncs()
    place.writes(2)
    store, late_ms = place.device.store, place.server.clock.ms + KEEP_MS + 1
    mine = [(kept.arrival().header.seq, place.server.clock.ms) for kept in store.own_after(place.device.id, 0, 99)]
    forgets = rules.forget_through(mine, place.device.memory, store.receipts(), late_ms)
    assert 0 < forgets <= 3, "a month later it forgets what is copied, and no more"
    store.remove_own(place.device.id, 1, forgets)
    lost(place)
    for _ in range(2):
        Sync(place.device, LocalTransport(place.server)).run()
    journal = place.town.journal
    assert all(journal.hash_at(place.device.id, seq) is not None for seq in range(1, 6))


def lost(place: Place) -> None:
    """The stores are gone; the copies take their place on an empty disk."""
    place.server.stop()
    for store in ("journal.db", "keys.db"):
        for path in place.server.folder.glob(f"{store}*"):
            path.unlink()
        shutil.copy2(place.litestream.copies / store, place.server.folder / store)
    place.server.start()
