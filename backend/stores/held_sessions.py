"""Sessions that found no place on a full disk: in memory, until the server ends or there is room.

What ended stays ended also where its row could not be deleted.
"""

from typing import Final, Protocol, TypeVar


class Named(Protocol):
    """A session, as far as it matters here."""

    @property
    def hash(self) -> bytes: ...
    @property
    def ends_ms(self) -> int: ...


S = TypeVar("S", bound=Named)
HELD_MAX: Final = 1_000  # people who showed their factors: nobody else gets a session


class Held(dict[bytes, S]):
    """The sessions that are held, by the hash of their id, and the hashes of those that ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: set[bytes] = set()

    @property
    def is_full(self) -> bool:
        """True if no other fits."""
        return len(self) >= HELD_MAX

    def sweep(self, now_ms: int) -> None:
        """Forget those whose time is over."""
        for hash_ in [one.hash for one in self.values() if one.ends_ms < now_ms]:
            del self[hash_]
