"""The tokens that a terminal keeps since a person signed it in: a file of one's own for each municipality.

The file is readable by its owner alone; one that others may read, or that is somebody else's, is not used.
"""

import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Final

from backend.errors import BackendError
from backend.files import private_folder, write_atomically
from backend.settings import Settings

PLACE: Final = "VELDPOST_TOKENS"
MAX: Final = 200  # bytes of a token's file


class TokenFileOpen(BackendError):
    """A token that others can read is theirs too."""

    code: ClassVar[str] = "token-file-open"


def path_of(settings: Settings, municipality: str) -> Path:
    """The file of a municipality's token: servers on several data folders do not meet."""
    given = os.environ.get(PLACE)
    folder = Path(given) if given else Path.home() / ".local" / "state" / "veldpost"
    server = sha256(os.fsencode(settings.data.absolute())).hexdigest()[:12]
    return folder / f"{server}-{municipality}.token"


def kept(settings: Settings, municipality: str) -> str:
    """The token that this terminal keeps, or nothing. Raises `TokenFileOpen`."""
    path = path_of(settings, municipality)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise TokenFileOpen(path=path)
        return file.read(MAX).decode("ascii", "replace").strip()


def keep(settings: Settings, municipality: str, token: str) -> None:
    """Keep a token, for its owner alone. Raises `TokenFileOpen` where others write in its folder."""
    path = path_of(settings, municipality)
    found = private_folder(path.parent).stat()
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise TokenFileOpen(path=path.parent)  # somebody else could put a file there before us
    write_atomically(path, token.encode() + b"\n")


def forget(settings: Settings, municipality: str) -> None:
    """Keep it no longer."""
    path_of(settings, municipality).unlink(missing_ok=True)
