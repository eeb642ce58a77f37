"""The same voyage again, byte for byte: whatever is drawn comes from a seed, and all rows of the stores are one hash.

The library that seals to a public key draws its own randomness. While `drawn_from` holds, sealing to a key is done
under what its public half makes, which keeps nothing secret: what is compared here are rows, not secrecy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Final

import msgspec
from pytest import MonkeyPatch

from backend.stores.carrying import JOURNAL, KEYS, Whole
from crypto import primitives

COUNTED: Final = ("wrap", "sealed_grant", "owed")  # whose first column is a number that the database counts
_encode: Final = msgspec.msgpack.Encoder().encode


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Let everything that the product draws follow from a seed."""
    die = Random(seed)

    real_public, real_private = primitives.sealing_public, primitives.sealing_private

    def public_half(raw: bytes, suite: int) -> bytes:
        real_public(raw, suite)
        return raw

    def private_half(seed: bytes, suite: int) -> tuple[bytes, bytes]:
        _, raw = real_private(seed, suite)
        return raw, raw

    def seal(key: bytes, _suite: int, data: bytes, info: bytes) -> bytes:
        nonce = die.randbytes(primitives.NONCE_BYTES)
        return nonce + _under(key, info).seal(nonce, data, b"")

    def opened(key: bytes, _suite: int, sealed: bytes, info: bytes) -> bytes:
        nonce = sealed[: primitives.NONCE_BYTES]
        return _under(key, info).open(nonce, sealed[primitives.NONCE_BYTES :], b"")

    with MonkeyPatch.context() as patch:
        patch.setattr(primitives, "os", SimpleNamespace(urandom=die.randbytes))
        for name, stand_in in (
            ("sealing_public", public_half), ("sealing_private", private_half), ("hpke_seal", seal),
            ("hpke_open", opened),
        ):  # fmt: skip
            patch.setattr(primitives, name, stand_in)
        yield


def _under(key: bytes, info: bytes) -> primitives.Aead:
    return primitives.Aead(sha256(key + info).digest())


def state_hash(engine: Whole, folder: Path) -> dict[str, str]:
    """A hash of each table of a municipality's journal and keys, whatever database holds them."""
    found: dict[str, str] = {}
    for part in (JOURNAL, KEYS):
        with engine.tables(folder, part) as tables:
            for table in tables:
                skipped = int(table.name in COUNTED)
                rows = sorted(_encode(tuple(row)[skipped:]) for row in table.rows)
                found[table.name] = f"{len(rows)} {sha256(b''.join(rows)).hexdigest()}"
    return found
