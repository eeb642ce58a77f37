"""Unlocking and backing up: they touch keys and never answers."""

import asyncio
import os
from pathlib import Path

from backend.desk import leaving
from backend.desk.desk import Desk, Row
from backend.errors import BackendError
from backend.files import reason
from backend.municipality import backup
from backend.municipality import custody as custodies
from backend.municipality.kept_backups import dated, thin_out
from backend.municipality.service import Municipality
from backend.sentences import words
from crypto.vault import Vault


async def unlock(desk: Desk, town: Municipality, staff: str, _args: Row, *, vault: Vault) -> list[Row]:
    """Take the private keys in hand, once the audit says so; the projection catches up by itself.

    Whoever was blocked meanwhile loses the keyslots and the desk device that waited for the keys. In the vault's turn.
    A vault with the keyslots of an earlier day opens, since its secret was right; the audit and the answer say so.
    """
    town.keyring.must_be_own(vault)
    older = await town.submit(lambda: _noted(town, staff, vault))
    town.keyring.unlock(vault)
    custodies.note_use(town.folder, vault, town.clock.now_ms())
    await town.settling.settle()
    await leaving.see_off(desk, town, staff)
    return [{"locked": False, **({"warning": words("vault-is-older")} if older else {})}]


def _noted(town: Municipality, staff: str, vault: Vault) -> bool:
    """The lines of an unlock, and an answer to whether the vault is older than the journal knows it."""
    town.auditing.write(staff, "unlock")
    older = town.keyring.is_older(vault)
    if older:
        town.auditing.write(staff, "vault-older")
    return older


async def back_up(_desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    """Write a whole backup, or say which path failed and why; the audit keeps both.

    With `dated` it lies in a folder named by its time, and all but the newest `keep` of these go.
    """
    now_ms, keep = town.clock.now_ms(), int(args.get("keep") or 0)
    folder = Path(str(args["to"])).absolute()
    target = dated(folder, now_ms) if args.get("dated") else folder
    if target.resolve().is_relative_to(town.folder.resolve()):
        raise backup.BackupFailed(municipality=town.code, path=target, why="own-folder")
    await town.auditing.note(staff, "backup", None, str(target))
    await town.auditing.sign_head(now=True)
    try:
        made = await asyncio.to_thread(backup.back_up, town.folder, target, now_ms)
        await town.health.note_backup(now_ms)
        gone = await asyncio.to_thread(_thinned, town.code, folder, keep, now_ms) if keep else []
    except BackendError as error:
        why = error.code
        await town.auditing.note(staff, "backup-failed", None, why, "refused")
        raise
    row: Row = {
        "journal": str(made.journal),
        "keys": str(made.keys),
        "entries": made.entries,
        "attachments": made.attachments,
        "missing_attachments": 0,
    }
    return [{**row, "removed": gone} if keep else row]


def _thinned(code: str, folder: Path, keep: int, now_ms: int) -> list[str]:
    try:
        return thin_out(folder, code, keep, now_ms)
    except OSError as error:
        path = os.fsdecode(error.filename or folder)
        raise backup.OldBackupsStay(municipality=code, path=path, why=reason(error)) from None
