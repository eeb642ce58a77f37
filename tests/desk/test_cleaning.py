"""A file that is brought is made anew of what it shows; the rest is gone, and what cannot be read so is refused."""

import pytest

from backend.desk import cleaning
from backend.desk.cleaning import cleaned
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
from tests.desk_pages.pictures import PLACE, SCRIPT, box, chunk, jpeg, large_jpeg, m4a, png, segment, wav, webp


@pytest.mark.parametrize(
    ("widget", "data", "kept"),
    [
        ("photo", jpeg(), b"\xff\xda"),
        ("photo", png(), b"IDAT"),
        ("photo", webp(), b"VP8L"),
        ("sound", wav(), b"\x80" * 8),
        ("sound", m4a(), b"een.tweedrievier"),
        ("sound", m4a(wide=True), b"een.tweedrievier"),
    ],
)  # fmt: skip
def test_place_time_and_remarks_are_gone_and_the_picture_stays(widget: str, data: bytes, kept: bytes) -> None:
    made = cleaned(widget, data)
    assert PLACE in data and PLACE not in made and SCRIPT not in made and b"tIME" not in made and b"abc" not in made
    assert kept in made and data[:3] == made[:3]
    assert made == cleaned(widget, made)


@pytest.mark.parametrize("after", [SCRIPT, b"PK\x03\x04" + PLACE, b"\0\0\0\x18ftypmp42" + PLACE])
def test_what_stands_behind_the_end_of_a_picture_is_gone(after: bytes) -> None:
    assert cleaned("photo", jpeg()) == cleaned("photo", jpeg(after=after))
    assert cleaned("photo", png()) == cleaned("photo", png(after=after))
    assert cleaned("photo", webp()) == cleaned("photo", webp(after=after))
    assert cleaned("sound", m4a()) == cleaned("sound", m4a(after=box(b"meta", after)))


@pytest.mark.parametrize("turned", range(10))
def test_how_a_photo_was_held_is_all_that_is_said_of_it(turned: int) -> None:
    made = cleaned("photo", jpeg(turned=turned))
    said = segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([turned]) + bytes(6))
    assert (2 <= turned <= 8) == (said in made)
    assert made.count(b"Exif") == (2 <= turned <= 8)


def test_what_is_no_whole_picture_is_refused_wherever_it_ends() -> None:
    for widget, data in (
        ("photo", cleaned("photo", jpeg())), ("photo", cleaned("photo", png())), ("photo", cleaned("photo", webp())),
        ("sound", wav()), ("sound", cleaned("sound", m4a())),
    ):  # fmt: skip
        for end in range(len(data)):
            with pytest.raises((FileBroken, FileKind, FileEmpty)):
                cleaned(widget, data[:end])


@pytest.mark.parametrize(
    "data",
    [
        b"<html>" + SCRIPT, b"GIF89a" + SCRIPT, b"%PDF-1.7", b"\0\0\0\x18ftypheic" + PLACE, b"RIFF\4\0\0\0WEBP", wav(),
        b"\xff\xd8\xff" + SCRIPT, b"\xff\xd8" + segment(0xE1, b"") + b"\xff\xd9",
        b"\x89PNG\r\n\x1a\n" + SCRIPT, b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), png(width=100_000_001), png(width=0),
        png().replace(b"IDAT", b"IDAU"), png().replace(b"IHDR" + bytes(3), b"IHDR" + b"\0\0\1"),
    ],
)  # fmt: skip
def test_what_is_something_else_is_refused(data: bytes) -> None:
    with pytest.raises((FileKind, FileBroken)):
        cleaned("photo", data)


FILM = m4a(kind=b"vide")


@pytest.mark.parametrize(
    ("widget", "data", "error"),
    [
        ("photo", b"\0\0\0\x18ftypheic" + PLACE, FileIsHeic), ("photo", b"\0\0\0\x18ftypavif" + PLACE, FileIsHeic),
        ("sound", b"\0\0\0\x18ftypmif1" + PLACE, FileIsPhoto), ("sound", jpeg(), FileIsPhoto),
        ("sound", webp(), FileIsPhoto), ("photo", wav(), FileIsSound), ("photo", m4a(), FileIsSound),
        ("photo", b"ID3" + PLACE, FileIsSound), ("sound", b"ID3" + PLACE, FileOtherSound),
        ("sound", b"OggS" + PLACE, FileOtherSound), ("sound", b"\x1aE\xdf\xa3" + PLACE, FileOtherSound),
        ("sound", b"#!AMR\n" + PLACE, FileOtherSound), ("sound", m4a(coded=b"samr"), FileOtherSound),
        ("sound", FILM, FileIsVideo), ("photo", FILM, FileIsVideo), ("sound", m4a(tracks=2), FileBroken),
        ("photo", webp(moves=True), FileBroken), ("sound", b"%PDF-1.7", FileKind), ("photo", b"GIF89a", FileKind),
    ],
)  # fmt: skip
def test_what_people_bring_otherwise_is_refused_by_its_name(widget: str, data: bytes, error: type[Exception]) -> None:
    with pytest.raises((FileBroken, FileKind)) as found:
        cleaned(widget, data)
    assert error is found.type


def test_the_samples_of_a_sound_stand_where_its_table_says() -> None:
    made = cleaned("sound", m4a())
    at = made.index(b"stco") + 8
    places = [int.from_bytes(made[at + 4 * one :][:4], "big") for one in range(1, 3)]
    assert [b"een.twee", b"drievier"] == [made[place : place + 8] for place in places]
    assert b"\xda\x7a\x01\x02" in m4a() and b"\xda\x7a\x01\x02" not in made and b"elst" in made


def test_what_stands_beside_the_samples_is_never_taken_for_one() -> None:
    whole = m4a()
    at = whole.index(b"stco") + 12
    for place in range(0, len(whole), 3):
        moved = whole[:at] + place.to_bytes(4, "big") + whole[at + 4 :]
        try:
            made = cleaned("sound", moved)
        except FileBroken:
            continue
        assert PLACE[:8] not in made or whole.index(b"mdat") < place < whole.index(b"moov")


def test_limits_have_their_errors() -> None:
    with pytest.raises(FileEmpty):
        cleaned("photo", b"")
    with pytest.raises(FileTooLarge):
        cleaned("photo", bytes(ATTACHMENT_BYTES_MAX + 1))
    assert ATTACHMENT_BYTES_MAX // 2 < len(cleaned("photo", large_jpeg(ATTACHMENT_BYTES_MAX // 2 + 1)))


@pytest.mark.parametrize(
    ("widget", "whole"), [("photo", jpeg()), ("photo", webp()), ("sound", m4a())], ids=["jpeg", "webp", "m4a"]
)
def test_nothing_makes_it_do_more_than_read(widget: str, whole: bytes) -> None:
    for at in range(len(whole)):
        for value in (0, 0xFF, 0x80):
            try:
                made = cleaned(widget, whole[:at] + bytes([value]) + whole[at + 1 :])
            except (FileBroken, FileKind):
                continue
            assert cleaning.cleaned(widget, made) == made and len(made) <= len(whole) + 40
