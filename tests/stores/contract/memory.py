"""A database in memory, written to a file when it is closed: nothing of SQLite, and nothing of any SQL.

It is here and not in the product: an operator must not be able to choose a log that a power cut empties. Here it says
that the Protocols are enough, and sails with the fleet.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from backend.errors import BackendError, StoreBusy
from backend.stores.group import Group
from backend.stores.ledger import Journal, Outcome, T
from backend.stores.nodes import Common
from tests.stores.contract.memory_beside import MemoryJournal
from tests.stores.contract.memory_keys import MemoryKeys
from tests.stores.contract.tables import JOURNAL, KEYS, Memory

JOURNAL_FILE, KEYS_FILE = "journal.memory", "keys.memory"


class MemoryStores:
    """`Stores` in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.tables, self.key_tables = Memory.load(folder / JOURNAL_FILE), Memory.load(folder / KEYS_FILE)
        self.journal, self.keys = MemoryJournal(self.tables), MemoryKeys(self.key_tables)

    def claim(self) -> None:
        """Whoever begins a unit is the one who writes."""

    def release(self) -> None:
        """As above."""

    def begin(self) -> None:
        self.tables.begin()
        self.key_tables.begin()

    def write(self, group: Group) -> None:
        if group.has_keys:
            self.keys.take(group.epochs, group.wraps, group.sealed)
        self.journal.write(group)

    def commit(self) -> None:
        self.key_tables.commit()
        self.tables.commit()

    def abandon(self) -> None:
        self.key_tables.abandon()
        self.tables.abandon()

    def alone(self, work: Callable[[], T]) -> Outcome[T]:
        marks = self.tables.mark(), self.key_tables.mark()
        try:
            return work(), None
        except Exception as error:  # noqa: BLE001 - handed back, as every database does
            self.tables.back_to(marks[0])
            self.key_tables.back_to(marks[1])
            return None, error

    @contextmanager
    def unit(self) -> Iterator[None]:
        self.begin()
        try:
            yield
            self.commit()
        except BaseException:
            self.abandon()
            raise

    def failure(self, error: BaseException) -> BackendError | None:
        return None

    def awaited(self) -> str:
        return ""

    def let_go(self) -> None: ...

    def durable(self, position: int) -> int:
        return position

    def rest(self) -> None:
        """There is nothing to let go of."""

    def cut(self) -> list[str]:
        """The files of the last start hold what was forgotten since."""
        self.key_tables.save(self._folder / KEYS_FILE)
        self.tables.save(self._folder / JOURNAL_FILE)
        return []

    def close(self) -> None:
        self.cut()
        OPEN.pop(self._folder, None)


class MemoryReading:
    """`Reading` of stores in memory: what was committed when the last moment began."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables, self._key_tables = Memory(JOURNAL), Memory(KEYS)
        self.journal, self.keys = MemoryJournal(self._tables), MemoryKeys(self._key_tables)
        self._look()

    def _look(self) -> None:
        stores = OPEN.get(self._folder)
        if stores is None:
            self._tables.committed = Memory.load(self._folder / JOURNAL_FILE).committed
            with suppress(FileNotFoundError):
                self._key_tables.committed = Memory.load(self._folder / KEYS_FILE).committed
        else:
            self._tables.committed = stores.tables.committed
            self._key_tables.committed = stores.key_tables.committed

    @contextmanager
    def moment(self) -> Iterator[None]:
        self._look()
        yield

    def give_back(self) -> None:
        """Nothing is kept."""

    def parts(self) -> Sequence[str]:
        return JOURNAL_FILE, KEYS_FILE

    def unsound(self, part: str) -> list[str]:
        return []

    def read_on(self) -> None:
        """No log grows."""

    def close(self) -> None:
        """Nothing is held."""


class InMemory:
    """`Engine` in memory."""

    def holds(self, folder: Path) -> bool:
        return (folder / JOURNAL_FILE).exists()

    def missing(self, folder: Path) -> str:
        return next((name for name in (JOURNAL_FILE, KEYS_FILE) if not (folder / name).is_file()), "")

    def files(self) -> Sequence[str]:
        return KEYS_FILE, JOURNAL_FILE

    def create(self, folder: Path) -> None:
        Memory(KEYS).save(folder / KEYS_FILE)
        Memory(JOURNAL).save(folder / JOURNAL_FILE)

    def open(self, folder: Path) -> MemoryStores:
        if folder in OPEN:
            raise StoreBusy(store=JOURNAL_FILE)
        OPEN[folder] = MemoryStores(folder)
        return OPEN[folder]

    def read(self, folder: Path) -> MemoryReading:
        return MemoryReading(folder)

    def tidy(self, folder: Path) -> None:
        """Nothing is moved."""

    def common(self, folder: Path) -> Common | None:
        return None

    def copy_journal(self, folder: Path, to: Path) -> None:
        stores = OPEN.get(folder)
        (stores.tables if stores is not None else Memory.load(folder / JOURNAL_FILE)).save(to / JOURNAL_FILE)

    def copy_keys(self, folder: Path, to: Path) -> None:
        stores = OPEN.get(folder)
        (stores.key_tables if stores is not None else Memory.load(folder / KEYS_FILE)).save(to / KEYS_FILE)

    def attachments_in(self, folder: Path) -> set[str]:
        return {name.hex() for name in MemoryReading(folder).journal.attachments.names()}

    def proved_journal(self, folder: Path) -> int:
        return len(Memory.load(folder / JOURNAL_FILE).committed["entry"])

    def proved_keys(self, folder: Path) -> int:
        return len(Memory.load(folder / KEYS_FILE).committed["wrap"])

    def forget_in(self, folder: Path, records: Sequence[bytes], also: Callable[[Journal], None]) -> list[str]:
        stores = MemoryStores(folder)
        with stores.unit():
            for record in records:
                stores.keys.forget(record)
                stores.journal.forget_bodies(record)
            also(stores.journal)
        stores.close()
        return []


OPEN: Final[dict[Path, MemoryStores]] = {}
IN_MEMORY: Final = InMemory()
