"""Holding a municipality's folder: a second server on the same folder would be a second truth."""

import fcntl
from pathlib import Path
from typing import IO

from backend.errors import StoreBusy


def hold(folder: Path) -> IO[str]:
    """Hold a folder until the returned file is closed; raises `StoreBusy` where another process does."""
    handle = (folder / "lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise StoreBusy(store=folder.name) from None
    return handle
