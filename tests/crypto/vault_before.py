"""Vaults as a release of format 1 wrote them (crypto/SPEC.md 7.4), for those that must open them."""

from crypto import primitives
from crypto.keyslots import KEY_FILE, encode


def written(municipality: str, secrets: dict[str, bytes], key_file: bytes) -> bytes:
    """A vault of format 1 with a key file as its only slot."""
    key, salt = primitives.random_bytes(32), primitives.random_bytes(16)
    nonce, other = primitives.random_bytes(12), primitives.random_bytes(12)
    wrapper = primitives.Aead(primitives.hkdf(key_file + salt, b"veldpost/1/slot/" + KEY_FILE.encode()))
    aad = b"veldpost/1/slot" + encode([municipality, KEY_FILE, salt, 0, 0, 0])
    slots = [[KEY_FILE, salt, 0, 0, 0, nonce, wrapper.seal(nonce, key, aad)]]
    contents = b"veldpost/1/vault" + encode([1, municipality, slots])
    return encode([1, municipality, slots, other, primitives.Aead(key).seal(other, encode(secrets), contents)])
