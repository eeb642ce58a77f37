"""The next line of an audit: as every database writes it, chained to the one before, with who speaks and from where."""

from backend.stores.rows import ACCOUNT, DETAIL_MAX, ORIGIN
from sync.audit import AuditLine, line_hash

Audited = tuple[AuditLine, bytes]  # a line and its hash


def next_line(
    end: tuple[int, bytes], at_ms: int, staff: str, act: str, record: bytes | None, detail: str, result: str
) -> Audited:
    """The line after the one whose number and hash are given."""
    last, before = end
    line = AuditLine(last + 1, at_ms, staff, act, record, detail[:DETAIL_MAX], ACCOUNT.get(), result, ORIGIN.get())
    return line, line_hash(before, line)
