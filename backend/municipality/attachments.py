"""Sealed attachments of one municipality: taken in piece by piece, named by the hash of what is sealed.

The server never opens one. What was acknowledged of an upload is on disk, so a broken connection or a restart goes on
where it stopped (tus 1.0). An attachment may come after the entry that names it, never before its record is known.
"""

import os
import shutil
from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path
from typing import Final

import msgspec

from backend.errors import BackendError, NoAccess, RecordUnknown
from backend.files import private_folder, sync_folder, write_atomically
from backend.stores.journal import Journal
from crypto.attachments import ATTACHMENT_BYTES_MAX, SEALED_SEGMENT_BYTES, SEGMENT_BYTES
from crypto.primitives import random_bytes

SEALED_BYTES_MAX: Final = (ATTACHMENT_BYTES_MAX // SEGMENT_BYTES + 1) * SEALED_SEGMENT_BYTES
UPLOAD_MS_MAX: Final = 7 * 24 * 3_600_000  # a week in a valley without a connection; then it starts again
UPLOADS_MAX: Final = 32  # open uploads of one device: a day of photos at once
ATTACHMENTS_FOLDER: Final = "attachments"


class AttachmentHash(BackendError):
    """An attachment is named by the hash of its sealed bytes; one that is not what its name says is thrown away."""

    code = "attachment-hash"
    message = "The {size} bytes received do not hash to the name of the attachment."
    remedy = "The app seals the attachment again and uploads it from the beginning."


class UploadUnknown(BackendError):
    """An upload belongs to the device that began it, for a week."""

    code = "upload-unknown"
    message = "There is no such upload of this device."
    remedy = "The app begins the upload anew; nothing is lost on the device."


class UploadOffset(BackendError):
    """The next piece begins where the last one that was acknowledged ended."""

    code = "upload-offset"
    message = "The piece begins at byte {given}; the server holds {held} bytes."
    remedy = "The app asks for the offset (HEAD) and goes on from there by itself."


class AttachmentTooLong(BackendError):
    """Limits that keep one device from filling the disk."""

    code = "attachment-too-long"
    message = "The {what} is {size}; the limit is {limit}."
    remedy = "Make the photo smaller or the recording shorter, or finish the uploads that are under way."


class AttachmentUnknown(BackendError):
    """There is none of that name that this device may read."""

    code = "attachment-unknown"
    message = "This device has no attachment of that name."
    remedy = "It may not have arrived yet; the app asks again after the next exchange."


class Upload(msgspec.Struct, frozen=True):
    """An upload that was begun."""

    id: str
    device: bytes
    record: bytes
    name: bytes
    length: int
    created_ms: int


class Attachments:
    """The attachments of one municipality's folder. Registering takes a place in the journal's transaction."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._folder = folder / ATTACHMENTS_FOLDER
        self._uploads = self._folder / "uploads"
        self._journal = journal

    def begin(self, upload: Upload, may_write: Callable[[bytes, bytes], bool]) -> Upload:
        """Begin an upload of sealed bytes for a record that the device may write."""
        if self._journal.record(upload.record) is None:
            raise RecordUnknown(record=upload.record.hex())
        if not may_write(upload.device, upload.record):
            raise NoAccess
        if not 0 < upload.length <= SEALED_BYTES_MAX:
            raise AttachmentTooLong(what="attachment", size=upload.length, limit=SEALED_BYTES_MAX)
        self._sweep(upload.created_ms)
        begun = [one for one in self._all() if one.device == upload.device]
        if len(begun) >= UPLOADS_MAX:
            raise AttachmentTooLong(what="number of open uploads", size=len(begun), limit=UPLOADS_MAX)
        made = msgspec.structs.replace(upload, id=random_bytes(16).hex())
        private_folder(self._uploads)
        self._part(made.id).touch(mode=0o600)
        write_atomically(self._uploads / f"{made.id}.about", msgspec.msgpack.encode(made))
        return made

    def find(self, id_: str, device: bytes) -> tuple[Upload, int]:
        """An upload of this device and how many of its bytes are on disk."""
        about = self._uploads / f"{id_}.about"
        if len(id_) != 32 or not set(id_) <= set("0123456789abcdef") or not about.is_file():
            raise UploadUnknown
        upload = msgspec.msgpack.decode(about.read_bytes(), type=Upload)
        if upload.device != device or not self._part(id_).is_file():
            raise UploadUnknown
        return upload, self._part(id_).stat().st_size

    def append(self, id_: str, device: bytes, offset: int, piece: bytes) -> tuple[Upload, int]:
        """Add a piece; it is on disk when this returns the new offset. The last piece is followed by `finish`."""
        upload, held = self.find(id_, device)
        if offset != held:
            raise UploadOffset(given=offset, held=held)
        if held + len(piece) > upload.length:
            raise AttachmentTooLong(what="upload", size=held + len(piece), limit=upload.length)
        with self._part(id_).open("ab") as part:
            part.write(piece)
            part.flush()
            os.fsync(part.fileno())
        return upload, held + len(piece)

    def check(self, upload: Upload) -> None:
        """Whether a whole upload is what its name says; a lie is thrown away."""
        with self._part(upload.id).open("rb") as part:
            honest = file_digest(part, "sha256").digest() == upload.name
        if not honest:
            self.end(upload.id, upload.device)
            raise AttachmentHash(size=upload.length)

    def finish(self, upload: Upload, now_ms: int) -> None:
        """Put a checked upload in its place and register it; inside the journal's transaction. Safe to repeat."""
        target = self._folder / upload.name.hex()
        self._part(upload.id).replace(target)
        sync_folder(self._folder)
        self._journal.keep_attachment(upload.name, upload.record, upload.device, upload.length, now_ms)
        (self._uploads / f"{upload.id}.about").unlink(missing_ok=True)

    def end(self, id_: str, device: bytes) -> None:
        """Throw an upload away."""
        self.find(id_, device)
        self._part(id_).unlink(missing_ok=True)
        (self._uploads / f"{id_}.about").unlink(missing_ok=True)

    def read(self, name: str, device: bytes, may_read: Callable[[bytes, bytes], bool]) -> Path:
        """The file of an attachment, for a device that may read its record; refused alike if there is none."""
        try:
            raw = bytes.fromhex(name)
        except ValueError:
            raise AttachmentUnknown from None
        record = self._journal.attachment_record(raw) if len(raw) == 32 else None
        path = self._folder / raw.hex()
        if record is None or not may_read(device, record) or not path.is_file():
            raise AttachmentUnknown
        return path

    def remove_of(self, record: bytes) -> int:
        """Erase: the sealed files of a record and what is under way for it; returns how many files went."""
        names = self._journal.attachments_of(record)
        for name in names:
            (self._folder / name.hex()).unlink(missing_ok=True)
        for upload in self._all():
            if upload.record == record:
                self.end(upload.id, upload.device)
        if self._folder.is_dir():
            sync_folder(self._folder)
        return len(names)

    def free_bytes(self) -> int:
        """What is left on the disk."""
        return shutil.disk_usage(self._folder.parent).free

    def _part(self, id_: str) -> Path:
        return self._uploads / f"{id_}.part"

    def _all(self) -> list[Upload]:
        files = self._uploads.glob("*.about") if self._uploads.is_dir() else ()
        return [msgspec.msgpack.decode(path.read_bytes(), type=Upload) for path in files]

    def _sweep(self, now_ms: int) -> None:
        for upload in self._all():
            if upload.created_ms + UPLOAD_MS_MAX < now_ms:
                self._part(upload.id).unlink(missing_ok=True)
                (self._uploads / f"{upload.id}.about").unlink(missing_ok=True)
