"""The journal store of one municipality: entries, facts and the merge state, without an answer in clear.

Its verbs are few, so that another database can take its place: append, read after a position, the last seq of
a device, the durable position. What is appended in one transaction is on disk, whole, when it commits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from backend.stores.group import Group
from backend.stores.journal_rows import (
    HeldRow,
    RecordRow,
    Size,
    StoredEntry,
    StoredFact,
)
from backend.stores.sql.access import Access
from backend.stores.sql.accounts import Accounts
from backend.stores.sql.attachment_rows import SqlAttachments
from backend.stores.sql.audit import Audit
from backend.stores.sql.batches import Batches
from backend.stores.sql.columns import ENTRY, NUMBER, split_readers, stored_entry
from backend.stores.sql.forgetting import Forgetting
from backend.stores.sql.grants import Grants
from backend.stores.sql.groups import Groups
from backend.stores.sql.parting import Parting
from backend.stores.sql.shelf import SqlShelf
from backend.stores.sql.words import Words
from sync.facts import Fact, decode_fact, encode_fact, purpose_of, record_of
from sync.messages import Place

NO_LIMIT: Final = 1 << 62
ACCESS_KINDS: Final = "('grant', 'assignment', 'withdrawal')"  # facts that bear on who reads, not on what is read
LIFE: Final = "select life from life order by number desc limit 1"
LAST_POSITION: Final = (
    "select coalesce(max(last), 0) from (select max(position) as last from entry union all"
    " select max(position) from fact union all select max(position) from again union all"
    " select max(position) from displaced) as those"
)
_NEW_LIFE: Final = (
    "insert into life(number, life, started_ms, why) values((select coalesce(max(number), 0) + 1 from life), ?, ?, ?)"
)


class SqlJournal(Access, Accounts, Audit, Batches, Forgetting, Grants, Groups, Parting):
    """The verbs of a municipality's journal. One writer; every method runs inside the caller's transaction.

    `run` executes one statement, and `many` one for each of some rows.
    """

    def __init__(self, run: Callable[..., Any], many: Callable[..., Any], words: Words) -> None:
        super().__init__()
        self.run = self._run = run
        self._many = many
        self._words = words
        self._may_want = True
        self.shelf = SqlShelf(run)
        self.attachments = SqlAttachments(run)

    def undone(self) -> None:
        """Something was rolled back: what was found to be empty meanwhile may not be."""
        self._may_want = self._may_hold = self._may_owe = True
        self.forget_numbers()

    # --- small things ---

    def meta(self, name: str) -> bytes | None:
        """A value that belongs to the store itself."""
        row = self._run("select value from meta where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_meta(self, name: str, value: bytes) -> None:
        """Keep a value that belongs to the store itself."""
        self._run("insert into meta values(?, ?) on conflict(name) do update set value = excluded.value", (name, value))

    def life(self) -> bytes:
        """The present life of the store; empty before the first was begun."""
        row = self._run(LIFE).fetchone()
        return row[0] if row else b""

    def begin_life(self, life: bytes, now_ms: int, why: str) -> None:
        """Start a new life: positions given out before mean nothing any more."""
        self._run(_NEW_LIFE, (life, now_ms, why))

    def last_position(self) -> int:
        """The greatest position that an entry or a fact took."""
        row = self._run(LAST_POSITION).fetchone()
        return int(row[0])

    # --- append ---

    def append_fact(self, position: int, fact: Fact, now_ms: int) -> None:
        """Journal one fact."""
        self._append_facts([(position, fact, now_ms)])

    def _append_facts(self, facts: Iterable[tuple[int, Fact, int]]) -> None:
        rows = [(at, purpose_of(fact), record_of(fact), encode_fact(fact), now_ms) for at, fact, now_ms in facts]
        self._many("insert into fact values(?, ?, ?, ?, ?)", rows)

    def write_facts(self, group: Group) -> None:
        """Write what facts and acts brought: facts, grants that count, what is owed, lines of the audit."""
        if group.facts:
            self._append_facts(group.facts)
        if group.granted:
            self.note_grants(group.granted)
        if group.paid:
            self.pay(group.paid)
        if group.owed:
            self.owe(group.owed)
        if group.audited:
            self.write_audited(group.audited)

    def lower_stamp(self, hash_: bytes, device: bytes, seq: int, received: int) -> bool:
        """Keep the smallest known stamp of an entry; true when it became smaller."""
        cursor = self._run(
            "update entry set received = ? where device = ? and seq = ? and hash = ? and received > ?",
            (received, device, seq, hash_, received),
        )
        return bool(cursor.rowcount)

    # --- a device's journal ---

    def tails(self) -> dict[bytes, Place]:
        """The last entry of every device's unbroken journal."""
        return {device: Place(seq, hash_) for device, seq, hash_ in self._run("select device, seq, hash from tail")}

    def hash_at(self, device: bytes, seq: int) -> bytes | None:
        """The hash of what is held at a device's seq."""
        row = self._run("select hash from entry where device = ? and seq = ?", (device, seq)).fetchone()
        return row[0] if row else None

    def last_seq(self, device: bytes) -> int:
        """The greatest seq of a device that is held, its own or handed in."""
        row = self._run("select max(seq) from entry where device = ?", (device,)).fetchone()
        return int(row[0] or 0)

    def first_after(self, device: bytes, position: int) -> int | None:
        """The least seq of a device whose entry took a place after a position; nothing where none did."""
        sql = (  # few: what is not durable yet
            "with late as materialized (select device, seq from entry where position > ?)"
            " select min(seq) from late where device = ?"
        )
        found: int | None = self._run(sql, (position, device)).fetchone()[0]
        return found

    def at(self, device: bytes, seq: int) -> tuple[bytes, bytes] | None:
        """The record and hash of what is held at a device's seq."""
        row = self._run("select record, hash from entry where device = ? and seq = ?", (device, seq)).fetchone()
        return (row[0], row[1]) if row else None

    def stamps(self, device: bytes, first: int, last: int) -> list[tuple[int, int]]:
        """The stamps of a device's entries between two seqs, both included: (seq, received)."""
        rows = self._run(
            "select seq, received from entry where device = ? and seq between ? and ? order by seq",
            (device, first, last),
        )
        return [(row[0], row[1]) for row in rows]

    def own_after(self, device: bytes, seq: int, limit: int) -> list[StoredEntry]:
        """A device's own entries after a seq: what it lost when it was restored from a backup."""
        rows = self._run(
            f"select {ENTRY} from entry where device = ? and seq > ? order by seq limit ?", (device, seq, limit)
        )
        return [stored_entry(row) for row in rows]

    # --- records ---

    def record(self, record: bytes) -> RecordRow | None:
        """A record's merge state and readers."""
        return self.many_records([record]).get(record)

    def entries_of(self, record: bytes, after: int = 0, until: int = 1 << 62, limit: int = -1) -> list[StoredEntry]:
        """A record's entries between two positions, both left out, in order of position."""
        rows = self._run(
            f"select {ENTRY} from placed join entry using (position) where number = {NUMBER}"
            " and position > ? and position < ? order by position limit ?",
            (record, after, until, limit if limit >= 0 else NO_LIMIT),
        )
        return [stored_entry(row) for row in rows]

    def records_of_device(self, device: bytes) -> list[bytes]:
        """The records in which a device wrote."""
        return [row[0] for row in self._run("select distinct record from entry where device = ?", (device,))]

    def changed_records(self, after: int, until: int) -> list[bytes]:
        """The records whose answers entries or facts between two positions (the later one included) may change."""
        rows = self._run(
            "select record from entry where position > ?1 and position <= ?2 union"
            " select record from fact where position > ?1 and position <= ?2 and record is not null"
            f" and kind not in {ACCESS_KINDS}"
            " union select e.record from again a join entry e on e.position = a.entry"
            " where a.position > ?1 and a.position <= ?2",
            (after, until),
        )
        return [row[0] for row in rows]

    def opened_up_records(self, after: int, until: int) -> set[bytes]:
        """The records that facts between two positions let somebody read, or no longer read."""
        rows = self._run(
            "select record from fact where position > ? and position <= ? and record is not null"
            f" and kind in {ACCESS_KINDS}",
            (after, until),
        )
        return {row[0] for row in rows}

    def records_changed_at(self, position: int) -> list[bytes]:
        """The records whose state was last changed at a position; reads them all, for the rare facts that need it."""
        return [row[0] for row in self._run("select record from record where position = ?", (position,))]

    def mark_dirty(self, records: Iterable[bytes]) -> None:
        """Records that changed without taking a position (a stamp was lowered): whoever projects looks again."""
        self._many("insert into dirty values(?) on conflict do nothing", [(record,) for record in records])

    def dirty(self) -> list[bytes]:
        """The records that changed without taking a position."""
        return [row[0] for row in self._run("select record from dirty")]

    def clean(self, looked_at: Iterable[tuple[bytes, bytes]]) -> None:
        """Remove marks of records as they were looked at (`standing`); one that changed since stays marked."""
        done = [(record,) for record, standing in looked_at if self.standing(record) == standing]
        self._many("delete from dirty where record = ?", done)

    # --- what is held ---

    def held_of(self, record: bytes) -> Sequence[HeldRow]:
        """The held entries of a record: hash, device, seq, reason, whether complete."""
        if not self._may_hold:
            return []
        rows = self._run("select hash, device, seq, reason, complete from held where record = ?", (record,))
        return [(h, d, s, r, bool(c)) for h, d, s, r, c in rows]

    def incomplete_records(self) -> list[bytes]:
        """The records in which entries are held because something that they observed is missing."""
        return [row[0] for row in self._run("select distinct record from held where reason = 'incomplete'")]

    def held_records_of(self, device: bytes) -> list[bytes]:
        """The records in which entries of a device are held."""
        return [row[0] for row in self._run("select distinct record from held where device = ?", (device,))]

    def is_incomplete(self, hash_: bytes) -> bool:
        """True if a held entry lacks something that it says it had seen."""
        row = self._run("select complete from held where hash = ?", (hash_,)).fetchone()
        return row is not None and not row[0]

    def first_counting(self, record: bytes, device: bytes) -> int | None:
        """The seq of a device's first entry in a record that is not held."""
        row = self._run(
            f"select min(seq) from placed join entry using (position) where number = {NUMBER} and device = ?"
            " and hash not in (select hash from held where record = ?)",
            (record, device, record),
        ).fetchone()
        return None if row[0] is None else int(row[0])

    # --- reading places ---

    def place_at(self, position: int) -> bytes | None:
        """The short hash of what took a position, as cursors name it."""
        row = self._run("select hash from entry where position = ?", (position,)).fetchone()
        if row is not None:
            return bytes(row[0][:8])
        fact = self.fact_at(position)
        if fact is not None:
            return fact.place
        again = self.again_at(position)
        return self.displaced_at(position) if again is None else self.place_at(again)

    def entry_named(self, record: bytes, hash_: bytes) -> StoredEntry | None:
        """An entry of a record by its hash."""
        row = self._run(
            f"select {ENTRY} from placed join entry using (position) where number = {NUMBER} and hash = ?",
            (record, hash_),
        ).fetchone()
        return stored_entry(row) if row else None

    def fact_at(self, position: int) -> StoredFact | None:
        """The fact that took a position."""
        row = self._run("select position, received, payload from fact where position = ?", (position,)).fetchone()
        return StoredFact(row[0], row[1], decode_fact(row[2])) if row else None

    def facts(self, kind: str | None = None, record: bytes | None = None) -> Iterator[StoredFact]:
        """The facts of a kind, or about a record, or all, in order of position."""
        where: str = "true"
        values: tuple[str | bytes, ...] = ()
        if kind is not None:
            where, values = "kind = ?", (kind,)
        elif record is not None:
            where, values = "record = ?", (record,)
        for row in self._run(f"select position, received, payload from fact where {where} order by position", values):
            yield StoredFact(row[0], row[1], decode_fact(row[2]))

    def payloads(self, kind: str) -> list[bytes]:
        """The bytes of every fact of a kind, as they were signed."""
        return [row[0] for row in self._run("select payload from fact where kind = ? order by position", (kind,))]

    def facts_after(self, position: int) -> Iterator[StoredFact]:
        """The facts after a position, in order."""
        sql = "select position, received, payload from fact where position > ? order by position"
        for row in self._run(sql, (position,)):
            yield StoredFact(row[0], row[1], decode_fact(row[2]))

    def has_fact(self, fact: Fact) -> bool:
        """True if this very fact was journaled."""
        record = record_of(fact)
        where, value = ("record = ?", record) if record is not None else ("kind = ?", purpose_of(fact))
        row = self._run(f"select 1 from fact where {where} and payload = ? limit 1", (value, encode_fact(fact)))
        return row.fetchone() is not None

    def lacks_body(self, device: bytes, seq: int) -> bool:
        """True if the entry at a device's seq is held without its body."""
        row = self._run("select body is null from entry where device = ? and seq = ?", (device, seq)).fetchone()
        return row is not None and bool(row[0])

    def give_body(self, device: bytes, seq: int, body: bytes) -> int:
        """Store the body of an entry that is held without it; returns the entry's position."""
        self._run("update entry set body = ?, body_hash = null where device = ? and seq = ?", (body, device, seq))
        return int(self._run("select position from entry where device = ? and seq = ?", (device, seq)).fetchone()[0])

    def position_of(self, device: bytes, seq: int) -> int:
        """The position of the entry at a device's seq."""
        return int(self._run("select position from entry where device = ? and seq = ?", (device, seq)).fetchone()[0])

    # --- wraps ---

    def want_wrap(self, record: bytes) -> None:
        """Ask the devices of a record for a wrap: nobody can open it for the municipality."""
        self._may_want = True
        self._run("insert into wrap_wanted values(?) on conflict do nothing", (record,))

    def unwant_wrap(self, record: bytes) -> None:
        """A record opens after all."""
        self._run("delete from wrap_wanted where record = ?", (record,))

    def wraps_wanted_from(self, device: bytes) -> list[bytes]:
        """The records of a device that lack a wrap; nearly always none, so that it is where a look begins."""
        if not self._may_want:
            return []
        rows = self._run(
            f"select w.record, r.readers from wrap_wanted w {self._words.outermost} record r on r.record = w.record"
        ).fetchall()
        self._may_want = bool(rows)
        return [record for record, readers in rows if device in split_readers(readers)]

    def size(self) -> Size:
        """The size of the journal; counts rows, so that it is asked once, at the opening."""
        return Size(self._count("entry"), self._count("record"), self._count("life"))

    def forked_count(self) -> int:
        """The number of entries that are kept apart."""
        return self._count("forked")

    def held_count(self) -> int:
        """The number of entries that are held and do not count."""
        return self._count("held")

    def _count(self, table: str) -> int:
        return int(self._run(f"select count(*) from {table}").fetchone()[0])
