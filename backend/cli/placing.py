"""Gives what was written its names in one step: an export is there whole, or it is not there.

A folder of tables that exists already is exchanged with a new one, in which what else lies there has a second name
(a hard link), so that no moment shows some tables of an earlier export beside some of this one. A database and the
file that describes it are two names: the database takes its own last, and without it the other one counts for nothing.
"""

import ctypes
import errno
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backend.files import refused

RENAME_EXCHANGE: Final = 2  # renameat2(2) of Linux
AT_FDCWD: Final = -100
_NOT_HERE: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)  # no exchange on this disk, or no links


def may_take(folder: Path) -> None:
    """Refuse a folder that holds other folders, or in which somebody works, before anything is read.

    It is exchanged for another one: whoever stands in it would stand in one that is gone. Raises `OSError`.
    """
    if folder.is_dir() and folder.samefile(Path.cwd()):
        raise OSError(errno.EINVAL, "stood-in", os.fspath(folder))
    if folder.is_dir() and any(entry.is_dir(follow_symlinks=False) for entry in os.scandir(folder)):
        raise OSError(errno.EINVAL, "holds-folders", os.fspath(folder))


def take_folder(work: Path, written: Iterable[Path], target: Path, earlier: Iterable[Path]) -> list[Path]:
    """Let `work` be the target folder: without its `earlier` tables, with what else lies there. Raises `OSError`."""
    folder = Path(os.path.realpath(target))
    placed = [path.name for path in written]
    if not os.path.lexists(folder):
        work.rename(folder)
    else:
        may_take(folder)
        ours = {*placed, *(path.name for path in earlier)}
        shutil.copymode(folder, work)
        with _known(folder):
            others = _linked(folder, work, ours)
            _exchange(work, folder, ours, others)
        _came_meanwhile(work, folder, ours)
    return [target / name for name in placed]


@contextmanager
def _known(folder: Path) -> Iterator[None]:
    """Say of a disk that has no links or exchanges that a new folder is wanted."""
    try:
        yield
    except OSError as error:
        if error.errno in _NOT_HERE:
            raise OSError(errno.ENOTSUP, "no-exchange", os.fspath(folder)) from None
        raise


def _linked(folder: Path, work: Path, ours: Collection[str]) -> int:
    """Give everything else in a folder a second name in the new one; returns how much that is."""
    count = 0
    for entry in os.scandir(folder):
        if entry.name not in ours:
            os.link(entry.path, work / entry.name, follow_symlinks=False)
            count += 1
    return count


def _exchange(work: Path, folder: Path, ours: Collection[str], others: int) -> None:
    """Exchange two folders in one step. Where a disk cannot, the earlier one goes first, if nothing else is in it."""
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        failed = errno.ENOSYS
    else:
        failed = exchange(AT_FDCWD, os.fsencode(work), AT_FDCWD, os.fsencode(folder), RENAME_EXCHANGE)
        failed = ctypes.get_errno() if failed else 0
    if failed and (others or failed not in _NOT_HERE):
        raise refused(failed, folder)
    if failed:
        aside = folder.rename(work / ".earlier")  # it goes with the folder that is being written
        _came_meanwhile(aside, work, ours)
        shutil.rmtree(aside)
        work.rename(folder)


def _came_meanwhile(old: Path, folder: Path, ours: Collection[str]) -> None:
    """Keep what somebody put into the earlier folder while it was exchanged: it is removed with all that is left."""
    for entry in os.scandir(old) if old.is_dir() else ():
        new = folder / entry.name
        held = entry.stat(follow_symlinks=False)
        if entry.name not in ours and not (os.path.lexists(new) and os.path.samestat(held, new.lstat())):
            Path(entry.path).replace(new)


def take_pair(database: Path, about: Path, target: Path, beside: Path) -> None:
    """Let a database and what describes it take their names: an earlier one goes first. Raises `OSError`."""
    target.unlink(missing_ok=True)
    about.replace(beside)
    try:
        database.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def is_left(beside: Path, target: Path) -> bool:
    """True for a description whose database is not there: an export that was killed left it, and it may go."""
    if os.path.lexists(target) or not beside.is_file() or beside.is_symlink():
        return False
    try:
        return [*json.loads(beside.read_bytes())["databases"]] == [target.stem]
    except (ValueError, KeyError, TypeError):
        return False
