"""Copies a municipality while it runs: the journal first, then the keys, apart, and proves that the copy is whole.

What staff keep beside the journal is copied with it, sealed; its key lies in the vault, which is copied last.

Keys that the journal's copy needs were committed before it, so they are in the keys' copy. The copied journal says
which attachments there must be; each is copied by its name, which is the hash of its bytes, and checked against it. So
an upload under way is no part of a backup, and one that is finished never lacks. One whose file the server has lost is
named; the rest is finished, for a lost photo must not end all backups. `backup.json` is written last: a folder without
it is no backup, and the next one there goes on with it; one with it is never written over. The list outside the backups
stays outside: it must outlive every one of them.
"""

import os
import shutil
import time
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

import msgspec

from backend.errors import BackendError, VaultMissing
from backend.files import private_folder, reason, sync_folder, write_atomically
from backend.stores import open_blobs, open_stores
from backend.stores.blobs import AttachmentDamaged, Blob, Blobs, checked
from backend.stores.desk_store import copy_desk_store
from backend.stores.ledger import Engine
from backend.stores.places import ATTACHMENTS_FOLDER, VAULT_FILE

ABOUT: Final = "backup.json"
PLACED_TRIES: Final = 40  # a file is put in place just after its row is committed: together two seconds
PLACED_PAUSE_S: Final = 0.05


class BackupFailed(BackendError):
    """A backup is whole or is none; the folder that could not be written or read is named."""

    code: ClassVar[str] = "backup-failed"


class BackupExists(BackendError):
    """A backup that is there may be the only good one."""

    code: ClassVar[str] = "backup-exists"


class BackupLacks(BackendError):
    """A file that the server itself no longer has cannot be backed up; everything else was."""

    code: ClassVar[str] = "backup-lacks"


class OldBackupsStay(BackendError):
    """The new backup is whole, and an old one that should go cannot be removed."""

    code: ClassVar[str] = "old-backups-stay"


class About(msgspec.Struct, frozen=True):
    """The content of `backup.json`: whose backup it is, from when, and how much is in it."""

    municipality: str
    at_ms: int
    entries: int
    attachments: int
    lost: tuple[str, ...] = ()


class Backup(NamedTuple):
    """A whole backup: its two folders, and how much is in it."""

    journal: Path
    keys: Path
    entries: int
    attachments: int


def back_up(folder: Path, to: Path, now_ms: int) -> Backup:
    """Copy a municipality to a folder; raises `BackupFailed` or `BackupLacks` with the path and the reason.

    A whole backup that is there already is left as it is: `BackupExists`.
    """
    code, engine = folder.name, open_stores()
    journal, keys = to / code / "journal", to / code / "keys"
    if (journal / ABOUT).exists():
        raise BackupExists(municipality=code, path=to)
    try:
        private_folder(journal)
        private_folder(keys)
        engine.copy_journal(folder, journal)
        copied, lost = _copy_attachments(engine, folder, journal)
        copy_desk_store(folder, journal)
        engine.copy_keys(folder, keys)
        if not (folder / VAULT_FILE).is_file():
            raise VaultMissing(municipality=code)
        write_atomically(keys / VAULT_FILE, (folder / VAULT_FILE).read_bytes())
        entries = engine.proved_journal(journal)
        engine.proved_keys(keys)
        about = About(code, now_ms, entries, copied, tuple(fault.path for fault in lost))
        write_atomically(journal / ABOUT, msgspec.json.encode(about))
    except OSError as error:
        path = error.filename or to
        raise BackupFailed(municipality=code, path=os.fsdecode(path), why=reason(error)) from None
    if lost:
        raise BackupLacks(municipality=code, count=len(lost), path=lost[0].path, why=lost[0].why)
    return Backup(journal, keys, entries, copied)


class _Lost(NamedTuple):
    path: str
    why: str


def _copy_attachments(engine: Engine, folder: Path, journal: Path) -> tuple[int, list[_Lost]]:
    """Copy every attachment that the copied journal names; returns how many there are and which are lost."""
    target = private_folder(journal / ATTACHMENTS_FOLDER)
    names, blobs = engine.attachments_in(journal), open_blobs(folder)
    lost = []
    for name in sorted(names):
        why = "" if (target / name).is_file() else _copy(blobs, name, target / name)
        if why and name in engine.attachments_in(folder):  # otherwise it was erased since the journal was copied
            lost.append(_Lost(str(folder / ATTACHMENTS_FOLDER / name), why))
    for path in target.iterdir():  # of a backup that was broken off: erased since, or half of a copy
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in names:
            path.unlink()
    sync_folder(target)
    return len(names) - len(lost), lost


def _copy(blobs: Blobs, name: str, target: Path) -> str:
    """Copy one attachment and compare its hash with its name; returns why it is not there, empty if it was copied."""
    blob = _placed(blobs, name)
    if blob is None:
        return "attachment-is-missing"
    beside = target.with_suffix(".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as copy:
            for piece in checked(name, blob.pieces):
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
    except AttachmentDamaged:
        beside.unlink()
        return "attachment-is-damaged"
    beside.replace(target)
    return ""


def _placed(blobs: Blobs, name: str) -> Blob | None:
    """An attachment, once it is put in place; None where it is not in time."""
    for _ in range(PLACED_TRIES):
        try:
            return blobs.open(name)
        except FileNotFoundError:
            time.sleep(PLACED_PAUSE_S)
    return None
