"""Sealed attachments of one municipality: files that come in pieces, named by the hash of the sealed stream.

The server never opens one. What was acknowledged of an upload is on disk, so a broken connection or a restart goes on
where it stopped. An attachment exists once its row is committed; its bytes are put where they stay (`Blobs`) after that
commit, and again at the next start if the server was stopped in between, so that nothing a neighbour does in the same
commit, and no power cut, can lose a file or show one that was not committed (sync/SPEC.md 11). Since the row is first,
rows name all that an erasure has to remove.

Two kinds of lock: one of an upload's files here, held for moments, which the writer may take; one of a name's way to
where it stays, held while that takes a network, which the writer never takes.
"""

import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from backend.errors import BackendError, UploadOffset, UploadUnknown, refused
from backend.files import private_folder, write_atomically
from backend.municipality.upload import Upload, check_start, chunks, read_about, room, write_piece
from backend.stores import open_blobs
from backend.stores.blobs import AttachmentDamaged, Blob, Blobs, checked
from backend.stores.ledger import Journal
from backend.stores.places import ATTACHMENTS_FOLDER
from backend.stores.rows import AttachmentRow
from crypto.attachments import NAMED_BYTES, attachment_name, record_of_stream
from crypto.errors import AttachmentForeign, AttachmentHash, AttachmentVersion
from sync.acting import Denial
from sync.uploading import OPEN_MS_MAX, Begun, Registered, There, add

PIECE_BYTES_MAX: Final = 4 * 1024 * 1024  # a piece is whole in memory before its signature can be checked
_STRIPES: Final = 64  # locks: more than uploads that ever run at once on one server
_NAME: Final = re.compile(r"[0-9a-f]{64}")
Asks = Callable[[bytes], bool]  # something about a record


class AttachmentUnknown(BackendError):
    """There is none of that name that this device may read."""

    code = "attachment-unknown"


class Attachments:
    """The attachments of one municipality's folder.

    `begin` and `finish` run in the journal's transaction and may run twice; all else is safe on any thread. An upload
    goes from open to in place and never back: whoever asks for both asks first whether it is open.
    """

    def __init__(self, folder: Path, journal: Journal, blobs: Blobs | None = None) -> None:
        self._folder = folder / ATTACHMENTS_FOLDER
        self._uploads = self._folder / "uploads"
        self.blobs = blobs or open_blobs(folder)
        self._rows = journal.attachments
        self._locks = [Lock() for _ in range(_STRIPES)]
        self._roads = [Lock() for _ in range(_STRIPES)]

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
        with self._locked(upload), room():
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
            if added == "continues":
                try:
                    check_start(self._part(upload), upload, offset, piece)
                except (AttachmentVersion, AttachmentForeign):
                    self._discard(upload.id)
                    raise
                write_piece(self._part(upload), offset, piece)
                return held + len(piece)
            there = self._bytes_here(upload, offset, len(piece))
        if (self._bytes_there(upload, offset, len(piece)) if there is None else there) != piece:
            raise UploadOffset(given=offset, held=held)
        return held

    def check(self, upload: Upload) -> None:
        """Refuse a whole upload that is not what its name says; a lie is thrown away."""
        with self._locked(upload):
            if self.is_finished(upload):
                return
            if not self._is_open(upload):
                raise UploadUnknown
            if attachment_name(chunks(self._part(upload))) != upload.name:
                self._discard(upload.id)
                raise AttachmentHash(size=upload.length)

    def finish(self, upload: Upload, now_ms: int) -> None:
        """Register a checked upload, inside the journal's transaction; its bytes are put in place after it."""
        self._rows.keep(AttachmentRow(upload.name, upload.record, upload.device, upload.length), now_ms)

    def place(self, upload: Upload) -> None:
        """Put the bytes of a committed row where they stay. Safe to repeat, and after an erasure it does nothing."""
        name, part = upload.name.hex(), self._part(upload)
        with self._road_of(upload.name):
            if part.is_file() and not self.blobs.holds(name):
                self.blobs.send(name, part)
            with self._locked(upload):
                if part.is_file() and not self.blobs.holds(name):  # not where it was erased while it was sent
                    self.blobs.settle(name, part)
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
        self._remove(upload.name)

    def _brought_since(self, upload: Upload, since_ms: int) -> int:
        """The bytes that its device has brought since a time, or is bringing, with this upload."""
        others = (one.length for one in self._open_uploads(upload.device) if one.id != upload.id)
        return self._rows.brought_since(upload.device, since_ms) + sum(others) + upload.length

    # --- held ---

    def may_have(self, name: str, device: bytes, may_read: Callable[[bytes, bytes], bool]) -> None:
        """Refuse an attachment to a device that may not read its record, and one that is not there alike."""
        row = self._rows.find(bytes.fromhex(name)) if _NAME.fullmatch(name) else None
        if row is None or not may_read(device, row.record) or not self.is_in_place(row.name):
            raise AttachmentUnknown

    def open(self, name: str) -> Blob:
        """Open the sealed stream of an attachment. Raises `AttachmentUnknown` where it is not."""
        try:
            return self.blobs.open(name)
        except FileNotFoundError:
            raise AttachmentUnknown from None

    def finished(self) -> list[str]:
        """The names of the finished attachments that are in place: what a backup copies."""
        return [name.hex() for name in self._rows.names() if self.is_in_place(name)]

    def is_in_place(self, name: bytes) -> bool:
        """True if an attachment is where downloads find it."""
        return self.blobs.holds(name.hex())

    def unsound(self, name: bytes) -> str:
        """The code of what is wrong with a registered attachment; empty if its bytes are there, or on their way."""
        try:
            for _ in checked(name.hex(), self.blobs.open(name.hex()).pieces):
                pass
        except FileNotFoundError:
            is_coming = any(upload.name == name for upload in self._open_uploads())
            return "" if is_coming or self._rows.find(name) is None else "attachment-is-missing"
        except AttachmentDamaged:
            return "attachment-is-damaged"
        return ""

    # --- erasing and starting ---

    def clear(self, records: Collection[bytes]) -> None:
        """Remove what is under way for erased records, and their sealed streams where that takes a network.

        On a thread, before the transaction of `remove_of`. Raises what a bucket does; safe to repeat.
        """
        for record in records:
            self._end_all_of(record)
            for name in self._rows.of_record(record) if self.blobs.far else ():
                if not self.blobs.drop(name.hex()):
                    self._remove(name)

    def remove_of(self, record: bytes) -> int:
        """Remove what is under way for a record, its sealed files and its rows; returns how many files went.

        In a transaction after the one that took the erasure in; repeated until it is finished. Rows whose streams are
        in a bucket stay until `clear` has removed those.
        """
        self._end_all_of(record)
        names = self._rows.of_record(record)
        left = [name for name in names if not self.blobs.drop(name.hex())]
        if left:
            return 0
        self._rows.forget(record)
        return len(names)

    def _end_all_of(self, record: bytes) -> None:
        for upload in self._open_uploads():
            if upload.record == record:
                with self._locked(upload):
                    self._discard(upload.id)

    def _remove(self, name: bytes) -> None:
        with self._road_of(name):
            self.blobs.remove(name.hex())

    def recover(self, is_erased: Asks, is_known: Asks, now_ms: int) -> None:
        """At the start, in a transaction: files of committed rows go in place, the rest of what was cut off is swept.

        A file in place without a row was finished after the journal that is read now, which a restore brought back: its
        head names its record, so it is registered again; that of an erased record goes.
        """
        for path in self._uploads.glob("*") if self._uploads.is_dir() else ():
            if path.suffix != ".about" and not path.with_suffix(".about").is_file():
                path.unlink()
        for path in self._uploads.glob("*.about") if self._uploads.is_dir() else ():
            upload = read_about(path)
            if upload is None or path.stem != upload.id or not self._is_open(upload) or is_erased(upload.record):
                self._discard(path.stem)
            elif self._is_due(upload) and not self.blobs.far:
                self.place(upload)
        if not self.blobs.far:
            self.adopt(self.strays(is_erased), is_known, now_ms)

    def _is_due(self, upload: Upload) -> bool:
        """True if an upload is registered and whole: what is left to do is to put it in place."""
        return self._rows.find(upload.name) is not None and attachment_name(chunks(self._part(upload))) == upload.name

    def deliver(self) -> None:
        """Put in place what is registered and not in the bucket yet; on a thread. Raises what a bucket does."""
        for upload in self._open_uploads():
            if self._is_open(upload) and self._is_due(upload):
                self.place(upload)

    def strays(self, is_erased: Asks) -> list[AttachmentRow]:
        """List the bucket, on a thread: what has a row is held from now on; returns what has none, to be adopted.

        That of an erased record goes. Raises what a bucket does.
        """
        found = []
        for name in self.blobs.names():
            row = self._rows.find(bytes.fromhex(name))
            if row is None:
                found += self._stray(name, is_erased)
            elif not self.blobs.holds(name) and not is_erased(row.record):
                with self._road_of(row.name):
                    self.blobs.settle(name, self._folder / name)
        return found

    def adopt(self, strays: Iterable[AttachmentRow], is_known: Asks, now_ms: int) -> None:
        """Register what was found without a row, where its record is known; in a transaction."""
        for row in strays:
            if is_known(row.record):
                self._rows.keep(row, now_ms)
                if not self.is_in_place(row.name):
                    self.blobs.settle(row.name.hex(), self._folder / row.name.hex())

    def _stray(self, name: str, is_erased: Asks) -> list[AttachmentRow]:
        """The row that something without one would have; none where its bytes are not those of its name."""
        blob = self.blobs.open(name)
        try:
            record = record_of_stream(next(blob.pieces, b"")[:NAMED_BYTES])
        except AttachmentVersion:
            self._remove(bytes.fromhex(name))
            return []
        if is_erased(record):
            self._remove(bytes.fromhex(name))
            return []
        is_whole = attachment_name(self.blobs.open(name).pieces).hex() == name
        return [AttachmentRow(bytes.fromhex(name), record, bytes(16), blob.size)] * is_whole

    # --- files ---

    @contextmanager
    def _locked(self, upload: Upload) -> Iterator[None]:
        with self._locks[int(upload.id[-8:], 16) % _STRIPES]:
            yield

    def _road_of(self, name: bytes) -> Lock:
        return self._roads[name[-1] % _STRIPES]

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

    def _bytes_here(self, upload: Upload, offset: int, size: int) -> bytes | None:
        """The bytes of an upload that is under way; None where it is not."""
        try:
            with self._part(upload).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except FileNotFoundError:
            return None

    def _bytes_there(self, upload: Upload, offset: int, size: int) -> bytes:
        """The bytes of a finished upload."""
        if not size:
            return b""
        try:
            pieces, found = self.blobs.open(upload.name.hex(), offset).pieces, b""
        except FileNotFoundError:
            raise UploadUnknown from None
        while len(found) < size and (piece := next(pieces, b"")):
            found += piece
        return found[:size]

    def _discard(self, id_: str) -> None:
        (self._uploads / f"{id_}.part").unlink(missing_ok=True)
        (self._uploads / f"{id_}.about").unlink(missing_ok=True)

    def _open_uploads(self, device: bytes | None = None) -> list[Upload]:
        whose = "*.about" if device is None else f"{device.hex()}-*.about"
        paths = self._uploads.glob(whose) if self._uploads.is_dir() else ()
        return [upload for path in paths if (upload := read_about(path)) is not None]

    def _sweep(self, device: bytes, now_ms: int) -> None:
        for upload in self._open_uploads(device):
            if upload.created_ms + OPEN_MS_MAX < now_ms:
                with self._locked(upload):
                    self._discard(upload.id)
