"""The private keys of a municipality: sealed in its vault on the disk, or in hand.

Without them it takes in and merges."""

from pathlib import Path

from backend.errors import MunicipalityLocked
from backend.municipality import custody as custodies
from backend.municipality.custody import Custody
from backend.municipality.exchange import Exchange
from backend.municipality.state import Ledger
from crypto.vault import LockedVault, Vault


class Keyring:
    """Takes the private keys of one municipality in hand and lets them go."""

    def __init__(self, folder: Path, ledger: Ledger, exchanges: Exchange) -> None:
        self._folder = folder
        self._ledger = ledger
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

    def unlock(self, vault: Vault) -> None:
        """Take the private keys in hand. Whoever has an event loop calls `Settling.settle` after it."""
        keys = self._ledger.committed.book.keys
        self._exchanges.custody = Custody(vault, keys.minimum_suite if keys is not None else 2)

    def lock(self) -> None:
        """Let the private keys go."""
        self._exchanges.custody = None
