"""The exchange is answered alike before routing and by the route: status, words, headers, and what was taken in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from backend.device.device import Device
from backend.device.transport import signed_headers
from backend.web import limits, shell, shortcut
from sync.messages import PROTOCOL, SyncRequest, read_response, write
from tests.fleet.world import Server

Client = TestClient[Any]
PATH = "/api/v1/GM9901/sync"
MESSAGEPACK = {"Content-Type": "application/msgpack"}


@pytest.fixture
def device(server: Server, tmp_path: Path) -> Device:
    return server.enrol(tmp_path / "device.db", "werker-1")


def signed(
    device: Device, body: bytes, path: str = PATH, method: str = "POST", *, time_ms: int | None = None
) -> dict[str, str]:
    at = device.clock.now_ms() if time_ms is None else time_ms
    return signed_headers(device.id, device.signing, at, method, path, body, MESSAGEPACK)


class Roads:
    """Sends a request both ways; remembers which were really answered before routing."""

    def __init__(self, client: Client, patch: pytest.MonkeyPatch) -> None:
        self._client, self._patch, self.short = client, patch, 0
        self._code: Callable[[Any], str | None] = shortcut._code

    def _noted(self, scope: Any) -> str | None:
        found = self._code(scope)
        self.short += found is not None
        return found

    def both(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> list[tuple[int, bytes, Any]]:
        answers = []
        for decide in (self._noted, lambda _scope: None):
            self._patch.setattr(shortcut, "_code", decide)
            answer = self._client.request(method, path, content=body, headers=headers)
            answers.append((answer.status_code, answer.content, sorted(answer.headers.items())))
        return answers


@pytest.fixture
def roads(client: Client, monkeypatch: pytest.MonkeyPatch) -> Roads:
    return Roads(client, monkeypatch)


def test_a_push_is_taken_alike(roads: Roads, client: Client, server: Server, device: Device) -> None:
    body = write(SyncRequest(PROTOCOL, server.clock.now_ms()))
    (status, one, headers), (_, other, same) = roads.both("POST", PATH, body, signed(device, body))
    assert 1 == roads.short and 200 == status and headers == same
    assert read_response(one) == read_response(other)
    assert ("content-type", "application/msgpack") in headers


def test_refusals_are_the_same_to_the_byte(roads: Roads, server: Server, device: Device) -> None:
    good = write(SyncRequest(PROTOCOL, server.clock.now_ms()))
    long_ago = server.clock.now_ms() - 700_000
    old = write(SyncRequest(PROTOCOL, long_ago))
    nowhere = "/api/v1/GM9999/sync"
    table = [
        ("clock", "POST", PATH, old, signed(device, old, time_ms=long_ago)),
        ("times-differ", "POST", PATH, old, signed(device, old)),
        ("not-messagepack", "POST", PATH, b"\xc1", signed(device, b"\xc1")),
        ("not-messagepack", "POST", PATH, b"", signed(device, b"")),
        ("device-unknown", "POST", PATH, good, signed(device, old)),
        ("device-unknown", "POST", PATH, good, signed(device, good, method="PUT")),
        ("device-unknown", "POST", PATH, good, {**signed(device, good), "Veldpost-Device": "00" * 16}),
        ("device-unknown", "POST", PATH, good, {**signed(device, good), "Veldpost-Device": "geen"}),
        ("device-unknown", "POST", PATH, good, MESSAGEPACK),
        ("municipality-unknown", "POST", nowhere, good, signed(device, good, nowhere)),
        ("municipality-unknown", "POST", "/api/v1/nergens/sync", good, signed(device, good)),
    ]
    for code, *request in table:
        one, other = roads.both(*request)  # type: ignore[arg-type]
        assert one == other and f'"code":"{code}"'.encode() in one[1], (code, one, other)
    assert len(table) == roads.short


def test_what_is_not_plain_goes_to_the_route(roads: Roads, server: Server, device: Device) -> None:
    good = write(SyncRequest(PROTOCOL, server.clock.now_ms()))
    asked = PATH + "?limit=1"
    table = [
        (200, "POST", asked, good, signed(device, good, asked)),
        (401, "POST", asked, good, signed(device, good)),
        (415, "POST", PATH, good, {**signed(device, good), "Content-Type": "application/json"}),
        (405, "GET", PATH, b"", signed(device, b"", method="GET")),
        (405, "DELETE", PATH, b"", signed(device, b"", method="DELETE")),
        (404, "POST", PATH + "/", good, signed(device, good)),
        (404, "POST", "/api/v1/GM9901/sync/x", good, signed(device, good)),
        (401, "POST", "/api/v1/GM9901%2Fsync", good, signed(device, good)),
        (404, "POST", "/api/v1/../../sync", good, signed(device, good)),
    ]
    for status, *request in table:
        one, other = roads.both(*request)  # type: ignore[arg-type]
        assert status == one[0] == other[0] and one[2] == other[2], (status, request[1], one, other)
    assert 0 == roads.short


def test_both_count_towards_one_limit(
    roads: Roads, server: Server, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "EXCHANGES_PER_MINUTE", 2)
    body = write(SyncRequest(PROTOCOL, server.clock.now_ms()))
    assert [200, 200] == [answer[0] for answer in roads.both("POST", PATH, body, signed(device, body))]
    one, other = roads.both("POST", PATH, body, signed(device, body))
    assert 429 == one[0] and one == other and ("retry-after", "60") in one[2]
    server.clock.ms += 60_000
    later = write(SyncRequest(PROTOCOL, server.clock.now_ms()))
    assert 200 == roads.both("POST", PATH, later, signed(device, later))[0][0]


def test_too_much_is_too_much_on_both(roads: Roads, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "REQUEST_BYTES_MAX", 1_000)
    body = b"x" * 1_001
    one, other = roads.both("POST", PATH, body, signed(device, body))
    assert 413 == one[0] == other[0] and one[1] == other[1]


def test_a_fault_of_the_server_says_nothing_of_itself(
    roads: Roads, server: Server, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("het geheim van de smid")

    monkeypatch.setattr(type(server.municipality.exchanging), "exchange", broken)
    body = write(SyncRequest(PROTOCOL, server.clock.now_ms()))
    one, other = roads.both("POST", PATH, body, signed(device, body))
    assert 500 == one[0] and one == other and b"geheim" not in one[1]
