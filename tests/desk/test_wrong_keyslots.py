"""Whoever guesses a keyslot leaves lines in the audit and is slowed down."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from backend.desk.desk import WRONG_MAX, WRONG_MS, Desk, TooManyAttempts
from backend.desk.server import DeskSocket
from backend.errors import StoreFull
from backend.municipality.registry import Municipalities
from crypto.errors import CryptoError
from crypto.keyslots import KEY_FILE
from tests.desk.office import Office
from tests.fleet.world import Server
from tests.processes import COMMAND_LINE, PATIENCE_S


def test_wrong_keyslots_are_lines_and_after_some_nobody_is_looked_at_for_a_minute(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    towns = Municipalities(tmp_path / "data", tmp_path / "keys", server.clock)
    towns.add(server.municipality)
    desk = Desk(towns)
    right, wrong = server.key_file.hex(), bytes(32).hex()
    for _ in range(WRONG_MAX):
        with pytest.raises(CryptoError):
            server.run(desk.unlocked("GM9901", KEY_FILE, wrong, "unlock", "mallory"))
    lines = server.municipality.journal.audit_lines(None, WRONG_MAX)
    assert [("mallory", "unlock-failed")] * WRONG_MAX == [(line.staff, line.act) for line in lines]
    with pytest.raises(TooManyAttempts):
        server.run(desk.unlocked("GM9901", KEY_FILE, right, "unlock", "beheer"))
    server.clock.ms += WRONG_MS
    assert server.run(desk.unlocked("GM9901", KEY_FILE, right, "unlock", "beheer")).municipality == "GM9901"


def test_no_unlock_is_without_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the keys were in hand, and the audit did not say so."""
    office = Office(tmp_path)
    town = office.server.municipality
    office.ask("lock")

    def full(*_args: object) -> None:
        raise StoreFull(store="journal.db")

    with monkeypatch.context() as patch:
        patch.setattr(town.journal, "audit", full)
        with pytest.raises(StoreFull):
            office.ask("unlock")
    assert town.locked
    office.ask("unlock")
    assert not town.locked and "unlock" in [line.act for line in town.journal.audit_lines(None, 5)]


@pytest.mark.parametrize("write", ["audit", "set_meta"])
def test_a_lock_on_a_full_disk_locks_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: str) -> None:
    """It locked and answered `store-full`, or did not lock because the head of the audit found no room."""
    office = Office(tmp_path)
    town = office.server.municipality

    def full(*_args: object) -> None:
        raise StoreFull(store="journal.db")

    with monkeypatch.context() as patch:
        patch.setattr(town.journal, write, full)
        (told,) = office.ask("lock")
    assert town.locked and told["locked"]
    assert ("no_audit_line" in told) == (write == "audit")


def test_no_passphrase_is_typed_before_somebody_hears_that_nobody_is_signed_in(tmp_path: Path) -> None:
    """A secret that was typed for nothing was shown for nothing."""
    office = Office(tmp_path)
    town = office.server.municipality
    env = {
        **os.environ,
        "VELDPOST_DATA": str(tmp_path),
        "VELDPOST_KEYS": str(tmp_path / "none"),
        "VELDPOST_LANG": "en",
    }

    env["VELDPOST_TOKENS"] = str(tmp_path / "tokens")

    async def typed() -> str:
        async with DeskSocket(tmp_path, office.desk):
            words = [sys.executable, "-c", COMMAND_LINE, "own-secret", town.code, "--passphrase"]
            done = await asyncio.create_subprocess_exec(*words, env=env, stdin=PIPE, stderr=PIPE, stdout=PIPE)
            return (await asyncio.wait_for(done.communicate(b""), PATIENCE_S))[1].decode()

    said = office.server.run(typed())
    office.close()
    assert "terminal-not-signed-in" in said and "veldpost sign-in" in said
    assert "Passphrase" not in said
