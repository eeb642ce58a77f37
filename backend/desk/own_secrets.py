"""Secrets of single accounts: until people sign in, they tell a person from whoever types that person's name.

What proves one lies in the municipality's vault, so that every backup holds it and nobody guesses at it in a journal.
It is asked for where a form carries warnings, by who puts it forward and by who agrees, and where a first account is
confirmed. With one account there is nobody to be told apart.

A secret that its person forgot is replaced by two colleagues: one asks, at whose keyboard the person types another one,
and a second one agrees. The accounts of both are older than the asking by a week, so that nobody makes one for it.
Until then the old secret counts, and whoever shows it hears of it and may end it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import ClassVar, Final

import msgspec

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


class SecondPersonNeeded(BackendError):
    """A person who could replace a secret alone could act as its owner."""

    code: ClassVar[str] = "second-person-needed"


class NothingToRenew(BackendError):
    """Nobody asked for another secret of an account, or its person ended that, or it was too long ago."""

    code: ClassVar[str] = "nothing-to-renew"


class RenewalAsked(BackendError):
    """A colleague asked for another secret of an account whose person remembers it: they decide about that first."""

    code: ClassVar[str] = "renewal-asked"


DAY_MS: Final = 24 * 60 * 60 * 1000
RENEWAL_MS: Final = 7 * DAY_MS  # within which a second colleague agrees
ACCOUNT_AGE_MS: Final = 7 * DAY_MS  # that theirs has at least when it is asked for


class Renewal(msgspec.Struct, frozen=True):
    """Another secret for an account, which somebody asked for and nobody agreed with yet."""

    kept: bytes
    asked_by: str
    asked_ms: int


def kept_secret(vault: Vault, staff: str) -> bytes:
    """The proof of an account's secret that a vault keeps; nothing if there is none."""
    name = _name_of(staff)
    return vault.secret(name).reveal() if vault.has(name) else b""


def _name_of(staff: str) -> str:
    return f"staff/{sha256(staff.encode()).hexdigest()[:32]}"


def _asked_for(town: Municipality, vault: Vault, staff: str) -> Renewal | None:
    """The secret that was asked for in place of an account's, if that is not too long ago."""
    name = f"renew-{_name_of(staff)}"
    kept = vault.secret(name).reveal() if vault.has(name) else b""
    found = msgspec.msgpack.decode(kept, type=Renewal) if kept else None
    fresh = found is not None and town.clock.now_ms() < found.asked_ms + RENEWAL_MS
    return found if fresh else None


async def keep(town: Municipality, vault: Vault, staff: str, secret: str) -> None:
    """Keep what proves the secret that an account's person chose, in place of the one before; in the vault's turn."""
    kept = await _proof_of(town, staff, secret)
    _put(town, vault, {_name_of(staff): kept, f"renew-{_name_of(staff)}": b""})


def _put(town: Municipality, vault: Vault, values: Mapping[str, bytes]) -> None:
    held = at_hand(town, vault)
    with custodies.changing(town.folder, held):
        for name, value in values.items():
            if value or held.has(name):
                held.put(name, value)


async def _proof_of(town: Municipality, staff: str, secret: str) -> bytes:
    """The proof of a secret. Raises where it is none that a person could have alone."""
    if not secret:
        raise SecretMissing(name=staff)
    must_be_long(secret)
    if PASSPHRASE in town.keyring.vault().kinds and await asyncio.to_thread(_opens, town, secret):
        raise SecretNotOwn(municipality=town.code)
    return await asyncio.to_thread(kept_of, secret)


def _opens(town: Municipality, secret: str) -> bool:
    try:
        town.keyring.vault().with_passphrase(secret)
    except CryptoError:
        return False
    return True


class Proof:
    """The proof, in one command, that its person knows the secret of the account that acts."""

    def __init__(
        self, desk: Desk, town: Municipality, staff: str, command: str, secret: str, *, fresh: bool = False
    ) -> None:
        self._fresh = fresh  # a page confirmed this terminal just now, which asks for a factor
        self._desk = desk
        self._town = town
        self._staff = staff
        self._command = command
        self._secret = secret

    async def agreed(self) -> None:
        """Refuse who agrees, or puts forward what others are to agree with, and shows no secret of their own."""
        if len(self._town.staff.all()) > 1:
            await self.shown(self._town.custody.vault)

    async def anew(self) -> None:
        """Refuse who neither signed this terminal in within the minutes that a page takes a factor for fresh, nor shows
        the secret of the account."""
        if not self._fresh:
            await self.shown(self._town.custody.vault)

    async def shown(self, vault: Vault, *, knows: bool = False) -> None:
        """Refuse who does not show the secret of the account: `NoOwnSecret`, `SecretNeeded`, `WrongOwnSecret`.

        Whoever shows it while a colleague asked for another one hears so (`RenewalAsked`), unless they know it.
        """
        kept = kept_secret(vault, self._staff)
        if not kept:
            raise NoOwnSecret(name=self._staff, municipality=self._town.code)
        if not self._secret:
            raise SecretNeeded(name=self._staff)
        line = ("secret-failed", self._command, self._staff)
        await self._desk.tried(self._town, f"{self._town.code} {self._staff}", line, self._compare, kept)
        renewal = _asked_for(self._town, vault, self._staff)
        if renewal is not None and not knows:
            raise RenewalAsked(name=self._staff, asked_by=renewal.asked_by, at_ms=renewal.asked_ms)

    def _compare(self, kept: bytes) -> None:
        if not proves(kept, self._secret):
            raise WrongOwnSecret(name=self._staff)


async def choose(_desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault, proof: Proof) -> list[Row]:
    """Choose a secret for the acting account, or another one by who knows the present one."""
    if kept_secret(vault, staff):
        await proof.shown(vault, knows=True)
    await keep(town, vault, staff, str(args.get("new") or ""))
    await town.auditing.note(staff, "own-secret")
    return [{"staff": staff, "changed": True}]


async def replace(_desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault, proof: Proof) -> list[Row]:
    """Ask for another secret of a colleague who forgot theirs, or `agree` with that as a second colleague."""
    name = town.staff.known(str(args["name"]))
    await proof.shown(vault)
    if args.get("agree"):
        return await _agreed(town, staff, name, vault)
    now_ms = town.clock.now_ms()
    _must_be_another(town, staff, (name,), now_ms)
    renewal = Renewal(await _proof_of(town, name, str(args.get("new") or "")), staff, now_ms)
    _put(town, vault, {f"renew-{_name_of(name)}": msgspec.msgpack.encode(renewal)})
    await town.auditing.note(staff, "replace-secret", None, name)
    return [{"staff": name, "asked_by": staff, "until_ms": renewal.asked_ms + RENEWAL_MS}]


def _must_be_another(town: Municipality, staff: str, others: Sequence[str], at_ms: int) -> None:
    """Refuse one of the others, and an account that somebody may have made for this."""
    [made_ms] = [account.created_ms for account in town.staff.all() if account.name == staff]
    if staff in others or made_ms > at_ms - ACCOUNT_AGE_MS:
        raise SecondPersonNeeded(name=others[0])


async def _agreed(town: Municipality, staff: str, name: str, vault: Vault) -> list[Row]:
    renewal = _asked_for(town, vault, name)
    if renewal is None:
        raise NothingToRenew(name=name)
    _must_be_another(town, staff, (name, renewal.asked_by), renewal.asked_ms)
    _put(town, vault, {_name_of(name): renewal.kept, f"renew-{_name_of(name)}": b""})
    await town.auditing.note(staff, "agree-secret", None, name)
    return [{"staff": name, "asked_by": renewal.asked_by, "agreed_by": staff}]
