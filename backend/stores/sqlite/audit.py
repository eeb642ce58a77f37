"""The verbs of a journal about its audit: who did what with personal data, each line chained to the one before."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlite_utils import Database

from backend.stores.audit_lines import Audited, next_line
from backend.stores.database import run_script
from sync.audit import BEFORE_RESULTS, FIRST, AuditLine, Wanted, line_hash

_LINE: Final = "number, at_ms, staff, act, record, detail, account, result, origin"
_WRITE: Final = f"insert into audit({_LINE}, hash) values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CHAINED: Final = """
create table audit_chained(
  number integer primary key, at_ms integer not null, staff text not null, act text not null, record blob,
  detail text not null, account text not null, hash blob not null);
"""


def chain_lines(db: Database) -> None:
    """Migration: the lines that exist become the beginning of the chain, numbered anew from 1."""
    run_script(db, _CHAINED)
    before = FIRST
    rows = db.conn.execute("select at_ms, staff, act, record, detail from audit order by number").fetchall()
    for number, (at_ms, staff, act, record, detail) in enumerate(rows, 1):
        line = AuditLine(number, at_ms, staff, act, record, detail, "")
        before = line_hash(before, line)
        db.conn.execute("insert into audit_chained values(?, ?, ?, ?, ?, ?, ?, ?)", (*line[:BEFORE_RESULTS], before))
    db.conn.execute("drop table audit")
    db.conn.execute("alter table audit_chained rename to audit")


class Audit:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any

    def audit(
        self, at_ms: int, staff: str, act: str, record: bytes | None = None, detail: str = "", result: str = ""
    ) -> None:
        """Leave a line about what a member of staff did with personal data."""
        self.write_audited([next_line(self.audit_end(), at_ms, staff, act, record, detail, result)])

    def write_audited(self, lines: Iterable[Audited]) -> None:
        """Write lines that follow the last one."""
        self._many(_WRITE, [(*line, hash_) for line, hash_ in lines])

    def audit_end(self) -> tuple[int, bytes]:
        """The number and the hash of the last line."""
        row = self._run("select number, hash from audit order by number desc limit 1").fetchone()
        return (row[0], row[1]) if row else (0, FIRST)

    def audit_lines(self, record: bytes | None, limit: int) -> list[AuditLine]:
        """The newest lines about what staff did, or about one record."""
        where, values = ("where record = ?", (record, limit)) if record is not None else ("", (limit,))
        rows = self._run(f"select {_LINE} from audit {where} order by number desc limit ?", values)
        return [AuditLine(*row) for row in rows]

    def audit_page(self, wanted: Wanted, limit: int) -> list[AuditLine]:
        """The newest lines of those that are wanted."""
        asked = (
            ("staff = ?", wanted.staff),
            ("(select count(*) from json_each(?) where value = act)", json.dumps(wanted.acts) if wanted.acts else ""),
            ("record = ?", wanted.record),
            ("at_ms >= ?", wanted.since_ms),
            ("at_ms < ?", wanted.until_ms),
            ("number < ?", wanted.before),
        )
        given = [(condition, value) for condition, value in asked if value]
        where = f"where {' and '.join(condition for condition, _ in given)}" if given else ""
        values = [*(value for _, value in given), limit]
        rows = self._run(f"select {_LINE} from audit {where} order by number desc limit ?", values)
        return [AuditLine(*row) for row in rows]

    def audit_chain(self) -> Iterator[tuple[AuditLine, bytes]]:
        """Every line with its hash, oldest first."""
        for row in self._run(f"select {_LINE}, hash from audit order by number"):
            yield AuditLine(*row[:-1]), row[-1]
