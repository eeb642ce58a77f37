"""Whole stories over a real server process: sockets, fsync, and kill -9 (protocol section 6)."""

import random
import threading
import time
from pathlib import Path

import httpx
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, Unreachable
from backend.municipality.service import Municipality
from tests.fleet.world import LocalTransport, Server
from tests.looking import inside
from tests.processes import Process, wait_until

KILLS = 20


def enrolled(folder: Path, size: int) -> tuple[Path, Path, list[Device]]:
    """A municipality with some devices, closed again so that a process can hold it."""
    server = Server(folder / "data")
    server.clock.ms = WallClock().now_ms()
    devices = []
    for number in range(size):
        invitation = server.run(server.municipality.enrolling.invite(f"werker-{number}", "worker", "beheer"))
        path = folder / f"{number}.db"
        devices.append(Device.enrol(path, None, invitation, LocalTransport(server), WallClock()))
    keys = folder / "keys"
    keys.mkdir()
    (keys / "GM9901.key").write_bytes(server.key_file)
    server.stop()
    return server.folder, keys, devices


def kill_at_random_moments(folder: Path, kills: int, seed: int) -> None:
    town, keys, devices = enrolled(folder, 4)
    process = Process(town.parent, keys)
    acknowledged: dict[bytes, int] = {}
    stop = threading.Event()

    def work(device: Device) -> None:
        road = HttpTransport(process.url)
        number = 0
        while not stop.is_set():
            number += 1
            device.create("huisbezoek", 1, {"/duiding": f"woord-{number}"})
            try:
                Sync(device, road).run()
                if device.memory.send_after:
                    acknowledged[device.id] = device.memory.send_after
            except (Unreachable, httpx.HTTPError):
                stop.wait(0.25)  # while it starts anew: asking it more often proves nothing and takes its time

    chance = random.Random(seed)
    threads = [threading.Thread(target=work, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.05, 0.4))
            process.kill()
            process.start()
        wait_until(lambda: len(acknowledged) == len(devices), "a device was never acknowledged")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    process.kill()
    reopened = Municipality(town, WallClock())
    for device in devices:
        seq = acknowledged[device.id]
        for kept in device.store.own_after(device.id, 0, seq):
            header = kept.arrival().header
            if header.seq <= seq:
                assert kept.hash == reopened.journal.hash_at(device.id, header.seq)
                assert reopened.keys.has_wrap(header.record)
    assert ("ok",) == inside(reopened.journal).execute("pragma integrity_check").fetchone()


def test_every_acknowledged_entry_survives_kill_minus_nine(tmp_path: Path) -> None:
    kill_at_random_moments(tmp_path, KILLS, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_every_acknowledged_entry_survives_a_thousand_kills(tmp_path: Path, seed: int) -> None:
    kill_at_random_moments(tmp_path, 100, seed)


def test_two_devices_meet_over_http(tmp_path: Path) -> None:
    town, keys, (one, two) = enrolled(tmp_path, 2)
    process = Process(town.parent, keys)
    road = HttpTransport(process.url)
    record = one.create("huisbezoek", 1, {"/duiding": "rustig gesprek"})
    Sync(one, road).run()
    Sync(two, road).run()
    Sync(one, road).run()
    one.grant(record, two.facts.certificates[two.id])
    Sync(one, road).run()
    Sync(two, road).run()
    assert {"/duiding": "rustig gesprek"} == two.view(record).answers
    process.stop()
