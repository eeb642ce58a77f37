"""The verbs of a journal about its audit: who did what with personal data."""

from typing import Any


class Audit:
    """Part of a journal; every method runs inside the caller's transaction."""

    _run: Any

    def audit(self, at_ms: int, staff: str, act: str, record: bytes | None = None, detail: str = "") -> None:
        """Leave a line about what a member of staff did with personal data."""
        self._run(
            "insert into audit(at_ms, staff, act, record, detail) values(?, ?, ?, ?, ?)",
            (at_ms, staff, act, record, detail),
        )

    def audit_lines(self, record: bytes | None, limit: int) -> list[tuple[int, int, str, str, bytes | None, str]]:
        """The newest lines about what staff did, or about one record: number, time, who, act, record, detail."""
        where, values = ("where record = ?", (record, limit)) if record is not None else ("", (limit,))
        rows = self._run(
            f"select number, at_ms, staff, act, record, detail from audit {where} order by number desc limit ?", values
        )
        return list(rows)
