"""Steps 3 and 4 of the way of an answer: journal what was accepted, merge its headers, tell the feeds.

Everything here runs inside one transaction of the journal, on the draft of the state, and never opens a body.
"""

from collections.abc import Collection, Iterable, Sequence

from backend.municipality.outside import KINDS, Outside
from backend.municipality.proving import put_in_place
from backend.municipality.state import Ledger, State
from backend.signing import said_counts
from backend.stores.journal_rows import NEW_RECORD, PLAIN, RecordRow, arrival_of, without_body
from backend.stores.ledger import UnitJournal
from sync.admission import REVOKED, Held, Present, Taken, may_write, take
from sync.authority import Gift, granted_devices, is_sent, readers
from sync.enrolling import owed
from sync.entry import parse_header, record_id
from sync.exchange import Checked, place_name
from sync.facts import (
    DESK,
    PARTED,
    WORKER,
    Assignment,
    Certificate,
    Erasure,
    Fact,
    FormRetired,
    Grant,
    Hole,
    Revocation,
    SetAside,
    Withdrawal,
    encode_fact,
    purpose_of,
    record_of,
)
from sync.merge import EMPTY, Arrival
from sync.proving import End

_Placed = tuple[int, Checked, int]  # the position that an entry took, and its stamp
_Made = tuple[bytes, tuple[bytes, ...], bytes]  # a record's key, its readers and its creator
_Feed = tuple[bytes, int, bytes]  # what a device is due: a position, and the record that is granted there


class Intake:
    """Appends to one journal and keeps its merge state, readers and feeds in step."""

    def __init__(self, journal: UnitJournal, ledger: Ledger, outside: Outside | None = None) -> None:
        self._journal = journal
        self._outside = outside
        self._ledger = ledger

    @property
    def _state(self) -> State:
        return self._ledger.draft

    def place_hash(self, position: int) -> bytes | None:
        """The short hash of a place, as cursors name it."""
        return self._ledger.place_hash(position)

    # --- entries ---

    def take_entries(self, items: Sequence[tuple[Checked, int]]) -> list[bytes]:
        """Journal entries with their stamps and merge them; returns the erased records that were written to."""
        if not items:
            return []
        state = self._state
        book = state.book
        kept = items
        if book.erasures:
            kept = [
                (c._replace(entry=without_body(c.entry)), stamp) if book.erased(c.header.record) else (c, stamp)
                for c, stamp in items
            ]
        first = state.position
        self._journal.append_entries(first, kept)
        state.take_place(kept[-1][0].hash[:8], len(kept))
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
        state.entries += len(kept)
        state.records += len(by_record) - len(known)
        if feeds:
            self._journal.feed(feeds)
        return [record for record in by_record if book.erased(record)] if book.erasures else []

    def _merge(self, record: bytes, row: RecordRow, placed: list[_Placed], feeds: list[_Feed]) -> RecordRow:
        arrivals = [Arrival(checked.header, checked.hash, stamp) for _, checked, stamp in placed]
        before = self._held_of(record) if row.exists else []
        taken = take(row.state, arrivals, before, self._present, self._state.book)
        if before or taken.held:
            self._journal.save_held(record, taken.held)
        key, readers, creator = self._with_creator(record, row, placed, feeds)
        kept = {held.arrival.hash for held in taken.held if held.reason == REVOKED} if taken.held else ()
        for position, checked, _ in placed:
            for reader in readers:
                if reader != checked.header.device and (checked.hash not in kept or self._is_desk(reader)):
                    feeds.append((reader, position, PLAIN))
        return RecordRow(key or placed[0][1].header.key, taken.state, readers, creator)

    def _is_desk(self, device: bytes) -> bool:
        return self._state.book.role(device) == DESK

    def _with_creator(self, record: bytes, row: RecordRow, placed: list[_Placed], feeds: list[_Feed]) -> _Made:
        """A record's key, readers and creator, who is found when an entry of that device comes first. Its key is the
        creator's: another's word about it may have come before, with any key."""
        if row.creator:
            return row.key, row.readers, row.creator
        for position, checked, _ in placed:
            author = checked.header.device
            if record_id(author, checked.header.key) == record:
                book = self._state.book
                if row.exists or book.heirs(author):
                    granted = self._journal.granted_of(record)
                    come = self._readers(record, row._replace(creator=author), granted)
                    feeds.extend((one, position, record) for one in come if one not in row.readers)
                    self._owe(record, come)
                else:
                    come = (author,) if is_sent(record, author, book) else ()
                    if not book.is_only(author):
                        self._owe(record, come)
                if book.assigned(record):
                    self._owe_assigned(record)
                return checked.header.key, come, author
        return row.key, row.readers, row.creator

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

    def take_bodies(self, items: Iterable[Checked]) -> None:
        """Store bodies that known entries lacked, and send those entries again to whoever got them without."""
        for item in items:
            header, body = item.header, item.entry.body
            if body is not None and self._journal.lacks_body(header.device, header.seq):
                position = self._journal.give_body(header.device, header.seq, body)
                self._send_again(header.record, item.hash, position)

    def lower_stamps(self, items: Iterable[Checked], received: int) -> None:
        """Give entries the smaller stamp that their author's receipt proves; merged anew and sent again."""
        lowered = [
            item
            for item in items
            if self._journal.lower_stamp(item.hash, item.header.device, item.header.seq, received)
        ]
        self.refold(sorted({item.header.record for item in lowered}))
        for item in lowered:
            position = self._journal.position_of(item.header.device, item.header.seq)
            self._send_again(item.header.record, item.hash, position)

    def send_instead(self, hash_: bytes) -> None:
        """Send what stands in the place of an entry that was displaced again, after the fact that says so."""
        place = self._journal.forked_place(hash_)
        there = None if place is None else self._journal.at(*place)
        if place is not None and there is not None:
            self._send_again(*there, self._journal.position_of(*place))

    def _send_again(self, record: bytes, hash_: bytes, entry_position: int) -> None:
        at = self._state.take_place(hash_[:8])
        self._journal.place_again(at, entry_position)
        self._journal.feed((reader, at, PLAIN) for reader in self._journal.readers_of(record))

    # --- facts ---

    def take_fact(self, fact: Fact, now_ms: int) -> int:
        """Journal a fact, let it take effect, and put it in the feeds of those it concerns; returns its position.

        What takes away is on the list outside the backups first, whoever brings it.
        """
        state, raw = self._state, encode_fact(fact)
        if self._outside is not None and purpose_of(fact) in KINDS:
            self._outside.append(purpose_of(fact), raw)
        self._promise(fact)
        at = state.take_place(place_name(raw))
        self._journal.append_fact(at, fact, now_ms)
        ends_nothing = isinstance(fact, Assignment) and state.book.delivers(fact.record, fact.worker)
        state.learn(fact)
        record = record_of(fact)
        before = self._journal.readers_of(record) if record is not None else ()
        match fact:
            case Certificate():
                self._certified(fact, at)
            case Grant():
                self._granted(fact, at)
            case Assignment() if ends_nothing:  # who is sent the record, and whose grants count, stays as it is
                self._owe_assigned(fact.record, [fact.worker])
            case Withdrawal() | Assignment():
                self._decided(fact, at, before)
            case Revocation():
                self._revoked(fact, at)
            case Hole():
                self.refold(self._journal.records_of_device(fact.device))
                self.retake(self._journal.incomplete_records())
            case FormRetired():
                self._journal.shelf.retire(fact.form, fact.version, now_ms)
            case SetAside() | Erasure():
                self.refold([fact.record])
                if isinstance(fact, SetAside) and fact.reason == PARTED:
                    self._parted(fact)
            case _:
                pass
        if isinstance(fact, Grant | SetAside) and fact.by is not None:
            self._journal.want_copy(at)
        if record is None:
            state.last_global = at
            return at
        now = self._journal.readers_of(record)  # whoever came is sent the fact with the whole record
        told = self._journal.holders_of(record) if isinstance(fact, Erasure) else {*now} & {*before}
        self._journal.feed((reader, at, PLAIN) for reader in told)
        return at

    def _promise(self, fact: Fact) -> None:
        """Before something is taken away, as by the list of a restore while locked: what devices said, the server took
        and nobody could sign yet goes on counting."""
        book, journal = self._state.book, self._journal
        if not isinstance(fact, Withdrawal | Revocation):
            return
        records = [fact.record] if isinstance(fact, Withdrawal) else [*journal.given_by(fact.device)]
        records += [] if isinstance(fact, Withdrawal) else book.set_aside_by([fact.device])
        for record in dict.fromkeys(records):
            wanted = [stored for stored, _ in journal.copies_wanted(record) if self._state.signs(stored.position)]
            journal.promise(stored.position for stored in wanted if said_counts(stored.fact, book))

    def _certified(self, certificate: Certificate, at: int) -> None:
        """A certificate may come after what its device, or an heir of it, wrote, granted or was granted."""
        book, journal = self._state.book, self._journal
        come = [certificate.device, *book.heirs(certificate.device)]
        for record in dict.fromkeys(record for device in come for record in journal.given_by(device)):
            self.recount(record, at)
        self._redeliver_all(certificate.device, at)
        self.retake(dict.fromkeys(record for device in come for record in journal.held_records_of(device)))
        for device in come:
            self._owe_all(book.certificates[device])

    def _owe_all(self, certificate: Certificate) -> None:
        """Note what a device is to be granted. A restored server is shown its certificate again."""
        due = owed(certificate, self._held_by, self._state.book)
        self._journal.owe((record, certificate.device) for record in due)

    def would_get(self, worker: str) -> list[bytes]:
        """The records that a phone of a worker is granted if it is enrolled now."""
        phone = Certificate("", b"", worker, WORKER, 0, b"", b"", 0, 0)
        return owed(phone, self._held_by, self._state.book)

    def _held_by(self, device: bytes) -> list[bytes]:
        book, found = self._state.book, self._journal.held_by(device)
        rows = ((record, self._journal.record(record)) for record in found)
        return [record for record, row in rows if row is not None and may_write(record, row.key, device, book)]

    def _granted(self, grant: Grant, at: int) -> None:
        if grant.by is not None:
            self._journal.note_gift(grant.record, grant.by)
        granted = self._journal.granted_of(grant.record)
        if grant.to in granted:
            return  # one more way to a device that counts already: the least fixed point stays what it is
        if grant.by is not None or self._journal.has_gifts(grant.record):
            self.recount(grant.record, at)
        else:
            self._journal.note_grant(grant.record, grant.to)
            self.retake([grant.record])
            self.redeliver(grant.record, at, {*granted, grant.to})

    def _decided(self, fact: Withdrawal | Assignment, at: int, before: Sequence[bytes]) -> None:
        book = self._state.book
        if fact.record in book.set_aside_by(c.device for c in book.all_devices_of(fact.worker)):
            self.refold([fact.record])
        self.recount(fact.record, at)
        left = self._journal.readers_of(fact.record)
        gone = [device for device in before if device not in left]
        self._journal.feed((device, at, PLAIN) for device in gone)
        self._owe_assigned(fact.record)

    def _revoked(self, fact: Revocation, at: int) -> None:
        book, device = self._state.book, fact.device
        self.refold({*self._journal.records_of_device(device), *book.set_aside_by([device])})
        self.retake(self._journal.incomplete_records())
        for record in self._journal.given_by(device):
            self.recount(record, at)
        self._redeliver_all(device, at)
        self._journal.end_feed(device)
        desks = [c.device for c in book.certificates.values() if c.role == DESK]
        self._journal.unfeed(device, book.revocations[device].last_seq, desks)
        self.prove(device)

    def prove(self, device: bytes, receipts: Sequence[End] = ()) -> None:
        """Put the entries that a revoked device's chain proves in their place."""
        put_in_place(self, self._journal, self._ledger, device, receipts)

    def _parted(self, fact: SetAside) -> None:
        """Keep apart what another server said of a revoked device's entry before its restore: it holds no place."""
        stored = self._journal.entry_named(fact.record, fact.hash)
        if stored is not None:
            self.prove(parse_header(stored.entry.header).device)

    # --- who counts and who is sent what ---

    def recount(self, record: bytes, at: int) -> None:
        """Count a record's grants anew (the least fixed point), and what follows from it."""
        if not self._journal.has_gifts(record):
            self.redeliver(record, at)  # what the municipality grants counts always
            return
        gifts = [Gift(record, grant.key, grant.by, grant.to) for grant in self._journal.grants_of(record)]
        counted, before = granted_devices(gifts, self._state.book), self._journal.granted_of(record)
        if counted != before:
            self._journal.set_granted(record, counted)
            self._journal.want_copies(record, counted - before)
            (self.refold if before - counted else self.retake)([record])
            self._journal.mark_dirty([record])
        self.redeliver(record, at, counted)

    def _readers(self, record: bytes, row: RecordRow, granted: Collection[bytes]) -> tuple[bytes, ...]:
        """The devices that are sent a record now: its creator, those it was granted to, and their successors."""
        book = self._state.book
        first = [*((row.creator,) if row.creator else ()), *sorted(granted)]
        return readers(record, [one for holder in first for one in (holder, *book.heirs(holder))], book)

    def redeliver(self, record: bytes, at: int, granted: Collection[bytes] | None = None) -> None:
        """Decide anew who is sent a record: who comes gets its earlier entries, who goes gets nothing more of it.

        `granted` are those to whom grants that count open it, where that was asked before.
        """
        row = self._journal.record(record) or NEW_RECORD
        granted = self._journal.granted_of(record) if granted is None else granted
        now = self._readers(record, row, granted)
        if set(now) == set(row.readers):
            return
        self._state.records += not row.exists
        self._journal.save_records([(record, at, row._replace(readers=now))])
        for device in row.readers:
            if device not in now:
                self._journal.end_delivery(device, record)
        come = [device for device in now if device not in row.readers]
        self._journal.feed((device, at, record) for device in come)
        self._owe(record, come, granted)

    def _redeliver_all(self, device: bytes, at: int) -> None:
        """Decide anew who is sent what a device has by itself or in the place of another."""
        for record in dict.fromkeys(r for one in self._state.book.line(device) for r in self._journal.held_by(one)):
            self.redeliver(record, at)

    def _owe_assigned(self, record: bytes, workers: Collection[str] | None = None) -> None:
        """Note the grants of those to whom a record was assigned, or of some: a restore may have lost it or them."""
        book = self._state.book
        workers = book.assigned(record) if workers is None else workers
        assigned = [(record, one.device) for worker in workers for one in book.devices_of(worker)]
        if assigned:
            self._journal.owe(assigned)

    def _owe(self, record: bytes, come: Sequence[bytes], granted: Collection[bytes] | None = None) -> None:
        """A worker's other devices are to be granted what one of them is sent."""
        book = self._state.book
        for device in come:
            worker = book.worker(device)
            if worker is not None and len(others := book.devices_of(worker)) > 1:
                holders = {*(self._journal.granted_of(record) if granted is None else granted), *come}
                self._journal.owe((record, other.device) for other in others if other.device not in holders)

    def retake(self, records: Iterable[bytes]) -> None:
        """Look again at what is held: something that it lacked may have arrived."""
        for record in records:
            held = self._held_of(record)
            row = self._journal.record(record) if held else None
            if row is not None:
                self._save(record, row, take(row.state, (), held, self._present, self._state.book))

    def refold(self, records: Iterable[bytes]) -> None:
        """Merge records again from all their entries: a fact took something away."""
        for record in records:
            row = self._journal.record(record)
            if row is not None:
                self._journal.save_held(record, ())
                arrivals = [arrival_of(stored) for stored in self._journal.entries_of(record)]
                self._save(record, row, take(EMPTY, arrivals, (), self._present, self._state.book))

    def _save(self, record: bytes, row: RecordRow, taken: Taken) -> None:
        self._journal.save_held(record, taken.held)
        self._journal.save_records([(record, self._state.position, row._replace(state=taken.state))])
