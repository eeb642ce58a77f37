"""PostgreSQL for the contract, started when a test first asks for it; without one installed its tests are skipped."""

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from backend.stores import in_postgres
from backend.stores.moving import move
from backend.stores.placed import Placed
from backend.stores.sqlite.engine import SQLITE
from tests.clusters import shared


class Served:
    """`Engine` over a cluster that is started when it is needed."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # pytest asks each member of a module for such a name when it collects
            raise AttributeError(name)
        return getattr(self._placed(), name)

    def _placed(self) -> Placed:
        return Placed(SQLITE, in_postgres(*shared(), True))

    def forget_lists(self) -> None:
        """Forget what others of these tests, whose municipality has the same code, put on the list outside the backups:
        it is kept with the keys, by that code."""
        with closing(psycopg.connect(shared()[1], autocommit=True)) as connection:
            if connection.execute("select to_regclass('veldpost.listed')").fetchone() != (None,):
                connection.execute("delete from veldpost.listed")

    def copied(self, folder: Path, to: Path) -> None:
        """In a copy of a folder, put what its schemas hold now in place of their names."""
        self._placed().copy_journal(folder, to)
        self._placed().copy_keys(folder, to)
        for path in to.glob("*.pg"):
            path.unlink()

    def taken_back(self, folder: Path) -> None:
        """Put such a copy, now in a folder of its own, into schemas."""
        move(folder, self._placed(), to_server=True)
