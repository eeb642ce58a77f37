"""Photos over a real server process that is killed while they come in (sync/SPEC.md 11)."""

import os
import random
import threading
import time
from pathlib import Path

import httpx

from backend.clock import WallClock
from backend.device.attachments import Attachments
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, Unreachable
from backend.municipality.service import Municipality
from tests.journeys.test_over_http import enrolled
from tests.processes import Process, wait_until

KILLS = 4
Taken = list[tuple[bytes, str, bytes]]


class Photographer:
    """A worker who takes photos and sends them as long as the day lasts."""

    def __init__(self, device: Device, url: str) -> None:
        self.device = device
        self.road = HttpTransport(url)
        self.photos = Attachments(device, self.road, 20_000)
        self.taken: Taken = []
        self.sent: Taken = []

    def photo(self) -> None:
        record = self.device.create("huisbezoek", 1, {"/duiding": "foto volgt"})
        data = os.urandom(random.Random(len(self.taken)).randrange(150_000))
        name = self.photos.take(record, data)
        self.device.save(self.device.open(record), "huisbezoek", 1, {"/foto": name})
        self.taken.append((record, name, data))

    def send(self) -> None:
        try:
            Sync(self.device, self.road).run()
            self.photos.send()
        except (Unreachable, httpx.HTTPError):
            time.sleep(0.25)  # while it starts anew
        waiting = set(self.photos.unsent())
        self.sent = [photo for photo in self.taken if photo[1] not in waiting]


def test_every_photo_that_was_acknowledged_survives_kill_minus_nine(tmp_path: Path) -> None:
    town, keys, devices = enrolled(tmp_path, 2)
    process = Process(town.parent, keys)
    workers = [Photographer(device, process.url) for device in devices]
    stop = threading.Event()

    def work(worker: Photographer) -> None:
        while not stop.is_set():
            worker.photo()
            worker.send()
            time.sleep(0.05)  # a worker looks up now and then

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    chance = random.Random(1)
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 0.4))
            process.kill()
            process.start()
        wait_until(lambda: all(worker.sent for worker in workers), "a worker's photos were never acknowledged")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    process.kill()
    process.start()
    for worker in workers:
        assert worker.sent
        worker.device.store.forget_attachments()
        for record, name, data in worker.sent:
            assert data == worker.photos.fetch(record, name)
    process.stop()
    municipality = Municipality(town, WallClock())
    rows = {name for worker in workers for _, name, _ in worker.sent}
    assert rows <= set(municipality.attachments.finished())
