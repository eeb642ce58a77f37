"""Making a municipality: its folder, keys, vault and stores, and its first life."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from backend.clock import Clock
from backend.errors import MunicipalityExists, MunicipalityUnknown
from backend.files import private_folder
from backend.municipality import custody as custodies
from backend.municipality.custody import Custody
from backend.municipality.intake import Intake
from backend.municipality.service import Municipality
from backend.municipality.state import Ledger
from backend.stores import make_blobs, open_stores
from backend.stores.gathered import Gathered
from backend.stores.ledger import Engine
from crypto.primitives import random_bytes
from crypto.vault import Vault
from sync.entry import MUNICIPALITY

T = TypeVar("T")


def found(
    folder: Path, clock: Clock, prepare: Callable[[Vault], T], engine: Engine | None = None
) -> tuple[Municipality, T]:
    """Make a municipality and open it, unlocked; `prepare` adds the keyslots, and what it returns is returned too.

    Raises `MunicipalityUnknown` where the folder's name is no code, `MunicipalityExists` where there is one.
    """
    if not MUNICIPALITY.fullmatch(folder.name):
        raise MunicipalityUnknown(municipality=folder.name)
    engine = engine or open_stores()
    if engine.holds(folder):
        raise MunicipalityExists(municipality=folder.name)
    private_folder(folder)
    made = Custody.create(folder.name, random_bytes(32))
    prepared = prepare(made.vault)
    custodies.save(folder, made.vault)
    engine.create(folder)
    make_blobs(folder)
    with closing(Gathered(engine.open(folder))) as stores, stores.unit():
        journal, now_ms = stores.journal, clock.now_ms()
        journal.set_meta("cursor", random_bytes(32))
        journal.begin_life(random_bytes(16), now_ms, "set-up")
        Intake(journal, Ledger(journal)).take_fact(made.bundle(1, now_ms), now_ms)
    opened = Municipality(folder, clock, engine=engine)
    opened.keyring.unlock(made.vault)
    return opened, prepared
