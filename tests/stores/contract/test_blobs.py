"""Every place for finished attachments passes its contract: a folder, and a bucket with and without versions."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.settings import Settings
from backend.stores import move_blobs, open_blobs
from backend.stores.blob_folder import FolderBlobs
from backend.stores.blobs import Blobs
from backend.stores.s3 import places
from backend.stores.s3.bucket import Bucket
from backend.stores.s3.where import where_of
from tests.buckets import OwnBucket
from tests.stores.contract.blobs import BYTES, BlobSuite, name_of, put, read


class TestFolder(BlobSuite):
    def opened(self, place: Path) -> Blobs:
        return FolderBlobs(place / "attachments")

    def damage(self, place: Path, name: str, data: bytes) -> None:
        (place / "attachments" / name).write_bytes(data)


class TestBucketWithVersions(BlobSuite):
    versions = True

    @contextmanager
    def place(self, tmp_path: Path) -> Iterator[Path]:
        name = f"blobs-{abs(hash(str(tmp_path))):x}"
        self.bucket = OwnBucket(tmp_path, name, versions=self.versions)
        with pytest.MonkeyPatch.context() as patch:
            for setting, value in self.bucket.settings.items():
                patch.setenv(setting, value)
            places.name_place(tmp_path, tmp_path / "attachments.s3")
            yield tmp_path
        self.bucket.front.close()

    def opened(self, place: Path) -> Blobs:
        places._BUCKETS.clear()  # a process that starts anew has looked at none
        return open_blobs(place)

    def damage(self, place: Path, name: str, data: bytes) -> None:
        key = self.bucket.key_of(name)
        self.bucket.client.put_object(self.bucket.name, key, io.BytesIO(data), len(data))

    def test_what_is_removed_leaves_no_version_and_no_marker_behind(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            blobs = self.opened(place)
            name, other = put(blobs, tmp_path, BYTES), put(blobs, tmp_path, b"other")
            self.damage(place, name, b"a second version")
            self.bucket.client.remove_object(self.bucket.name, self.bucket.key_of(name))
            assert self.bucket.versions(name)
            blobs.remove(name)
            assert [] == self.bucket.versions(name) and b"other" == read(blobs, other)
            assert [] == self.bucket.versions("probe")

    def test_an_object_that_is_there_is_not_put_again_and_one_of_another_size_is(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            blobs = self.opened(place)
            name = put(blobs, tmp_path, BYTES)
            before = self.bucket.versions(name)
            put(self.opened(place), tmp_path, BYTES)
            assert before == self.bucket.versions(name)
            self.damage(place, name, BYTES[:7])
            assert BYTES == read(blobs, put(blobs, tmp_path, BYTES))

    def test_what_the_bucket_turns_out_to_lack_is_held_no_longer(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            blobs = self.opened(place)
            name = put(blobs, tmp_path, BYTES)
            self.bucket.client.remove_object(self.bucket.name, self.bucket.key_of(name))
            assert blobs.holds(name)
            with pytest.raises(FileNotFoundError):
                blobs.open(name)
            assert not blobs.holds(name)

    def test_a_move_there_and_back_keeps_everything_and_leaves_nothing_behind(self, tmp_path: Path) -> None:
        with self.place(tmp_path):
            folder = tmp_path / "GM9901"
            (folder / "attachments").mkdir(parents=True)
            files = FolderBlobs(folder / "attachments")
            names = sorted(put(files, tmp_path, bytes([n]) * 1_000) for n in range(3))
            assert 3 == move_blobs(folder, to_bucket=True)
            assert [] == [*files.names()] and names == sorted(open_blobs(folder).names())
            assert all(open_blobs(folder).holds(name) for name in names)
            assert 3 == move_blobs(folder, to_bucket=False)
            assert names == sorted(files.names()) and [] == self.bucket.versions("GM9901")
            assert [] == [path.name for path in folder.glob("attachments.*")]


def test_in_a_bucket_without_versions_what_is_removed_is_gone_too(tmp_path: Path) -> None:
    suite = TestBucketWithVersions()
    suite.versions = False
    with suite.place(tmp_path) as place:
        blobs = suite.opened(place)
        name = put(blobs, tmp_path, BYTES)
        put(suite.opened(place), tmp_path, BYTES)
        assert BYTES == read(blobs, name)
        blobs.remove(name)
        assert [] == suite.bucket.versions()


def test_keys_and_tokens_are_in_no_error_and_in_no_name(tmp_path: Path) -> None:
    env = {"VELDPOST_BLOBS": "s3://b-1/x", "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "hidden",
           "AWS_SESSION_TOKEN": "hidden too", "VELDPOST_BLOBS_REGION": "eu-central-1"}  # fmt: skip
    where = where_of(Settings.from_environment(env), env)
    assert "https://s3.eu-central-1.amazonaws.com" == where.endpoint
    said = f"{where!r} {where} {Bucket(where, tmp_path / 'id', lambda own: (own,))!r}"
    assert not [secret for secret in ("AKIA1", "hidden") if secret in said]
    assert name_of(b"") not in said
