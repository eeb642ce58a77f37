"""Chooses the stores. A municipality's own database is chosen here, and nowhere else."""

from functools import cache
from pathlib import Path
from typing import Final

from backend.settings import Settings
from backend.stores.blob_folder import FolderBlobs
from backend.stores.blobs import Blobs
from backend.stores.carrying import Whole
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
    """The attachments of a municipality's folder, or of a backup's."""
    return FolderBlobs(folder / ATTACHMENTS_FOLDER)


@cache
def in_postgres(journal: str, keys: str, alone: bool, node: str = "") -> Whole:
    """Journals in one cluster and keys in another; raises `DriverMissing` where the driver is not installed."""
    try:
        from backend.stores.postgres.engine import Postgres
    except ImportError:
        raise DriverMissing from None
    return Postgres(SQLITE, journal, keys, alone=alone, node=node)
