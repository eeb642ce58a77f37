"""The private keys of a municipality: sealed in its vault on the disk, or in hand.

Without them it takes in and merges."""

from pathlib import Path
from typing import Final, NamedTuple

from backend.errors import MunicipalityLocked, VaultForeign
from backend.municipality import custody as custodies
from backend.municipality.custody import Custody
from backend.municipality.exchange import Exchange
from backend.municipality.state import Ledger
from backend.stores.ledger import Journal
from crypto.keys import SigningKey
from crypto.vault import LockedVault, Vault

GENERATION: Final = "vault-generation"  # in the journal: the newest that a change of keyslots made


class Locked(NamedTuple):
    """The last lock: by whom, or nobody where the server has not been unlocked since it started; and when."""

    by: str
    at_ms: int


class Keyring:
    """Takes the private keys of one municipality in hand and lets them go."""

    def __init__(self, folder: Path, journal: Journal, ledger: Ledger, exchanges: Exchange, at_ms: int) -> None:
        self._folder = folder
        self._journal = journal
        self._ledger = ledger
        self.since = 0  # the position of the journal when they were taken in hand: before it nobody projected
        self.locked = Locked("", at_ms)
        self._exchanges = exchanges  # it has them for as long as they are in hand: what it opens needs them

    @property
    def in_hand(self) -> Custody:
        """The private keys. Raises `MunicipalityLocked`."""
        if self._exchanges.custody is None:
            raise MunicipalityLocked(municipality=self._folder.name)
        return self._exchanges.custody

    def vault(self) -> LockedVault:
        """The vault as it lies on the disk."""
        return custodies.read(self._folder)

    def is_older(self, vault: Vault) -> bool:
        """True if the journal knows a later list of keyslots than a vault has: somebody put an older file back."""
        kept = self._journal.meta(GENERATION)
        return kept is not None and vault.generation < int(kept)

    def keep_generation(self, generation: int) -> None:
        """Keep the generation that a change of keyslots made; inside a transaction, with its line."""
        self._journal.set_meta(GENERATION, str(generation).encode())

    def must_be_own(self, vault: Vault) -> None:
        """Refuse a vault of the same name with other keys, which somebody put in its place: `VaultForeign`."""
        keys = self._ledger.committed.book.keys
        if keys is not None and SigningKey.from_seed(vault.secret("signing").reveal()).public != keys.signing:
            raise VaultForeign(municipality=self._folder.name)

    def unlock(self, vault: Vault) -> None:
        """Take the private keys in hand. Whoever has an event loop calls `Settling.settle` after it."""
        self.must_be_own(vault)
        keys = self._ledger.committed.book.keys
        self.since = self._ledger.committed.position
        self._exchanges.custody = Custody(vault, keys.minimum_suite if keys is not None else 2)

    def lock(self, by: str = "", at_ms: int = 0) -> None:
        """Let the private keys go."""
        self._exchanges.custody = None
        self.locked = Locked(by, at_ms)
