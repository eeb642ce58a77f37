"""Keeps records.db in step with the journal: incremental, restartable, equal to a rebuild from position 1.

It has its own connections and its own book of facts, so it runs beside the writer and may lag. One step reads a
bounded piece of the journal in one snapshot and writes it in one transaction together with the position it reached.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple

from backend.errors import BackendError
from backend.municipality.custody import Custody
from backend.municipality.lists import codes
from backend.projection.opening import Opener, packed, unpacked
from backend.projection.picture import FormSheet, Picture, Surroundings, picture
from backend.stores.database import transaction, translated, truncate_log
from backend.stores.journal import Journal
from backend.stores.journal_rows import StoredFact
from backend.stores.keys import Keys
from backend.stores.records import Records
from backend.stores.shelf import LIST, Shelf
from forms.deciding import Deciders
from forms.document import Form, load_form
from forms.errors import FormsError
from forms.relevance import Examiner
from forms.versions.moving import Mover
from sync.admission import beyond_reach
from sync.factbook import FactBook
from sync.facts import DESK, Certificate, FormVersion, Hole, Revocation

STEP_POSITIONS: Final = 400  # what one transaction projects: a restart repeats at most this much
RETRY_MAX: Final = 64  # records without a key that are looked at again in one step
READ_CACHE_KIB: Final = 512  # it reads forward: what it read is not read again
LOG_BYTES_MAX: Final = 24 * 1024 * 1024  # above what the writer's own checkpoints leave (16 MiB)
LOG_WAIT_S: Final = 0.2  # for the writer to finish a commit; otherwise after the next step
RECORDS_FILE: Final = "records.db"


class Feedback(NamedTuple):
    """What the projection learnt that the journal must be told, and how far it is."""

    position: int
    until: int
    failed: tuple[tuple[bytes, bytes, str], ...]
    unopened: tuple[bytes, ...]
    reopened: tuple[bytes, ...]
    dirty: tuple[bytes, ...]
    stale: bool = False

    @property
    def more(self) -> bool:
        """Whether the journal holds more than was projected, or a new form version has records to draw again."""
        return self.position < self.until or self.stale


class Projector:
    """Projects one municipality. Not for several threads at once."""

    def __init__(self, folder: Path, custody: Custody, target: Path | None = None) -> None:
        self._code = folder.name
        self._folder = folder
        self._custody = custody
        self._journal = Journal(folder / "journal.db", READ_CACHE_KIB)
        self._keys = Keys(folder / "keys.db", READ_CACHE_KIB)
        self.records = self._opened_or_anew(target or folder / RECORDS_FILE)
        self._shelf = Shelf(self._journal.db)
        self._sheets: dict[tuple[str, int], FormSheet | None] = {}
        self._movers: dict[tuple[str, int, int], Mover | None] = {}
        self._book = FactBook(self._journal.was_granted)
        self._facts_to = 0
        self._warm = True
        self._check_life()

    def _opened_or_anew(self, path: Path) -> Records:
        """records.db holds nothing that the journal lacks: one that does not open is made anew."""
        try:
            return Records(path, self._custody.records_key.reveal())
        except BackendError as error:
            if error.code not in ("wrong-store-key", "store-corrupt", "store-too-new"):
                raise
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            return Records(path, self._custody.records_key.reveal())

    def _check_life(self) -> None:
        """A store that was restored, or moved back, is projected from the beginning."""
        life = int.from_bytes(self._journal.life()[:7], "big")
        if self.records.meta("life") != life or self.records.meta("position") > self._journal.last_position():
            self.rebuild()
            with self.records.transaction():
                self.records.set_meta("life", life)

    def close(self) -> None:
        """Close the stores."""
        self.records.close()
        self._journal.close()
        self._keys.close()

    def rebuild(self) -> None:
        """Forget everything; the next steps start at position 1."""
        with self.records.transaction():
            self.records.clear()

    def run(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> list[Feedback]:
        """Step until the journal has nothing more."""
        found = []
        while True:
            step = self.step()
            found.append(step)
            progress(step.position, step.until)
            if not step.more:
                return found

    def step(self) -> Feedback:
        """Project the next piece of the journal; cheap when there is nothing new."""
        with translated("journal.db"):
            self._journal.db.conn.execute("begin")
            try:
                return self._step()
            finally:
                self._journal.db.conn.execute("rollback")
                self._bound_log()

    def _bound_log(self) -> None:
        """Cut the journal's log between two steps, when this reader holds none of it and it has grown long.

        The writer's own checkpoints never start it anew while a step reads, and steps follow each other closely.
        """
        log = self._folder / "journal.db-wal"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            truncate_log(self._folder / "journal.db", wait_s=LOG_WAIT_S)

    def changed_since(self, position: int) -> set[bytes]:
        """The records that entries or facts after a position may have changed, those of devices included."""
        last = self._journal.last_position()
        facts = list(self._journal.facts_after(position))
        return {*self._journal.changed_records(position, last), *self._journal.opened_up_records(position, last),
                *self._journal.dirty(), *self._by_facts(facts)}  # fmt: skip

    def _step(self) -> Feedback:
        last = self._journal.last_position()
        after = self.records.meta("position")
        until = min(after + STEP_POSITIONS, last)
        dirty = self._journal.dirty()
        waiting, stale = self._waiting(), self.records.stale(STEP_POSITIONS)
        if after == until and not dirty and not waiting and not stale:
            self._cool_down()
            return Feedback(after, last, (), (), (), ())
        self._warm = True
        self._learn_facts(last)
        facts = list(takewhile(lambda stored: stored.position <= until, self._journal.facts_after(after)))
        changed = {*self._journal.changed_records(after, until), *self._by_facts(facts), *dirty, *waiting}
        changed |= stale
        renewed = self._renewed(facts)
        changed |= self._journal.opened_up_records(after, until) & self.records.held()
        opener = Opener(self._journal, self._keys, self._book, self._custody)
        around = self._around()
        pictures: list[tuple[Picture, Form | None]] = []
        failed: list[tuple[bytes, bytes, str]] = []
        fresh: list[tuple[bytes, bytes, bytes]] = []
        there = self.records.there(changed)
        for record in sorted(changed):
            if self._book.erased(record):
                continue
            known = {h: unpacked(raw) for h, raw in self.records.opened(record).items()} if record in there else {}
            reading = opener.read(record, known)
            if reading is not None:
                drawn = picture(reading, around)
                sheet = self._sheet(drawn.form, drawn.columns)
                pictures.append((drawn, sheet.form if sheet is not None else None))
                failed += [(record, f.hash, f.reason) for f in reading.failed]
                fresh += [(h, record, packed(plain)) for h, plain in reading.fresh.items()]
        self._write(pictures, fresh, [r for r in changed if self._book.erased(r)], until, renewed, changed)
        without = {p.record for p, _ in pictures if any(note.kind == "no-key" for note in p.attention)}
        return Feedback(
            until,
            last,
            tuple(failed),
            tuple(sorted(without - waiting)),
            tuple(sorted(waiting - without)),
            tuple(dirty),
            bool(self.records.stale(1)),
        )

    def _cool_down(self) -> None:
        """Give the caches back when there is nothing to do: most municipalities do nothing most of the time."""
        if self._warm:
            self._warm = False
            for db in (self._journal.db, self._keys.db, self.records.db):
                db.conn.execute("pragma shrink_memory")

    def _write(
        self,
        pictures: list[tuple[Picture, Form | None]],
        fresh: list[tuple[bytes, bytes, bytes]],
        erased: list[bytes],
        until: int,
        renewed: list[str],
        drawn: set[bytes],
    ) -> None:
        with translated(RECORDS_FILE), transaction(self.records.db):
            for form in renewed:
                self.records.renew(form)
            self.records.drawn(drawn)
            self.records.put(pictures)
            self.records.keep_opened(fresh)
            self.records.forget(erased)
            for record in erased:
                self.records.forget_opened(record)
            self.records.set_meta("position", until)
        if erased:
            self.records.db.conn.execute("pragma wal_checkpoint(truncate)").fetchall()

    def _waiting(self) -> set[bytes]:
        """Records that nobody could open: a wrap may have come since, which takes no position."""
        rows = self.records.find("select record from _attention where kind = 'no-key' limit ?", (RETRY_MAX,))
        found = (bytes.fromhex(row["record"]) for row in rows)
        return {record for record in found if self._keys.has_wrap(record)}

    def _learn_facts(self, until: int) -> None:
        for stored in self._journal.facts_after(self._facts_to):
            self._book.add(stored.fact)
            if isinstance(stored.fact, FormVersion):
                self._sheets.clear()
                self._movers.clear()
        self._facts_to = until

    def _by_facts(self, facts: Sequence[StoredFact]) -> set[bytes]:
        """Records that facts about devices and forms change without being about them, as far as they stand here."""
        found: set[bytes] = set()
        for stored in facts:
            fact = stored.fact
            if isinstance(fact, (Certificate, Revocation, Hole)):
                found.update(self._journal.records_of_device(fact.device))
            if isinstance(fact, (Hole, Revocation)):
                found.update(self._journal.records_changed_at(stored.position))
        return self.records.there(found)

    def _renewed(self, facts: Sequence[StoredFact]) -> list[str]:
        """Forms with a new version: their tables get its columns, and their records are drawn again piece by piece."""
        published = {stored.fact.form for stored in facts if isinstance(stored.fact, FormVersion)}
        lists = {name.removeprefix(LIST) for name in published if name.startswith(LIST)}
        forms = {name for name in published if not name.startswith(LIST)}
        behind = {form for form in forms if self.records.columns_of(form) != self._book.newest_form(form)}
        taking = {form.slug for form in self._newest_forms() if lists & set(form.lists)} if lists else set()
        return sorted(behind | {form for form in taking if self.records.columns_of(form)})

    def _newest_forms(self) -> list[Form]:
        sheets = (self._sheet(slug, fact.version) for slug, fact in self._book.forms.items() if LIST not in slug)
        return [sheet.form for sheet in sheets if sheet is not None]

    def _codes(self) -> dict[str, frozenset[str]]:
        """What the municipality's lists hold: a code that none of their versions has is listed for a person."""
        return codes(self._shelf.newest())

    def _worker(self, device: bytes) -> str:
        certificate = self._book.certificates.get(device)
        return certificate.worker if certificate is not None else device.hex()

    def _around(self) -> Surroundings:
        """What pictures need to know besides their records."""
        book = self._book
        return Surroundings(
            self._code,
            self._sheet,
            book.newest_form,
            self._mover,
            self._worker,
            beyond_reach(book),
            self._takes_in,
            book.withdrawn_at,
        )

    def _takes_in(self, device: bytes, old: bytes) -> bool:
        """Whether a device's `from` settles what another wrote: a desk device's does, and the successor's."""
        certificate = self._book.certificates.get(device)
        return certificate is not None and (certificate.role == DESK or certificate.succeeds == old)

    def _sheet(self, slug: str, version: int) -> FormSheet | None:
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
        if version >= to or self._sheet(slug, version) is None:
            return None
        name = (slug, version, to)
        if name not in self._movers:
            sheets = [self._sheet(slug, number) for number in range(version, to + 1)]
            forms = [sheet.form for sheet in sheets if sheet is not None]
            self._movers[name] = Mover(forms)
        return self._movers[name]
