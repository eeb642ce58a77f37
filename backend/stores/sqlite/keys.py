"""The key store of one municipality in SQLite: what makes journal bodies readable, and what erasing forgets.

Apart from the journal and with a shorter backup retention, so that an old backup of the journal alone does not
bring an erased record back. Everything in it is sealed.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from backend.errors import StoreForeign
from backend.stores.database import Migration, RestingStore, run_script
from backend.stores.sql.keys import SqlKeys
from backend.stores.sqlite.words import WORDS

CACHE_KIB: Final = 1_024

_SCHEMA: Final = """
create table epoch(
  device blob not null, id blob not null, key_id blob not null, suite integer not null, sealed blob not null,
  primary key (device, id)) without rowid;
create table wrap(
  record blob not null, key blob not null, device blob not null, epoch blob not null, nonce blob not null,
  wrapped blob not null, primary key (record, key, device, epoch)) without rowid;
create table sealed_grant(
  record blob not null, device blob not null, key blob not null, suite integer not null, sealed blob not null,
  primary key (record, device, key, sealed)) without rowid;
"""

_NARROW: Final = """
alter table wrap rename to wrap_wide;
create table wrap(
  number integer primary key, record blob not null, key blob not null, device blob not null, epoch blob not null,
  nonce blob not null, wrapped blob not null);
insert into wrap(record, key, device, epoch, nonce, wrapped)
  select record, key, device, epoch, nonce, wrapped from wrap_wide;
create index wrap_record on wrap(record);
drop table wrap_wide
"""  # record ids are random: in their order only a narrow index is kept, wraps stand where they came

_PLACES: Final = """
alter table epoch rename to epoch_one;
create table epoch(
  device blob not null, id blob not null, place integer not null, key_id blob not null, suite integer not null,
  sealed blob not null, primary key (device, id, place)) without rowid;
insert into epoch select device, id, 0, key_id, suite, sealed from epoch_one;
drop table epoch_one;
alter table wrap add column unsigned integer not null default 0;
create index wrap_unsigned on wrap(record) where unsigned = 1
"""  # keys carry no signature: what somebody brings unasked stands beside what the device itself brought

_GRANTS: Final = """
alter table sealed_grant rename to sealed_grant_wide;
create table sealed_grant(
  number integer primary key, record blob not null, device blob not null, key blob not null, suite integer not null,
  sealed blob not null);
insert into sealed_grant(record, device, key, suite, sealed)
  select record, device, key, suite, sealed from sealed_grant_wide;
create index sealed_grant_record on sealed_grant(record, device);
drop table sealed_grant_wide
"""  # as wraps: a sealed key is a kilobyte, which the key of a table carried into every page above it

MIGRATIONS: Final = (
    Migration(1, "wraps, epochs and sealed grants", lambda db: run_script(db, _SCHEMA)),
    Migration(2, "wraps in the order of their coming", lambda db: run_script(db, _NARROW)),
    Migration(3, "places for keys that nobody signed", lambda db: run_script(db, _PLACES)),
    Migration(4, "sealed grants in the order of their coming", lambda db: run_script(db, _GRANTS)),
)


class SqliteKeys(SqlKeys):
    """One municipality's keys.db. What it takes in is committed before the journal entry that needs it."""

    def __init__(self, path: Path, cache_kib: int = CACHE_KIB) -> None:
        self.store = RestingStore(path, MIGRATIONS, cache_kib)
        self._run = self.store.execute
        self._many = self.store.executemany
        self._words = WORDS
        self.joined = False  # whether a unit of work commits what is written: then the first write begins it

    def belong_to(self, code: str) -> None:
        """Mark a store that bears no mark as this municipality's; raises `StoreForeign` for one of another."""
        mark = int.from_bytes(sha256(b"veldpost/keys " + code.encode()).digest()[:4], "big") >> 1 | 1
        found = int(self._run("pragma application_id").fetchone()[0])
        if not found:
            self._run(f"pragma application_id = {mark}")
        elif found != mark:
            raise StoreForeign(store="keys.db", municipality=code)

    def _join(self) -> None:
        if self.joined and not self.store.in_transaction:
            self._run("begin immediate")

    @property
    def db(self) -> Database:
        """The database."""
        return self.store.db

    def close(self) -> None:
        """Close the file."""
        self.store.close()
