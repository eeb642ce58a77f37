"""Writing small files so that a power cut leaves the old one or the new one, never half of one."""

import errno
import os
from pathlib import Path
from threading import get_ident
from typing import Final

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
SMALL: Final = 4 * 1024 * 1024  # of a vault or key file


REASONS: Final = {
    errno.ENOSPC: "disk-full", errno.EDQUOT: "disk-full", errno.EACCES: "not-permitted", errno.EPERM: "not-permitted",
    errno.EROFS: "read-only", errno.ENOENT: "no-such-path", errno.ENOTDIR: "not-a-folder", errno.EISDIR: "is-a-folder",
    errno.EEXIST: "is-there-already", errno.EMFILE: "too-many-files", errno.ENFILE: "too-many-files",
    errno.EIO: "disk-fails", errno.ESTALE: "disk-fails", errno.ETIMEDOUT: "disk-fails", errno.ENODEV: "disk-fails",
    errno.EFBIG: "file-too-big", errno.ELOOP: "link-leads-nowhere", errno.ENAMETOOLONG: "name-too-long",
    errno.EBUSY: "in-use", errno.ETXTBSY: "in-use", errno.EAGAIN: "in-use", errno.ENOTEMPTY: "is-there-already",
}  # fmt: skip


def reason(error: OSError) -> str:
    """The code of a phrase why the operating system refused, or we did in its name; otherwise its own words."""
    number, said = error.errno or 0, error.strerror
    return said if said and said != os.strerror(number) else REASONS.get(number) or said or str(error)


def refused(number: int, path: Path) -> OSError:
    """The error of the operating system with this number, about a path: for a call that only returns the number."""
    return OSError(number, os.strerror(number), os.fspath(path))


def private_folder(path: Path) -> Path:
    """A folder that only the server's own user may look into."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return path


def lasting_folder(path: Path) -> Path:
    """A private folder that a power cut does not take away again, nor those above it that were made with it."""
    made = [one for one in (path, *path.parents) if not one.exists()]
    private_folder(path)
    for one in reversed(made):
        sync_folder(one.parent)
    return path


def is_file_of_some_size(path: Path) -> bool:
    """True if a path is an ordinary file with something in it: one that was cut to nothing is as good as lost."""
    return path.is_file() and path.stat().st_size > 0


def read_small(path: Path) -> bytes:
    """Read a small ordinary file whole. Raises `OSError` for a pipe, which never ends, or a file beyond `SMALL`."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "not-an-ordinary-file", str(path))
    with path.open("rb") as file:
        data = file.read(SMALL + 1)
    if len(data) > SMALL:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return data


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside, flush to disk, rename; readable by the server's own user only."""
    private_folder(path.parent)
    beside = path.with_suffix(path.suffix + ".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def write_once(path: Path, data: bytes) -> bytes:
    """Write a small file where there is none, and read it: of several that write at once, one does, and whole."""
    if not path.exists():
        beside = private_folder(path.parent) / f"{path.name}.{os.getpid()}-{get_ident()}.new"
        write_atomically(beside, data)
        try:
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
        sync_folder(path.parent)
    return read_small(path)


def append_line(path: Path, line: str) -> None:
    """Add one line that is on disk when this returns; a line that was torn before stays a line of its own."""
    private_folder(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    with os.fdopen(handle, "a+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        torn = size > 0 and file.read(1) != b"\n"
        file.write(b"\n" * torn + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if not size:
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make a rename or a new file in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def owned(path: str, flags: int) -> int:
    """Open a file that only its owner reads; an `opener` for `open`."""
    return os.open(path, flags, 0o600)
