"""Steps 3 and 4 of the way of an answer: journal what was accepted, merge its headers, tell the feeds.

Everything here runs inside one transaction of the journal, and never opens a body.
"""

from collections.abc import Iterable, Sequence

from backend.municipality.book import FactBook
from backend.stores.journal import Journal
from backend.stores.journal_rows import NEW_RECORD, PLAIN, RecordRow, arrival_of
from sync.admission import Held, Present, Taken, take
from sync.entry import Entry, record_id
from sync.exchange import Checked, place_name
from sync.facts import (
    Certificate,
    Erasure,
    Fact,
    Grant,
    Hole,
    Revocation,
    SetAside,
    Withdrawal,
    encode_fact,
    record_of,
)
from sync.merge import EMPTY, Arrival

_Placed = tuple[int, Checked, int]  # the position that an entry took, and its stamp
_Feed = tuple[bytes, int, bytes]  # what a device is due: a position, and the record that is granted there


class Intake:
    """Appends to one journal and keeps its merge state, readers and feeds in step."""

    def __init__(self, journal: Journal, book: FactBook) -> None:
        self._journal = journal
        self._book = book
        self.resume()

    def resume(self) -> None:
        """Take position and place from the journal: at opening, and after a transaction was rolled back."""
        self.position = self._journal.last_position()
        self.place = self._journal.place_at(self.position) or b""
        self.last_global = self._journal.last_global_fact()
        self.entries, self.records = self._journal.count("entry"), self._journal.count("record")

    def place_hash(self, position: int) -> bytes | None:
        """The short hash of a place, as cursors name it."""
        return self.place if position == self.position else self._journal.place_at(position)

    # --- entries ---

    def take_entries(self, items: Sequence[tuple[Checked, int]]) -> list[bytes]:
        """Journal entries with their stamps and merge them; returns the erased records that were written to."""
        if not items:
            return []
        kept = [
            (self._without_body(c), stamp) if self._book.erased(c.header.record) else (c, stamp) for c, stamp in items
        ]
        first = self.position
        self._journal.append_entries(first, kept)
        self.position += len(kept)
        self.place = kept[-1][0].hash[:8]
        by_record: dict[bytes, list[_Placed]] = {}
        for offset, (checked, stamp) in enumerate(kept, 1):
            by_record.setdefault(checked.header.record, []).append((first + offset, checked, stamp))
        known = self._journal.many_records(list(by_record))
        rows: list[tuple[bytes, int, RecordRow]] = []
        feeds: list[_Feed] = []
        for record, placed in by_record.items():
            rows.append((record, placed[-1][0], self._merge(record, known.get(record, NEW_RECORD), placed, feeds)))
        self._journal.save_records(rows)
        self._journal.place_entries((first + n, c.header.record) for n, (c, _) in enumerate(kept, 1))
        self.entries += len(kept)
        self.records += len(by_record) - len(known)
        if feeds:
            self._journal.feed(feeds)
        return [record for record in by_record if self._book.erased(record)]

    @staticmethod
    def _without_body(checked: Checked) -> Checked:
        entry = checked.entry
        return checked._replace(entry=Entry(entry.prev, entry.header, None, checked.body_hash, entry.sig))

    def _merge(self, record: bytes, row: RecordRow, placed: list[_Placed], feeds: list[_Feed]) -> RecordRow:
        arrivals = [Arrival(checked.header, checked.hash, stamp) for _, checked, stamp in placed]
        before = self._held_of(record) if row.exists else []
        taken = take(row.state, arrivals, before, self._present, self._book)
        if before or taken.held:
            self._journal.save_held(record, taken.held)
        readers = self._readers(record, row, placed, feeds)
        for position, checked, _ in placed:
            feeds.extend((reader, position, PLAIN) for reader in readers if reader != checked.header.device)
        return RecordRow(row.key or placed[0][1].header.key, taken.state, readers)

    def _readers(
        self,
        record: bytes,
        row: RecordRow,
        placed: list[_Placed],
        feeds: list[_Feed],
    ) -> tuple[bytes, ...]:
        """Who is sent a record: whoever created it, also when another's word about it arrived before theirs.

        From whom it was withdrawn, it stays withdrawn when they write on; only a grant brings it back.
        """
        readers = row.readers
        for position, checked, _ in placed:
            author = checked.header.device
            if author in readers or record_id(author, checked.header.key) != record:
                continue
            if row.exists and self._withdrawn_from(author, record):
                continue
            if row.exists:
                feeds.append((author, position, record))
            readers = (*readers, author)
            for heir in self._book.heirs(author):
                if heir not in readers:
                    feeds.append((heir, position, record))
                    readers = (*readers, heir)
        return readers

    def _held_of(self, record: bytes) -> list[Held]:
        found = []
        for hash_, _, _, reason, complete in self._journal.held_of(record):
            stored = self._journal.entry_named(record, hash_)
            assert stored is not None
            found.append(Held(arrival_of(stored), reason, complete))
        return found

    def _present(self, device: bytes, seq: int) -> Present | None:
        there = self._journal.at(device, seq)
        if there is None:
            return None
        record, hash_ = there
        return Present(record, hash_, not self._journal.is_incomplete(hash_))

    # --- facts ---

    def take_fact(self, fact: Fact, now_ms: int) -> int:
        """Journal a fact, let it take effect, and put it in the feeds of those it concerns; returns its position."""
        self.position += 1
        at = self.position
        self._journal.append_fact(at, fact, now_ms)
        self.place = place_name(encode_fact(fact))
        self._book.add(fact)
        match fact:
            case Certificate():
                self._certified(fact, at)
            case Grant():
                self._granted(fact, at)
            case Withdrawal():
                self._withdrawn(fact, at)
            case Revocation() | Hole():
                self.refold({*self._journal.records_of_device(fact.device)}, at)
            case SetAside() | Erasure():
                self.refold([fact.record], at)
            case _:
                pass
        record = record_of(fact)
        if record is None:
            self.last_global = at
        row = self._journal.record(record) if record is not None else None
        if row is not None:
            granted = fact.to if isinstance(fact, Grant) else None
            told = self._journal.holders_of(fact.record) if isinstance(fact, Erasure) else row.readers
            self._journal.feed((reader, at, PLAIN) for reader in told if reader != granted)
        return at

    def _certified(self, certificate: Certificate, at: int) -> None:
        if certificate.succeeds is not None:
            for record in self._journal.accessible(certificate.succeeds):
                self._let_read(certificate.device, record, at)
                self._journal.feed([(certificate.device, at, record)])
        self.retake(self._journal.held_records_of(certificate.device), at)

    def _granted(self, grant: Grant, at: int) -> None:
        self._journal.note_grant(grant.record, grant.to)
        for reader in (grant.to, *self._book.heirs(grant.to)):
            self._let_read(reader, grant.record, at)
            self._journal.feed([(reader, at, grant.record)])
        self.retake([grant.record], at)

    def _withdrawn_from(self, device: bytes, record: bytes) -> bool:
        certificate = self._book.certificates.get(device)
        withdrawn = (stored.fact for stored in self._journal.facts(record=record))
        return certificate is not None and any(
            isinstance(fact, Withdrawal) and fact.worker == certificate.worker for fact in withdrawn
        )

    def _withdrawn(self, withdrawal: Withdrawal, at: int) -> None:
        for certificate in self._book.certificates.values():
            if certificate.worker == withdrawal.worker and self._journal.has_access(
                certificate.device, withdrawal.record
            ):
                self._journal.end_delivery(certificate.device, withdrawal.record)
                self._journal.feed([(certificate.device, at, PLAIN)])
                row = self._journal.record(withdrawal.record) or NEW_RECORD
                readers = tuple(reader for reader in row.readers if reader != certificate.device)
                self._journal.save_records([(withdrawal.record, at, row._replace(readers=readers))])

    def _let_read(self, device: bytes, record: bytes, at: int) -> None:
        row = self._journal.record(record) or NEW_RECORD
        self.records += not row.exists
        if device not in row.readers:
            self._journal.save_records([(record, at, row._replace(readers=(*row.readers, device)))])

    def retake(self, records: Iterable[bytes], at: int) -> None:
        """Look again at what is held: something that it lacked may have arrived."""
        for record in records:
            row = self._journal.record(record)
            held = self._held_of(record)
            if row is not None and held:
                self._save(record, row, take(row.state, (), held, self._present, self._book), at)

    def refold(self, records: Iterable[bytes], at: int) -> None:
        """Merge records again from all their entries: a fact took something away."""
        for record in records:
            row = self._journal.record(record)
            if row is not None:
                self._journal.save_held(record, ())
                arrivals = [arrival_of(stored) for stored in self._journal.entries_of(record)]
                self._save(record, row, take(EMPTY, arrivals, (), self._present, self._book), at)

    def _save(self, record: bytes, row: RecordRow, taken: Taken, at: int) -> None:
        self._journal.save_held(record, taken.held)
        self._journal.save_records([(record, at, row._replace(state=taken.state))])
