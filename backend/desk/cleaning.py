"""Files that are brought at the desk, rebuilt from what a picture or a sound is made of: all else stays behind.

A photo says where and when it was taken, by which phone, and often holds a second picture of itself. So no part is
taken out: a new file is made of the parts that show the picture, in the order in which they stood, and ends where the
picture ends. What cannot be read so, part by part, is refused. Of everything that stood beside them one number is read
and written anew: how a photo was held (1 to 8), for else it would lie on its side.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from backend.desk.cleaning_lengths import frame_size, picture_bytes, png_fits, table_end, wav_format
from backend.desk.cleaning_m4a import is_film, m4a
from backend.desk.file_refusals import (
    FileBroken,
    FileEmpty,
    FileIsHeic,
    FileIsPhoto,
    FileIsSound,
    FileIsVideo,
    FileKind,
    FileOtherSound,
    FileTooLarge,
)
from crypto.attachments import ATTACHMENT_BYTES_MAX

PIXELS_MAX: Final = 100_000_000  # twice the largest of a phone; more is made to fill the memory of who looks
PHOTO: Final = "photo"
SOUND: Final = "sound"
ACCEPTS: Final = {  # what a browser offers
    PHOTO: "image/jpeg,image/png,image/webp",
    SOUND: "audio/mp4,audio/x-m4a,.m4a,audio/wav,audio/x-wav,.wav",
}
PNG: Final = b"\x89PNG\r\n\x1a\n"
_SOI, _EOI, _SOS, _EXIF, _JFIF, _ADOBE = 0xD8, 0xD9, 0xDA, 0xE1, 0xE0, 0xEE
_FRAMES: Final = frozenset((0xC0, 0xC1, 0xC2))  # baseline, extended and progressive: what browsers show
_TABLES: Final = frozenset((0xC4, 0xDB, 0xDC, 0xDD))
_SCAN_ENDS: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_PNG_KEPT: Final = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB"))
_TURNED: Final = range(2, 9)
_ORIENTATION: Final = 0x0112
_IFD_MAX: Final = 200  # entries that are looked through for how a photo was held
_WAV_KEPT: Final = frozenset((b"fmt ", b"data"))
_WEBP_KEPT: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH"))
_WEBP_WHOLE: Final = (
    [b"VP8 "], [b"VP8L"], [b"VP8X", b"VP8 "], [b"VP8X", b"VP8L"], [b"VP8X", b"ALPH", b"VP8 "],
)  # fmt: skip
HEIC: Final = "heic"
_HEIC: Final = frozenset((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"))
_OTHER_SOUNDS: Final = frozenset(("ogg", "webm", "mp3", "amr"))
_SIGNS: Final = (
    (0, b"\xff\xd8\xff", "jpeg"), (0, PNG, "png"), (8, b"WEBP", "webp"), (8, b"WAVE", "wav"), (0, b"OggS", "ogg"),
    (0, b"\x1aE\xdf\xa3", "webm"), (0, b"ID3", "mp3"), (0, b"\xff\xfb", "mp3"), (0, b"\xff\xf3", "mp3"),
    (0, b"#!AMR", "amr"),
)  # fmt: skip


def cleaned(widget: str, data: bytes) -> bytes:
    """The file as it may be kept for a question of `widget`. Raises what is wrong with it."""
    if not data:
        raise FileEmpty
    if len(data) > ATTACHMENT_BYTES_MAX:
        raise FileTooLarge(limit=ATTACHMENT_BYTES_MAX >> 20)
    kind = kind_of(data)
    read = _KINDS[widget].get(kind)
    if read is None:
        raise _refusal(widget, kind, data)
    try:
        return read(data)
    except (LookupError, ValueError):
        raise FileBroken from None


def kind_of(data: bytes) -> str:
    """The kind of a file by how it begins; empty for what people seldom bring. Nobody believes what it is called."""
    if data[4:8] == b"ftyp":
        return HEIC if data[8:12] in _HEIC else "m4a"
    return next((kind for at, sign, kind in _SIGNS if data[at : at + len(sign)] == sign), "")


def _refusal(widget: str, kind: str, data: bytes) -> FileKind:
    if kind in _OTHER_SOUNDS:
        return FileOtherSound() if widget == SOUND else FileIsSound()
    if kind in _KINDS[SOUND]:
        return FileIsVideo() if is_film(data) else FileIsSound()
    if kind == HEIC or kind in _KINDS[PHOTO]:
        return FileIsPhoto() if widget == SOUND else FileIsHeic()
    return FileKind(widget=widget)


def _jpeg(data: bytes) -> bytes:
    """The tables, frames and scans of a JPEG, up to its end; of its head only how it was held."""
    head, parts, turned, frames, scans = b"", [], 1, 0, 0
    for marker, body, scan in _segments(data):
        if marker == _EXIF:
            turned = _turned(body) or turned
        elif marker == _JFIF and body.startswith(b"JFIF\0") and not head:
            head = _segment(_JFIF, body[:12].ljust(12, b"\0") + b"\0\0")  # without the small picture in it
        elif marker == _ADOBE and body.startswith(b"Adobe"):
            parts.append(_segment(marker, body[:12]))  # how its colours are written
        elif marker in _FRAMES:
            _must_be_sane(int.from_bytes(body[1:3]), int.from_bytes(body[3:5]))
            _must_end(body, 6 + 3 * body[5])
            parts.append(_segment(marker, body))
            frames += 1
        elif marker == _SOS or marker in _TABLES:
            _must_end(body, table_end(marker, body))
            parts += [_segment(marker, body), scan]
            scans += marker == _SOS
    if frames != 1 or not scans:
        raise FileBroken
    held = _segment(_EXIF, _held(turned)) if turned in _TURNED else b""
    return b"".join((b"\xff\xd8", head, held, *parts, b"\xff\xd9"))


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each segment of a JPEG up to its end: marker, what stands in it, and the scan behind it."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise FileBroken
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == _EOI:
            return
        size = int.from_bytes(data[at : at + 2])
        if marker < 0xC0 or 0xD0 <= marker <= _SOI or size < 2 or at + size > len(data):
            raise FileBroken
        body, at, scan = data[at + 2 : at + size], at + size, b""
        if marker == _SOS:
            end = _SCAN_ENDS.search(data, at)
            if end is None:
                raise FileBroken
            scan, at = data[at : end.start()], end.start()
        yield marker, body, scan


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


def _turned(body: bytes) -> int:
    """The way a photo was held, as its Exif says; 0 where it says nothing."""
    tiff = body[6:]
    order: Any = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if not body.startswith(b"Exif\0\0") or order is None:
        return 0

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)

    first = number(4, 4)
    for entry in range(min(number(first, 2), _IFD_MAX)):
        at = first + 2 + 12 * entry
        if number(at, 2) == _ORIENTATION:
            return number(at + 8, 2)
    return 0


def _held(turned: int) -> bytes:
    """An Exif that says how a photo was held, and nothing else."""
    entry = _ORIENTATION.to_bytes(2) + b"\0\x03\0\0\0\x01" + turned.to_bytes(2) + b"\0\0"
    return b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + bytes(4)


def _png(data: bytes) -> bytes:
    """The chunks of a PNG that make the picture, each whole, up to the last."""
    parts, at, names = [PNG], len(PNG), list[bytes]()
    while names[-1:] != [b"IEND"]:
        size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        end = at + 12 + size
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            raise FileBroken
        if name in _PNG_KEPT and png_fits(name, data[at + 8 : end - 4], parts[1] if len(parts) > 1 else b""):
            names.append(name)
            parts.append(data[at:end])
        elif (
            name not in _PNG_KEPT and not name[0] & 0x20
        ):  # a part that no reader may leave out, and that we do not know
            raise FileBroken
        at = end
    if names[0] != b"IHDR" or names.count(b"IHDR") != 1 or b"IDAT" not in names or len(parts[-1]) != 12:
        raise FileBroken
    _must_be_sane(int.from_bytes(parts[1][8:12]), int.from_bytes(parts[1][12:16]))
    shown = [at for at, name in enumerate(names, 1) if name == b"IDAT"]
    inner = b"IDAT" + picture_bytes(parts[1], [parts[at][8:-4] for at in shown])
    points = (len(inner) - 4).to_bytes(4) + inner + zlib.crc32(inner).to_bytes(4)
    return b"".join((*parts[: shown[0]], points, parts[-1]))


def _wav(data: bytes) -> bytes:
    """The format and the samples of a WAV, and nothing of what its lists say."""
    parts, at, names = [b"WAVE"], 12, list[bytes]()
    while at < len(data) and b"data" not in names:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size
        if end > len(data) or size == 0:
            raise FileBroken
        if name in _WAV_KEPT:
            names.append(name)
            kept = wav_format(data[at + 8 : end]) if name == b"fmt " else data[at + 8 : end]
            parts.append(name + len(kept).to_bytes(4, "little") + kept + b"\0" * (len(kept) & 1))
        at = end + (size & 1)
    if names != [b"fmt ", b"data"]:
        raise FileBroken
    inner = b"".join(parts)
    return b"RIFF" + len(inner).to_bytes(4, "little") + inner


def _must_end(body: bytes, end: int) -> None:
    if len(body) != end:
        raise FileBroken


def _must_be_sane(width: int, height: int) -> None:
    if not 0 < width * height <= PIXELS_MAX:
        raise FileBroken


def _webp(data: bytes) -> bytes:
    """The chunks of a WebP that make the picture; of its head only its size and whether it is seen through."""
    parts, names = [b"WEBP"], list[bytes]()
    for name, body in _chunks(data):
        if name in (b"ANIM", b"ANMF"):
            raise FileBroken
        if name in (b"VP8 ", b"VP8L"):
            _must_be_sane(*frame_size(name, body))
        kept = body if name != b"VP8X" else _webp_head(body)
        if name in _WEBP_KEPT:
            names.append(name)
            parts += [name, len(kept).to_bytes(4, "little"), kept, b"\0" * (len(kept) & 1)]
    if names not in _WEBP_WHOLE:
        raise FileBroken
    inner = b"".join(parts)
    return b"RIFF" + len(inner).to_bytes(4, "little") + inner


def _webp_head(body: bytes) -> bytes:
    if len(body) < 10:
        raise FileBroken
    _must_be_sane(int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1)
    return bytes((body[0] & 0x10, 0, 0, 0)) + body[4:10]


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk of a RIFF file, as far as its head says that it goes on: its name, and what stands in it."""
    at, end = 12, int.from_bytes(data[4:8], "little") + 8
    while at < end:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size + (size & 1) > min(end, len(data)):
            raise FileBroken
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + (size & 1)


_KINDS: Final[Mapping[str, Mapping[str, Callable[[bytes], bytes]]]] = {
    PHOTO: {"jpeg": _jpeg, "png": _png, "webp": _webp},
    SOUND: {"wav": _wav, "m4a": m4a},
}
