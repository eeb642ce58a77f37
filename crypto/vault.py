"""The vault: a municipality's private keys, sealed under one vault key that each keyslot wraps (SPEC.md section 7).

Bytes in, bytes out. Changing a passphrase rewrites one slot and touches no data.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

import msgspec

from crypto import primitives
from crypto.errors import (
    LastSlot,
    UnknownSecret,
    VaultCorrupt,
    WeakPassphrase,
    WrongKeyFile,
    WrongPassphrase,
    WrongRecoveryCode,
)
from crypto.recovery import from_code, to_code
from crypto.secrets import Hidden, Secret

PASSPHRASE: Final = "passphrase"  # noqa: S105 - the kind of a slot, not a password
KEY_FILE: Final = "key-file"
RECOVERY: Final = "recovery-code"

PASSPHRASE_MIN: Final = 12  # characters; Argon2id makes each guess cost, length makes guesses many
MEMORY_KIB: Final = 64 * 1024  # RFC 9106, second recommended option: 64 MiB, 3 passes, 4 lanes
PASSES: Final = 3
LANES: Final = 4
MEMORY_KIB_MAX: Final = 1024 * 1024  # a changed vault must not make the server eat all memory
PASSES_MAX: Final = 64
LANES_MAX: Final = 16
SALT_BYTES: Final = 16
VERSION: Final = 1


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """One way to unlock: the vault key, wrapped. The Argon2id parameters are 0 where they do not apply."""

    kind: str
    salt: bytes
    memory_kib: int
    passes: int
    lanes: int
    nonce: bytes
    wrapped: bytes


class _Stored(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    version: int
    municipality: str
    slots: tuple[Slot, ...]
    nonce: bytes
    sealed: bytes


_decoder: Final = msgspec.msgpack.Decoder(_Stored)
_encode: Final = msgspec.msgpack.Encoder().encode
_secrets: Final = msgspec.msgpack.Decoder(dict[str, bytes])


def _slot_aad(municipality: str, kind: str, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    return b"veldpost/1/slot" + _encode([municipality, kind, salt, memory, passes, lanes])


def _contents_aad(municipality: str, slots: tuple[Slot, ...]) -> bytes:
    """The list of slots is bound to the contents: a slot cannot be added or taken away without the vault key."""
    return b"veldpost/1/vault" + _encode([VERSION, municipality, slots])


def normal(passphrase: str) -> bytes:
    """One spelling for what a person types on any keyboard."""
    return unicodedata.normalize("NFKC", passphrase).encode()


def must_be_long(passphrase: str) -> None:
    """Refuse a passphrase that can be guessed by its length alone: `WeakPassphrase`."""
    if len(unicodedata.normalize("NFKC", passphrase)) < PASSPHRASE_MIN:
        raise WeakPassphrase(length=len(passphrase), minimum=PASSPHRASE_MIN)


def _slot_key(kind: str, secret: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    if kind == PASSPHRASE:
        return primitives.argon2id(secret, salt, memory_kib=memory, passes=passes, lanes=lanes)
    return primitives.hkdf(secret + salt, b"veldpost/1/slot/" + kind.encode())


class Vault(Hidden):
    """An unlocked vault. What it holds leaves memory only sealed, by `to_bytes`."""

    __slots__ = ("_key", "_secrets", "municipality", "slots")

    def __init__(self, municipality: str, key: bytes, secrets: Mapping[str, bytes], slots: tuple[Slot, ...]) -> None:
        self.municipality = municipality
        self._key = key
        self._secrets = dict(secrets)
        self.slots = slots

    @classmethod
    def create(cls, municipality: str, secrets: Mapping[str, bytes]) -> "Vault":
        """A new vault without a keyslot: add one before it is saved."""
        return cls(municipality, primitives.random_bytes(primitives.KEY_BYTES), secrets, ())

    def secret(self, name: str) -> Secret:
        """A secret by its name."""
        if name not in self._secrets:
            raise UnknownSecret(name=name)
        return Secret(self._secrets[name])

    def has(self, name: str) -> bool:
        """True if a secret of that name is held."""
        return name in self._secrets

    def put(self, name: str, value: bytes) -> None:
        """Keep a secret under a name."""
        self._secrets[name] = value

    def set_passphrase(self, passphrase: str, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        """Make this the passphrase, in place of the one before; what is sealed stays as it is."""
        self.replace(self.passphrase_slot(passphrase, memory_kib=memory_kib, passes=passes))

    def passphrase_slot(self, passphrase: str, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> Slot:
        """A slot that opens with a passphrase; it takes a while, and changes nothing until `replace`."""
        must_be_long(passphrase)
        return self._slot(PASSPHRASE, normal(passphrase), memory_kib, passes, LANES)

    def state(self) -> tuple[tuple[Slot, ...], dict[str, bytes]]:
        """The slots and secrets as they are now, for `set_back`."""
        return self.slots, dict(self._secrets)

    def set_back(self, state: tuple[tuple[Slot, ...], dict[str, bytes]]) -> None:
        """Be again as at an earlier time, because what came since could not be saved."""
        self.slots, self._secrets = state

    def set_key_file(self) -> bytes:
        """Make a new key file, in place of the one before; the 32 bytes are given out once."""
        key_file = primitives.random_bytes(primitives.KEY_BYTES)
        self.replace(self._slot(KEY_FILE, key_file))
        return key_file

    def set_recovery_code(self) -> str:
        """Make a new recovery code, in place of the one before; it is shown once."""
        entropy = primitives.random_bytes(primitives.KEY_BYTES)[:20]
        self.replace(self._slot(RECOVERY, entropy))
        return to_code(entropy)

    def remove(self, kind: str) -> None:
        """Take a keyslot away; never the last one."""
        left = tuple(slot for slot in self.slots if slot.kind != kind)
        if not left:
            raise LastSlot
        self.slots = left

    def to_bytes(self) -> bytes:
        """The vault, sealed, as it is saved."""
        if not self.slots:
            raise LastSlot
        nonce = primitives.random_bytes(primitives.NONCE_BYTES)
        aad = _contents_aad(self.municipality, self.slots)
        sealed = primitives.Aead(self._key).seal(nonce, _encode(self._secrets), aad)
        return _encode(_Stored(VERSION, self.municipality, self.slots, nonce, sealed))

    def replace(self, slot: Slot) -> None:
        """Put a slot in the place of the one of its kind."""
        self.slots = (*(other for other in self.slots if other.kind != slot.kind), slot)

    def _slot(self, kind: str, secret: bytes, memory: int = 0, passes: int = 0, lanes: int = 0) -> Slot:
        salt = primitives.random_bytes(SALT_BYTES)
        nonce = primitives.random_bytes(primitives.NONCE_BYTES)
        key = _slot_key(kind, secret, salt, memory, passes, lanes)
        aad = _slot_aad(self.municipality, kind, salt, memory, passes, lanes)
        return Slot(kind, salt, memory, passes, lanes, nonce, primitives.Aead(key).seal(nonce, self._key, aad))


class LockedVault:
    """A vault as it lies on the disk: which municipality, which keyslots, nothing else."""

    def __init__(self, stored: _Stored) -> None:
        self._stored = stored
        self.municipality = stored.municipality
        self.kinds = tuple(slot.kind for slot in stored.slots)

    def with_passphrase(self, passphrase: str) -> Vault:
        """Unlock, or `WrongPassphrase`."""
        return self._unlock(PASSPHRASE, normal(passphrase)) or _fail(WrongPassphrase())

    def with_key_file(self, key_file: bytes) -> Vault:
        """Unlock, or `WrongKeyFile`."""
        return self._unlock(KEY_FILE, key_file) or _fail(WrongKeyFile())

    def with_recovery_code(self, code: str) -> Vault:
        """Unlock; a slip in writing is told apart from a code of another vault."""
        return self._unlock(RECOVERY, from_code(code)) or _fail(WrongRecoveryCode(why="code-of-another"))

    def _unlock(self, kind: str, secret: bytes) -> Vault | None:
        for slot in self._stored.slots:
            if slot.kind == kind:
                key = self._vault_key(slot, secret)
                return None if key is None else self._open(key)
        return None

    def _vault_key(self, slot: Slot, secret: bytes) -> bytes | None:
        if slot.kind == PASSPHRASE:
            in_bounds = slot.memory_kib <= MEMORY_KIB_MAX and slot.passes <= PASSES_MAX and slot.lanes <= LANES_MAX
            if not in_bounds or slot.passes < 1 or slot.lanes < 1 or slot.memory_kib < 8 * slot.lanes:
                raise VaultCorrupt(why="slot-out-of-bounds")
        key = _slot_key(slot.kind, secret, slot.salt, slot.memory_kib, slot.passes, slot.lanes)
        aad = _slot_aad(self.municipality, slot.kind, slot.salt, slot.memory_kib, slot.passes, slot.lanes)
        try:
            return primitives.Aead(key).open(slot.nonce, slot.wrapped, aad)
        except primitives.OpenFailed:
            return None

    def _open(self, key: bytes) -> Vault:
        stored = self._stored
        try:
            raw = primitives.Aead(key).open(stored.nonce, stored.sealed, _contents_aad(self.municipality, stored.slots))
            secrets = _secrets.decode(raw)
        except (primitives.OpenFailed, msgspec.DecodeError, UnicodeDecodeError):
            raise VaultCorrupt(why="vault-changed") from None
        return Vault(stored.municipality, key, secrets, stored.slots)


def read_vault(raw: bytes) -> LockedVault:
    """A vault from its bytes."""
    try:
        stored = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):  # msgspec lets bad UTF-8 through as the latter
        raise VaultCorrupt(why="not-a-vault") from None
    if stored.version != VERSION:
        raise VaultCorrupt(why="vault-version", given=stored.version)
    return LockedVault(stored)


def _fail(error: Exception) -> Vault:
    raise error
