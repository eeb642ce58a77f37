"""What staff keep beside the journal: in every backup, also of a locked municipality; looked at by verify; erased."""

from pathlib import Path

import pytest

from backend.municipality.backup import back_up
from backend.municipality.beside import SECRET, erase_beside, key_of, with_store
from backend.municipality.custody import opened_with, read
from backend.municipality.restoring import put_back
from backend.projection.verify import verify_store
from backend.sentences import words
from backend.stores.desk_store import View
from backend.stores.places import DESK_FILE
from crypto.keyslots import KEY_FILE
from tests.fleet.world import Server

VIEW = View("a1", "beheer", "huisbezoek", "Mijn lijst", "", b"wish", False, 1)
SEARCH = VIEW._replace(id="b2", name="", typed=True)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def keep(server: Server, *views: View) -> bytes:
    key = key_of(server.folder, server.municipality.custody.vault)
    for view in views:
        with_store(server.folder, key, lambda store, view=view: store.keep(view))  # type: ignore[misc]
    return key


def test_a_backup_of_a_locked_municipality_has_it_and_a_restore_opens_it(server: Server, tmp_path: Path) -> None:
    key = keep(server, VIEW)
    server.municipality.keyring.lock()
    back_up(server.folder, tmp_path / "b", 1)
    server.stop()
    (server.folder / DESK_FILE).unlink()
    put_back(tmp_path / "data", "GM9901", tmp_path / "b", 3)
    vault = opened_with(read(server.folder), KEY_FILE, server.key_file.hex())
    assert key == vault.secret(SECRET).reveal()
    assert [VIEW] == with_store(server.folder, key, lambda store: store.named("huisbezoek", "beheer", ()))


def test_a_backup_without_it_is_whole_too(server: Server, tmp_path: Path) -> None:
    back_up(server.folder, tmp_path / "b", 1)
    assert not [*(tmp_path / "b").rglob(DESK_FILE)]


def test_verify_says_when_it_does_not_open(server: Server) -> None:
    keep(server, VIEW)
    custody = server.municipality.custody

    def said() -> list[object]:
        return [one.what for one in verify_store(server.folder, custody, lambda _done, _all: None)]

    assert not [what for what in said() if DESK_FILE in str(what)]
    raw = (server.folder / DESK_FILE).read_bytes()
    (server.folder / DESK_FILE).write_bytes(raw[:100] + bytes(1) + raw[101:])
    assert [DESK_FILE] == [what.facts["place"] for what in said() if DESK_FILE in str(what)]  # type: ignore[attr-defined]


def test_an_erasure_reaches_it_or_says_that_it_is_locked(server: Server) -> None:
    key = keep(server, VIEW, SEARCH)
    vault = server.municipality.custody.vault
    assert "left-locked" == erase_beside(server.folder, [b"r" * 16], None)
    assert SEARCH == with_store(server.folder, key, lambda store: store.view("b2", "beheer", ()))
    assert "" == erase_beside(server.folder, [b"r" * 16], vault)
    assert [None, VIEW] == [
        with_store(server.folder, key, lambda store, id_=id_: store.view(id_, "beheer", ()))  # type: ignore[misc]
        for id_ in ("b2", "a1")
    ]


def test_the_command_reaches_it_too(server: Server, tmp_path: Path) -> None:
    keep(server, SEARCH)
    server.stop()
    server.start()
    left = server.run(server.municipality.erasing._out_of_reach(()))
    assert (DESK_FILE, words("left-not-running")) in [(one.place, one.why) for one in left]


def test_one_whose_key_no_vault_holds_is_noise_and_goes(server: Server) -> None:
    (server.folder / DESK_FILE).write_bytes(b"noise" * 1_000)
    assert "" == erase_beside(server.folder, [b"r" * 16], server.municipality.custody.vault)
    assert not (server.folder / DESK_FILE).exists()
    (server.folder / DESK_FILE).write_bytes(b"noise" * 1_000)
    keep(server, VIEW)
