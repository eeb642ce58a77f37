"""Uploads and downloads of attachments for devices: who may, in which order, and what is safe to repeat.

The file work runs on other threads, the decision and the row in the writer's transaction, and the file is put in place
after the commit. Every step can be asked for again: an upload whose bytes are all held is finished by whatever is asked
of it next.
"""

import asyncio
from pathlib import Path

from backend.errors import NoAccess, RecordErased, RecordUnknown
from backend.municipality.attachments import Upload, upload_at
from backend.municipality.service import Municipality


def check_may_upload(town: Municipality, device: bytes, record: bytes) -> None:
    """Refuse an upload for a record that is unknown or erased, or that the device does not have now."""
    if town.book.erased(record):
        raise RecordErased(record=record.hex())
    if town.journal.record(record) is None:
        raise RecordUnknown(record=record.hex())
    if not town.may_write(device, record):  # of whom it was withdrawn too: what they wrote goes on counting
        raise NoAccess


async def begin(town: Municipality, upload: Upload) -> int:
    """Begin an upload or go on with it; returns how many bytes are held."""

    def work() -> int:
        check_may_upload(town, upload.device, upload.record)
        return town.attachments.begin(upload)

    return await _completed(town, upload, await town.submit(work))


async def held(town: Municipality, device: bytes, address: str) -> tuple[Upload, int]:
    """An upload of a device and how many of its bytes are held."""
    upload = upload_at(address, device)
    check_may_upload(town, device, upload.record)
    return upload, await _completed(town, upload, town.attachments.held(upload))


async def append(town: Municipality, device: bytes, address: str, offset: int, piece: bytes) -> int:
    """Add a piece, or find it there; returns how many bytes are held. With the last one the upload is finished."""
    upload = upload_at(address, device)
    check_may_upload(town, device, upload.record)
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
