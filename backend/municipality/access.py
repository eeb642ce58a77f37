"""Access of devices to records: who may read (is sent a record), and who may write (whose entries count in it).

`sync.authority.is_sent` and `sync.admission.may_write` decide, from facts alone (sync/SPEC.md 4.1 and 5.2). Here they
are asked with the committed facts. `intake.py` keeps the answer as feeds in the journal, and `pull.py` serves those.
"""

from backend.municipality.state import Ledger
from backend.stores.ledger import Journal
from sync.admission import may_write
from sync.authority import is_sent
from sync.entry import parse_header
from sync.facts import Grant


class Access:
    """The access of devices to the records of one municipality, by what is committed."""

    def __init__(self, journal: Journal, ledger: Ledger) -> None:
        self._journal = journal
        self._ledger = ledger

    def may_read(self, device: bytes, record: bytes) -> bool:
        """True if a device is sent a record now; a restored municipality whose list nobody confirmed sends none."""
        state = self._ledger.committed
        return (
            not state.awaiting_list
            and self._journal.has_access(device, record)
            and is_sent(record, device, state.book)
        )  # fmt: skip

    def may_write(self, device: bytes, record: bytes) -> bool:
        """True if what a device adds to a record counts; also where the record was withdrawn from it since."""
        row, book = self._journal.record(record), self._ledger.committed.book
        writes = row is not None and may_write(record, row.key, device, book)
        return writes and not book.revoked(device) and not book.erased(record)

    def held_since(self, device: bytes) -> dict[bytes, int]:
        """The records that a device wrote in or was granted, with the time at which the server first knew of it."""
        since: dict[bytes, int] = {}
        for stored in self._journal.own_after(device, 0, -1):
            since.setdefault(parse_header(stored.entry.header).record, stored.received)
        for record in self._journal.held_by(device):
            for fact in self._journal.facts("grant", record):
                if isinstance(fact.fact, Grant) and (fact.fact.to, fact.fact.record) == (device, record):
                    since[record] = min(fact.received, since.get(record, fact.received))
        return since

    def is_known(self, record: bytes) -> bool:
        """True if anything is held of a record."""
        return self._journal.record(record) is not None
