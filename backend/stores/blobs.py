"""The seam of attachments: where the sealed streams of a municipality are kept once they are whole.

A folder and a bucket of S3 stand behind it. Nothing here knows a record, a device or a key: a blob is bytes, and its
name is the SHA-256 of them in 64 hexadecimal digits, so that whoever reads one can tell whether it is what was written.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from backend.errors import BackendError


class AttachmentDamaged(BackendError):
    """The bytes under a name are not those that were brought."""

    code: ClassVar[str] = "attachment-damaged"


class Blob(NamedTuple):
    """An opened blob: its size in bytes, and what is left of it piece by piece, unchecked."""

    size: int
    pieces: Iterator[bytes]


class Blobs(Protocol):
    """The finished attachments of one municipality.

    `holds`, `settle` and `drop` wait for no network, so that the writer may call them. All else may take seconds, runs
    on a thread, and raises `BucketAway` or another error of a bucket where that cannot be reached or used.
    """

    far: bool  # whether reading and removing wait for a network

    @property
    def fault(self) -> tuple[str, int]:
        """The code of what keeps a bucket from being used, and since when in milliseconds; empty and 0 if nothing."""

    def look(self) -> None:
        """Ask whether the place answers, unless it did lately. Raises what is wrong with it."""

    def holds(self, name: str) -> bool:
        """True if a blob is held, as far as this machine knows."""

    def send(self, name: str, part: Path) -> None:
        """Bring the bytes of a file to where they stay, so that they outlive this process. Safe to repeat."""

    def settle(self, name: str, part: Path, /) -> None:
        """Let a blob that was sent be held; the file may be taken."""

    def open(self, name: str, start: int = 0) -> Blob:
        """Open a blob at a byte. Raises `FileNotFoundError` if there is none."""

    def names(self) -> Iterator[str]:
        """The names of all blobs that are there, known or not, in any order."""

    def remove(self, name: str) -> None:
        """Remove a blob with every version of it. Safe to repeat."""

    def drop(self, name: str) -> bool:
        """Remove a blob where that waits for no network; True if nothing of it is left."""


class Clearable(Blobs, Protocol):
    """Blobs at a place that was named for them alone."""

    def clear(self) -> None:
        """Remove everything at the place, with every version."""


def checked(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces of a whole blob, the last of them only once all have the hash that its name is.

    Raises `AttachmentDamaged` in place of the last piece.
    """
    digest, held = sha256(), b""
    for piece in pieces:
        if held:
            yield held
        digest.update(piece)
        held = piece
    if digest.hexdigest() != name:
        raise AttachmentDamaged(name=name)
    yield held
