"""Sealing record keys for devices, and signing what devices said: the municipality's own part in grants.

All of it needs the private keys. What cannot be done while they are locked is noted in the journal and done at the
next unlock (`settle`), a bounded piece at a time.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from backend.municipality.custody import Custody, Opened, record_key_of
from backend.municipality.intake import Intake
from backend.municipality.state import Ledger
from backend.signing import said_counts
from backend.stores.journal_rows import RecordRow
from backend.stores.ledger import KeyStore, UnitJournal
from backend.stores.rows import OWED_AT_ONCE
from sync.admission import may_write
from sync.authority import is_sent
from sync.entry import record_id
from sync.factbook import FactBook
from sync.facts import PARTED, Certificate, Grant, SetAside


class Settled(NamedTuple):
    """The progress of an unlock: keys that nobody signed first, since they may open what is owed."""

    paid: int = 0
    sifted: bytes = b""
    all_sifted: bool = False


class Granting:
    """Makes grants for one municipality; every method runs inside the writer's transaction."""

    def __init__(self, journal: UnitJournal, keys: KeyStore, ledger: Ledger, intake: Intake) -> None:
        self._journal = journal
        self._keys = keys
        self._ledger = ledger
        self._intake = intake
        self._looked_through = 0  # the number of the last owed grant that an exchange looked at; only for its turn

    def grant_each(self, custody: Custody, due: Iterable[tuple[bytes, Certificate]], now_ms: int) -> None:
        """Open records to devices of their assigned worker. What was noted as owed and is made here is paid.

        A device that has a record gets it no second time. A record that no wrap opens is asked for (`wrap-wanted`), and
        the grant is owed.
        """
        paid, opened = list[tuple[bytes, bytes]](), list[Opened]()
        for record, certificate in dict.fromkeys(due):
            row = self._journal.record(record)
            if row is None:
                continue
            if self._has(certificate.device, record, row):
                paid.append((record, certificate.device))
                continue
            one = self._opened(custody, certificate, record, row)
            if one is not None:
                opened.append(one)
        self._make(custody, opened, now_ms)
        self._journal.pay([*paid, *((one.record, one.certificate.device) for one in opened)])

    def _has(self, device: bytes, record: bytes, row: RecordRow) -> bool:
        """True if a device is sent a record and has its key: an heir in a new store has only what was granted to it."""
        if device not in row.readers:
            return False
        made = record_id(device, row.key) == record
        return made or self._journal.was_granted(record, device)

    def seal(self, custody: Custody, certificate: Certificate, record: bytes, now_ms: int) -> bool:
        """Seal a record's key to a device and journal the grant, also where it had one before."""
        row = self._journal.record(record)
        opened = None if row is None else self._opened(custody, certificate, record, row)
        if opened is None:
            return False
        self._make(custody, [opened], now_ms)
        return True

    def _opened(self, custody: Custody, certificate: Certificate, record: bytes, row: RecordRow) -> Opened | None:
        """A record's key, to be granted to a device; nothing where it is not to be had, and then it is owed."""
        book = self._ledger.draft.book
        if book.erased(record) or book.revoked(certificate.device):
            return None
        record_key = record_key_of(custody, self._keys, record, row.key)
        if record_key is None:
            self._journal.want_wrap(record)
            self._journal.owe([(record, certificate.device)])
            return None
        return Opened(record, row.key, record_key, certificate)

    def _make(self, custody: Custody, opened: Sequence[Opened], now_ms: int) -> None:
        """Seal opened keys to devices and journal the grants. All are sealed at one go, which is a sixth quicker."""
        if not opened:
            return
        made = custody.grants(opened)
        self._keys.take((), (), [(fact.record, fact.to, fact.key, fact.suite, sealed) for fact, sealed in made])
        for fact, _ in made:
            self._intake.take_fact(fact, now_ms)

    @property
    def _waits(self) -> bool:
        """True if a restored municipality waits for its list: then nothing that is owed is granted."""
        return self._ledger.draft.awaiting_list

    def pay(self, custody: Custody, now_ms: int, after: int = 0) -> int:
        """Make some of the grants that are owed, those after a number; returns the last number, 0 after the last one.

        What cannot be made yet stays, and never stands before the others: whoever pays again goes on after it.
        """
        book, owed = self._ledger.draft.book, self._journal.owed(OWED_AT_ONCE, after)
        if self._waits:
            return 0  # it may be due to who lost the record, as the list will say
        done = []
        for _, record, device in owed:
            certificate, row = book.certificates.get(device), self._journal.record(record)
            due = (
                certificate is not None
                and row is not None
                and is_sent(record, device, book)
                and not book.erased(record)
                and not self._has(device, record, row)
                and _is_theirs(record, row, certificate.worker, book)
            )
            if due and certificate is not None and not self.seal(custody, certificate, record, now_ms):
                continue
            done.append((record, device))
        if done:
            self._journal.pay(done)
        return owed[-1][0] if len(owed) == OWED_AT_ONCE else 0

    def pay_in_turn(self, custody: Custody, now_ms: int) -> None:
        """Make some of the grants that are owed in each exchange: those after the ones that the last one looked at."""
        self._looked_through = self.pay(custody, now_ms, self._looked_through)

    def copy(self, custody: Custody, now_ms: int) -> None:
        """Sign what devices said and the server took: so it goes on counting whatever happens to its signer.

        A copy may let the grants of others count, which are then signed too. So is that an entry holds no place.
        """
        self._say_what_parted(custody, now_ms)
        signed = True
        while signed:
            signed = False
            for stored, promised in self._journal.copies_wanted():
                if not self._ledger.draft.signs(stored.position):
                    continue
                fact, book = stored.fact, self._ledger.draft.book
                assert isinstance(fact, SetAside | Grant)
                counts = not book.erased(fact.record) and said_counts(fact, book, promised=promised)
                if not counts and promised and not book.erased(fact.record):
                    continue  # its signer may write as soon as the grant before it is signed
                self._journal.copied(stored.position)
                copy = custody.signed(msgspec.structs.replace(fact, by=None, sig=b"")) if counts else None
                if copy is not None and not self._journal.has_fact(copy):
                    self._intake.take_fact(copy, now_ms)
                    signed = True

    def _say_what_parted(self, custody: Custody, now_ms: int) -> None:
        """Sign that entries which the chain of a revoked device displaced hold no place, and send the others again:
        a device that has one in its place takes the other when it has read this."""
        journal = self._journal
        for record, hash_ in journal.displaced_untold():
            journal.displaced_told(hash_)
            fact = custody.signed(SetAside(custody.code, record, hash_, PARTED, None))
            if not journal.has_fact(fact):
                self._intake.take_fact(fact, now_ms)
                self._intake.send_instead(hash_)

    def sift(self, custody: Custody, after: bytes = b"") -> bytes:
        """Try keys that were brought unsigned while nobody could open them, those of records after one; returns the
        last record, or nothing after the last one."""
        found = self._keys.unsigned(OWED_AT_ONCE, after)
        for record, key in found:
            self._keys.sift(record, key, custody.opens)
        return found[-1][0] if len(found) >= OWED_AT_ONCE else b""

    def settle(self, custody: Custody, now_ms: int, at: Settled) -> Settled | None:
        """Do one piece of what waited for the unlock; nothing when that was the last."""
        self.copy(custody, now_ms)
        sifted = b"" if at.all_sifted else self.sift(custody, at.sifted)
        if sifted:
            return at._replace(sifted=sifted)
        paid = self.pay(custody, now_ms, at.paid)
        return Settled(paid, all_sifted=True) if paid else None

    def note_opened(
        self, lacking: Iterable[bytes], opened: Iterable[bytes], dirty: Iterable[tuple[bytes, bytes]]
    ) -> None:
        """Ask for the keys of records that did not open, no longer for those that do, and of none that were drawn."""
        for record in lacking:
            self._journal.want_wrap(record)
        for record in opened:
            self._journal.unwant_wrap(record)
        self._journal.clean(dirty)

    def is_settled(self) -> bool:
        """True if nothing waits for an unlock: nothing is to be signed, tried or paid."""
        journal = self._journal
        waits = journal.displaced_untold() or journal.copies_wanted() or journal.owed(1) or self._keys.unsigned(1)
        return not waits


def _is_theirs(record: bytes, row: RecordRow, worker: str, book: FactBook) -> bool:
    """True if a worker was assigned a record, or any device of theirs has it: it may have been owed to them before."""
    devices = book.all_devices_of(worker)
    return worker in book.assigned(record) or any(may_write(record, row.key, one.device, book) for one in devices)
