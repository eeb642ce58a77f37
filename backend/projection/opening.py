"""Opening the admitted entries of records for the municipality: who wrote what, and what failed its checks.

What fails is left out of what is shown; the caller journals it as set aside, so that every merge leaves it out too.
Records are read in batches: a few statements for a hundred of them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from backend.municipality.custody import ReadingKeys
from backend.signing import device_key
from backend.stores.journal_rows import RecordRow, StoredEntry
from backend.stores.ledger import Journal, KeyStore
from backend.stores.rows import StoredWrap
from crypto.bodies import RecordKeys
from crypto.entries import Plaintext, Sealed, open_entry, open_signed
from crypto.errors import BadSignature, CryptoError
from picture.choices import FORKED
from picture.reading import Aside, Failed, Opened, Reading
from sync.admission import REVOKED, BeyondReach
from sync.entry import Entry, parse_header
from sync.factbook import FactBook
from sync.merge import EMPTY, Arrival, fold

BATCH_RECORDS: Final = 250  # read together
BATCH_ENTRIES: Final = 1_000  # and no more than these together, unless one record has more


class Read(NamedTuple):
    """A record as the municipality can read it now, and the plaintexts that were opened for it."""

    reading: Reading
    fresh: Mapping[bytes, Plaintext]


class Loaded(NamedTuple):
    """The rows that the stores hold of a record, read together with others."""

    record: bytes
    row: RecordRow
    entries: Sequence[StoredEntry]
    held: Sequence[tuple[bytes, bytes, str]]
    forked: Sequence[tuple[bytes, Entry, int]]
    wraps: list[StoredWrap]


Checked = Callable[[StoredEntry], bool]
Known = Mapping[bytes, Plaintext]


def nothing_checked(_entry: StoredEntry) -> bool:
    """Nobody has checked any entry before."""
    return False


def batches(records: Iterable[bytes], counts: Mapping[bytes, int]) -> Iterator[list[bytes]]:
    """The records in groups that are read together: as many as fit in memory, whatever they hold."""
    batch: list[bytes] = []
    entries = 0
    for record in records:
        count = counts.get(record, 0)
        if batch and (len(batch) >= BATCH_RECORDS or entries + count > BATCH_ENTRIES):
            yield batch
            batch, entries = [], 0
        batch.append(record)
        entries += count
    if batch:
        yield batch


class Opener:
    """Reads records of one municipality. Its book is the projector's own, so it may run beside the writer.

    `checked` says of which entries somebody has checked the signature and the hash already.
    """

    def __init__(
        self, journal: Journal, keys: KeyStore, book: FactBook, custody: ReadingKeys, checked: Checked = nothing_checked
    ) -> None:
        self._journal = journal
        self._keys = keys
        self._book = book
        self._custody = custody
        self._checked = checked

    def load(self, records: Collection[bytes]) -> Iterator[list[Loaded]]:
        """Load what the stores hold of records, in batches, those that exist in the order given."""
        wanted = list(records)
        for batch in batches(wanted, self._journal.entry_counts(wanted) if wanted else {}):
            rows = self._journal.many_records(batch)
            entries, held = self._journal.many_entries(batch), self._journal.many_held(batch)
            forked, wraps = self._journal.many_forked(batch), self._keys.wraps_of_many(batch)
            yield [
                Loaded(
                    record, rows[record], entries.get(record, ()), held.get(record, ()), forked.get(record, ()),
                    wraps.get((record, rows[record].key), []),
                )
                for record in batch
                if record in rows
            ]  # fmt: skip

    def read(self, loaded: Loaded, known: Known) -> Read:
        """Open what counts of a record; `known` are plaintexts that were opened and checked before."""
        record, held = loaded.record, tuple(loaded.held)
        skipped = {h for h, _, _ in held}
        entries = [entry for entry in loaded.entries if entry.hash not in skipped]
        keys = self._record_keys(loaded.wraps) if entries or held or loaded.forked else None
        touch = None if keys is None else keys.touch
        aside = tuple(self._aside(loaded, keys))
        state = loaded.row.state
        if keys is None or not entries:
            return Read(Reading(record, touch, state, (), (), held, (), aside), {})
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
            opened.append(Opened(arrival, plain.form, plain.version, plain.answers))
        if failed or bodiless:
            state = fold(EMPTY, (one.arrival for one in opened), BeyondReach(self._book))
        reading = Reading(record, touch, state, tuple(opened), tuple(failed), held, tuple(bodiless), aside)
        return Read(reading, fresh)

    def _aside(self, loaded: Loaded, keys: RecordKeys | None) -> Iterator[Aside]:
        """The entries that a person may take in, as far as nobody left them."""
        kept = [(hash_, entry, received, FORKED) for hash_, entry, received in loaded.forked]
        revoked = {hash_ for hash_, _, reason in loaded.held if reason == REVOKED}
        stored = {entry.hash: entry for entry in loaded.entries if entry.hash in revoked}
        kept += [
            (hash_, stored[hash_].entry, stored[hash_].received, REVOKED) for hash_, _, _ in loaded.held
            if hash_ in stored
        ]  # fmt: skip
        for hash_, entry, received, reason in kept:
            if self._book.declined(hash_):
                continue
            arrival = Arrival(parse_header(entry.header), hash_, received)
            plain = None
            if keys is not None and self._book.certified(arrival.header.device):
                with suppress(CryptoError):
                    plain = self._open(StoredEntry(0, hash_, received, entry), arrival, keys)
            yield Aside(arrival, reason, None if plain is None else plain.answers)

    def _record_keys(self, wraps: list[StoredWrap]) -> RecordKeys | None:
        found = self._custody.record_key(wraps)
        return None if found is None else RecordKeys(found)

    def _open(self, entry: StoredEntry, arrival: Arrival, keys: RecordKeys) -> Plaintext:
        header, body = arrival.header, entry.entry.body
        author = device_key(self._book, header.device)
        if author is None or body is None:
            raise BadSignature(purpose="entry")
        sealed = Sealed(entry.entry.header, body, entry.hash, entry.entry.sig, header.key, header.touches)
        return open_signed(sealed, keys) if self._checked(entry) else open_entry(sealed, author, keys)


def packed(plain: Plaintext) -> bytes:
    """A plaintext as records.db keeps it, sealed with everything else there."""
    return msgspec.msgpack.encode(plain)


def unpacked(raw: bytes) -> Plaintext:
    """A plaintext from what records.db keeps."""
    return msgspec.msgpack.decode(raw, type=Plaintext)
