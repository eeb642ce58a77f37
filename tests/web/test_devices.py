"""What the device routes refuse, and with which words (sync/SPEC.md section 6; RFC 9457)."""

import asyncio
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from backend.device.device import Device
from backend.device.transport import ServerRefused, signed_headers
from backend.errors import StoreCorrupt
from backend.municipality import lists
from backend.municipality.health import Projected
from backend.web import pages, tallies
from forms.definition.library import first_raw
from sync.messages import PROTOCOL, SyncRequest, read_response, write
from tests.fleet.world import LocalTransport, Server
from tests.looking import inside

Client = TestClient[Any]
PATH = "/api/v1/GM9901/sync"


@pytest.fixture
def device(server: Server, tmp_path: Path) -> Device:
    return server.enrol(tmp_path / "device.db", "werker-1")


def signed(
    device: Device, body: bytes, path: str = PATH, method: str = "POST", *, time_ms: int | None = None
) -> dict[str, str]:
    plain = {"Content-Type": "application/msgpack"} if method == "POST" else {}
    at = device.clock.now_ms() if time_ms is None else time_ms
    return signed_headers(device.id, device.signing, at, method, path, body, plain)


def asking(server: Server) -> bytes:
    return write(SyncRequest(PROTOCOL, server.clock.now_ms()))


def refused(answer: Any) -> tuple[int, str]:
    assert "application/problem+json" == answer.headers["content-type"]
    body = answer.json()
    assert {"type", "title", "status", "detail", "code", "remedy"} <= body.keys()
    return answer.status_code, body["code"]


@pytest.mark.parametrize("version", [0, -1, 2**31, 2**63, 10**40])
def test_a_version_beyond_every_number_of_the_database_was_an_internal_error(
    client: Client, device: Device, version: int
) -> None:
    for kind in ("forms", "lists"):
        path = f"/api/v1/GM9901/{kind}/proef/versions/{version}"
        assert (404, "form-unknown") == refused(client.get(path, headers=signed(device, b"", path, "GET")))


@pytest.mark.parametrize("kind", ["forms", "lists"])
def test_a_store_that_was_damaged_at_rest_sets_its_municipality_apart_at_the_first_form_that_is_fetched(
    client: Client, server: Server, device: Device, kind: str
) -> None:
    town = server.municipality
    server.run(town.resting.rest())
    store = town.folder / "journal.db"
    with store.open("r+b") as file:
        file.seek(100)
        file.write(b"\x5a" * (store.stat().st_size - 100))
    path = f"/api/v1/GM9901/{kind}/dossier/versions/1"
    assert (500, "store-corrupt") == refused(client.get(path, headers=signed(device, b"", path, "GET")))
    assert isinstance(client.app.state.house.municipalities.broken["GM9901"], StoreCorrupt)


def test_forms_and_lists_are_for_certified_devices_byte_for_byte_as_they_were_signed(
    client: Client, server: Server, device: Device
) -> None:
    server.publish(first_raw("dossier"))
    server.run(lists.revise(server.municipality, "scholen", b"naam\nDe Molen\n", "t.csv", "", "anna"))
    for path, name in (("forms/dossier", "dossier"), ("lists/scholen", "list/scholen")):
        at = f"/api/v1/GM9901/{path}/versions/1"
        assert (401, "device-unknown") == refused(client.get(at))
        elsewhere = signed(device, b"", at + "0", "GET")
        assert (401, "device-unknown") == refused(client.get(at, headers=elsewhere))
        given = client.get(at, headers=signed(device, b"", at, "GET"))
        assert server.municipality.book.forms[name].digest == sha256(given.content).digest()


def test_a_request_without_a_fitting_signature_is_refused(client: Client, server: Server, device: Device) -> None:
    body = asking(server)
    good = signed(device, body)
    assert (401, "device-unknown") == refused(client.post(PATH, content=body + b"x", headers=good))
    assert (401, "device-unknown") == refused(client.post(PATH + "?a=1", content=body, headers=good))
    stolen = {**good, "Veldpost-Device": bytes(16).hex()}
    assert (401, "device-unknown") == refused(client.post(PATH, content=body, headers=stolen))
    assert (401, "device-unknown") == refused(
        client.post(PATH, content=body, headers={**good, "Veldpost-Device": "zz"})
    )
    replayed = signed(device, body, "/api/v1/GM9902/sync")
    assert (401, "device-unknown") == refused(client.post(PATH, content=body, headers=replayed))
    assert (404, "municipality-unknown") == refused(client.post("/api/v1/GM9902/sync", content=body, headers=good))


def test_a_body_that_is_not_of_the_protocol_is_refused(client: Client, server: Server, device: Device) -> None:
    for body in (b"", b"\xc1", b"hello", msgspec.msgpack.encode([1, 2])):
        assert (400, "not-messagepack") == refused(client.post(PATH, content=body, headers=signed(device, body)))
    body = write(SyncRequest(9, server.clock.now_ms()))
    assert (400, "unknown-protocol") == refused(client.post(PATH, content=body, headers=signed(device, body)))
    body = asking(server)
    plain = {**signed(device, body), "Content-Type": "application/json"}
    assert (415, "unsupported-media-type") == refused(client.post(PATH, content=body, headers=plain))


def test_an_old_request_is_refused_with_the_servers_time(client: Client, server: Server, device: Device) -> None:
    at = server.clock.now_ms() - 600_001
    body = write(SyncRequest(PROTOCOL, at))
    answer = client.post(PATH, content=body, headers=signed(device, body, time_ms=at))
    assert (409, "clock") == refused(answer)
    assert server.clock.now_ms() == answer.json()["server_time"]


def test_a_certified_device_is_answered(client: Client, server: Server, device: Device) -> None:
    body = asking(server)
    answer = client.post(PATH, content=body, headers=signed(device, body))
    assert 200 == answer.status_code
    assert server.municipality.exchanges.life == read_response(answer.content).life


def test_the_framework_refuses_in_the_same_shape_with_the_same_headers(client: Client) -> None:
    assert (404, "not-found") == refused(client.get("/nergens"))
    assert (404, "not-found") == refused(client.post(PATH + "/"))
    assert (405, "method-not-allowed") == refused(client.get(PATH))
    for answer in (client.get("/nergens"), client.get("/"), client.get("/health/live")):
        assert "1.0.0" == answer.headers["api-version"]
        assert "no-store" == answer.headers["cache-control"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert ("nosniff", "DENY") == (answer.headers["x-content-type-options"], answer.headers["x-frame-options"])


def test_a_body_without_end_is_cut_off(client: Client, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.web.shell.REQUEST_BYTES_MAX", 1_000)
    endless = (b"x" * 100 for _ in range(100))
    answer = client.post(PATH, content=endless, headers=signed(device, b""))
    assert (413, "too-large") == refused(answer)


def test_an_invitation_enrols_one_device_once_and_not_after_ten_minutes(client: Client, server: Server) -> None:
    path = "/api/v1/GM9901/enrolments"
    headers = {"Content-Type": "application/msgpack"}
    for nonsense in (b"\xc1", b"\x91" * 200_000, b"\x81\xa5token" + b"\x91" * 200_000):
        assert (400, "not-messagepack") == refused(client.post(path, content=nonsense, headers=headers))
    seen: list[bytes] = []

    class Recorder:
        def post(self, path: str, body: bytes, _headers: Any) -> bytes:
            seen.append(body)
            return server.answer(path, body, {})

    invitation = server.run(server.municipality.enrolling.invite("werker-1", "worker", "beheer"))
    device = Device.enrol(server.folder.parent / "a.db", None, invitation, Recorder(), server.clock)
    again = client.post(path, content=seen[0], headers=headers)
    certificate = msgspec.msgpack.decode(again.content)["certificate"]
    assert (201, device.id) == (again.status_code, certificate[2]), "its answer may have been lost"
    position = server.municipality.journal.last_position()
    with pytest.raises(ServerRefused, match="used already"):
        Device.enrol(server.folder.parent / "b.db", None, invitation, LocalTransport(server), server.clock)
    assert position == server.municipality.journal.last_position()
    late = server.run(server.municipality.enrolling.invite("werker-1", "worker", "beheer"))
    server.clock.ms += 600_001
    assert (403, "invitation-invalid") == refused(client.post(path, content=seen[0], headers=headers))
    body = msgspec.msgpack.encode({**msgspec.msgpack.decode(seen[0]), "token": late.token})
    answer = client.post(path, content=body, headers=headers)
    assert (403, "invitation-invalid") == refused(answer)
    assert "expired" in answer.json()["detail"]


def test_the_openapi_document_describes_every_route_and_names_what_is_signed(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    unsigned = ("/enrolments", "/certificates", "/hand-ins")
    for path, methods in paths.items():
        for method, said in methods.items():
            assert said.get("description"), f"{method} {path} is not described"
            names = {one["name"] for one in said.get("parameters", ())}
            signs = path.startswith("/api/") and method != "options" and not path.endswith(unsigned)
            assert signs == ({"Veldpost-Device", "Veldpost-Time", "Veldpost-Signature"} <= names), (method, path)


def test_every_public_route_is_in_the_openapi_document(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    public = {route.path for route in client.app.routes if route.path.startswith(("/api/v1/{m", "/health", "/metrics"))}
    documented = {path.replace("{", "").replace("}", "") for path in paths}
    for route in public:
        plain = "/".join(part.strip("{}").split(":")[0] for part in route.split("/"))
        assert plain in documented, route


@pytest.fixture
def near(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client that counts as on the server's own machine."""
    monkeypatch.setattr(pages, "LOOPBACK", ("testclient",))
    return client


def test_a_stranger_sees_names_and_no_counts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("nl", "en"):
        page = client.get(f"/?lang={language}").text
        assert "GM9901" in page and "<dt>" not in page and "ontgrendeld" not in page and "unlocked" not in page
        assert 'class="note"' not in page, "the note is about counts, which are not there"
    monkeypatch.setattr(pages, "LOOPBACK", ("testclient",))
    assert "<h3>" in client.get("/").text


def test_asking_whether_the_server_is_ready_writes_once_in_ten_seconds(
    client: Client, server: Server, device: Device
) -> None:
    assert device.id in server.municipality.book.certificates and not server.municipality.resting.rests
    conn = inside(server.municipality.journal)
    assert 200 == client.get("/health/ready").status_code
    before = conn.total_changes
    for _ in range(50):
        assert 200 == client.get("/health/ready").status_code
    assert before == conn.total_changes
    server.clock.ms += 10_001
    client.get("/health/ready")
    assert before < conn.total_changes


def test_stores_that_rest_are_written_to_once_in_a_minute_and_closed_again(client: Client, server: Server) -> None:
    server.run(server.municipality.resting.rest())
    before = server.municipality.unit.commits
    for seconds, writes in ((0, 0), (59, 0), (2, 1), (11, 1), (50, 2)):
        server.clock.ms += seconds * 1_000
        assert 200 == client.get("/health/ready").status_code
        assert before + writes == server.municipality.unit.commits and server.municipality.resting.rests


def test_a_body_that_breaks_off_is_no_fault_of_the_server(near: Client, device: Device) -> None:
    client = near

    async def ask(path: str, query: str) -> None:
        parts = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"x", "more_body": True}]
        headers = {"host": "test", **signed(device, b"", f"{path}?{query}" if query else path)}

        async def receive() -> Any:
            return parts.pop()

        async def send(_message: Any) -> None:
            return None

        await client.app(scope_of(path, query, headers), receive, send)

    for path, query in ((PATH, ""), (PATH, "a=1"), ("/api/v1/GM9901/attachments", ""), ("/api/v1/GM9901/hand-ins", "")):
        asyncio.run(ask(path, query))
    metrics = client.get("/metrics").text
    assert 'veldpost_requests_total{route="sync",status="499"} 2.0' in metrics and 'status="500"' not in metrics


def test_a_request_without_a_host_is_refused(client: Client) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(client.app(scope_of("/health/live", "", {}), receive, send))
    assert 400 == sent[0]["status"]


def scope_of(path: str, query: str, headers: dict[str, str]) -> Any:
    """What a server tells an app of a request."""
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("test", 80), "state": {},
    }  # fmt: skip


def test_the_status_page_says_how_far_the_tables_are_and_what_was_set_apart(near: Client, server: Server) -> None:
    client = near
    town = server.municipality
    town.projected = Projected(town.committed.position - 1, "")
    assert "1 plaats te gaan" in client.get("/?lang=nl").text and "1 place to go" in client.get("/?lang=en").text
    town.projected = Projected(town.committed.position, "")
    assert "Alles wat binnenkwam, is verwerkt" in client.get("/").text
    assert f'veldpost_projected{{municipality="GM9901"}} {town.committed.position}' in client.get("/metrics").text
    town.projected = Projected(0, "store-corrupt")
    assert "store-corrupt" in client.get("/").text
    assert 'veldpost_projection_fault{municipality="GM9901"} 1' in client.get("/metrics").text
    client.app.state.house.municipalities._broken["GM9902"] = StoreCorrupt(store="journal.db", why="a test says so")
    for language, words in (("nl", "apart gezet"), ("en", "set apart")):
        page = client.get(f"/?lang={language}").text
        assert words in page and "GM9902" in page
    assert 'veldpost_set_apart{municipality="GM9902"} 1' in client.get("/metrics").text


def test_the_status_page_speaks_both_languages_and_shows_counts(near: Client) -> None:
    client = near
    dutch, english = client.get("/").text, client.get("/?lang=en").text
    assert '<html lang="nl">' in dutch and "ontgrendeld" in dutch
    assert '<html lang="en">' in english and "unlocked" in english
    assert "Status" in client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    metrics = client.get("/metrics").text
    assert 'veldpost_entries{municipality="GM9901"} 0' in metrics
    assert {"status": "ready", "faults": {}} == client.get("/health/ready").json()


def test_a_server_whose_disk_is_full_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk small writes went into the room that the log had, while every answer of a device was refused."""
    monkeypatch.setattr(tallies, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    answer = client.get("/health/ready")
    assert (503, {"GM9901": "store-full"}) == (answer.status_code, answer.json()["faults"])
