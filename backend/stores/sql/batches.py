"""Reads of many records at once, for whoever looks at whole stores: some statements for a batch, none for a record."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from backend.stores.journal_rows import Broken, StoredEntry, StoredFact
from backend.stores.sql.columns import ENTRY, stored_entry
from backend.stores.sql.words import Words
from sync.entry import Entry, decode_entry
from sync.facts import decode_fact

_OF_E: Final = ", ".join(f"e.{column}" for column in ENTRY.split(", "))


class Batches:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any
    _words: Words

    def sent_at(self, positions: Sequence[int]) -> dict[int, StoredEntry | StoredFact]:
        """The entries and facts that are sent at these positions, those that are sent again at one among them."""
        rows = self._run(
            f"select {ENTRY} from entry where {self._words.one_of('position')}", (self._words.numbers(positions),)
        )
        found: dict[int, StoredEntry | StoredFact] = {row[0]: stored_entry(row) for row in rows}
        missing = [position for position in positions if position not in found]
        if missing:
            left = self._words.numbers(missing)
            facts = self._run(
                f"select position, received, payload from fact where {self._words.one_of('position')}", (left,)
            )
            found |= {row[0]: StoredFact(row[0], row[1], decode_fact(row[2])) for row in facts}
            again = self._run(
                f"select a.position, {_OF_E} from again a join entry e on e.position = a.entry"
                f" where {self._words.one_of('a.position')}",
                (left,),
            )
            found |= {row[0]: stored_entry(row[1:])._replace(position=row[0]) for row in again}
        return found

    def entry_counts(self, records: Sequence[bytes]) -> dict[bytes, int]:
        """The number of entries of each of these records."""
        rows = self._run(
            "select r.record, count(*) from record r join placed p on p.number = r.number"
            f" where {self._words.among('r.record')} group by r.record",
            (self._words.listed(records),),
        )
        return dict(rows.fetchall())

    def many_entries(self, records: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
        """The entries of these records, in order of position."""
        among = self._words.among("r.record")
        rows = self._run(
            f"select r.record, {_OF_E} from record r join placed p on p.number = r.number"
            f" join entry e on e.position = p.position where {among} order by p.number, p.position",
            (self._words.listed(records),),
        )
        found: dict[bytes, list[StoredEntry]] = {}
        for record, *row in rows:
            found.setdefault(record, []).append(stored_entry(row))
        return found

    def many_held(self, records: Sequence[bytes]) -> dict[bytes, list[tuple[bytes, bytes, str]]]:
        """The held entries of these records: hash, device, reason."""
        rows = self._run(
            f"select record, hash, device, reason from held where {self._words.among('record')} order by hash",
            (self._words.listed(records),),
        )
        found: dict[bytes, list[tuple[bytes, bytes, str]]] = {}
        for record, *row in rows:
            found.setdefault(record, []).append((row[0], row[1], row[2]))
        return found

    def many_forked(self, records: Sequence[bytes]) -> dict[bytes, list[tuple[bytes, Entry, int]]]:
        """The entries of these records that parted from what is journaled: hash, entry, when it was received."""
        among = self._words.among("record")
        sql = f"select record, hash, entry, received from forked where {among} order by device, seq"
        rows = self._run(sql, (self._words.listed(records),))
        found: dict[bytes, list[tuple[bytes, Entry, int]]] = {}
        for record, hash_, entry, received in rows:
            found.setdefault(record, []).append((hash_, decode_entry(entry), received))
        return found

    def standing(self, record: bytes) -> bytes:
        """A digest of what changes of a record without taking a position: its merge, stamps, what is held or parted."""
        found = sha256()
        for sql in (
            "select state from record where record = ?",
            "select e.position, e.received, e.body is null from record r join placed p on p.number = r.number"
            " join entry e on e.position = p.position where r.record = ? order by 1",
            "select hash, reason, complete from held where record = ? order by 1",
            "select hash, received from forked where record = ? order by 1",
        ):
            found.update(repr(self._run(sql, (record,)).fetchall()).encode())
        return found.digest()

    def record_numbers(self) -> int:
        """The greatest number that a record has."""
        return int(self._run("select coalesce(max(number), 0) from record").fetchone()[0])

    def numbered(self, after: int, until: int) -> list[bytes]:
        """The records with numbers between two, the later one included: those made near each other stand together."""
        rows = self._run("select record from record where number > ? and number <= ? order by number", (after, until))
        return [row[0] for row in rows]

    def existing(self, records: Sequence[bytes]) -> set[bytes]:
        """Keep those of these records that exist."""
        return {
            row[0]
            for row in self._run(
                f"select record from record where {self._words.among('record')}", (self._words.listed(records),)
            )
        }

    def entries_between(self, after: int, until: int) -> list[tuple[tuple[bytes, int, bytes], StoredEntry]]:
        """The entries between two positions, the later one included, each with its columns device, seq, record."""
        rows = self._run(
            f"select device, seq, record, {ENTRY} from entry where position > ? and position <= ? order by position",
            (after, until),
        )
        return [((row[0], row[1], row[2]), stored_entry(row[3:])) for row in rows]

    def broken_links(self, device: bytes, after: int, until: int) -> list[Broken]:
        """The breaks in a device's journal between two seqs; the later one is included."""
        rows = self._run(
            "select e.seq, p.hash is not null from entry e left join entry p on p.device = e.device"
            " and p.seq = e.seq - 1 where e.device = ?1 and e.seq > ?2 and e.seq <= ?3"
            " and case when e.seq = 1 then e.prev <> ?4 else p.hash is null or p.hash <> e.prev end"
            " order by e.seq",
            (device, after, until, bytes(32)),
        ).fetchall()
        return [Broken(seq, seq - 1 if seq == 1 or has else self.held_before(device, seq), has) for seq, has in rows]

    def held_before(self, device: bytes, seq: int) -> int:
        """The greatest seq of a device before one; 0 if there is none."""
        row = self._run("select coalesce(max(seq), 0) from entry where device = ? and seq < ?", (device, seq))
        return int(row.fetchone()[0])

    def facts_between(self, after: int, until: int) -> list[StoredFact]:
        """The facts between two positions, the later one included."""
        sql = "select position, received, payload from fact where position > ? and position <= ? order by position"
        return [StoredFact(row[0], row[1], decode_fact(row[2])) for row in self._run(sql, (after, until))]
