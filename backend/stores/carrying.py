"""Whole stores, whichever database holds them: their tables, so that one is copied into another, row for row.

Positions, lives, cursors and numbers stay as they are: to devices nothing has happened.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from backend.stores.ledger import Engine
from backend.stores.nodes import Looked

KEYS: Final = "keys"
JOURNAL: Final = "journal"
BEGUN: Final = "begun.pg"  # the file in a folder that names schemas which are being made for it
MARK: Final = "mark"  # no table: the number by which a key store knows its municipality
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    KEYS: {
        MARK: "mark",
        "epoch": "device, id, place, key_id, suite, sealed",
        "wrap": "number, record, key, device, epoch, nonce, wrapped, unsigned",
        "sealed_grant": "number, record, device, key, suite, sealed",
    },
    JOURNAL: {
        "meta": "name, value", "life": "number, life, started_ms, why",
        "entry": "position, hash, device, seq, record, received, prev, header, body, body_hash, sig",
        "fact": "position, kind, record, payload, received", "granted": "record, device", "given": "record, device",
        "owed": "rowid, record, device", "to_sign": "position, promised", "again": "position, entry",
        "recount": "since", "tail": "device, seq, hash",
        "record": "number, record, key, position, state, readers, creator", "placed": "number, position",
        "held": "hash, record, device, seq, reason, complete",
        "forked": "hash, device, seq, entry, received, record",
        "displaced": "position, place, record, hash, told", "feed": "device, position, granted",
        "dirty": "record", "wrap_wanted": "record",
        "form": "form, version, digest, document, published_ms, retired_ms, published_by, seconded_by, controller,"
        " register, warnings",
        "draft": "form, version, document, proposed_ms, proposed_by, controller, register",
        "audit": "number, at_ms, staff, act, record, detail, account, hash, result, origin",
        "attachment": "name, record, device, size, created_ms, version",
        "confirmed_erasure": "record, device, at_ms", "unfinished_erasure": "record, since_ms",
        "staff": "name, role, created_ms, confirmed_by", "kept": "kind, id, raw",
    },
}  # fmt: skip


class Table(NamedTuple):
    """All rows of one table, in the order of its first column."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Sequence[Any]]


class Whole(Engine, Protocol):
    """An engine whose stores are read and made as wholes."""

    def tables(self, folder: Path, part: str) -> AbstractContextManager[Iterator[Table]]:
        """All tables of a store as they are at one moment."""

    def fill(self, folder: Path, part: str, tables: Iterable[Table]) -> None:
        """Make a store of nothing but these rows; whole or not at all."""

    def look(self, data: Path) -> Looked:
        """Look which server has which municipality, and make folders for those that are new here."""

    def household(self, identity: str) -> Collection[str]:
        """The identities of all data folders over these databases, which may keep attachments at one place; the one of
        this server is among them from now on."""

    def discard(self, folder: Path) -> None:
        """Remove the stores that a folder names, for good; those too that were only begun."""


class Served(Whole, Protocol):
    """Stores on servers, which are looked at before anything is made."""

    def may_make(self) -> None:
        """Raise what keeps a new municipality from being made."""


def columns_of(part: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The tables of a store with their columns."""
    for name, columns in COLUMNS[part].items():
        yield name, tuple(column.strip() for column in columns.split(","))
