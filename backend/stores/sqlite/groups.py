"""The verbs of a journal about groups: what requests need is read in one piece, what they decided is written in one."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from backend.stores.group import Group, Loaded, Wanted
from backend.stores.journal_rows import HeldRow, RecordRow, as_kept
from backend.stores.sqlite.batches import among, listed
from sync.admission import Held
from sync.exchange import Checked

RECORDS_AT_ONCE: Final = 1_000  # named in one statement
_encode: Final = msgspec.msgpack.Encoder().encode
_SAVE_RECORD: Final = (
    "insert into record(record, key, position, state, readers, creator) values(?, ?, ?, ?, ?, ?)"
    " on conflict(record) do update set key = excluded.key, position = excluded.position,"
    " state = excluded.state, readers = excluded.readers, creator = excluded.creator"
)


def _entry_row(position: int, c: Checked, received: int) -> tuple[Any, ...]:
    header, entry = c.header, as_kept(c)
    return (position, c.hash, header.device, header.seq, header.record, received, entry.prev, entry.header, entry.body,
            entry.body_hash, entry.sig)  # fmt: skip


def _record_row(record: bytes, at: int, row: RecordRow) -> tuple[Any, ...]:
    return record, row.key, at, _encode(row.state), b"".join(row.readers), row.creator


class Groups:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any
    _may_hold = True  # whether anything may be held; mostly nothing is, and then nobody looks
    last_seq: Callable[[bytes], int]
    many_records: Callable[[Sequence[bytes]], dict[bytes, RecordRow]]

    def load(self, wanted: Wanted) -> Loaded:
        """Read what a group of requests needs, in a few statements however many they are."""
        if len(wanted.devices) == 1:
            last_seqs = {device: self.last_seq(device) for device in wanted.devices}
        else:
            sql = "select value, (select max(seq) from entry where device = unhex(value)) from json_each(?)"
            last_seqs = {bytes.fromhex(name): seq or 0 for name, seq in self._run(sql, (listed(wanted.devices),))}
        records, names = dict[bytes, RecordRow](), [*wanted.records]
        for start in range(0, len(names), RECORDS_AT_ONCE):
            records |= self.many_records(names[start : start + RECORDS_AT_ONCE])
        held: dict[bytes, list[HeldRow]] = {record: [] for record in records}
        if records and self._holds():
            sql = f"select record, hash, device, seq, reason, complete from held where {among('record')}"
            for record, *row in self._run(sql, (listed(records),)):
                held[record].append((row[0], row[1], row[2], row[3], bool(row[4])))
        return Loaded(last_seqs, records, held)

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
        if group.records:
            many(_SAVE_RECORD, [_record_row(*one) for one in group.records])
        if group.placed:
            many("insert into placed select number, ? from record where record = ?", group.placed)
        for record, held in group.held:
            self._save_held(record, held)
        if group.feeds:
            many("insert or replace into feed values(?, ?, ?)", group.feeds)
        if group.tails:
            sql = "insert into tail values(?, ?, ?) on conflict do update set seq = excluded.seq, hash = excluded.hash"
            many(sql, [(device, tail.seq, tail.hash) for device, tail in group.tails])

    def _save_held(self, record: bytes, held: Sequence[Held]) -> None:
        """Replace the held entries of a record."""
        self._may_hold = self._may_hold or bool(held)
        self._run("delete from held where record = ?", (record,))
        rows = [
            (h.arrival.hash, record, h.arrival.header.device, h.arrival.header.seq, h.reason, int(h.complete))
            for h in held
        ]
        self._many("insert into held values(?, ?, ?, ?, ?, ?)", rows)
