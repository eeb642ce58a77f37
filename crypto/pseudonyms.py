"""Names that stand for ids in what leaves the house: the same id, the same name, for one purpose (SPEC.md section 7.5).

Two exports for one purpose can be joined; two for different purposes cannot, and nobody without the vault can go back
from a name to an id, or find the name of an id that they know.
"""

import base64
from typing import Final

from crypto import primitives
from crypto.secrets import Secret

SECRET: Final = "pseudonyms"  # noqa: S105 - a name, under which the vault keeps the key; it is in no export
_DOMAIN: Final = b"veldpost/1/pseudonyms\0"
NAME_BYTES: Final = 15  # 120 bits, written in 24 signs: no two ids share a name by chance


class Pseudonyms:
    """The names for one purpose, such as an evaluation by a university."""

    def __init__(self, secret: Secret, purpose: str) -> None:
        self._key = primitives.hmac_sha256(secret.reveal(), _DOMAIN + purpose.encode())

    def of(self, kind: str, value: str) -> str:
        """The name of an id: a `record`, an `item`, a `case` or a `worker`."""
        raw = primitives.hmac_sha256(self._key, kind.encode() + b"\0" + value.encode())
        return base64.b32encode(raw[:NAME_BYTES]).decode().lower()
