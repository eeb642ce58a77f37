"""A bucket of S3, as one data folder uses it: looked at before anything is put there, and remembered when it is away.

The client is `minio`: `obstore` lists and deletes no versions and reads no object lock, so that nothing could be erased
with it. Putting only what is not there (`If-None-Match`) is no public call of the client; the contract of the stores
holds the one that is used (tests/stores/contract/test_blobs.py).

What is asked while the bucket is away fails at once for some seconds, so that no thread waits for it; whoever asks
after that finds out whether it is back.
"""

import os
import ssl
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from threading import Lock
from typing import Any, Final

import msgspec
from minio import Minio
from minio.error import S3Error
from urllib3 import PoolManager, Retry, Timeout

from backend.clock import WallClock
from backend.errors import BackendError
from backend.files import owned, private_folder, sync_folder
from backend.stores.blobs import Blob
from backend.stores.bucket_errors import BucketAway, BucketLocked, BucketOfAnother, BucketUnfit
from backend.stores.s3.faults import NO_LOCK, THERE, UNKNOWN, translated
from backend.stores.s3.where import Where
from crypto.primitives import random_bytes

CONNECT_S: Final = 5
READ_S: Final = 20  # without a byte: the server of a bucket answers within one
RETRIES: Final = 2  # of a request, a fraction of a second apart
AGAIN_S: Final = 5.0  # after a failure: until then all that is asked fails at once
FAILED: Final = (500, 502, 503, 504)  # answers of a server that may do better a moment later
LOOK_S: Final = 30.0  # a bucket that answered so lately is not asked whether it does
CONNECTIONS: Final = 16  # kept, as many as threads that ask
PIECE_BYTES: Final = 256 * 1024
MARKER: Final = "veldpost.json"  # the object that says whose the place is
PROBE: Final = "probe"
Household = Callable[[str], Collection[str]]  # from a data folder's identity: those of all that share its places
TRIES: Final = 3  # to remove all versions of an object, while others may come


class _Owner(msgspec.Struct, frozen=True):
    """The content of the marker: the identity of the data folder that uses the place."""

    data: str


class Bucket:
    """One bucket below one prefix, for any thread. Every method raises what keeps it from being used."""

    def __init__(self, where: Where, identity: Path, household: Household) -> None:
        self._where = where
        self._identity = identity  # the file of the data folder's identity
        self._household = household
        self._looking = Lock()
        self._is_looked_at = False
        self._fault: BackendError | None = None
        self._since_ms = 0
        self._failed_s = self._answered_s = float("-inf")
        again: dict[str, Any] = {"connect": 1, "read": 1, "redirect": False, "backoff_factor": 0.2}
        retries = Retry(RETRIES, status_forcelist=FAILED, raise_on_status=False, **again)
        tls: dict[str, Any] = {"ssl_context": ssl.create_default_context()} if where.is_secure else {}
        http = PoolManager(maxsize=CONNECTIONS, timeout=Timeout(CONNECT_S, READ_S), retries=retries, **tls)
        self._client = Minio(
            where.host, where.key, where.secret, where.token or None, where.is_secure, where.region, http
        )

    @property
    def fault(self) -> tuple[str, int]:
        """The code of what keeps the bucket from being used, and since when in milliseconds; empty and 0 if nothing."""
        return ("", 0) if self._fault is None else (self._fault.code, self._since_ms)

    def look(self) -> None:
        """Ask whether the bucket answers, unless it did lately."""
        if self._fault is not None or time.monotonic() > self._answered_s + LOOK_S:
            with self._asked("s3:ListBucket"):
                self._is_any(f"{self._where.prefix}/")

    # --- objects ---

    def put(self, key: str, data: bytes) -> None:
        """Put an object that is not there yet; one of another size in its place is put anew."""
        if not self._put_new(key, data) and self.size(key) != len(data):
            self.remove(key)
            self._put_new(key, data)

    def _put_new(self, key: str, data: bytes) -> bool:
        with self._asked("s3:PutObject"):
            return self._put(key, data)

    def size(self, key: str) -> int | None:
        """The size of an object; None if it is not there."""
        try:
            with self._asked("s3:GetObject"):
                return self._client.stat_object(self._where.bucket, key).size
        except FileNotFoundError:
            return None

    def open(self, key: str, start: int) -> Blob:
        """Open an object at a byte. Raises `FileNotFoundError`."""
        with self._asked("s3:GetObject"):
            answer: Any = self._client.get_object(self._where.bucket, key, offset=start)
        size = int(answer.headers.get("Content-Range", "").rpartition("/")[2] or answer.headers["Content-Length"])
        return Blob(size, self._pieces(answer))

    def _pieces(self, answer: Any) -> Iterator[bytes]:
        try:
            with self._asked("s3:GetObject"):
                yield from answer.stream(PIECE_BYTES)
        finally:
            answer.close()
            answer.release_conn()

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys of all objects that begin so."""
        with self._asked("s3:ListBucket"):
            for found in self._client.list_objects(self._where.bucket, prefix, recursive=True):
                yield found.object_name or ""

    def remove(self, key: str) -> None:
        """Remove every version of an object, and what marks it as deleted."""
        with self._asked("s3:DeleteObjectVersion"):
            self._remove(key)

    def remove_below(self, prefix: str) -> None:
        """Remove every version of all objects whose keys begin so."""
        with self._asked("s3:DeleteObjectVersion"):
            for key in {key for key, _ in self._versions(prefix)}:
                self._remove(key)

    # --- what is asked of the client, within `translated` ---

    def _put(self, key: str, data: bytes) -> bool:
        try:
            self._client._put_object(self._where.bucket, key, data, {"If-None-Match": "*"})
        except S3Error as error:
            if error.code in THERE:
                return False
            raise
        return True

    def _is_any(self, prefix: str) -> bool:
        return any(self._client._list_objects(self._where.bucket, prefix=prefix, max_keys=1))

    def _versions(self, prefix: str) -> list[tuple[str, str | None]]:
        found = self._client.list_objects(self._where.bucket, prefix, recursive=True, include_version=True)
        return [(one.object_name or "", one.version_id) for one in found]

    def _remove(self, key: str) -> None:
        for _ in range(TRIES):
            versions = [version for name, version in self._versions(key) if name == key]
            if not versions:
                return
            for version in versions:
                self._client.remove_object(self._where.bucket, key, version_id=version)
        raise BucketUnfit(bucket=self._where.address, endpoint=self._where.endpoint, why="versions-stay")

    # --- whether it may be used ---

    @contextmanager
    def _asked(self, right: str) -> Iterator[None]:
        """Ask the bucket once it was looked at; what fails is kept for whoever asks next, and for the status page."""
        self._not_at_once_again()
        try:
            self._ready()
            with translated(self._where, right):
                yield
        except FileNotFoundError:
            self._answered()
            raise
        except BackendError as error:
            if isinstance(error, BucketAway) or not self._is_looked_at:
                self._failed(error)
            raise
        self._answered()

    def _not_at_once_again(self) -> None:
        if self._fault is not None and time.monotonic() < self._failed_s + AGAIN_S:
            raise type(self._fault)(**self._fault.facts)

    def _answered(self) -> None:
        self._fault, self._since_ms, self._answered_s = None, 0, time.monotonic()

    def _failed(self, error: BackendError) -> None:
        self._fault, self._failed_s = error, time.monotonic()
        self._since_ms = self._since_ms or WallClock().now_ms()

    def _ready(self) -> None:
        """Look at the bucket once: nothing is put in one that could not be emptied again, or is somebody else's."""
        with self._looking:
            if not self._is_looked_at:
                self._not_at_once_again()  # somebody else may have looked in vain while this one waited
                self._look_at()
                self._is_looked_at = True

    def _look_at(self) -> None:
        with translated(self._where):
            self._is_any(f"{self._where.prefix}/")
        with translated(self._where, "s3:GetBucketObjectLockConfiguration"):
            if self._has_lock():
                raise BucketLocked(bucket=self._where.address)
        with translated(self._where, "s3:ListBucketVersions"):
            self._versions(self._key(PROBE))
        self._try_out(f"{self._key(PROBE)}/{random_bytes(8).hex()}")
        self._be_owner()

    def _has_lock(self) -> bool:
        try:
            self._client.get_object_lock_config(self._where.bucket)
        except S3Error as error:
            if error.code in NO_LOCK | UNKNOWN:
                return False
            raise
        return True

    def _try_out(self, key: str) -> None:
        """Put an object that is not there, not a second one in its place, and remove it with its versions."""
        with translated(self._where, "s3:PutObject"):
            first, second = self._put(key, b"1"), self._put(key, b"2")
        with translated(self._where, "s3:DeleteObjectVersion"):
            self._remove(key)
        if (first, second) != (True, False):
            raise BucketUnfit(bucket=self._where.address, endpoint=self._where.endpoint, why="if-none-match")

    def _be_owner(self) -> None:
        mine = identity(self._identity)
        household = self._household(mine)  # first: of two that begin at once, each finds the other
        with translated(self._where, "s3:PutObject"):
            if self._put(self._key(MARKER), msgspec.json.encode(_Owner(mine))):
                return
        with translated(self._where, "s3:GetObject"):
            answer = self._client.get_object(self._where.bucket, self._key(MARKER))
            raw = answer.read()
            answer.release_conn()
        try:
            theirs = msgspec.json.decode(raw, type=_Owner)
        except msgspec.MsgspecError:
            theirs = _Owner("")
        if theirs.data not in household:
            raise BucketOfAnother(bucket=self._where.address, object=self._key(MARKER))

    def _key(self, name: str) -> str:
        return f"{self._where.prefix}/{name}".lstrip("/")


def identity(path: Path) -> str:
    """The identity of a data folder, made when it is first asked for; the same for all its processes.

    It is on disk before anything is put under it, and one process at a time makes it: what a kill left empty is filled.
    """
    private_folder(path.parent)
    with open(path, "a+", opener=owned) as file:
        flock(file, LOCK_EX)
        file.seek(0)
        found = file.read()
        if not found:
            found = random_bytes(16).hex()
            file.write(found)
            file.flush()
            os.fsync(file.fileno())
            sync_folder(path.parent)
    return found
