"""PostgreSQL as a municipality's database: a schema for its journal in one cluster, and one for its keys in another.

The folder of a municipality keeps its vault, attachments and pictures; in place of files for journal and keys it has
the names of two schemas. Copies are files as everywhere: a backup of a journal in PostgreSQL is restored to a machine
that has none.
"""

import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from backend.errors import StoreTooNew
from backend.files import is_file_of_some_size
from backend.stores.carrying import JOURNAL, KEYS, MARK, Table, Whole, columns_of
from backend.stores.ledger import Journal
from backend.stores.node_marks import ThisNode
from backend.stores.nodes import Common, Looked
from backend.stores.postgres.common import PostgresCommon
from backend.stores.postgres.copying import Bulk
from backend.stores.postgres.faults import ABOUT, MAY_MAKE, Server, refusal, translated
from backend.stores.postgres.lease import leases_of
from backend.stores.postgres.places import (
    JOURNAL_MARK,
    KEYS_MARK,
    Begun,
    Place,
    begin,
    begun,
    ended,
    keep,
    named,
    note_timeline,
)
from backend.stores.postgres.schema import IS_CURRENT, JOURNAL_STEPS, KEYS_STEPS, NUMBERED, SHARED, Step
from backend.stores.postgres.sessions import connected
from backend.stores.postgres.stores import PostgresReading, PostgresStores
from backend.stores.postgres.timelines import must_be_newest
from backend.stores.postgres.watching import Watch
from backend.stores.server_errors import KeysWithJournal, StoreLacksRight, StoreOfAnotherServer

_MARKS: Final = {KEYS: KEYS_MARK, JOURNAL: JOURNAL_MARK}
_STEPS: Final = {KEYS: KEYS_STEPS, JOURNAL: JOURNAL_STEPS}
_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended($1, 0))"  # who makes a schema, or drops it
DROP_WAIT: Final = "5s"
ALONE: Final = ThisNode()
ROWS_AT_ONCE: Final = 2_000  # read of a table in one piece: a body has up to 256 KiB
Connection = psycopg.Connection[Any]


class Postgres:
    """`Engine`: two clusters of PostgreSQL, and `files` for copies. `alone` does without a standby; `node` is
    this server among several."""

    def __init__(self, files: Whole, journal: str, keys: str, *, alone: bool = False, node: ThisNode = ALONE) -> None:
        self._files = files
        self._addresses = {JOURNAL: journal, KEYS: keys}
        self._alone = alone
        self._node = node
        self._watch = Watch(journal, keys, node)

    def holds(self, folder: Path) -> bool:
        """True if a journal is named."""
        return (folder / JOURNAL_MARK).exists()

    def missing(self, folder: Path) -> str:
        """The first of the two files that is not there."""
        return next((name for name in self.files() if not is_file_of_some_size(folder / name)), "")

    def files(self) -> Sequence[str]:
        """The names of the keys, and of the journal."""
        return KEYS_MARK, JOURNAL_MARK

    def create(self, folder: Path) -> None:
        """Make both schemas, and name them; those of a set-up that was killed here before go first."""
        self.may_make()
        if not self.holds(folder):
            self.discard(folder)
        for part in (KEYS, JOURNAL):
            self.fill(folder, part, ())

    def open(self, folder: Path) -> PostgresStores:
        """Open for the writer."""
        journal, keys = self._place(folder, JOURNAL), self._place(folder, KEYS)
        self.may_hold()
        for part, place in ((KEYS, keys), (JOURNAL, journal)):
            self._look_at(part, place, writes=True)
            note_timeline(folder, _MARKS[part], place)
        return PostgresStores(journal, keys, leases_of(journal.address), folder.name, self._node)

    def read(self, folder: Path) -> PostgresReading:
        """Open for somebody who reads."""
        keys = self._place(folder, KEYS) if (folder / KEYS_MARK).exists() else None
        journal = self._place(folder, JOURNAL)
        self._look_at(JOURNAL, journal, writes=False)
        return PostgresReading(journal, keys)

    def common(self, folder: Path) -> Common:
        """The part of a folder that every server shares."""
        return PostgresCommon(folder, self._place(folder, JOURNAL), self._place(folder, KEYS))

    def look(self, data: Path) -> Looked:
        """Look which server has which municipality, and what the others wrote."""
        return self._watch.look(data)

    def household(self, identity: str) -> Collection[str]:
        """The identities of all data folders over the keys' cluster, and this one. No standby is waited for: each
        server says its own again when it starts."""
        with (
            translated(KEYS_MARK),
            closing(connected(self._addresses[KEYS], synchronous_commit="local")) as connection,
        ):
            _share(connection)
            connection.execute("insert into veldpost.household values ($1) on conflict do nothing", (identity,))
            return {found for (found,) in connection.execute("select identity from veldpost.household")}

    def may_hold(self) -> None:
        """Raise what keeps the two clusters from holding a municipality; `KeysWithJournal` where they are one."""
        seen = set()
        for part, address in self._addresses.items():
            with translated(_MARKS[part]), closing(connected(address)) as connection:
                self._may_serve(connection, part)
                seen.add(connection.execute("select system_identifier from pg_control_system()").fetchone())
        if len(seen) < len(self._addresses):
            raise KeysWithJournal

    def may_make(self) -> None:
        """Raise what keeps a new municipality from the two clusters; `StoreLacksRight` where none of its schemas can be
        made."""
        self.may_hold()
        for part, address in self._addresses.items():
            with translated(_MARKS[part]), closing(connected(address)) as connection:
                if connection.execute(MAY_MAKE).fetchone() != (True,):
                    raise StoreLacksRight(store=_MARKS[part])

    def _place(self, folder: Path, part: str) -> Place:
        return named(folder, _MARKS[part], self._addresses[part])

    def _look_at(self, part: str, place: Place, *, writes: bool) -> None:
        """Look whether it is that server and a schema of this release; who writes brings the schema up to date."""
        mark, steps = _MARKS[part], _STEPS[part]
        with translated(mark), closing(connected(place.address)) as connection:
            must_be_newest(connection, place, mark)
            sql = "select version from veldpost.municipality where schema = $1"
            row = connection.execute(sql, (place.schema,)).fetchone()
            if row is None:
                raise psycopg.errors.InvalidSchemaName
            if row[0] > steps[-1].number:
                raise StoreTooNew(store=mark, found=row[0], known=steps[-1].number)
            if writes:
                _share(connection)
            if writes and row[0] < steps[-1].number:
                with connection.transaction():
                    _step_up(connection, place.schema, steps, row[0])

    def _may_serve(self, connection: Connection, part: str) -> None:
        row = connection.execute(ABOUT).fetchone()
        assert row is not None
        refused = refusal(Server(*row), _MARKS[part], alone=self._alone)
        if refused is not None:
            raise refused

    # --- whole stores ---

    @contextmanager
    def tables(self, folder: Path, part: str) -> Iterator[Iterator[Table]]:
        """All tables at one moment."""
        place = self._place(folder, part)
        self._look_at(part, place, writes=False)
        with translated(_MARKS[part]), closing(connected(place.address, search_path=place.schema)) as connection:
            connection.execute("begin isolation level repeatable read, read only")
            yield _tables(connection, part, place.schema)

    def fill(self, folder: Path, part: str, tables: Iterable[Table]) -> None:
        """Make a schema of these rows; the folder names it before it is made, and from its end as the store's own."""
        address, mark = self._addresses[part], _MARKS[part]
        schema = f"m_{re.sub('[^a-z0-9]', '', folder.name.lower())[:40]}_{secrets.token_hex(6)}"
        with translated(mark), closing(connected(address)) as connection:
            _share(connection)
            server = _server_id(connection)
            begin(folder, Begun(mark, server, schema, _host_of(address)))
            with connection.transaction():
                connection.execute(_ALONE, (schema,))
                connection.execute(
                    "insert into veldpost.municipality(schema, code, version) values($1, $2, 0)", (schema, folder.name)
                )
                connection.execute(f"create schema {schema}")
                _step_up(connection, schema, _STEPS[part], 0)
                _pour(connection, schema, tables)
        keep(folder, mark, Place(address, schema, server))
        ended(folder, schema)

    def discard(self, folder: Path) -> None:
        """Drop the schemas that a folder names, begun or made; what their rows were is in the servers' archives for as
        long as those are kept."""
        for part, mark in _MARKS.items():
            for one in begun(folder):
                if one.mark == mark:
                    _drop(mark, Place(self._addresses[part], one.schema, one.server))
                    ended(folder, one.schema)
            if (folder / mark).exists():
                _drop(mark, self._place(folder, part))
                (folder / mark).unlink()

    def tidy(self, folder: Path) -> None:
        """Name no schema as begun that the folder names as its own: a kill came between the two."""
        for part, mark in _MARKS.items():
            if (folder / mark).exists():
                ended(folder, self._place(folder, part).schema)

    def copy_journal(self, folder: Path, to: Path) -> None:
        """Copy the journal into a file."""
        self._copy(folder, to, JOURNAL)

    def copy_keys(self, folder: Path, to: Path) -> None:
        """Copy the keys into a file."""
        self._copy(folder, to, KEYS)

    def _copy(self, folder: Path, to: Path, part: str) -> None:
        with self.tables(folder, part) as tables:
            self._files.fill(to, part, tables)

    def attachments_in(self, folder: Path) -> set[str]:
        """The attachments that a journal names."""
        with closing(self.read(folder)) as reading, reading.moment():
            return {name.hex() for name in reading.journal.attachments.names()}

    def proved_journal(self, folder: Path) -> int:
        """Copies are files."""
        return self._files.proved_journal(folder)

    def proved_keys(self, folder: Path) -> int:
        """Copies are files."""
        return self._files.proved_keys(folder)

    def forget_in(self, folder: Path, records: Sequence[bytes], also: Callable[[Journal], None]) -> list[str]:
        """Forget keys, then bodies."""
        with closing(self.open(folder)) as stores:
            with stores.unit():
                for record in records:
                    stores.keys.forget(record)
                    stores.journal.forget_bodies(record)
                also(stores.journal)
            return stores.cut()


def _share(connection: Connection) -> None:
    """Make what all municipalities of a server share, where it lacks some of that."""
    if not (connection.execute(IS_CURRENT).fetchone() or (False,))[0]:
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(hashtextextended('veldpost', 0))")
            connection.execute(SHARED, binary=False)


def _drop(mark: str, place: Place) -> None:
    """Drop a schema. Whoever is killed while it commits one may leave a session that still does: it is waited for."""
    with translated(mark), closing(connected(place.address, lock_timeout=DROP_WAIT)) as connection:
        if place.server != _server_id(connection):
            raise StoreOfAnotherServer(store=mark)
        with connection.transaction():
            connection.execute(_ALONE, (place.schema,))
            sql = "delete from veldpost.municipality where schema = $1 returning schema"
            if connection.execute(sql, (place.schema,)).fetchone():
                connection.execute(f"drop schema {place.schema} cascade")


def _host_of(address: str) -> str:
    """The part of an address that says where a database is, and nothing of who is let in."""
    given = conninfo_to_dict(address)
    return " ".join(f"{name}={given[name]}" for name in ("host", "port", "dbname") if name in given)


def _server_id(connection: Connection) -> str:
    row = connection.execute("select id::text from veldpost.server").fetchone()
    return str(row[0]) if row else ""


def _step_up(connection: Connection, schema: str, steps: Sequence[Step], found: int) -> None:
    """Apply the steps that a schema lacks, inside a transaction."""
    connection.execute(f"set local search_path to {schema}")
    for step in (step for step in steps if step.number > found):
        connection.execute(step.statements, binary=False)
    connection.execute("update veldpost.municipality set version = $1 where schema = $2", (steps[-1].number, schema))


def _tables(connection: Connection, part: str, schema: str) -> Iterator[Table]:
    for name, columns in columns_of(part):
        if name == MARK:
            found = connection.execute("select mark from veldpost.municipality where schema = $1", (schema,)).fetchall()
            yield Table(name, columns, found)
            continue
        with psycopg.ClientCursor(connection) as cursor:
            cursor.execute(f"declare piece no scroll cursor for select {', '.join(columns)} from {name} order by 1")
        yield Table(name, columns, _pieces(connection))
        connection.execute("close piece")


def _pieces(connection: Connection) -> Iterator[Sequence[Any]]:
    while rows := connection.execute(f"fetch {ROWS_AT_ONCE} from piece", binary=True).fetchall():
        yield from rows


def _pour(connection: Connection, schema: str, tables: Iterable[Table]) -> None:
    bulk = Bulk()
    for table in tables:
        if table.name == MARK:
            for row in table.rows:
                sql = "update veldpost.municipality set mark = $1 where schema = $2"
                connection.execute(sql, (row[0], schema))
            continue
        bulk.copy(connection, table.name, table.columns, table.rows)
        column = NUMBERED.get(table.name)
        if column:
            last = f"(select coalesce(max({column}), 0) from {table.name})"
            sql = f"select setval(pg_get_serial_sequence($1, $2), {last} + 1, false)"
            connection.execute(sql, (table.name, column))
