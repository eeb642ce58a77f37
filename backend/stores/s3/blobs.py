"""Attachments as objects of a bucket, one municipality's below a key of its own.

What is in the bucket is known here too: an empty file for each object, in `attachments/bucket`. So whoever only wants
to know what is held waits for no network, the writer least of all; and what the bucket turns out to lack is held no
longer, so that devices which still keep it send it again.
"""

from collections.abc import Iterator
from pathlib import Path

from backend.files import lasting_folder, sync_folder
from backend.stores.blob_folder import NAME, FolderBlobs
from backend.stores.blobs import Blob
from backend.stores.s3.bucket import Bucket


class BucketBlobs:
    """`Blobs` in a bucket, below a prefix; `index` is the folder of what is known to be there."""

    far = True

    def __init__(self, bucket: Bucket, prefix: str, index: Path) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._index = index
        self._gone: set[str] = set()  # what this process has removed

    @property
    def fault(self) -> tuple[str, int]:
        """As the bucket has it."""
        return self._bucket.fault

    def look(self) -> None:
        """Ask whether the bucket answers."""
        self._bucket.look()

    def holds(self, name: str) -> bool:
        """True if it was put there."""
        return (self._index / name).is_file()

    def send(self, name: str, part: Path) -> None:
        """Put the object, unless it is there."""
        self._gone.discard(name)
        self._bucket.put(self._key(name), part.read_bytes())

    def settle(self, name: str, _part: Path, /) -> None:
        """Note that it is there."""
        lasting_folder(self._index)
        (self._index / name).touch(mode=0o600)
        sync_folder(self._index)

    def open(self, name: str, start: int = 0) -> Blob:
        """Open the object; one that is not there is held no longer. Raises `FileNotFoundError`."""
        try:
            return self._bucket.open(self._key(name), start)
        except FileNotFoundError:
            self._forget(name)
            raise

    def names(self) -> Iterator[str]:
        """The names of the objects. What is left in the folder from before is put there first: another server may have
        named the place."""
        files = FolderBlobs(self._index.parent)
        for name in [*files.names()]:
            self.send(name, self._index.parent / name)
            files.remove(name)
        for key in self._bucket.keys(f"{self._prefix}/"):
            name = key.rpartition("/")[2]
            if NAME.fullmatch(name):
                yield name

    def remove(self, name: str) -> None:
        """Remove the object with all its versions."""
        self._bucket.remove(self._key(name))
        self._forget(name)
        self._gone.add(name)

    def drop(self, name: str) -> bool:
        """True if this process has removed it."""
        return name in self._gone

    def clear(self) -> None:
        """Remove everything below the prefix, with all versions."""
        self._bucket.remove_below(f"{self._prefix}/")

    def _forget(self, name: str) -> None:
        (self._index / name).unlink(missing_ok=True)
        if self._index.is_dir():
            sync_folder(self._index)

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"
