"""What the command line does without a server: set a municipality up, and put a backup back."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from backend.clock import WallClock
from backend.errors import BackendError, MunicipalityExists
from backend.files import private_folder, write_atomically
from backend.municipality.publishing import publish
from backend.municipality.restoring import put_back
from backend.municipality.service import Municipality
from backend.settings import Settings
from backend.stores.staff import ADMIN
from crypto.vault import Vault
from forms.library import SLUGS, shipped_raw
from forms.lint.frame import Publication
from sync.entry import MUNICIPALITY


class KeysNotWritable(BackendError):
    """The key folder cannot be written."""

    code = "keys-not-writable"


class BadMunicipality(BackendError):
    """A municipality is called by the code that the country's register gives it."""

    code = "bad-municipality"


class RecoveryNotConfirmed(BackendError):
    """A recovery code that was not written down is none."""

    code = "recovery-not-confirmed"


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


def may_set_up(settings: Settings, code: str) -> None:
    """Refuse a code that is none, and one that is set up already, before anybody thinks of a passphrase."""
    if not MUNICIPALITY.fullmatch(code):
        raise BadMunicipality(given=repr(code[:40]))
    if (settings.data / code / "journal.db").exists():
        raise MunicipalityExists(municipality=code)


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
    may_set_up(settings, code)
    folder = settings.data / code

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
        await town.submit(lambda: town.staff.add(admin, ADMIN, WallClock().now_ms(), "init"))
        for slug in SLUGS if publication is not None else ():
            await publish(town, shipped_raw(slug), admin, publication)
        await town.close()

    asyncio.run(finish())
    if key is not None:
        keep_key_file(settings, code, key)


def restore(settings: Settings, code: str, backup: Path) -> Path | None:
    """Put a backup in the place of a municipality's folder; returns where the old one went.

    The next start begins a new life: the devices pull from the beginning and hand in what the backup lacks.
    """
    return put_back(settings.data, code, backup, WallClock().now_ms())
