"""Sealed attachments of one municipality: files that come in pieces, named by the hash of the sealed stream.

The server never opens one. What was acknowledged of an upload is on disk, so a broken connection or a restart goes on
where it stopped. An attachment exists once its row is committed; its file is put in place after that commit, and again
at the next start if the server was stopped in between, so that nothing a neighbour does in the same commit, and no
power cut, can lose a file or show one that was not committed (sync/SPEC.md 11).
"""

import errno
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from backend.errors import BackendError, StoreFull, UploadOffset, UploadUnknown, refused
from backend.files import private_folder, sync_folder, write_atomically
from backend.stores.ledger import Journal
from backend.stores.rows import AttachmentRow
from crypto.attachments import NAMED_BYTES, VERSION, attachment_name, record_of_stream
from crypto.errors import AttachmentForeign, AttachmentHash, AttachmentVersion
from sync.acting import Denial
from sync.uploading import OPEN_MS_MAX, Begun, Registered, There, add

PIECE_BYTES_MAX: Final = 4 * 1024 * 1024  # a piece is whole in memory before its signature can be checked
ATTACHMENTS_FOLDER: Final = "attachments"
_STRIPES: Final = 64  # locks: more than uploads that ever run at once on one server
_READ_BYTES: Final = 1 << 20
_ADDRESS: Final = re.compile(r"([0-9a-f]{64})([0-9a-f]{32})([0-9a-f]{8})")
_NAME: Final = re.compile(r"[0-9a-f]{64}")
Asks = Callable[[bytes], bool]  # something about a record


class AttachmentUnknown(BackendError):
    """There is none of that name that this device may read."""

    code = "attachment-unknown"


class Upload(msgspec.Struct, frozen=True):
    """An upload is what it brings and who brings it: beginning the same twice is beginning it once."""

    device: bytes
    record: bytes
    name: bytes
    length: int
    created_ms: int = 0

    @property
    def address(self) -> str:
        """The last part of its location."""
        return f"{self.name.hex()}{self.record.hex()}{self.length:08x}"

    @property
    def id(self) -> str:
        """The name of its files while it is under way; another device's upload of the same bytes has its own."""
        named = self.record + self.name + self.length.to_bytes(8, "big")
        return f"{self.device.hex()}-{sha256(named).hexdigest()[:32]}"


def upload_at(address: str, device: bytes) -> Upload:
    """The upload of a device that a location names."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise UploadUnknown
    return Upload(device, bytes.fromhex(parts[2]), bytes.fromhex(parts[1]), int(parts[3], 16))


class Attachments:
    """The attachments of one municipality's folder.

    `begin` and `finish` run in the journal's transaction and may run twice; all else is safe on any thread. An upload
    goes from open to in place and never back: whoever asks for both asks first whether it is open.
    """

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._folder = folder / ATTACHMENTS_FOLDER
        self._uploads = self._folder / "uploads"
        self._rows = journal.attachments
        self._locks = [Lock() for _ in range(_STRIPES)]

    # --- coming in ---

    def there(self, upload: Upload, since_ms: int | None = None) -> There:
        """The state of an upload and its device; what it brought is counted from a time on. Changes nothing."""
        is_open = self._is_open(upload)
        row = self._rows.find(upload.name)
        registered = None if row is None else Registered(row.record, row.size)
        in_place = self.is_in_place(upload.name)
        brought = 0 if since_ms is None else self._brought_since(upload, since_ms)
        if is_open:
            return There(registered, in_place, is_open, brought=brought)
        others = sum(one.created_ms + OPEN_MS_MAX >= upload.created_ms for one in self._open_uploads(upload.device))
        free = shutil.disk_usage(self._folder.parent).free
        return There(registered, in_place, is_open, others, brought, free)

    def begin(self, upload: Upload, begun: Begun) -> int:
        """Begin an upload, or go on with it, as was decided: returns how many bytes are held."""
        if begun == "finished":
            return upload.length
        if begun == "begins":
            self._sweep(upload.device, upload.created_ms)
        with self._locked(upload), _room():
            if self.is_finished(upload):  # its twin put it there while this one waited
                return upload.length
            private_folder(self._uploads)
            self._part(upload).touch(mode=0o600)
            write_atomically(self._about(upload), msgspec.msgpack.encode(upload))
            return self._held(upload) or 0

    def held(self, upload: Upload) -> int:
        """The number of bytes of an upload that are held, all of them when it is finished."""
        held = self._held(upload) if self._is_open(upload) else None
        if self.is_finished(upload):
            return upload.length
        if held is None:
            raise UploadUnknown
        return held

    def append(self, upload: Upload, offset: int, piece: bytes) -> int:
        """Add a piece that is on disk when this returns; a repeated one changes nothing. Returns the bytes held."""
        with self._locked(upload):
            held = self.held(upload)
            added = add(upload.length, held, offset, len(piece))
            if isinstance(added, Denial):
                raise refused(added)
            if added == "repeats":
                if self._holds(upload, offset, piece):
                    return held
                raise UploadOffset(given=offset, held=held)
            try:
                self._check_start(upload, offset, piece)
            except (AttachmentVersion, AttachmentForeign):
                self._discard(upload.id)
                raise
            self._write(upload, offset, piece)
            return held + len(piece)

    def check(self, upload: Upload) -> None:
        """Refuse a whole upload that is not what its name says; a lie is thrown away."""
        with self._locked(upload):
            if self.is_finished(upload):
                return
            if not self._is_open(upload):
                raise UploadUnknown
            if attachment_name(_chunks(self._part(upload))) != upload.name:
                self._discard(upload.id)
                raise AttachmentHash(size=upload.length)

    def finish(self, upload: Upload, now_ms: int) -> None:
        """Register a checked upload, inside the journal's transaction; its file is put in place after the commit."""
        self._rows.keep(AttachmentRow(upload.name, upload.record, upload.device, upload.length), now_ms)

    def place(self, upload: Upload) -> None:
        """Put the file of a committed row in its place. Safe to repeat, and after an erasure it does nothing."""
        with self._locked(upload):
            if self._part(upload).is_file() and not self.is_in_place(upload.name):
                self._part(upload).replace(self._folder / upload.name.hex())
                sync_folder(self._folder)
            self._discard(upload.id)

    def end(self, upload: Upload) -> None:
        """Throw away an upload that is under way."""
        with self._locked(upload):
            if not self._is_open(upload):
                raise UploadUnknown
            self._discard(upload.id)

    def end_old(self, devices: Collection[bytes], until_ms: int) -> None:
        """Throw away what some devices began until a time and did not bring whole."""
        for upload in self._open_uploads():
            if upload.device in devices and upload.created_ms <= until_ms:
                with self._locked(upload):
                    self._discard(upload.id)

    def withdraw(self, upload: Upload) -> None:
        """Forget an upload that no answer names, in a transaction; its files went before, by `end_withdrawn`."""
        self._rows.drop(upload.name)

    def end_withdrawn(self, upload: Upload) -> None:
        """Remove the files of a withdrawn upload. Safe to repeat."""
        with self._locked(upload):
            self._discard(upload.id)
            (self._folder / upload.name.hex()).unlink(missing_ok=True)

    def _brought_since(self, upload: Upload, since_ms: int) -> int:
        """The bytes that its device has brought since a time, or is bringing, with this upload."""
        others = (one.length for one in self._open_uploads(upload.device) if one.id != upload.id)
        return self._rows.brought_since(upload.device, since_ms) + sum(others) + upload.length

    # --- held ---

    def read(self, name: str, device: bytes, may_read: Callable[[bytes, bytes], bool]) -> Path:
        """The file of an attachment, for a device that may read its record; refused alike if there is none."""
        row = self._rows.find(bytes.fromhex(name)) if _NAME.fullmatch(name) else None
        if row is None or not may_read(device, row.record) or not self.is_in_place(row.name):
            raise AttachmentUnknown
        return self._folder / name

    def finished(self) -> list[str]:
        """The names of the finished attachments whose file is in place: what a backup copies."""
        return [name.hex() for name in self._rows.names() if self.is_in_place(name)]

    def missing(self) -> list[str]:
        """The names of registered attachments without a file."""
        return [name.hex() for name in self._rows.names() if not self.is_in_place(name)]

    def is_in_place(self, name: bytes) -> bool:
        """True if the file of an attachment is where downloads find it."""
        return (self._folder / name.hex()).is_file()

    # --- erasing and starting ---

    def remove_of(self, record: bytes) -> int:
        """Remove what is under way for a record, its sealed files and its rows; returns how many files went.

        In a transaction after the one that took the erasure in; repeated until it is finished."""
        for upload in self._open_uploads():
            if upload.record == record:
                with self._locked(upload):
                    self._discard(upload.id)
        names = self._rows.of_record(record)
        for name in names:
            (self._folder / name.hex()).unlink(missing_ok=True)
        self._rows.forget(record)
        if self._folder.is_dir():
            sync_folder(self._folder)
        return len(names)

    def recover(self, is_erased: Asks, is_known: Asks, now_ms: int) -> None:
        """At the start, in a transaction: files of committed rows go in place, the rest of what was cut off is swept.

        A file in place without a row was finished after the journal that is read now, which a restore brought back: its
        head names its record, so it is registered again; that of an erased record goes.
        """
        for path in self._uploads.glob("*") if self._uploads.is_dir() else ():
            if path.suffix != ".about" and not path.with_suffix(".about").is_file():
                path.unlink()
        for path in self._uploads.glob("*.about") if self._uploads.is_dir() else ():
            upload = _read_about(path)
            if upload is None or path.stem != upload.id or not self._is_open(upload) or is_erased(upload.record):
                self._discard(path.stem)
            elif self._rows.find(upload.name) and attachment_name(_chunks(self._part(upload))) == upload.name:
                self.place(upload)
        rows = set(self._rows.names())
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if _NAME.fullmatch(path.name) and bytes.fromhex(path.name) not in rows:
                self._adopt(path, is_erased, is_known, now_ms)

    def _adopt(self, path: Path, is_erased: Asks, is_known: Asks, now_ms: int) -> None:
        name = bytes.fromhex(path.name)
        with path.open("rb") as file:
            start = file.read(NAMED_BYTES)
        try:
            record = record_of_stream(start)
        except AttachmentVersion:
            path.unlink()
            return
        if is_erased(record):
            path.unlink()
        elif is_known(record) and attachment_name(_chunks(path)) == name:
            self._rows.keep(AttachmentRow(name, record, bytes(16), path.stat().st_size), now_ms)

    # --- files ---

    @contextmanager
    def _locked(self, upload: Upload) -> Iterator[None]:
        with self._locks[int(upload.id[-8:], 16) % _STRIPES]:
            yield

    def _part(self, upload: Upload) -> Path:
        return self._uploads / f"{upload.id}.part"

    def _about(self, upload: Upload) -> Path:
        return self._uploads / f"{upload.id}.about"

    def is_finished(self, upload: Upload) -> bool:
        """True if these very bytes are registered for this record and in place, whoever brought them."""
        row, its = self._rows.find(upload.name), (upload.record, upload.length)
        return row is not None and (row.record, row.size) == its and self.is_in_place(upload.name)

    def _is_open(self, upload: Upload) -> bool:
        return self._about(upload).is_file() and self._part(upload).is_file()

    def _held(self, upload: Upload) -> int | None:
        try:
            return self._part(upload).stat().st_size
        except FileNotFoundError:
            return None

    def _holds(self, upload: Upload, offset: int, piece: bytes) -> bool:
        """True if the bytes held at an offset are those of a repeated piece."""
        part, in_place = self._part(upload), self._folder / upload.name.hex()
        with (part if part.is_file() else in_place).open("rb") as file:
            file.seek(offset)
            return file.read(len(piece)) == piece

    def _check_start(self, upload: Upload, offset: int, piece: bytes) -> None:
        """Refuse a stream that does not open with the record that it is uploaded for."""
        if offset >= NAMED_BYTES:
            return
        with self._part(upload).open("rb") as part:
            start = (part.read(offset) + piece)[:NAMED_BYTES]
        expected = bytes([VERSION]) + upload.record
        if start != expected[: len(start)]:
            found = record_of_stream(start.ljust(NAMED_BYTES, b"\x00"))
            raise AttachmentForeign(found=found.hex(), record=upload.record.hex())

    def _write(self, upload: Upload, offset: int, piece: bytes) -> None:
        with _room(), self._part(upload).open("r+b", buffering=0) as part:
            try:
                part.seek(offset)
                rest = memoryview(piece)
                while rest:
                    rest = rest[part.write(rest) :]
                os.fsync(part.fileno())
            except OSError:
                part.truncate(offset)
                raise

    def _discard(self, id_: str) -> None:
        (self._uploads / f"{id_}.part").unlink(missing_ok=True)
        (self._uploads / f"{id_}.about").unlink(missing_ok=True)

    def _open_uploads(self, device: bytes | None = None) -> list[Upload]:
        whose = "*.about" if device is None else f"{device.hex()}-*.about"
        paths = self._uploads.glob(whose) if self._uploads.is_dir() else ()
        return [upload for path in paths if (upload := _read_about(path)) is not None]

    def _sweep(self, device: bytes, now_ms: int) -> None:
        for upload in self._open_uploads(device):
            if upload.created_ms + OPEN_MS_MAX < now_ms:
                with self._locked(upload):
                    self._discard(upload.id)


@contextmanager
def _room() -> Iterator[None]:
    """Name a full disk as one: the device keeps its piece and sends it again."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull(store=ATTACHMENTS_FOLDER) from None
        raise


def _read_about(path: Path) -> Upload | None:
    """Read an upload's metadata; nothing where they went meanwhile or an earlier release wrote them."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Upload)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_READ_BYTES):
            yield chunk
