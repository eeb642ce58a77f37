"""Carries a municipality's attachments from its folder into a bucket and back, while no server has it.

Each is read back on the other side and compared with its name; only then does the folder name the other place. What is
left behind is removed, for what an erasure removes later must be nowhere else. The place in the bucket is named in the
folder from before the first object is put there until one of the two sides is empty: a kill leaves the attachments
where they were, or in their new place with copies left behind, and `tidy` removes those. Servers that share the
municipality are told of the new place once all is in it, and before the folder names it: a kill between leaves both
sides whole.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from backend.files import lasting_folder, private_folder, read_small, sync_folder, write_atomically
from backend.stores.blob_folder import FolderBlobs
from backend.stores.blobs import Blobs, Clearable, checked
from backend.stores.moving import AlreadyThere
from backend.stores.places import ATTACHMENTS_FOLDER

NAMING: Final = "attachments.s3"  # the file in a folder that names the place in a bucket
BEGUN: Final = "attachments.s3.begun"  # the same, of a place that is being filled or emptied
KNOWN: Final = f"{ATTACHMENTS_FOLDER}/bucket"  # the folder of what is known to be in the bucket
Opening = Callable[[Path, Path], Clearable]


def naming(folder: Path) -> str:
    """The file that names a folder's place in a bucket; empty where there is none."""
    return read_small(folder / NAMING).decode() if (folder / NAMING).exists() else ""


def take_naming(folder: Path, naming: str) -> None:
    """Name the place at which another server kept attachments; what was known to be there is listed anew."""
    shutil.rmtree(folder / KNOWN, ignore_errors=True)
    if naming:
        write_atomically(folder / NAMING, naming.encode())
    elif (folder / NAMING).exists():
        (folder / NAMING).unlink()
        sync_folder(folder)


def move(
    folder: Path, opened: Opening, name_place: Callable[[Path, Path], None], share: Callable[[str], None], *,
    to_bucket: bool,
) -> int:  # fmt: skip
    """Move the attachments of a municipality that the caller holds; returns how many there are.

    `opened` opens the place that a file names; `share` tells other servers what names the new one.
    Raises `AlreadyThere`, or what a bucket says; then all is where it was.
    """
    tidy(folder, opened)
    mark, begun, here = folder / NAMING, folder / BEGUN, folder / ATTACHMENTS_FOLDER
    if to_bucket is mark.exists():
        raise AlreadyThere(municipality=folder.name)
    lasting_folder(here)
    if to_bucket:
        name_place(folder, begun)
        count = _carry(FolderBlobs(here), opened(folder, begun), here)
        share(begun.read_text())
        os.link(begun, mark)
    else:
        os.link(mark, begun)
        sync_folder(folder)
        count = _carry(opened(folder, mark), FolderBlobs(here), here)
        share("")
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
    if mark.exists() and mark.read_bytes() == begun.read_bytes():  # it may name another server's place by now
        files = FolderBlobs(here)
        for name in files.names():
            files.remove(name)
    else:
        opened(folder, begun).clear()
    begun.unlink()
    sync_folder(folder)
