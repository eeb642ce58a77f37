"""Uploads under load, beside failing neighbours and killed half way: nothing acknowledged is lost (sync/SPEC.md 11)."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from backend.desk.desk import Desk
from backend.desk.keys import back_up
from backend.device.syncing import Sync
from backend.errors import NoAccess, UploadUnknown
from backend.municipality import uploading
from backend.municipality.attachments import Attachments, AttachmentUnknown
from backend.municipality.registry import Municipalities
from backend.municipality.upload import Upload
from backend.stores.sqlite.journal import SqliteJournal
from crypto.attachments import seal_attachment
from crypto.errors import AttachmentForeign
from tests.fleet.world import LocalTransport, Server

ROOT = Path(__file__).parents[2]


class Author(NamedTuple):
    """A device's id, one of its records, and the key of that record."""

    device: bytes
    record: bytes
    record_key: bytes

    def sealed(self, size: int = 5_000) -> bytes:
        return b"".join(seal_attachment(self.record_key, self.record, [b"f" * size]))

    def upload(self, sealed: bytes) -> Upload:
        return Upload(self.device, self.record, sha256(sealed).digest(), len(sealed), 1)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


@pytest.fixture
def author(server: Server, tmp_path: Path) -> Author:
    device = server.enrol(tmp_path / "device.db", "werker-1")
    record = device.create("huisbezoek", 1, {"/duiding": "foto volgt"})
    Sync(device, LocalTransport(server)).run()
    known = device.store.record_key(record)
    assert known is not None and known[1] is not None
    return Author(device.id, record, known[1])


def stored(server: Server) -> list[str]:
    folder = server.folder / "attachments"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def is_whole(server: Server, author: Author, sealed: bytes) -> bool:
    blob = server.run(uploading.opened(server.municipality, author.device, sha256(sealed).hexdigest()))
    return b"".join(blob.pieces) == sealed


# --- at once ---


def test_equal_last_pieces_at_once_both_succeed_beside_a_neighbour_that_fails(server: Server, author: Author) -> None:
    """Adversary S10: 19 of 20 doubled last pieces got 404; 17 of 60 uploads beside refused requests were lost."""
    town = server.municipality

    def refused() -> None:
        raise NoAccess

    async def round_of(sealed: bytes) -> list[Any]:
        upload = author.upload(sealed)
        await uploading.begin(town, upload)
        await uploading.append(town, author.device, upload.address, 0, sealed[:100])
        last = (uploading.append(town, author.device, upload.address, 100, sealed[100:]) for _ in range(3))
        neighbours = (town.submit(refused) for _ in range(3))
        return await asyncio.gather(*last, uploading.begin(town, upload), *neighbours, return_exceptions=True)

    for _ in range(20):
        sealed = author.sealed()
        answers = server.run(round_of(sealed))
        assert [len(sealed)] * 3 == answers[:3]
        assert all(isinstance(answer, NoAccess) for answer in answers[4:])
        assert is_whole(server, author, sealed)


@pytest.mark.parametrize("act", ["begin", "held", "finish"])
def test_an_act_whose_twin_puts_the_file_in_place_meanwhile_succeeds(server: Server, author: Author, act: str) -> None:
    """The file moves on another thread between any two looks; each look is tried as the last one before the move."""
    town, sealed = server.municipality, author.sealed()
    upload, attachments = author.upload(sealed), server.municipality.attachments

    async def all_but_placed() -> None:
        await uploading.begin(town, upload)
        await asyncio.to_thread(attachments.append, upload, 0, sealed)
        await town.submit(lambda: uploading.finished(town, upload))

    server.run(all_but_placed())
    part = attachments._part(upload).read_bytes()
    acts = {
        "begin": lambda: server.run(town.submit(lambda: uploading.begun(town, upload))),
        "held": lambda: attachments.held(upload),
        "finish": lambda: server.run(town.submit(lambda: uploading.finished(town, upload))) or len(sealed),
    }
    for look in range(8):  # no act looks more often
        with moved_after(attachments, upload, look):
            assert acts[act]() == len(sealed), f"the file moved after look {look}"
        attachments.place(upload)
        assert is_whole(server, author, sealed) and stored(server) == [sha256(sealed).hexdigest()]
        (server.folder / "attachments" / sha256(sealed).hexdigest()).unlink()
        attachments._part(upload).write_bytes(part)
        attachments._about(upload).write_bytes(msgspec.msgpack.encode(upload))


@contextlib.contextmanager
def moved_after(attachments: Attachments, upload: Upload, look: int) -> Iterator[None]:
    """Put the file in place right after an act's `look`-th look at the folder."""
    looks = 0
    lock = attachments._locks[int(upload.id[-8:], 16) % len(attachments._locks)]
    whole = {name: getattr(attachments, name) for name in ("_is_open", "is_in_place", "is_finished", "_held")}

    def looked(name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            nonlocal looks
            found = whole[name](*args)
            looks += 1
            if looks - 1 == look and not lock.locked():  # the twin waits for it, as `place` does
                place(upload)
            return found

        return call

    def place(upload: Upload) -> None:
        attachments._part(upload).replace(attachments._folder / upload.name.hex())
        attachments._discard(upload.id)

    for name in whole:
        setattr(attachments, name, looked(name))
    try:
        yield
    finally:
        for name in whole:
            delattr(attachments, name)


def test_many_uploads_in_one_group_with_failing_neighbours_all_arrive(server: Server, author: Author) -> None:
    town, streams = server.municipality, [author.sealed(n) for n in range(30)]

    def refused() -> None:
        raise NoAccess

    async def whole(sealed: bytes) -> int:
        upload = author.upload(sealed)
        await uploading.begin(town, upload)
        with contextlib.suppress(NoAccess):
            await town.submit(refused)
        return await uploading.append(town, author.device, upload.address, 0, sealed)

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(whole(sealed) for sealed in streams))

    assert [len(sealed) for sealed in streams] == server.run(all_of_them())
    assert all(is_whole(server, author, sealed) for sealed in streams)
    assert sorted(sha256(sealed).hexdigest() for sealed in streams) == stored(server)


def test_an_erasure_in_the_middle_of_an_upload_leaves_nothing(server: Server, author: Author) -> None:
    town = server.municipality

    async def race(sealed: bytes) -> list[Any]:
        upload = author.upload(sealed)
        await uploading.begin(town, upload)
        last = uploading.append(town, author.device, upload.address, 0, sealed)
        erased = town.erasing.erase(author.record, "request", "beheer")
        return list(await asyncio.gather(last, erased, return_exceptions=True))

    server.run(race(author.sealed()))
    assert [] == stored(server)
    assert [] == town.attachments.finished()


def test_a_backup_made_while_photos_come_in_holds_every_finished_one(
    server: Server, author: Author, tmp_path: Path
) -> None:
    """Adversary S18: 3 of 15 backups failed, since a part vanished under the copy."""
    town, streams = server.municipality, [author.sealed(1000 + n) for n in range(30)]
    target, desk = tmp_path / "backup", Desk(Municipalities(tmp_path, tmp_path, server.clock))

    async def whole(sealed: bytes) -> None:
        upload = author.upload(sealed)
        await uploading.begin(town, upload)
        await uploading.append(town, author.device, upload.address, 0, sealed[:100])
        await asyncio.sleep(0)
        await uploading.append(town, author.device, upload.address, 100, sealed[100:])

    async def both() -> list[Any]:
        await whole(streams[0])
        told = []
        coming = asyncio.gather(*(whole(sealed) for sealed in streams[1:]))
        for number in range(5):
            told += await back_up(desk, town, "beheer", {"to": str(target / str(number))})
        await coming
        return told

    assert [0] * 5 == [told["missing_attachments"] for told in server.run(both())]
    copied = target / "4" / town.code / "journal"
    names = sorted(path.name for path in (copied / "attachments").rglob("*") if path.is_file())
    assert names == sorted(sha256((copied / "attachments" / name).read_bytes()).hexdigest() for name in names)
    journal = SqliteJournal(copied / "journal.db")
    assert {name.hex() for name in journal.attachments.names()} <= set(names)
    journal.close()
    server.run(town.erasing.erase(author.record, "request", "beheer"))
    server.run(back_up(desk, town, "beheer", {"to": str(target / "5")}))
    copied = target / "5" / town.code / "journal"
    assert [] == [path.name for path in (copied / "attachments").rglob("*") if path.is_file()]


# --- killed ---

_CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from backend.municipality import uploading
from backend.municipality.attachments import Attachments
from backend.municipality.upload import Upload
from backend.municipality.service import Municipality
from tests.fleet.world import FakeClock

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

folder, device, record, name, sealed, where = sys.argv[1:]
setattr(Attachments, where, killed)
sealed = Path(sealed).read_bytes()
town = Municipality(Path(folder), FakeClock())
upload = Upload(bytes.fromhex(device), bytes.fromhex(record), bytes.fromhex(name), len(sealed), 1)

async def main():
    await uploading.begin(town, upload)
    await uploading.append(town, upload.device, upload.address, 0, sealed)

asyncio.run(main())
"""


def kill_at(where: str, server: Server, author: Author, sealed: bytes, scratch: Path) -> None:
    """Upload in a process of its own that is killed at one step; then start the server again."""
    server.stop()
    scratch.write_bytes(sealed)
    names = (author.device.hex(), author.record.hex(), sha256(sealed).hexdigest())
    command = [sys.executable, "-c", _CHILD, str(server.folder), *names, str(scratch), where]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert -9 == done.returncode, done.stderr
    server.start()


def test_a_kill_between_commit_and_file_loses_nothing(server: Server, author: Author, tmp_path: Path) -> None:
    sealed = author.sealed()
    kill_at("place", server, author, sealed, tmp_path / "sealed")
    assert is_whole(server, author, sealed)
    assert [sha256(sealed).hexdigest()] == stored(server) == server.municipality.attachments.finished()
    address = author.upload(sealed).address
    assert len(sealed) == server.run(uploading.held(server.municipality, author.device, address))[1]


@pytest.mark.parametrize("where", ["check", "finish"])
def test_a_kill_before_the_commit_is_finished_by_whatever_is_asked_next(
    server: Server, author: Author, tmp_path: Path, where: str
) -> None:
    sealed = author.sealed()
    kill_at(where, server, author, sealed, tmp_path / "sealed")
    with pytest.raises(AttachmentUnknown):
        is_whole(server, author, sealed)
    upload = author.upload(sealed)
    assert len(sealed) == server.run(uploading.held(server.municipality, author.device, upload.address))[1]
    assert is_whole(server, author, sealed)


# --- what lies there at the start ---


def test_remains_that_belong_to_nothing_are_swept(server: Server, author: Author) -> None:
    sealed, begun = author.sealed(), author.upload(author.sealed(9))
    server.run(uploading.begin(server.municipality, begun))
    uploads = server.folder / "attachments" / "uploads"
    server.stop()
    for name in ("00" * 16 + ".part", "00" * 16 + ".about", "x.about.new"):
        (uploads / name).write_bytes(b"\xc0")
    (server.folder / "attachments" / sha256(b"no stream").hexdigest()).write_bytes(b"no stream")
    server.start()
    assert [f"{begun.id}.about", f"{begun.id}.part"] == stored(server)
    assert sealed[:1] == b"\x01"


def test_a_file_that_came_after_a_restored_journal_is_registered_again(
    server: Server, author: Author, tmp_path: Path
) -> None:
    sealed, upload = author.sealed(), None
    server.back_up(tmp_path / "backup")
    upload = author.upload(sealed)
    server.run(uploading.begin(server.municipality, upload))
    server.run(uploading.append(server.municipality, author.device, upload.address, 0, sealed))
    forged = author.sealed()
    server.stop()
    (server.folder / "journal.db").write_bytes((tmp_path / "backup" / "journal.db").read_bytes())
    (server.folder / "attachments" / sha256(forged).hexdigest()).write_bytes(forged + b"x")
    server.start()
    assert is_whole(server, author, sealed)
    with pytest.raises(AttachmentUnknown):
        is_whole(server, author, forged)


def test_what_an_erasure_has_not_reached_yet_is_given_to_nobody(
    server: Server, author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fact is committed before the files go: what was cut off in between must not be read meanwhile."""
    sealed, town = author.sealed(), server.municipality
    upload = author.upload(sealed)
    server.run(uploading.begin(town, upload))
    server.run(uploading.append(town, author.device, upload.address, 0, sealed))
    monkeypatch.setattr(town.attachments, "remove_of", lambda _record: 0)
    server.run(town.erasing.erase(author.record, "request", "beheer"))
    assert [upload.name.hex()] == stored(server)
    with pytest.raises(AttachmentUnknown):
        is_whole(server, author, sealed)


def test_a_file_of_an_erased_record_is_removed_at_the_start(server: Server, author: Author) -> None:
    sealed = author.sealed()
    server.run(server.municipality.erasing.erase(author.record, "request", "beheer"))
    server.stop()
    folder = server.folder / "attachments"
    folder.mkdir(exist_ok=True)
    (folder / sha256(sealed).hexdigest()).write_bytes(sealed)
    server.start()
    assert [] == stored(server)


def test_a_file_that_lies_there_does_not_vouch_for_another_record(
    server: Server, author: Author, tmp_path: Path
) -> None:
    """The name of a stray file of another record must not be taken by a stream that names one's own."""
    foreign = b"\x01" + bytes(16) + author.sealed()[17:]
    (server.folder / "attachments").mkdir(exist_ok=True)
    (server.folder / "attachments" / sha256(foreign).hexdigest()).write_bytes(foreign)
    upload = author.upload(foreign)
    town = server.municipality
    server.run(uploading.begin(town, upload))
    with pytest.raises(AttachmentForeign):
        server.run(uploading.append(town, author.device, upload.address, 0, foreign))
    own = author.sealed()
    own = own.ljust(len(foreign), b"x")[: len(foreign)]
    server.run(uploading.begin(town, upload))
    with pytest.raises(Exception, match="attachment-hash"):
        server.run(uploading.append(town, author.device, upload.address, 0, own))
    with pytest.raises(UploadUnknown):
        server.run(uploading.held(town, author.device, upload.address))
