"""Opening the admitted entries of a record for the municipality: who wrote what, and what failed its checks.

What fails is left out of what is shown; the caller journals it as set aside, so that every merge leaves it out too.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from backend.municipality.custody import Custody, record_key_of
from backend.municipality.signing import device_key
from backend.stores.journal import Journal
from backend.stores.journal_rows import StoredEntry
from backend.stores.keys import Keys
from crypto.bodies import RecordKeys
from crypto.entries import Plaintext, Sealed, open_entry
from crypto.errors import BadSignature, CryptoError
from sync.admission import REVOKED, beyond_reach
from sync.entry import Entry, parse_header
from sync.factbook import FactBook
from sync.merge import EMPTY, Arrival, RecordState, fold

FORKED: Final = "forked"


class Opened(NamedTuple):
    """One admitted entry with what it says; `plain` is empty for a delete or restore."""

    arrival: Arrival
    plain: Plaintext


class Failed(NamedTuple):
    """An admitted entry that fails a check, with the word that a set-aside carries for it."""

    hash: bytes
    device: bytes
    reason: str


class Aside(NamedTuple):
    """An entry that does not count and that a person may take in: of a revoked device, or of a journal that parted.

    `plain` is what it says, where it opens.
    """

    arrival: Arrival
    reason: str
    plain: Plaintext | None


class Reading(NamedTuple):
    """A record as the municipality can read it now; without keys nothing of it is open.

    `bodiless` are admitted entries (hash, device) whose body has not come: they wait, and nothing is set aside for it.
    """

    record: bytes
    keys: RecordKeys | None
    state: RecordState
    opened: tuple[Opened, ...]
    failed: tuple[Failed, ...]
    held: tuple[tuple[bytes, bytes, str], ...]
    fresh: Mapping[bytes, Plaintext]
    bodiless: tuple[tuple[bytes, bytes], ...] = ()
    aside: tuple[Aside, ...] = ()


class Opener:
    """Reads records of one municipality. Its book is the projector's own, so it may run beside the writer."""

    def __init__(self, journal: Journal, keys: Keys, book: FactBook, custody: Custody) -> None:
        self._journal = journal
        self._keys = keys
        self._book = book
        self._custody = custody

    def read(self, record: bytes, known: Mapping[bytes, Plaintext]) -> Reading | None:
        """Open what counts of a record; `known` are plaintexts that were opened and checked before."""
        row = self._journal.record(record)
        if row is None:
            return None
        held = tuple((h, device, reason) for h, device, _, reason, _ in self._journal.held_of(record))
        skipped = {h for h, _, _ in held}
        entries = [entry for entry in self._journal.entries_of(record) if entry.hash not in skipped]
        forked = self._journal.forked_of(record)
        keys = self._record_keys(record, row.key) if entries or held or forked else None
        aside = tuple(self._aside(record, held, forked, keys))
        if keys is None or not entries:
            return Reading(record, keys, row.state, (), (), held, {}, (), aside)
        opened: list[Opened] = []
        failed: list[Failed] = []
        fresh: dict[bytes, Plaintext] = {}
        bodiless: list[tuple[bytes, bytes]] = []
        for entry in entries:
            arrival = Arrival(parse_header(entry.entry.header), entry.hash, entry.received)
            plain = known.get(entry.hash)
            if plain is None and entry.entry.body is None:
                bodiless.append((entry.hash, arrival.header.device))
                continue
            if plain is None:
                try:
                    plain = fresh[entry.hash] = self._open(entry, arrival, keys)
                except CryptoError as error:
                    failed.append(Failed(entry.hash, arrival.header.device, error.reason or "open"))
                    continue
            opened.append(Opened(arrival, plain))
        state = row.state
        if failed or bodiless:
            state = fold(EMPTY, (one.arrival for one in opened), beyond_reach(self._book))
        return Reading(record, keys, state, tuple(opened), tuple(failed), held, fresh, tuple(bodiless), aside)

    def _aside(
        self,
        record: bytes,
        held: Iterable[tuple[bytes, bytes, str]],
        forked: Iterable[tuple[bytes, Entry, int]],
        keys: RecordKeys | None,
    ) -> Iterator[Aside]:
        """What a person may take in, as far as nobody left it."""
        kept = [(hash_, entry, received, FORKED) for hash_, entry, received in forked]
        for hash_, _, reason in held:
            stored = self._journal.entry_named(record, hash_) if reason == REVOKED else None
            if stored is not None:
                kept.append((hash_, stored.entry, stored.received, REVOKED))
        for hash_, entry, received, reason in kept:
            if self._book.declined(hash_):
                continue
            arrival = Arrival(parse_header(entry.header), hash_, received)
            plain = None
            if keys is not None and self._book.certified(arrival.header.device):
                with suppress(CryptoError):
                    plain = self._open(StoredEntry(0, hash_, received, entry), arrival, keys)
            yield Aside(arrival, reason, plain)

    def _record_keys(self, record: bytes, key: bytes) -> RecordKeys | None:
        found = record_key_of(self._custody, self._keys, record, key)
        return None if found is None else RecordKeys(found)

    def _open(self, entry: StoredEntry, arrival: Arrival, keys: RecordKeys) -> Plaintext:
        header, body = arrival.header, entry.entry.body
        author = device_key(self._book, header.device)
        if author is None or body is None:
            raise BadSignature(purpose="entry")
        sealed = Sealed(entry.entry.header, body, entry.hash, entry.entry.sig, header.key, header.touches)
        return open_entry(sealed, author, keys)


def packed(plain: Plaintext) -> bytes:
    """A plaintext as records.db keeps it, sealed with everything else there."""
    return msgspec.msgpack.encode(plain)


def unpacked(raw: bytes) -> Plaintext:
    """A plaintext from what records.db keeps."""
    return msgspec.msgpack.decode(raw, type=Plaintext)
