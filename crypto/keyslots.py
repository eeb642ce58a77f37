"""Keyslots: the ways to unlock a vault, each the vault key wrapped under a secret of its own (SPEC.md 7.2).

A slot names outside what opening needs: its kind, its parameters, and whose it is, so that a person's own is tried
first. Label and times are sealed with the contents (`About`): where a paper lies is nobody's business who has the file.
"""

import unicodedata
from typing import Final

import msgspec

from crypto import primitives
from crypto.errors import VaultCorrupt, WeakPassphrase

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
ID_BYTES: Final = 8
SLOTS_MAX: Final = 16  # a wrong passphrase costs an Argon2id for every slot of its kind
LABEL_MAX: Final = 80  # characters: a line of a list
OLD, NEW = 1, 2  # which of the two formats a slot was wrapped in


class Slot(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One way to unlock: the vault key, wrapped. The Argon2id parameters are 0 where they do not apply.

    The first seven are those of format 1. A slot that was wrapped in it stays so until its secret is chosen anew:
    nobody can wrap it again without that secret.
    """

    kind: str
    salt: bytes
    memory_kib: int
    passes: int
    lanes: int
    nonce: bytes
    wrapped: bytes
    id: bytes = b""
    owner: str = ""  # an account; empty where everybody who knows the secret may use it
    wrapped_in: int = OLD


class About(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All that the vault says of a slot besides, sealed. Times are milliseconds, 0 where nobody noted one."""

    label: str = ""
    made_ms: int = 0
    used_ms: int = 0


encode: Final = msgspec.msgpack.Encoder().encode


def normal(passphrase: str) -> bytes:
    """One spelling for what a person types on any keyboard."""
    return unicodedata.normalize("NFKC", passphrase).encode()


def must_be_long(passphrase: str) -> None:
    """Refuse a passphrase that can be guessed by its length alone: `WeakPassphrase`."""
    if len(unicodedata.normalize("NFKC", passphrase)) < PASSPHRASE_MIN:
        raise WeakPassphrase(length=len(passphrase), minimum=PASSPHRASE_MIN)


def old_members(slot: Slot) -> tuple[str, bytes, int, int, int, bytes, bytes]:
    """A slot as format 1 has it."""
    return slot.kind, slot.salt, slot.memory_kib, slot.passes, slot.lanes, slot.nonce, slot.wrapped


def old_id(slot: Slot) -> bytes:
    """The id of a slot that was made without one: the same at each opening, until the vault is written anew."""
    return primitives.sha256(slot.salt)[:ID_BYTES]


def make(
    municipality: str,
    vault_key: bytes,
    kind: str,
    secret: bytes,
    owner: str = "",
    cost: tuple[int, int, int] = (0, 0, 0),
) -> Slot:
    """A slot that opens with a secret; `cost` is memory, passes and lanes of Argon2id where a person chose it."""
    memory, passes, lanes = cost
    salt, nonce = primitives.random_bytes(SALT_BYTES), primitives.random_bytes(primitives.NONCE_BYTES)
    id_ = primitives.random_bytes(ID_BYTES)
    bare = Slot(kind, salt, memory, passes, lanes, nonce, b"", id_, owner, NEW)
    wrapped = primitives.Aead(_slot_key(bare, secret)).seal(nonce, vault_key, _aad(municipality, bare))
    return msgspec.structs.replace(bare, wrapped=wrapped)


def unwrapped(municipality: str, slot: Slot, secret: bytes) -> bytes | None:
    """The vault key, or nothing where the secret is another. Raises `VaultCorrupt` for parameters out of bounds."""
    if slot.kind == PASSPHRASE:
        in_bounds = slot.memory_kib <= MEMORY_KIB_MAX and slot.passes <= PASSES_MAX and slot.lanes <= LANES_MAX
        if not in_bounds or slot.passes < 1 or slot.lanes < 1 or slot.memory_kib < 8 * slot.lanes:
            raise VaultCorrupt(why="slot-out-of-bounds")
    try:
        return primitives.Aead(_slot_key(slot, secret)).open(slot.nonce, slot.wrapped, _aad(municipality, slot))
    except primitives.OpenFailed:
        return None


def _slot_key(slot: Slot, secret: bytes) -> bytes:
    if slot.kind == PASSPHRASE:
        return primitives.argon2id(secret, slot.salt, memory_kib=slot.memory_kib, passes=slot.passes, lanes=slot.lanes)
    return primitives.hkdf(secret + slot.salt, b"veldpost/1/slot/" + slot.kind.encode())


def _aad(municipality: str, slot: Slot) -> bytes:
    """The bytes that a wrap is bound to: a slot of format 2 also to its id and owner."""
    parameters = [slot.salt, slot.memory_kib, slot.passes, slot.lanes]
    if slot.wrapped_in == OLD:
        return b"veldpost/1/slot" + encode([municipality, slot.kind, *parameters])
    return b"veldpost/2/slot" + encode([municipality, slot.id, slot.kind, slot.owner, *parameters])
