"""The place of a municipality's attachments in a bucket: a small file in its folder names it.

The keys that open it are settings of the server and stand in no folder. A place is named before the first object is put
there, and no second folder ever gets the same one, so that a move that was killed can be tidied.
"""

import os
import re
from pathlib import Path
from typing import Final

import msgspec

from backend.files import write_atomically
from backend.settings import Settings
from backend.stores.blob_moving import KNOWN, NAMING
from backend.stores.bucket_errors import AttachmentsElsewhere
from backend.stores.s3.blobs import BucketBlobs
from backend.stores.s3.bucket import Bucket, Household
from backend.stores.s3.where import Where, where_of
from crypto.primitives import random_bytes

IDENTITY: Final = "bucket.id"  # the file in the data folder by which its places are told from another's
_BUCKETS: Final[dict[tuple[Where, Path, int], Bucket]] = {}  # of each process: a fork shares no connection


class Named(msgspec.Struct, frozen=True):
    """The content of the file: the address of the place, and the server that has it."""

    address: str
    endpoint: str


def name_place(folder: Path, mark: Path) -> None:
    """Write the file that names a place of its own for a folder, where the settings say."""
    where = where_of(Settings.from_environment())
    address = f"{where.address}/{folder.name}/{random_bytes(4).hex()}"
    write_atomically(mark, msgspec.json.encode(Named(address, where.endpoint)))


def opened(folder: Path, mark: Path, household: Household) -> BucketBlobs:
    """The attachments at the place that a file names. Raises `AttachmentsElsewhere` as `prefix_of` does."""
    try:
        said = mark.read_bytes()
    except OSError:
        said = b""
    return BucketBlobs(bucket(Settings.from_environment(), household), prefix_of(folder, said), folder / KNOWN)


def prefix_of(folder: Path, said: bytes) -> str:
    """The prefix of the keys at a place, given what names it. That may come from a database, and is not believed.

    Raises `AttachmentsElsewhere` unless it is in the bucket of the settings, and one of this municipality's own."""
    settings = Settings.from_environment()
    try:
        named = msgspec.json.decode(said, type=Named)
    except msgspec.MsgspecError:
        raise AttachmentsElsewhere(municipality=folder.name, address=NAMING) from None
    where = where_of(settings) if settings.blobs else None
    code = folder.name.partition(".")[0]  # of a folder that was set aside too
    own = "" if where is None else rf"{re.escape(f'{where.address}/{code}')}/[0-9a-f]{{8}}"
    if where is None or named.endpoint != where.endpoint or not re.fullmatch(own, named.address):
        raise AttachmentsElsewhere(municipality=folder.name, address=named.address)
    return named.address.removeprefix(f"s3://{where.bucket}/")


def bucket(settings: Settings, household: Household) -> Bucket:
    """The bucket of the settings: one for a process, so that all find out at once that it is away."""
    where, identity = where_of(settings), settings.data.absolute() / IDENTITY
    key = where, identity, os.getpid()
    if key not in _BUCKETS:
        _BUCKETS[key] = Bucket(where, identity, household)
    return _BUCKETS[key]
