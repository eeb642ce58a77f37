"""A server of two processes behind one address: who answers, who is killed, and that stopping leaves nothing."""

import asyncio
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import sync
from backend.device.transport import HttpTransport, ServerRefused, Unreachable
from backend.municipality.service import Municipality
from tests.fleet.world import LocalTransport, Server
from tests.processes import Process, typed, wait_until

TOWNS = ("GM9901", "GM9902")


class House:
    """Two municipalities of about one size, a worker's phone in each, and the server."""

    def __init__(self, folder: Path) -> None:
        self.data, self.keys = folder / "data", folder / "keys"
        self.keys.mkdir()
        self.devices = {code: self._enrolled(folder, code) for code in TOWNS}
        self.process = Process(self.data, self.keys, VELDPOST_PROCESSES="2")
        self.env = {**os.environ, "VELDPOST_DATA": str(self.data), "VELDPOST_KEYS": str(self.keys),
                    "VELDPOST_PORT": str(self.process.port), "VELDPOST_LANG": "en"}  # fmt: skip

    def _enrolled(self, folder: Path, code: str) -> Device:
        server = Server(self.data, code)
        server.clock.ms = WallClock().now_ms()
        invitation = server.run(server.municipality.enrolling.invite("werker", "worker", "beheer"))
        device = Device.enrol(folder / f"{code}.db", None, invitation, LocalTransport(server), WallClock())
        (self.keys / f"{code}.key").write_bytes(server.key_file)
        server.stop()
        return device

    def writes(self, code: str) -> None:
        """A phone writes something and is told that it was received."""
        device = self.devices[code]
        device.create("huisbezoek", 1, {"/duiding": "een woord"})
        assert 0 == sync(device, HttpTransport(self.process.url)).unsent

    def rows(self, *words: str) -> list[dict[str, Any]]:
        done = typed(*words, "--json", env=self.env)
        assert 0 == done.returncode, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def family(self) -> list[int]:
        """The processes of the server: the parent, the front, and those that own municipalities."""
        return [self.process.process.pid, *children_of(self.process.process.pid)]

    def owner(self, code: str) -> int:
        """The one process that holds a municipality's folder."""
        lock = self.data / code / "lock"
        [pid] = [pid for pid in self.family() if lock in open_by(pid)]
        return pid


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def open_by(pid: int) -> set[Path]:
    found = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(handle.readlink())
        except OSError:  # closed meanwhile
            continue
    return found


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("several"))
    with made.process:
        yield made


def test_each_municipality_has_one_process_and_the_address_finds_it(house: House) -> None:
    for code in TOWNS:
        house.writes(code)
    assert 2 == len({house.owner(code) for code in TOWNS}), "two municipalities of one size are dealt to two processes"
    page = httpx.get(f"{house.process.url}/?lang=en").text
    assert all(f'id="{code}"' in page for code in TOWNS) and "does not answer" not in page
    lines = httpx.get(f"{house.process.url}/metrics").text.splitlines()
    entries = {line.split('"')[1]: int(line.split()[1]) for line in lines if line.startswith("veldpost_entries{")}
    assert dict.fromkeys(TOWNS, 1) == {code: count for code, count in entries.items() if count}
    assert 'veldpost_requests_total{route="sync",status="200"} ' in "\n".join(lines), "counted once, at the address"
    for path in ("/api/v1/openapi.json", "/health/live", f"/m/{TOWNS[0]}/sign-in", f"/m/{TOWNS[1]}/sign-in"):
        assert 200 == httpx.get(house.process.url + path, follow_redirects=True).status_code, path
    unknown = httpx.get(f"{house.process.url}/api/v1/GM0001/forms/dossier/1")
    assert 401 >= unknown.status_code >= 400 or unknown.status_code == 404


@pytest.mark.parametrize("path", ["/process/tally", "/process/faults", "/process/x"])
def test_nobody_outside_asks_a_process_what_the_front_asks_it(house: House, path: str) -> None:
    answer = httpx.get(house.process.url + path)
    assert (404, "not-found") == (answer.status_code, answer.json()["code"])


def test_a_command_reaches_the_process_of_its_municipality_and_one_about_all_asks_each(house: House) -> None:
    assert [*TOWNS] == sorted(row["code"] for row in house.rows("status"))
    assert [TOWNS[1]] == [row["code"] for row in house.rows("status", TOWNS[1])]
    [row] = house.rows("lock", TOWNS[1])
    assert row["locked"]
    assert {TOWNS[0]: False, TOWNS[1]: True} == {row["code"]: row["locked"] for row in house.rows("status")}
    [row] = house.rows("unlock", TOWNS[1])
    refused = typed("lock", "GM0001", env=house.env)
    assert 1 == refused.returncode and "municipality-unknown" in refused.stderr


def test_a_killed_process_comes_back_and_the_other_municipality_never_notices(house: House) -> None:
    killed, other = house.owner(TOWNS[0]), house.owner(TOWNS[1])
    house.writes(TOWNS[0])
    os.kill(killed, signal.SIGKILL)
    house.writes(TOWNS[1])
    house.writes(TOWNS[0])  # it waits at the socket that the parent holds, and is answered by the next process
    assert is_gone(killed) and other == house.owner(TOWNS[1])
    assert house.owner(TOWNS[0]) not in (killed, other)
    wait_until(lambda: httpx.get(f"{house.process.url}/health/ready").is_success, "ready again")
    held = {row["code"]: row["entries"] for row in house.rows("status")}
    assert held == {code: house.devices[code].memory.send_after for code in TOWNS}, "what was received is there"


def test_a_killed_front_comes_back_and_nobody_loses_the_municipality(house: House) -> None:
    owners = {code: house.owner(code) for code in TOWNS}
    [front] = {*children_of(house.process.process.pid)} - {*owners.values()}
    os.kill(front, signal.SIGKILL)
    wait_until(lambda: is_gone(front), "the front is gone")
    for code in TOWNS:
        house.writes(code)
    assert owners == {code: house.owner(code) for code in TOWNS}


def test_a_second_server_on_the_folder_is_refused(house: House) -> None:
    refused = typed("serve", env={**house.env, "VELDPOST_PROCESSES": "2"})
    assert 1 == refused.returncode and "served-already" in refused.stderr


def test_stopping_leaves_no_process_and_no_socket_and_so_does_killing_the_parent(house: House) -> None:
    family = house.family()
    assert 4 == len(family)
    house.process.kill()
    wait_until(lambda: all(map(is_gone, family)), "they end when their parent was killed")
    house.process.start()
    family = house.family()
    house.process.stop()
    assert all(map(is_gone, family))
    assert [] == [*house.data.glob("*.sock")]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
def test_what_was_acknowledged_survives_kills_of_any_process_of_the_server(tmp_path: Path, seed: int) -> None:
    """The front, either owner or their parent, at random moments; devices go on by themselves."""
    chance, house = random.Random(seed), House(tmp_path)
    over, acknowledged, killed = threading.Event(), dict.fromkeys(TOWNS, 0), set[str]()

    def work(code: str) -> None:
        device, road = house.devices[code], HttpTransport(house.process.url)
        while not over.is_set():
            device.create("huisbezoek", 1, {"/duiding": "een woord"})
            try:
                sync(device, road)
                acknowledged[code] = device.memory.send_after
            except (Unreachable, ServerRefused, httpx.HTTPError):
                over.wait(0.1)

    threads = [threading.Thread(target=work, args=(code,)) for code in TOWNS]
    for thread in threads:
        thread.start()
    try:
        for _ in range(25):
            time.sleep(chance.uniform(0.1, 0.6))
            number = chance.randrange(4)
            family = house.family()
            if number == 0:
                house.process.kill()
                wait_until(lambda gone=family: all(map(is_gone, gone)), "all end with their parent")  # type: ignore[misc]
                house.process.start()
            elif number < len(family):
                os.kill(family[number], signal.SIGKILL)
            killed.add("parent" if number == 0 else "another")
        before = dict(acknowledged)
        wait_until(lambda: all(acknowledged[code] > before[code] for code in TOWNS), "all go on")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert {"parent", "another"} == killed
    house.process.stop()
    for code, seq in acknowledged.items():
        device, town = house.devices[code], Municipality(house.data / code, WallClock())
        assert seq > 3
        for kept in device.store.own_after(device.id, 0, seq):
            header = kept.arrival().header
            assert header.seq > seq or kept.hash == town.journal.hash_at(device.id, header.seq)
            assert header.seq > seq or town.keys.has_wrap(header.record)
        asyncio.run(town.close())
