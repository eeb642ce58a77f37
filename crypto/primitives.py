"""The only place that calls the libraries `cryptography` and PyNaCl, and draws randomness (SPEC.md section 1)."""

import hmac
import os
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256 as _sha256
from hashlib import shake_256
from typing import Final

from cryptography.exceptions import InvalidKey, InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.exceptions import BadSignatureError

SUITE_X25519: Final = 1
SUITE_XWING: Final = 2  # hybrid: secret as long as either of ML-KEM-768 and X25519 holds
SUITES: Final = (SUITE_X25519, SUITE_XWING)
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
_MLKEM_PUBLIC: Final = 1184
PUBLIC_BYTES: Final = {SUITE_X25519: 32, SUITE_XWING: _MLKEM_PUBLIC + 32}

_HPKE: Final = {
    SUITE_X25519: hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM),
    SUITE_XWING: hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM),
}

SealingPrivate = X25519PrivateKey | hpke.MLKEM768X25519PrivateKey
SealingPublic = X25519PublicKey | hpke.MLKEM768X25519PublicKey


class OpenFailed(Exception):  # callers turn it into the error that says what did not open
    """Something sealed does not open under this key and context."""


def random_bytes(length: int) -> bytes:
    """Fresh bytes from the operating system."""
    return os.urandom(length)


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return _sha256(data).digest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.digest(key, data, "sha256")


def keyed_hmac_sha256(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 under one key that is prepared once: a third of the cost for many short texts."""
    prepared = HMAC(key, hashes.SHA256())

    def digest(data: bytes) -> bytes:
        one = prepared.copy()
        one.update(data)
        return one.finalize()

    return digest


def equal(one: bytes, two: bytes) -> bool:
    """Compare without telling by time where they differ."""
    return hmac.compare_digest(one, two)


def hkdf(key: bytes, info: bytes, length: int = KEY_BYTES, *, salt: bytes | None = None) -> bytes:
    """HKDF-SHA256 (RFC 5869); attachments alone have a salt."""
    return HKDF(hashes.SHA256(), length, salt, info).derive(key)


def hkdf_each(key: bytes, *infos: bytes) -> list[bytes]:
    """HKDF-SHA256 without salt for several purposes of one key, 32 bytes each: what is common to them is done once."""
    extracted = HKDF.extract(hashes.SHA256(), None, key)
    return [HKDFExpand(hashes.SHA256(), KEY_BYTES, info).derive(extracted) for info in infos]


def argon2id(secret: bytes, salt: bytes, *, memory_kib: int, passes: int, lanes: int) -> bytes:
    """Argon2id (RFC 9106), 32 bytes."""
    return Argon2id(salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory_kib).derive(secret)


def argon2id_phc(secret: bytes, salt: bytes, *, memory_kib: int, passes: int, lanes: int) -> str:
    """Argon2id with its parameters and salt, as the PHC string that other programs read."""
    kept = Argon2id(salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory_kib)
    return kept.derive_phc_encoded(secret)


def argon2id_proves(phc: str, secret: bytes) -> bool:
    """True if a PHC string is of this secret; one that cannot be read proves nothing."""
    try:
        Argon2id.verify_phc_encoded(secret, phc)
    except (InvalidKey, ValueError):
        return False
    return True


class Aead:
    """AES-256-GCM under one key."""

    __slots__ = ("_aes",)

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def seal(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
        """Ciphertext and tag."""
        return self._aes.encrypt(nonce, data, aad)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """The data, or `OpenFailed`."""
        try:
            return self._aes.decrypt(nonce, sealed, aad)
        except (InvalidTag, ValueError):
            raise OpenFailed from None


def ed25519_public_of(seed: bytes) -> bytes:
    """The public signing key of a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def ed25519_sign(seed: bytes, public: bytes, data: bytes) -> bytes:
    """A signature under the key of a seed, of which `public` is the other half: the same 64 bytes by any library (RFC
    8032), by libsodium in two thirds of the time."""
    return crypto_sign(data, seed + public)[:64]


def ed25519_public(raw: bytes) -> Ed25519PublicKey:
    """A public signing key; raises ValueError when malformed."""
    return Ed25519PublicKey.from_public_bytes(raw)


def ed25519_verifies(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """True if a signature is by this key over this data."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def ed25519_asks(public: bytes, signature: bytes, data: bytes) -> bool:
    """`ed25519_verifies` in half the time, by libsodium. For what is judged once, by the one who is asked: of a
    signature that its own signer twisted, the two libraries may not say the same."""
    try:
        crypto_sign_open(signature + data, public)
    except BadSignatureError:
        return False
    return True


def sealing_private(seed: bytes, suite: int) -> tuple[SealingPrivate, bytes]:
    """A sealing key and its public bytes from a 32-byte seed.

    X-Wing expands the seed by SHAKE-256 to 96 bytes: 64 for ML-KEM-768 (d and z) and 32 for X25519
    (draft-connolly-cfrg-xwing-kem, section 5.2).
    """
    if suite == SUITE_X25519:
        x25519 = X25519PrivateKey.from_private_bytes(seed)
        return x25519, x25519.public_key().public_bytes_raw()
    expanded = shake_256(seed).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return hpke.MLKEM768X25519PrivateKey(mlkem, x25519), public


@lru_cache(maxsize=64)  # a colleague is sealed the keys of thousands of records: reading hers costs a fifth of one
def sealing_public(raw: bytes, suite: int) -> SealingPublic:
    """A public sealing key; raises ValueError when malformed."""
    if len(raw) != PUBLIC_BYTES.get(suite):
        raise ValueError("length")
    if suite == SUITE_X25519:
        return X25519PublicKey.from_public_bytes(raw)
    return hpke.MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC]), X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:])
    )


def hpke_seal(public: SealingPublic, suite: int, data: bytes, info: bytes) -> bytes:
    """Single-shot HPKE: encapsulated key and ciphertext. Context is bound in `info`."""
    return _HPKE[suite].encrypt(data, public, info=info)


def hpke_open(private: SealingPrivate, suite: int, sealed: bytes, info: bytes) -> bytes:
    """The data, or `OpenFailed`."""
    try:
        return _HPKE[suite].decrypt(sealed, private, info=info)
    except (InvalidTag, ValueError):
        raise OpenFailed from None
