"""The key store of one municipality: what makes journal bodies readable, and what erasing forgets.

Apart from the journal and with a shorter backup retention, so that an old backup of the journal alone does not
bring an erased record back. Everything in it is sealed.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, Final

from backend.stores.rows import UNSIGNED_PLACES, StoredWrap
from backend.stores.sql.words import Words
from sync.entry import WRAPS_MAX, Wrap
from sync.messages import Epoch

_OWN: Final = "select 1 from wrap where record = ?1 and key = ?2 and device = ?3 and unsigned = 0"
_NEW_EPOCH: Final = "insert into epoch values(?, ?, ?, ?, ?, ?) on conflict do nothing"
_NEW_GRANT: Final = (
    "insert into sealed_grant(record, device, key, suite, sealed) select ?1, ?2, ?3, ?4, ?5 where not exists"
    " (select 1 from sealed_grant where record = ?1 and device = ?2 and key = ?3 and sealed = ?5)"
)
_NEW_WRAP: Final = "insert into wrap(record, key, device, epoch, nonce, wrapped) values(?, ?, ?, ?, ?, ?)"
_TAKE_WRAP: Final = (
    "insert into wrap(record, key, device, epoch, nonce, wrapped) select ?1, ?2, ?3, ?4, ?5, ?6"
    f" where not exists ({_OWN} and epoch = ?4) and not exists ({_OWN} limit 1 offset {WRAPS_MAX - 1})"
)


class SqlKeys:
    """One municipality's keys. What it takes in is committed before the journal entry that needs it."""

    _run: Any
    _many: Any
    _words: Words
    _join: Callable[[], None]  # begins the transaction of a unit of work that has not written to the keys yet

    def take(
        self,
        epochs: Sequence[tuple[bytes, Epoch]],
        wraps: Sequence[tuple[bytes, Wrap]],
        grants: Sequence[tuple[bytes, bytes, bytes, int, bytes]],
    ) -> None:
        """Keep epochs and wraps that devices brought in signed requests, and sealed grants.

        A device has `WRAPS_MAX` places in each record: it can displace nobody's keys, and not its own first ones.
        `grants` are (record, device, key, suite, sealed).
        """
        self._join()
        if epochs:
            rows = [(device, e.id, 0, e.key_id, e.suite, e.sealed) for device, e in epochs]
            self._many(_NEW_EPOCH, rows)
        if wraps:
            self._take_wraps([(w.record, w.key, device, w.epoch, w.nonce, w.wrapped) for device, w in wraps])
        if grants:
            self._many(_NEW_GRANT, grants)

    def _take_wraps(self, rows: Sequence[tuple[bytes, ...]]) -> None:
        """Keep wraps; most are of records that have none yet, and need no look at what their devices brought."""
        asked = (self._words.listed({row[0] for row in rows}),)
        known = {row[0] for row in self._run(f"select record from wrap where {self._words.among('record')}", asked)}
        fresh, others = list[tuple[bytes, ...]](), list[tuple[bytes, ...]]()
        for row in rows:
            (others if row[0] in known else fresh).append(row)
            known.add(row[0])
        if fresh:
            self._many(_NEW_WRAP, fresh)
        if others:
            self._many(_TAKE_WRAP, others)

    def take_unsigned(self, device: bytes, epochs: Iterable[Epoch], wraps: Iterable[Wrap]) -> int:
        """Keep keys that somebody brought for a device without its signature, while there is a place for them.

        What is held already takes no place. Where all are taken, nothing is displaced. Returns how many were kept.
        """
        self._join()
        kept = 0
        for epoch in epochs:
            named = (device, epoch.id)
            rows = self._run("select place, sealed from epoch where device = ? and id = ?", named).fetchall()
            free = {*range(1, UNSIGNED_PLACES + 1)} - {place for place, _ in rows}
            if free and epoch.sealed not in {sealed for _, sealed in rows}:
                values = (device, epoch.id, min(free), epoch.key_id, epoch.suite, epoch.sealed)
                self._run("insert into epoch values(?, ?, ?, ?, ?, ?)", values)
                kept += 1
        for wrap in wraps:
            rows = self._run(
                "select device, epoch, nonce, wrapped, unsigned from wrap where record = ? and key = ?",
                (wrap.record, wrap.key),
            ).fetchall()
            known = (device, wrap.epoch, wrap.nonce, wrap.wrapped) in {row[:4] for row in rows}
            if not known and sum(row[4] for row in rows) < UNSIGNED_PLACES:
                self._run(
                    "insert into wrap(record, key, device, epoch, nonce, wrapped, unsigned)"
                    " values(?, ?, ?, ?, ?, ?, 1)",
                    (wrap.record, wrap.key, device, wrap.epoch, wrap.nonce, wrap.wrapped),
                )
                kept += 1
        return kept

    def unsigned(self, limit: int, after: bytes = b"") -> list[tuple[bytes, bytes]]:
        """Records after one with wraps that nobody signed, in order: (record, key); all keys of the last one too."""
        rows = self._run(
            "select distinct w.record, w.key from wrap w join (select distinct record from wrap where unsigned = 1"
            " and record > ? order by record limit ?) r on r.record = w.record where w.unsigned = 1 order by w.record",
            (after, limit),
        )
        return [(row[0], row[1]) for row in rows]

    def sift(self, record: bytes, key: bytes, opens: Callable[[StoredWrap], bool]) -> None:
        """Try the unsigned wraps of a record: one that opens is kept as if it were signed, the others that have an
        epoch are dropped with it. Those without an epoch wait for it."""
        self._join()
        tried = self._wraps("unsigned = 1 and w.record = ? and w.key = ?", (record, key))
        good = {stored.wrap for stored in tried if opens(stored)}
        for stored in tried:
            wrap = stored.wrap
            named = (record, key, stored.device, wrap.epoch, wrap.nonce, wrap.wrapped)
            where = "record = ? and key = ? and device = ? and epoch = ? and nonce = ? and wrapped = ? and unsigned = 1"
            if wrap in good:
                self._run(f"update wrap set unsigned = 0 where {where}", named)
            else:
                self._run(f"delete from wrap where {where}", named)
                self._run(
                    "delete from epoch where device = ? and id = ? and sealed = ? and place > 0",
                    (stored.device, wrap.epoch, stored.epoch.sealed),
                )

    def wraps_of(self, record: bytes, key: bytes) -> list[StoredWrap]:
        """Every wrap of a record's key with each epoch that may open it; the commitment decides which is true."""
        return self._wraps("w.record = ? and w.key = ?", (record, key))

    def _wraps(self, where: str, values: tuple[bytes | str, ...]) -> list[StoredWrap]:
        rows = self._run(
            "select w.record, w.key, w.device, w.epoch, w.nonce, w.wrapped, e.key_id, e.suite, e.sealed from wrap w"
            f" join epoch e on e.device = w.device and e.id = w.epoch where {where} order by w.number, e.place",
            values,
        )
        return [
            StoredWrap(device, Wrap(record, key, epoch, nonce, wrapped), Epoch(epoch, key_id, suite, sealed))
            for record, key, device, epoch, nonce, wrapped, key_id, suite, sealed in rows
        ]

    def wraps_of_many(self, records: Sequence[bytes]) -> dict[tuple[bytes, bytes], list[StoredWrap]]:
        """Every wrap of these records with each epoch that may open it, by record and key."""
        found: dict[tuple[bytes, bytes], list[StoredWrap]] = {}
        for stored in self._wraps(self._words.among("w.record"), (self._words.listed(records),)):
            found.setdefault((stored.wrap.record, stored.wrap.key), []).append(stored)
        return found

    def has_wrap(self, record: bytes) -> bool:
        """True if anything here may open a record."""
        return self._run("select 1 from wrap where record = ? limit 1", (record,)).fetchone() is not None

    def sealed_for(self, record: bytes, device: bytes) -> list[tuple[bytes, bytes]]:
        """The sealed keys of a record for a device: (key, sealed)."""
        rows = self._run("select key, sealed from sealed_grant where record = ? and device = ?", (record, device))
        return [(row[0], row[1]) for row in rows]

    def sealed_named(self, device: bytes, named: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
        """The sealed keys, by hash, that facts of grants to a device name by record and hash, unless forgotten."""
        rows = self._run(
            f"select record, sealed from sealed_grant where {self._words.among('record')} and device = ?",
            (self._words.listed(record for record, _ in named), device),
        )
        found = {(row[0], sha256(row[1]).digest()): row[1] for row in rows}
        return {hash_: found[record, hash_] for record, hash_ in named if (record, hash_) in found}

    def forget(self, record: bytes) -> int:
        """Forget every key of a record: after this its bodies are noise. Returns how many there were."""
        self._join()
        wraps = self._run("delete from wrap where record = ?", (record,)).rowcount
        return int(wraps + self._run("delete from sealed_grant where record = ?", (record,)).rowcount)
