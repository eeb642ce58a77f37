"""The rows of a municipality's attachments in journal.db: an attachment exists from the commit of its row on."""

from collections.abc import Callable
from typing import Any, Final

from backend.stores.rows import AttachmentRow

READABLE: Final = 1  # the version that a stream's head names; 0 is what earlier releases took in, which nothing opens


_COLUMNS: Final = "name, record, device, size"
_KEEP: Final = "insert into attachment values(?, ?, ?, ?, ?, ?) on conflict do nothing"


class SqlAttachments:
    """The table `attachment` of one journal."""

    def __init__(self, run: Callable[..., Any]) -> None:
        self._run = run  # executes one statement

    def keep(self, row: AttachmentRow, now_ms: int) -> None:
        """Register a sealed file by its name; the first that brought it remains."""
        self._run(_KEEP, (*row, now_ms, READABLE))

    def find(self, name: bytes) -> AttachmentRow | None:
        """The row of an attachment."""
        row = self._run(f"select {_COLUMNS} from attachment where name = ?", (name,)).fetchone()
        return AttachmentRow(*row) if row else None

    def brought_since(self, device: bytes, since_ms: int) -> int:
        """The bytes of what a device has brought since a time."""
        sql = "select coalesce(sum(size), 0) from attachment where device = ? and created_ms >= ?"
        return int(self._run(sql, (device, since_ms)).fetchone()[0])

    def between(self, after_ms: int, until_ms: int) -> list[tuple[AttachmentRow, int]]:
        """The attachments that came between two times (the later one included), each with the time at which it did."""
        sql = f"select {_COLUMNS}, created_ms from attachment where created_ms > ? and created_ms <= ? order by 5, 1"
        return [(AttachmentRow(*row[:4]), row[4]) for row in self._run(sql, (after_ms, until_ms))]

    def of_record(self, record: bytes) -> list[bytes]:
        """The names of a record's attachments."""
        return [row[0] for row in self._run("select name from attachment where record = ?", (record,))]

    def forget(self, record: bytes) -> None:
        """Delete the rows of a record."""
        self._run("delete from attachment where record = ?", (record,))

    def drop(self, name: bytes) -> None:
        """Delete the row of one attachment, which no answer names."""
        self._run("delete from attachment where name = ?", (name,))

    def names(self) -> list[bytes]:
        """The names of all attachments, in the order in which they came."""
        return [row[0] for row in self._run("select name from attachment order by created_ms, name")]

    def unreadable(self) -> int:
        """The number of attachments that earlier releases took in, under keys that nobody has."""
        return int(self._run("select count(*) from attachment where version = 0").fetchone()[0])
