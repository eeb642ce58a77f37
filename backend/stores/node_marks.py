"""The mark of a server on its row in the database: by it other servers know that the address there is of one of them.

Whoever runs the database can write any address into it. So the owner of a municipality puts a mark beside its address:
HMAC-SHA-256 over the whole row, under a key that HKDF derives from `server.key`, which all servers have in their folder
of keys and no database has. The row counts turns (its fence, and that of the keys, which stand in another cluster): a
mark of an earlier turn fits no later one, and one of a municipality no other.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from backend.files import read_small
from backend.stores.nodes import SERVER_KEY, server_key
from crypto.primitives import equal, hkdf, hmac_sha256

_INFO: Final = b"veldpost/1/node"


class Claim(NamedTuple):
    """The words that a mark is over: a server has a municipality, at a turn. `keys_fence` is the
    fence in the cluster of keys."""

    municipality: str
    schema: str
    owner: str
    address: str
    fence: int
    keys_fence: int


class ThisNode(NamedTuple):
    """This server among others over the same database: the address at which they reach it, empty where it is alone, and
    the folder of keys that they have in common."""

    address: str = ""
    keys: Path | None = None

    def mark(self, claim: Claim) -> bytes:
        """The mark under a claim; empty for a server that others do not reach."""
        return _mark(_marking(server_key(self.keys)), claim) if self.address and self.keys is not None else b""

    def judge(self) -> Callable[[Claim, bytes], bool]:
        """The judge of marks: true of one that a server with this one's key made, compared in constant time.
        Without a key that can be read none did."""
        try:
            key = _marking(bytes.fromhex(read_small(self.keys / SERVER_KEY).decode())) if self.keys is not None else b""
        except (OSError, ValueError):
            key = b""
        return lambda claim, mark: key != b"" and equal(_mark(key, claim), mark)


def _marking(key: bytes) -> bytes:
    return hkdf(key, _INFO)


def _mark(key: bytes, claim: Claim) -> bytes:
    said = "\0".join(map(str, claim)).encode()  # no text of PostgreSQL has a NUL in it
    return hmac_sha256(key, said)
