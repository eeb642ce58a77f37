"""The store of a device: its journal, what it was sent, the keys of its records; sealed under one store key."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from backend.device.kept_attachments import ATTACHMENTS, KeptAttachments
from backend.stores.database import Migration, open_database, run_script, transaction
from sync.entry import Entry, parse_header
from sync.facts import Fact, Grant, decode_fact, encode_fact, record_of
from sync.merge import Arrival
from sync.messages import Receipt

_SCHEMA: Final = """
create table meta(name text primary key, value blob not null) without rowid;
create table entry(
  number integer primary key, hash blob not null unique, device blob not null, seq integer not null,
  record blob not null, entry blob not null, received integer, written_ms integer not null);
create unique index entry_place on entry(device, seq);
create index entry_record on entry(record);
create table record(record blob primary key, key blob not null, record_key blob) without rowid;
create table fact(
  number integer primary key, record blob, payload blob not null unique, sealed blob);
create index fact_record on fact(record);
create table receipt(seq integer primary key, payload blob not null);
create table outgoing_grant(number integer primary key, payload blob not null unique, sealed blob not null);
create table epoch(id blob primary key, payload blob not null) without rowid;
create table form(form text primary key, version integer not null, digest blob not null, document blob not null);
create table erased(record blob primary key, confirmed integer not null) without rowid;
create table reported(hash blob primary key, record blob not null, reason text not null, sig blob not null,
  confirmed integer not null) without rowid;
"""
_LIVES: Final = "alter table entry add column earlier_life integer not null default 0;"  # of its stamp: `begin_life`
_REFUSED: Final = "alter table attachment add column refused integer not null default 0;"
MIGRATIONS: Final = (
    Migration(1, "the store of one device", lambda db: run_script(db, _SCHEMA)),
    Migration(2, "stamps of an earlier life", lambda db: run_script(db, _LIVES)),
    Migration(3, "attachments until the server has them", lambda db: run_script(db, ATTACHMENTS)),
    Migration(4, "attachments that the server refuses for good", lambda db: run_script(db, _REFUSED)),
)

FRAME_BYTES: Final = 250  # what an entry takes beside header, body and wraps, rounded up
WRAP_BYTES: Final = 150


class Identity(msgspec.Struct, frozen=True):
    """A device's own keys, kept in its sealed store."""

    municipality: str
    device: bytes
    suite: int
    signing: bytes
    sealing: bytes


class Kept(NamedTuple):
    """An entry on the device, own or another's."""

    number: int
    hash: bytes
    entry: Entry
    received: int | None
    written_ms: int

    def arrival(self) -> Arrival:
        """The entry as the merge sees it."""
        return Arrival(parse_header(self.entry.header), self.hash, self.received)


def weight(entry: Entry) -> tuple[int, frozenset[bytes]]:
    """The number of bytes that an entry takes in a request, and the epochs that its wraps name."""
    size = len(entry.header) + len(entry.body or b"") + FRAME_BYTES + WRAP_BYTES * len(entry.wraps)
    return size, frozenset(wrap.epoch for wrap in entry.wraps)


_encode: Final = msgspec.msgpack.Encoder().encode
_KEPT: Final = "number, hash, entry, received, written_ms"


def _kept(row: Any) -> Kept:
    return Kept(row[0], row[1], msgspec.msgpack.decode(row[2], type=Entry), row[3], row[4])


class DeviceStore(KeptAttachments):
    """One device's database. Whoever changes it opens a `transaction`, and a power cut leaves all or nothing."""

    def __init__(self, path: Path, store_key: bytes | None) -> None:
        self.db = open_database(path, key=store_key, migrations=MIGRATIONS)
        self._run = self.db.conn.execute
        self._many = self.db.conn.executemany

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def transaction(self) -> Any:
        """All or nothing."""
        return transaction(self.db)

    # --- single values ---

    def get(self, name: str, kind: type[Any]) -> Any:
        """A kept value of a kind, or nothing."""
        row = self._run("select value from meta where name = ?", (name,)).fetchone()
        return msgspec.msgpack.decode(row[0], type=kind | None) if row else None

    def put(self, name: str, value: Any) -> None:
        """Keep a value."""
        self._run(
            "insert into meta values(?, ?) on conflict do update set value = excluded.value", (name, _encode(value))
        )

    # --- entries ---

    def add_entry(self, hash_: bytes, entry: Entry, received: int | None, now_ms: int) -> bool:
        """Keep an entry. False when another holds its place.

        A known one takes a better stamp, and the body that it lacks and that fits it, unless its record was erased.
        """
        header = parse_header(entry.header)
        known = self.own_at(header.device, header.seq)
        if known is None:
            self._run(
                "insert into entry(hash, device, seq, record, entry, received, written_ms) values(?, ?, ?, ?, ?, ?, ?)",
                (hash_, header.device, header.seq, header.record, _encode(entry), received, now_ms),
            )
            return True
        if known.hash != hash_:
            return False
        if received is not None:
            self.stamp(header.device, header.seq, header.seq, received)
        if known.entry.body is None and entry.body is not None and not self.is_erased(header.record):
            whole = msgspec.structs.replace(known.entry, body=entry.body, body_hash=None)
            self._run("update entry set entry = ? where hash = ?", (_encode(whole), hash_))
        return True

    def stamp(self, device: bytes, first: int, last: int, received: int) -> None:
        """Note a server's stamp on a device's entries: the smallest of this life, which replaces one of an earlier."""
        self._run(
            "update entry set earlier_life = 0,"
            " received = case earlier_life when 0 then min(coalesce(received, ?), ?) else ? end"
            " where device = ? and seq between ? and ?",
            (received, received, received, device, first, last),
        )

    def begin_life(self) -> None:
        """The server began a new life: its stamps replace those known so far, greater ones too."""
        self._run("update entry set earlier_life = 1 where received is not null")

    def own_after(self, device: bytes, seq: int, limit: int) -> list[Kept]:
        """A device's entries after a seq, in order."""
        rows = self._run(
            f"select {_KEPT} from entry where device = ? and seq > ? order by seq limit ?", (device, seq, limit)
        )
        return [_kept(row) for row in rows]

    def own_before(self, device: bytes, seq: int, after: int, limit: int) -> list[Kept]:
        """A device's entries before a seq and after another, newest first."""
        rows = self._run(
            f"select {_KEPT} from entry where device = ? and seq < ? and seq > ? order by seq desc limit ?",
            (device, seq, after, limit),
        )
        return [_kept(row) for row in rows]

    def displace(self, device: bytes, seq: int) -> None:
        """Let go of an entry of which the municipality says that another stands at its seq; the server keeps it."""
        self._run("delete from entry where device = ? and seq = ?", (device, seq))

    def own_at(self, device: bytes, seq: int) -> Kept | None:
        """A device's entry at a seq."""
        row = self._run(f"select {_KEPT} from entry where device = ? and seq = ?", (device, seq)).fetchone()
        return _kept(row) if row else None

    def oldest(self, device: bytes) -> int | None:
        """The smallest seq of a device that is still held."""
        row = self._run("select min(seq) from entry where device = ?", (device,)).fetchone()
        return int(row[0]) if row[0] is not None else None

    def others_after(self, device: bytes, number: int, limit: int) -> list[Kept]:
        """Entries of all others, in the order in which they came."""
        rows = self._run(
            f"select {_KEPT} from entry where device <> ? and number > ? order by number limit ?",
            (device, number, limit),
        )
        return [_kept(row) for row in rows]

    def entries_of(self, record: bytes) -> list[Kept]:
        """All entries of a record."""
        return [_kept(row) for row in self._run(f"select {_KEPT} from entry where record = ?", (record,))]

    def first_of(self, record: bytes) -> Kept | None:
        """The first entry of a record that came here."""
        row = self._run(f"select {_KEPT} from entry where record = ? order by number limit 1", (record,)).fetchone()
        return _kept(row) if row else None

    def at(self, device: bytes, seq: int) -> tuple[bytes, bytes] | None:
        """The record and hash at a device's seq."""
        row = self._run("select record, hash from entry where device = ? and seq = ?", (device, seq)).fetchone()
        return (row[0], row[1]) if row else None

    def remove_own(self, device: bytes, first: int, last: int = 1 << 53) -> None:
        """Let go of a device's entries between two seqs, both included."""
        self._run("delete from entry where device = ? and seq between ? and ?", (device, first, last))

    def records(self) -> list[bytes]:
        """The records of which anything is held."""
        return [row[0] for row in self._run("select record from entry group by record order by min(number)")]

    # --- record keys ---

    def keep_key(self, record: bytes, key: bytes, record_key: bytes | None) -> None:
        """Keep a record's key; one that was known is never unlearnt."""
        self._run(
            "insert into record values(?, ?, ?) on conflict do update set"
            " record_key = coalesce(excluded.record_key, record_key)",
            (record, key, record_key),
        )

    def record_key(self, record: bytes) -> tuple[bytes, bytes | None] | None:
        """A record's commitment and key."""
        row = self._run("select key, record_key from record where record = ?", (record,)).fetchone()
        return (row[0], row[1]) if row else None

    def lacking(self, limit: int, after: bytes = b"") -> list[bytes]:
        """Records of which entries are held and whose key is not, those after one, in order."""
        rows = self._run(
            "select distinct e.record from entry e left join record r on r.record = e.record"
            " where r.record_key is null and e.record > ? and e.record not in (select record from erased)"
            " order by e.record limit ?",
            (after, limit),
        )
        return [row[0] for row in rows]

    def erase(self, record: bytes) -> None:
        """Forget a record: its key and bodies; hashes stay so that chains can be checked."""
        self._run("delete from record where record = ?", (record,))
        self._run("update fact set sealed = null where record = ? and sealed is not null", (record,))
        for _, grant, _ in self.queued_grants(-1):
            if grant.record == record:
                self.unqueue_grant(grant)
        for kept in self.entries_of(record):
            entry = kept.entry
            bare = Entry(entry.prev, entry.header, None, entry.body_hash or _hash_of(entry), entry.sig)
            self._run("update entry set entry = ? where hash = ?", (_encode(bare), kept.hash))
        self.forget_attachments(record)
        self._run("insert or ignore into erased values(?, 0)", (record,))

    def is_erased(self, record: bytes) -> bool:
        """True if the record was erased."""
        return self._run("select 1 from erased where record = ?", (record,)).fetchone() is not None

    def erased(self, *, unconfirmed: bool = False) -> list[bytes]:
        """The erased records."""
        where = " where confirmed = 0" if unconfirmed else ""
        return [row[0] for row in self._run(f"select record from erased{where}")]

    def confirm_erased(self, records: Iterable[bytes]) -> None:
        """The server knows that these are gone here."""
        self._many("update erased set confirmed = 1 where record = ?", [(record,) for record in records])

    # --- facts, receipts, grants, epochs, forms ---

    def add_fact(self, fact: Fact, sealed: bytes | None) -> None:
        """Keep a fact; a grant with its sealed key."""
        self._run(
            "insert into fact(record, payload, sealed) values(?, ?, ?) on conflict do update set"
            " sealed = coalesce(excluded.sealed, sealed)",
            (record_of(fact), encode_fact(fact), sealed),
        )

    def facts(self, after: int = 0, limit: int = -1) -> list[tuple[int, Fact]]:
        """The facts, in the order in which they came."""
        rows = self._run("select number, payload from fact where number > ? order by number limit ?", (after, limit))
        return [(row[0], decode_fact(row[1])) for row in rows]

    def keep_receipt(self, receipt: Receipt) -> None:
        """Keep the proof of what was handed in."""
        self._run("insert or replace into receipt values(?, ?)", (receipt.seq, _encode(receipt)))

    def receipts(self) -> list[Receipt]:
        """The kept receipts, oldest first."""
        rows = self._run("select payload from receipt order by seq")
        return [msgspec.msgpack.decode(row[0], type=Receipt) for row in rows]

    def forget_receipts(self) -> None:
        """A successor has handed in nothing yet."""
        self._run("delete from receipt")

    def queue_grant(self, grant: Grant, sealed: bytes) -> None:
        """A grant to hand in with the next exchange."""
        self._run("insert or ignore into outgoing_grant(payload, sealed) values(?, ?)", (encode_fact(grant), sealed))

    def queued_grants(self, limit: int) -> list[tuple[int, Grant, bytes]]:
        """The grants that are waiting."""
        rows = self._run("select number, payload, sealed from outgoing_grant order by number limit ?", (limit,))
        found = []
        for number, payload, sealed in rows:
            fact = decode_fact(payload)
            assert isinstance(fact, Grant)
            found.append((number, fact, sealed))
        return found

    def unqueue_grant(self, grant: Grant) -> None:
        """A grant was handed in."""
        self._run("delete from outgoing_grant where payload = ?", (encode_fact(grant),))

    def drop_grant(self, grant: Grant) -> None:
        """Forget a grant of this device that the server refused: it opens nothing to anybody."""
        self._run("delete from outgoing_grant where payload = ?", (encode_fact(grant),))
        self._run("delete from fact where payload = ?", (encode_fact(grant),))

    def keep_epoch(self, id_: bytes, payload: Any) -> None:
        """Keep what travels of an epoch, to be sent with the wraps under it."""
        self._run("insert or replace into epoch values(?, ?)", (id_, _encode(payload)))

    def epoch(self, id_: bytes, kind: type[Any]) -> Any:
        """The part of an epoch that travels."""
        row = self._run("select payload from epoch where id = ?", (id_,)).fetchone()
        return msgspec.msgpack.decode(row[0], type=kind) if row else None


def _hash_of(entry: Entry) -> bytes:
    assert entry.body is not None
    return sha256(entry.body).digest()
