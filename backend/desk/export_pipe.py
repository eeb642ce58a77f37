"""The messages between the server and the process that writes an export: rows one way, how it ended the other.

No key of a store crosses the pipe: the process gets rows that were read within a scope, and a key that seals this one
file. Without the mark of the end it throws away what it wrote: its server is no more.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, ClassVar, Final

import msgspec

from backend.errors import BackendError

LENGTH_BYTES: Final = 4
END: Final = b"\0" * LENGTH_BYTES
KINDS: Final = ("xlsx", "csv", "csv-nl", "jsonl", "sqlite", "parquet")
SEALED: Final = "sealed"  # the name of the finished file in the folder of its job


class PipeBroken(BackendError):
    """The server ended before it had given all rows."""

    code: ClassVar[str] = "export-pipe-broken"


class Order(msgspec.Struct, frozen=True):
    """An export to write: its kind and language (empty: codes), the folder for it, its file's name, the sealing key."""

    kind: str
    language: str
    folder: str
    file: str
    key: bytes


class Written(msgspec.Struct, frozen=True):
    """The end of an export: its rows and bytes; `why` says what went wrong, and then there is no file."""

    rows: int = 0
    size: int = 0
    cut: int = 0
    why: str = ""


_encode: Final = msgspec.msgpack.Encoder(enc_hook=dict).encode
order_of: Final = msgspec.msgpack.Decoder(Order).decode
written_of: Final = msgspec.msgpack.Decoder(Written).decode
_row: Final = msgspec.msgpack.Decoder().decode


def framed(message: Any) -> bytes:
    """A message with its length before it."""
    raw = _encode(message)
    return len(raw).to_bytes(LENGTH_BYTES, "big") + raw


def frame(pipe: BinaryIO) -> bytes:
    """The next message; empty at the mark of the end. Raises `PipeBroken` where the pipe ends before it."""
    head = pipe.read(LENGTH_BYTES)
    length = int.from_bytes(head, "big")
    raw = pipe.read(length)
    if len(head) < LENGTH_BYTES or len(raw) < length:
        raise PipeBroken
    return raw


def rows_of(pipe: BinaryIO) -> Iterator[dict[str, Any]]:
    """The rows of an export, until the mark of its end."""
    while raw := frame(pipe):
        yield _row(raw)
