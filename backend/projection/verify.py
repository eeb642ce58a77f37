"""Whether a store is what it claims: chains, signatures, facts, tails, and a projection equal to a rebuild.

Reads with connections of its own; finds everything, and changes nothing.
"""

import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from backend.municipality.auditing import genuine_heads
from backend.municipality.book import FactBook
from backend.municipality.custody import Custody
from backend.municipality.erasing import SCRATCH
from backend.municipality.outside import Outside
from backend.projection.projector import RECORDS_FILE, Projector
from backend.stores.journal import Journal
from backend.stores.journal_rows import StoredEntry
from backend.stores.records import Records
from crypto.errors import CryptoError
from crypto.keys import VerifyKey
from sync.audit import faults as audit_faults
from sync.entry import ZERO_HASH, entry_hash, parse_header
from sync.errors import SyncError
from sync.facts import Fact, Hole, Keys, purpose_of, signed_fields

PAGE: Final = 500
Progress = Callable[[int, int], None]


def verify_store(folder: Path, custody: Custody, progress: Progress) -> Iterator[str]:
    """Every fault as a sentence; nothing when all is well."""
    journal = Journal(folder / "journal.db")
    try:
        state = journal.db.conn.execute("pragma integrity_check").fetchone()[0]
        if state != "ok":
            yield f"journal.db: {state}"
        book = FactBook(journal.was_granted)
        for stored in journal.facts():
            book.add(stored.fact)
        yield from _facts(journal, book)
        yield from _entries(journal, book, progress)
        yield from _tails(journal, book)
        yield from _audit(folder, journal, book)
    finally:
        journal.close()
    yield from _projection(folder, custody, progress)


def _facts(journal: Journal, book: FactBook) -> Iterator[str]:
    for stored in journal.facts():
        key = _signer(stored.fact, book)
        try:
            if key is None:
                yield f"fact {stored.position}: nobody known signed it"
            else:
                key.verify(stored.fact.sig, purpose_of(stored.fact), *signed_fields(stored.fact))
        except CryptoError:
            yield f"fact {stored.position} ({purpose_of(stored.fact)}): its signature does not fit"


def _signer(fact: Fact, book: FactBook) -> VerifyKey | None:
    by = getattr(fact, "by", None)
    if by is not None:
        return book.verify_key(by)
    keys = fact if isinstance(fact, Keys) else book.keys
    if keys is None:
        return None
    return VerifyKey(keys.receipt if isinstance(fact, Hole) else keys.signing)


def _entries(journal: Journal, book: FactBook, progress: Progress) -> Iterator[str]:
    after, total = 0, journal.last_position()
    while page := journal.read_after(after, PAGE):
        for stored in page:
            yield from _entry(stored, book)
        after = page[-1].position
        progress(after, total)


def _entry(stored: StoredEntry, book: FactBook) -> Iterator[str]:
    entry = stored.entry
    body = sha256(entry.body).digest() if entry.body is not None else entry.body_hash or ZERO_HASH
    try:
        header = parse_header(entry.header)
    except SyncError as error:
        yield f"entry {stored.position}: {error}"
        return
    if entry_hash(entry.prev, entry.header, body) != stored.hash:
        yield f"entry {stored.position}: its hash is not that of its bytes"
    key = book.verify_key(header.device)
    if key is None:
        yield f"entry {stored.position}: its author was never certified"
        return
    try:
        key.verify(entry.sig, "entry", stored.hash)
    except CryptoError:
        if not book.set_aside(stored.hash):
            yield f"entry {stored.position}: its author's signature does not fit, and it is not set aside"


def _tails(journal: Journal, book: FactBook) -> Iterator[str]:
    """Each device's chain from its first entry to what was receipted, holes apart."""
    for device, tail in journal.tails().items():
        before, seq = ZERO_HASH, 0
        for stored in journal.own_after(device, 0, tail.seq):
            number = parse_header(stored.entry.header).seq
            if number > tail.seq:
                break
            if number != seq + 1 and not book.in_hole(device, number - 1):
                yield f"device {device.hex()}: entries {seq + 1} to {number - 1} are missing"
            elif number == seq + 1 and stored.entry.prev != before:
                yield f"device {device.hex()}: entry {number} does not follow the one before it"
            before, seq = stored.hash, number
        if seq != tail.seq or before != tail.hash:
            yield f"device {device.hex()}: it was given a receipt for entry {tail.seq}, and {seq} is held"


def _audit(folder: Path, journal: Journal, book: FactBook) -> Iterator[str]:
    """The audit's chain, and its genuine heads here and in the list outside the backups."""
    if book.keys is not None:
        heads = genuine_heads(journal, Outside(folder), folder.name, book.keys.signing)
        yield from audit_faults(journal.audit_chain(), heads)


def _projection(folder: Path, custody: Custody, progress: Progress) -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as scratch:
        fresh = Projector(folder, custody, Path(scratch) / RECORDS_FILE)
        kept = Records(folder / RECORDS_FILE, custody.records_key.reveal())
        try:
            fresh.run(progress)
            mine, theirs = kept.dump(), fresh.records.dump()
            for table, row in mine:
                other = next(theirs, None)
                if other != (table, row):
                    yield f"records.db differs from a rebuild, first in the table {table}"
                    return
            if (other := next(theirs, None)) is not None:
                yield f"records.db lacks what a rebuild has, first in the table {other[0]}"
        finally:
            kept.close()
            fresh.close()
