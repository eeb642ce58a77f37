"""Sealed attachments: photos and sounds in segments, named by the hash of what is sealed (SPEC.md section 8).

The nonce of a segment is its index and whether it is the last, so that segments cannot be left out, swapped or
cut off. The key lies in the entry's body and seals one attachment only.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from crypto import primitives
from crypto.errors import AttachmentDoesNotOpen, AttachmentTooLarge

SEGMENT_BYTES: Final = 64 * 1024  # what a phone holds in memory at a time
TAG_BYTES: Final = 16
SEALED_SEGMENT_BYTES: Final = SEGMENT_BYTES + TAG_BYTES
ATTACHMENT_BYTES_MAX: Final = 25 * 1024 * 1024  # a photo of 1600 px is 0.5 MB; ten minutes of speech 5 MB


def new_attachment_key() -> bytes:
    """A fresh key for one attachment."""
    return primitives.random_bytes(primitives.KEY_BYTES)


def _nonce(index: int, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


def _segments(chunks: Iterable[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """The same bytes in pieces of `size`, each with its index and whether it is the last; at least one piece."""
    waiting = b""
    index = 0
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > size:
            yield index, waiting[:size], False
            waiting, index = waiting[size:], index + 1
    yield index, waiting, True


def seal_attachment(key: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Sealed segments of a stream of bytes."""
    aead = primitives.Aead(key)
    total = 0
    for index, segment, last in _segments(chunks, SEGMENT_BYTES):
        total += len(segment)
        if total > ATTACHMENT_BYTES_MAX:
            raise AttachmentTooLarge(size=total, limit=ATTACHMENT_BYTES_MAX)
        yield aead.seal(_nonce(index, last), segment, b"veldpost/1/attachment")


def open_attachment(key: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a sealed stream. Nothing may be used before the last piece came out without an error."""
    aead = primitives.Aead(key)
    for index, segment, last in _segments(chunks, SEALED_SEGMENT_BYTES):
        try:
            yield aead.open(_nonce(index, last), segment, b"veldpost/1/attachment")
        except primitives.OpenFailed:
            raise AttachmentDoesNotOpen(segment=index) from None


def attachment_name(sealed: bytes) -> bytes:
    """The name of an attachment: the hash of what is sealed, so that anyone can check it and nobody can read it."""
    return primitives.sha256(sealed)
