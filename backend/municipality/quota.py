"""Bounds what is newly stored for one device in a day without a signed request; in memory, like every rate limit."""

from collections import Counter
from typing import Final

DAY_MS: Final = 86_400_000


class Quota:
    """The bytes that were newly stored for each device today."""

    def __init__(self) -> None:
        self._day = 0
        self._bytes: Counter[tuple[bytes, str]] = Counter()

    def left(self, device: bytes, kind: str, limit: int, now_ms: int) -> int:
        """The number of bytes of a kind that may still be stored for a device today."""
        if now_ms // DAY_MS != self._day:
            self._day = now_ms // DAY_MS
            self._bytes.clear()
        return limit - self._bytes[device, kind]

    def spend(self, device: bytes, kind: str, size: int) -> None:
        """Count what was stored."""
        self._bytes[device, kind] += size
