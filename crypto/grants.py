"""Grants: a record key sealed to one more device (SPEC.md section 5)."""

from crypto import primitives
from crypto.errors import GrantDoesNotOpen, KeyMismatch
from crypto.keys import SealingKey, check_suite, record_commitment, seal_to


def _info(municipality: str, record: bytes, key: bytes, to_device: bytes) -> bytes:
    return b"veldpost/1/grant" + municipality.encode() + record + key + to_device


def seal_grant(
    record_key: bytes, municipality: str, record: bytes, key: bytes, to_device: bytes, to_public: bytes, suite: int
) -> bytes:
    """The record key, openable by that device only and as that record's key only."""
    return seal_to(to_public, suite, record_key, _info(municipality, record, key, to_device))


def open_grant(
    sealing: SealingKey,
    municipality: str,
    record: bytes,
    key: bytes,
    device: bytes,
    suite: int,
    sealed: bytes,
    *,
    minimum_suite: int,
) -> bytes:
    """The granted record key; it must be the one that the record's entries commit to."""
    check_suite(suite, minimum_suite)
    try:
        record_key = sealing.open(suite, sealed, _info(municipality, record, key, device), minimum_suite=minimum_suite)
    except primitives.OpenFailed:
        raise GrantDoesNotOpen from None
    if not primitives.equal(record_commitment(record_key), key):
        raise KeyMismatch
    return record_key
