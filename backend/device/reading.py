"""The records that a device shows: the merge of what it holds, opened with the keys that it has."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from backend.device.store import DeviceStore
from backend.errors import BackendError
from crypto.bodies import RecordKeys
from crypto.entries import Plaintext, Sealed, open_entry
from crypto.errors import CryptoError
from crypto.keys import VerifyKey
from picture import reading as read
from picture.drawing import draw
from picture.parts import Picture
from picture.reading import Around
from picture.sheets import Sheets, no_sheets
from sync import clock
from sync.admission import BeyondReach, Present, Taken, take
from sync.device import seen_on_screen
from sync.entry import SHORT_HASH, Seen
from sync.factbook import FactBook
from sync.facts import Keys
from sync.merge import EMPTY, Arrival, Dot, fold


class EntryUnknown(BackendError):
    """A decision names what was shown, and only what this device holds can have been shown."""

    code: ClassVar[str] = "entry-unknown"


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
        self.sheets: Sheets = no_sheets()

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
        """The observations of an edit that is saved now, and their greatest effective clock.

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

    def picture(self, record: bytes) -> Picture:
        """All that is shown of a record here, as on every other device and at the office (picture/SPEC.md).

        Without a form version in `sheets` it is shown as it was written.
        """
        return self._drawn(record, self.taken(record))

    def _drawn(self, record: bytes, taken: Taken) -> Picture:
        return draw(self._read(record, taken), Around(self.bundle.municipality, self.sheets, self.facts))

    def _read(self, record: bytes, taken: Taken) -> read.Reading:
        plain = self.opened(record, taken.admitted)
        keys = self.keys_of(record)
        opened = tuple(
            read.Opened(arrival, text.form, text.version, text.answers)
            for arrival in taken.admitted
            if (text := plain.get(arrival.hash)) is not None
        )
        held = tuple((one.arrival.hash, one.arrival.header.device, one.reason) for one in taken.held)
        state = taken.state
        if len(opened) < len(taken.admitted):
            state = fold(EMPTY, (entry.arrival for entry in opened), BeyondReach(self.facts))
        return read.Reading(record, None if keys is None else keys.touch, state, opened, held=held)

    def view(self, record: bytes) -> View:
        """The answers, conflicts and survivors of a record, in short: what its picture has of them."""
        taken = self.taken(record)
        seen = self._drawn(record, taken)
        keys = self.keys_of(record)
        answers = {path: shown.value for path, shown in {**seen.shown, **seen.reserved}.items()}
        survivors = {path: taken.state.survivors(keys.touch(path)) for path in answers if keys is not None}
        conflicts = {one.path: tuple(word.value for word in one.survivors) for one in seen.conflicts}
        return View(record, seen.form, answers, conflicts, survivors, seen.deleted, seen.contested)

    def _form_of(self, record: bytes) -> tuple[str, int]:
        plain = self.opened(record, self.taken(record).admitted)
        newest = max(plain.values(), key=lambda text: text.version, default=None)
        return (newest.form, newest.version) if newest is not None else ("", 1)
