"""An upload of one sealed stream, and the files that it has while it is under way."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from backend.errors import StoreFull, UploadUnknown
from backend.stores.places import ATTACHMENTS_FOLDER
from crypto.attachments import NAMED_BYTES, VERSION, record_of_stream
from crypto.errors import AttachmentForeign

READ_BYTES: Final = 1 << 20
_ADDRESS: Final = re.compile(r"([0-9a-f]{64})([0-9a-f]{32})([0-9a-f]{8})")


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


@contextmanager
def room() -> Iterator[None]:
    """Name a full disk as one: the device keeps its piece and sends it again."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull(store=ATTACHMENTS_FOLDER) from None
        raise


def read_about(path: Path) -> Upload | None:
    """Read an upload's metadata; nothing where they went meanwhile or an earlier release wrote them."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Upload)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, piece by piece."""
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield chunk


def check_start(part: Path, upload: Upload, offset: int, piece: bytes) -> None:
    """Refuse a stream that does not open with the record that it is uploaded for."""
    if offset >= NAMED_BYTES:
        return
    with part.open("rb") as file:
        start = (file.read(offset) + piece)[:NAMED_BYTES]
    expected = bytes([VERSION]) + upload.record
    if start != expected[: len(start)]:
        found = record_of_stream(start.ljust(NAMED_BYTES, b"\x00"))
        raise AttachmentForeign(found=found.hex(), record=upload.record.hex())


def write_piece(part: Path, offset: int, piece: bytes) -> None:
    """Write a piece at its place; it is on disk when this returns, or nothing of it is."""
    with room(), part.open("r+b", buffering=0) as file:
        try:
            file.seek(offset)
            rest = memoryview(piece)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(offset)
            raise
