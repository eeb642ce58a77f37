"""The verbs of a journal about its audit: who did what with personal data, each line chained to the one before."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from backend.stores.audit_lines import Audited, next_line
from backend.stores.sql.words import Words
from sync.audit import FIRST, AuditLine, Wanted

_LINE: Final = "number, at_ms, staff, act, record, detail, account, result, origin"
_WRITE: Final = f"insert into audit({_LINE}, hash) values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Audit:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any
    _many: Any
    _words: Words

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
            (self._words.text_among("act"), self._words.texts(wanted.acts) if wanted.acts else ""),
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
