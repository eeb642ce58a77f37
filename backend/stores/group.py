"""Groups: what requests need, and the rows that they decided, read in one piece before and written in one after."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from backend.stores.audit_lines import Audited
from backend.stores.journal_rows import HeldRow, RecordRow
from sync.admission import Held
from sync.entry import Wrap
from sync.exchange import Checked
from sync.facts import Fact
from sync.messages import Epoch, Place


class Wanted(NamedTuple):
    """The needs of requests: how far devices are held, and records with what is held of them.

    `opened` are records that are opened to somebody: to whom they are by grants that count, whether devices granted
    them, and their wraps.
    """

    devices: frozenset[bytes] = frozenset()
    records: frozenset[bytes] = frozenset()
    opened: frozenset[bytes] = frozenset()

    @classmethod
    def of_all(cls, wanted: Iterable["Wanted"]) -> "Wanted":
        """Join the needs of several requests."""
        listed = [*wanted]
        if len(listed) == 1:
            return listed[0]
        columns = zip(*listed, strict=True)
        return cls(*(frozenset[bytes]().union(*column) for column in columns))


class Loaded(NamedTuple):
    """The rows that exist of it. A device that nothing is held of has 0; a record that does not exist has no row.

    `granted` has every record that is opened, `given` those of them that a device granted.
    """

    last_seqs: Mapping[bytes, int]
    records: Mapping[bytes, RecordRow]
    held: Mapping[bytes, Sequence[HeldRow]]
    granted: Mapping[bytes, Collection[bytes]]
    given: Collection[bytes]


class Group(msgspec.Struct, frozen=True):
    """The rows of a unit of work, committed whole or not at all. To undo it is to drop it.

    `entries` are (position, entry, stamp), in order of position; `records` (record, position that changed it last,
    row); `placed` (position of an entry, its record, which exists or is among `records`); `held` replaces what is held
    of a record; `feeds` are
    (device, position, granted record); `epochs` and `wraps` come under the device that brought them; `sealed` are
    (record, device, key, suite, sealed); `facts` are (position, fact, stamp); `granted`, `owed` and `paid` are
    (record, device), none both owed and paid; `audited` are lines with their hashes.
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
    facts: tuple[tuple[int, Fact, int], ...] = ()
    granted: tuple[tuple[bytes, bytes], ...] = ()
    owed: tuple[tuple[bytes, bytes], ...] = ()
    paid: tuple[tuple[bytes, bytes], ...] = ()
    audited: tuple[Audited, ...] = ()

    @property
    def has_keys(self) -> bool:
        """True if the key store is written to."""
        return bool(self.epochs or self.wraps or self.sealed)
