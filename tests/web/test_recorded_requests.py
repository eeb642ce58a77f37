"""The attacker with a recorded line: what was signed once is worth nothing later, and nothing of it can be changed."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from backend.device.device import Device
from backend.device.transport import signed_headers
from forms.definition.library import first_raw
from sync.messages import PROTOCOL, SyncRequest, write
from tests.fleet.world import Server
from tests.web.test_attachments import BASE, OCTETS, Photographer
from tests.web.test_devices import PATH, refused, scope_of, signed

Client = TestClient[Any]
Recorded = tuple[str, str, bytes, dict[str, str]]
FORM = "/api/v1/GM9901/forms/dossier/versions/1"
SEALED = b"licht" * 50


class Line:
    """Keeps every request of a photographer, as somebody on the line would."""

    def __init__(self, server: Server, folder: Path, client: Client) -> None:
        self.client, self.one = client, Photographer(server, folder, client)
        server.publish(first_raw("dossier"))

    def record(self, method: str, path: str, body: bytes = b"", **headers: str) -> Recorded:
        device = self.one.device
        more = {"Tus-Resumable": "1.0.0"} | {name.replace("_", "-"): value for name, value in headers.items()}
        at = device.clock.now_ms()
        return method, path, body, signed_headers(device.id, device.signing, at, method, path, body, more)

    def send(self, recorded: Recorded, **changed: str) -> Any:
        method, path, body, headers = recorded
        more = {name.replace("_", "-"): value for name, value in changed.items()}
        return self.client.request(method, path, content=body, headers={**headers, **more})

    def create(self) -> Recorded:
        named = {"record": self.one.record, "name": sha256(SEALED).digest()}
        said = ",".join(f"{key} {b64encode(value.hex().encode()).decode()}" for key, value in named.items())
        return self.record("POST", BASE, Upload_Length=str(len(SEALED)), Upload_Metadata=said)


@pytest.fixture
def line(server: Server, tmp_path: Path, client: Client) -> Line:
    return Line(server, tmp_path, client)


def test_a_recorded_request_is_refused_after_ten_minutes_whatever_it_asks(line: Line, server: Server) -> None:
    create = line.create()
    where = line.send(create).headers["location"]
    sync = write(SyncRequest(PROTOCOL, server.clock.now_ms()))
    every = [
        create,
        line.record("GET", FORM),
        line.record("HEAD", where),
        line.record("PATCH", where, SEALED[:100], Upload_Offset="0", Content_Type=OCTETS),
        line.record("DELETE", where),
        line.record("GET", f"{BASE}/{sha256(SEALED).hexdigest()}"),
        ("POST", PATH, sync, signed(line.one.device, sync)),
    ]
    server.clock.ms += 600_001
    for recorded in every:
        answer = line.send(recorded)
        assert 409 == answer.status_code, recorded[:2]
        if recorded[0] != "HEAD":
            assert (409, "clock") == refused(answer)
        now = str(server.clock.now_ms())
        assert 401 == line.send(recorded, Veldpost_Time=now).status_code, recorded[:2]
    assert "0" == line.send(line.record("HEAD", where)).headers["upload-offset"]
    assert 200 == line.send(line.record("GET", FORM)).status_code


def test_no_header_that_means_something_can_be_changed_or_added(line: Line) -> None:
    create = line.create()
    assert 401 == line.send(create, Upload_Length="5").status_code
    assert 401 == line.send(create, Upload_Metadata="record MDA=,name MDA=").status_code
    assert 401 == line.send(create, Content_Type="text/plain").status_code
    where = line.send(create).headers["location"]
    piece = line.record("PATCH", where, SEALED[:100], Upload_Offset="50", Content_Type=OCTETS)
    assert 401 == line.send(piece, Upload_Offset="0").status_code
    twice = [(name, value) for name, value in piece[3].items()] + [("Upload-Offset", "0")]
    assert 401 == line.client.patch(where, content=piece[2], headers=twice).status_code
    assert "0" == line.send(line.record("HEAD", where)).headers["upload-offset"]


def test_the_form_of_before_which_signed_no_time_is_refused(line: Line) -> None:
    device = line.one.device
    sig = device.signing.sign("request", "GET", FORM, sha256(b"").digest()).hex()
    old = {"Veldpost-Device": device.id.hex(), "Veldpost-Signature": sig}
    assert (401, "device-unknown") == refused(line.client.get(FORM, headers=old))
    with_time = {**old, "Veldpost-Time": str(device.clock.now_ms())}
    assert (401, "device-unknown") == refused(line.client.get(FORM, headers=with_time))


def test_an_old_request_is_refused_before_its_body_is_read(client: Client, server: Server, tmp_path: Path) -> None:
    device = server.enrol(tmp_path / "device.db", "werker-2")
    for path in (PATH, PATH + "?limit=1"):
        headers = signed(device, b"", path, time_ms=server.clock.now_ms() - 600_001)
        status = asyncio.run(status_without_body(client, path, headers))
        assert 409 == status, path


async def status_without_body(client: Client, path: str, headers: dict[str, str]) -> int:
    """The status of a POST whose body never comes."""
    sent: list[Any] = []

    async def never() -> Any:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    plain, _, query = path.partition("?")
    scope = scope_of(plain, query, {"host": "test", **headers})
    await client.app(scope, never, send)
    return int(sent[0]["status"])


def test_unknown_and_badly_signed_are_answered_to_the_byte_alike(
    client: Client, server: Server, tmp_path: Path
) -> None:
    device = server.enrol(tmp_path / "device.db", "werker-2")
    body = write(SyncRequest(PROTOCOL, server.clock.now_ms()))
    good = signed(device, body)
    other: Device = server.enrol(tmp_path / "other.db", "werker-3")
    answers = []
    for bad in (
        {"Veldpost-Device": bytes(16).hex()},
        {"Veldpost-Device": other.id.hex()},
        {"Veldpost-Device": "zz"},
        {"Veldpost-Signature": "00" * 64},
        {"Veldpost-Signature": ""},
        {"Veldpost-Time": ""},
    ):
        answer = client.post(PATH, content=body, headers={**good, **bad})
        answers.append((answer.status_code, answer.content, sorted(answer.headers.items())))
    assert 401 == answers[0][0] and 1 == len({repr(answer) for answer in answers})
