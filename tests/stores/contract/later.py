"""A database that becomes durable later: another one, and a copy of it elsewhere that lags behind what is committed.

`ship` brings the copy up to date, as a replica is; `lose` is the machine's end: what the copy has is put in place of
what was there, and everything after it is gone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backend.files import private_folder
from backend.stores.group import Group
from backend.stores.ledger import Engine, Journal, KeyStore, Outcome, Reading, Stores, T
from backend.stores.nodes import Common


class LaterStores:
    """`Stores` of which `durable` says how far the copy goes."""

    def __init__(self, inner: Stores, copy: Callable[[], None]) -> None:
        self.inner = inner
        self.journal: Journal = inner.journal
        self.keys: KeyStore = inner.keys
        self._copy = copy
        self._copied = 0
        self.ship()

    def ship(self) -> None:
        """Bring the copy up to date; between two units."""
        self._copy()
        self._copied = self.journal.last_position()

    def durable(self, position: int) -> int:
        return min(position, self._copied)

    def claim(self) -> None:
        self.inner.claim()

    def release(self) -> None:
        self.inner.release()

    def begin(self) -> None:
        self.inner.begin()

    def write(self, group: Group) -> None:
        self.inner.write(group)

    def commit(self) -> None:
        self.inner.commit()

    def abandon(self) -> None:
        self.inner.abandon()

    def alone(self, work: Callable[[], T]) -> Outcome[T]:
        return self.inner.alone(work)

    def unit(self) -> Any:
        return self.inner.unit()

    def failure(self, error: BaseException) -> Any:
        return self.inner.failure(error)

    def awaited(self) -> str:
        return self.inner.awaited()

    def let_go(self) -> None:
        self.inner.let_go()

    def rest(self) -> None:
        self.inner.rest()

    def cut(self) -> list[str]:
        return self.inner.cut()

    def close(self) -> None:
        self.inner.close()


class Later:
    """`Engine` over another one."""

    def __init__(self, inner: Engine) -> None:
        self.inner = inner

    def _elsewhere(self, folder: Path) -> Path:
        return private_folder(folder.with_name(f"{folder.name}.elsewhere"))

    def _copy(self, folder: Path) -> None:
        self.inner.copy_journal(folder, self._elsewhere(folder))
        self.inner.copy_keys(folder, self._elsewhere(folder))

    def lose(self, folder: Path) -> None:
        """The machine ends, and another begins with what the copy has. The stores are closed."""
        for name in self.inner.files():
            for path in folder.glob(f"{name}*"):
                path.unlink()
            (folder / name).write_bytes((self._elsewhere(folder) / name).read_bytes())

    def open(self, folder: Path) -> LaterStores:
        return LaterStores(self.inner.open(folder), lambda: self._copy(folder))

    def holds(self, folder: Path) -> bool:
        return self.inner.holds(folder)

    def missing(self, folder: Path) -> str:
        return self.inner.missing(folder)

    def tidy(self, folder: Path) -> None:
        self.inner.tidy(folder)

    def files(self) -> Sequence[str]:
        return self.inner.files()

    def create(self, folder: Path) -> None:
        self.inner.create(folder)

    def read(self, folder: Path) -> Reading:
        return self.inner.read(folder)

    def common(self, folder: Path) -> Common | None:
        return None

    def copy_journal(self, folder: Path, to: Path) -> None:
        self.inner.copy_journal(folder, to)

    def copy_keys(self, folder: Path, to: Path) -> None:
        self.inner.copy_keys(folder, to)

    def attachments_in(self, folder: Path) -> set[str]:
        return self.inner.attachments_in(folder)

    def proved_journal(self, folder: Path) -> int:
        return self.inner.proved_journal(folder)

    def proved_keys(self, folder: Path) -> int:
        return self.inner.proved_keys(folder)

    def forget_in(self, folder: Path, records: Sequence[bytes], also: Callable[[Journal], None]) -> list[str]:
        return self.inner.forget_in(folder, records, also)
