"""Sealed attachments: photos and sounds in segments, named by the hash of the sealed stream (SPEC.md section 8).

A stream opens with a head: version, record, 32 random bytes. The key follows from the record key and that head, so
that whoever may read the record can open its attachments, no entry and no export holds a key of its own, and a record
that is erased takes its attachments with it. The nonce of a segment is its index and whether it is the last: segments
cannot be left out, swapped or cut off.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from crypto import primitives
from crypto.errors import (
    AttachmentDoesNotOpen,
    AttachmentForeign,
    AttachmentHash,
    AttachmentTooLarge,
    AttachmentVersion,
)

VERSION: Final = 1
RECORD_BYTES: Final = 16
NAMED_BYTES: Final = 1 + RECORD_BYTES  # the part of a stream that names its record
RANDOM_BYTES: Final = 32
HEAD_BYTES: Final = NAMED_BYTES + RANDOM_BYTES
SEGMENT_BYTES: Final = 64 * 1024  # how much a phone holds in memory at a time
TAG_BYTES: Final = 16
SEALED_SEGMENT_BYTES: Final = SEGMENT_BYTES + TAG_BYTES
ATTACHMENT_BYTES_MAX: Final = 25 * 1024 * 1024  # a photo of 1600 px is 0.5 MB; ten minutes of speech 5 MB
STREAM_BYTES_MIN: Final = HEAD_BYTES + TAG_BYTES  # of an empty attachment
STREAM_BYTES_MAX: Final = HEAD_BYTES + ATTACHMENT_BYTES_MAX // SEGMENT_BYTES * SEALED_SEGMENT_BYTES
_INFO: Final = b"veldpost/1/attachment"


def seal_attachment(record_key: bytes, record: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Seal the bytes of one attachment of a record: first the head, then each segment."""
    head = bytes([VERSION]) + record + primitives.random_bytes(RANDOM_BYTES)
    yield head
    aead = _aead(record_key, head)
    total = 0
    for index, segment, last in _segments(chunks, SEGMENT_BYTES):
        total += len(segment)
        if total > ATTACHMENT_BYTES_MAX:
            raise AttachmentTooLarge(size=total, limit=ATTACHMENT_BYTES_MAX)
        yield aead.seal(_nonce(index, last), segment, _INFO)


def open_attachment(record_key: bytes, record: bytes, name: bytes, chunks: Iterable[bytes]) -> bytes:
    """Open a sealed stream, whole or not at all.

    The order of the checks is that of section 8.3: size, name, version, record, segments. The bytes are returned
    together, for nothing may be used before the last segment opened.
    """
    stream = bytearray()
    for chunk in chunks:
        stream += chunk
        if len(stream) > STREAM_BYTES_MAX:
            raise AttachmentTooLarge(size=len(stream), limit=STREAM_BYTES_MAX)
    sealed = bytes(stream)
    if attachment_name([sealed]) != name:
        raise AttachmentHash(size=len(sealed))
    if record_of_stream(sealed) != record:
        raise AttachmentForeign(found=record_of_stream(sealed).hex(), record=record.hex())
    head, segments = sealed[:HEAD_BYTES], sealed[HEAD_BYTES:]
    return b"".join(_opened(_aead(record_key, head), segments))


def record_of_stream(start: bytes) -> bytes:
    """The record that a sealed stream names in its first 17 bytes."""
    if len(start) < NAMED_BYTES or start[0] != VERSION:
        raise AttachmentVersion(found=start[0] if start else None, size=len(start))
    return start[1:NAMED_BYTES]


def attachment_name(chunks: Iterable[bytes]) -> bytes:
    """The name of an attachment: SHA-256 of the whole stream, so that anyone can check it and nobody can read it."""
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.digest()


def _aead(record_key: bytes, head: bytes) -> primitives.Aead:
    return primitives.Aead(primitives.hkdf(record_key, _INFO, salt=head))


def _opened(aead: primitives.Aead, sealed: bytes) -> Iterator[bytes]:
    for index, segment, last in _segments([sealed], SEALED_SEGMENT_BYTES):
        try:
            plain = aead.open(_nonce(index, last), segment, _INFO)
        except primitives.OpenFailed:
            raise AttachmentDoesNotOpen(segment=index) from None
        if index and not plain:  # two streams must not mean the same bytes
            raise AttachmentDoesNotOpen(segment=index)
        yield plain


def _nonce(index: int, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


def _segments(chunks: Iterable[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """The same bytes in pieces of `size`, each with its index and whether it is the last; at least one piece."""
    waiting = bytearray()
    index = 0
    for chunk in chunks:
        start = 0
        while len(waiting) + len(chunk) - start > size:
            end = start + size - len(waiting)
            yield index, bytes(waiting) + chunk[start:end], False
            waiting.clear()
            start, index = end, index + 1
        waiting += chunk[start:]
    yield index, bytes(waiting), True
