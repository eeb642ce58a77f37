"""The seam between a municipality and the database that holds it: Protocols, without SQL, driver or path.

A municipality asks its `Engine` for `Stores` and writes in units: `begin`, read and write, `commit`. What is kept is
split by what it is: the log (`ledger_log.py`), what is authoritative beside it (`ledger_beside.py`), and what any node
can derive from the log again (`ledger_derived.py`); keys are a store of their own, since they are what an erasure
forgets. Another database is another module behind these; `tests/stores/contract/` says what each must do.

Promises of a unit: it commits whole or not at all; the keys are on disk before the journal that needs them; only the
thread that writes sees what is not committed; after a commit all of it is there for whoever opens next, up to the
position that `durable` names whatever happens to the machine, and the rest unless the store itself is lost.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from backend.errors import BackendError
from backend.stores.group import Group, Loaded, Wanted
from backend.stores.journal_rows import RecordRow
from backend.stores.ledger_beside import Beside
from backend.stores.ledger_derived import Derived
from backend.stores.ledger_log import Log
from backend.stores.nodes import Common
from backend.stores.rows import StoredWrap
from sync.admission import Held
from sync.entry import Wrap
from sync.exchange import Checked
from sync.messages import Epoch, Place

T = TypeVar("T")
Outcome = tuple[T | None, BaseException | None]


class Journal(Log, Derived, Beside, Protocol):
    """All that a municipality keeps but its keys. No answer is in it in clear."""

    def load(self, wanted: Wanted) -> Loaded:
        """Read what a group of requests needs, in a few statements however many they are."""

    def write(self, group: Group) -> None:
        """Write the rows of a group, but for its keys, inside the unit."""


class UnitJournal(Journal, Protocol):
    """The journal as work inside a unit sees it (`gathered.py`): its rows are gathered and written as one `Group`."""

    def append_entries(self, position: int, items: Sequence[tuple[Checked, int]]) -> None:
        """Journal entries with their stamps at position + 1, position + 2, …"""

    def save_tail(self, device: bytes, tail: Place) -> None:
        """Move the end of a device's unbroken journal."""

    def save_records(self, rows: Iterable[tuple[bytes, int, RecordRow]]) -> None:
        """Save what records became, each with the position that changed it last."""

    def place_entries(self, placed: Iterable[tuple[int, bytes]]) -> None:
        """Note which record's entry took a position: (position, record), once the record is saved."""

    def save_held(self, record: bytes, held: Iterable[Held]) -> None:
        """Replace the held entries of a record."""

    def feed(self, rows: Iterable[tuple[bytes, int, bytes]]) -> None:
        """Put places of the journal in the feeds of devices: (device, position, granted record)."""


class KeyStore(Protocol):
    """Epochs, wraps and sealed grants: what makes bodies readable, and what an erasure forgets."""

    def belong_to(self, code: str) -> None:
        """Mark a store that bears no mark as this municipality's; raises `StoreForeign` for one of another."""

    def take(
        self,
        epochs: Sequence[tuple[bytes, Epoch]],
        wraps: Sequence[tuple[bytes, Wrap]],
        grants: Sequence[tuple[bytes, bytes, bytes, int, bytes]],
    ) -> None:
        """Keep epochs and wraps that devices brought in signed requests, and sealed grants.

        A device has `WRAPS_MAX` places in each record: it can displace nobody's keys, and not its own first ones.
        `grants` are (record, device, key, suite, sealed).
        """

    def take_unsigned(self, device: bytes, epochs: Iterable[Epoch], wraps: Iterable[Wrap]) -> int:
        """Keep keys that somebody brought for a device without its signature, while there is a place for them.

        What is held already takes no place. Where all are taken, nothing is displaced. Returns how many were kept.
        """

    def unsigned(self, limit: int, after: bytes = b"") -> list[tuple[bytes, bytes]]:
        """Records after one with wraps that nobody signed, in order: (record, key); all keys of the last one too."""

    def sift(self, record: bytes, key: bytes, opens: Callable[[StoredWrap], bool]) -> None:
        """Try the unsigned wraps of a record: one that opens is kept as if it were signed, the others that have an
        epoch are dropped with it. Those without an epoch wait for it."""

    def wraps_of(self, record: bytes, key: bytes) -> list[StoredWrap]:
        """Every wrap of a record's key with each epoch that may open it; the commitment decides which is true."""

    def wraps_of_many(self, records: Sequence[bytes]) -> dict[tuple[bytes, bytes], list[StoredWrap]]:
        """Every wrap of these records with each epoch that may open it, by record and key."""

    def has_wrap(self, record: bytes) -> bool:
        """True if anything here may open a record."""

    def sealed_for(self, record: bytes, device: bytes) -> list[tuple[bytes, bytes]]:
        """The sealed keys of a record for a device: (key, sealed)."""

    def sealed_named(self, device: bytes, named: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
        """The sealed keys, by hash, that facts of grants to a device name by record and hash, unless forgotten."""

    def forget(self, record: bytes) -> int:
        """Forget every key of a record: after this its bodies are noise. Returns how many there were."""


class Stores(Protocol):
    """One municipality's stores, open for the one who writes."""

    @property
    def journal(self) -> Journal:
        """Everything but the keys."""

    @property
    def keys(self) -> KeyStore:
        """The keys."""

    def claim(self) -> None:
        """Let this thread write, and see what it writes before it is committed, and no other."""

    def release(self) -> None:
        """Let no thread see what is not committed, until one claims it."""

    def begin(self) -> None:
        """Begin a unit; the key store joins when it is first written to."""

    def write(self, group: Group) -> None:
        """Write the rows of a group inside the unit."""

    def commit(self) -> None:
        """Commit the keys, then the journal."""

    def abandon(self) -> None:
        """Leave nothing of the unit; harmless where the store has dropped it by itself."""

    def alone(self, work: Callable[[], T]) -> Outcome[T]:
        """Run a part of a unit so that, if it fails, nothing of it is left and the rest goes on.

        An error of the store itself is raised: it ends the unit.
        """

    def unit(self) -> AbstractContextManager[None]:
        """A whole unit of this thread: committed at the end, or abandoned at an error."""

    def awaited(self) -> str:
        """The name of the store whose commit is under way and may wait for another machine; empty if none is. From any
        thread."""

    def let_go(self) -> None:
        """End, from another thread, what the thread that writes waits for: it gets an error of the store. Whether the
        commit counts is then known when the stores are opened anew."""

    def failure(self, error: BaseException) -> BackendError | None:
        """An error of the store itself in the house's words; nothing for any other."""

    def durable(self, position: int) -> int:
        """Up to which position the journal outlives the machine, once the unit that reached `position` is committed."""

    def rest(self) -> None:
        """Hold no files and as little memory as can be until something is asked again; by whoever writes, outside a
        unit. Answers are the same afterwards; where a database is no longer the one that rested, units fail."""

    def cut(self) -> list[str]:
        """Leave nothing of what was deleted or overwritten in any log or cache; returns the places that some reader
        still holds. Outside a unit."""

    def close(self) -> None:
        """Let go; what was committed stays."""


class Reading(Protocol):
    """One municipality's stores, open for somebody who reads beside the writer, perhaps in another process."""

    @property
    def journal(self) -> Journal:
        """Everything but the keys."""

    @property
    def keys(self) -> KeyStore:
        """The keys."""

    def moment(self) -> AbstractContextManager[None]:
        """Read one moment of the journal, whatever is written meanwhile; errors are in the house's words."""

    def give_back(self) -> None:
        """Empty the caches: pages that were deleted or overwritten are not kept either."""

    def parts(self) -> Sequence[str]:
        """The names of the stores, as `unsound` takes them."""

    def unsound(self, part: str) -> list[str]:
        """The faults that the database finds in one of its stores; none, mostly."""

    def read_on(self) -> None:
        """Called between two pieces by whoever reads a whole journal, so that no log grows without end."""

    def close(self) -> None:
        """Let go."""


class Engine(Protocol):
    """A kind of database that holds municipalities. `backend.stores.open_stores` says which."""

    def holds(self, folder: Path) -> bool:
        """True if there is a municipality."""

    def missing(self, folder: Path) -> str:
        """The name of a store that is no ordinary file of some size, empty if there is none."""

    def files(self) -> Sequence[str]:
        """The names of what stands in a folder, that which makes it a municipality last."""

    def create(self, folder: Path) -> None:
        """Make empty stores."""

    def open(self, folder: Path) -> Stores:
        """Open for the writer."""

    def read(self, folder: Path) -> Reading:
        """Open for somebody who reads."""

    def tidy(self, folder: Path) -> None:
        """Remove every copy of stores that a move or set-up of this folder left when it was killed; the caller has it.
        Raises what keeps it from that: then they stand, and the folder names them still."""

    def common(self, folder: Path) -> Common | None:
        """The part of a folder that servers share, where several may have it in turn."""

    def copy_journal(self, folder: Path, to: Path) -> None:
        """A consistent copy of the journal as it is now, in another folder."""

    def copy_keys(self, folder: Path, to: Path) -> None:
        """A consistent copy of the keys as they are now, in another folder."""

    def attachments_in(self, folder: Path) -> set[str]:
        """The names of the attachments that a journal, copied or live, has rows of."""

    def proved_journal(self, folder: Path) -> int:
        """Check a copy of a journal from end to end; returns how many entries it has. Raises `OSError` if damaged."""

    def proved_keys(self, folder: Path) -> int:
        """Check a copy of the keys from end to end; returns how many wraps it has. Raises `OSError` if damaged."""

    def forget_in(self, folder: Path, records: Sequence[bytes], also: Callable[[Journal], None]) -> list[str]:
        """Forget keys and bodies of records in a folder that nobody has open, do something more in the same
        transaction, and cut the logs; returns the places that somebody still reads."""
