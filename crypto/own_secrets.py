"""Secrets of single people: of each the vault keeps what proves it, and nothing that tells it (SPEC.md section 7.6)."""

import hmac
from typing import Final

import msgspec

from crypto import primitives
from crypto.keyslots import LANES, MEMORY_KIB, PASSES, SALT_BYTES, normal

_Kept = tuple[int, int, int, bytes, bytes]
_decoder: Final = msgspec.msgpack.Decoder(_Kept)


def kept_of(secret: str) -> bytes:
    """The proof of a secret, as the vault keeps it: Argon2id with its parameters and a salt of its own."""
    salt = primitives.random_bytes(SALT_BYTES)
    found = primitives.argon2id(normal(secret), salt, memory_kib=MEMORY_KIB, passes=PASSES, lanes=LANES)
    return msgspec.msgpack.encode((MEMORY_KIB, PASSES, LANES, salt, found))


def proves(kept: bytes, secret: str) -> bool:
    """True if a secret is the one of which a proof is kept."""
    memory, passes, lanes, salt, wanted = _decoder.decode(kept)
    found = primitives.argon2id(normal(secret), salt, memory_kib=memory, passes=passes, lanes=lanes)
    return hmac.compare_digest(found, wanted)
