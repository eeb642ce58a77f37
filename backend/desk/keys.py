"""Unlocking, changing keyslots, and backing up: what touches keys and never answers."""

import asyncio
import contextlib
import shutil
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from backend.desk.desk import Desk, Row
from backend.files import private_folder, write_atomically
from backend.municipality import custody as custodies
from backend.municipality.attachments import ATTACHMENTS_FOLDER
from backend.municipality.auditing import sign_head
from backend.municipality.service import Municipality
from backend.stores.database import open_database, translated
from crypto.vault import Vault

PLACING_TRIES: Final = 20  # together a second
PLACING_PAUSE_S: Final = 0.05


async def unlock(_desk: Desk, town: Municipality, vault: Vault, staff: str, _args: Row) -> Row:
    """Take the private keys in hand; the projection catches up by itself."""
    town.unlock_with(vault)
    await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, "unlock"))
    return {"locked": False}


async def passphrase(_desk: Desk, town: Municipality, vault: Vault, staff: str, args: Row) -> Row:
    """A new passphrase; what is sealed stays as it is."""
    await asyncio.to_thread(vault.set_passphrase, str(args["new"]))
    await _save(town, vault, staff, "passphrase")
    return {"changed": True}


async def key_file(_desk: Desk, town: Municipality, vault: Vault, staff: str, _args: Row) -> Row:
    """A new key file, in place of the one before; given out once, over the local socket."""
    made = vault.set_key_file()
    await _save(town, vault, staff, "key-file")
    return {"key": made.hex()}


async def _save(town: Municipality, vault: Vault, staff: str, act: str) -> None:
    custodies.save(town.folder, vault)
    if not town.locked:
        town.unlock_with(vault)
    await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, act))


async def back_up(town: Municipality, to: str, staff: str) -> Row:
    """A consistent copy: the journal first, then the keys, apart, so that they can be kept for different times.

    Keys that the journal's copy needs were committed before it, so they are in the keys' copy. The list of erasures
    stays outside: it must outlive every backup.
    """
    target = Path(to).absolute()
    journal, keys = target / town.code / "journal", target / town.code / "keys"
    await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, "backup", None, str(target)))
    await sign_head(town, now=True)

    def work() -> dict[str, Any]:
        private_folder(journal)
        private_folder(keys)
        _copy(town.folder / "journal.db", journal / "journal.db")
        copied, missing = _copy_attachments(town, journal / ATTACHMENTS_FOLDER)
        _copy(town.folder / "keys.db", keys / "keys.db")
        write_atomically(keys / "vault" / "municipality.vault", (town.folder / custodies.VAULT_FILE).read_bytes())
        about = {"municipality": town.code, "at_ms": town.clock.now_ms()}
        write_atomically(journal / "backup.json", msgspec.json.encode(about))
        return {"journal": str(journal), "keys": str(keys), "attachments": copied, "missing_attachments": missing}

    return await asyncio.to_thread(work)


def _copy_attachments(town: Municipality, target: Path) -> tuple[int, int]:
    """Copy the finished attachments, of which none ever changes: those under way are not in a backup.

    Returns how many were copied and how many the journal names without a file. One that is erased meanwhile is left
    out, and what an earlier backup in the same folder held of it goes.
    """
    private_folder(target)
    for _ in range(PLACING_TRIES):  # a file is put in place right after the commit of its row
        if not town.attachments.missing():
            break
        time.sleep(PLACING_PAUSE_S)
    copied = set()
    for name in town.attachments.finished():
        beside = target / f"{name}.new"
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(town.folder / ATTACHMENTS_FOLDER / name, beside)
            beside.chmod(0o600)
            beside.replace(target / name)
            copied.add(name)
    for path in target.iterdir():
        if path.is_file() and path.name not in copied:
            path.unlink()
    shutil.rmtree(target / "uploads", ignore_errors=True)
    return len(copied), len(town.attachments.missing())


def _copy(source: Path, target: Path) -> None:
    """SQLite's own consistent copy of a live file, in a connection of its own."""
    beside = target.with_suffix(".new")
    beside.unlink(missing_ok=True)
    db = open_database(source)
    try:
        with translated(source.name):
            db.conn.execute("vacuum into ?", (str(beside),))
    finally:
        db.close()
    beside.chmod(0o600)
    beside.replace(target)
