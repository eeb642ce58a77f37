"""The length of each part of a picture or sound by its standard: what stands behind it in a part shows nothing."""

import zlib
from typing import Final

from backend.desk.file_refusals import FileBroken, FileOtherSound

_DHT, _DQT, _SOS = 0xC4, 0xDB, 0xDA
_FIXED: Final = {b"IHDR": 13, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"IEND": 0}
_SEEN_THROUGH: Final = {0: 2, 2: 6}  # bytes that say which grey or colour of a PNG is seen through
_PALETTE: Final = 3  # the kind of a PNG whose points are numbers of colours
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # numbers of a point, by the kind of a PNG
_PIECE: Final = 1 << 20
_PLAIN_SOUNDS: Final = frozenset((1, 3, 6, 7))  # whole numbers, fractions, and the two of telephony
_EXTENSIBLE: Final = 0xFFFE
_EXTENSIBLE_TAIL: Final = bytes.fromhex("000000001000800000aa00389b71")


def table_end(marker: int, body: bytes) -> int:
    """The place where the tables of a segment of a JPEG, or the head of a scan, end."""
    if marker == _SOS:
        return 4 + 2 * body[0]
    if marker not in (_DHT, _DQT):
        return 2
    at = 0
    while at < len(body):
        high, low = body[at] >> 4, body[at] & 0xF
        if high > 1 or low > 3:
            raise FileBroken
        at += 1 + 64 * (high + 1) if marker == _DQT else 17 + sum(body[at + 1 : at + 17])
    return at


def frame_size(name: bytes, body: bytes) -> tuple[int, int]:
    """The width and height that the frame of a WebP says itself."""
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        if len(body) < 5 or body[0] != 0x2F:
            raise FileBroken
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(body) < 10 or body[0] & 1 or body[3:6] != b"\x9d\x01\x2a":
        raise FileBroken
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def png_fits(name: bytes, body: bytes, head: bytes) -> bool:
    """True for a chunk of a PNG that is kept. Raises `FileBroken` where it is not as long as its kind is."""
    if len(body) != _FIXED.get(name, len(body)):
        raise FileBroken
    kind = head[17] if head else _PALETTE
    if name == b"PLTE":
        whole = len(body) % 3 == 0 and 0 < len(body) <= 3 << (head[16] if head else 0)
        if kind == _PALETTE and not whole:
            raise FileBroken
        return kind == _PALETTE
    if name == b"tRNS" and (len(body) > 256 or len(body) != _SEEN_THROUGH.get(kind, len(body))):
        raise FileBroken
    return name != b"tRNS" or kind in (0, 2, _PALETTE)


def picture_bytes(head: bytes, packed: list[bytes]) -> bytes:
    """The packed points of a PNG up to their own end, which comes before more points than its size has."""
    width, height = int.from_bytes(head[8:12]), int.from_bytes(head[12:16])
    left = height * (5 + width * head[16] * _SAMPLES[head[17]] // 8) + _PIECE
    whole, unpacking = b"".join(packed), zlib.decompressobj()
    rest = whole
    try:
        while not unpacking.eof and left > 0:
            points = unpacking.decompress(rest, _PIECE)
            rest, left = unpacking.unconsumed_tail, left - len(points)
            if not points and not rest and not unpacking.eof:
                raise FileBroken
    except zlib.error:
        raise FileBroken from None
    if not unpacking.eof:
        raise FileBroken
    return whole[: len(whole) - len(unpacking.unused_data)]


def wav_format(body: bytes) -> bytes:
    """The format of the samples of a WAV, as long as its kind is."""
    kind = int.from_bytes(body[:2], "little")
    if kind == _EXTENSIBLE and len(body) >= 40 and body[26:40] == _EXTENSIBLE_TAIL:
        return body[:16] + b"\x16\0" + body[18:40]
    if kind not in _PLAIN_SOUNDS:
        raise FileOtherSound
    if len(body) < 16:
        raise FileBroken
    return body[:16]
