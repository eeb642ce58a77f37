"""Commands that need no server: set a municipality up, and put a backup back."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from backend.clock import WallClock
from backend.desk.accounts import account_name
from backend.desk.arguments import BadArgument
from backend.errors import BackendError, MunicipalityExists, MunicipalityUnknown
from backend.files import lasting_folder, private_folder, reason, sync_folder, write_atomically
from backend.municipality.founding import found
from backend.municipality.holding import hold
from backend.municipality.lists import revise
from backend.municipality.publishing import publish
from backend.municipality.restoring import put_back
from backend.municipality.service import Municipality
from backend.settings import Settings
from backend.stores import COPIED, look_at_blobs, look_at_databases, move_blobs, moving, open_stores
from backend.stores.rows import ADMIN
from crypto.vault import Vault
from forms.definition.library import LISTS, SLUGS, shipped_list, shipped_versions
from forms.lint.frame import Publication, lacking
from sync.entry import MUNICIPALITY

BUILDING: Final = ".being-set-up"  # behind the name of what is not a municipality yet


class KeysNotWritable(BackendError):
    """The key folder cannot be written."""

    code = "keys-not-writable"


class DataNotWritable(BackendError):
    """The data folder cannot be written."""

    code = "data-not-writable"


class LeftBesideKeys(BackendError):
    """A key file or list of an earlier municipality may be all that opens its backups: it is never written over."""

    code = "left-beside-keys"


class BadMunicipality(BackendError):
    """A municipality is called by the code that the country's register gives it."""

    code = "bad-municipality"


class RecoveryNotConfirmed(BackendError):
    """A recovery code that was not written down is none."""

    code = "recovery-not-confirmed"


def may_write_keys(settings: Settings) -> None:
    """Find out that the key folder cannot be written before the vault takes a new key file, not after."""
    try:
        _probe(settings.keys)
    except OSError as error:
        raise KeysNotWritable(why=reason(error)) from None


def keep_key_file(settings: Settings, code: str, key: bytes) -> Path:
    """Keep a municipality's key file where the server finds it when it starts; readable by its owner only."""
    path = settings.keys / f"{code}.key"
    write_atomically(path, key)
    return path


def may_be_one(settings: Settings, code: str) -> None:
    """Refuse a code that is none, or is set up already, before anything is asked."""
    if not MUNICIPALITY.fullmatch(code):
        raise BadMunicipality(given=repr(code[:40]))
    _refuse_where_one_is(settings.data / code)


def may_set_up(
    settings: Settings, code: str, admin: str, publication: Publication | None = None, *, key_file: bool = False
) -> None:
    """Refuse whatever cannot be set up before anybody thinks of a passphrase, and before anything is made.

    That is: a code that is none or set up already, a name that is none, a register that is no address, a data or key
    folder that cannot be written, what an earlier municipality of that code left beside the keys, database
    servers that can hold no municipality, and a bucket that can keep no attachments.
    """
    may_be_one(settings, code)
    account_name(admin)
    for name in lacking(publication) if publication is not None else ():
        raise BadArgument(what=f"--{name}", wanted=f"wanted-{name}")
    left = [name for name in (f"{code}.list", *[f"{code}.key"] * key_file) if (settings.keys / name).exists()]
    if left:
        raise LeftBesideKeys(municipality=code, path=settings.keys / left[0])
    try:
        _probe(settings.data)
    except OSError as error:
        raise DataNotWritable(path=settings.data, why=reason(error)) from None
    if key_file:
        may_write_keys(settings)
    look_at_databases(settings)
    look_at_blobs(settings)


def _probe(folder: Path) -> None:
    private_folder(folder)
    write_atomically(folder / ".probe", b"")
    (folder / ".probe").unlink()


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
    may_set_up(settings, code, admin, publication, key_file=key_file and bool(passphrase))

    def prepare(vault: Vault) -> bytes | None:
        if passphrase:
            vault.set_passphrase(passphrase)
        if not confirm(vault.set_recovery_code()):
            raise RecoveryNotConfirmed
        return vault.set_key_file() if key_file else None

    with _building(settings.data / code) as made:
        town, key = found(made, WallClock(), prepare)

        async def finish() -> None:
            await town.submit(lambda: town.staff.add(admin, ADMIN, WallClock().now_ms(), "init"))
            if publication is not None:
                await _ship(town, admin, publication)
            await town.close()

        asyncio.run(finish())
        if key is not None and not passphrase:
            keep_key_file(settings, code, key)  # nothing else that anybody has opens it
    if key is not None and passphrase:
        keep_key_file(settings, code, key)  # a set-up that was killed leaves none, which the next one would spare


async def _ship(town: Municipality, admin: str, publication: Publication) -> None:
    """Publish what ships: the lists that a municipality begins with, and every version of each form in its order."""
    for name in LISTS:
        await revise(town, name, shipped_list(name), f"{name}.csv", "", admin)
    for raw in (raw for slug in SLUGS for raw in shipped_versions(slug)):
        await publish(town, raw, admin, publication)


def _refuse_where_one_is(folder: Path) -> None:
    """Refuse to write over what is left of a municipality, such as its vault alone."""
    if any((folder / name).exists() for name in (*COPIED, *open_stores().files(), "vault")):
        raise MunicipalityExists(municipality=folder.name)


@contextmanager
def _building(folder: Path) -> Iterator[Path]:
    """A folder of the same name beside, which takes the place of the real one when all is done.

    Whatever ends a set-up before that, and be it the power, leaves nothing that a server or the next set-up takes for a
    municipality. Where the folder is there, such as a link to a disk of its own, it is built inside, and moved piece by
    piece.
    """
    site = folder / BUILDING if folder.exists() else folder.with_name(f"{folder.name}{BUILDING}")
    lasting_folder(site)
    engine = open_stores()
    with closing(hold(site)):
        _refuse_where_one_is(folder)  # another set-up may have ended just now
        made = site / folder.name
        engine.discard(made)  # a set-up that was killed may have made a schema, which only this folder names
        shutil.rmtree(made, ignore_errors=True)
        try:
            yield made
            sync_folder(made)
            if folder.exists():
                last = engine.files()[-1]  # that makes a folder a municipality
                for path in sorted(made.iterdir(), key=lambda path: path.name == last):
                    path.rename(folder / path.name)
                sync_folder(folder)
            else:
                made.rename(folder)
                sync_folder(folder.parent)
        finally:
            with suppress(BackendError):  # what cannot be reached now stays named
                engine.discard(made)
                shutil.rmtree(site, ignore_errors=True)


def move(settings: Settings, code: str, *, to_server: bool) -> int:
    """Carry a municipality that no server has into PostgreSQL, or back into files; returns the number of rows."""
    folder = settings.data / code
    if not MUNICIPALITY.fullmatch(code) or not folder.is_dir():
        raise MunicipalityUnknown(municipality=code)
    with closing(hold(folder)):
        return moving.move(folder, open_stores(), to_server=to_server)


def move_attachments(settings: Settings, code: str, *, to_bucket: bool) -> int:
    """Carry the attachments of a municipality that no server has into the bucket, or back; returns how many."""
    folder = settings.data / code
    if not MUNICIPALITY.fullmatch(code) or not folder.is_dir():
        raise MunicipalityUnknown(municipality=code)
    with closing(hold(folder)):
        return move_blobs(folder, to_bucket=to_bucket)


def restore(settings: Settings, code: str, backup: Path) -> Path | None:
    """Put a backup in the place of a municipality's folder; returns where the old one went.

    The next start begins a new life: the devices pull from the beginning and hand in what the backup lacks.
    """
    return put_back(settings.data, code, backup, WallClock().now_ms())
