"""A record's entries as they were written, opened for a page: who, when, having read what; and the record as one of its
authors had it before them."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

from backend.errors import RecordUnknown
from backend.municipality.list_codes import codes
from backend.municipality.service import Municipality
from backend.projection.opening import Opener
from forms.definition.document import Form, load_form
from forms.errors import FormsError
from forms.policies import Edit
from picture.deleting import is_grave
from picture.drawing import draw
from picture.edits import edits_of, knowing, with_knowing
from picture.parts import Picture
from picture.reading import Around, Opened, Reading
from picture.sheets import Lists, Sheets
from sync.admission import BeyondReach
from sync.clock import is_off, wall_ms
from sync.merge import EMPTY, fold

_load = lru_cache(32)(load_form)


def form_in(town: Municipality, slug: str, version: int) -> Form | None:
    """A published version of a form, read once; None where it is not there or cannot be used."""
    raw = town.published.document(slug, version)
    try:
        return None if raw is None else _load(raw)
    except FormsError:
        return None


class Written(NamedTuple):
    """One entry for a page: `ahead_s` is by how much its clock was ahead of its receipt where that matters, else 0;
    `source` is the entry that it writes anew, if any."""

    entry: str
    author: str
    device: str
    at_ms: int
    received_ms: int
    ahead_s: int
    answers: dict[str, Any]
    act: str = "write"
    source: str = ""


class History:
    """One record with its entries, opened."""

    def __init__(self, town: Municipality, record: bytes) -> None:
        """Read and open the record. Raises `RecordUnknown`, and `MunicipalityLocked` without the keys."""
        self._town = town
        opener = town.kept_entries.lend(lambda journal, keys: Opener(journal, keys, town.book, town.custody))
        loaded = [one for batch in opener.load([record]) for one in batch]
        if not loaded or town.book.erased(record):
            raise RecordUnknown(record=record.hex())
        self.reading: Reading = opener.read(loaded[0], {}).reading
        self.around = Around(town.code, Sheets(self._form, town.book.newest_form, self._codes), town.book)
        self.knows = knowing(self.reading, self.around)
        self._drawn: dict[frozenset[bytes] | None, Picture] = {}  # by the entries in it: a page asks more than once

    def _form(self, slug: str, version: int) -> Form | None:
        return form_in(self._town, slug, version)

    def _codes(self) -> Lists:
        return codes(self._town.published.newest())

    def written(self) -> dict[str, Written]:
        """Every entry that counts, by its hash."""
        return {entry.arrival.hash.hex(): self._written(entry) for entry in self.reading.opened}

    def _written(self, entry: Opened) -> Written:
        header, received = entry.arrival.header, entry.arrival.received
        ahead = (wall_ms(header.clock) - received) // 1000 if received and is_off(header.clock, received) else 0
        author = self.around.worker(header.device)
        return Written(
            entry.arrival.hash.hex(), author, header.device.hex()[:8], entry.at_ms, received or 0, ahead,
            dict(entry.answers), header.act, header.source.hex() if header.source else "",
        )  # fmt: skip

    def picture(self) -> Picture:
        """The record as it is shown now."""
        if None not in self._drawn:
            self._drawn[None] = draw(self.reading, self.around)
        return self._drawn[None]

    def as_known_to(self, entry: str) -> Picture:
        """The record as the author of an entry had it when they had written it."""
        own = bytes.fromhex(entry)
        return self._of({own, *self.knows.get(own, ())})

    def in_order(self) -> list[Written]:
        """Every entry that counts, the oldest first."""
        return [self._written(entry) for entry in sorted(self.reading.opened, key=lambda one: one.order)]

    def form(self) -> Form | None:
        """The form in whose columns the record is shown."""
        picture = self.picture()
        sheet = self.around.sheets.sheet(picture.form, picture.columns)
        return None if sheet is None else sheet.form

    def is_grave(self) -> bool:
        """True if anybody ever gave an answer of the gravest class (picture/SPEC.md 8.1)."""
        picture = self.picture()
        sheet = self.around.sheets.sheet(picture.form, picture.columns)
        edits = edits_of(self.reading, self.around, None if sheet is None else sheet.form, [])
        return is_grave(self.reading, self.around, sheet, edits)

    def without(self, entries: Collection[str]) -> Picture:
        """The record as it would be without some entries; what does not count stands beside it as it does now."""
        return draw(self.reading_without(entries), self.around)

    def reading_without(self, entries: Collection[str]) -> Reading:
        """The same before it is drawn."""
        gone = {bytes.fromhex(one) for one in entries}
        return self._part({one.arrival.hash for one in self.reading.opened} - gone)._replace(aside=self.reading.aside)

    def _of(self, hashes: set[bytes]) -> Picture:
        if (named := frozenset(hashes)) not in self._drawn:
            self._drawn[named] = draw(self._part(hashes), self.around)
        return self._drawn[named]

    def _part(self, hashes: set[bytes]) -> Reading:
        opened = tuple(one for one in self.reading.opened if one.arrival.hash in hashes)
        state = fold(EMPTY, (one.arrival for one in opened), BeyondReach(self._town.book))
        return self.reading._replace(opened=opened, state=state, failed=(), held=(), bodiless=(), aside=())

    def edits(self, path: str) -> list[Edit]:
        """Every edit of a question, in the columns in which the record is shown, the oldest first."""
        picture = self.picture()
        sheet = self.around.sheets.sheet(picture.form, picture.columns)
        every = with_knowing(
            edits_of(self.reading, self.around, None if sheet is None else sheet.form, []), self.reading, self.around
        )
        return sorted(every.get(path, ()), key=lambda edit: edit.order)

    def beside_deletes(self) -> list[str]:
        """The deletes of a contested record, and the entries whose authors had not read them and were not read by
        theirs; the deletes first."""
        opened = {entry.arrival.hash: entry for entry in self.reading.opened}
        deletes = [hash_ for hash_, entry in opened.items() if entry.arrival.header.act == "delete"]
        known = frozenset().union(*(self.knows.get(one, frozenset()) for one in deletes))
        beside = [
            hash_ for hash_ in opened
            if hash_ not in known and hash_ not in deletes and self.knows.get(hash_, frozenset()).isdisjoint(deletes)
        ]  # fmt: skip
        return [hash_.hex() for hash_ in (*deletes, *sorted(beside, key=lambda one: opened[one].order))]

    def seen_by_all(self, path: str, entries: list[str]) -> Edit | None:
        """The last answer to a question that the authors of all these entries had read."""
        common = [self.knows.get(bytes.fromhex(entry), frozenset()) for entry in entries]
        found = [edit for edit in self.edits(path) if all(edit.hash in known for known in common)]
        return found[-1] if found else None
