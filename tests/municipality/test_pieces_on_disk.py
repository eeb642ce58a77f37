"""A piece of an upload that was answered is on the disk."""

import os
from pathlib import Path

import pytest

from tests.attacker.taken_away import Visit
from tests.attacker.town import Town


def test_a_piece_is_flushed_before_it_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if path.is_file() and not path.name.endswith(".new"):
            folders.append(path.parent.name)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    visit = Visit(Town(tmp_path))
    assert [201, 204] == [reply.status for reply in visit.uploaded]
    assert "uploads" in folders
