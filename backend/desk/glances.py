"""Colleagues who have the same matter open, and when each last loaded the queue: hints and no locks, kept in memory and
forgotten after a while."""

from collections import OrderedDict
from typing import Final

KEPT_MS: Final = 15 * 60_000  # who opened a page longer ago has gone, or will be told when they decide
LOADED_MS: Final = 12 * 3_600_000  # as long as a session lasts: what was settled before is found in its own list
MATTERS_MAX: Final = 1_000


class Glances:
    """The people who opened each matter, since when; and when they loaded the queue."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str], dict[str, int]] = OrderedDict()
        self._loaded: OrderedDict[tuple[str, str], int] = OrderedDict()

    def others(self, town: str, matter: str, staff: str, now_ms: int) -> list[tuple[str, int]]:
        """The colleagues who have a matter open, with since when; this person has it open from now on."""
        key = town, matter
        found = {who: at for who, at in self._open.pop(key, {}).items() if 0 <= now_ms - at < KEPT_MS}
        self._open[key] = {**found, staff: found.get(staff, now_ms)}
        while len(self._open) > MATTERS_MAX:
            self._open.popitem(last=False)
        return sorted((who, at) for who, at in found.items() if who != staff)

    def loaded(self, town: str, staff: str, now_ms: int) -> int:
        """The moment at which a person last loaded the queue, 0 where that is long ago; from now on it is now."""
        last = self._loaded.pop((town, staff), 0)
        self._loaded[town, staff] = now_ms
        while len(self._loaded) > MATTERS_MAX:
            self._loaded.popitem(last=False)
        return last if 0 <= now_ms - last < LOADED_MS else 0

    def closed(self, town: str, matter: str) -> None:
        """Forget a matter that was decided."""
        self._open.pop((town, matter), None)
