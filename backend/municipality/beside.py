"""The store of what staff keep beside the journal, desk.db: its key, a piece of work with it, and erasure.

The key is made with the first work. A store whose key no vault holds is noise, as after a restore of an older backup:
it goes, and begins anew. One that the key does not open is left for a person: nothing could make it again.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from backend.municipality import custody as custodies
from backend.stores.desk_store import DeskStore, desk_store, discard_desk_store, write_desk_store_anew
from backend.stores.places import DESK_FILE
from crypto.primitives import KEY_BYTES, random_bytes
from crypto.vault import Vault

SECRET: Final = "desk-store"  # noqa: S105 - the name of the key in the vault
T = TypeVar("T")


def key_of(folder: Path, vault: Vault) -> bytes:
    """The key of the store, made and saved if there is none; on the thread that changes vaults."""
    if not vault.has(SECRET):
        discard_desk_store(folder)
        with custodies.changing(folder, vault):
            vault.put(SECRET, random_bytes(KEY_BYTES))
    return vault.secret(SECRET).reveal()


def with_store(folder: Path, key: bytes, work: Callable[[DeskStore], T]) -> T:
    """Do a piece of work with the open store; it is closed before this returns, so that no lock has to wait for it."""
    with desk_store(folder, key) as store:
        return work(store)


def erase_beside(folder: Path, records: Sequence[bytes], vault: Vault | None, *, anew: bool = True) -> str:
    """Forget in desk.db whatever may say something about erased records; returns the code of what is left over.

    With `anew` it is written anew, so that nothing of them lies between its rows.
    """
    if not (folder / DESK_FILE).exists():
        return ""
    if vault is None:
        return "left-locked"
    if not vault.has(SECRET):
        discard_desk_store(folder)
        return ""
    key = vault.secret(SECRET).reveal()
    with_store(folder, key, lambda store: store.erase(records))
    if anew:
        write_desk_store_anew(folder, key)
    return ""
