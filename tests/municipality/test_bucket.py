"""A municipality whose attachments are in a bucket: nothing acknowledged is lost, nothing erased stays, and what is
wrong with the bucket has a code."""

import asyncio
import io
import shutil
import time
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backend.cli import local, output
from backend.device.syncing import Sync
from backend.errors import BackendError, status_of
from backend.municipality import uploading
from backend.municipality.attachments import AttachmentUnknown
from backend.municipality.backup import back_up
from backend.municipality.kept_backups import proved
from backend.municipality.restoring import put_back
from backend.municipality.service import Municipality
from backend.municipality.upload import Upload
from backend.projection.verify import verify_store
from backend.sentences import told
from backend.settings import Settings
from backend.stores import open_blobs
from backend.stores.bucket_errors import AttachmentsElsewhere, BucketAway, BucketLacksRight, BucketOfAnother
from backend.stores.s3 import bucket as buckets
from backend.stores.s3 import places
from backend.web.problems import refusal_headers
from crypto.attachments import seal_attachment
from tests.buckets import SECRET, OwnBucket
from tests.fleet.world import LocalTransport, Server
from tests.municipality.test_attachment_faults import Author, kill_at


class Town:
    """A server whose attachments are in a bucket, and a phone with a record."""

    def __init__(self, folder: Path, bucket: OwnBucket) -> None:
        self.bucket = bucket
        self.server = Server(folder / "data")
        device = self.server.enrol(folder / "phone.db", "anna")
        self.device = device.id
        self.record = device.create("huisbezoek", 1, {"/duiding": "foto volgt"})
        Sync(device, LocalTransport(self.server)).run()
        known = device.store.record_key(self.record)
        assert known is not None and known[1] is not None
        self.key = known[1]

    @property
    def town(self) -> Municipality:
        return self.server.municipality

    def sealed(self, size: int = 5_000) -> bytes:
        return b"".join(seal_attachment(self.key, self.record, [b"f" * size]))

    def upload(self, sealed: bytes) -> Upload:
        return Upload(self.device, self.record, sha256(sealed).digest(), len(sealed), 1)

    def brings(self, sealed: bytes) -> str:
        """Bring a photo in two pieces; returns its name."""
        upload = self.upload(sealed)
        held = self.server.run(uploading.begin(self.town, upload))
        for piece in (sealed[:1_000], sealed[1_000:]):
            if held < upload.length:
                held = self.server.run(uploading.append(self.town, self.device, upload.address, held, piece))
        assert upload.length == held
        return upload.name.hex()

    def reads(self, name: str) -> bytes:
        return b"".join(self.server.run(uploading.opened(self.town, self.device, name)).pieces)

    def files(self) -> list[str]:
        """The files of attachments in the folder that hold anything."""
        found = (self.server.folder / "attachments").rglob("*")
        return [path.name for path in found if path.is_file() and path.stat().st_size]

    def faults(self) -> list[str]:
        said = verify_store(self.server.folder, self.town.custody, lambda _done, _all: None, 0)
        return [fault.what.code for fault in said]


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnBucket]:
    made = OwnBucket(tmp_path / "data", f"town-{abs(hash(str(tmp_path))):x}")
    for name, value in made.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(buckets, "AGAIN_S", 0.0)
    monkeypatch.setattr(buckets, "RETRIES", 0)
    yield made
    made.front.close()


@pytest.fixture
def town(tmp_path: Path, bucket: OwnBucket) -> Town:
    return Town(tmp_path, bucket)


# --- coming in ---


def test_a_photo_is_in_the_bucket_before_it_is_acknowledged_and_nowhere_else(town: Town) -> None:
    sealed = town.sealed()
    name = town.brings(sealed)
    assert 1 == len(town.bucket.versions(name)) and [] == town.files()
    puts = [headers for method, target, headers in town.bucket.front.asked if method == "PUT" and name in target]
    assert ["*"] == [headers["If-None-Match"] for headers in puts]
    town.server.stop()
    town.server.start()
    assert sealed == town.reads(name) and name == town.brings(sealed)
    assert [name] == town.town.attachments.finished() and [] == town.faults()


@pytest.mark.parametrize("restarted", [False, True])
def test_a_bucket_that_is_lost_half_way_costs_a_wait_and_nothing_else(town: Town, restarted: bool) -> None:
    sealed, earlier = town.sealed(), town.brings(town.sealed(9))
    town.bucket.front.close()
    for _ in range(2):
        with pytest.raises(BucketAway):
            town.brings(sealed)
    with pytest.raises(BucketAway):
        town.reads(earlier)
    counts = town.town.health.counts()
    assert "bucket-away" == counts["bucket_fault"] and abs(time.time() * 1000 - counts["bucket_since_ms"]) < 60_000
    assert "Retry-After" in refusal_headers(status_of("bucket-away"), "nl")
    if restarted:
        town.server.stop()
        town.server.start()
    town.bucket.front.open()
    town.server.run(town.town.delivering.look())  # also where its phone never asks again
    assert ("", 0) == (town.town.health.counts()["bucket_fault"], town.town.health.counts()["bucket_since_ms"])
    assert sealed == town.reads(town.upload(sealed).name.hex()) and [] == town.files()
    assert len(sealed) == town.server.run(uploading.begin(town.town, town.upload(sealed)))


@pytest.mark.parametrize("where", ["place", "_discard"])
def test_a_kill_around_the_way_into_the_bucket_loses_nothing(town: Town, tmp_path: Path, where: str) -> None:
    sealed = town.sealed()
    name = town.upload(sealed).name.hex()
    kill_at(where, town.server, Author(town.device, town.record, town.key), sealed, tmp_path / "sealed")
    assert (where == "_discard") is bool(town.bucket.versions(name))
    town.server.run(town.town.delivering.look())
    assert sealed == town.reads(name) and 1 == len(town.bucket.versions(name)) and [] == town.files()


def test_the_writer_goes_on_while_the_bucket_keeps_silent(town: Town) -> None:
    """What is decided in a transaction waits for no network: a hand-in beside a photo that hangs is not held up."""
    sealed, silent = town.sealed(), asyncio.Event()

    def hangs(method: str, target: str) -> None:
        if method == "PUT" and town.upload(sealed).name.hex() in target:
            town.server.loop.call_soon_threadsafe(silent.set)
            while not done:
                time.sleep(0.01)

    async def beside() -> list[Any]:
        coming = asyncio.ensure_future(uploading.append(town.town, town.device, address, 0, sealed))
        await silent.wait()
        others = town.upload(town.sealed(7)), town.upload(sealed)
        asked = [await town.town.submit(partial(uploading.begun, town.town, one)) for one in others]
        done.append(1)
        return [*asked, await coming]

    done: list[int] = []
    address = town.upload(sealed).address
    town.server.run(uploading.begin(town.town, town.upload(sealed)))
    town.bucket.front.rule = hangs
    assert [0, len(sealed), len(sealed)] == town.server.run(beside())


# --- erased ---


def test_an_erasure_removes_every_version_and_waits_for_a_bucket_that_is_away(town: Town) -> None:
    name, half = town.brings(town.sealed()), town.upload(town.sealed(8))
    town.server.run(uploading.begin(town.town, half))
    key = town.bucket.key_of(name)
    town.bucket.client.put_object(town.bucket.name, key, io.BytesIO(b"older"), 5)
    town.bucket.client.remove_object(town.bucket.name, key)
    town.bucket.front.close()
    left = town.server.run(town.town.erasing.erase(town.record, "request", "beheer")).leftovers
    assert {"attachments": "bucket-away"} == {one.place: one.why.code for one in left if one.place == "attachments"}
    with pytest.raises(AttachmentUnknown):
        town.reads(name)
    town.server.stop()
    town.server.start()
    assert town.town.erasing.unfinished and town.bucket.versions(name)
    town.bucket.front.open()
    assert "attachments" not in {one.place for one in town.server.run(town.town.erasing.finish())}
    assert [] == town.bucket.versions() and [] == town.files() and [] == town.town.attachments.finished()


def test_a_photo_that_is_erased_while_it_is_sent_does_not_come_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed, blobs = town.sealed(), town.town.attachments.blobs
    send = blobs.send

    def erased_meanwhile(name: str, part: Path) -> None:
        send(name, part)
        town.town.attachments._end_all_of(town.record)

    monkeypatch.setattr(blobs, "send", erased_meanwhile)
    town.brings(sealed)
    assert [] == town.town.attachments.finished()
    town.server.run(town.town.erasing.erase(town.record, "request", "beheer"))
    assert [] == town.bucket.versions()


def test_what_a_restored_journal_does_not_know_is_adopted_and_what_is_erased_goes(town: Town, tmp_path: Path) -> None:
    town.server.back_up(tmp_path / "before")
    sealed, foreign = town.sealed(), b"\x01" + bytes(16) + b"of nobody" * 9
    name = town.brings(sealed)
    town.server.stop()
    for kept in ("journal.db", "keys.db"):
        (town.server.folder / kept).write_bytes((tmp_path / "before" / kept).read_bytes())
    shutil.rmtree(town.server.folder / "attachments" / "bucket")
    place = town.bucket.key_of(name).rpartition("/")[0]
    stray = f"{place}/{sha256(foreign).hexdigest()}"
    town.bucket.client.put_object(town.bucket.name, stray, io.BytesIO(foreign), len(foreign))
    town.server.start()
    with pytest.raises(AttachmentUnknown):
        town.reads(name)
    town.server.run(town.town.delivering.look())
    assert sealed == town.reads(name) and town.bucket.versions(sha256(foreign).hexdigest())
    town.server.run(town.town.erasing.erase(town.record, "request", "beheer"))
    assert [stray] == town.bucket.versions()


# --- backup, verify, another place ---


def test_a_backup_holds_what_is_in_the_bucket_and_a_restore_is_moved_there_again(town: Town, tmp_path: Path) -> None:
    sealed = town.sealed()
    name = town.brings(sealed)
    made = back_up(town.server.folder, tmp_path / "b", 1)
    assert 1 == made.attachments and sealed == (made.journal / "attachments" / name).read_bytes()
    proved(tmp_path / "b", "GM9901")
    town.server.stop()
    aside = put_back(tmp_path / "data", "GM9901", tmp_path / "b", 3)
    settings = Settings.from_environment()
    assert 1 == local.move_attachments(settings, "GM9901", to_bucket=True)
    town.server.start()
    town.server.confirm_list()
    assert sealed == town.reads(name) and [] == town.files() and [] == town.faults()
    assert aside is not None and 2 == len(town.bucket.versions(name))  # that of the folder set aside is its own
    town.server.run(town.town.erasing.erase(town.record, "request", "beheer"))
    assert [] == town.bucket.versions(name)


def test_verify_finds_what_is_missing_and_what_was_changed(town: Town) -> None:
    lost, changed = town.brings(town.sealed()), town.brings(town.sealed(9))
    client, name = town.bucket.client, town.bucket.name
    client.put_object(name, town.bucket.key_of(changed), io.BytesIO(b"other"), 5)
    client.remove_object(name, town.bucket.key_of(lost))
    said = verify_store(town.server.folder, town.town.custody, lambda _done, _all: None, 0)
    found = {fault.what.facts["name"]: fault.what.facts["why"].code for fault in said}
    assert {lost: "attachment-is-missing", changed: "attachment-is-damaged"} == found
    with pytest.raises(BackendError, match="attachment-damaged"):
        town.reads(changed)


def test_a_move_that_is_killed_leaves_nothing_that_an_erasure_does_not_reach(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = town.brings(town.sealed())
    town.server.stop()
    settings = Settings.from_environment()
    local.move_attachments(settings, "GM9901", to_bucket=False)
    assert [] == town.bucket.versions(name) and (town.server.folder / "attachments" / name).is_file()
    for to_bucket in (True, False):
        with monkeypatch.context() as patch:
            patch.setattr("backend.stores.blob_moving.os.link" if to_bucket else "pathlib.Path.unlink", _killed)
            with pytest.raises(KeyboardInterrupt):
                local.move_attachments(settings, "GM9901", to_bucket=to_bucket)
        town.server.start()
        assert len(town.reads(name)) and (to_bucket is not bool(town.bucket.versions(name)))
        town.server.stop()
        if to_bucket:
            local.move_attachments(settings, "GM9901", to_bucket=True)
    assert [] == town.files()


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


# --- what is wrong with a bucket ---

FAULTS = {
    "bucket-missing": ("GET", "/", 404, "NoSuchBucket"),
    "bucket-refused": ("GET", "list-type", 403, "AccessDenied"),
    "bucket-lacks-right": ("GET", "versions", 403, "AccessDenied"),
    "bucket-unfit": ("GET", "/", 200, ""),
    "bucket-away": ("GET", "/", 503, "SlowDown"),
}


@pytest.mark.parametrize("code", [*FAULTS, "bucket-locked", "bucket-of-another", "if-none-match", "delete", "stranger"])
def test_a_bucket_that_can_keep_nothing_is_refused_before_anything_is_made(
    bucket: OwnBucket, tmp_path: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {"if-none-match": "bucket-unfit", "delete": "bucket-lacks-right", "stranger": "bucket-refused"}
    if code in FAULTS:
        bucket.front.denies(*FAULTS[code])
    elif code == "stranger":
        bucket.front.denies("GET", "/", 403, "SignatureDoesNotMatch")
    elif code == "delete":
        bucket.front.denies("DELETE", "versionId")
    elif code == "bucket-locked":
        bucket.client.make_bucket(f"{bucket.name}-l", object_lock=True)
        monkeypatch.setenv("VELDPOST_BLOBS", f"s3://{bucket.name}-l/x")
    elif code == "bucket-of-another":
        bucket.client.put_object(bucket.name, "veldpost/veldpost.json", io.BytesIO(b'{"data":"other"}'), 16)
    else:
        monkeypatch.setattr(buckets.Bucket, "_put", lambda *_: True)
    settings = Settings.from_environment()
    with pytest.raises(BackendError) as refused:
        local.may_set_up(settings, "GM9902", "anna")
    assert expected.get(code, code) == refused.value.code
    rights = {"bucket-lacks-right": "s3:ListBucketVersions", "delete": "s3:DeleteObjectVersion"}
    assert rights.get(code) == refused.value.facts.get("right")
    assert not (tmp_path / "data" / "GM9902").exists()
    for language in ("nl", "en"):
        assert all(told(refused.value, language)) and SECRET not in str(told(refused.value, language))


def test_the_status_names_what_is_wrong_and_since_when_and_no_key(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.bucket.front.denies("PUT", "/", 403, "InvalidAccessKeyId")
    places._BUCKETS.clear()
    town.server.stop()
    town.server.start()
    with pytest.raises(BackendError):
        town.brings(town.sealed())
    counts = town.town.health.counts()
    output.status({**counts, "list_ends": "", "set_aside": ""})
    said = capsys.readouterr().out
    assert "bucket-refused" in said and SECRET not in said and SECRET not in str(counts)


def test_two_data_folders_do_not_share_a_place(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town.brings(town.sealed())
    town.server.stop()
    shutil.copytree(tmp_path / "data" / "GM9901", tmp_path / "copy" / "GM9901")
    monkeypatch.setenv("VELDPOST_DATA", str(tmp_path / "copy"))
    with pytest.raises(BucketOfAnother):
        open_blobs(tmp_path / "copy" / "GM9901").look()
    others = {"VELDPOST_BLOBS": f"{town.bucket.address}-other", "VELDPOST_BLOBS_ENDPOINT": "https://s3.example.org"}
    for name, value in others.items():
        with monkeypatch.context() as patch, pytest.raises(AttachmentsElsewhere):
            patch.setenv(name, value)
            open_blobs(tmp_path / "copy" / "GM9901")


def test_a_bucket_that_failed_is_not_asked_again_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that waits for a bucket which keeps silent would hold a thread; all that come after it are told at once."""
    monkeypatch.setattr(buckets, "AGAIN_S", 3_600.0)
    name, front = town.brings(town.sealed()), town.bucket.front
    front.denies("GET", "/", 503, "SlowDown")
    for asked in (1, 0, 0):
        before = len(front.asked)
        with pytest.raises(BucketAway):
            town.reads(name)
        assert bool(asked) is (len(front.asked) > before)


def test_a_right_that_is_taken_away_later_keeps_an_erasure_unfinished(town: Town) -> None:
    town.brings(town.sealed())
    town.bucket.front.denies("DELETE", "versionId")
    left = town.server.run(town.town.erasing.erase(town.record, "request", "beheer")).leftovers
    assert BucketLacksRight.code in [one.why.code for one in left]
    assert town.town.erasing.unfinished
