"""Checks of one municipality's stores, each of a bounded piece and in a snapshot of its own, so that no log grows.

Every check can run in any process at any time; `verify` says which, and in which order.
"""

import re
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from backend.errors import ROOM_ERRORS, BackendError
from backend.municipality.custody import ReadingKeys
from backend.projection.drawing import Drawing
from backend.projection.opening import Checked, nothing_checked
from backend.projection.orders import Chain, Check, Fault, Found, Places, Sound, Strays, Tables
from backend.sentences import Words, words, words_of
from backend.signing import device_key, is_genuine, key_of
from backend.stores import open_stores
from backend.stores.journal_rows import StoredEntry, StoredFact
from backend.stores.places import RECORDS_FILE
from backend.stores.records import Records
from crypto.errors import CryptoError
from sync.authority import signer_of
from sync.entry import ZERO_HASH, entry_hash, parse_header
from sync.errors import SyncError
from sync.factbook import FactBook
from sync.facts import FormVersion, purpose_of

DAMAGE: Final = "damage"  # bytes are not what was written: the last backup is compared, and put back if need be
ODD: Final = "odd"  # something reads oddly; nothing is lost, and no restore mends it
WAITING: Final = "waiting"  # something is on its way, or is made anew
DO: Final = {DAMAGE: "verify-do-damage", ODD: "verify-do-odd", WAITING: "verify-do-waiting"}  # codes of phrases
RECORD: Final = re.compile("[0-9a-f]{32}")
REBUILD: Final = "verify-do-rebuild"


UNREADABLE: Final = (BackendError, SyncError, CryptoError, msgspec.MsgspecError)  # what damaged bytes end in


def fault(what: Words, severity: str = DAMAGE, remedy: str = "") -> Fault:
    """A fault with what to do about it, by the code of its phrase."""
    return Fault(what, severity, remedy or DO[severity])


class Checker:
    """Checks the stores in one folder. Not for several threads at once."""

    def __init__(self, folder: Path, keys: ReadingKeys) -> None:
        self._folder = folder
        self.stores = open_stores().read(folder)
        self.journal = self.stores.journal
        self._records_key = keys.records_key
        self._kept: Records | None = None
        self._scratch: Records | None = None
        self._drawing = Drawing(folder.name, self.journal, self.stores.keys, keys)

    def close(self) -> None:
        """Close the stores."""
        for store in (self.stores, self._kept, self._scratch):
            if store is not None:
                store.close()

    def run(self, check: Check) -> Found:
        """Do one check. What cannot be read is a fault, and the checks of other pieces go on."""
        try:
            match check:
                case Sound(store):
                    return self._sound(store)
                case Places(after, until):
                    return self._places(after, until)
                case Chain(device, after, until):
                    return Found(tuple(self._chain(device, after, until)))
                case Tables():
                    return self._tables(check)
                case Strays():
                    with self.stores.moment():
                        return Found(tuple(self._strays()))
        except UNREADABLE as error:
            return Found((fault(unreadable(_piece(check), error), *(_REBUILT if _is_made_again(check) else ())),))
        finally:
            self._let_go()

    @property
    def _tables_kept(self) -> Records:
        """The tables as they stand on the disk."""
        if self._kept is None:
            self._kept = Records(self._folder / RECORDS_FILE, self._records_key.reveal())
        return self._kept

    def _let_go(self) -> None:
        """Hold no file longer than one check: an erasure writes the tables anew and cuts the logs."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        self.stores.read_on()

    def _sound(self, store: str) -> Found:
        if store == RECORDS_FILE:
            return Found(
                tuple(
                    fault(words("verify-store", place=store, why=what), *_REBUILT)
                    for what in self._tables_kept.unsound()
                )
            )
        return Found(tuple(fault(words("verify-store", place=store, why=what)) for what in self.stores.unsound(store)))

    # --- entries and facts ---

    def _places(self, after: int, until: int) -> Found:
        with self.stores.moment():
            self._drawing.learn(self.journal.last_position())  # later ones too: an author may be certified only there
            entries = self.journal.entries_between(after, until)
            facts = self.journal.facts_between(after, until)
        bad: list[bytes] = []
        faults = [found for stored in facts for found in self._fact(stored)]
        faults += [found for columns, stored in entries for found in self._entry(columns, stored, bad)]
        return Found(tuple(faults), tuple(bad))

    def _fact(self, stored: StoredFact) -> Iterator[Fault]:
        book = self._drawing.book
        if not is_genuine(stored.fact, book):
            kind, said = purpose_of(stored.fact), key_of(signer_of(stored.fact, book), book)
            why = "verify-nobody-may-say-it" if said is None else "verify-signature-misfits"
            yield fault(words("verify-fact", position=stored.position, kind=kind, why=why), ODD)

    def _entry(self, columns: tuple[bytes, int, bytes], stored: StoredEntry, bad: list[bytes]) -> Iterator[Fault]:
        entry, book, here = stored.entry, self._drawing.book, {"position": stored.position}
        body = sha256(entry.body).digest() if entry.body is not None else entry.body_hash or ZERO_HASH
        try:
            header = parse_header(entry.header)
        except SyncError as error:
            bad.append(stored.hash)
            yield fault(words("verify-entry", **here, why=words_of(error)))
            return
        if entry_hash(entry.prev, entry.header, body) != stored.hash:
            yield fault(words("verify-entry-hash", **here))
        if columns != (header.device, header.seq, header.record):
            yield fault(words("verify-entry-filed", **here))
        if entry.body is None and not book.erased(header.record):
            yield fault(words("verify-entry-body", **here), WAITING)
        key = device_key(book, header.device)
        if key is None:
            bad.append(stored.hash)
            yield fault(words("verify-entry-author", **here), ODD)
            return
        try:
            key.verify(entry.sig, "entry", stored.hash)
        except CryptoError:
            bad.append(stored.hash)
            if not book.set_aside(stored.hash):
                yield fault(words("verify-entry-signature", **here), ODD)

    def _chain(self, device: bytes, after: int, until: int) -> Iterator[Fault]:
        with self.stores.moment():
            self._drawing.learn(self.journal.last_position())
            links = self.journal.broken_links(device, after, until)
        for link in links:
            if link.follows or link.seq == 1:
                yield fault(words("verify-chain", device=device.hex(), seq=link.seq))
            elif not self._drawing.book.in_hole(device, link.seq - 1):
                gap = {"first": link.before + 1, "last": link.seq - 1}
                yield fault(words("verify-entries-missing", device=device.hex(), **gap))

    # --- the tables ---

    def _tables(self, check: Tables) -> Found:
        bad = {*check.badly_signed}

        def checked(entry: StoredEntry) -> bool:
            return 0 < entry.position <= check.checked and entry.hash not in bad

        with self.stores.moment():
            records = self.journal.numbered(check.after, check.until)
            return Found(differing=tuple(self._differing(records, checked)))

    def _differing(self, records: Collection[bytes], checked: Checked = nothing_checked) -> list[bytes]:
        """The records of which the tables hold something else than what is drawn of them now."""
        self._drawing.learn(self.journal.last_position())
        if self._scratch is None:
            self._scratch = Records.scratch()
        scratch, differing = self._scratch, []
        for drawn in self._drawing.draw(records, checked=checked):
            here = [one.read.reading.record for one in drawn]
            with scratch.transaction():
                scratch.put([self._drawing.tabled(one) for one in drawn])
                made = scratch.digests(here)
                scratch.empty()
            kept = self._tables_kept.digests(here)
            differing += [record for record in here if kept.get(record.hex()) != made.get(record.hex())]
        gone = [record for record in records if self._drawing.book.erased(record)]
        return differing + [bytes.fromhex(name) for name in self._tables_kept.digests(gone)]

    def settled(self, differing: Collection[bytes], position: int) -> list[bytes]:
        """Keep those that differ still, and that nothing has changed since a position: the server goes on meanwhile."""
        try:
            return self._settled(differing, position)
        finally:
            self._let_go()

    def _settled(self, differing: Collection[bytes], position: int) -> list[bytes]:
        with self.stores.moment():
            since = min(position, self._tables_kept.meta("position"))
            last = self.journal.last_position()
            self._drawing.learn(last)
            facts = self.journal.facts_between(since, last)
            if any(isinstance(stored.fact, FormVersion) for stored in facts):
                return []  # their records are drawn again piece by piece
            changed = {
                *self.journal.changed_records(since, last), *self.journal.opened_up_records(since, last),
                *self.journal.dirty(), *self._drawing.by_facts(facts),
            }  # fmt: skip
            left = {*differing} - changed - self._tables_kept.stale(-1)
            return self._differing(sorted(left))

    def book(self) -> FactBook:
        """The facts of the journal as they are now."""
        with self.stores.moment():
            self._drawing.learn(self.journal.last_position())
        return self._drawing.book

    def _strays(self) -> Iterator[Fault]:
        """The records that the tables name and the journal does not, and words of no record."""
        found: set[str] = set()
        for page in self._tables_kept.named():
            known = self.journal.existing([bytes.fromhex(name) for name in page if RECORD.fullmatch(name)])
            found |= {*page} - {record.hex() for record in known}
        for name in sorted(found):
            yield fault(words("verify-stray-record", record=name), *_REBUILT)
        if count := self._tables_kept.unowned_words():
            yield fault(words("verify-stray-words", count=count), *_REBUILT)


_REBUILT: Final = (WAITING, REBUILD)


def _is_made_again(check: Check) -> bool:
    return isinstance(check, (Tables, Strays)) or (isinstance(check, Sound) and check.store == RECORDS_FILE)


def unreadable(piece: Words, error: Exception) -> Words:
    """A piece that could not be checked, and why."""
    why = words_of(error) if isinstance(error, ROOM_ERRORS) else str(error)
    return words("verify-unreadable", what=piece, why=why)


def _piece(check: Check) -> Words:
    match check:
        case Sound(store):
            return words("verify-piece-store", place=store)
        case Places(after, until):
            return words("verify-piece-positions", first=after + 1, last=until)
        case Chain(device, after, until):
            return words("verify-piece-chain", device=device.hex(), first=after + 1, last=until)
        case Tables(after, until):
            return words("verify-piece-tables", first=after + 1, last=until)
        case Strays():
            return words("verify-piece-strays")
