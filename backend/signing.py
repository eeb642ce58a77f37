"""Verifying who said a fact, the bytes behind `sync.authority.signer_of`; and what the municipality signs too."""

from functools import lru_cache
from typing import Final

from crypto.errors import CryptoError
from crypto.keys import VerifyKey
from sync.admission import may_write
from sync.authority import MUNICIPALITY, RECEIPT, Signer, is_signed_too, signer_of
from sync.factbook import FactBook
from sync.facts import PARTED, Fact, Grant, SetAside, purpose_of, signed_fields

KEYS_PARSED: Final = 8_192  # parsed public keys in memory; parsing one costs a third of a verification


@lru_cache(maxsize=KEYS_PARSED)
def parsed(public: bytes) -> VerifyKey:
    """A public signing key, parsed once."""
    return VerifyKey(public)


def device_key(book: FactBook, device: bytes) -> VerifyKey | None:
    """The signing key of a device that was ever certified."""
    certificate = book.certificates.get(device)
    return None if certificate is None else parsed(certificate.signing)


def key_of(signer: Signer | None, book: FactBook) -> VerifyKey | None:
    """The public key of a signer; nothing for nobody, or while the municipality's keys are unknown."""
    if isinstance(signer, bytes):
        return device_key(book, signer)
    if book.keys is None or signer is None:
        return None
    return parsed({MUNICIPALITY: book.keys.signing, RECEIPT: book.keys.receipt}[signer])


def is_genuine(fact: Fact, book: FactBook) -> bool:
    """True if a fact carries the signature of the one key that may say it."""
    key = key_of(signer_of(fact, book), book)
    if key is None or (book.keys is not None and fact.municipality != book.keys.municipality):
        return False
    try:
        key.verify(fact.sig, purpose_of(fact), *signed_fields(fact))
    except CryptoError:
        return False
    return True


def said_counts(fact: Fact, book: FactBook, *, promised: bool = False) -> bool:
    """True if the municipality signs too what a device said (SPEC 5.4)."""
    assert isinstance(fact, Grant | SetAside) and fact.by is not None
    if isinstance(fact, SetAside):
        if fact.reason == PARTED:
            return False  # the municipality says that where the chain proves it, and at nobody's word
        return promised or book.passes_on(fact.record, fact.by)
    return is_signed_too(fact, may_write(fact.record, fact.key, fact.by, book), book, promised=promised)
