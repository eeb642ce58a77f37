"""A server of two processes behind one address: who answers, who is killed, and that stopping leaves nothing."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.clock import WallClock
from backend.device.device import Device
from backend.device.syncing import sync
from backend.device.transport import HttpTransport
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
