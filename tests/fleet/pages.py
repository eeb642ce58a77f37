"""What a store that SQLCipher seals holds in clear: its pages and those of its log, opened without SQLite.

SQL shows rows only. What lies between them, in free pages or in a log that nobody cut, is found here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE: Final = 4096
RESERVED: Final = 80  # of each page: its nonce, then its code
SALT: Final = 16
LOG_HEAD: Final = 32
FRAME_HEAD: Final = 24


def pages(store: Path, key: bytes) -> Iterator[bytes]:
    """Every page of a store and of its write-ahead log, opened with the store's key."""
    raw = store.read_bytes()
    for start in range(0, len(raw), PAGE):
        yield _opened(raw[start : start + PAGE], key, SALT if start == 0 else 0)
    log = store.with_name(store.name + "-wal")
    raw = log.read_bytes() if log.exists() else b""
    step = FRAME_HEAD + PAGE
    for start in range(LOG_HEAD, len(raw) - step + 1, step):
        number = int.from_bytes(raw[start : start + 4], "big")
        yield _opened(raw[start + FRAME_HEAD : start + step], key, SALT if number == 1 else 0)


def _opened(page: bytes, key: bytes, skipped: int) -> bytes:
    nonce = page[PAGE - RESERVED : PAGE - RESERVED + 16]
    opener = Cipher(algorithms.AES256(key), modes.CBC(nonce)).decryptor()
    return opener.update(page[skipped : PAGE - RESERVED]) + opener.finalize()
