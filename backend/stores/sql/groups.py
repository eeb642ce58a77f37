"""The verbs of a journal about groups: what requests need is read in one piece, what they decided is written in one.

A record of one entry, as most are, names it instead of keeping its state: a sixth of what a push writes.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from backend.stores.group import Group, Loaded, Wanted
from backend.stores.journal_rows import HeldRow, RecordRow
from backend.stores.sql.columns import split_readers
from backend.stores.sql.words import Words
from sync.admission import Held
from sync.entry import Header
from sync.exchange import Checked
from sync.merge import EMPTY, Arrival, RecordState, alone

RECORDS_AT_ONCE: Final = 1_000  # named in one statement
_encode: Final = msgspec.msgpack.Encoder().encode
_states: Final = msgspec.msgpack.Decoder(RecordState)
_lones: Final = msgspec.msgpack.Decoder(tuple[int, int])  # the position of the only entry, and its effective clock
_headers: Final = msgspec.msgpack.Decoder(Header)
_LONE: Final = _encode((1, 1))[0]  # a state begins otherwise: it is an array of four
_NEW_RECORD: Final = (
    "insert into record(number, record, key, position, state, readers, creator) values(?, ?, ?, ?, ?, ?, ?)"
)
_SAVE_TAIL: Final = (
    "insert into tail values(?, ?, ?) on conflict(device) do update set seq = excluded.seq, hash = excluded.hash"
)
_SAVE_READERS: Final = "update record set position = ?, readers = ? where number = ?"


def _entry_row(position: int, c: Checked, received: int) -> tuple[Any, ...]:
    header, entry = c.header, c.entry
    return (position, c.hash, header.device, header.seq, header.record, received, entry.prev, entry.header, entry.body,
            None if entry.body is not None else c.body_hash, entry.sig)  # fmt: skip


def _record_row(record: bytes, at: int, row: RecordRow, state: bytes) -> tuple[Any, ...]:
    return record, row.key, at, state, b"".join(row.readers), row.creator


def _lone_or_whole(state: RecordState, position: int, only: Checked | None) -> bytes:
    """A new record's state as it is kept: most have one entry, of which the state follows, and name it alone."""
    if only is not None and not only.header.observed and len(state.groups) == len(state.heads) == 1:
        (group,) = state.groups
        if len(group.survivors) == 1 and group.survivors[0].hash == only.hash and not state.removals:
            return _encode((position, group.survivors[0].at))
    return _encode(state)


class Groups:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any
    _words: Words
    _may_hold = True  # whether anything may be held; mostly nothing is, and then nobody looks
    last_seq: Callable[[bytes], int]
    write_facts: Callable[[Group], None]

    def __init__(self) -> None:
        self.forget_numbers()

    def forget_numbers(self) -> None:
        """Forget which of the records that were loaded exist: something was rolled back, or another may write."""
        self._numbers: dict[bytes, int] = {}  # under a record's number its entries are placed
        self._known: dict[bytes, RecordRow] = {}  # of these, what is kept: most acts change the readers alone
        self._absent: set[bytes] = set()

    def load(self, wanted: Wanted) -> Loaded:
        """Read what a group of requests needs, in a few statements however many they are."""
        if len(wanted.devices) == 1:
            last_seqs = {device: self.last_seq(device) for device in wanted.devices}
        else:
            rows = self._run(self._words.last_seqs, (self._words.listed(wanted.devices),))
            last_seqs = {bytes.fromhex(name): seq or 0 for name, seq in rows}
        records, names = dict[bytes, RecordRow](), [*wanted.records]
        self.forget_numbers()
        for start in range(0, len(names), RECORDS_AT_ONCE):
            for number, record, row in self._records(names[start : start + RECORDS_AT_ONCE]):
                records[record] = self._known[record] = row
                self._numbers[record] = number
        self._absent = {*names} - records.keys()
        held: dict[bytes, list[HeldRow]] = {record: [] for record in records}
        if records and self._holds():
            sql = f"select record, hash, device, seq, reason, complete from held where {self._words.among('record')}"
            for record, *row in self._run(sql, (self._words.listed(records),)):
                held[record].append((row[0], row[1], row[2], row[3], bool(row[4])))
        return Loaded(last_seqs, records, held, *self._opened(wanted.opened))

    def _opened(self, records: Collection[bytes]) -> tuple[dict[bytes, set[bytes]], set[bytes]]:
        """Load to whom grants that count open records, and which of them devices granted."""
        granted: dict[bytes, set[bytes]] = {record: set() for record in records}
        if not granted:
            return {}, set()
        asked = (self._words.listed(records),)
        for record, device in self._run(
            f"select record, device from granted where {self._words.among('record')}", asked
        ):
            granted[record].add(device)
        return granted, {
            row[0] for row in self._run(f"select record from given where {self._words.among('record')}", asked)
        }

    def many_records(self, records: Sequence[bytes]) -> dict[bytes, RecordRow]:
        """The merge states and readers of those records that exist."""
        return {record: row for _, record, row in self._records(records)}

    def _records(self, names: Sequence[bytes]) -> Iterator[tuple[int, bytes, RecordRow]]:
        where, values = self._words.named("record", names)
        sql = f"select number, record, key, state, readers, creator from record where {where}"
        rows = self._run(sql, values).fetchall()
        lones = self._lones([row[3] for row in rows if row[3][0] == _LONE])
        for number, record, key, raw, readers, creator in rows:
            state = lones.get(raw, EMPTY) if raw[0] == _LONE else _states.decode(raw)
            yield number, record, RecordRow(key, state, split_readers(readers), creator)

    def _lones(self, kept: Sequence[bytes]) -> dict[bytes, RecordState]:
        """The states of records of which one entry is named instead.

        Of an entry that is gone or cannot be read nothing is merged: whoever verifies the journal names it.
        """
        if not kept:
            return {}
        at = {position: (raw, clock) for raw in kept for position, clock in (_lones.decode(raw),)}
        sql = f"select position, hash, header from entry where {self._words.one_of('position')}"
        rows = self._run(sql, (self._words.numbers(at),))
        found = {}
        for position, hash_, header in rows:
            raw, clock = at[position]
            with suppress(msgspec.MsgspecError):
                found[raw] = alone(Arrival(_headers.decode(header), hash_), clock)
        return found

    def keep_whole(self, record: bytes) -> None:
        """Keep a record's state whole: the entry that may stand for it is about to be taken from its place."""
        row = self.many_records([record]).get(record)
        if row is not None:
            self._run("update record set state = ? where record = ?", (_encode(row.state), record))

    def _holds(self) -> bool:
        """True if anything at all is held; mostly nothing is, and that is found out once."""
        if self._may_hold:
            self._may_hold = self._run("select 1 from held limit 1").fetchone() is not None
        return self._may_hold

    def write(self, group: Group) -> None:
        """Write the rows of a group, but for its keys, inside the unit."""
        many = self._many
        if group.entries:
            many(
                "insert into entry values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [_entry_row(*one) for one in group.entries]
            )
        self._write_records(group)
        self._place(group.placed)
        for record, held in group.held:
            self._save_held(record, held)
        if group.feeds:
            many("insert into feed values(?, ?, ?) on conflict do nothing", group.feeds)
        if group.tails:
            many(_SAVE_TAIL, [(device, tail.seq, tail.hash) for device, tail in group.tails])
        self.write_facts(group)

    def _write_records(self, group: Group) -> None:
        """Save records; those that were not there when they were loaded are new, and nobody looks for them again."""
        fresh = [row for row in group.records if row[0] in self._absent]
        if fresh:
            (last,) = self._run("select coalesce(max(number), 0) from record").fetchone()
            at = {position: checked for position, checked, _ in group.entries}
            rows = []
            for number, (record, position, row) in enumerate(fresh, last + 1):
                state = _lone_or_whole(row.state, position, at.get(position))
                rows.append((number, *_record_row(record, position, row, state)))
                self._numbers[record] = number
            self._many(_NEW_RECORD, rows)
        if len(fresh) < len(group.records):
            self._save_changed([one for one in group.records if one[0] not in self._absent])
        self._absent.difference_update(row[0] for row in fresh)

    def _save_changed(self, records: Sequence[tuple[bytes, int, RecordRow]]) -> None:
        """Save records that are there: of those of which only the readers changed, the state stays as it is kept."""
        opened, others = [], []
        for record, position, row in records:
            known = self._known.get(record)
            if known is not None and known.state is row.state and known._replace(readers=row.readers) == row:
                opened.append((position, b"".join(row.readers), self._numbers[record]))
            else:
                others.append(_record_row(record, position, row, _encode(row.state)))
                self._known.pop(record, None)
        if opened:
            self._many(_SAVE_READERS, opened)
        if others:
            self._save_known(others)

    def _save_known(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Save records that are there, or may be: (record, key, position, state, readers, creator)."""
        self._many(self._words.save_record, rows)

    def _place(self, placed: Sequence[tuple[int, bytes]]) -> None:
        """Place entries under the numbers of their records."""
        known = [(self._numbers[record], at) for at, record in placed if record in self._numbers]
        if known:
            self._many("insert into placed values(?, ?)", known)
        if len(known) < len(placed):
            others = [(at, record) for at, record in placed if record not in self._numbers]
            self._many("insert into placed select number, ? from record where record = ?", others)

    def _save_held(self, record: bytes, held: Sequence[Held]) -> None:
        """Replace the held entries of a record."""
        self._may_hold = self._may_hold or bool(held)
        self._run("delete from held where record = ?", (record,))
        rows = [
            (h.arrival.hash, record, h.arrival.header.device, h.arrival.header.seq, h.reason, int(h.complete))
            for h in held
        ]
        self._many("insert into held values(?, ?, ?, ?, ?, ?)", rows)
