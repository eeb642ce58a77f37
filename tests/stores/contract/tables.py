"""Tables in memory with units of work: who writes sees what is not committed, everybody else what is."""

import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import get_ident
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_GONE: Final = object()

JOURNAL: Final = (
    "meta", "life", "entry", "place", "fact", "tail", "record", "placed", "held", "forked", "feed", "granted", "given",
    "owed", "to_sign", "again", "displaced", "dirty", "wanted", "recount", "audit", "kept", "attachment", "confirmed",
    "unfinished", "form", "draft", "account",
)  # fmt: skip
KEYS: Final = ("mark", "epoch", "wrap", "sealed")
Committed = dict[str, dict[Any, Any]]


class Memory:
    """All tables of some stores. What is committed is replaced, never changed, so that a reader may keep it."""

    def __init__(self, names: Iterable[str]) -> None:
        self.committed: Committed = {name: {} for name in names}
        self._over: Committed = {name: {} for name in names}
        self._writer: int | None = None

    def table(self, name: str) -> "Table[Any, Any]":
        """One table."""
        return Table(self, name)

    def over(self, name: str) -> dict[Any, Any]:
        """What this thread's unit has changed in a table."""
        return self._over[name] if self._writer == get_ident() else {}

    def change(self, name: str, key: Any, value: Any) -> None:
        """Change a row in this thread's unit, or at once where there is none."""
        if self._writer == get_ident():
            self._over[name][key] = value
            return
        assert self._writer is None, "another thread's unit is under way"
        self._over[name][key] = value
        self.commit()

    def begin(self) -> None:
        """Begin a unit of this thread."""
        assert self._writer is None
        self._writer = get_ident()

    def commit(self) -> None:
        """Let everybody see it."""
        fresh = dict(self.committed)
        for name, over in self._over.items():
            if over:
                rows = fresh[name] | over
                fresh[name] = {key: value for key, value in rows.items() if value is not _GONE}
        self.committed = fresh
        self.abandon()

    def abandon(self) -> None:
        """Leave nothing of it."""
        self._over = {name: {} for name in self._over}
        self._writer = None

    def mark(self) -> Committed:
        """Where a unit stands now."""
        return {name: dict(over) for name, over in self._over.items()}

    def back_to(self, mark: Committed) -> None:
        """Go back there."""
        self._over = mark

    def save(self, path: Path) -> None:
        """Write what is committed into a file."""
        beside = path.with_suffix(".new")
        beside.write_bytes(pickle.dumps(self.committed))
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Memory":
        """What a file holds."""
        committed: Committed = pickle.loads(path.read_bytes())
        memory = cls(committed)
        memory.committed = committed
        return memory


class Table(Generic[K, V]):
    """One table: rows by their keys, each a value that nobody changes and that is not None."""

    def __init__(self, memory: Memory, name: str) -> None:
        self._memory = memory
        self._name = name

    def get(self, key: K) -> V | None:
        """A row."""
        found: Any = self._memory.over(self._name).get(key)
        if found is None:
            found = self._memory.committed[self._name].get(key)
        return None if found is _GONE else found

    def at(self, key: K) -> V:
        """A row that is there; raises `KeyError`."""
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __contains__(self, key: K) -> bool:
        return self.get(key) is not None

    def __setitem__(self, key: K, value: V) -> None:
        self._memory.change(self._name, key, value)

    def __len__(self) -> int:
        return len(self.rows())

    def drop(self, key: K) -> None:
        """Delete a row, if it is there."""
        if key in self:
            self._memory.change(self._name, key, _GONE)

    def keep(self, key: K, value: V) -> None:
        """Insert a row where there is none of its key."""
        if key not in self:
            self[key] = value

    def rows(self) -> dict[K, V]:
        """All rows, in the order in which they came."""
        over, kept = self._memory.over(self._name), self._memory.committed[self._name]
        if not over:
            return kept
        return {key: value for key, value in (kept | over).items() if value is not _GONE}

    def where(self, asked: Callable[[K, V], bool]) -> dict[K, V]:
        """The rows of which something is so."""
        return {key: value for key, value in self.rows().items() if asked(key, value)}

    def drop_where(self, asked: Callable[[K, V], bool]) -> int:
        """Delete rows of which something is so; returns how many."""
        found = self.where(asked)
        for key in found:
            self.drop(key)
        return len(found)

    def next(self) -> int:
        """The number after the greatest key, or 1."""
        return max((int(str(key)) for key in self.rows()), default=0) + 1
