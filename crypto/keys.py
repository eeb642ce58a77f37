"""Keys, the ids that follow from them, and signatures bound to a purpose (SPEC.md sections 1 to 3)."""

from typing import Final, TypeAlias

from crypto import primitives
from crypto.errors import BadSignature, DeviceMismatch, MalformedKey, SuiteTooWeak
from crypto.primitives import SUITE_X25519, SUITE_XWING
from crypto.secrets import Hidden, Secret

__all__ = ["SUITE_X25519", "SUITE_XWING", "SealingKey", "SigningKey", "VerifyKey"]

SEED_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

SignedField: TypeAlias = bytes | str | int | None


def signed_bytes(purpose: str, *fields: SignedField) -> bytes:
    """The bytes under a signature: the purpose, then each field with its 4-byte length.

    The purpose keeps a signature made for one thing from being shown as another; the lengths keep fields from
    flowing into each other. Integers are 8 bytes, text is UTF-8, nil is empty.
    """
    parts = [b"veldpost/1/" + purpose.encode()]
    for field in fields:
        raw = _field_bytes(field)
        parts.append(len(raw).to_bytes(4, "big") + raw)
    return b"".join(parts)


def _field_bytes(field: SignedField) -> bytes:
    if field is None:
        return b""
    if isinstance(field, bytes):
        return field
    return field.encode() if isinstance(field, str) else field.to_bytes(8, "big")


class VerifyKey:
    """A public signing key, parsed once: verifying is on the way of every request."""

    __slots__ = ("_key", "public")

    def __init__(self, public: bytes) -> None:
        try:
            self._key = primitives.ed25519_public(public)
        except ValueError:
            raise MalformedKey(what="public-signing-key") from None
        self.public = public

    def verify(self, signature: bytes, purpose: str, *fields: SignedField) -> None:
        """Return if the signature is by this key, for this purpose, over these fields; else `BadSignature`."""
        data = signed_bytes(purpose, *fields)
        if len(signature) != SIGNATURE_BYTES or not primitives.ed25519_verifies(self._key, signature, data):
            raise BadSignature(purpose=purpose)

    def verify_asked(self, signature: bytes, purpose: str, *fields: SignedField) -> None:
        """`verify` for a request: nobody else judges it and it is kept nowhere, so that the quicker check will do."""
        data = signed_bytes(purpose, *fields)
        if len(signature) != SIGNATURE_BYTES or not primitives.ed25519_asks(self.public, signature, data):
            raise BadSignature(purpose=purpose)


def verify(public: bytes, signature: bytes, purpose: str, *fields: SignedField) -> None:
    """Verify with a public key that is used once."""
    VerifyKey(public).verify(signature, purpose, *fields)


class SigningKey(Hidden):
    """An Ed25519 key, kept as its seed."""

    __slots__ = ("_seed", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise MalformedKey(what="signing-seed")
        self._seed = seed
        self.public = primitives.ed25519_public_of(seed)

    @classmethod
    def generate(cls) -> "SigningKey":
        """A fresh key."""
        return cls(primitives.random_bytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key that a seed stands for."""
        return cls(seed)

    def seed(self) -> Secret:
        """The 32 bytes to keep."""
        return Secret(self._seed)

    def sign(self, purpose: str, *fields: SignedField) -> bytes:
        """64 bytes over the purpose and the fields."""
        return primitives.ed25519_sign(self._seed, self.public, signed_bytes(purpose, *fields))


class SealingKey(Hidden):
    """An HPKE key, kept as its 32-byte seed; X-Wing unless asked otherwise."""

    __slots__ = ("_private", "_seed", "key_id", "public", "suite")

    def __init__(self, seed: bytes, suite: int = SUITE_XWING) -> None:
        if len(seed) != SEED_BYTES or suite not in primitives.SUITES:
            raise MalformedKey(what="sealing-seed")
        self._seed = seed
        self.suite = suite
        self._private, self.public = primitives.sealing_private(seed, suite)
        self.key_id = key_id(self.public)

    @classmethod
    def generate(cls, suite: int = SUITE_XWING) -> "SealingKey":
        """A fresh key."""
        return cls(primitives.random_bytes(SEED_BYTES), suite)

    @classmethod
    def from_seed(cls, seed: bytes, suite: int = SUITE_XWING) -> "SealingKey":
        """The key that a seed stands for."""
        return cls(seed, suite)

    def seed(self) -> Secret:
        """The 32 bytes to keep."""
        return Secret(self._seed)

    def open(self, suite: int, sealed: bytes, info: bytes, *, minimum_suite: int) -> bytes:
        """Open what was sealed to this key; `SuiteTooWeak` before anything is tried, else `primitives.OpenFailed`."""
        check_suite(suite, minimum_suite)
        if suite != self.suite:
            raise primitives.OpenFailed
        return primitives.hpke_open(self._private, suite, sealed, info)


def seal_to(public: bytes, suite: int, data: bytes, info: bytes) -> bytes:
    """Seal to a public key; the context is bound in `info`."""
    try:
        key = primitives.sealing_public(public, suite)
    except ValueError:
        raise MalformedKey(what="public-sealing-key") from None
    return primitives.hpke_seal(key, suite, data, info)


def check_sealing(public: bytes, suite: int) -> None:
    """Refuse a public sealing key that nobody could seal to, or of a suite below the default: `MalformedKey`."""
    try:
        if suite != SUITE_XWING:
            raise ValueError
        primitives.sealing_public(public, suite)
    except ValueError:
        raise MalformedKey(what="public-sealing-key") from None


def check_suite(suite: int, minimum_suite: int) -> None:
    """Refuse a suite that is unknown or below the municipality's minimum."""
    if suite not in primitives.SUITES or suite < minimum_suite:
        raise SuiteTooWeak(suite=suite, minimum=minimum_suite)


def key_id(public: bytes) -> bytes:
    """The 8 bytes that name a public key."""
    return primitives.sha256(public)[:8]


def device_id(signing_public: bytes, sealing_public: bytes) -> bytes:
    """The 16 bytes that name a device: they follow from its keys and cannot be chosen."""
    return primitives.sha256(b"veldpost/1/device" + signing_public + sealing_public)[:16]


def check_device(device: bytes, signing_public: bytes, sealing_public: bytes) -> None:
    """Refuse keys that are not the named device's."""
    if not primitives.equal(device, device_id(signing_public, sealing_public)):
        raise DeviceMismatch


def record_commitment(record_key: bytes) -> bytes:
    """The 16 bytes by which headers commit to a record key."""
    return primitives.sha256(b"veldpost/1/key" + record_key)[:16]


def record_id(device: bytes, key: bytes) -> bytes:
    """The 16 bytes that name the record which a device creates with that key."""
    return primitives.sha256(b"veldpost/1/record" + device + key)[:16]
