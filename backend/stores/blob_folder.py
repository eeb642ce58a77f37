"""Attachments as files of one folder, each under its name."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from backend.files import sync_folder
from backend.stores.blobs import Blob

NAME: Final = re.compile(r"[0-9a-f]{64}")
PIECE_BYTES: Final = 256 * 1024


class FolderBlobs:
    """`Blobs` in a folder."""

    far = False
    fault = ("", 0)

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def look(self) -> None:
        """Do nothing: a disk that fails says so when it is used."""

    def holds(self, name: str) -> bool:
        """True if the file is there."""
        return (self._folder / name).is_file()

    def send(self, name: str, part: Path) -> None:
        """Do nothing: what is on this disk already is put in place by a rename."""

    def settle(self, name: str, part: Path, /) -> None:
        """Rename the file to its name."""
        part.replace(self._folder / name)
        sync_folder(self._folder)

    def open(self, name: str, start: int = 0) -> Blob:
        """Open the file. Raises `FileNotFoundError`."""
        file = (self._folder / name).open("rb")
        size = file.seek(0, 2)
        file.seek(start)
        return Blob(size, _pieces(file))

    def names(self) -> Iterator[str]:
        """The names of the files."""
        found = self._folder.iterdir() if self._folder.is_dir() else ()
        return (path.name for path in found if NAME.fullmatch(path.name))

    def remove(self, name: str) -> None:
        """Remove the file."""
        (self._folder / name).unlink(missing_ok=True)
        if self._folder.is_dir():
            sync_folder(self._folder)

    def drop(self, name: str) -> bool:
        """Remove the file."""
        self.remove(name)
        return True


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece
