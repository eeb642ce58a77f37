"""Verifies a store: chains, signatures, facts, tails, receipts, and tables equal to a rebuild.

It looks at all that stood in the journal at one moment; whatever comes later is left to the next time. Each check is
of a bounded piece and reads a snapshot of its own; on every core a process takes its share of them. The entries come
first, with every signature; then each record is drawn anew and compared with its tables, and the signatures are not
checked a second time. Nothing is changed, and nothing that was opened is written to a disk.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from backend.device.store import DeviceStore, Identity
from backend.errors import BackendError
from backend.municipality.attachments import Attachments
from backend.municipality.auditing import genuine_heads
from backend.municipality.beside import SECRET, with_store
from backend.municipality.custody import Custody
from backend.municipality.outside import Outside
from backend.projection.checking import DAMAGE, DO, ODD, REBUILD, UNREADABLE, WAITING, Checker, fault, unreadable
from backend.projection.orders import Chain, Check, Fault, Places, Sound, Strays, Tables
from backend.projection.processes import Readers, readers
from backend.sentences import words, words_of
from backend.signing import parsed
from backend.stores.desk_store import DeskStore
from backend.stores.ledger import Journal
from backend.stores.places import ATTACHMENTS_FOLDER, DESK_FILE, RECORDS_FILE
from crypto.errors import CryptoError
from sync.audit import faults as audit_faults
from sync.factbook import FactBook
from sync.messages import Place, Receipt

__all__ = ["DAMAGE", "DO", "ODD", "WAITING", "Fault", "verify_store"]

PLACES: Final = 1_000  # positions of one check
SEQS: Final = 20_000  # entries of a device's chain of one check
RECORDS: Final = 250  # records of one check
WORTH: Final = 5_000  # entries for which starting another process pays
TRIES: Final = 3  # for the server to write into the tables what it is at
PAUSE_S: Final = 0.3
BY_HAND: Final = "verify-do-by-hand"
Progress = Callable[[int, int], None]


class Moment(NamedTuple):
    """The moment that is verified: all that stood in the journal then."""

    position: int
    records: int
    tails: Mapping[bytes, Place]


class _Gauge:
    """Tells how much of all places and records is done."""

    def __init__(self, tell: Progress, everything: int) -> None:
        self._tell = tell
        self._all = everything
        self._done = 0

    def add(self, count: int) -> None:
        self._done += count
        self._tell(min(self._done, self._all), self._all)


def verify_store(folder: Path, custody: Custody, progress: Progress, processes: int | None = None) -> Iterator[Fault]:
    """Every fault; nothing when all is well. On as many cores as there are, where the store is worth it."""
    here = Checker(folder, custody)
    try:
        with here.stores.moment():
            moment = Moment(here.journal.last_position(), here.journal.record_numbers(), here.journal.tails())
        gauge = _Gauge(progress, moment.position + moment.records)
        count = min(len(os.sched_getaffinity(0)), moment.position // WORTH) if processes is None else processes
        with readers(folder, custody, here, count) as pool:
            yield from _verified(folder, custody, here, moment, pool, gauge)
    finally:
        here.close()


def _verified(
    folder: Path, custody: Custody, here: Checker, moment: Moment, pool: Readers, gauge: _Gauge
) -> Iterator[Fault]:
    try:
        book = here.book()
    except UNREADABLE as error:
        yield fault(unreadable(words("verify-piece-facts"), error))
        return
    yield from _tails(here.journal, moment)
    yield from _audit(folder, here.journal, book)
    yield from _receipts(folder, custody, here.journal, book)
    yield from _beside(folder, custody)
    yield from _attachments(folder, here.journal)
    badly_signed: list[bytes] = []
    for check, found in pool.run(_journal_checks(moment, here.stores.parts())):
        yield from found.faults
        badly_signed += found.badly_signed
        gauge.add(check.until - check.after if isinstance(check, Places) else 0)
    yield from _tables(here, moment, pool, gauge, tuple(badly_signed))


def _journal_checks(moment: Moment, parts: Sequence[str]) -> Iterator[Check]:
    """The checks of pages, entries, facts and chains."""
    yield from (Sound(part) for part in (*parts, RECORDS_FILE))
    for after in range(0, moment.position, PLACES):
        yield Places(after, min(after + PLACES, moment.position))
    for device, tail in moment.tails.items():
        for after in range(0, tail.seq, SEQS):
            yield Chain(device, after, min(after + SEQS, tail.seq))


def _tails(journal: Journal, moment: Moment) -> Iterator[Fault]:
    """The last entry for which each device was given a receipt is held."""
    for device, tail in moment.tails.items():
        if journal.hash_at(device, tail.seq) != tail.hash:
            held = journal.held_before(device, tail.seq + 1)
            yield fault(words("verify-tail", device=device.hex(), seq=tail.seq, held=held))


def _audit(folder: Path, journal: Journal, book: FactBook) -> Iterator[Fault]:
    """The audit's chain, and its genuine heads here and in the list outside the backups."""
    if book.keys is not None:
        heads = genuine_heads(journal, Outside(folder), folder.name, book.keys.signing)
        for broken in audit_faults(journal.audit_chain(), heads):
            yield fault(words(broken.code, first=broken.first, last=broken.last), DAMAGE, BY_HAND)


def _receipts(folder: Path, custody: Custody, journal: Journal, book: FactBook) -> Iterator[Fault]:
    """Each receipt that the devices of staff keep here: whether it is the municipality's, and what it is for is held.

    Other devices keep theirs themselves, and show them when they sync.
    """
    vault = custody.vault
    for path in sorted(folder.glob("desk/*.db")):
        if not vault.has(f"desk/{path.stem}"):
            continue  # noise: it goes with the next erasure
        try:
            store = DeviceStore(path, vault.secret(f"desk/{path.stem}").reveal())
            try:
                device, kept = store.get("identity", Identity).device, store.receipts()
            finally:
                store.close()
        except BackendError as error:
            yield fault(words("verify-store", place=f"desk/{path.name}", why=words_of(error)), ODD)
            continue
        for receipt in kept:
            yield from _receipt(device, receipt, journal, book)


def _beside(folder: Path, custody: Custody) -> Iterator[Fault]:
    """The store of what staff keep beside the journal opens, and its pages are sound."""
    if not custody.vault.has(SECRET):
        return  # nobody kept anything, or it is noise
    key = custody.vault.secret(SECRET).reveal()
    try:
        found = with_store(folder, key, DeskStore.unsound) if (folder / DESK_FILE).exists() else []
    except BackendError as error:
        yield fault(words("verify-store", place=DESK_FILE, why=words_of(error)), DAMAGE, BY_HAND)
        return
    for said in found:
        yield fault(words("verify-store", place=DESK_FILE, why=said), DAMAGE, BY_HAND)


def _attachments(folder: Path, journal: Journal) -> Iterator[Fault]:
    """Every registered attachment is where it stays, with the bytes that its name is the hash of."""
    try:
        attachments = Attachments(folder, journal)
        for name in journal.attachments.names():
            why = attachments.unsound(name)
            if why:
                yield fault(words("verify-attachment", name=name.hex(), why=words(why)))
    except BackendError as error:
        yield fault(words("verify-store", place=ATTACHMENTS_FOLDER, why=words_of(error)), WAITING, BY_HAND)


def _receipt(device: bytes, receipt: Receipt, journal: Journal, book: FactBook) -> Iterator[Fault]:
    about = {"device": device.hex(), "seq": receipt.seq}
    if book.keys is None:
        return
    try:
        parsed(book.keys.receipt).verify(receipt.sig, "receipt", *receipt.signed_fields())
    except CryptoError:
        yield fault(words("verify-receipt-signature", **about), ODD)
        return
    if (receipt.device, receipt.municipality) != (device, book.keys.municipality):
        yield fault(words("verify-receipt-another", **about), ODD)
    elif receipt.life == journal.life() and journal.hash_at(device, receipt.seq) != receipt.hash:
        yield fault(words("verify-receipt-lost", **about))


def _tables(
    here: Checker, moment: Moment, pool: Readers, gauge: _Gauge, badly_signed: tuple[bytes, ...]
) -> Iterator[Fault]:
    """The tables beside what is drawn anew, record by record; one that changed meanwhile is left to the next time."""
    differing: set[bytes] = set()
    ranges = range(0, moment.records, RECORDS)
    checks = [Tables(n, min(n + RECORDS, moment.records), moment.position, badly_signed) for n in ranges]
    for check, found in pool.run(checks):
        yield from found.faults
        differing |= {*found.differing}
        gauge.add(check.until - check.after if isinstance(check, Tables) else 0)
    try:
        for turn in range(TRIES if differing else 0):
            time.sleep(PAUSE_S if turn else 0)
            differing = {*here.settled(differing, moment.position)}
            if not differing:
                break
    except UNREADABLE as error:
        yield fault(unreadable(words("verify-piece-strays"), error), WAITING, REBUILD)
    for record in sorted(differing):
        yield fault(words("verify-record-differs", record=record.hex()), WAITING, REBUILD)
    for _, found in pool.run([Strays()]):
        yield from found.faults
