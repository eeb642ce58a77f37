"""Chooses the stores. A municipality's own database is chosen here, and nowhere else."""

from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from backend.settings import Settings
from backend.stores.blob_folder import FolderBlobs
from backend.stores.blob_moving import BEGUN, NAMING, move, tidy
from backend.stores.blobs import Blobs
from backend.stores.bucket_errors import BucketDriverMissing
from backend.stores.carrying import Served
from backend.stores.placed import Placed
from backend.stores.places import ATTACHMENTS_FOLDER
from backend.stores.server_errors import DriverMissing
from backend.stores.sqlite.engine import SQLITE

COPIED: Final = SQLITE.files()  # the names of the stores in every backup, whatever holds the municipality itself


def open_stores() -> Placed:
    """The databases of this installation: files in each municipality's folder, and PostgreSQL where the settings of the
    environment name it (VELDPOST_JOURNAL, VELDPOST_KEY_STORE, VELDPOST_STANDBY, VELDPOST_NODE)."""
    settings = Settings.from_environment()
    if not settings.journal:
        return Placed(SQLITE)
    return Placed(SQLITE, in_postgres(settings.journal, settings.key_store, settings.alone, settings.node))


def open_blobs(folder: Path) -> Blobs:
    """The attachments of a municipality's folder, or of a backup's: files, or the bucket that the folder names."""
    mark = folder / NAMING
    return _buckets().opened(folder, mark) if mark.exists() else FolderBlobs(folder / ATTACHMENTS_FOLDER)


def make_blobs(folder: Path) -> None:
    """Give a new municipality's attachments their place: in its folder, or in the bucket of the settings."""
    if Settings.from_environment().blobs:
        _buckets().name_place(folder, folder / NAMING)


def look_at_databases(settings: Settings) -> None:
    """Look at the database servers of the settings, where there are any. Raises why no municipality can be made."""
    if settings.journal:
        in_postgres(settings.journal, settings.key_store, settings.alone, settings.node).may_make()


def look_at_blobs(settings: Settings) -> None:
    """Look at the bucket of the settings, where there is one. Raises why it can keep nothing."""
    if settings.blobs:
        _buckets().bucket(settings).look()


def tidy_blobs(folder: Path) -> None:
    """Remove the copies of attachments that a move left when it was killed."""
    if (folder / BEGUN).exists():
        tidy(folder, _buckets().opened)


def move_blobs(folder: Path, *, to_bucket: bool) -> int:
    """Carry the attachments of a municipality that the caller holds into the bucket, or back; returns how many."""
    places = _buckets()
    return move(folder, places.opened, places.name_place, to_bucket=to_bucket)


def _buckets() -> ModuleType:
    try:
        from backend.stores.s3 import places
    except ImportError:
        raise BucketDriverMissing from None
    return places


@cache
def in_postgres(journal: str, keys: str, alone: bool, node: str = "") -> Served:
    """Journals in one cluster and keys in another; raises `DriverMissing` where the driver is not installed."""
    try:
        from backend.stores.postgres.engine import Postgres
    except ImportError:
        raise DriverMissing from None
    return Postgres(SQLITE, journal, keys, alone=alone, node=node)
