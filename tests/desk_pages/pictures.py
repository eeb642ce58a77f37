"""Photos and sounds as phones make them, with all that stands beside what they show; made here, of nothing."""

import zlib
from base64 import b64decode
from typing import Final

PLACE: Final = b"52.0907N 5.1214E Voorbeeldstraat 12"
SCRIPT: Final = b"<script>alert(1)</script>"
CODED: Final = bytes.fromhex("00000000031900010004114015000000000000000000000005021210060102")
_ONE_POINT: Final = b64decode(  # a grey JPEG of one point, from the quantisation table to its end
    "/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4PEBAREAoMEhMSEBMPEBAQ"
    "/8AACwgAAQABAQERAP/EABQAAQAAAAAAAAAAAAAAAAAAAAn/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AFQ//9k="
)  # fmt: skip


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def exif(turned: int = 6) -> bytes:
    """What a phone says of a photo: how it was held, and where."""
    entries = (0x0112).to_bytes(2, "little") + b"\3\0\1\0\0\0" + turned.to_bytes(2, "little") + b"\0\0"
    return b"Exif\0\0II*\0\x08\0\0\0\1\0" + entries + bytes(4) + PLACE


def jpeg(*, turned: int = 6, after: bytes = b"", filling: bytes = b"") -> bytes:
    """A photo with Exif, XMP, a remark, and what stands behind its end."""
    beside = segment(0xE1, exif(turned)) + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE)
    beside += segment(0xFE, SCRIPT) + segment(0xED, b"Photoshop 3.0\0" + PLACE)
    beside += b"".join(segment(0xE2, filling[at : at + 60_000]) for at in range(0, len(filling), 60_000))
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1" + b"abc") + beside + _ONE_POINT + after


def large_jpeg(size: int) -> bytes:
    """A photo whose picture itself is about so large."""
    scan = b"\x55" * size
    return b"\xff\xd8" + _ONE_POINT[:-2] + scan + b"\xff\xd9"


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")


def png(*, after: bytes = b"", width: int = 1) -> bytes:
    """A picture of one point, with texts, Exif and a time."""
    head = width.to_bytes(4, "big") + b"\0\0\0\1\x08\0\0\0\0"
    beside = chunk(b"tEXt", b"Comment\0" + PLACE) + chunk(b"eXIf", exif()[6:]) + chunk(b"tIME", bytes(7))
    kept = chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + beside + kept + after


def wav() -> bytes:
    """A sound of some samples, with a list that says where."""
    form = b"fmt " + (16).to_bytes(4, "little") + b"\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0"
    said = b"LIST" + len(PLACE + b"\0").to_bytes(4, "little") + PLACE + b"\0"
    inner = b"WAVE" + form + said + b"data" + (8).to_bytes(4, "little") + b"\x80" * 8
    return b"RIFF" + len(inner).to_bytes(4, "little") + inner


def webp(*, after: bytes = b"", moves: bool = False) -> bytes:
    """A picture of one point with a profile, Exif and XMP beside it."""
    point = b64decode("LwAAABAHEBERiIj+BwA=")[:13]
    parts = [(b"VP8X", b"\x2c\0\0\0" + bytes(6)), (b"ICCP", PLACE), (b"VP8L", point), (b"EXIF", exif()[6:])]
    parts += [(b"XMP ", SCRIPT + PLACE)] + ([(b"ANIM", bytes(6))] if moves else [])
    inner = b"WEBP" + b"".join(n + len(b).to_bytes(4, "little") + b + b"\0" * (len(b) & 1) for n, b in parts)
    return b"RIFF" + len(inner).to_bytes(4, "little") + inner + after


def box(name: bytes, *parts: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(parts)
    return (len(body) + 8).to_bytes(4, "big") + name + body


def m4a(
    *, kind: bytes = b"soun", coded: bytes = b"mp4a", after: bytes = b"", tracks: int = 1, wide: bool = False
) -> bytes:
    """The sound of a recorder: four samples in two chunks, with words between them and times and a place beside."""
    samples = (b"een.", b"twee", b"drie", b"vier")
    head = box(b"ftyp", b"M4A \0\0\0\0M4A mp42" + PLACE[:4])
    data = samples[0] + samples[1] + PLACE + samples[2] + samples[3]
    at = len(head) + 8 + len(box(b"free", PLACE))
    offsets = [at, at + 8 + len(PLACE)]
    times = b"\xda\x7a\x01\x02" * 2

    def numbers(*values: int) -> bytes:
        return b"".join(one.to_bytes(4, "big") for one in values)

    entry = bytes(6) + b"\0\1" + bytes(8) + b"\0\1\0\x10" + bytes(4) + b"\xac\x44\0\0"
    stsd = box(b"stsd", numbers(0, 1), box(coded, entry, box(b"esds", CODED), box(b"chan", PLACE)))
    places = b"".join(one.to_bytes(8 if wide else 4, "big") for one in offsets)
    tables = stsd + box(b"stts", numbers(0, 1, 4, 1024)) + box(b"stsc", numbers(0, 1, 1, 2, 1))
    tables += box(b"stsz", numbers(0, 0, 4, 4, 4, 4, 4)) + box(b"co64" if wide else b"stco", numbers(0, 2), places)
    handler = box(b"hdlr", bytes(8), kind, bytes(12), b"Recorder " + PLACE + b"\0")
    minf = box(b"minf", box(b"smhd", bytes(8)), box(b"stbl", tables, box(b"sgpd", PLACE)))
    track = box(
        b"trak", box(b"tkhd", bytes(4), times, bytes(72)), box(b"edts", box(b"elst", numbers(0, 1, 4096, 1024, 65536))),
        box(b"mdia", box(b"mdhd", bytes(4), times, bytes(12)), handler, minf), box(b"udta", box(b"name", PLACE)),
    )  # fmt: skip
    movie = box(b"moov", box(b"mvhd", bytes(4), times, bytes(88)), track * tracks, box(b"udta", box(b"\xa9xyz", PLACE)))
    return head + box(b"free", PLACE) + box(b"mdat", data) + movie + box(b"uuid", PLACE) + after


def endless_m4a(chunks: int, boxes: int) -> bytes:
    """A sound of many chunks of one sample each, in boxes of which all but the last hold nothing."""

    def numbers(*values: int) -> bytes:
        return b"".join(one.to_bytes(4, "big") for one in values)

    def movie(first: int) -> bytes:
        entry = bytes(6) + b"\0\1" + bytes(8) + b"\0\1\0\x10" + bytes(4) + b"\xac\x44\0\0"
        tables = box(b"stsd", numbers(0, 1), box(b"mp4a", entry, box(b"esds", CODED)))
        tables += box(b"stts", numbers(0, 1, chunks, 1024)) + box(b"stsc", numbers(0, chunks),
                      b"".join(numbers(at + 1, 1, 1) for at in range(chunks)))  # fmt: skip
        tables += box(b"stsz", numbers(0, 0, chunks), numbers(4) * chunks)
        tables += box(b"stco", numbers(0, chunks), *(numbers(first + 4 * at) for at in range(chunks)))
        media = (
            box(b"mdhd", bytes(24)) + box(b"hdlr", bytes(8), b"soun", bytes(13)) + box(b"minf", box(b"stbl", tables))
        )
        return box(b"moov", box(b"mvhd", bytes(100)), box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", media)))

    head = box(b"ftyp", b"M4A \0\0\0\0M4A mp42")
    first = len(head) + len(movie(0)) + 8 * boxes
    return head + movie(first) + box(b"mdat") * (boxes - 1) + box(b"mdat", b"klik" * chunks)
