"""Verbs of what is authoritative beside the log, for any database: audit, accounts, forms, what is owed. No SQL."""

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from backend.stores.journal_rows import StoredFact
from backend.stores.rows import Account, AttachmentRow, Draft, Version
from sync.audit import AuditLine, Wanted


class Shelf(Protocol):
    """Published forms and lists, and drafts that wait for a second person."""

    def document(self, form: str, version: int) -> bytes | None:
        """The bytes of a published version; of a number that no version can have, nothing. Devices may name any."""

    def versions(self, form: str) -> list[Version]:
        """The published versions of a form or list, oldest first."""

    def newest(self) -> list[Version]:
        """The newest version of everything that was published, by name."""

    def keep(self, version: Version) -> None:
        """Keep a published version for good; a draft of its form waits no longer."""

    def retire(self, form: str, version: int, now_ms: int) -> None:
        """Note that nothing new is begun with a form, up to a version."""

    def draft(self, form: str) -> Draft | None:
        """The draft of a form that waits."""

    def drafts(self) -> list[Draft]:
        """All drafts that wait, by name."""

    def propose(self, draft: Draft) -> None:
        """Let a draft wait, in place of the one before."""

    def withdraw(self, form: str) -> None:
        """A draft waits no longer."""


class AttachmentRows(Protocol):
    """The attachments that exist: a row each; the sealed streams are files."""

    def keep(self, row: AttachmentRow, now_ms: int) -> None:
        """Register a sealed file by its name; the first that brought it remains."""

    def find(self, name: bytes) -> AttachmentRow | None:
        """The row of an attachment."""

    def brought_since(self, device: bytes, since_ms: int) -> int:
        """The bytes of what a device has brought since a time."""

    def between(self, after_ms: int, until_ms: int) -> list[tuple[AttachmentRow, int]]:
        """The attachments that came between two times (the later one included), each with the time at which it did."""

    def of_record(self, record: bytes) -> list[bytes]:
        """The names of a record's attachments."""

    def forget(self, record: bytes) -> None:
        """Delete the rows of a record."""

    def drop(self, name: bytes) -> None:
        """Delete the row of one attachment, which no answer names."""

    def names(self) -> list[bytes]:
        """The names of all attachments, in the order in which they came."""

    def unreadable(self) -> int:
        """The number of attachments that earlier releases took in, under keys that nobody has."""


class Beside(Protocol):
    """Acts and decisions of people here, and what the municipality still owes: in no entry and in no fact."""

    @property
    def shelf(self) -> Shelf:
        """Forms and drafts."""

    @property
    def attachments(self) -> AttachmentRows:
        """The rows of attachments."""

    def accounts(self) -> list[Account]:
        """Every account, by name."""

    def keep_account(self, account: Account) -> None:
        """Keep an account; one of the same name stays as it is."""

    def confirm_account(self, name: str, by: str) -> None:
        """Note who confirmed a first account."""

    def kept(self, kind: str) -> dict[str, bytes]:
        """All that is kept of a kind, by its id."""

    def kept_one(self, kind: str, id_: str) -> bytes | None:
        """One thing of a kind."""

    def keep(self, kind: str, id_: str, raw: bytes) -> None:
        """Keep a thing of a kind, in place of the one of its id."""

    def unkeep(self, kind: str, id_: str) -> None:
        """Keep a thing of a kind no longer."""

    def audit(
        self, at_ms: int, staff: str, act: str, record: bytes | None = None, detail: str = "", result: str = ""
    ) -> None:
        """Leave a line about what a member of staff did with personal data."""

    def audit_end(self) -> tuple[int, bytes]:
        """The number and the hash of the last line."""

    def audit_lines(self, record: bytes | None, limit: int) -> list[AuditLine]:
        """The newest lines about what staff did, or about one record."""

    def audit_page(self, wanted: Wanted, limit: int) -> list[AuditLine]:
        """The newest lines of those that are wanted."""

    def audit_chain(self) -> Iterator[tuple[AuditLine, bytes]]:
        """Every line with its hash, oldest first."""

    def owe(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Note grants that the municipality is to make as soon as it can: (record, device)."""

    def owed(self, limit: int, after: int = 0) -> list[tuple[int, bytes, bytes]]:
        """Grants that the municipality is to make, after a number: (number, record, device)."""

    def pay(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Remove grants from what is owed: they were made, or are due no longer."""

    def want_copy(self, position: int) -> None:
        """Note a device's fact that the municipality is to sign too."""

    def want_copies(self, record: bytes, devices: Collection[bytes]) -> None:
        """Note the grants of a record that devices signed before they could: they count from now on."""

    def copies_wanted(self, record: bytes | None = None) -> list[tuple[StoredFact, bool]]:
        """The facts of devices, all or those about a record, that the municipality is to sign too, and whether each is
        promised: then nothing that came since takes it away."""

    def promise(self, positions: Iterable[int]) -> None:
        """Note facts that are signed as soon as it can be done, whatever is taken away meanwhile."""

    def copied(self, position: int) -> None:
        """The municipality signed a device's fact too."""

    def displaced_untold(self) -> list[tuple[bytes, bytes]]:
        """The entries that were taken from their place and that no fact says so of yet: record and hash."""

    def displaced_told(self, hash_: bytes) -> None:
        """The municipality signed that this entry holds no place."""

    def want_wrap(self, record: bytes) -> None:
        """Ask the devices of a record for a wrap: nobody can open it for the municipality."""

    def unwant_wrap(self, record: bytes) -> None:
        """A record opens after all."""

    def wraps_wanted_from(self, device: bytes) -> list[bytes]:
        """The records of a device that lack a wrap; nearly always none, so `cross join` makes SQLite start there."""

    def confirm_erasure(self, record: bytes, device: bytes, now_ms: int) -> None:
        """A device has erased a record as it was told."""

    def erasure_confirmed_by(self, record: bytes) -> set[bytes]:
        """The devices that have said that they erased a record."""

    def note_unfinished(self, record: bytes, now_ms: int) -> None:
        """Remember that something of an erased record may still be in a file."""

    def note_finished(self, record: bytes) -> None:
        """Forget that: nothing of an erased record is in any file that can be reached."""

    def unfinished_erasures(self) -> dict[bytes, int]:
        """The erased records of which something may still be in a file, each with the time of its erasure."""

    def recount_wanted(self) -> bool:
        """True if an earlier release took grants by other rules, and they are to be counted again."""

    def recounted(self) -> None:
        """The grants of an earlier release were counted again."""
