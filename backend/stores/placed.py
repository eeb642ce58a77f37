"""Municipalities in files and in PostgreSQL beside each other: each folder says by itself where its journal is.

A folder that names a schema has its journal there; every other one has files, as backups have. New municipalities are
made where the settings say.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from backend.files import private_folder, sync_folder
from backend.stores.carrying import BEGUN, Table, Whole
from backend.stores.ledger import Journal, Reading, Stores
from backend.stores.nodes import Common, Looked
from backend.stores.places import STAGE
from backend.stores.server_errors import JournalElsewhere

NAMING: Final = "journal.pg"  # the file in a folder that names a schema

LEFT: Final = ".left"  # the end of the file that names a schema which is to be removed


class Placed:
    """`Engine` over files, and over a server where one is set."""

    def __init__(self, plain: Whole, server: Whole | None = None) -> None:
        self.plain = plain
        self.server = server

    def of(self, folder: Path) -> Whole:
        """The engine that holds a folder; raises `JournalElsewhere` where no setting names its server."""
        if not (folder / NAMING).exists():
            return self.plain
        if self.server is None:
            raise JournalElsewhere(municipality=folder.name)
        return self.server

    def holds(self, folder: Path) -> bool:
        """True if there is a journal, or the name of one."""
        return self.of(folder).holds(folder)

    def missing(self, folder: Path) -> str:
        """As the engine that holds it says."""
        return self.of(folder).missing(folder)

    def files(self) -> Sequence[str]:
        """The names of what a new municipality gets."""
        return (self.server or self.plain).files()

    def create(self, folder: Path) -> None:
        """Make empty stores where the settings say."""
        (self.server or self.plain).create(folder)

    def open(self, folder: Path) -> Stores:
        """Open for the writer."""
        return self.of(folder).open(folder)

    def read(self, folder: Path) -> Reading:
        """Open for somebody who reads."""
        return self.of(folder).read(folder)

    def common(self, folder: Path) -> Common | None:
        """The part of a folder that servers share; nothing of one that names no server."""
        return self.of(folder).common(folder)

    def look(self, data: Path) -> Looked:
        """Look which server has which municipality of the database that settings name."""
        return self.server.look(data) if self.server is not None else Looked()

    def household(self, identity: str) -> Collection[str]:
        """The identities of all data folders over the database that settings name, and this one."""
        return (self.server or self.plain).household(identity)

    def copy_journal(self, folder: Path, to: Path) -> None:
        """Copy the journal into a file."""
        self.of(folder).copy_journal(folder, to)

    def copy_keys(self, folder: Path, to: Path) -> None:
        """Copy the keys into a file."""
        self.of(folder).copy_keys(folder, to)

    def attachments_in(self, folder: Path) -> set[str]:
        """As the engine that holds it says."""
        return self.of(folder).attachments_in(folder)

    def proved_journal(self, folder: Path) -> int:
        """Copies are files."""
        return self.plain.proved_journal(folder)

    def proved_keys(self, folder: Path) -> int:
        """Copies are files."""
        return self.plain.proved_keys(folder)

    def forget_in(self, folder: Path, records: Sequence[bytes], also: Callable[[Journal], None]) -> list[str]:
        """As the engine that holds it does."""
        return self.of(folder).forget_in(folder, records, also)

    def tables(self, folder: Path, part: str) -> AbstractContextManager[Iterator[Table]]:
        """All rows of a store."""
        return self.of(folder).tables(folder, part)

    def fill(self, folder: Path, part: str, given: Iterable[Table]) -> None:
        """Make a store where the settings say."""
        (self.server or self.plain).fill(folder, part, given)

    def discard(self, folder: Path) -> None:
        """Remove the files of stores, and the schemas that the folder names; raises `JournalElsewhere` where no setting
        names their server."""
        if any(folder.glob("*.pg")):
            if self.server is None:
                raise JournalElsewhere(municipality=folder.name)
            self.server.discard(folder)
        self.plain.discard(folder)

    def tidy(self, folder: Path) -> None:
        """Remove files where a schema is named, schemas where files are, and what a move had made in its stage."""
        stage = folder / STAGE / folder.name
        if (folder / NAMING).exists():
            for path in (path for name in self.plain.files() for path in folder.glob(f"{name}*")):
                path.unlink() if path.is_file() else shutil.rmtree(path)
            if (folder / BEGUN).exists() and self.server is not None:
                self.server.tidy(folder)
        elif self.plain.holds(folder):
            for path in [*folder.glob("*.pg"), *folder.glob(f"*{LEFT}")]:
                private_folder(stage)
                shutil.copy2(path, stage / path.name.removesuffix(LEFT))
        if not stage.parent.exists():
            return
        self.discard(stage)
        if self.plain.holds(folder):
            for path in [*folder.glob("*.pg"), *folder.glob(f"*{LEFT}")]:
                path.unlink()
        shutil.rmtree(stage.parent, ignore_errors=True)
        sync_folder(folder)
