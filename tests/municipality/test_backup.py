"""A backup is whole while photos come in, or fails with the path and the reason; half of one is never restored."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backend.errors import ROOM_ERRORS
from backend.municipality.backup import BackupExists, BackupFailed, BackupLacks, back_up
from backend.municipality.custody import opened_with
from backend.municipality.kept_backups import dated, newest, proved, thin_out
from backend.municipality.restoring import NotABackup, put_back
from crypto.errors import WrongKeyFile
from crypto.keyslots import KEY_FILE
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


def test_a_backup_that_was_broken_off_is_not_restored_and_the_next_one_there_goes_on(
    server: Server, tmp_path: Path
) -> None:
    trouble = tmp_path / "b" / "GM9901" / "keys" / "keys.new"
    trouble.mkdir(parents=True)
    with pytest.raises(BackupFailed):
        back_up(server.folder, tmp_path / "b", 2)
    server.stop()
    with pytest.raises(NotABackup):
        put_back(tmp_path / "data", "GM9901", tmp_path / "b", 3)
    trouble.rmdir()
    back_up(server.folder, tmp_path / "b", 4)
    put_back(tmp_path / "data", "GM9901", tmp_path / "b", 5)


def test_a_backup_that_is_there_was_overwritten_without_a_word(server: Server, tmp_path: Path) -> None:
    back_up(server.folder, tmp_path / "b", 1)
    before = {path: path.read_bytes() for path in (tmp_path / "b").rglob("*") if path.is_file()}
    with pytest.raises(BackupExists) as refused:
        back_up(server.folder, tmp_path / "b", 2)
    assert str(tmp_path / "b") in str(refused.value)
    assert before == {path: path.read_bytes() for path in (tmp_path / "b").rglob("*") if path.is_file()}
    server.stop()


def test_a_backup_is_opened_again_with_its_vault(server: Server, tmp_path: Path) -> None:
    back_up(server.folder, tmp_path / "b", 1)
    about, vault = proved(tmp_path / "b", "GM9901")
    assert ("GM9901", 1, 1) == (about.municipality, about.at_ms, about.attachments)
    assert "GM9901" == opened_with(vault, KEY_FILE, server.key_file.hex()).municipality
    with pytest.raises(WrongKeyFile):
        opened_with(vault, KEY_FILE, "00")
    server.stop()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _turn(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for place in range(4096, len(raw), 512):
        raw[place] ^= 0xFF
    path.write_bytes(raw)


@pytest.mark.parametrize("part", ["journal/journal.db", "keys/keys.db", "keys/vault/municipality.vault", "journal/*"])
@pytest.mark.parametrize("damage", [_cut, _turn, Path.unlink])
def test_whoever_damages_a_backup_is_found_out(server: Server, tmp_path: Path, part: str, damage: Any) -> None:
    """Each file of it, cut, changed or taken away; `journal/*` stands for the attachment."""
    back_up(server.folder, tmp_path / "b", 1)
    photo = f"journal/attachments/{sha256(PHOTO).hexdigest()}"
    file = tmp_path / "b" / "GM9901" / part.replace("journal/*", photo)
    damage(file)
    if damage is _turn and file.stat().st_size <= 4096:
        file.write_bytes(file.read_bytes()[::-1])
    with pytest.raises(ROOM_ERRORS) as found:
        proved(tmp_path / "b", "GM9901")
    error: Any = found.value
    assert error.code in ("backup-unsound", "not-a-backup", "store-corrupt", "vault-corrupt", "vault-missing")
    server.stop()


def test_dated_backups_are_thinned_out_and_nothing_else_goes(server: Server, tmp_path: Path) -> None:
    day, kept = 86_400_000, tmp_path / "b"
    for name in ("notes", "2020-01-01", "2020-01-01T000000Z"):  # somebody's own; the last looks like ours, and is not
        (kept / name).mkdir(parents=True)
        (kept / name / "notes.txt").write_text("mine")
    back_up(server.folder, dated(kept, 1), 1)
    (dated(kept, 1) / "GM9901" / "journal" / "backup.json").unlink()  # broken off
    (kept / "2021-01-01T000000Z").symlink_to(tmp_path / "data")
    for number in range(1, 5):
        back_up(server.folder, dated(kept, number * day), number * day)
    (dated(kept, day) / "GM9902").mkdir()  # another municipality's of the same moment
    assert newest(kept, "GM9901") == dated(kept, 4 * day)
    gone = thin_out(kept, "GM9901", 2, 4 * day)
    assert ["1970-01-02T000000Z", "1970-01-03T000000Z", "1970-01-01T000000Z"] == gone
    left = sorted(path.name for path in kept.iterdir())
    assert ["1970-01-02T000000Z", "1970-01-04T000000Z", "1970-01-05T000000Z"] == left[:3]
    assert ["2020-01-01", "2020-01-01T000000Z", "2021-01-01T000000Z", "notes"] == left[3:]
    assert [] == thin_out(kept, "GM9901", 2, 4 * day) and server.folder.is_dir()
    proved(newest(kept, "GM9901"), "GM9901")
    server.stop()


def test_a_place_that_cannot_be_written_is_named_with_the_reason(server: Server, tmp_path: Path) -> None:
    (tmp_path / "full").write_text("a file")
    with pytest.raises(BackupFailed) as failed:
        back_up(server.folder, tmp_path / "full", 1)
    assert "full/GM9901" in str(failed.value) and "not-a-folder" in str(failed.value)
    server.stop()
