"""Draws the pictures of one municipality's records from its journal and keys, a batch at a time; writes nothing.

It has its own book of facts, which it brings up to the snapshot that it reads, so it runs beside the writer.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from backend.municipality.custody import ReadingKeys
from backend.municipality.lists import codes
from backend.projection.opening import Checked, Known, Opener, Reading, nothing_checked
from backend.projection.picture import FormSheet, Picture, Surroundings, picture
from backend.stores.journal import Journal
from backend.stores.journal_rows import StoredFact
from backend.stores.keys import Keys
from backend.stores.shelf import LIST, Shelf
from forms.deciding import Deciders
from forms.document import Form, load_form
from forms.errors import FormsError
from forms.relevance import Examiner
from forms.versions.moving import Mover
from sync.admission import beyond_reach
from sync.factbook import FactBook
from sync.facts import DESK, Certificate, FormVersion, Hole, Revocation

Opened = Callable[[list[bytes]], Mapping[bytes, Known]]


class Drawn(NamedTuple):
    """A record as it is shown, with the form in whose columns, and what was read to draw it."""

    picture: Picture
    form: Form | None
    reading: Reading


def nothing_known(_records: list[bytes]) -> Mapping[bytes, Known]:
    """Nothing of these records was opened before."""
    return {}


class Drawing:
    """Draws records of one municipality. Not for several threads at once; the caller holds the snapshot."""

    def __init__(self, code: str, journal: Journal, keys: Keys, custody: ReadingKeys) -> None:
        self._code = code
        self._journal = journal
        self._keys = keys
        self._custody = custody
        self._shelf = Shelf(journal.db)
        self._sheets: dict[tuple[str, int], FormSheet | None] = {}
        self._movers: dict[tuple[str, int, int], Mover | None] = {}
        self._facts_to = 0
        self.book = FactBook(journal.was_granted)

    def learn(self, until: int) -> None:
        """Take in the facts up to the end of the snapshot, which is at this position."""
        for stored in self._journal.facts_after(self._facts_to):
            self.book.add(stored.fact)
            if isinstance(stored.fact, FormVersion):
                self._sheets.clear()
                self._movers.clear()
        self._facts_to = until

    def draw(
        self,
        records: Collection[bytes],
        known: Opened = nothing_known,
        checked: Checked = nothing_checked,
    ) -> Iterator[list[Drawn]]:
        """Draw those of these records that exist and are not erased, in batches; `known` says what was opened."""
        opener = Opener(self._journal, self._keys, self.book, self._custody, checked)
        around = self._around()
        none: Known = {}
        for batch in opener.load([record for record in records if not self.book.erased(record)]):
            opened = known([loaded.record for loaded in batch])
            drawn = []
            for loaded in batch:
                reading = opener.read(loaded, opened.get(loaded.record, none))
                made = picture(reading, around)
                sheet = self.sheet(made.form, made.columns)
                drawn.append(Drawn(made, sheet.form if sheet is not None else None, reading))
            yield drawn

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
        sheets = (self.sheet(slug, fact.version) for slug, fact in self.book.forms.items() if LIST not in slug)
        return [sheet.form for sheet in sheets if sheet is not None]

    def _codes(self) -> dict[str, frozenset[str]]:
        """What the municipality's lists hold: a code that none of their versions has is listed for a person."""
        return codes(self._shelf.newest())

    def _worker(self, device: bytes) -> str:
        certificate = self.book.certificates.get(device)
        return certificate.worker if certificate is not None else device.hex()

    def _around(self) -> Surroundings:
        """What pictures need to know besides their records."""
        book = self.book
        return Surroundings(
            self._code,
            self.sheet,
            book.newest_form,
            self._mover,
            self._worker,
            beyond_reach(book),
            self._takes_in,
            book.withdrawn_at,
        )

    def _takes_in(self, device: bytes, old: bytes) -> bool:
        """Whether a device's `from` settles what another wrote: a desk device's does, and the successor's."""
        certificate = self.book.certificates.get(device)
        return certificate is not None and (certificate.role == DESK or certificate.succeeds == old)

    def sheet(self, slug: str, version: int) -> FormSheet | None:
        """A published version of a form, ready to look at records."""
        name = (slug, version)
        if name not in self._sheets:
            raw = self._shelf.document(slug, version)
            try:
                form = load_form(raw) if raw is not None else None
            except FormsError:
                form = None
            lists = self._codes() if form is not None and form.lists else {}
            self._sheets[name] = FormSheet(form, Examiner(form, lists), Deciders(form)) if form is not None else None
        return self._sheets[name]

    def _mover(self, slug: str, version: int, to: int) -> Mover | None:
        """What carries answers from one version to a later one; nothing where there is nothing to carry."""
        if version >= to or self.sheet(slug, version) is None:
            return None
        name = (slug, version, to)
        if name not in self._movers:
            sheets = [self.sheet(slug, number) for number in range(version, to + 1)]
            forms = [sheet.form for sheet in sheets if sheet is not None]
            self._movers[name] = Mover(forms)
        return self._movers[name]
