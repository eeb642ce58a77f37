"""Each part that is kept ends where its standard says: what is written behind it is in no cleaned file."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from backend.desk.cleaning import cleaned
from backend.desk.file_refusals import FileBroken, FileKind
from tests.desk_pages.pictures import CODED, chunk, jpeg, m4a, png, wav

MARKED = b"GPS 52.0907N 5.1214E Voorbeeldstraat"


def riff(kind: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    """A RIFF file of parts."""
    inner = kind + b"".join(n + len(b).to_bytes(4, "little") + b + b"\0" * (len(b) & 1) for n, b in parts)
    return b"RIFF" + len(inner).to_bytes(4, "little") + inner


def longer_jpegs() -> Iterator[bytes]:
    """A photo of which one segment says more than its tables need."""
    whole, at = cleaned("photo", jpeg()), 2
    while whole[at + 1] != 0xDA:
        size = int.from_bytes(whole[at + 2 : at + 4], "big")
        longer = (size + len(MARKED)).to_bytes(2, "big")
        yield whole[: at + 2] + longer + whole[at + 4 : at + 2 + size] + MARKED + whole[at + 2 + size :]
        at += 2 + size
    size = int.from_bytes(whole[at + 2 : at + 4], "big")
    yield (whole[: at + 2] + (size + len(MARKED)).to_bytes(2, "big") + whole[at + 4 : at + 2 + size] + MARKED
           + whole[at + 2 + size :])  # fmt: skip
    yield whole[:at] + b"\xff\xdd" + (4 + len(MARKED)).to_bytes(2, "big") + b"\0\1" + MARKED + whole[at:]


def longer_pngs() -> Iterator[bytes]:
    """A picture of which one chunk is longer than its kind."""
    whole = cleaned("photo", png())
    at = whole.index(b"IDAT") - 4
    for name, size in ((b"gAMA", 4), (b"cHRM", 32), (b"sRGB", 1), (b"tRNS", 2), (b"PLTE", 3)):
        assert cleaned("photo", whole[:at] + chunk(name, bytes(size)) + whole[at:])
        yield whole[:at] + chunk(name, bytes(size) + MARKED) + whole[at:]
    yield whole[:8] + chunk(b"IHDR", whole[16:29] + MARKED) + whole[33:]
    idat = int.from_bytes(whole[at : at + 4], "big")
    yield whole[:at] + chunk(b"IDAT", whole[at + 8 : at + 8 + idat] + MARKED) + whole[at + 12 + idat :]
    yield whole[:at] + whole[at : at + 12 + idat] + chunk(b"IDAT", MARKED) + whole[at + 12 + idat :]


def longer_wavs() -> Iterator[bytes]:
    """A sound whose format is longer than its kind."""
    yield riff(b"WAVE", (b"fmt ", wav()[20:36] + MARKED), (b"data", b"\x80" * 8))
    tail = bytes.fromhex("0100000000001000800000aa00389b71")
    far = b"\xfe\xff" + wav()[22:36] + b"\x16\0" + bytes(6) + tail
    assert far in cleaned("sound", riff(b"WAVE", (b"fmt ", far), (b"data", b"\x80" * 8)))
    yield riff(b"WAVE", (b"fmt ", far + MARKED), (b"data", b"\x80" * 8))
    yield riff(b"WAVE", (b"fmt ", b"\2\0" + wav()[22:36] + MARKED), (b"data", b"\x80" * 8))


def _longer(data: bytes, path: tuple[bytes, ...], text: bytes) -> bytes:
    """A sound with a text at the end of the box at a path, and every box around it so much longer."""
    at, end = 0, len(data)
    for name in path:
        while data[at + 4 : at + 8] != name:
            at += int.from_bytes(data[at : at + 4], "big")
        size = int.from_bytes(data[at : at + 4], "big")
        data, end = data[:at] + (size + len(text)).to_bytes(4, "big") + data[at + 4 :], at + size
        at += 8 + {b"stsd": 8, b"mp4a": 28}.get(name, 0)
    return data[:end] + text + data[end:]


DEEP = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


@pytest.mark.parametrize(
    "path",
    [
        (b"moov", b"mvhd"), (b"moov", b"trak", b"tkhd"), (b"moov", b"trak", b"mdia", b"mdhd"),
        (b"moov", b"trak", b"edts", b"elst"), (*DEEP, b"stsd", b"mp4a", b"esds"),
        *((*DEEP, name) for name in (b"stts", b"stsc", b"stsz", b"stco")),
    ],
)  # fmt: skip
def test_nothing_stands_behind_a_part_of_a_sound(path: tuple[bytes, ...]) -> None:
    longer = _longer(m4a(), path, MARKED)
    assert MARKED in longer and cleaned("sound", m4a()) == cleaned("sound", longer)


def test_a_sound_says_no_language_and_nothing_in_how_it_is_coded() -> None:
    whole = m4a()
    at = whole.index(b"mdhd") + 24
    made = cleaned("sound", whole[:at] + b"\x06\x41" + whole[at + 2 :])
    assert b"\x55\xc4\0\0" == made[made.index(b"mdhd") + 24 :][:4] and CODED[9:] in made
    sizes = {b"mvhd": 108, b"tkhd": 92, b"mdhd": 32}
    assert sizes == {name: int.from_bytes(made[made.index(name) - 4 :][:4], "big") for name in sizes}


@pytest.mark.parametrize(
    ("widget", "data"),
    [("photo", one) for one in (*longer_jpegs(), *longer_pngs())] + [("sound", one) for one in longer_wavs()],
)
def test_nothing_stands_behind_a_part(widget: str, data: bytes) -> None:
    assert MARKED in data
    with suppress(FileBroken, FileKind):
        assert MARKED not in cleaned(widget, data)


@pytest.mark.parametrize(("side", "fits"), [(10_000, True), (16_383, False)])
def test_a_bare_frame_of_a_webp_is_as_large_as_it_says_itself(side: int, fits: bool) -> None:
    lossless = b"\x2f" + (side - 1 | side - 1 << 14).to_bytes(4, "little") + bytes(8)
    lossy = b"\x10\0\0\x9d\x01\x2a" + side.to_bytes(2, "little") * 2 + bytes(4)
    head = (b"VP8X", b"\0" * 10)
    for parts in ([(b"VP8L", lossless)], [(b"VP8 ", lossy)], [head, (b"VP8L", lossless)], [head, (b"VP8 ", lossy)]):
        if fits:
            assert cleaned("photo", riff(b"WEBP", *parts))
            continue
        with pytest.raises(FileBroken):
            cleaned("photo", riff(b"WEBP", *parts))
