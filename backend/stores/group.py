"""Groups: what requests need, and the rows that they decided, read in one piece before and written in one after."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from backend.stores.journal_rows import HeldRow, RecordRow
from sync.admission import Held
from sync.entry import Wrap
from sync.exchange import Checked
from sync.messages import Epoch, Place


class Wanted(NamedTuple):
    """The needs of requests: how far devices are held, and records with what is held of them."""

    devices: frozenset[bytes] = frozenset()
    records: frozenset[bytes] = frozenset()

    @classmethod
    def of_all(cls, wanted: Iterable["Wanted"]) -> "Wanted":
        """Join the needs of several requests."""
        listed = [*wanted]
        if len(listed) == 1:
            return listed[0]
        return cls(frozenset().union(*(w.devices for w in listed)), frozenset().union(*(w.records for w in listed)))


class Loaded(NamedTuple):
    """The rows that exist of it. A device that nothing is held of has 0; a record that does not exist has no row."""

    last_seqs: Mapping[bytes, int]
    records: Mapping[bytes, RecordRow]
    held: Mapping[bytes, Sequence[HeldRow]]


class Group(msgspec.Struct, frozen=True):
    """The rows of a unit of work, committed whole or not at all. To undo it is to drop it.

    `entries` are (position, entry, stamp), in order of position; `records` (record, position that changed it last,
    row); `placed` (position of an entry, its record, which exists or is among `records`); `held` replaces what is held
    of a record; `feeds` are
    (device, position, granted record); `epochs` and `wraps` come under the device that brought them; `sealed` are
    (record, device, key, suite, sealed).
    """

    entries: tuple[tuple[int, Checked, int], ...] = ()
    records: tuple[tuple[bytes, int, RecordRow], ...] = ()
    placed: tuple[tuple[int, bytes], ...] = ()
    held: tuple[tuple[bytes, tuple[Held, ...]], ...] = ()
    tails: tuple[tuple[bytes, Place], ...] = ()
    feeds: tuple[tuple[bytes, int, bytes], ...] = ()
    epochs: tuple[tuple[bytes, Epoch], ...] = ()
    wraps: tuple[tuple[bytes, Wrap], ...] = ()
    sealed: tuple[tuple[bytes, bytes, bytes, int, bytes], ...] = ()

    @property
    def has_keys(self) -> bool:
        """True if the key store is written to."""
        return bool(self.epochs or self.wraps or self.sealed)
