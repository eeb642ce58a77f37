"""The checks of whoever opens an entry, in this order (SPEC.md section 6.4).

1 the signature, by the author's certified key; 2 the commitment to the record key; 3 the body opens under its header;
4 its padding; 5 its shape; 6 the touches are exactly the blinded paths. The first that fails is the entry's fault.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from crypto.bodies import RecordKeys
from crypto.errors import BadPlaintext, KeyMismatch, TouchesMismatch
from crypto.keys import VerifyKey
from crypto.primitives import equal

Answers: TypeAlias = Mapping[str, Any]


class Plaintext(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The content of an opened entry: the form it was filled in with, and the changed fields."""

    form: str
    version: int
    answers: dict[str, Any]


class Sealed(NamedTuple):
    """The parts of an entry that opening needs; `hash` was computed from the bytes received."""

    header: bytes
    body: bytes
    hash: bytes
    sig: bytes
    key: bytes
    touches: tuple[bytes, ...]


_decoder: Final = msgspec.msgpack.Decoder(Plaintext)
_encoder: Final = msgspec.msgpack.Encoder()


def encode_plaintext(form: str, version: int, answers: Answers) -> bytes:
    """The bytes that are padded and sealed."""
    return _encoder.encode([form, version, dict(answers)])


def open_entry(sealed: Sealed, author: VerifyKey, keys: RecordKeys) -> Plaintext:
    """The answers of an entry, or the first check that it fails."""
    author.verify(sealed.sig, "entry", sealed.hash)
    return open_signed(sealed, keys)


def open_signed(sealed: Sealed, keys: RecordKeys) -> Plaintext:
    """The answers of an entry whose signature was checked, or the first of the other checks that it fails."""
    if not equal(keys.commitment, sealed.key):
        raise KeyMismatch
    raw = keys.open(sealed.header, sealed.body)
    try:
        plaintext = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadPlaintext from None
    found = keys.touches(plaintext.answers)
    if found != list(sealed.touches) or "" in plaintext.answers:
        raise TouchesMismatch(claimed=len(sealed.touches), found=len(found))
    return plaintext
