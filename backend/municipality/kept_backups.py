"""Backups as they are kept: looked at again, dated, and taken away when newer ones are whole.

A folder of dated backups holds one folder a backup, named by its time in UTC (`2026-11-26T021500Z`), so that names sort
as times do. Only what has such a name and is a whole backup of the municipality is ever taken away.
"""

import hashlib
import os
import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from backend.errors import BackendError
from backend.files import read_small, reason
from backend.municipality import custody as custodies
from backend.municipality.backup import ABOUT, About
from backend.municipality.restoring import lacking
from backend.stores import open_stores
from backend.stores.places import ATTACHMENTS_FOLDER
from crypto.vault import LockedVault

_NAME: Final = "%Y-%m-%dT%H%M%SZ"
_DATED: Final = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")
PIECE_BYTES: Final = 1024 * 1024
HALF_MS_MAX: Final = 24 * 60 * 60 * 1000  # no backup takes longer: an older one that is not whole was broken off


class BackupUnsound(BackendError):
    """A backup that cannot be restored is found out before it is needed."""

    code: ClassVar[str] = "backup-unsound"


def dated(folder: Path, now_ms: int) -> Path:
    """The folder of a backup that is made now."""
    return folder / datetime.fromtimestamp(now_ms / 1000, UTC).strftime(_NAME)


def _all(folder: Path) -> list[Path]:
    """The dated folders in a folder, oldest first."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if _DATED.fullmatch(path.name) and path.is_dir() and not path.is_symlink())


def newest(folder: Path, code: str) -> Path:
    """The newest whole backup in a folder of dated ones; the folder itself where it is a backup, or holds none."""
    kept = [path for path in _all(folder) if _is_whole(path, code)]
    return kept[-1] if kept and not (folder / code).exists() else folder


def _is_whole(backup: Path, code: str) -> bool:
    return (backup / code / "journal" / ABOUT).is_file()


def thin_out(folder: Path, code: str, keep: int, now_ms: int) -> list[str]:
    """Keep the newest backups of a municipality in a folder of dated ones; returns the names of those that went.

    What was broken off a day ago goes too. Raises `OSError` where one cannot be removed.
    """
    held = [path for path in _all(folder) if (path / code).is_dir() and not (path / code).is_symlink()]
    whole = [path for path in held if _is_whole(path, code)]
    broken_off = dated(folder, max(0, now_ms - HALF_MS_MAX))
    gone = whole[: -max(1, keep)] + [path for path in held if path not in whole and path < broken_off]
    for path in gone:
        (path / code / "journal" / ABOUT).unlink(missing_ok=True)  # half of one is never taken for a backup
        shutil.rmtree(path / code)
        with suppress(OSError):  # another municipality's backup of that moment lies there too
            path.rmdir()
    return [path.name for path in gone]


def proved(backup: Path, code: str) -> tuple[About, LockedVault]:
    """Open a backup as a restore would: its pages, every attachment against its name, its counts, and its vault.

    Raises `NotABackup` or `BackupUnsound`, with the path and the reason.
    """
    missing = lacking(backup, code)
    if missing is not None:
        raise missing
    journal, keys = backup / code / "journal", backup / code / "keys"
    engine = open_stores()
    try:
        about = msgspec.json.decode(read_small(journal / ABOUT), type=About)
        entries = engine.proved_journal(journal)
        engine.proved_keys(keys)
        vault = custodies.read(keys)
        for name in sorted(engine.attachments_in(journal)):
            _look_at(journal / ATTACHMENTS_FOLDER / name, about)
    except msgspec.MsgspecError as error:
        raise BackupUnsound(path=journal / ABOUT, why=str(error)) from None
    except OSError as error:
        path = os.fsdecode(error.filename or backup)
        raise BackupUnsound(path=path, why=reason(error)) from None
    if (about.municipality, about.entries) != (code, entries):
        raise BackupUnsound(path=journal, why="not-as-it-was-made")
    return about, vault


def _look_at(attachment: Path, about: About) -> None:
    if not attachment.exists() and any(Path(lost).name == attachment.name for lost in about.lost):
        return  # the server had lost it: named when the backup was made
    with attachment.open("rb") as stream:
        digest = hashlib.sha256()
        while piece := stream.read(PIECE_BYTES):
            digest.update(piece)
    if digest.hexdigest() != attachment.name:
        raise BackupUnsound(path=attachment, why="attachment-is-damaged")
