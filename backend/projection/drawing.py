"""Draws the pictures of one municipality's records from its journal and keys, a batch at a time; writes nothing.

It has its own book of facts, which it brings up to the snapshot that it reads, so it runs beside the writer.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from backend.municipality.custody import ReadingKeys
from backend.municipality.list_codes import codes
from backend.projection.opening import Checked, Known, Opener, Read, nothing_checked
from backend.projection.settlements import settled_in
from backend.projection.tabling import faults_of, observed_of, people_of
from backend.stores.journal_rows import StoredFact
from backend.stores.ledger import Journal, KeyStore
from backend.stores.records import Tabled
from backend.stores.rows import LIST
from forms.definition.document import Form, load_form
from forms.errors import FormsError
from picture.drawing import draw
from picture.parts import Picture
from picture.reading import Around
from picture.sheets import Lists, Sheets
from sync.factbook import FactBook
from sync.facts import Certificate, FormVersion, Hole, Revocation

Opened = Callable[[list[bytes]], Mapping[bytes, Known]]


class Drawn(NamedTuple):
    """A record as it is shown, with the form in whose columns, and what was read to draw it."""

    picture: Picture
    form: Form | None
    read: Read


def nothing_known(_records: list[bytes]) -> Mapping[bytes, Known]:
    """Nothing of these records was opened before."""
    return {}


class Drawing:
    """Draws records of one municipality. Not for several threads at once; the caller holds the snapshot."""

    def __init__(self, code: str, journal: Journal, keys: KeyStore, custody: ReadingKeys) -> None:
        self._code = code
        self._journal = journal
        self._keys = keys
        self._custody = custody
        self._shelf = journal.shelf
        self._facts_to = 0
        self.book = FactBook(journal.was_granted)
        self._sheets = Sheets(self._load_form, self.book.newest_form, self._codes)

    def learn(self, until: int) -> None:
        """Take in the facts up to the end of the snapshot, which is at this position."""
        for stored in self._journal.facts_after(self._facts_to):
            self.book.add(stored.fact)
            if isinstance(stored.fact, FormVersion):
                self._sheets.clear()
        self._facts_to = until

    def draw(
        self,
        records: Collection[bytes],
        known: Opened = nothing_known,
        checked: Checked = nothing_checked,
    ) -> Iterator[list[Drawn]]:
        """Draw those of these records that exist and are not erased, in batches; `known` says what was opened.

        A batch is opened whole before it is drawn: by turns each would push the other's code out of the processor.
        """
        opener = Opener(self._journal, self._keys, self.book, self._custody, checked)
        around = Around(self._code, self._sheets, self.book)
        none: Known = {}
        for batch in opener.load([record for record in records if not self.book.erased(record)]):
            opened = known([loaded.record for loaded in batch])
            reads = [opener.read(loaded, opened.get(loaded.record, none)) for loaded in batch]
            pictures = [draw(read.reading, around) for read in reads]
            yield [Drawn(picture, self._form_of(picture), read) for picture, read in zip(pictures, reads, strict=True)]

    def tabled(self, drawn: Drawn) -> Tabled:
        """A drawn record as the tables take it."""
        around = Around(self._code, self._sheets, self.book)
        reading, picture = drawn.read.reading, drawn.picture
        faults = faults_of(reading, picture, drawn.form, around)
        settled = settled_in(reading, around, drawn.form)
        return Tabled(picture, drawn.form, people_of(reading, around), observed_of(reading), faults, settled)

    def _form_of(self, picture: Picture) -> Form | None:
        """The form in whose columns a record is shown."""
        sheet = self._sheets.sheet(picture.form, picture.columns)
        return None if sheet is None else sheet.form

    def by_facts(self, facts: Iterable[StoredFact]) -> set[bytes]:
        """Records that facts about devices change without being about them."""
        found: set[bytes] = set()
        for stored in facts:
            fact = stored.fact
            if isinstance(fact, (Certificate, Revocation, Hole)):
                found.update(self._journal.records_of_device(fact.device))
            if isinstance(fact, (Hole, Revocation)):
                found.update(self._journal.records_changed_at(stored.position))
        return found

    def newest_forms(self) -> list[Form]:
        """The newest version of every form, as far as it loads."""
        sheets = (self._sheets.sheet(slug, fact.version) for slug, fact in self.book.forms.items() if LIST not in slug)
        return [sheet.form for sheet in sheets if sheet is not None]

    def _codes(self) -> Lists:
        """The codes of the municipality's lists: a code that none of their versions has is listed for a person."""
        return codes(self._shelf.newest())

    def _load_form(self, slug: str, version: int) -> Form | None:
        """Read one published version; None where it is not there or cannot be used."""
        raw = self._shelf.document(slug, version)
        try:
            return load_form(raw) if raw is not None else None
        except FormsError:
            return None
