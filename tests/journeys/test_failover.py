"""The primary of PostgreSQL is killed while devices write to a real server: its standby goes on, and nothing is lost.

Two clusters that stream, synchronously, and one for the keys; what a device was told is received is there, once.
"""

import random
import threading
import time
from pathlib import Path

import httpx
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, ServerRefused, Unreachable
from backend.municipality.service import Municipality
from backend.projection.verify import verify_store
from tests.clusters import QUICK, Cluster
from tests.journeys.test_over_http import enrolled
from tests.processes import Process, wait_until

DEVICES = 8
PASSING = {"store-away", "journal-moved", "lease-held", "lease-lost", "store-read-only", "municipality-locked"}


class Pair:
    """A primary with a synchronous standby; a client is led to whichever takes anything in."""

    def __init__(self) -> None:
        self.one = Cluster.made(QUICK)
        self.two = self.one.standby("two")
        self.one.tell("alter system set synchronous_standby_names = 'ANY 1 (two)'")

    @property
    def address(self) -> str:
        folder = self.one.folder.parent
        ports = f"port={self.one.port},{self.two.port}"
        return f"postgresql://veldpost@/postgres?host={folder},{folder}&{ports}&target_session_attrs=read-write"

    def fail_over(self) -> None:
        """The primary's machine ends; the standby takes its place, and has none itself."""
        self.one.kill()
        self.two.promote()

    def end(self) -> None:
        for cluster in (self.two, self.one):
            cluster.stop()


class Writer(threading.Thread):
    """A device that writes and sends without end."""

    def __init__(self, device: Device, url: str, ends: threading.Event) -> None:
        super().__init__()
        self.device = device
        self.received = 0  # up to which seq it was told that the server has it
        self.refusals: list[str] = []
        self._road = HttpTransport(url)
        self._ends = ends

    def run(self) -> None:
        number = 0
        while not self._ends.is_set():
            number += 1
            self.device.create("huisbezoek", 1, {"/duiding": f"woord-{number}"})
            try:
                Sync(self.device, self._road).run()
                self.received = max(self.received, self.device.memory.send_after or 0)
            except ServerRefused as refused:
                self.refusals.append(refused.code)
                self._ends.wait(0.2)
            except (Unreachable, httpx.HTTPError):
                self._ends.wait(0.2)


def kept_apart(pair: Pair, keys: Cluster, folder: Path, seed: int, patch: pytest.MonkeyPatch) -> None:
    for name, value in (("JOURNAL", pair.address), ("KEY_STORE", keys.address()), ("STANDBY", "none")):
        patch.setenv(f"VELDPOST_{name}", value)
    town, key_folder, devices = enrolled(folder, DEVICES)
    ends, chance = threading.Event(), random.Random(seed)
    with Process(town.parent, key_folder) as process:
        writers = [Writer(device, process.url, ends) for device in devices]
        for writer in writers:
            writer.start()
        try:
            wait_until(lambda: all(writer.received for writer in writers), "a device was never told anything")
            time.sleep(chance.uniform(0, 1))
            pair.fail_over()
            told = [writer.received for writer in writers]
            wait_until(
                lambda: all(writer.received > before for writer, before in zip(writers, told, strict=True)),
                "a device was told nothing since",
            )
        finally:
            ends.set()
            for writer in writers:
                writer.join()
        assert {code for writer in writers for code in writer.refusals} <= PASSING
        for writer in writers:
            Sync(writer.device, HttpTransport(process.url)).run()
            assert writer.device.memory.send_after == len(writer.device.store.own_after(writer.device.id, 0, 1 << 20))
    reopened = Municipality(town, WallClock())
    for writer in writers:
        device = writer.device
        kept = device.store.own_after(device.id, 0, 1 << 20)
        assert len(kept) >= writer.received > 0
        for entry in kept:
            header = entry.arrival().header
            assert entry.hash == reopened.journal.hash_at(device.id, header.seq)
            assert reopened.keys.has_wrap(header.record)
    assert len(writers) == len({writer.device.id for writer in writers})
    held = sum(reopened.journal.last_seq(writer.device.id) for writer in writers)
    assert held == reopened.committed.entries, "each once"
    reopened.keyring.unlock(reopened.keyring.vault().with_key_file((key_folder / "GM9901.key").read_bytes()))
    assert [] == [*verify_store(town, reopened.custody, lambda *_: None, 1)]
    reopened.stores.close()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_what_was_received_outlives_the_primary(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pair, keys = Pair(), Cluster.made()
    try:
        kept_apart(pair, keys, tmp_path, seed, monkeypatch)
    finally:
        pair.end()
        keys.end()
