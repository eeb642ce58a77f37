"""Photos and sounds of a record, opened for a page: checked whole before the first byte goes out."""

from contextlib import closing
from typing import Final

from backend.municipality.attachments import AttachmentUnknown
from backend.municipality.custody import record_key_of
from backend.municipality.service import Municipality
from backend.stores import open_stores
from crypto.attachments import open_attachment

OTHER: Final = "application/octet-stream"
SIGNS: Final = (  # how a file begins, and what it is: a name or a device's word for it is believed by nobody
    (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"\x89PNG\r\n\x1a\n", "image/png"), (8, b"WEBP", "image/webp"),
    (0, b"\x1aE\xdf\xa3", "audio/webm"), (0, b"OggS", "audio/ogg"), (4, b"ftyp", "audio/mp4"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"), (0, b"\xff\xfb", "audio/mpeg"),
)  # fmt: skip


def kind_of(data: bytes) -> str:
    """The kind of a file by how it begins; what is none of the known kinds is never shown, only saved."""
    return next((kind for at, sign, kind in SIGNS if data[at : at + len(sign)] == sign), OTHER)


def opened_file(town: Municipality, record: bytes, name: str) -> bytes:
    """The content of a sealed file of a record. Raises `AttachmentUnknown`, or what `open_attachment` does."""
    with closing(open_stores().read(town.folder)) as stores, stores.moment():
        row = stores.journal.record(record)
        key = None if row is None else record_key_of(town.custody, stores.keys, record, row.key)
    if key is None:
        raise AttachmentUnknown
    return open_attachment(key, record, bytes.fromhex(name), town.attachments.open(name).pieces)
