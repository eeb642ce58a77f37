"""Bodies: what was answered, sealed under the record key and bound to its header (SPEC.md section 6)."""

from collections.abc import Iterable
from typing import Final

from crypto import primitives
from crypto.errors import BadPadding, BodyDoesNotOpen
from crypto.keys import record_commitment
from crypto.secrets import Hidden

PADDING_STEP: Final = 256  # a curious host sees sizes in steps of this many bytes
TOUCH_BYTES: Final = 8
_LENGTH_BYTES: Final = 4


def pad(plaintext: bytes) -> bytes:
    """Length, plaintext, zeros up to the next step."""
    framed = len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    return framed + bytes(-len(framed) % PADDING_STEP)


def unpad(padded: bytes) -> bytes:
    """The plaintext; anything but exactly this padding is refused, so that one text has one sealed form."""
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    end = _LENGTH_BYTES + length
    if not padded or len(padded) % PADDING_STEP or end > len(padded) or len(padded) - end >= PADDING_STEP:
        raise BadPadding
    if any(padded[end:]):
        raise BadPadding
    return padded[_LENGTH_BYTES:end]


class RecordKeys(Hidden):
    """The keys that follow from one record key, derived once: the body key, the touch key, the commitment."""

    __slots__ = ("_body", "_touch", "commitment")

    def __init__(self, record_key: bytes) -> None:
        body, touch = primitives.hkdf_each(record_key, b"veldpost/1/body", b"veldpost/1/touch")
        self._body = primitives.Aead(body)
        self._touch = primitives.keyed_hmac_sha256(touch)
        self.commitment = record_commitment(record_key)

    def seal(self, header: bytes, plaintext: bytes) -> bytes:
        """Nonce and ciphertext, openable under this very header only."""
        nonce = primitives.random_bytes(primitives.NONCE_BYTES)
        return nonce + self._body.seal(nonce, pad(plaintext), header)

    def open(self, header: bytes, body: bytes) -> bytes:
        """The plaintext of a body."""
        nonce, sealed = body[: primitives.NONCE_BYTES], body[primitives.NONCE_BYTES :]
        try:
            padded = self._body.open(nonce, sealed, header)
        except primitives.OpenFailed:
            raise BodyDoesNotOpen from None
        return unpad(padded)

    def touch(self, path: str) -> bytes:
        """The blinded name of a field path: the same for every device that has the key, noise to others."""
        return self._touch(path.encode())[:TOUCH_BYTES]

    def touches(self, paths: Iterable[str]) -> list[bytes]:
        """The blinded names of the paths as a header lists them: sorted, without doubles."""
        return sorted({self.touch(path) for path in paths})


def new_record_key() -> bytes:
    """A fresh record key, made by the device that creates the record."""
    return primitives.random_bytes(primitives.KEY_BYTES)
