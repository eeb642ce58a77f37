"""A device keeps what its server holds and does not call durable (sync/SPEC.md section 8.4)."""

from pathlib import Path

import pytest

from backend.device import syncing
from backend.device.handing_in import hand_in
from backend.device.syncing import Sync
from sync import device as rules
from sync.device import KEEP_MS, Memory
from tests.fleet.world import LocalTransport, Server
from tests.stores.contract.engines import ENGINES
from tests.stores.contract.later import Later, LaterStores


class Place:
    """A server whose database becomes durable later, and one phone."""

    def __init__(self, folder: Path) -> None:
        engine = ENGINES["later"]
        assert isinstance(engine, Later)
        self.engine, self.server = engine, Server(folder / "server", engine=engine)
        self.device = self.server.enrol(folder / "phone.db", "anna")

    def write(self, count: int) -> None:
        for number in range(count):
            self.device.create("huisbezoek", 1, {"/duiding": f"woord {number}"})
            self.sync()

    def sync(self) -> None:
        Sync(self.device, LocalTransport(self.server)).run()

    def copy(self) -> None:
        stores = self.server.municipality.stores.inner
        assert isinstance(stores, LaterStores)
        stores.ship()

    def lose_machine(self) -> None:
        self.server.stop()
        self.engine.lose(self.server.folder)
        self.server.start()

    def may_forget(self) -> int:
        """The last seq that the device may forget by what it remembers, a month later."""
        store, now_ms = self.device.store, self.server.clock.ms + KEEP_MS + 1
        entries = [(kept.arrival().header.seq, self.server.clock.ms) for kept in store.own_after(self.device.id, 0, 99)]
        return rules.forget_through(entries, self.device.memory, store.receipts(), now_ms)

    def forget(self) -> None:
        self.device.store.remove_own(self.device.id, 1, self.may_forget())

    def on_server(self) -> list[bool]:
        journal = self.server.municipality.journal
        return [journal.hash_at(self.device.id, seq) is not None for seq in range(1, 6)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.write(2)
    place.copy()
    place.write(3)
    return place


def test_what_is_held_and_not_durable_is_kept_however_old(place: Place) -> None:
    assert (2, 5) == (place.device.memory.durable, place.device.memory.send_after)
    assert 2 == place.may_forget()
    place.copy()
    place.sync()
    assert 5 == place.may_forget() == place.device.memory.durable


def test_a_lost_machine_gets_back_what_it_lost(place: Place) -> None:
    place.forget()
    place.lose_machine()
    assert [True, True, False, False, False] == place.on_server()
    place.sync()
    place.sync()
    assert [True] * 5 == place.on_server()


def test_who_forgets_what_is_only_held_loses_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: without the rule nobody has what the machine took with it."""
    real = rules.may_forget
    monkeypatch.setattr(rules, "may_forget", lambda at, seq, _, *rest: real(at, seq, Memory(durable=1 << 53), *rest))
    monkeypatch.setattr(syncing, "ROUNDS_MAX", 100)  # it never gets there, however often it asks
    place.forget()
    place.lose_machine()
    with pytest.raises(RuntimeError, match="do not get equal"):
        place.sync()
    assert [True, True, False, False, False] == place.on_server()


def test_a_hand_in_is_receipted_when_it_is_durable(place: Place) -> None:
    """A revoked device wipes itself when a receipt covers its last entry (section 8.6)."""
    place.server.run(place.server.municipality.acts.revoke(place.device.id, "beheer"))
    assert (True, False) == (all(place.on_server()), hand_in(place.device, LocalTransport(place.server)).complete)
    place.copy()
    assert hand_in(place.device, LocalTransport(place.server)).complete
