"""Whether a fact that somebody hands in was really said: by the municipality, or by a device that may say it."""

from backend.municipality.book import FactBook
from crypto.errors import BadSignature
from crypto.keys import VerifyKey
from sync.admission import may_write
from sync.facts import DESK, Fact, Grant, Hole, Keys, SetAside, purpose_of, signed_fields


def is_genuine(fact: Fact, book: FactBook) -> bool:
    """Whether the fact counts by its own signature; new keys are never taken in this way."""
    by = getattr(fact, "by", None)
    signer = book.verify_key(by) if by is not None else None
    if signer is None and by is None and book.keys is not None:
        signer = VerifyKey(book.keys.receipt if isinstance(fact, Hole) else book.keys.signing)
    if signer is None or isinstance(fact, Keys):
        return False
    if isinstance(fact, SetAside) and by is not None and book.certificates[by].role != DESK:
        return False
    if isinstance(fact, Grant) and by is not None and not may_write(fact.record, fact.key, by, book):
        return False
    try:
        signer.verify(fact.sig, purpose_of(fact), *signed_fields(fact))
    except BadSignature:
        return False
    return True
