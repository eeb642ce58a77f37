"""The sealed attachments that a device keeps: what the server has not got yet, and what it got lately.

Only sealed streams are here. The name is in the answers of the entry, the key follows from the record key: a store
that is read without it shows sizes and times, nothing else.
"""

from typing import Any, Final, NamedTuple

ATTACHMENTS: Final = """
create table attachment(
  number integer primary key, name blob not null unique, record blob not null, stream blob not null,
  taken_ms integer not null, life blob, finished_ms integer);
create index attachment_record on attachment(record);
"""


class KeptAttachment(NamedTuple):
    """One attachment that was taken on this device."""

    name: bytes
    record: bytes
    size: int


class KeptAttachments:
    """The part of a device's store that keeps its attachments."""

    _run: Any

    def keep_attachment(self, name: bytes, record: bytes, stream: bytes, now_ms: int) -> None:
        """Keep a sealed stream until the server has it."""
        self._run(
            "insert into attachment(name, record, stream, taken_ms) values(?, ?, ?, ?)", (name, record, stream, now_ms)
        )

    def attachment(self, name: bytes) -> bytes | None:
        """The sealed stream of a name, where this device keeps it."""
        row = self._run("select stream from attachment where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def attachment_part(self, name: bytes, offset: int, size: int) -> bytes:
        """A part of a sealed stream; empty where it was erased meanwhile."""
        row = self._run(
            "select substr(stream, ?, ?) from attachment where name = ?", (offset + 1, size, name)
        ).fetchone()
        return row[0] if row else b""

    def unsent_attachments(self, life: bytes) -> list[KeptAttachment]:
        """The attachments that the server has not said to hold in this life, in the order in which they were taken."""
        rows = self._run(
            "select name, record, length(stream) from attachment where finished_ms is null or life is not ?"
            " order by number",
            (life,),
        )
        return [KeptAttachment(*row) for row in rows]

    def waiting_attachments(self) -> int:
        """The number that the server has never said to hold, those left out that it refuses for good."""
        row = self._run("select count(*) from attachment where finished_ms is null and refused = 0").fetchone()
        return int(row[0])

    def attachment_refused(self, name: bytes) -> None:
        """The server of a device that has ended takes this one no more."""
        self._run("update attachment set refused = 1 where name = ?", (name,))

    def attachment_sent(self, name: bytes, life: bytes, now_ms: int) -> None:
        """The server holds all of an attachment."""
        self._run("update attachment set life = ?, finished_ms = ? where name = ?", (life, now_ms, name))

    def sent_attachments(self, life: bytes) -> list[tuple[KeptAttachment, int]]:
        """The attachments that the server of this life holds, as it said, each with when it last said so, in
        milliseconds of the server's time."""
        rows = self._run(
            "select name, record, length(stream), finished_ms from attachment"
            " where life is ? and finished_ms is not null order by number",
            (life,),
        )
        return [(KeptAttachment(name, record, size), said_ms) for name, record, size, said_ms in rows]

    def forget_attachment(self, name: bytes) -> None:
        """Let go of one attachment that the server holds."""
        self._run("delete from attachment where name = ?", (name,))

    def forget_attachments(self, record: bytes | None = None) -> None:
        """Delete the sealed streams of a record, or all of them, sent or not."""
        self._run("delete from attachment where ?1 is null or record = ?1", (record,))
