"""What a device shows of its records: the merge of what it holds, opened with the keys that it has."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from backend.device.store import DeviceStore
from backend.errors import BackendError
from crypto.bodies import RecordKeys
from crypto.entries import Plaintext, Sealed, open_entry
from crypto.errors import CryptoError
from crypto.keys import VerifyKey
from sync import clock
from sync.admission import Present, Taken, beyond_reach, take
from sync.device import seen_on_screen
from sync.entry import SHORT_HASH, Seen
from sync.factbook import FactBook
from sync.facts import Keys
from sync.merge import EMPTY, Arrival, Dot, standing


class EntryUnknown(BackendError):
    """A decision names what was shown, and only what this device holds can have been shown."""

    code: ClassVar[str] = "entry-unknown"
    message: ClassVar[str] = "The record {record} has no entry {entry} here."
    remedy: ClassVar[str] = "Look at the record again and decide about what it shows now."


class Editing(NamedTuple):
    """A form that was opened: what was on screen then, whatever arrives while it is open."""

    record: bytes
    observed: tuple[Seen, ...]


class View(NamedTuple):
    """A record as this device shows it."""

    record: bytes
    form: str
    answers: Mapping[str, Any]
    conflicts: Mapping[str, tuple[Any, ...]]
    survivors: Mapping[str, tuple[Dot, ...]]
    deleted: bool
    contested: bool


class Reading:
    """The records of one device's store, merged and opened. Nothing here changes the store."""

    store: DeviceStore
    id: bytes
    facts: FactBook
    bundle: Keys

    def __init__(self) -> None:
        self._keys: dict[bytes, RecordKeys] = {}
        self._authors: dict[bytes, VerifyKey] = {}

    def keys_of(self, record: bytes) -> RecordKeys | None:
        """The keys of a record, if this device has them."""
        found = self._keys.get(record)
        if found is None:
            known = self.store.record_key(record)
            if known is None or known[1] is None:
                return None
            found = self._keys[record] = RecordKeys(known[1])
        return found

    def read_facts(self) -> FactBook:
        """The book of all facts that are kept, folded anew; what arrives later is added to it."""
        book = FactBook()
        for _, fact in self.store.facts():
            book.add(fact)
        book.add(self.bundle)
        return book

    # --- what was shown ---

    def open(self, record: bytes) -> Editing:
        """Open a record for editing: what is on screen now is what the edit will say it had seen."""
        return Editing(record, seen_on_screen(self.taken(record).admitted))

    def editing_of(self, record: bytes, shown: Collection[bytes]) -> Editing:
        """Edit a record of which exactly these entries (their hashes) were shown, whatever has come since.

        What is saved with it observes these and this device's own last entry. Raises `EntryUnknown` for an entry
        that is not held here.
        """
        held = {kept.hash: kept.arrival() for kept in self.store.entries_of(record)}
        for hash_ in shown:
            if hash_ not in held:
                raise EntryUnknown(record=record.hex(), entry=hash_.hex())
        return Editing(record, seen_on_screen(held[hash_] for hash_ in shown))

    def observed_of(self, editing: Editing) -> tuple[tuple[Seen, ...], int]:
        """What an edit that is saved now observes, and the greatest effective clock of that.

        To what was on screen comes the device's own last entry of the record, which an earlier save of the same
        opened form may have written.
        """
        by_place = {(a.header.device, a.header.seq): a for k in self.store.entries_of(editing.record)
                    if (a := k.arrival())}  # fmt: skip
        own = max((seq for device, seq in by_place if device == self.id), default=0)
        observed = editing.observed
        if own and not any(seen.device == self.id and seen.seq >= own for seen in observed):
            last = Seen(self.id, own, by_place[self.id, own].hash[:SHORT_HASH])
            observed = (*(seen for seen in observed if seen.device != self.id), last)
        arrivals = [by_place[seen.device, seen.seq] for seen in observed if (seen.device, seen.seq) in by_place]
        return observed, clock.latest((a.header.clock, a.received) for a in arrivals)

    # --- the merge ---

    def taken(self, record: bytes) -> Taken:
        """The merge of what this device holds of a record."""
        arrivals = [kept.arrival() for kept in self.store.entries_of(record)]
        return take(EMPTY, arrivals, (), self._present, self.facts)

    def _present(self, device: bytes, seq: int) -> Present | None:
        there = self.store.at(device, seq)
        return None if there is None else Present(there[0], there[1], complete=True)

    def opened(self, record: bytes, admitted: Sequence[Arrival]) -> dict[bytes, Plaintext]:
        """The plaintexts of admitted entries; what does not open is left out, and reported with the next exchange."""
        keys = self.keys_of(record)
        wanted = {arrival.hash: arrival.header for arrival in admitted}
        found: dict[bytes, Plaintext] = {}
        for kept in self.store.entries_of(record) if keys is not None else ():
            header = wanted.get(kept.hash)
            if header is None or kept.entry.body is None or keys is None:
                continue
            sealed = Sealed(kept.entry.header, kept.entry.body, kept.hash, kept.entry.sig, header.key, header.touches)
            try:
                found[kept.hash] = open_entry(sealed, self._author(header.device), keys)
            except CryptoError:
                continue
        return found

    def _author(self, device: bytes) -> VerifyKey:
        key = self._authors.get(device)
        if key is None:
            key = self._authors[device] = VerifyKey(self.facts.certificates[device].signing)
        return key

    def view(self, record: bytes) -> View:
        """What this device shows of a record: the winner of each field, and where there are several, all of them."""
        taken = self.taken(record)
        plain = self.opened(record, taken.admitted)
        stands = standing(taken.state, beyond_reach(self.facts))
        keys = self.keys_of(record)
        paths = {keys.touch(path): path for text in plain.values() for path in text.answers} if keys else {}
        answers: dict[str, Any] = {}
        conflicts: dict[str, tuple[Any, ...]] = {}
        survivors: dict[str, tuple[Dot, ...]] = {}
        for touch, path in sorted(paths.items(), key=lambda item: item[1]):
            dots = tuple(dot for dot in taken.state.survivors(touch) if dot.hash in plain)
            values = tuple(plain[dot.hash].answers[path] for dot in dots)
            if values:
                answers[path], survivors[path] = values[0], dots
            if len(values) > 1:
                conflicts[path] = values
        form = next((text.form for text in plain.values()), "")
        return View(record, form, answers, conflicts, survivors, stands.deleted, stands.contested)

    def _form_of(self, record: bytes) -> tuple[str, int]:
        plain = self.opened(record, self.taken(record).admitted)
        newest = max(plain.values(), key=lambda text: text.version, default=None)
        return (newest.form, newest.version) if newest is not None else ("", 1)
