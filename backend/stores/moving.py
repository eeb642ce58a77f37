"""Carries a municipality's journal and keys from files into PostgreSQL and back, while no server has it.

Every row is copied as it is, read back on the other side and compared; only then does the folder name the other place,
by one rename. What is left behind is removed, for a key that an erasure forgets later must be nowhere else. A kill
leaves the municipality where it was, or in its new place with something left behind: its next opening removes that, or
the next move, and an erasure is not finished before (`Placed.tidy`).
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from backend.errors import BackendError
from backend.files import lasting_folder, sync_folder
from backend.stores.carrying import JOURNAL, KEYS, Whole
from backend.stores.ledger import Engine
from backend.stores.placed import LEFT, NAMING, Placed
from backend.stores.places import STAGE
from backend.stores.server_errors import JournalElsewhere

_WHOLE: Final = 1 << 256
_encode: Final = msgspec.msgpack.Encoder().encode
Sums = dict[str, tuple[int, int]]


class MoveDiffers(BackendError):
    """The rows that were read back after a move differ from those that were there."""

    code: ClassVar[str] = "move-differs"


class AlreadyThere(BackendError):
    """A municipality is moved to where it is not."""

    code: ClassVar[str] = "already-there"


def move(folder: Path, engine: Placed, *, to_server: bool) -> int:
    """Move a municipality that the caller holds; returns the number of rows.

    Raises `AlreadyThere`, `MoveDiffers`, or what a store says; then everything is where it was.
    """
    engine.tidy(folder)
    source = engine.of(folder)
    target = engine.server if to_server else engine.plain
    if target is None:
        raise JournalElsewhere(municipality=folder.name)
    if source is target:
        raise AlreadyThere(municipality=folder.name)
    with _kept_from_others(folder, source):
        stage = lasting_folder(folder / STAGE / folder.name)
        try:
            rows = sum(_carry(source, folder, target, stage, part) for part in (KEYS, JOURNAL))
        except BaseException:
            with suppress(BackendError):  # what cannot be reached now is still named
                engine.tidy(folder)
            raise
        _put_in_place(folder, stage, target)
    engine.tidy(folder)
    return rows


@contextmanager
def _kept_from_others(folder: Path, source: Engine) -> Iterator[None]:
    """Have the municipality, as its server would: its lease is taken, its logs are written back."""
    with closing(source.open(folder)):
        yield


def _carry(source: Whole, folder: Path, target: Whole, stage: Path, part: str) -> int:
    """Copy one store, and compare both sides; returns its rows."""
    with source.tables(folder, part) as tables:
        target.fill(stage, part, tables)
    before, after = sums(source, folder, part), sums(target, stage, part)
    if before != after:
        raise MoveDiffers(municipality=folder.name, what=", ".join(n for n in before if before[n] != after.get(n)))
    return sum(count for count, _ in before.values())


def sums(engine: Whole, folder: Path, part: str) -> Sums:
    """The number of rows of each table of a store, and a sum over them that does not depend on their order."""
    found: Sums = {}
    with engine.tables(folder, part) as tables:
        for table in tables:
            count, total = 0, 0
            for row in table.rows:
                count += 1
                total = (total + int.from_bytes(sha256(_encode(tuple(row))).digest(), "big")) % _WHOLE
            found[table.name] = count, total
    return found


def _put_in_place(folder: Path, stage: Path, target: Whole) -> None:
    """Let the folder name the new place. Whether it names a schema is what decides: that changes by one rename."""
    for name in target.files():
        if name != NAMING:
            (stage / name).rename(folder / name)
    if NAMING in target.files():
        (stage / NAMING).rename(folder / NAMING)
    else:
        (folder / NAMING).rename(folder / f"{NAMING}{LEFT}")
    sync_folder(folder)
