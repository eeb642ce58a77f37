"""Sealed attachments: resumable uploads, downloads for granted devices, and what is refused (sync/SPEC.md 11)."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import signed_headers
from backend.files import write_atomically
from backend.municipality.attachments import PIECE_BYTES_MAX
from crypto.attachments import STREAM_BYTES_MAX, open_attachment, seal_attachment
from sync import uploading
from tests.fleet.world import LocalTransport, Server
from tests.looking import inside
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
        more = {"Tus-Resumable": "1.0.0"} | {name.replace("_", "-"): value for name, value in headers.items()}
        at = self.device.clock.now_ms()
        signed = signed_headers(self.device.id, self.device.signing, at, method, path, body, more)
        return self.client.request(method, path, content=body, headers=signed)

    def seal(self, size: int = 200_000) -> bytes:
        known = self.device.store.record_key(self.record)
        assert known is not None and known[1] is not None
        return b"".join(seal_attachment(known[1], self.record, [b"licht" * (size // 5)]))

    def opened(self, sealed: bytes) -> bytes:
        known = self.device.store.record_key(self.record)
        assert known is not None and known[1] is not None
        return open_attachment(known[1], self.record, sha256(sealed).digest(), [sealed])

    def begin(self, sealed: bytes, record: bytes | None = None, name: bytes | None = None) -> Any:
        named = {"record": record or self.record, "name": name or sha256(sealed).digest()}
        said = ",".join(f"{key} {b64encode(value.hex().encode()).decode()}" for key, value in named.items())
        return self.ask("POST", BASE, Upload_Length=str(len(sealed)), Upload_Metadata=said)

    def send(self, where: str, offset: int, piece: bytes) -> Any:
        return self.ask("PATCH", where, piece, Upload_Offset=str(offset), Content_Type=OCTETS)


@pytest.fixture
def one(server: Server, tmp_path: Path, client: Client) -> Photographer:
    return Photographer(server, tmp_path, client)


def stored(server: Server) -> list[str]:
    return sorted(path.name for path in (server.folder / "attachments").rglob("*") if path.is_file())


def where_of(answer: Any) -> str:
    assert 201 == answer.status_code, answer.text
    location: str = answer.headers["location"]
    return location


def name_of(sealed: bytes) -> str:
    return f"{BASE}/{sha256(sealed).hexdigest()}"


# --- what is refused ---


def test_sealed_bytes_of_another_record_are_refused_with_the_first_piece(one: Photographer, server: Server) -> None:
    """Public reports F07: the same bytes under a second record were acknowledged, and went with the first's erasure."""
    sealed = one.seal()
    first = one.record
    second = one.device.create("huisbezoek", 1, {"/duiding": "tweede"})
    Sync(one.device, LocalTransport(server)).run()
    where = where_of(one.begin(sealed, record=second))
    assert (422, "attachment-foreign") == refused(one.send(where, 0, sealed[:100]))
    assert (404, "upload-unknown") == refused(one.send(where, 0, sealed))
    assert 204 == one.send(where_of(one.begin(sealed, record=first)), 0, sealed).status_code
    assert (422, "attachment-foreign") == refused(one.begin(sealed, record=second))
    server.run(server.municipality.erasing.erase(second, "request", "beheer"))
    assert sealed == one.ask("GET", name_of(sealed)).content


@pytest.mark.parametrize("step", [1, 16, 17])
def test_a_head_that_comes_in_crumbs_is_checked_all_the_same(one: Photographer, step: int) -> None:
    sealed = b"\x01" + bytes(16) + one.seal(10)[17:]
    where, last = where_of(one.begin(sealed)), None
    for place in range(0, 17, step):
        last = one.send(where, place, sealed[place : place + step])
        if last.status_code != 204:
            break
    assert last is not None and (422, "attachment-foreign") == refused(last)
    where = where_of(one.begin(sealed, name=bytes(32)))
    assert (422, "attachment-version") == refused(one.send(where, 0, b"\x02" + sealed[1:]))


def test_another_device_neither_goes_on_nor_reads(one: Photographer, server: Server, tmp_path: Path) -> None:
    two = Photographer(server, tmp_path, one.client, "werker-2")
    sealed = one.seal()
    where = where_of(one.begin(sealed))
    for asked in (two.send(where, 0, sealed), two.begin(sealed, record=one.record), two.ask("HEAD", where)):
        assert 403 == asked.status_code
    assert (404, "upload-unknown") == refused(two.ask("DELETE", where))
    assert 204 == one.send(where, 0, sealed).status_code
    assert (404, "attachment-unknown") == refused(two.ask("GET", name_of(sealed)))
    server.run(server.municipality.opening.grant(one.record, "werker-2", "beheer"))
    assert 200 == two.ask("GET", name_of(sealed)).status_code
    assert 401 == one.client.get(name_of(sealed)).status_code


def test_who_lost_a_record_reads_nothing_and_sends_what_was_written_offline(one: Photographer, server: Server) -> None:
    """Withdrawal ends reading; the words and photos of an honest worker who had no connection go on counting."""
    sealed, begun = one.seal(), one.seal(70_000)
    one.send(where_of(one.begin(sealed)), 0, sealed)
    where = where_of(one.begin(begun))
    server.run(server.municipality.opening.withdraw(one.record, "werker-1", "beheer"))
    assert 204 == one.send(where, 0, begun).status_code
    for kept in (sealed, begun):
        assert (404, "attachment-unknown") == refused(one.ask("GET", name_of(kept)))


def test_a_revoked_device_neither_reads_nor_adds(one: Photographer, server: Server) -> None:
    """Photos of records in which words of it count it may finish (`test_photos_of_the_revoked.py`), and no others."""
    town, sealed = server.municipality, one.seal()
    where = where_of(one.begin(sealed))
    one.send(where, 0, sealed)
    server.run(town.acts.revoke(one.device.id, "beheer"))
    assert 403 == one.ask("GET", name_of(sealed)).status_code
    assert 403 == one.begin(one.seal(10), record=bytes(16)).status_code
    assert 403 == one.ask("DELETE", where).status_code


def test_an_erased_record_takes_and_gives_nothing(one: Photographer, server: Server) -> None:
    """Adversary S8e: an erased record went on taking uploads and giving downloads."""
    sealed, begun, later = one.seal(), one.seal(70_000), one.seal(10)
    one.send(where_of(one.begin(sealed)), 0, sealed)
    where = where_of(one.begin(begun))
    one.send(where, 0, begun[:-1])
    server.run(server.municipality.erasing.erase(one.record, "request", "beheer"))
    assert [] == stored(server)
    for asked in (one.begin(later), one.begin(sealed), one.send(where, len(begun) - 1, begun[-1:])):
        assert (410, "record-erased") == refused(asked)
    assert 410 == one.ask("HEAD", where).status_code
    assert (404, "attachment-unknown") == refused(one.ask("GET", name_of(sealed)))
    assert [] == server.municipality.attachments.finished()


@pytest.mark.parametrize("name", ["..%2F..%2Fjournal.db", "zz", "00" * 32, "uploads", "%2e%2e%2fjournal.db"])
def test_a_name_is_never_a_path(one: Photographer, name: str) -> None:
    assert 404 == one.ask("GET", f"{BASE}/{name}").status_code
    for method in ("HEAD", "DELETE"):
        assert 404 == one.ask(method, f"{BASE}/uploads/{name}").status_code


def test_an_attachment_whose_hash_lies_is_thrown_away(one: Photographer, server: Server) -> None:
    sealed = one.seal()
    where = where_of(one.begin(sealed, name=bytes(32)))
    assert (422, "attachment-hash") == refused(one.send(where, 0, sealed))
    assert (404, "upload-unknown") == refused(one.send(where, 0, sealed))
    assert [] == stored(server)


def test_an_upload_is_checked_by_what_it_says_of_itself(one: Photographer) -> None:
    sealed = one.seal(10)
    assert (404, "record-unknown") == refused(one.begin(sealed, record=bytes(16)))
    assert (400, "bad-upload") == refused(one.ask("POST", BASE, Upload_Length="10", Upload_Metadata="record zz"))
    assert (400, "bad-upload") == refused(one.ask("POST", BASE, Upload_Length="-1"))
    said = f"record {b64encode(one.record.hex().encode()).decode()},name {b64encode(b'00' * 32).decode()}"
    for length in (0, 64, STREAM_BYTES_MAX + 1, 1 << 40):
        answer = one.ask("POST", BASE, Upload_Length=str(length), Upload_Metadata=said)
        assert (413, "attachment-too-long") == refused(answer)
    where = where_of(one.begin(sealed))
    assert (413, "attachment-too-long") == refused(one.send(where, 0, sealed + b"x"))
    assert (413, "too-large") == refused(one.send(where, 0, bytes(PIECE_BYTES_MAX + 1)))
    for method, path in (("POST", BASE), ("DELETE", where), ("GET", name_of(sealed))):
        assert (413, "too-large") == refused(one.ask(method, path, b"xx"))  # only a piece has a body
    assert 415 == one.ask("PATCH", where, sealed, Upload_Offset="0").status_code
    assert (409, "upload-offset") == refused(one.send(where, 1, sealed[1:]))
    assert 204 == one.ask("DELETE", where).status_code
    assert (404, "upload-unknown") == refused(one.send(where, 0, sealed))


def test_every_request_and_answer_names_the_version_of_tus(one: Photographer) -> None:
    sealed = one.seal(10)
    where = where_of(one.begin(sealed))
    for method, path in (("POST", BASE), ("HEAD", where), ("PATCH", where), ("DELETE", where)):
        answer = one.ask(method, path, Tus_Resumable="0.2.2", Content_Type=OCTETS)
        assert (412, "1.0.0") == (answer.status_code, answer.headers["tus-version"]), method
        assert "1.0.0" == answer.headers["tus-resumable"]
    asked = one.client.options(BASE)
    about = ("creation,termination", str(STREAM_BYTES_MAX), "1.0.0")
    assert about == tuple(asked.headers[name] for name in ("tus-extension", "tus-max-size", "tus-version"))
    assert "no-store" == one.ask("HEAD", where).headers["cache-control"]


def test_the_description_names_every_header_of_an_upload(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    routes = {method: about for path, said in paths.items() if "/attachments" in path for method, about in said.items()}
    asked = {
        method: {part["name"] for part in about.get("parameters", ()) if part["in"] == "header"}
        for method, about in routes.items()
    }
    given = {
        method: set().union(*(answer.get("headers", {}) for answer in about["responses"].values()))
        for method, about in routes.items()
    }
    signed = {"Veldpost-Device", "Veldpost-Time", "Veldpost-Signature"}
    assert asked == {
        "options": set(), "get": signed,
        "post": signed | {"Tus-Resumable", "Upload-Length", "Upload-Metadata"},
        "head": signed | {"Tus-Resumable"}, "delete": signed | {"Tus-Resumable"},
        "patch": signed | {"Tus-Resumable", "Upload-Offset"},
    }  # fmt: skip
    assert {"Location", "Upload-Offset"} <= given["post"] and "Upload-Offset" in given["patch"] & given["head"]
    assert [OCTETS] == list(routes["patch"]["requestBody"]["content"])


def test_one_device_cannot_fill_the_disk_with_uploads_that_never_end(
    one: Photographer, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "OPEN_MAX", 2)
    streams = [one.seal(10) for _ in range(3)]
    assert [201, 201, 413] == [one.begin(sealed).status_code for sealed in streams]
    assert 201 == one.begin(streams[0]).status_code  # begun again it is the same one
    server.clock.ms += uploading.OPEN_MS_MAX + 1
    assert 201 == one.begin(streams[2]).status_code
    monkeypatch.setattr(uploading, "RESERVE_BYTES", 1 << 60)
    assert (507, "store-full") == refused(one.begin(one.seal(10)))


# --- what is accepted ---


def test_an_upload_that_broke_off_goes_on_and_opens_again(one: Photographer) -> None:
    sealed = one.seal()
    where = where_of(one.begin(sealed))
    assert 204 == one.send(where, 0, sealed[:70_000]).status_code
    assert "70000" == one.ask("HEAD", where).headers["upload-offset"]
    assert (409, "upload-offset") == refused(one.send(where, 0, sealed[:70_001]))
    assert 204 == one.send(where, 70_000, sealed[70_000:]).status_code
    got = one.ask("GET", name_of(sealed))
    assert 200 == got.status_code
    assert b"licht" * 40_000 == one.opened(got.content)


def test_whatever_answer_was_lost_asking_again_costs_nothing(one: Photographer) -> None:
    """Public reports F08: 32 lost answers to a creation blocked a device for a week; a finished upload was unknown."""
    sealed = one.seal()
    begun = [one.begin(sealed) for _ in range(40)]
    assert {where_of(begun[0])} == {where_of(answer) for answer in begun}
    where = where_of(begun[0])
    for _ in range(2):
        assert "70000" == one.send(where, 0, sealed[:70_000]).headers["upload-offset"]
    assert "70000" == one.begin(sealed).headers["upload-offset"]
    assert (409, "upload-offset") == refused(one.send(where, 0, b"x" + sealed[1:70_000]))
    for _ in range(2):
        answer = one.send(where, 70_000, sealed[70_000:])
        assert (204, str(len(sealed))) == (answer.status_code, answer.headers["upload-offset"])
    assert str(len(sealed)) == one.ask("HEAD", where).headers["upload-offset"]
    again = one.begin(sealed)
    assert (where, str(len(sealed))) == (where_of(again), again.headers["upload-offset"])
    assert 204 == one.send(where, 0, sealed[:70_000]).status_code
    assert (404, "upload-unknown") == refused(one.ask("DELETE", where))
    assert sealed == one.ask("GET", name_of(sealed)).content


def test_files_of_earlier_releases_stay_and_are_counted(one: Photographer, server: Server) -> None:
    town, old = server.municipality, b"sealed under a key that nobody kept"
    name = sha256(old).digest()
    with town.stores.unit():
        values = (name, one.record, one.device.id, len(old), 1)
        inside(town.journal).execute("insert into attachment values(?, ?, ?, ?, ?, 0)", values)
    write_atomically(server.folder / "attachments" / name.hex(), old)
    server.stop()
    server.start()
    assert 1 == server.municipality.health.counts()["unreadable_attachments"]
    assert [name.hex()] == stored(server) == server.municipality.attachments.finished()
