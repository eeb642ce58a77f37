"""Puts a backup in the place of a municipality's folder, in steps that may be killed anywhere.

1. The backup is copied to `GM….restoring`, with the list outside the backups of the folder that it replaces; then
   `restore.json` is written into the copy: from here on it is whole.
2. The present folder, if there is one, is renamed to `GM….before-restore-TIME`.
3. The copy is renamed to `GM…`.
4. At the next start `returning.take_up` begins the new life and removes `restore.json`.

A start finishes what it finds after step 1 and removes a copy that is not whole; the next `restore` undoes it instead,
so that the folder of before is set aside once.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from backend.errors import BackendError
from backend.files import private_folder, reason, sync_folder, write_atomically
from backend.municipality.backup import ABOUT
from backend.municipality.holding import hold
from backend.municipality.outside import ERASURES_FILE, OUTSIDE_FILE
from backend.municipality.returning import RESTORE_FILE, Restored
from backend.stores import COPIED as STORES
from backend.stores import open_stores
from backend.stores.places import VAULT_FILE
from sync.entry import MUNICIPALITY

BESIDE: Final = ".restoring"
ASIDE: Final = ".before-restore-"
_KEYS_FILE, _JOURNAL_FILE = STORES
COPIED: Final = (_JOURNAL_FILE, _KEYS_FILE, VAULT_FILE)
PARTS: Final = (f"journal/{_JOURNAL_FILE}", f"journal/{ABOUT}", f"keys/{_KEYS_FILE}", f"keys/{VAULT_FILE}")


class NotABackup(BackendError):
    """A backup has a journal and keys, apart."""

    code: ClassVar[str] = "not-a-backup"


class RestoreFailed(BackendError):
    """A restore is whole or is none; what could not be read or written is named."""

    code: ClassVar[str] = "restore-failed"


class RestoreRunning(BackendError):
    """Two restores of one municipality, or a start in the middle of one, would mix two backups."""

    code: ClassVar[str] = "restore-running"


def lacking(backup: Path, code: str) -> NotABackup | None:
    """The parts that a folder lacks to be a backup of a municipality, if any."""
    if not MUNICIPALITY.fullmatch(code):
        return NotABackup(municipality=code, what="a-municipality-so-named")
    missing = [part for part in PARTS if not (backup / code / part).is_file()]
    return NotABackup(municipality=code, what=missing[0]) if missing else None


def put_back(data: Path, code: str, backup: Path, now_ms: int) -> Path | None:
    """Put a backup in place; returns where the folder of before went. The server must not run."""
    source, folder, beside = backup / code, data / code, data / f"{code}{BESIDE}"
    missing = lacking(backup, code)
    if missing is not None:
        raise missing
    with _only_one(data, code):
        undo(data, code)
        with held(folder):
            _copied(source, folder, beside)
            aside = folder.with_name(f"{code}{ASIDE}{now_ms}") if folder.exists() else None
            marker = Restored("" if aside is None else aside.name, now_ms)
            write_atomically(beside / RESTORE_FILE, msgspec.json.encode(marker))
            _put_in_place(data, code)
    return aside


def _copied(source: Path, folder: Path, beside: Path) -> None:
    """Copy a backup, and the list outside the backups of the folder that it replaces; all of it or nothing."""

    def copy(here: str, there: str) -> None:
        try:
            shutil.copy2(here, there)
        except OSError as error:  # copytree would go on, and tell it in the system's English
            path = os.fsdecode(error.filename2 or error.filename or there)
            raise RestoreFailed(municipality=folder.name, path=path, why=reason(error)) from None

    try:
        private_folder(beside)
        for part in ("journal", "keys"):
            ignore = shutil.ignore_patterns(ABOUT)
            shutil.copytree(source / part, beside, dirs_exist_ok=True, ignore=ignore, copy_function=copy)
        for name in (OUTSIDE_FILE, ERASURES_FILE):
            if (folder / name).is_file():
                copy(str(folder / name), str(beside / name))
        os.sync()
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)  # on a full disk half a copy would keep it full
        raise


def finish(data: Path, code: str) -> str:
    """Finish, at a start, a restore that was killed; returns a code of what was done, empty if there was none."""
    beside = data / f"{code}{BESIDE}"
    if not beside.is_dir():
        if _lock_of(data, code).exists():
            with suppress(RestoreRunning), _only_one(data, code):
                pass  # a restore that was killed at its end left it
        return ""
    with _only_one(data, code):
        marked = (beside / RESTORE_FILE).exists()
        if not marked or ((data / code).exists() and not all((beside / name).is_file() for name in COPIED)):
            shutil.rmtree(beside)
            return "restore-undone"
        with held(data / code):
            _put_in_place(data, code)
        return "restore-finished"


def undo(data: Path, code: str) -> None:
    """Take back a restore that was killed, or was not started since: the folder of before returns."""
    folder, beside = data / code, data / f"{code}{BESIDE}"
    if (folder / RESTORE_FILE).exists():
        if _marker(folder).aside and not (data / _marker(folder).aside).exists():
            return
        _discard(beside)
        folder.rename(beside)
    if (beside / RESTORE_FILE).exists() and not folder.exists():
        before = data / (_marker(beside).aside or "none")
        if before.exists():
            before.rename(folder)
    _discard(beside)
    sync_folder(data)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a municipality's folder, damaged or whole, as its server does; raises `StoreBusy` where one runs."""
    if not folder.exists():
        yield
        return
    with closing(hold(folder)):
        yield


def _put_in_place(data: Path, code: str) -> None:
    folder, beside = data / code, data / f"{code}{BESIDE}"
    aside = data / (_marker(beside).aside or f"{code}{ASIDE}0")
    if folder.exists():
        folder.rename(aside)
    if aside.exists():
        _retire(aside)
    beside.rename(folder)
    sync_folder(data)


def _retire(aside: Path) -> None:
    """Keep other servers from the stores that were set aside. Where those cannot be reached, nobody here serves them; a
    server elsewhere that does is stopped by its operator."""
    with suppress(BackendError):
        common = open_stores().common(aside)
        if common is not None:
            common.retire()


def _marker(folder: Path) -> Restored:
    try:
        return msgspec.json.decode((folder / RESTORE_FILE).read_bytes(), type=Restored)
    except (msgspec.MsgspecError, OSError):
        return Restored("", 0)


def _discard(beside: Path) -> None:
    """Remove a copy; first what says that it is whole, so that half of it is never taken for all of it."""
    if beside.exists():
        (beside / RESTORE_FILE).unlink(missing_ok=True)
        shutil.rmtree(beside)


def _lock_of(data: Path, code: str) -> Path:
    return data / f"{code}{BESIDE}.lock"


@contextmanager
def _only_one(data: Path, code: str) -> Iterator[None]:
    """Hold the lock of a municipality's restores; its file goes with it."""
    private_folder(data)
    path = _lock_of(data, code)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = path.stat().st_ino == os.fstat(handle.fileno()).st_ino  # another may have just removed it
        except OSError:
            mine = False
        if not mine:
            raise RestoreRunning(municipality=code)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
