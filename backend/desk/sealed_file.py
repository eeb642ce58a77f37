"""A file that lies sealed on the disk under a key that is in memory alone: once the key is gone, so is what it holds.

Segments as of an attachment (crypto/SPEC.md section 8): the nonce of each is its place and whether it is the last, so
none can be left out, swapped or cut off. A key seals one file.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, ClassVar, Final

from backend.errors import BackendError
from backend.files import owned
from crypto.primitives import Aead, OpenFailed

SEGMENT: Final = 64 * 1024
TAG: Final = 16
_INFO: Final = b"veldpost/1/export"


class SealedFileBroken(BackendError):
    """A sealed file is not what was written: nothing of it is given out."""

    code: ClassVar[str] = "sealed-file-broken"


def seal_file(plain: Path, sealed: Path, key: bytes) -> int:
    """Seal a file into another one, which takes its name when it is whole; returns the bytes that it held.

    Raises `OSError`.
    """
    under_way, size, aead = sealed.with_name(f"{sealed.name}.part"), 0, Aead(key)
    with plain.open("rb") as read, open(under_way, "wb", opener=owned) as out:
        for place, segment, last in _segments(read, SEGMENT):
            size += len(segment)
            out.write(aead.seal(_nonce(place, last), segment, _INFO))
        out.flush()
        os.fsync(out.fileno())
    under_way.replace(sealed)
    return size


def opened_segments(sealed: Path, key: bytes) -> Iterator[bytes]:
    """The bytes of a sealed file, each segment checked before it is given. Raises `SealedFileBroken`, `OSError`."""
    aead = Aead(key)
    with sealed.open("rb") as read:
        for place, segment, last in _segments(read, SEGMENT + TAG):
            try:
                yield aead.open(_nonce(place, last), segment, _INFO)
            except OpenFailed:
                raise SealedFileBroken from None


def _segments(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """The pieces of a file, each with its place and whether it is the last; at least one."""
    place, piece = 0, file.read(size)
    while following := file.read(size):
        yield place, piece, False
        place, piece = place + 1, following
    yield place, piece, True


def _nonce(place: int, last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([last])
