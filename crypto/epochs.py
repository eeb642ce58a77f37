"""Epochs and wraps: one key exchange for each unlock of a device, not one for each record (SPEC.md section 4)."""

from typing import Final, TypeAlias

from crypto import primitives
from crypto.errors import EpochDoesNotOpen, KeyMismatch, WrapDoesNotOpen
from crypto.keys import SealingKey, check_suite, key_id, record_commitment, seal_to
from crypto.secrets import Hidden, Secret

EPOCH_WRAPS_MAX: Final = 256  # bounds what one leaked epoch key opens
EPOCH_AGE_MS_MAX: Final = 24 * 3_600_000  # at most a day of records under one epoch key
EPOCH_ID_BYTES: Final = 8

WrapParts: TypeAlias = tuple[bytes, bytes, bytes, bytes, bytes]  # record, key, epoch id, nonce, wrapped
EpochParts: TypeAlias = tuple[bytes, bytes, int, bytes]  # epoch id, key id, suite, sealed


def _info(municipality: str, device: bytes, epoch: bytes) -> bytes:
    return b"veldpost/1/epoch" + municipality.encode() + device + epoch


def _aad(municipality: str, record: bytes, key: bytes, epoch: bytes) -> bytes:
    return municipality.encode() + record + key + epoch


def _wrapping(epoch_key: bytes) -> primitives.Aead:
    return primitives.Aead(primitives.hkdf(epoch_key, b"veldpost/1/wrap"))


class Epoch(Hidden):
    """A device's epoch: its key is sealed to the municipality once and wraps record keys, nothing else."""

    __slots__ = ("_aead", "_key", "id", "key_id", "municipality", "sealed", "suite", "wraps")

    def __init__(self, municipality: str, device: bytes, municipality_public: bytes, suite: int) -> None:
        self._key = primitives.random_bytes(primitives.KEY_BYTES)
        self._aead = _wrapping(self._key)
        self.id = primitives.random_bytes(EPOCH_ID_BYTES)
        self.municipality = municipality
        self.suite = suite
        self.key_id = key_id(municipality_public)
        self.sealed = seal_to(municipality_public, suite, self._key, _info(municipality, device, self.id))
        self.wraps = 0

    @classmethod
    def begin(cls, municipality: str, device: bytes, municipality_public: bytes, suite: int) -> "Epoch":
        """A fresh epoch, at an unlock of the device."""
        return cls(municipality, device, municipality_public, suite)

    def wire(self) -> EpochParts:
        """The part of an epoch that travels beside the entries, once."""
        return (self.id, self.key_id, self.suite, self.sealed)

    @property
    def is_full(self) -> bool:
        """True if a new epoch must be begun before the next wrap."""
        return self.wraps >= EPOCH_WRAPS_MAX

    def wrap(self, record_key: bytes, record: bytes, key: bytes) -> WrapParts:
        """A record key under this epoch, bound to its record and municipality."""
        nonce = primitives.random_bytes(primitives.NONCE_BYTES)
        wrapped = self._aead.seal(nonce, record_key, _aad(self.municipality, record, key, self.id))
        self.wraps += 1
        return (record, key, self.id, nonce, wrapped)


def open_epoch(
    sealing: SealingKey,
    municipality: str,
    device: bytes,
    epoch: bytes,
    suite: int,
    sealed: bytes,
    *,
    minimum_suite: int,
) -> Secret:
    """The epoch key, for the municipality that holds the private key."""
    check_suite(suite, minimum_suite)
    try:
        opened = sealing.open(suite, sealed, _info(municipality, device, epoch), minimum_suite=minimum_suite)
    except primitives.OpenFailed:
        raise EpochDoesNotOpen from None
    return Secret(opened)


class Unwrapping(Hidden):
    """An epoch key made ready once to open its wraps: there are up to 256 of them."""

    __slots__ = ("_aead", "_municipality")

    def __init__(self, epoch_key: Secret, municipality: str) -> None:
        self._aead = _wrapping(epoch_key.reveal())
        self._municipality = municipality

    def unwrap(self, wrap: WrapParts) -> bytes:
        """The record key in a wrap; it must be the one that its commitment names."""
        record, key, epoch, nonce, wrapped = wrap
        try:
            record_key = self._aead.open(nonce, wrapped, _aad(self._municipality, record, key, epoch))
        except primitives.OpenFailed:
            raise WrapDoesNotOpen from None
        if not primitives.equal(record_commitment(record_key), key):
            raise KeyMismatch
        return record_key


def unwrap(epoch_key: Secret, municipality: str, wrap: WrapParts) -> bytes:
    """The record key in one wrap; whoever has more of an epoch keeps what `Unwrapping` makes ready."""
    return Unwrapping(epoch_key, municipality).unwrap(wrap)
