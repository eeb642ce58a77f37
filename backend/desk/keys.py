"""Unlocking, changing keyslots, and backing up: what touches keys and never answers."""

import asyncio
from pathlib import Path

from backend.desk.desk import Desk, Row
from backend.errors import BackendError
from backend.municipality import backup
from backend.municipality import custody as custodies
from backend.municipality.auditing import sign_head
from backend.municipality.service import Municipality
from crypto.vault import Vault


async def unlock(_desk: Desk, town: Municipality, staff: str, _args: Row, *, vault: Vault) -> list[Row]:
    """Take the private keys in hand, once the audit says so; the projection catches up by itself."""
    await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, "unlock"))
    town.unlock_with(vault)
    await town.settle()
    return [{"locked": False}]


async def passphrase(_desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault) -> list[Row]:
    """A new passphrase; what is sealed stays as it is."""
    await asyncio.to_thread(vault.set_passphrase, str(args["new"]))
    await _save(town, vault, staff, "passphrase")
    return [{"changed": True}]


async def key_file(_desk: Desk, town: Municipality, staff: str, _args: Row, *, vault: Vault) -> list[Row]:
    """A new key file, in place of the one before; given out once, over the local socket."""
    made = vault.set_key_file()
    await _save(town, vault, staff, "key-file")
    return [{"key": made.hex()}]


async def _save(town: Municipality, vault: Vault, staff: str, act: str) -> None:
    custodies.save(town.folder, vault)
    if not town.locked:
        town.unlock_with(vault)
    await town.settle()
    await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, act))


async def back_up(town: Municipality, to: str, staff: str) -> Row:
    """Write a whole backup, or say which path failed and why; the audit keeps both."""
    target = Path(to).absolute()
    if target.resolve().is_relative_to(town.folder.resolve()):
        raise backup.BackupFailed(municipality=town.code, path=target, why="own-folder")
    await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, "backup", None, str(target)))
    await sign_head(town, now=True)
    try:
        made = await asyncio.to_thread(backup.back_up, town.folder, target, town.clock.now_ms())
    except BackendError as error:
        why = error.code
        await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, "backup-failed", None, why))
        raise
    return {
        "journal": str(made.journal),
        "keys": str(made.keys),
        "entries": made.entries,
        "attachments": made.attachments,
        "missing_attachments": 0,
    }
