"""Sealed attachments: resumable uploads, downloads for granted devices, and what is refused (protocol section 6)."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from backend.device.device import Device
from backend.device.syncing import Sync
from crypto.attachments import new_attachment_key, open_attachment, seal_attachment
from tests.fleet.world import LocalTransport, Server
from tests.web.test_devices import refused

Client = TestClient[Any]
BASE = "/api/v1/GM9901/attachments"
OCTETS = "application/offset+octet-stream"


class Photographer:
    """A device with a record, and the requests it signs."""

    def __init__(self, server: Server, folder: Path, client: Client, worker: str = "werker-1") -> None:
        self.client = client
        self.device: Device = server.enrol(folder / f"{worker}.db", worker)
        self.record = self.device.create("huisbezoek", 1, {"/duiding": "foto volgt"})
        Sync(self.device, LocalTransport(server)).run()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        sig = self.device.signing.sign("request", method, path, sha256(body).digest())
        signed = {"Veldpost-Device": self.device.id.hex(), "Veldpost-Signature": sig.hex(), "Tus-Resumable": "1.0.0"}
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, content=body, headers={**signed, **more})

    def begin(self, sealed: bytes, record: bytes | None = None, name: bytes | None = None) -> Any:
        named = {"record": record or self.record, "name": name or sha256(sealed).digest()}
        said = ",".join(f"{key} {b64encode(value.hex().encode()).decode()}" for key, value in named.items())
        return self.ask("POST", BASE, Upload_Length=str(len(sealed)), Upload_Metadata=said)

    def send(self, where: str, offset: int, piece: bytes) -> Any:
        return self.ask("PATCH", where, piece, Upload_Offset=str(offset), Content_Type=OCTETS)


@pytest.fixture
def one(server: Server, tmp_path: Path, client: Client) -> Photographer:
    return Photographer(server, tmp_path, client)


def sealed_photo(size: int = 200_000) -> tuple[bytes, bytes]:
    key = new_attachment_key()
    return key, b"".join(seal_attachment(key, [b"licht" * (size // 5)]))


def test_an_upload_that_broke_off_goes_on_and_opens_again(one: Photographer) -> None:
    key, sealed = sealed_photo()
    where = one.begin(sealed).headers["location"]
    assert 204 == one.send(where, 0, sealed[:70_000]).status_code
    assert (409, "upload-offset") == refused(one.send(where, 0, sealed[:70_000]))
    assert "70000" == one.ask("HEAD", where).headers["upload-offset"]
    assert 204 == one.send(where, 70_000, sealed[70_000:]).status_code
    got = one.ask("GET", f"{BASE}/{sha256(sealed).hexdigest()}")
    assert 200 == got.status_code
    assert b"licht" * 40_000 == b"".join(open_attachment(key, [got.content]))


def test_an_attachment_whose_hash_lies_is_thrown_away(one: Photographer, server: Server) -> None:
    _, sealed = sealed_photo()
    where = one.begin(sealed, name=bytes(32)).headers["location"]
    assert (422, "attachment-hash") == refused(one.send(where, 0, sealed))
    assert (404, "upload-unknown") == refused(one.send(where, 0, sealed))
    assert [] == [path for path in (server.folder / "attachments").rglob("*") if path.is_file()]


def test_another_device_neither_goes_on_nor_reads(one: Photographer, server: Server, tmp_path: Path) -> None:
    two = Photographer(server, tmp_path, one.client, "werker-2")
    _, sealed = sealed_photo()
    where = one.begin(sealed).headers["location"]
    assert (404, "upload-unknown") == refused(two.send(where, 0, sealed))
    assert (403, "no-access") == refused(two.begin(sealed, record=one.record))
    assert 204 == one.send(where, 0, sealed).status_code
    name = f"{BASE}/{sha256(sealed).hexdigest()}"
    assert (404, "attachment-unknown") == refused(two.ask("GET", name))
    server.run(server.municipality.grant(one.record, "werker-2", "beheer"))
    assert 200 == two.ask("GET", name).status_code
    server.run(server.municipality.revoke(two.device.id, "beheer"))
    assert (404, "attachment-unknown") == refused(two.ask("GET", name))
    assert 401 == one.client.get(name).status_code


@pytest.mark.parametrize("name", ["..%2F..%2Fjournal.db", "zz", "00" * 32, "uploads"])
def test_a_name_is_never_a_path(one: Photographer, name: str) -> None:
    assert 404 == one.ask("GET", f"{BASE}/{name}").status_code


def test_what_an_upload_says_of_itself_is_checked(one: Photographer) -> None:
    _, sealed = sealed_photo(10)
    assert (404, "record-unknown") == refused(one.begin(sealed, record=bytes(16)))
    assert (400, "bad-upload") == refused(one.ask("POST", BASE, Upload_Length="10", Upload_Metadata="record zz"))
    assert (400, "bad-upload") == refused(one.ask("POST", BASE, Upload_Length="-1"))
    assert (412, "tus-version") == refused(one.ask("POST", BASE, Tus_Resumable="0.2.2"))
    said = f"record {b64encode(one.record.hex().encode()).decode()},name {b64encode(b'00' * 32).decode()}"
    assert (413, "attachment-too-long") == refused(
        one.ask("POST", BASE, Upload_Length=str(1 << 40), Upload_Metadata=said)
    )
    where = one.begin(sealed).headers["location"]
    assert (413, "attachment-too-long") == refused(one.send(where, 0, sealed + b"x"))
    assert 415 == one.ask("PATCH", where, sealed, Upload_Offset="0").status_code
    assert 204 == one.ask("DELETE", where).status_code
    assert (404, "upload-unknown") == refused(one.send(where, 0, sealed))
    assert "1.0.0" == one.client.options(BASE).headers["tus-version"]


def test_erasing_a_record_takes_its_attachments(one: Photographer, server: Server) -> None:
    _, sealed = sealed_photo()
    one.send(one.begin(sealed).headers["location"], 0, sealed)
    one.begin(sealed)
    server.run(server.municipality.erase(one.record, "request", "beheer"))
    assert [] == [path for path in (server.folder / "attachments").rglob("*") if path.is_file()]
    assert (404, "attachment-unknown") == refused(one.ask("GET", f"{BASE}/{sha256(sealed).hexdigest()}"))
