"""The contract of a place for finished attachments: every backend of `Blobs` passes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from backend.errors import BackendError
from backend.stores.blobs import AttachmentDamaged, Blobs, checked

BYTES = Random(3).randbytes(700_000)  # more than two pieces


def name_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def part_of(folder: Path, data: bytes) -> Path:
    path = folder / "some.part"
    path.write_bytes(data)
    return path


def put(blobs: Blobs, folder: Path, data: bytes) -> str:
    """Put bytes in place as an upload does."""
    name, part = name_of(data), part_of(folder, data)
    blobs.send(name, part)
    blobs.settle(name, part)
    return name


def read(blobs: Blobs, name: str) -> bytes:
    return b"".join(checked(name, blobs.open(name).pieces))


class BlobSuite:
    """What every backend does. `opened` gives the blobs of one municipality, as a process that starts anew does;
    `damage` changes the bytes of one behind their back."""

    @contextmanager
    def place(self, tmp_path: Path) -> Iterator[Path]:
        """Where the blobs of one test are."""
        (tmp_path / "attachments").mkdir()
        yield tmp_path

    def opened(self, place: Path) -> Blobs:
        raise NotImplementedError

    def damage(self, place: Path, name: str, data: bytes) -> None:
        raise NotImplementedError

    def test_what_is_not_there_is_told_apart_from_what_is(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            blobs = self.opened(place)
            assert not blobs.holds("0" * 64) and [] == [*blobs.names()]
            with pytest.raises(FileNotFoundError):
                blobs.open("0" * 64)
            blobs.remove("0" * 64)

    def test_what_was_put_is_read_whole_and_from_any_byte_also_after_a_restart(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            name = put(self.opened(place), tmp_path, BYTES)
            blobs = self.opened(place)
            assert blobs.holds(name) and BYTES == read(blobs, name)
            assert len(BYTES) == blobs.open(name).size == blobs.open(name, 600_000).size
            assert BYTES[600_000:] == b"".join(blobs.open(name, 600_000).pieces)

    def test_what_was_sent_and_not_settled_is_sent_again(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            blobs, part = self.opened(place), part_of(tmp_path, BYTES)
            blobs.send(name_of(BYTES), part)
            assert not blobs.holds(name_of(BYTES))
            assert BYTES == read(blobs, put(self.opened(place), tmp_path, BYTES))

    def test_every_name_is_listed_and_what_is_removed_is_gone(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            blobs = self.opened(place)
            names = [put(blobs, tmp_path, bytes([n]) * 100) for n in range(3)]
            assert sorted(names) == sorted(blobs.names())
            blobs.remove(names[0])
            assert blobs.drop(names[0]) and not blobs.holds(names[0])
            assert sorted(names[1:]) == sorted(self.opened(place).names())
            with pytest.raises(FileNotFoundError):
                blobs.open(names[0])

    def test_what_was_dropped_is_gone_or_still_there_to_be_removed(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            blobs = self.opened(place)
            name = put(blobs, tmp_path, BYTES)
            assert blobs.drop(name) is not blobs.far
            assert [name] * blobs.far == [*blobs.names()]
            assert blobs.holds(name) is blobs.far

    def test_bytes_that_are_not_those_of_their_name_are_never_given_whole(self, tmp_path: Path) -> None:
        with self.place(tmp_path) as place:
            blobs = self.opened(place)
            name = put(blobs, tmp_path, BYTES)
            for damaged in (BYTES[:-1], BYTES + b"x", b"x" + BYTES[1:], b""):
                self.damage(place, name, damaged)
                given = 0
                with pytest.raises(BackendError) as refused:
                    for piece in checked(name, blobs.open(name).pieces):
                        given += len(piece)
                assert AttachmentDamaged.code == refused.value.code and given < len(BYTES)
