"""Two servers over one PostgreSQL, each with a data folder of its own: whichever is asked answers, and one that dies
is followed by the other."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, ServerRefused, Unreachable
from backend.files import read_small
from backend.municipality.service import Municipality
from backend.stores.nodes import server_key
from backend.stores.server_errors import LeaseHeld
from tests.clusters import shared
from tests.journeys.test_over_http import enrolled
from tests.municipality.test_in_postgres import wraps
from tests.processes import Process, typed, wait_until
from tests.stores.test_postgres import asked


class Node(Process):
    """A server that the other one reaches at its address, as it reaches it."""

    def __init__(self, data: Path, keys: Path) -> None:
        self.data, self.keys = data, keys
        super().__init__(data, keys)

    def start(self) -> None:
        self._env["VELDPOST_NODE"] = self.url
        super().start()

    def status(self) -> dict[str, object]:
        row: dict[str, object] = json.loads(typed("status", "GM9901", "--json", env=self._env).stdout)
        return row


class Pair(NamedTuple):
    """The server that had the municipality first, the other one, and devices of it."""

    one: Node
    two: Node
    devices: list[Device]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    (journal, keys), folder = shared(), tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("JOURNAL", journal), ("KEY_STORE", keys), ("STANDBY", "none"), ("LANG", "en")):
            patch.setenv(f"VELDPOST_{name}", value)
        town, key_folder, devices = enrolled(folder, 2)
        server_key(key_folder)  # an operator copies it with the key files
        shutil.copytree(key_folder, folder / "keys of two")
        with Node(town.parent, key_folder) as one, Node(folder / "data of two", folder / "keys of two") as two:
            yield Pair(one, two, devices)


def synced(device: Device, node: Node) -> bool:
    """Whether a device was told by a server that all it wrote is received; a refusal passes by itself."""
    with suppress(Unreachable, httpx.HTTPError):
        try:
            Sync(device, HttpTransport(node.url)).run()
        except ServerRefused as refused:
            assert refused.code in {"node-away", "lease-held", "lease-lost"}
        else:
            return True
    return False


def test_either_server_answers_and_one_that_is_killed_is_followed_by_the_other(pair: Pair) -> None:
    one, two, (first, second) = pair
    record = first.create("huisbezoek", 1, {"/duiding": "eerste woord"})
    wait_until(lambda: synced(first, two), "the other server carries nothing to the one that has it")
    seat = httpx.get(f"{two.url}/m/GM9901/sign-in", headers={"accept": "text/html"})
    assert (200, httpx.get(f"{one.url}/m/GM9901/sign-in").status_code) == (seat.status_code, 200)
    assert "data of two" in str(two.data) and not (two.data / "GM9901" / "records.db").exists()
    assert one.url == two.status()["elsewhere"]
    assert one.url in httpx.get(two.url).text
    one.kill()
    first.save(first.open(record), "huisbezoek", 1, {"/duiding": "tweede woord"})
    wait_until(lambda: synced(first, two), "the other server did not take over", 5.0)
    wait_until(lambda: synced(second, two), "another device is not answered")
    assert two.status()["entries"] == 2 and not two.status()["locked"]
    wait_until(lambda: two.status()["projected"] == two.status()["position"], "its tables lack something")
    one.start()
    wait_until(lambda: synced(second, one), "the first server carries nothing to the one that has it now")


def test_a_server_that_slept_through_an_erasure_brings_neither_entry_nor_wrap(pair: Pair) -> None:
    one, two, (first, _) = pair
    two.kill()
    record = first.create("huisbezoek", 1, {"/duiding": "wordt gewist"})
    wait_until(lambda: synced(first, one), "the first server did not take it back")
    assert (1, 1) == (entries(record), wraps(record))
    os.kill(one.process.pid, signal.SIGSTOP)
    first.save(first.open(record), "huisbezoek", 1, {"/duiding": "kwam bij wie sliep"})
    fresh = first.create("huisbezoek", 1, {"/duiding": "met een eigen sleutel"})
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(pushed, first, one)  # it waits at the server that sleeps

        async def story() -> None:
            while (town := opened(two.data / "GM9901")) is None:
                await asyncio.sleep(0.1)
            town.keyring.unlock(town.keyring.vault().with_key_file(read_small(two.keys / "GM9901.key")))
            await town.erasing.erase(record, "request", "beheer")
            os.kill(one.process.pid, signal.SIGCONT)
            assert late.result() in ("lease-lost", "lease-held")
            assert (1, 0, 0, 0) == (entries(record), wraps(record), entries(fresh), wraps(fresh))
            await town.close()

        asyncio.run(story())
    wait_until(lambda: "entries" in one.status(), "the first server did not take it back")
    assert (1, 0) == (entries(record), wraps(record))


def opened(folder: Path) -> Municipality | None:
    try:
        return Municipality(folder, WallClock())
    except LeaseHeld:
        return None


def pushed(device: Device, node: Node) -> str:
    """The code with which a server refuses what a device sends."""
    try:
        Sync(device, HttpTransport(node.url)).run()
    except ServerRefused as refused:
        return refused.code
    return ""


def entries(record: bytes) -> int:
    """How many entries of a record any schema has."""
    return sum(asked(f"select count(*) from {schema}.entry where record = '\\x{record.hex()}'")[0]
               for schema in asked("select array_agg(schema) from veldpost.municipality")[0])  # fmt: skip
