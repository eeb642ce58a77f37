"""Every place for finished attachments passes its contract."""

from pathlib import Path

from backend.stores.blob_folder import FolderBlobs
from backend.stores.blobs import Blobs
from tests.stores.contract.blobs import BlobSuite


class TestFolder(BlobSuite):
    def opened(self, place: Path) -> Blobs:
        return FolderBlobs(place / "attachments")

    def damage(self, place: Path, name: str, data: bytes) -> None:
        (place / "attachments" / name).write_bytes(data)
