"""Keeps records.db in step with the journal: incremental, restartable, equal to a rebuild from position 1.

**The idea.** The journal is the truth and holds no answer in clear. records.db is a picture of it for people: a table
a form, conflicts, attention, search. It can be thrown away at any time and made again from position 1.

**What holds, whatever happens.** One step reads a bounded piece of the journal in one snapshot and writes what
follows from it in one transaction, together with the position that it reached. So a kill between two steps loses
nothing, a step that is repeated changes nothing, and tables that grew step by step equal tables made anew (`veldpost
verify` compares them). What a record shows is `picture/`'s to decide, from all of its entries: a step draws each
record that changed whole, and never alters a row by what one entry says.

**How.** A step collects the records that changed: by entries and facts of its piece, by marks (`dirty`: a stamp was
lowered, which takes no position), and those that wait since an earlier step because a form or a key was missing. Of
each it opens the bodies that it has not opened before, checks their authors, asks for one picture, and puts its rows
in place of the old ones. What does not open is reported, so that the journal leaves it out of every merge, or asks a
device for its key again. A new version of a form changes the columns of its table and draws its records over several
steps. Of an erased record everything goes: rows, search, and what was kept of its opened bodies.

It has its own connections and its own book of facts, and runs in a process beside the server: it may lag, and a push
never waits for it. While the municipality is locked it stands still, and catches up by itself.

**Why not the obvious way.** Tables written together with the entry would need the keys at every push, and would make
a fault of a form a fault of the exchange. Triggers, or a change of one row for each entry, end in tables that differ
from a rebuild and cannot say why.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Final

from backend.errors import BackendError, StoreBusy
from backend.municipality.custody import ReadingKeys
from backend.projection.drawing import Drawing
from backend.projection.opening import Known, packed, unpacked
from backend.projection.orders import Stepped
from backend.stores import open_stores
from backend.stores.journal_rows import StoredFact
from backend.stores.ledger import Engine
from backend.stores.places import RECORDS_FILE
from backend.stores.records import Records, Tabled
from backend.stores.rows import LIST
from sync.facts import Assignment, FormVersion, Withdrawal

STEP_POSITIONS: Final = 800  # what one transaction projects: a restart repeats at most this much
DRAWN_MAX: Final = 800  # records drawn in one step: one fact about a device may change a hundred thousand
RETRY_MAX: Final = 64  # records without a key that are looked at again in one step


def _divided(records: set[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The records that one step draws, and those left for the next ones."""
    listed = sorted(records)
    return listed[:DRAWN_MAX], listed[DRAWN_MAX:]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: a step makes a hundred thousand objects, and none of them are in a circle."""
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()


class Projector:
    """Projects one municipality. Not for several threads at once."""

    def __init__(
        self, folder: Path, custody: ReadingKeys, target: Path | None = None, engine: Engine | None = None
    ) -> None:
        self._custody = custody
        self._stores = (engine or open_stores()).read(folder)
        self._journal, self._keys = self._stores.journal, self._stores.keys
        self.records = self._opened_or_anew(target or folder / RECORDS_FILE)
        self._drawing = Drawing(folder.name, self._journal, self._keys, custody)
        self._book = self._drawing.book
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
        self._stores.close()

    def rebuild(self) -> None:
        """Forget everything; the next steps start at position 1."""
        with self.records.transaction():
            self.records.clear()

    def run(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> list[Stepped]:
        """Step until the journal has nothing more."""
        found = []
        while True:
            step = self.step()
            found.append(step)
            progress(step.position, step.until)
            if not step.more:
                return found

    def step(self) -> Stepped:
        """Project the next piece of the journal; cheap when there is nothing new."""
        try:
            with _uncollected(), self._stores.moment():
                return self._step()
        finally:
            self._stores.read_on()

    def _step(self) -> Stepped:
        last = self._journal.last_position()
        after = self.records.meta("position")
        until = min(after + STEP_POSITIONS, last)
        dirty = self._journal.dirty()
        waiting, stale = self._waiting(), self.records.stale(STEP_POSITIONS)
        if after == until and not dirty and not waiting and not stale:
            self._cool_down()
            return Stepped(after, last, waits=self.records.waits())
        self._warm = True
        self._drawing.learn(last)
        facts = list(takewhile(lambda stored: stored.position <= until, self._journal.facts_after(after)))
        changed = {*self._journal.changed_records(after, until), *dirty, *waiting, *stale} | self._touched(facts)
        renewed = self._renewed(facts)
        changed |= self._journal.opened_up_records(after, until) & self.records.read_by_some()
        changed |= self.records.there(s.fact.record for s in facts if isinstance(s.fact, Assignment | Withdrawal))
        erased = [record for record in changed if self._book.erased(record)]
        now, later = _divided(changed - {*erased})
        tabled: list[Tabled] = []
        failed: list[tuple[bytes, bytes, str]] = []
        fresh: list[tuple[bytes, bytes, bytes]] = []
        for drawn in self._drawing.draw(now, self._known):
            tabled += [self._drawing.tabled(one) for one in drawn]
            failed += [(d.read.reading.record, f.hash, f.reason) for d in drawn for f in d.read.reading.failed]
            fresh += [(h, d.read.reading.record, packed(p)) for d in drawn for h, p in d.read.fresh.items()]
        with self.records.transaction():
            if self.records.meta("position") != after:
                raise StoreBusy(store=RECORDS_FILE)  # a process of a server that was killed was not done yet
            for form in renewed:
                self.records.renew(form)
            self.records.put(tabled)
            self.records.drawn([*now, *erased])
            self.records.draw_later(later)
            self.records.keep_opened(fresh)
            self.records.forget(erased)
            for record in erased:
                self.records.forget_opened(record)
            self.records.set_meta("position", until)
        self._let_go(erased)
        without = {bytes.fromhex(p.record) for p, *_ in tabled if any(n.kind == "no-key" for n in p.attention)}
        return Stepped(
            until,
            last,
            tuple(failed),
            tuple(sorted(without - waiting)),
            tuple(sorted(waiting - without)),
            tuple((record, self._journal.standing(record)) for record in dirty),
            bool(self.records.stale(1)),
            self.records.waits(),
        )

    def _touched(self, facts: Sequence[StoredFact]) -> set[bytes]:
        """The records in the tables that are shown otherwise because of facts."""
        return self.records.there(self._drawing.by_facts(facts))

    def _cool_down(self) -> None:
        """Give the caches back when there is nothing to do: most municipalities do nothing most of the time."""
        if self._warm:
            self._warm = False
            self._give_back()

    def _let_go(self, erased: list[bytes]) -> None:
        """Keep nothing in memory that reads records which were erased."""
        if erased:
            self._custody.forget_opened()
            self._give_back()

    def _give_back(self) -> None:
        """Empty the caches of the stores: pages that were deleted or overwritten are not kept either."""
        self._stores.give_back()
        self.records.give_back()

    def _waiting(self) -> set[bytes]:
        """Records that nobody could open: a wrap may have come since, which takes no position."""
        return {record for record in self.records.unopened(RETRY_MAX) if self._keys.has_wrap(record)}

    def _known(self, records: list[bytes]) -> dict[bytes, Known]:
        """The entries that were opened and checked of records before."""
        kept = self.records.many_opened(records)
        return {record: {h: unpacked(raw) for h, raw in plains.items()} for record, plains in kept.items()}

    def _renewed(self, facts: Sequence[StoredFact]) -> list[str]:
        """Forms with a new version: their tables get its columns, and their records are drawn again piece by piece."""
        published = {stored.fact.form for stored in facts if isinstance(stored.fact, FormVersion)}
        lists = {name.removeprefix(LIST) for name in published if name.startswith(LIST)}
        forms = {name for name in published if not name.startswith(LIST)}
        behind = {form for form in forms if self.records.columns_of(form) != self._book.newest_form(form)}
        taking = {form.slug for form in self._drawing.newest_forms() if lists & set(form.lists)} if lists else set()
        return sorted(behind | {form for form in taking if self.records.columns_of(form)})
