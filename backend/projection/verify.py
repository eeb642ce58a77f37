"""Whether a store is what it claims: chains, signatures, facts, tails, and a projection equal to a rebuild.

Reads with connections of its own; finds everything, and changes nothing.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from backend.municipality.auditing import genuine_heads
from backend.municipality.custody import Custody
from backend.municipality.erasing import SCRATCH
from backend.municipality.outside import Outside
from backend.municipality.signing import device_key, is_genuine, key_of
from backend.projection.projector import RECORDS_FILE, Projector
from backend.stores.database import transaction
from backend.stores.journal import Journal
from backend.stores.journal_rows import StoredEntry, StoredFact
from backend.stores.records import Records
from crypto.errors import CryptoError
from sync.audit import faults as audit_faults
from sync.authority import signer_of
from sync.entry import ZERO_HASH, entry_hash, parse_header
from sync.errors import SyncError
from sync.factbook import FactBook
from sync.facts import purpose_of
from sync.messages import Place

PAGE: Final = 500
DAMAGE: Final = "damage"  # bytes are not what was written: the last backup is compared, and put back if need be
ODD: Final = "odd"  # something reads oddly; nothing is lost, and no restore mends it
WAITING: Final = "waiting"  # something is on its way, or is made anew
DO: Final = {
    DAMAGE: "Stop the server, keep its folder, look at the disk; compare with the last backup before you restore it.",
    ODD: "Nothing is lost: do not restore. Note it and tell the makers of the app or of the server.",
    WAITING: "Nothing to do: it comes by itself. If it is still there tomorrow, look at `veldpost status`.",
}
REBUILD: Final = "Nothing is lost: stop the server, delete records.db, start and unlock; the tables are made again."
BY_HAND: Final = "Somebody changed the audit outside the program: keep the folder and the list, and find out who."
Progress = Callable[[int, int], None]


class Fault(NamedTuple):
    """One fault: what was found, how bad it is, and what to do."""

    what: str
    severity: str = DAMAGE
    remedy: str = ""

    @property
    def do(self) -> str:
        """What to do about it."""
        return self.remedy or DO[self.severity]


class Snapshot(NamedTuple):
    """What is verified: all that stood in the journal at one moment. Whatever comes later is left out."""

    position: int
    tails: Mapping[bytes, Place]


def verify_store(folder: Path, custody: Custody, progress: Progress) -> Iterator[Fault]:
    """Every fault; nothing when all is well. Reads in pages, so that no log grows behind it."""
    journal = Journal(folder / "journal.db")
    try:
        with transaction(journal.db):
            snapshot = Snapshot(journal.last_position(), journal.tails())
        state = journal.db.conn.execute("pragma integrity_check").fetchone()[0]
        if state != "ok":
            yield Fault(f"journal.db: {state}")
        book = FactBook(journal.was_granted)
        for stored in _paged_facts(journal):  # later ones too: who was certified since may have written nothing before
            book.add(stored.fact)
        yield from _facts(journal, book, snapshot)
        yield from _entries(journal, book, snapshot, progress)
        yield from _tails(journal, book, snapshot)
        yield from _audit(folder, journal, book)
    finally:
        journal.close()
    yield from _projection(folder, custody, snapshot, progress)


def _paged_facts(journal: Journal) -> Iterator[StoredFact]:
    after = 0
    while page := list(islice(journal.facts_after(after), PAGE)):
        yield from page
        after = page[-1].position


def _facts(journal: Journal, book: FactBook, snapshot: Snapshot) -> Iterator[Fault]:
    for stored in _paged_facts(journal):
        if stored.position > snapshot.position:
            return
        if not is_genuine(stored.fact, book):
            kind, said = purpose_of(stored.fact), key_of(signer_of(stored.fact, book), book)
            why = "nobody known may say it" if said is None else "its signature does not fit"
            yield Fault(f"fact {stored.position} ({kind}): {why}", ODD)


def _entries(journal: Journal, book: FactBook, snapshot: Snapshot, progress: Progress) -> Iterator[Fault]:
    after = 0
    while page := journal.read_after(after, PAGE):
        for stored in page:
            if stored.position > snapshot.position:
                return
            yield from _entry(stored, book)
        after = page[-1].position
        progress(after, snapshot.position)


def _entry(stored: StoredEntry, book: FactBook) -> Iterator[Fault]:
    entry = stored.entry
    body = sha256(entry.body).digest() if entry.body is not None else entry.body_hash or ZERO_HASH
    try:
        header = parse_header(entry.header)
    except SyncError as error:
        yield Fault(f"entry {stored.position}: {error}")
        return
    if entry_hash(entry.prev, entry.header, body) != stored.hash:
        yield Fault(f"entry {stored.position}: its hash is not that of its bytes")
    if entry.body is None and not book.erased(header.record):
        yield Fault(f"entry {stored.position}: its body has not come, and its record is not erased", WAITING)
    key = device_key(book, header.device)
    if key is None:
        yield Fault(f"entry {stored.position}: its author was never certified", ODD)
        return
    try:
        key.verify(entry.sig, "entry", stored.hash)
    except CryptoError:
        if not book.set_aside(stored.hash):
            yield Fault(f"entry {stored.position}: its author's signature does not fit, and it is not set aside", ODD)


def _tails(journal: Journal, book: FactBook, snapshot: Snapshot) -> Iterator[Fault]:
    """Each device's chain from its first entry to what was receipted, holes apart."""
    for device, tail in snapshot.tails.items():
        before, seq = ZERO_HASH, 0
        for stored in _chain(journal, device, tail.seq):
            number = parse_header(stored.entry.header).seq
            if number != seq + 1 and not book.in_hole(device, number - 1):
                yield Fault(f"device {device.hex()}: entries {seq + 1} to {number - 1} are missing")
            elif number == seq + 1 and stored.entry.prev != before:
                yield Fault(f"device {device.hex()}: entry {number} does not follow the one before it")
            before, seq = stored.hash, number
        if seq != tail.seq or before != tail.hash:
            yield Fault(f"device {device.hex()}: it was given a receipt for entry {tail.seq}, and {seq} is held")


def _chain(journal: Journal, device: bytes, last: int) -> Iterator[StoredEntry]:
    """A device's own entries up to a seq, in pages."""
    after = 0
    while page := journal.own_after(device, after, PAGE):
        for stored in page:
            after = parse_header(stored.entry.header).seq
            if after > last:
                return
            yield stored


def _audit(folder: Path, journal: Journal, book: FactBook) -> Iterator[Fault]:
    """The audit's chain, and its genuine heads here and in the list outside the backups."""
    if book.keys is not None:
        heads = genuine_heads(journal, Outside(folder), folder.name, book.keys.signing)
        for what in audit_faults(journal.audit_chain(), heads):
            yield Fault(what, DAMAGE, BY_HAND)


def _projection(folder: Path, custody: Custody, snapshot: Snapshot, progress: Progress) -> Iterator[Fault]:
    """The tables beside a rebuild, record by record; a record that changed meanwhile is left to the next time."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as scratch:
        fresh = Projector(folder, custody, Path(scratch) / RECORDS_FILE)
        kept = Records(folder / RECORDS_FILE, custody.records_key.reveal())
        fresh.records.db.conn.execute("pragma synchronous = off")  # thrown away at the end: it waits for no disk
        try:
            fresh.run(progress)
            mine, theirs = kept.digests(), fresh.records.digests()
            differing = {name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)}
            differing -= {record.hex() for record in fresh.changed_since(snapshot.position)}
            for record in sorted(differing):
                yield Fault(f"records.db differs from a rebuild in the record {record}", WAITING, REBUILD)
        finally:
            kept.close()
            fresh.close()
