"""What the command line does without a server: set a municipality up, and put a backup back."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from backend.clock import WallClock
from backend.errors import BackendError, MunicipalityExists
from backend.files import private_folder, write_atomically
from backend.municipality.erasing import ERASURES_FILE
from backend.municipality.publishing import publish
from backend.municipality.service import Municipality
from backend.settings import Settings
from backend.stores.control import ADMIN, Control
from crypto.vault import Vault
from forms.library import SLUGS, shipped_raw
from forms.lint.frame import Publication
from sync.entry import MUNICIPALITY


class NotABackup(BackendError):
    """A backup has a journal and keys, apart."""

    code = "not-a-backup"
    message = "The folder holds no backup of {municipality}: {what} is missing."
    remedy = "Give the folder that `veldpost backup` was told to write to."


class KeysNotWritable(BackendError):
    """The key folder cannot be written."""

    code = "keys-not-writable"
    message = "The key folder cannot be written: {why}."
    remedy = "Check VELDPOST_KEYS and who may write there; nothing was changed."


class RecoveryNotConfirmed(BackendError):
    """A recovery code that was not written down is none."""

    code = "recovery-not-confirmed"
    message = "What was typed is not the recovery code that was shown."
    remedy = "Nothing was set up. Run `veldpost init` again and write the code down."


def may_write_keys(settings: Settings) -> None:
    """Find out that the key folder cannot be written before the vault takes a new key file, not after."""
    try:
        private_folder(settings.keys)
        write_atomically(settings.keys / ".probe", b"")
        (settings.keys / ".probe").unlink()
    except OSError as error:
        raise KeysNotWritable(why=error.strerror) from None


def keep_key_file(settings: Settings, code: str, key: bytes) -> Path:
    """Keep a municipality's key file where the server finds it when it starts; readable by its owner only."""
    path = settings.keys / f"{code}.key"
    write_atomically(path, key)
    return path


def set_up(
    settings: Settings,
    code: str,
    admin: str,
    passphrase: str,
    key_file: bool,
    confirm: Callable[[str], bool],
    publication: Publication | None = None,
) -> None:
    """Keys, vault, recovery code and the first account; nothing if the code is not confirmed.

    With who is responsible and where the register names the processing, the forms that ship are published too.
    """
    folder = settings.data / code
    if (folder / "journal.db").exists():
        raise MunicipalityExists(municipality=code)

    def prepare(vault: Vault) -> bytes | None:
        if passphrase:
            vault.set_passphrase(passphrase)
        if not confirm(vault.set_recovery_code()):
            raise RecoveryNotConfirmed
        return vault.set_key_file() if key_file else None

    private_folder(settings.data)
    made_folder = not folder.exists()
    try:
        town, key = Municipality.create(folder, WallClock(), prepare)
    except RecoveryNotConfirmed:
        if made_folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise

    async def finish() -> None:
        for slug in SLUGS if publication is not None else ():
            await publish(town, shipped_raw(slug), admin, publication)
        await town.close()

    asyncio.run(finish())
    if key is not None:
        keep_key_file(settings, code, key)
    control = Control(settings.data)
    control.add_staff(code, admin, ADMIN, WallClock().now_ms())
    control.close()


def restore(settings: Settings, code: str, backup: Path) -> Path | None:
    """Put a backup in the place of a municipality's folder and begin a new life; returns where the old one went.

    The list of erasures is not in any backup: the present one is kept and replayed, so what was erased stays erased.
    The devices notice the new life, pull from the beginning and hand in what the backup lacks.
    """
    source, folder = backup / code, settings.data / code
    if not MUNICIPALITY.fullmatch(code):
        raise NotABackup(municipality=code, what="a municipality of that name")
    for part in ("journal/journal.db", "keys/keys.db", "keys/vault/municipality.vault"):
        if not (source / part).is_file():
            raise NotABackup(municipality=code, what=part)
    aside = None
    beside = folder.with_name(f"{code}.restoring")
    shutil.rmtree(beside, ignore_errors=True)
    private_folder(beside)
    for part in ("journal", "keys"):
        shutil.copytree(source / part, beside, dirs_exist_ok=True, ignore=shutil.ignore_patterns("backup.json"))
    if folder.exists():
        held = Municipality(folder, WallClock()) if (folder / "journal.db").exists() else None  # refuses if in use
        if (folder / ERASURES_FILE).exists():
            shutil.copy2(folder / ERASURES_FILE, beside / ERASURES_FILE)
        if held is not None:
            asyncio.run(held.close())
        aside = folder.with_name(f"{code}.before-restore-{WallClock().now_ms()}")
        folder.rename(aside)
    beside.rename(folder)
    town = Municipality(folder, WallClock())

    async def begin() -> None:
        now_ms = WallClock().now_ms()
        await town.submit(lambda: town.exchanges.begin_life(now_ms, "restored from a backup"))
        await town.submit(lambda: town.journal.audit(now_ms, "operator", "restore"))
        await town.close()

    asyncio.run(begin())
    return aside
