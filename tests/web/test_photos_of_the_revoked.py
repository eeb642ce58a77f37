"""A device that has ended finishes the photos of what it wrote before, and gets nothing else (sync/SPEC.md 11.7)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from backend.device.attachments import Attachments
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import ServerRefused
from backend.device.wiping import DeviceWiped
from sync import uploading
from sync.authority import finishes_upload
from sync.device import KEEP_MS
from tests.fleet.world import LocalTransport, Server
from tests.web.test_device_attachments import PHOTO, Road

Client = TestClient[Any]
VECTORS = Path(__file__).parents[1] / "vectors" / "sync"
YEAR_MS = 400 * 24 * 3_600_000


class Lost:
    """A worker's phone with a photo that the server has not got, and a colleague who may read the record."""

    def __init__(self, server: Server, client: Client, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.device, self.other = (server.enrol(folder / f"{name}.db", name) for name in ("werker-1", "werker-2"))
        self.road = Road(client)
        self.photos = Attachments(self.device, self.road, 50_000)
        self.record = self.device.create("huisbezoek", 1, {"/duiding": "foto volgt"})
        self.sync(self.device)
        server.run(server.municipality.opening.grant(self.record, "werker-2", "beheer"))
        self.name = self.photos.take(self.record, PHOTO)
        self.device.save(self.device.open(self.record), "huisbezoek", 1, {"/foto": self.name})

    def sync(self, *devices: Device) -> None:
        for device in devices:
            Sync(device, LocalTransport(self.server)).run()

    def revoke(self, *, stolen: bool = False, last_seq: int | None = None) -> None:
        town = self.server.municipality
        self.server.run(town.acts.revoke(self.device.id, "beheer", stolen=stolen, last_seq=last_seq))

    def shown(self) -> bytes:
        """What the colleague sees."""
        self.sync(self.other)
        return Attachments(self.other, Road(self.road._client)).fetch(self.record, self.name)


@pytest.fixture
def lost(server: Server, client: Client, tmp_path: Path) -> Lost:
    return Lost(server, client, tmp_path)


@pytest.mark.parametrize("stolen", [True, False])
def test_a_photo_that_was_taken_before_is_seen_after(lost: Lost, stolen: bool) -> None:
    lost.sync(lost.device)
    lost.revoke(stolen=stolen)
    lost.sync(lost.device)
    assert 1 == len(lost.photos.unsent()), "it hands in and keeps the photo until it is sent"
    assert (1, 0, {}) == lost.photos.send()
    assert PHOTO == lost.shown()
    with pytest.raises(DeviceWiped):
        lost.photos.send()


def test_it_goes_on_where_it_stopped(lost: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    lost.sync(lost.device)
    begun = lost.photos._begin(lost.device.store.unsent_attachments(b"")[0])
    lost.photos._piece_bytes = 10_000
    where = begun.headers["location"]
    piece = lost.device.store.attachment_part(bytes.fromhex(lost.name), 0, 10_000)
    lost.photos._ask("PATCH", where, piece, {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"})
    lost.revoke()
    held = lost.photos._ask("HEAD", where, b"", {}).headers["upload-offset"]
    assert "10000" == held
    lost.sync(lost.device)
    lost.photos.send()
    assert PHOTO == lost.shown()


def test_one_whose_certificate_is_over_finishes_its_photos_too(lost: Lost) -> None:
    lost.sync(lost.device)
    lost.server.clock.ms += YEAR_MS
    assert lost.server.municipality.book.certificates[lost.device.id].until_ms < lost.server.clock.ms
    assert (1, 0, {}) == lost.photos.send()
    with pytest.raises(ServerRefused) as refused:
        lost.photos._ask("GET", f"/api/v1/GM9901/attachments/{lost.name}", b"", {})
    assert "certificate-expired" == refused.value.code


def test_it_reads_no_photo_and_throws_none_away(lost: Lost) -> None:
    lost.sync(lost.device)
    lost.revoke()
    where = lost.photos._begin(lost.device.store.unsent_attachments(b"")[0]).headers["location"]
    for method, path in (("GET", f"/api/v1/GM9901/attachments/{lost.name}"), ("DELETE", where)):
        with pytest.raises(ServerRefused) as refused:
            lost.photos._ask(method, path, b"", {})
        assert "device-revoked" == refused.value.code and refused.value.revocations


CASES = {
    "a record that it wrote in only after its end": lambda lost: lost.revoke(last_seq=0),
    "an erased record": lambda lost: (
        lost.revoke(), lost.server.run(lost.server.municipality.erasing.erase(lost.record, "request", "beheer"))),
}  # fmt: skip


@pytest.mark.parametrize("ends", CASES.values(), ids=CASES)
def test_no_photo_is_taken_for(lost: Lost, ends: Any) -> None:
    lost.sync(lost.device)
    ends(lost)
    assert {lost.name: "device-revoked"} == lost.photos.send().refused


def test_no_photo_is_taken_for_a_record_that_it_only_read(lost: Lost) -> None:
    lost.sync(lost.device, lost.other)
    name = Attachments(lost.other, lost.road).take(lost.record, PHOTO)
    town = lost.server.municipality
    lost.server.run(town.acts.revoke(lost.other.id, "beheer"))
    assert {name: "device-revoked"} == Attachments(lost.other, lost.road).send().refused


def test_what_one_device_brings_after_its_end_is_bounded(lost: Lost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "ENDED_BYTES_MAX", 5 * len(PHOTO) // 2)
    lost.sync(lost.device)
    lost.photos.send()
    lost.server.clock.ms += 1
    names = [lost.photos.take(lost.record, PHOTO + bytes([n])) for n in range(4)]
    lost.revoke()
    refused = lost.photos.send().refused
    assert {"upload-ended-full"} == set(refused.values()) and len(refused) == 2
    kept = set(lost.server.municipality.attachments.finished())
    assert 3 == len(kept) and {lost.name} <= kept <= {lost.name, *names}


def test_a_phone_that_waits_for_no_photo_any_more_is_wiped(lost: Lost) -> None:
    """A photo that the server refuses for good keeps no stolen phone from being wiped; nor do thirty days."""
    other = lost.device.create("huisbezoek", 1, {"/duiding": "blijft hier"})
    lost.sync(lost.device)
    lost.photos.take(other, PHOTO)
    lost.revoke()
    lost.server.run(lost.server.municipality.erasing.erase(other, "request", "beheer"))
    lost.sync(lost.device)
    assert ["device-revoked"] == list(lost.photos.send().refused.values())
    with pytest.raises(DeviceWiped):
        lost.sync(lost.device)


def test_after_thirty_days_it_is_wiped_with_what_nobody_sent(lost: Lost) -> None:
    lost.sync(lost.device)
    lost.revoke()
    lost.sync(lost.device)
    lost.server.clock.ms += KEEP_MS
    lost.sync(lost.device)
    with pytest.raises(DeviceWiped):
        lost.sync(lost.device)


TABLE: list[dict[str, Any]] = json.loads((VECTORS / "uploads.json").read_text())
FAULTS: dict[str, Callable[[int | None, int | None], bool]] = {
    "an end takes no notice of seqs": lambda _last, first: first is not None,
    "the last good entry is lost too": lambda last, first: first is not None and (last is None or first < last),
    "whoever has ended brings nothing": lambda _last, _first: False,
    "an end at the beginning is none": lambda last, first: first is not None and (not last or first <= last),
    "whoever wrote nothing brings photos": lambda last, first: last is None or (first or 0) <= last,
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_whose_photos_are_taken_is_what_the_table_says(row: dict[str, Any]) -> None:
    assert row["taken"] == finishes_upload(row["last_good"], row["first"])


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_whose_photos_are_taken_is_found(fault: Callable[[int | None, int | None], bool]) -> None:
    assert [row["name"] for row in TABLE if row["taken"] != fault(row["last_good"], row["first"])]
