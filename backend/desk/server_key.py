"""The server's own key: what only this server opens, such as the secrets of TOTP. It lies beside the key files.

It is in no backup. After a restore on another machine what it sealed does not open there, and is set up anew.
"""

from pathlib import Path
from typing import Protocol

from backend.stores.nodes import server_key
from crypto.primitives import NONCE_BYTES, Aead, OpenFailed, hmac_sha256, random_bytes


class Keys(Protocol):
    """The folder of a server's keys."""

    @property
    def keys(self) -> Path: ...


class ServerKey:
    """The key of one server, made when it is first needed."""

    def __init__(self, towns: Keys) -> None:
        self._towns = towns
        self._key = b""

    def _own(self) -> bytes:
        if not self._key:
            self._key = server_key(self._towns.keys)
        return self._key

    def seal(self, secret: bytes, about: bytes) -> bytes:
        """Seal a secret for this server alone, bound to what it is about."""
        nonce = random_bytes(NONCE_BYTES)
        return nonce + Aead(self._own()).seal(nonce, secret, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """Open what this server sealed; nothing where another one did, or it is about something else."""
        try:
            return Aead(self._own()).open(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
        except (OpenFailed, ValueError):
            return None

    def mark(self, *parts: str) -> str:
        """A mark by which this server knows again what it gave out."""
        return hmac_sha256(self._own(), "\0".join(("veldpost/1/mark", *parts)).encode()).hex()
