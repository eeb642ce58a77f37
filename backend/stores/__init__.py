"""Chooses the stores. A municipality's own database is chosen here, and nowhere else."""

from contextlib import closing
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from backend.files import read_small
from backend.settings import Settings
from backend.stores.blob_folder import FolderBlobs
from backend.stores.blob_moving import BEGUN, NAMING, move, naming, take_naming, tidy
from backend.stores.blobs import Blobs, Clearable
from backend.stores.bucket_errors import BucketDriverMissing
from backend.stores.carrying import Served
from backend.stores.node_marks import ThisNode
from backend.stores.nodes import Common, Shared
from backend.stores.placed import Placed
from backend.stores.places import ATTACHMENTS_FOLDER, VAULT_FILE
from backend.stores.server_errors import DriverMissing
from backend.stores.sqlite.engine import SQLITE

COPIED: Final = SQLITE.files()  # the names of the stores in every backup, whatever holds the municipality itself


def open_stores() -> Placed:
    """The databases of this installation: files in each municipality's folder, and PostgreSQL where the settings of the
    environment name it (VELDPOST_JOURNAL, VELDPOST_KEY_STORE, VELDPOST_STANDBY, VELDPOST_NODE)."""
    settings = Settings.from_environment()
    if not settings.journal:
        return Placed(SQLITE)
    return Placed(
        SQLITE, in_postgres(settings.journal, settings.key_store, settings.alone, settings.node, settings.keys)
    )


def open_blobs(folder: Path) -> Blobs:
    """The attachments of a municipality's folder, or of a backup's: files, or the bucket that the folder names."""
    mark = folder / NAMING
    return _opened(folder, mark) if mark.exists() else FolderBlobs(folder / ATTACHMENTS_FOLDER)


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
        _buckets().bucket(settings, open_stores().household).look()


def tidy_blobs(folder: Path) -> None:
    """Remove the copies of attachments that a move left when it was killed."""
    if (folder / BEGUN).exists():
        tidy(folder, _opened)


def move_blobs(folder: Path, *, to_bucket: bool) -> int:
    """Carry the attachments of a municipality that the caller holds into the bucket, or back; returns how many.

    Of one that servers share the lease is taken: raises `LeaseHeld` where another of them has it."""
    name_place, engine = _buckets().name_place, open_stores()
    common = engine.common(folder)
    if common is None:
        return move(folder, _opened, name_place, lambda _: None, to_bucket=to_bucket)
    with closing(engine.open(folder)):
        agree_on_photos(folder, common, join(folder, common, read_small(folder / VAULT_FILE)))
        return move(folder, _opened, name_place, common.keep_photos, to_bucket=to_bucket)


def join(folder: Path, common: Common, vault: bytes) -> Shared:
    """Share a folder with its vault and the place of its attachments, or find what is shared."""
    return common.join(vault, naming(folder))


def agree_on_photos(folder: Path, common: Common, shared: Shared) -> None:
    """Let a folder and what servers share name one place of attachments: that of whoever had the municipality last.

    Raises `AttachmentsElsewhere` where that is none of this server's settings; then the folder is as it was."""
    own, turns = naming(folder), common.turns()
    if shared.photos is None:  # by a release that did not share it
        if own:
            common.keep_photos(own)
    elif turns > 0:
        if shared.photos:
            _buckets().prefix_of(folder, shared.photos.encode())
        take_naming(folder, shared.photos)
    elif own != shared.photos:
        common.keep_photos(own)


def _opened(folder: Path, mark: Path) -> Clearable:
    blobs: Clearable = _buckets().opened(folder, mark, open_stores().household)
    return blobs


def _buckets() -> ModuleType:
    try:
        from backend.stores.s3 import places
    except ImportError:
        raise BucketDriverMissing from None
    return places


@cache
def in_postgres(journal: str, keys: str, alone: bool, node: str = "", key_folder: Path | None = None) -> Served:
    """Journals in one cluster and keys in another. Several servers mark their rows by what they have in common in the
    folder of their keys. Raises `DriverMissing` where the driver is not installed."""
    try:
        from backend.stores.postgres.engine import Postgres
    except ImportError:
        raise DriverMissing from None
    return Postgres(SQLITE, journal, keys, alone=alone, node=ThisNode(node, key_folder))
