"""A device's photos: taken, sent through bad roads, shown elsewhere, forgotten (sync/SPEC.md 11.6)."""

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import pytest
from litestar.testing import TestClient

from backend.device.attachments import Attachments
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import Answer, ServerRefused, Unreachable
from backend.errors import RecordUnknown
from backend.municipality import uploading
from crypto.errors import AttachmentForeign, AttachmentHash, AttachmentTooLarge
from sync.device import KEEP_MS
from tests.fleet.world import LocalTransport, Server, SkewedClock, reopened

Client = TestClient[Any]
PHOTO = bytes(n % 251 for n in range(200_000))


class Road:
    """The app behind a connection that loses requests and answers."""

    def __init__(self, client: Client, loss: float = 0.0, seed: int = 0) -> None:
        self._client = client
        self.loss = loss
        self._random = Random(seed)
        self.asked: list[str] = []

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        return self.ask("POST", path, body, {"Content-Type": "application/msgpack", **headers}).body

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self._lose()
        self.asked.append(method)
        answer = self._client.request(method, path, content=body, headers=dict(headers))
        self._lose()
        if answer.is_success:
            return Answer({name.lower(): value for name, value in answer.headers.items()}, answer.content)
        said = answer.json()
        told = tuple(bytes.fromhex(fact) for fact in said.get("revocations", ()))
        raise ServerRefused(answer.status_code, said["code"], said["detail"], said.get("server_time"), told)

    def _lose(self) -> None:
        if self._random.random() < self.loss:
            raise Unreachable("lost")


class Worker(NamedTuple):
    """A device with its record, its road and its photos."""

    device: Device
    record: bytes
    road: Road
    photos: Attachments

    def sync(self, server: Server) -> None:
        Sync(self.device, LocalTransport(server)).run()


@pytest.fixture
def worker(server: Server, client: Client, tmp_path: Path) -> Worker:
    device = server.enrol(tmp_path / "device.db", "werker-1")
    record = device.create("huisbezoek", 1, {"/duiding": "foto volgt"})
    Sync(device, LocalTransport(server)).run()
    road = Road(client)
    return Worker(device, record, road, Attachments(device, road, 30_000))


# --- what is refused ---


def test_a_server_that_gives_other_bytes_shows_nothing(
    worker: Worker, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (worker.photos.take(worker.record, PHOTO[:size]) for size in (10, 20))
    worker.photos.send()
    folder = server.folder / "attachments"
    (folder / one).write_bytes((folder / two).read_bytes())
    worker.device.store.forget_attachments()
    with pytest.raises(ServerRefused, match="attachment-damaged"):
        worker.photos.fetch(worker.record, one)
    monkeypatch.setattr(uploading, "checked", lambda _name, pieces: pieces)
    with pytest.raises(AttachmentHash):
        worker.photos.fetch(worker.record, one)
    assert PHOTO[:20] == worker.photos.fetch(worker.record, two)


def test_a_photo_of_one_record_is_not_shown_in_another(worker: Worker) -> None:
    name = worker.photos.take(worker.record, PHOTO)
    other = worker.device.create("huisbezoek", 1, {"/foto": name})
    with pytest.raises(AttachmentForeign):
        worker.photos.fetch(other, name)
    with pytest.raises(RecordUnknown):
        worker.photos.take(bytes(16), PHOTO)
    with pytest.raises(AttachmentTooLarge):
        worker.photos.take(worker.record, bytes(25 * 1024 * 1024 + 1))


@pytest.mark.parametrize("where", ["https://example.org/x", "/api/v1/GM9901/sync", ""])
def test_a_signed_piece_goes_nowhere_else(worker: Worker, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.photos.take(worker.record, PHOTO)
    asked = []

    def lying(method: str, path: str, _body: bytes, _headers: Mapping[str, str]) -> Answer:
        asked.append((method, path))
        return Answer({"location": where, "upload-offset": "0"}, b"")

    monkeypatch.setattr(worker.road, "ask", lying)
    with pytest.raises(Unreachable):
        worker.photos.send()
    assert {("POST", "/api/v1/GM9901/attachments")} == set(asked)


def test_a_server_that_never_takes_anything_in_is_left_alone(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.photos.take(worker.record, PHOTO)
    monkeypatch.setattr(
        worker.road,
        "ask",
        lambda *_: Answer({"location": "/api/v1/GM9901/attachments/uploads/x", "upload-offset": "0"}, b""),
    )
    with pytest.raises(Unreachable):
        worker.photos.send()
    assert 1 == len(worker.photos.unsent())


def test_a_revoked_device_sends_nothing_for_what_does_not_count(worker: Worker, server: Server) -> None:
    name = worker.photos.take(worker.record, PHOTO)
    server.run(server.municipality.acts.revoke(worker.device.id, "beheer", stolen=True, last_seq=0))
    assert {name: "device-revoked"} == worker.photos.send().refused


# --- what is accepted ---


def test_a_photo_taken_here_is_shown_there(worker: Worker, server: Server, client: Client, tmp_path: Path) -> None:
    name = worker.photos.take(worker.record, PHOTO)
    worker.device.save(worker.device.open(worker.record), "huisbezoek", 1, {"/foto": name})
    assert PHOTO == worker.photos.fetch(worker.record, name)  # before it was ever sent
    assert (1, 0, {}) == worker.photos.send()
    worker.sync(server)
    other = server.enrol(tmp_path / "other.db", "werker-2")
    Sync(other, LocalTransport(server)).run()
    server.run(server.municipality.opening.grant(worker.record, "werker-2", "beheer"))
    Sync(other, LocalTransport(server)).run()
    shown = other.view(worker.record).answers["/foto"]
    assert PHOTO == Attachments(other, Road(client)).fetch(worker.record, shown)


@pytest.mark.parametrize("seed", range(5))
def test_on_a_bad_road_every_photo_arrives_whole_and_once(worker: Worker, server: Server, seed: int) -> None:
    worker.road.loss = 0.25
    worker.road._random.seed(seed)
    names = [worker.photos.take(worker.record, PHOTO[: 1000 + n * 40_000]) for n in range(5)]
    for _ in range(200):
        try:
            if worker.photos.send().unsent == 0:
                break
        except Unreachable:
            continue
    assert [] == worker.photos.unsent()
    worker.road.loss = 0.0
    worker.device.store.forget_attachments()
    for n, name in enumerate(names):
        assert PHOTO[: 1000 + n * 40_000] == worker.photos.fetch(worker.record, name)
    assert sorted(names) == sorted(server.municipality.attachments.finished())


def test_a_photo_waits_through_a_power_cut_and_for_its_entry(
    server: Server, client: Client, tmp_path: Path, worker: Worker
) -> None:
    path = tmp_path / "late.db"
    device = server.enrol(path, "werker-3")
    record = device.create("huisbezoek", 1, {"/duiding": "nog niet verstuurd"})
    name = Attachments(device, worker.road).take(record, PHOTO)
    assert (0, 1, {name: "record-unknown"}) == Attachments(device, worker.road).send()
    device = reopened(device, path)
    Sync(device, LocalTransport(server)).run()
    assert (1, 0, {}) == Attachments(device, worker.road).send()
    assert (0, 0, {}) == Attachments(device, worker.road).send()


def test_a_restored_server_is_offered_again_what_the_device_keeps(worker: Worker, server: Server) -> None:
    server.back_up(server.folder.parent.parent / "backup")
    device = worker.device
    name = worker.photos.take(worker.record, PHOTO)
    device.save(device.open(worker.record), "huisbezoek", 1, {"/foto": name})
    worker.sync(server)
    device.store.attachment_sent(bytes.fromhex(name), device.memory.life, device.clock.now_ms())
    server.restore(server.folder.parent.parent / "backup")
    worker.sync(server)
    assert [name] == worker.photos.unsent()


def test_a_clock_that_is_off_and_a_forgotten_certificate_are_mended(worker: Worker, server: Server) -> None:
    worker.device.pen = msgspec.structs.replace(worker.device.pen, offset_ms=3_600_000)
    worker.photos.take(worker.record, PHOTO)
    assert (1, 0, {}) == worker.photos.send()


def test_what_the_server_holds_is_let_go_after_thirty_days_when_it_says_so_again(
    worker: Worker, server: Server
) -> None:
    store, (held, lost) = worker.device.store, [worker.photos.take(worker.record, PHOTO[:n]) for n in (10, 20)]
    worker.photos.send()
    server.clock.ms += KEEP_MS - 1000
    worker.photos.send()
    assert store.attachment(bytes.fromhex(held)) is not None
    (server.folder / "attachments" / lost).unlink()  # put back to a state of before, and nobody noticed
    server.clock.ms += 2000
    worker.photos.send()
    assert store.attachment(bytes.fromhex(held)) is None
    assert store.attachment(bytes.fromhex(lost)) is not None
    assert sorted([held, lost]) == sorted(server.municipality.attachments.finished())
    server.clock.ms += KEEP_MS + 1000
    worker.photos.send()
    assert store.attachment(bytes.fromhex(lost)) is None


def test_a_clock_that_jumps_lets_no_photo_go(worker: Worker, server: Server) -> None:
    name = worker.photos.take(worker.record, PHOTO)
    worker.photos.send()
    clock = worker.device.clock = SkewedClock(server.clock)
    clock.off_ms = KEEP_MS + 1000
    worker.photos.send()
    assert worker.device.store.attachment(bytes.fromhex(name)) is not None
    server.clock.ms += KEEP_MS + 2000  # now that many days have really gone by
    worker.photos.send()
    assert worker.device.store.attachment(bytes.fromhex(name)) is None


def test_an_erased_record_takes_its_photos_from_the_device(worker: Worker, server: Server) -> None:
    name = worker.photos.take(worker.record, PHOTO)
    server.run(server.municipality.erasing.erase(worker.record, "request", "beheer"))
    assert {name: "record-erased"} == worker.photos.send().refused
    worker.sync(server)
    assert [] == worker.photos.unsent()
    assert worker.device.store.attachment(bytes.fromhex(name)) is None
