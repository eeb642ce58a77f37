"""The primary of PostgreSQL is killed while devices write to a real server: its standby goes on, and nothing is lost.

Two clusters that stream, synchronously, and one for the keys; what a device was told is received is there, once.
"""

import random
import re
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, ServerRefused, Unreachable
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.projection.verify import verify_store
from backend.stores import in_postgres
from backend.stores.postgres import places, timelines
from tests.clusters import QUICK, Cluster, shared
from tests.journeys.test_over_http import enrolled
from tests.processes import Process, free_port, wait_until

DEVICES = 8
PASSING = {
    "store-away", "standby-away", "journal-moved", "lease-held", "lease-lost", "store-read-only", "municipality-locked",
}  # fmt: skip


class Pair:
    """A primary with a synchronous standby; a client is led to whichever takes anything in."""

    waits = "none"  # for a standby, where one ended with its machine

    def __init__(self) -> None:
        self.one = Cluster.made(QUICK)
        self._made = [self.one]
        self._ports = [self.one.port, free_port()]
        self._stream(self._ports[1])

    def _stream(self, port: int) -> None:
        name = f"standby_{len(self._made)}"
        self.two = self.one.standby(name, port)
        self._made.append(self.two)
        self.one.tell(f"alter system set synchronous_standby_names = 'ANY 1 ({name})'")

    @property
    def address(self) -> str:
        folder = self.one.folder.parent
        ports = ",".join(map(str, self._ports))
        return f"postgresql://veldpost@/postgres?host={folder},{folder}&port={ports}&target_session_attrs=read-write"

    def fail_over(self) -> None:
        """The primary's machine ends; the standby takes its place, and has none itself."""
        self.one.kill()
        self.two.promote()
        self.one, self.two = self.two, self.one

    def renew(self) -> None:
        """A new standby in the place of the machine that ended."""
        self._stream(self.two.port)

    def end(self) -> None:
        for cluster in reversed(self._made):
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


def kept_apart(pair: Any, keys: str, folder: Path, seed: int, patch: pytest.MonkeyPatch, times: int = 1) -> Path:
    """Devices write while the primary of a pair, or of machines that elect one, ends so many times; checked whole."""
    for name, value in (("JOURNAL", pair.address), ("KEY_STORE", keys), ("STANDBY", pair.waits)):
        patch.setenv(f"VELDPOST_{name}", value)
    town, key_folder, devices = enrolled(folder, DEVICES)
    ends, chance = threading.Event(), random.Random(seed)
    with Process(town.parent, key_folder) as process:
        writers = [Writer(device, process.url, ends) for device in devices]
        for writer in writers:
            writer.start()
        try:
            more_is_received(writers)
            for number in range(times):
                if number:
                    pair.renew()
                time.sleep(chance.uniform(0, 1))
                pair.fail_over()
                more_is_received(writers)
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
    return town


def more_is_received(writers: list[Writer]) -> None:
    """Wait until each device was told that something more is received."""
    told = [writer.received for writer in writers]
    wait_until(
        lambda: all(writer.received > before for writer, before in zip(writers, told, strict=True)),
        "a device was told nothing since",
    )


def test_what_was_received_outlives_two_primaries_and_the_first_is_not_believed_when_it_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, keys = Pair(), shared()[1]
    try:
        town = kept_apart(pair, keys, tmp_path, 0, monkeypatch, times=2)
        old = pair.two  # it waits for a standby that is gone
        old.start()
        stranger = tmp_path / "another node" / town.name
        shutil.copytree(town, stranger)
        for mark in ("journal.pg", "keys.pg"):
            (stranger / mark).write_text(re.sub(r'"timeline":\d+', '"timeline":0', (town / mark).read_text()))
        with monkeypatch.context() as forgetful:
            forgetful.setattr(places, "NEWEST", {})
            forgetful.setattr(timelines, "NEWEST", places.NEWEST)
            with pytest.raises(BackendError, match="standby-away"):
                in_postgres(old.address(), keys, True).open(stranger)
        old.tell("alter system reset synchronous_standby_names")  # now it would acknowledge all by itself
        with pytest.raises(BackendError, match="postgres-behind"):
            in_postgres(old.address(), keys, True).open(town)
        with pytest.raises(BackendError, match="postgres-not-synchronous"):
            in_postgres(old.address(), keys, False).open(stranger)
    finally:
        pair.end()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_what_was_received_outlives_the_primary(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Pair()
    try:
        kept_apart(pair, shared()[1], tmp_path, seed, monkeypatch)
    finally:
        pair.end()
