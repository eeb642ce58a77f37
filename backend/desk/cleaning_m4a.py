"""The sound of an M4A, as the recorder of a phone makes it: a new file of its samples and of what plays them.

A recorder writes where, when and with what it recorded, beside the sound and between its parts. So the boxes that a
player needs are written anew, without names, times and all that stands beside them, and of the rest only the samples
that the tables name are taken over, in their order.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from typing import Final, NamedTuple

from backend.desk.cleaning_heads import coding, media_head, movie_head, track_head
from backend.desk.file_refusals import FileBroken, FileIsVideo, FileOtherSound

_TYPE: Final = b"M4A \0\0\0\0M4A mp42isom"
_ENTRY_BYTES: Final = 28  # of a sample entry, up to what says how it is coded
_CODED: Final = {b"mp4a": b"esds", b"alac": b"alac"}  # the sounds that are played everywhere, and what says how
_CODING_MAX: Final = 512
SAMPLES_MAX: Final = 1 << 20  # of one sound: five hours at the finest rate of a phone
CHUNKS_MAX: Final = 1 << 18  # of one sound: an hour of a recorder that gives each sample a chunk of its own
_SELF: Final = b"\0\0\0\0\0\0\0\1" + b"\0\0\0\x0curl \0\0\0\1"  # the samples stand in this file
_HANDLER: Final = bytes(8) + b"soun" + bytes(12) + b"\0"
_PAIR, _TRIPLE = 8, 12


class _Chunk(NamedTuple):
    """A run of samples that stand one behind the other: where, and how many bytes."""

    at: int
    size: int


def m4a(data: bytes) -> bytes:
    """The sound of an M4A and nothing beside it. Raises what is wrong with the file."""
    movie = _one(dict(_boxes(data)), b"moov")
    tracks = [body for name, body in _boxes(movie) if name == b"trak"]
    kinds = [_handler(track) for track in tracks]
    if b"vide" in kinds:
        raise FileIsVideo
    sounds = [track for track, kind in zip(tracks, kinds, strict=True) if kind == b"soun"]
    head = dict(_boxes(movie))
    if len(sounds) != 1 or b"mvex" in head:
        raise FileBroken
    table = _table(sounds[0])
    chunks = _chunks(table, [(begin, end) for name, begin, end in _places(data) if name == b"mdat"])
    offset = len(_file(head, sounds[0], table, [0] * len(chunks))) + 8
    offsets = [offset]
    for chunk in chunks:
        offsets.append(offsets[-1] + chunk.size)
    made = _file(head, sounds[0], table, offsets[:-1])
    return made + _box(b"mdat", b"".join(data[one.at : one.at + one.size] for one in chunks))


def is_film(data: bytes) -> bool:
    """True for a film, as far as it can be read; nothing else begins as a sound and is none."""
    with suppress(FileBroken):
        movie = dict(_boxes(data)).get(b"moov", b"")
        return any(name == b"trak" and _handler(body) == b"vide" for name, body in _boxes(movie))
    return False


def _file(head: Mapping[bytes, bytes], track: bytes, table: Mapping[bytes, bytes], offsets: list[int]) -> bytes:
    """All that stands before the samples, which stand at these places."""
    held, media = dict(_boxes(track)), dict(_boxes(_one(dict(_boxes(track)), b"mdia")))
    sampled = {**table, b"stco": bytes(4) + _number(len(offsets)) + b"".join(map(_number, offsets))}
    parts = b"".join(_box(name, sampled[name]) for name in (b"stsd", b"stts", b"stsc", b"stsz", b"stco"))
    inner = _box(b"smhd", bytes(8)) + _box(b"dinf", _box(b"dref", _SELF)) + _box(b"stbl", parts)
    edits = _box(b"edts", _box(b"elst", edit)) if (edit := _edit(held)) else b""
    sound = _box(b"mdhd", media_head(media[b"mdhd"])) + _box(b"hdlr", _HANDLER) + _box(b"minf", inner)
    made = _box(b"tkhd", track_head(_one(held, b"tkhd"))) + edits + _box(b"mdia", sound)
    movie = _box(b"mvhd", movie_head(_one(head, b"mvhd"))) + _box(b"trak", made)
    return _box(b"ftyp", _TYPE) + _box(b"moov", movie)


def _table(track: bytes) -> dict[bytes, bytes]:
    """The tables of a track's samples, of which each is held to its length."""
    media = dict(_boxes(_one(dict(_boxes(track)), b"mdia")))
    found = dict(_boxes(_one(dict(_boxes(media.get(b"minf", b""))), b"stbl")))
    if not {b"stsd", b"stts", b"stsc", b"stsz"} <= found.keys() or not {b"mdhd"} <= media.keys():
        raise FileBroken
    found[b"stsd"] = _described(found[b"stsd"])
    for name, size in ((b"stts", _PAIR), (b"stsc", _TRIPLE)):
        found[name] = found[name][: 8 + size * _count(found[name])]
    given = int.from_bytes(found[b"stsz"][4:8])
    found[b"stsz"] = found[b"stsz"][: 12 + (0 if given else 4 * int.from_bytes(found[b"stsz"][8:12]))]
    return found


def _described(body: bytes) -> bytes:
    """The one description of how samples are coded, without what stands beside it."""
    ((name, entry),) = [*_boxes(body[8:])] or [(b"", b"")]
    wanted = _CODED.get(name)
    if wanted is None:
        raise FileOtherSound
    coded = dict(_boxes(entry[_ENTRY_BYTES:])).get(wanted)
    if coded is None or len(coded) > _CODING_MAX or entry[8:10] != b"\0\0":
        raise FileOtherSound
    return bytes(4) + _number(1) + _box(name, entry[:_ENTRY_BYTES] + _box(wanted, coding(wanted, coded)))


def _chunks(table: Mapping[bytes, bytes], within: list[tuple[int, int]]) -> list[_Chunk]:
    """The places of the samples: each within what the file has of samples, and behind the one before."""
    sizes, chunks, first, last = _sizes(table[b"stsz"]), list[_Chunk](), 0, 0
    begins, places = [begin for begin, _ in within], _offsets(table)
    for at, samples in zip(places, _samples_of(table[b"stsc"], len(places)), strict=True):
        held = sum(sizes[first : first + samples])
        first += samples
        inside = bisect_right(begins, at) - 1  # the boxes stand in their order, so one look finds the only one
        if at < last or inside < 0 or at + held > within[inside][1]:
            raise FileBroken
        chunks.append(_Chunk(at, held))
        last = at + held
    if not chunks or first != len(sizes):
        raise FileBroken
    return chunks


def _offsets(table: Mapping[bytes, bytes]) -> list[int]:
    """The place of each chunk, as the file has it."""
    wide = b"co64" in table
    body, size = table.get(b"co64" if wide else b"stco", b""), 8 if wide else 4
    count = min(_count(body), (len(body) - 8) // size)
    if count > CHUNKS_MAX:
        raise FileBroken
    return [at for (at,) in struct.iter_unpack(">Q" if wide else ">I", body[8 : 8 + size * max(count, 0)])]


def _samples_of(body: bytes, count: int) -> list[int]:
    """The number of samples in each chunk."""
    many = min(_count(body), (len(body) - 8) // _TRIPLE)
    if not 0 < many <= count:
        raise FileBroken
    runs = [*struct.iter_unpack(">III", body[8 : 8 + _TRIPLE * many])]
    firsts = [first - 1 for first, _, _ in runs] + [count]
    if firsts[0] != 0 or any(one >= two for one, two in pairwise(firsts)):
        raise FileBroken
    return [run[1] for run, (one, two) in zip(runs, pairwise(firsts), strict=True) for _ in range(two - one)]


def _sizes(body: bytes) -> list[int]:
    """The size of each sample."""
    given, count = int.from_bytes(body[4:8]), int.from_bytes(body[8:12])
    if count > SAMPLES_MAX or (not given and len(body) < 12 + 4 * count):
        raise FileBroken
    return [given] * count if given else [size for (size,) in struct.iter_unpack(">I", body[12 : 12 + 4 * count])]


def _edit(held: Mapping[bytes, bytes]) -> bytes:
    """The part of a sound that is skipped at its beginning."""
    edit = dict(_boxes(held.get(b"edts", b""))).get(b"elst", b"")
    return edit[: 8 + (20 if edit[:1] == b"\1" else 12) * _count(edit)] if edit else b""


def _handler(track: bytes) -> bytes:
    media = dict(_boxes(dict(_boxes(track)).get(b"mdia", b"")))
    return media.get(b"hdlr", b"")[8:12]


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each box of a file or of another box, up to its end: its name, and what stands in it."""
    for name, begin, end in _places(body):
        yield name, body[begin:end]


def _places(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each box with where it is filled."""
    at = 0
    while at + 8 <= len(body):
        size, head = int.from_bytes(body[at : at + 4]), 8
        if size == 1:
            size, head = int.from_bytes(body[at + 8 : at + 16]), 16
        end = len(body) if size == 0 else at + size
        if end > len(body) or end < at + head:
            raise FileBroken
        yield body[at + 4 : at + 8], at + head, end
        at = end


def _one(boxes: Mapping[bytes, bytes], name: bytes) -> bytes:
    if name not in boxes:
        raise FileBroken
    return boxes[name]


def _count(body: bytes) -> int:
    return int.from_bytes(body[4:8])


def _number(value: int) -> bytes:
    return value.to_bytes(4)


def _box(name: bytes, body: bytes) -> bytes:
    return _number(len(body) + 8) + name + body
