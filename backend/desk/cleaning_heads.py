"""The heads of a sound and what says how it is coded, written anew from the few numbers that a player needs."""

from typing import Final

from backend.desk.file_refusals import FileBroken, FileOtherSound

_UNDETERMINED: Final = b"\x55\xc4\0\0"  # the language `und`: a phone's own hints at where its owner is from
_AS_IT_IS: Final = b"".join(one.to_bytes(4) for one in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
_ALAC_BYTES: Final = 28
_STREAM, _DECODER, _CONFIG = 3, 4, 5
_CONFIG_MAX: Final = 8  # with a second rate and all that AAC says of itself


def movie_head(body: bytes) -> bytes:
    """The `mvhd` of a sound: its scale and its length."""
    sized = _scale_and_length(body)
    return _version(body) + bytes(3) + sized + b"\0\1\0\0\1\0" + bytes(10) + _AS_IT_IS + bytes(24) + b"\0\0\0\2"


def track_head(body: bytes) -> bytes:
    """The `tkhd` of its one track: its length."""
    wide = body[:1] == b"\1"
    at, size = (28, 8) if wide else (20, 4)
    length = _exactly(body, at, size)
    times = bytes(16 if wide else 8)
    return (_version(body) + b"\0\0\7" + times + b"\0\0\0\1" + bytes(4) + length + bytes(12) + b"\1\0\0\0"
            + _AS_IT_IS + bytes(8))  # fmt: skip


def media_head(body: bytes) -> bytes:
    """The `mdhd` of its one track: its scale and its length, in no language."""
    return _version(body) + bytes(3) + _scale_and_length(body) + _UNDETERMINED


def coding(kind: bytes, body: bytes) -> bytes:
    """The coding of the samples, as it is said. Raises `FileOtherSound` where it is longer than one can be."""
    if kind == b"alac":
        return _exactly(body, 0, _ALAC_BYTES)
    stream = _part(_STREAM, body[4:])
    if len(stream) < 3 or stream[2] & 0xE0:
        raise FileOtherSound
    decoder = _part(_DECODER, stream[3:])
    config = _part(_CONFIG, decoder[13:])
    if not 2 <= len(config) <= _CONFIG_MAX:
        raise FileOtherSound
    inner = _written(_DECODER, decoder[:13] + _written(_CONFIG, config))
    return bytes(4) + _written(_STREAM, bytes(3) + inner + b"\6\1\2")


def _part(tag: int, body: bytes) -> bytes:
    """The descriptor that a body begins with, up to its own end."""
    at, size = 1, 0
    while body[at] & 0x80 and at < 4:
        size, at = size << 7 | body[at] & 0x7F, at + 1
    size, at = size << 7 | body[at] & 0x7F, at + 1
    if body[0] != tag or at + size > len(body):
        raise FileOtherSound
    return body[at : at + size]


def _written(tag: int, body: bytes) -> bytes:
    return bytes((tag, len(body))) + body


def _version(body: bytes) -> bytes:
    return b"\1" if body[:1] == b"\1" else b"\0"


def _scale_and_length(body: bytes) -> bytes:
    """No times, and the scale and the length behind them."""
    wide = body[:1] == b"\1"
    return bytes(16 if wide else 8) + _exactly(body, 20 if wide else 12, 12 if wide else 8)


def _exactly(body: bytes, at: int, size: int) -> bytes:
    if len(body) < at + size:
        raise FileBroken
    return body[at : at + size]
