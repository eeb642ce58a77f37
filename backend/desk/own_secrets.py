"""Secrets of single accounts: until people sign in, they tell a person from whoever types that person's name.

What proves one lies in the municipality's vault, so that every backup holds it and nobody guesses at it in a journal.
It is asked for where a form carries warnings, by who puts it forward and by who agrees, and where a first account is
confirmed. With one account there is nobody to be told apart.
"""

import asyncio
from hashlib import sha256
from typing import ClassVar

from backend.desk.desk import Desk, Row, at_hand
from backend.desk.wire import SecretNeeded
from backend.errors import BackendError
from backend.municipality import custody as custodies
from backend.municipality.service import Municipality
from crypto.errors import CryptoError
from crypto.keyslots import PASSPHRASE, must_be_long
from crypto.own_secrets import kept_of, proves
from crypto.vault import Vault


class SecretMissing(BackendError):
    """An account that anybody can act as is no second person."""

    code: ClassVar[str] = "secret-missing"


class SecretNotOwn(BackendError):
    """Everybody who unlocks the municipality knows its passphrase."""

    code: ClassVar[str] = "secret-not-own"


class NoOwnSecret(BackendError):
    """An account that was made before, or is the first, may have no secret; then it agrees with nothing."""

    code: ClassVar[str] = "no-own-secret"


class WrongOwnSecret(BackendError):
    """The secret is not the one that the person of the account chose."""

    code: ClassVar[str] = "wrong-own-secret"


def kept_secret(vault: Vault, staff: str) -> bytes:
    """The proof of an account's secret that a vault keeps; nothing if there is none."""
    name = _name_of(staff)
    return vault.secret(name).reveal() if vault.has(name) else b""


def _name_of(staff: str) -> str:
    return f"staff/{sha256(staff.encode()).hexdigest()[:32]}"


async def keep(town: Municipality, vault: Vault, staff: str, secret: str) -> None:
    """Keep what proves the secret that an account's person chose, in place of the one before; in the vault's turn."""
    if not secret:
        raise SecretMissing(name=staff)
    must_be_long(secret)
    if PASSPHRASE in town.keyring.vault().kinds and await asyncio.to_thread(_opens, town, secret):
        raise SecretNotOwn(municipality=town.code)
    kept = await asyncio.to_thread(kept_of, secret)
    held = at_hand(town, vault)
    with custodies.changing(town.folder, held):
        held.put(_name_of(staff), kept)


def _opens(town: Municipality, secret: str) -> bool:
    try:
        town.keyring.vault().with_passphrase(secret)
    except CryptoError:
        return False
    return True


class Proof:
    """The proof, in one command, that its person knows the secret of the account that acts."""

    def __init__(self, desk: Desk, town: Municipality, staff: str, command: str, secret: str) -> None:
        self._desk = desk
        self._town = town
        self._staff = staff
        self._command = command
        self._secret = secret

    async def agreed(self) -> None:
        """Refuse who agrees, or puts forward what others are to agree with, and shows no secret of their own."""
        if len(self._town.staff.all()) > 1:
            await self.shown(self._town.custody.vault)

    async def shown(self, vault: Vault) -> None:
        """Refuse who does not show the secret of the account: `NoOwnSecret`, `SecretNeeded`, `WrongOwnSecret`."""
        kept = kept_secret(vault, self._staff)
        if not kept:
            raise NoOwnSecret(name=self._staff, municipality=self._town.code)
        if not self._secret:
            raise SecretNeeded(name=self._staff)
        line = ("secret-failed", self._command, self._staff)
        await self._desk.tried(self._town, f"{self._town.code} {self._staff}", line, self._compare, kept)

    def _compare(self, kept: bytes) -> None:
        if not proves(kept, self._secret):
            raise WrongOwnSecret(name=self._staff)


async def choose(_desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault, proof: Proof) -> list[Row]:
    """Choose a secret for the acting account, or another one by who knows the present one."""
    if kept_secret(vault, staff):
        await proof.shown(vault)
    await keep(town, vault, staff, str(args.get("new") or ""))
    await town.auditing.note(staff, "own-secret")
    return [{"staff": staff, "changed": True}]
