"""Carries a municipality's attachments from its folder into a bucket and back, while no server has it.

Each is read back on the other side and compared with its name; only then does the folder name the other place. What is
left behind is removed, for what an erasure removes later must be nowhere else. The place in the bucket is named in the
folder from before the first object is put there until one of the two sides is empty: a kill leaves the attachments
where they were, or in their new place with copies left behind, and `tidy` removes those.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from backend.files import lasting_folder, private_folder, sync_folder
from backend.stores.blob_folder import FolderBlobs
from backend.stores.blobs import Blobs, Clearable, checked
from backend.stores.moving import AlreadyThere
from backend.stores.places import ATTACHMENTS_FOLDER

NAMING: Final = "attachments.s3"  # the file in a folder that names the place in a bucket
BEGUN: Final = "attachments.s3.begun"  # the same, of a place that is being filled or emptied
Opening = Callable[[Path, Path], Clearable]


def move(folder: Path, opened: Opening, name_place: Callable[[Path, Path], None], *, to_bucket: bool) -> int:
    """Move the attachments of a municipality that the caller holds; returns how many there are.

    `opened` opens the place that a file names. Raises `AlreadyThere`, or what a bucket says; then all is where it was.
    """
    tidy(folder, opened)
    mark, begun, here = folder / NAMING, folder / BEGUN, folder / ATTACHMENTS_FOLDER
    if to_bucket is mark.exists():
        raise AlreadyThere(municipality=folder.name)
    lasting_folder(here)
    if to_bucket:
        name_place(folder, begun)
        count = _carry(FolderBlobs(here), opened(folder, begun), here)
        os.link(begun, mark)
    else:
        os.link(mark, begun)
        sync_folder(folder)
        count = _carry(opened(folder, mark), FolderBlobs(here), here)
        mark.unlink()
    sync_folder(folder)
    tidy(folder, opened)
    return count


def _carry(source: Blobs, target: Blobs, here: Path) -> int:
    """Copy what the source has and the target lacks; each is read back."""
    count, part = 0, private_folder(here) / "moving.part"
    for name in source.names():
        with part.open("wb") as file:
            for piece in checked(name, source.open(name).pieces):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        target.send(name, part)
        target.settle(name, part)
        for _ in checked(name, target.open(name).pieces):
            pass
        count += 1
    part.unlink(missing_ok=True)
    return count


def tidy(folder: Path, opened: Opening) -> None:
    """Remove the copies that a move left on the side that the folder does not name. Raises what a bucket does."""
    mark, begun, here = folder / NAMING, folder / BEGUN, folder / ATTACHMENTS_FOLDER
    (here / "moving.part").unlink(missing_ok=True)
    if not begun.exists():
        return
    if mark.exists():
        files = FolderBlobs(here)
        for name in files.names():
            files.remove(name)
    else:
        opened(folder, begun).clear()
    begun.unlink()
    sync_folder(folder)
