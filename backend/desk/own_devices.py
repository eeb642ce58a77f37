"""The places of the devices with which staff write: a store for each person in the municipality's folder, its key in
the vault. Where several servers have a municipality in turn, each has devices of its own, with keys in one vault.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

from backend.desk.completing import DESK_FOLDER
from backend.files import private_folder, read_small, write_atomically
from backend.municipality.service import Municipality
from crypto.primitives import random_bytes

MARK_FILE: Final = "server"  # beside the devices, where several servers have the municipality in turn


def place_of(town: Municipality, staff: str) -> tuple[Path, str]:
    """The file of a staff member's desk device, and the name of its key in the vault."""
    folder = private_folder(town.folder / DESK_FOLDER)
    name = sha256(staff.encode() + (_own_mark(folder) if town.shared else b"")).hexdigest()[:16]
    return folder / f"{name}.db", f"desk/{name}"


def _own_mark(folder: Path) -> bytes:
    """The bytes that tell this server's desk devices from those of others, made once."""
    path = folder / MARK_FILE
    if not path.is_file():
        write_atomically(path, random_bytes(16))
    return read_small(path)
