"""Exports under way: an erasure ends each of them before it is finished (sync/SPEC.md section 12).

The command line writes an export in a folder beside its target, in a process of its own, and asks before the files take
their names. What is noted here, on the disk, is that folder and how many records were erased when the export began: one
that was overtaken by an erasure gets no rows any more and no leave, and its folder is removed, also after a kill of
either process. A folder that the server cannot see is removed by the command line alone.

Whoever writes in such a folder holds it. One that nobody holds is left of a command that was killed, and holds answers
in clear: the next export, of the same municipality or beside the same target, removes it.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from backend.errors import BackendError
from backend.files import private_folder, write_atomically
from backend.sentences import Words, words
from crypto.primitives import sha256

FOLDER: Final = "exports"
WORK: Final = ".veldpost-"  # how the folders of exports begin: no other one is ever removed
_NAMED: Final = re.compile(re.escape(WORK) + r"[0-9a-f]{16}")
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class ExportOvertaken(BackendError):
    """An export shows what is there; nothing of a record that was erased meanwhile may come into a file."""

    code: ClassVar[str] = "export-overtaken"


class Begun(msgspec.Struct, frozen=True):
    """An export as it began; `seen` tells whether the server could look into its folder."""

    work: str
    form: str
    staff: str
    life: bytes
    erased: int
    seen: bool


class Exports:
    """The exports under way of one municipality's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def begin(self, work: Path, form: str, staff: str, life: bytes, erased: int) -> None:
        """Note an export before its first row leaves, and forget those whose folder went."""
        for note, begun in list(self._noted()):
            if begun is not None and begun.seen and Path(begun.work).name.startswith(WORK):
                remove_abandoned(Path(begun.work))
            if begun is None or (begun.seen and not _is_there(Path(begun.work))):
                note.unlink(missing_ok=True)
        begun = Begun(str(work), form, staff, life, erased, _is_there(work))
        write_atomically(self._note(work), msgspec.msgpack.encode(begun))

    def allow(self, work: Path, life: bytes, erased: int) -> None:
        """Let the files of an export take their names, unless an erasure came in between."""
        note = self._note(work)
        begun = _read(note)
        if begun is None or (begun.life, begun.erased) != (life, erased):
            raise ExportOvertaken
        if not begun.seen:
            note.unlink(missing_ok=True)

    def overtake(self) -> list[tuple[str, Words]]:
        """End every export and remove what it wrote; returns (form, reason) of those whose folder is still there."""
        left = []
        for note, begun in list(self._noted()):
            work = Path(begun.work) if begun is not None else None
            if work is not None and work.name.startswith(WORK) and not work.is_symlink():
                shutil.rmtree(work, ignore_errors=True)
            if begun is not None and work is not None and _is_there(work):
                left.append((begun.form, words("left-work", path=str(work), staff=begun.staff)))
            else:
                note.unlink(missing_ok=True)
        return left

    def _note(self, work: Path) -> Path:
        return private_folder(self._folder) / sha256(str(work).encode()).hex()[:32]

    def _noted(self) -> Iterator[tuple[Path, Begun | None]]:
        for note in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            yield note, _read(note)


@contextmanager
def holding(work: Path) -> Iterator[None]:
    """Make the folder of an export, which only its owner reads, and hold it until its end; then it is gone."""
    handle = _made(work)
    try:
        yield
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(handle)


def _made(work: Path) -> int:
    """Make a folder and hold it. One that was swept away between the two, as nobody's, is made again."""
    while True:
        work.mkdir(mode=0o700)
        with suppress(FileNotFoundError):
            handle = os.open(work, _FOLDER)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if work.exists():
                return handle
            os.close(handle)


def sweep(beside: Path) -> None:
    """Remove what commands that were killed left in a folder of targets: never what somebody writes in, or others'."""
    for path in beside.glob(f"{WORK}*"):
        if _NAMED.fullmatch(path.name):
            remove_abandoned(path)


def remove_abandoned(work: Path) -> None:
    """Remove the folder of an export that nobody holds; one that is another's stays."""
    with suppress(OSError):
        handle = os.open(work, _FOLDER)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(handle).st_uid == os.geteuid():
                shutil.rmtree(work, ignore_errors=True)
        finally:
            os.close(handle)


def _read(note: Path) -> Begun | None:
    try:
        return msgspec.msgpack.decode(note.read_bytes(), type=Begun)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _is_there(work: Path) -> bool:
    try:
        return work.is_dir()
    except OSError:
        return True
