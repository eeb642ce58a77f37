"""What was acknowledged is on the disk, not only in the kernel's memory: kill -9 cannot tell the two apart."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from backend.device.store import DeviceStore
from backend.files import append_line, write_atomically
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys

FULL, WAL = 2, "wal"

STORES: dict[str, Callable[[Path], Database]] = {
    "journal": lambda path: SqliteJournal(path).db,
    "keys": lambda path: SqliteKeys(path).db,
    "device": lambda path: DeviceStore(path, bytes(32)).db,
}


@pytest.mark.parametrize("store", STORES)
def test_a_commit_waits_for_the_disk_and_what_is_deleted_is_overwritten(store: str, tmp_path: Path) -> None:
    db = STORES[store](tmp_path / "store.db")
    found = [
        db.conn.execute(f"pragma {name}").fetchone()[0] for name in ("synchronous", "journal_mode", "secure_delete")
    ]
    db.conn.close()
    assert [FULL, WAL, 1] == found


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files and folders that were flushed to the disk, by the name that each had then."""
    names: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        names.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


def test_a_file_is_on_the_disk_before_it_takes_its_name_and_its_folder_after(
    tmp_path: Path, flushed: list[str]
) -> None:
    write_atomically(tmp_path / "keys", b"sealed")
    assert ["keys.new", tmp_path.name] == flushed


def test_a_line_is_on_the_disk_when_it_was_added_and_its_folder_where_it_is_the_first(
    tmp_path: Path, flushed: list[str]
) -> None:
    append_line(tmp_path / "list", "one")
    append_line(tmp_path / "list", "two")
    assert ["list", tmp_path.name, "list"] == flushed
