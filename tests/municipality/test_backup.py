"""A backup is whole while photos come in, or fails with the path and the reason; half of one is never restored."""

from hashlib import sha256
from pathlib import Path

import pytest

from backend.municipality.backup import BackupFailed, BackupLacks, back_up
from backend.municipality.restoring import NotABackup, put_back
from tests.fleet.world import Server
from tests.looking import inside

PHOTO = b"sealed" * 500


@pytest.fixture
def server(tmp_path: Path) -> Server:
    made = Server(tmp_path / "data")
    journal = made.municipality.journal
    name = sha256(PHOTO).digest()
    row = "insert into attachment(name, record, device, size, created_ms, version) values(?, ?, ?, ?, 1, 1)"
    made.run(made.municipality.submit(lambda: inside(journal).execute(row, (name, b"r" * 16, b"d" * 16, len(PHOTO)))))
    folder = made.folder / "attachments"
    (folder / "uploads").mkdir(parents=True)
    (folder / name.hex()).write_bytes(PHOTO)
    (folder / "uploads" / "half.part").write_bytes(b"half")
    return made


def test_a_backup_holds_every_finished_attachment_and_no_upload_under_way(server: Server, tmp_path: Path) -> None:
    made = back_up(server.folder, tmp_path / "b", 1)
    assert 1 == made.attachments
    assert [sha256(PHOTO).hexdigest()] == [path.name for path in (made.journal / "attachments").iterdir()]
    server.stop()


@pytest.mark.parametrize(
    ("damage", "why"), [("missing", "attachment-is-missing"), ("changed", "attachment-is-damaged")]
)
def test_an_attachment_that_the_server_lost_is_named_and_the_rest_can_be_restored(
    server: Server, tmp_path: Path, damage: str, why: str
) -> None:
    photo = server.folder / "attachments" / sha256(PHOTO).hexdigest()
    photo.unlink() if damage == "missing" else photo.write_bytes(b"other")
    with pytest.raises(BackupLacks) as lacks:
        back_up(server.folder, tmp_path / "b", 2)
    assert photo.name in str(lacks.value) and why in str(lacks.value)
    server.stop()
    put_back(tmp_path / "data", "GM9901", tmp_path / "b", 3)
    assert not list((server.folder / "attachments").iterdir())


def test_a_backup_that_was_broken_off_is_not_restored_even_over_a_whole_one(server: Server, tmp_path: Path) -> None:
    back_up(server.folder, tmp_path / "b", 1)
    (tmp_path / "b" / "GM9901" / "keys" / "keys.new").mkdir()
    with pytest.raises(BackupFailed):
        back_up(server.folder, tmp_path / "b", 2)
    server.stop()
    with pytest.raises(NotABackup):
        put_back(tmp_path / "data", "GM9901", tmp_path / "b", 3)


def test_a_place_that_cannot_be_written_is_named_with_the_reason(server: Server, tmp_path: Path) -> None:
    (tmp_path / "full").write_text("a file")
    with pytest.raises(BackupFailed) as failed:
        back_up(server.folder, tmp_path / "full", 1)
    assert "full/GM9901" in str(failed.value) and "Not a directory" in str(failed.value)
    server.stop()
