"""Uploads and downloads of attachments for devices: who may, in which order, and what is safe to repeat.

The file work runs on other threads, the decision and the row in the writer's transaction, and the file is put in place
after the commit. Every step can be asked for again: an upload whose bytes are all held is finished by whatever is asked
of it next.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import chain
from typing import Any, Final, TypeVar

from backend.errors import BackendError, CertificateExpired, UploadUnknown, refused
from backend.municipality.attachments import Attachments
from backend.municipality.service import Municipality
from backend.municipality.upload import Upload, upload_at
from backend.stores.blobs import Blob, checked
from crypto.errors import CryptoError
from sync import uploading
from sync.acting import Denial
from sync.enrolling import is_over
from sync.errors import DeviceRevoked
from sync.uploading import Bringer, Stream, against_bringing

T = TypeVar("T")
SWEPT: Final = "desk-files-swept"
THREADS: Final = 16  # of their own: a bucket that answers slowly holds up nothing else


@cache
def _threads(_process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, "attachments")  # a forked process has none of its parent's


async def _apart(work: Callable[..., T], *args: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads(os.getpid()), partial(work, *args))


def _ended_ms(town: Municipality, device: bytes) -> int | None:
    """The time of a device's end: it was revoked, or its certificate is over; nothing while it has not ended."""
    revocation, certificate = town.book.revocations.get(device), town.book.certificates.get(device)
    if revocation is not None:
        return revocation.at_ms
    over = certificate is not None and is_over(certificate, town.clock.now_ms())
    return certificate.until_ms if certificate is not None and over else None


def _bringer(town: Municipality, device: bytes, record: bytes) -> Bringer:
    """The device that brings something for a record, and what is held of both."""
    book, ended = town.book, _ended_ms(town, device) is not None
    return Bringer(
        ended=("device-revoked" if book.revoked(device) else "certificate-expired") if ended else "",
        last_good=book.last_good(device),
        first=town.journal.first_counting(record, device) if ended else None,
        erased=book.erased(record),
        known=ended or town.journal.record(record) is not None,
        writes=not ended and town.access.may_write(device, record),  # also where it was withdrawn from them since
    )


def _error(town: Municipality, device: bytes, denial: Denial) -> BackendError | CryptoError | DeviceRevoked:
    if denial.code == DeviceRevoked.code:
        return DeviceRevoked(town.book.revocations_of(device))
    return refused(denial)


def _upload_at(town: Municipality, device: bytes, address: str) -> Upload:
    try:
        upload = upload_at(address, device)
    except UploadUnknown:
        if town.book.revoked(device):
            raise DeviceRevoked(town.book.revocations_of(device)) from None
        if _ended_ms(town, device) is not None:
            raise CertificateExpired from None
        raise
    against = against_bringing(_bringer(town, device, upload.record), upload.record)
    if against is not None:
        raise _error(town, device, against)
    return upload


def begun(town: Municipality, upload: Upload) -> int:
    """Decide and begin an upload, or go on with it; inside a transaction. Returns how many bytes are held."""
    bringer = _bringer(town, upload.device, upload.record)
    there = town.attachments.there(upload, _ended_ms(town, upload.device))
    decided = uploading.begin(_stream(upload), bringer, there)
    if isinstance(decided, Denial):
        raise _error(town, upload.device, decided)
    return town.attachments.begin(upload, decided)


def finished(town: Municipality, upload: Upload) -> None:
    """Decide whether a checked upload is registered, and register it; inside a transaction."""
    bringer = _bringer(town, upload.device, upload.record)
    against = uploading.finish(_stream(upload), bringer, town.attachments.there(upload))
    if against is not None:
        raise _error(town, upload.device, against)
    town.attachments.finish(upload, town.clock.now_ms())


def _stream(upload: Upload) -> Stream:
    return Stream(upload.record, upload.name, upload.length)


async def begin(town: Municipality, upload: Upload) -> int:
    """Begin an upload or go on with it; returns how many bytes are held."""
    return await _completed(town, upload, await town.submit(lambda: begun(town, upload)))


async def held(town: Municipality, device: bytes, address: str) -> tuple[Upload, int]:
    """An upload of a device and how many of its bytes are held."""
    upload = _upload_at(town, device, address)
    return upload, await _completed(town, upload, await _apart(town.attachments.held, upload))


async def append(town: Municipality, device: bytes, address: str, offset: int, piece: bytes) -> int:
    """Add a piece, or find it there; returns how many bytes are held. With the last one the upload is finished."""
    upload = _upload_at(town, device, address)
    return await _completed(town, upload, await _apart(town.attachments.append, upload, offset, piece))


async def end(town: Municipality, device: bytes, address: str) -> None:
    """Throw an upload away that is not finished."""
    await _apart(town.attachments.end, upload_at(address, device))


async def opened(town: Municipality, device: bytes, name: str) -> Blob:
    """The sealed stream of an attachment that a device may read, checked against its name as it is taken.

    Raises `AttachmentUnknown`, and `AttachmentDamaged` at once where a stream of one piece is not what was brought.
    """

    def may_read(asker: bytes, record: bytes) -> bool:
        return not town.book.erased(record) and town.access.may_read(asker, record)

    town.attachments.may_have(name, device, may_read)
    return await _apart(_first_taken, town.attachments, name)


def _first_taken(attachments: Attachments, name: str) -> Blob:
    blob = attachments.open(name)
    pieces = checked(name, blob.pieces)
    return Blob(blob.size, chain((next(pieces),), pieces))


async def note_swept(town: Municipality, until_ms: int) -> None:
    """Note until when what desk devices brought was looked at (`desk/unnamed.py`)."""
    await town.submit(lambda: town.journal.set_meta(SWEPT, str(until_ms).encode()))


async def _completed(town: Municipality, upload: Upload, held: int) -> int:
    """Finish an upload whose bytes are all held: check, register, put in place. Safe at once and again."""
    if held == upload.length and not town.attachments.is_finished(upload):
        await _apart(town.attachments.check, upload)
        await town.submit(lambda: finished(town, upload))
        await _apart(town.attachments.place, upload)
    return held
