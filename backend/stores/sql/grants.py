"""The verbs of a journal about grants: which count, which a municipality still owes or has to sign."""

from collections.abc import Collection, Iterable
from typing import Any

from backend.stores.journal_rows import StoredFact
from sync.facts import Grant, decode_fact


class Grants:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any
    _may_owe = True  # whether anything may be owed; mostly nothing is, and then nobody looks

    def was_granted(self, record: bytes, device: bytes) -> bool:
        """True if grants that count open a record to a device; withdrawal changes nothing here."""
        row = self._run("select 1 from granted where record = ? and device = ?", (record, device)).fetchone()
        return row is not None

    def granted_of(self, record: bytes) -> set[bytes]:
        """The devices to which grants that count open a record."""
        return {row[0] for row in self._run("select device from granted where record = ?", (record,))}

    def note_grant(self, record: bytes, device: bytes) -> None:
        """Count a grant of a record to a device."""
        self.note_grants([(record, device)])

    def note_grants(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Count grants: (record, device)."""
        self._many("insert into granted values(?, ?) on conflict do nothing", rows)

    def set_granted(self, record: bytes, devices: Collection[bytes]) -> None:
        """Replace the devices to which grants that count open a record."""
        self._run("delete from granted where record = ?", (record,))
        self._many("insert into granted values(?, ?)", [(record, device) for device in devices])

    def grants_of(self, record: bytes) -> list[Grant]:
        """The grants of a record, in order of position."""
        rows = self._run(
            "select payload from fact where record = ? and kind = 'grant' order by position", (record,)
        ).fetchall()
        return [fact for row in rows if isinstance(fact := decode_fact(row[0]), Grant)]

    def note_gift(self, record: bytes, device: bytes) -> None:
        """Remember that a device granted a record."""
        self._run("insert into given values(?, ?) on conflict do nothing", (record, device))

    def has_gifts(self, record: bytes) -> bool:
        """True if a device granted this record."""
        return self._run("select 1 from given where record = ? limit 1", (record,)).fetchone() is not None

    def given_by(self, device: bytes) -> list[bytes]:
        """The records that a device granted."""
        return [row[0] for row in self._run("select record from given where device = ?", (device,))]

    def records_with_gifts(self) -> list[bytes]:
        """The records that any device granted."""
        return [row[0] for row in self._run("select distinct record from given")]

    def recount_wanted(self) -> bool:
        """True if an earlier release took grants by other rules, and they are to be counted again."""
        return self._run("select 1 from recount").fetchone() is not None

    def recounted(self) -> None:
        """The grants of an earlier release were counted again."""
        self._run("delete from recount")

    # --- what a municipality still owes ---

    def owe(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Note grants that the municipality is to make as soon as it can: (record, device)."""
        self._may_owe = True
        self._many("insert into owed(record, device) values(?, ?) on conflict do nothing", rows)

    def owed(self, limit: int, after: int = 0) -> list[tuple[int, bytes, bytes]]:
        """Grants that the municipality is to make, after a number: (number, record, device)."""
        if not self._may_owe:
            return []
        sql = "select rowid, record, device from owed where rowid > ? order by rowid limit ?"
        found = [(row[0], row[1], row[2]) for row in self._run(sql, (after, limit))]
        self._may_owe = bool(found) or after > 0
        return found

    def pay(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Remove grants from what is owed: they were made, or are due no longer."""
        if self._may_owe:
            self._many("delete from owed where record = ? and device = ?", rows)

    def want_copy(self, position: int) -> None:
        """Note a device's fact that the municipality is to sign too."""
        self._run("insert into to_sign(position) values(?) on conflict do nothing", (position,))

    def want_copies(self, record: bytes, devices: Collection[bytes]) -> None:
        """Note the grants of a record that devices signed before they could: they count from now on."""
        rows = self._run("select position, payload from fact where record = ? and kind = 'grant'", (record,)).fetchall()
        for position, payload in rows if devices else ():
            fact = decode_fact(payload)
            if isinstance(fact, Grant) and fact.by in devices:
                self.want_copy(position)

    def copies_wanted(self, record: bytes | None = None) -> list[tuple[StoredFact, bool]]:
        """The facts of devices, all or those about a record, that the municipality is to sign too, and whether each
        is promised: then nothing that came since takes it away."""
        where = "" if record is None else " where record = ?"
        rows = self._run(
            f"select position, received, payload, promised from to_sign join fact using (position){where}"
            " order by position",
            () if record is None else (record,),
        ).fetchall()
        return [(StoredFact(row[0], row[1], decode_fact(row[2])), bool(row[3])) for row in rows]

    def promise(self, positions: Iterable[int]) -> None:
        """Note facts that are signed as soon as it can be done, whatever is taken away meanwhile."""
        self._many("update to_sign set promised = 1 where position = ?", [(position,) for position in positions])

    def copied(self, position: int) -> None:
        """The municipality signed a device's fact too."""
        self._run("delete from to_sign where position = ?", (position,))
