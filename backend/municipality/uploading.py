"""Uploads and downloads of attachments for devices: who may, in which order, and what is safe to repeat.

The file work runs on other threads, the decision and the row in the writer's transaction, and the file is put in place
after the commit. Every step can be asked for again: an upload whose bytes are all held is finished by whatever is asked
of it next.
"""

import asyncio
from pathlib import Path
from typing import ClassVar, Final

from backend.errors import BackendError, CertificateExpired, NoAccess, RecordErased, RecordUnknown
from backend.municipality.attachments import Upload, UploadUnknown, upload_at
from backend.municipality.service import DRIFT_MS, Municipality
from sync.authority import finishes_upload
from sync.errors import DeviceRevoked

ENDED_BYTES_MAX: Final = 512 * 1024 * 1024  # of photos that one device brings after its end: its thief can sign


class UploadEndedFull(BackendError):
    """What a device may bring after its end is bounded, so that a stolen one fills no disk."""

    code: ClassVar[str] = "upload-ended-full"


def ended_ms(town: Municipality, device: bytes) -> int | None:
    """When a device ended: it was revoked, or its certificate is over; nothing while it has not."""
    revocation, certificate = town.book.revocations.get(device), town.book.certificates.get(device)
    if revocation is not None:
        return revocation.at_ms
    over = certificate is not None and town.clock.now_ms() > certificate.until_ms + DRIFT_MS
    return certificate.until_ms if certificate is not None and over else None


def check_may_upload(town: Municipality, device: bytes, record: bytes) -> None:
    """Refuse an upload for a record that is unknown or erased, or in which nothing that the device writes counts.

    A device that has ended finishes what belongs to its words that count, and is told its end about everything else.
    """
    if ended_ms(town, device) is not None:
        first = town.journal.first_counting(record, device)
        if town.book.erased(record) or not finishes_upload(town.book.last_good(device), first):
            raise _end_of(town, device)
        return
    if town.book.erased(record):
        raise RecordErased(record=record.hex())
    if town.journal.record(record) is None:
        raise RecordUnknown(record=record.hex())
    if not town.may_write(device, record):  # of whom it was withdrawn too: what they wrote goes on counting
        raise NoAccess


def _end_of(town: Municipality, device: bytes) -> DeviceRevoked | CertificateExpired:
    return DeviceRevoked(town.book.revocations_of(device)) if town.book.revoked(device) else CertificateExpired()


def _check_room(town: Municipality, upload: Upload) -> None:
    since_ms = ended_ms(town, upload.device)
    if since_ms is not None and not town.attachments.is_finished(upload):
        brought = town.attachments.brought_since(upload.device, since_ms, upload)
        if brought > ENDED_BYTES_MAX:
            raise UploadEndedFull(bytes=brought, limit=ENDED_BYTES_MAX)


def _upload_at(town: Municipality, device: bytes, address: str) -> Upload:
    try:
        upload = upload_at(address, device)
    except UploadUnknown:
        if ended_ms(town, device) is not None:
            raise _end_of(town, device) from None
        raise
    check_may_upload(town, device, upload.record)
    return upload


async def begin(town: Municipality, upload: Upload) -> int:
    """Begin an upload or go on with it; returns how many bytes are held."""

    def work() -> int:
        check_may_upload(town, upload.device, upload.record)
        _check_room(town, upload)
        return town.attachments.begin(upload)

    return await _completed(town, upload, await town.submit(work))


async def held(town: Municipality, device: bytes, address: str) -> tuple[Upload, int]:
    """An upload of a device and how many of its bytes are held."""
    upload = _upload_at(town, device, address)
    return upload, await _completed(town, upload, town.attachments.held(upload))


async def append(town: Municipality, device: bytes, address: str, offset: int, piece: bytes) -> int:
    """Add a piece, or find it there; returns how many bytes are held. With the last one the upload is finished."""
    upload = _upload_at(town, device, address)
    return await _completed(town, upload, await asyncio.to_thread(town.attachments.append, upload, offset, piece))


async def end(town: Municipality, device: bytes, address: str) -> None:
    """Throw an upload away that is not finished."""
    await asyncio.to_thread(town.attachments.end, upload_at(address, device))


def file_of(town: Municipality, device: bytes, name: str) -> Path:
    """The sealed file of an attachment that a device may read."""

    def may_read(asker: bytes, record: bytes) -> bool:
        return not town.book.erased(record) and town.may_read(asker, record)

    return town.attachments.read(name, device, may_read)


async def _completed(town: Municipality, upload: Upload, held: int) -> int:
    """Finish an upload whose bytes are all held: check, register, put in place. Safe at once and again."""
    if held == upload.length and not town.attachments.is_finished(upload):
        await asyncio.to_thread(town.attachments.check, upload)

        def work() -> None:
            check_may_upload(town, upload.device, upload.record)
            town.attachments.finish(upload, town.clock.now_ms())

        await town.submit(work)
        await asyncio.to_thread(town.attachments.place, upload)
    return held
