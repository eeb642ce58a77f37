"""What must hold when all is calm: equal everywhere, nothing missing, nothing read that was taken or erased."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from backend.municipality.custody import record_key_of
from backend.municipality.service import Municipality
from backend.projection.projector import Projector
from backend.stores.journal_rows import arrival_of
from backend.stores.records import Records
from crypto.bodies import RecordKeys
from crypto.errors import CryptoError
from sync.entry import Entry, parse_header
from sync.facts import Grant
from sync.merge import RecordState, standing
from tests.fleet.desk import Office, left_behind
from tests.fleet.pages import pages
from tests.fleet.sea import STORE_FILES, Sailor, Sea
from tests.sync.reference import facts_of, reference

WORD: Final = re.compile(rb"woord-\d{6}")


class Judge:
    """Looks at everything that is left of a voyage."""

    def __init__(self, sea: Sea, office: Office | None = None) -> None:
        self._sea = sea
        self._office = office

    def before_all_is_shared(self) -> list[str]:
        """What must hold while some records are still taken from some workers."""
        return [*self._read_on(), *self._second_phones()]

    def differences(self) -> list[str]:
        """What is not equal everywhere, or missing, now that all is calm and shared."""
        sea, found = self._sea, list(self._sea.faults)
        for record in sea.living():
            found += self._differences_of(record)
        found += sea.photos.missing(sea.sailors[0], set(sea.erased))
        found += [*self._missing_words(), *self._miscounted(), *self._left_of_erased(), *self._ended_phones()]
        return [*found, *(self._office_differs(self._office) if self._office is not None else ())]

    # --- what was taken away ---

    def _read_on(self) -> Iterator[str]:
        """Phones that got something of a record after it was taken from their worker, or after they ended."""
        sea = self._sea
        for (record, worker), had in sea.taken.items():
            for phone in (*sea.sailors, *sea.ashore):
                if phone.worker == worker and self._got_since(phone, record, had.get(phone.path, frozenset())):
                    yield f"{phone.path.name} got something of {record.hex()} after its withdrawal"
        for phone in sea.ashore:
            for record in phone.device.store.records():
                if self._got_since(phone, record, sea.ended[phone.path].get(record, frozenset())):
                    yield f"{phone.path.name} got something of {record.hex()} after it ended"

    def _got_since(self, phone: Sailor, record: bytes, had: frozenset[bytes]) -> bool:
        book = self._sea.town.book
        new = [kept for kept in phone.device.store.entries_of(record) if kept.hash not in had]
        return any(book.worker(kept.arrival().header.device) != phone.worker for kept in new)

    def _second_phones(self) -> Iterator[str]:
        """Phones of one worker of which one is sent what another is not, or has no key of."""
        sea = self._sea
        for record in sea.living():
            row = sea.town.journal.record(record)
            readers = set(row.readers if row is not None else ())
            for one in sea.sailors:
                others = [s for s in sea.sailors if s.worker == one.worker and s is not one]
                if one.device.id not in readers and any(s.device.id in readers for s in others):
                    if self._opens(record):
                        yield f"{one.path.name} is not sent {record.hex()}, another phone of its worker is"
                elif others and one.device.id in readers and one.device.keys_of(record) is None:
                    if self._opens(record):
                        yield f"{one.path.name} has no key of {record.hex()}"
                elif others and one.device.id in readers:
                    sea.seen["second phone reads"] += 1

    def _ended_phones(self) -> Iterator[str]:
        for phone in self._sea.ashore:
            if not phone.wiped:
                yield f"{phone.path.name} ended and was not wiped"
            files = [Path(f"{phone.path}{suffix}") for suffix in STORE_FILES]
            if _found(files, self._sea.keys_of_ended[phone.path]):
                yield f"{phone.path.name} was wiped and its file holds keys"

    def _left_of_erased(self) -> Iterator[str]:
        """Files of the installation that hold a key or a word of an erased record."""
        sea = self._sea
        files = [path for path in sea.server.folder.parent.rglob("*") if path.is_file()]
        needles = {key for keys in sea.erased.values() for key in keys}
        needles |= {w.encode() for w, record in sea.written().items() if record in sea.erased}
        for path in _found(files, needles):
            yield f"{path.name} holds what was erased"
        for record in sea.erased:
            if sea.town.keys.has_wrap(record) or any(e.entry.body for e in sea.town.journal.entries_of(record)):
                yield f"keys or bodies of {record.hex()}, which was erased, are there"
        if sea.town.erasing.unfinished:
            yield "an erasure was not finished"
        sea.seen["erased keys searched for"] += len(needles)

    # --- the office ---

    def _office_differs(self, office: Office) -> Iterator[str]:
        """What the projection shows otherwise than a rebuild, lacks, or holds of what was erased."""
        sea, town = self._sea, self._sea.town
        shown = sea.server.run(office.keeper.read(lambda store: list(store.dump())))
        rebuilt = Projector(town.folder, town.custody, sea.folder / "rebuilt.db")
        rebuilt.run()
        if list(rebuilt.records.dump()) != shown:
            yield "the projection is not what a rebuild makes"
        terms = sea.server.run(office.keeper.read(_terms))
        rebuilt.close()
        gone = {word for word, record in sea.written().items() if record in sea.erased}
        if terms & {word.removeprefix("woord-") for word in gone}:
            yield "the search finds words of an erased record"
        needles = {word.encode() for word in gone} | {key for keys in sea.erased.values() for key in keys}
        for path, key in _sealed(town):
            held = b"".join(pages(path, key))
            if any(needle in held or needle.hex().encode() in held.lower() for needle in needles):
                yield f"{path.name}, opened with its key, holds what was erased"
            sea.seen["sealed stores searched"] += 1
        yield from (f"{path.name} was left by an export" for path in left_behind(sea.folder))

    # --- equal everywhere ---

    def _differences_of(self, record: bytes) -> list[str]:
        sea = self._sea
        row = sea.town.journal.record(record)
        assert row is not None
        expected = _survivors(row.state)
        found = [
            f"{sailor.path.name} merges {record.hex()} otherwise"
            for sailor in sea.sailors
            if _survivors(sailor.device.taken(record).state) != expected
        ]
        stored = sea.town.journal.entries_of(record)
        if any(one.entry.body is None for one in stored):
            found.append(f"an entry of {record.hex()} has no body")
        facts = facts_of(fact for _, fact in sea.sailors[0].device.store.facts())
        meant = reference(map(arrival_of, stored), facts)["records"].get(record.hex(), {"fields": {}})
        if meant["fields"] != expected:
            found.append(f"the server merges {record.hex()} otherwise than the protocol says")
        sea.seen["conflict"] += any(len(alive) > 1 for alive in expected.values())
        sea.seen["deleted beside an edit"] += standing(row.state).contested
        self._see_chains(record)
        return found

    def _see_chains(self, record: bytes) -> None:
        """Count records that somebody passed on who had them from a colleague."""
        facts = [stored.fact for stored in self._sea.town.journal.facts("grant", record)]
        given = {fact.to for fact in facts if isinstance(fact, Grant) and fact.by is not None}
        chains = [fact for fact in facts if isinstance(fact, Grant) and fact.by in given]
        self._sea.seen["chain of device grants"] += bool(chains)

    def _miscounted(self) -> list[str]:
        """Where the counts that the server keeps while it runs are not those of its store."""
        town = self._sea.town
        kept = {"entry": town.health.counts()["entries"], "record": town.health.counts()["records"]}
        size = town.journal.size()
        return (
            [] if (size.entries, size.records) == tuple(kept.values()) else [f"counted as {kept}, and there are {size}"]
        )

    # --- nothing is missing ---

    def _missing_words(self) -> list[str]:
        """Every word is shown by a phone; those of phones that ended before they sent them are on the server."""
        sea, shown = self._sea, set[str]()
        reader = sea.sailors[0].device
        for record in sea.living():
            arrivals = [kept.arrival() for kept in reader.store.entries_of(record)]
            for text in reader.opened(record, arrivals).values():
                shown.update(str(value) for value in text.answers.values())
        missing = [word for word, record in sea.words.items() if word not in shown and record not in sea.erased]
        held = self._words_on_server()
        missing += [word for word, record in sea.kept_words.items() if word not in held and record not in sea.erased]
        sea.seen["forked entries kept"] += sea.town.journal.forked_count()
        sea.seen["words of an ended phone kept"] += len(sea.kept_words)
        counted = [word for word in sea.kept_words if word in shown]
        return [*(f"{word} is missing" for word in missing), *(f"{word} counts and may not" for word in counted)]

    def _words_on_server(self) -> set[str]:
        journal, found = self._sea.town.journal, set[str]()
        for record in self._sea.living():
            entries = [stored.entry for stored in journal.entries_of(record)]
            for entry in (*entries, *(entry for _, entry, _ in journal.forked_of(record))):
                found |= self._words_in(entry)
        return found

    def _words_in(self, entry: Entry) -> set[str]:
        town, header = self._sea.town, parse_header(entry.header)
        key = record_key_of(town.custody, town.keys, header.record, header.key)
        if key is None or entry.body is None:
            return set()
        try:
            return {word.decode() for word in WORD.findall(RecordKeys(key).open(entry.header, entry.body))}
        except CryptoError:
            return set()

    def _opens(self, record: bytes) -> bool:
        town = self._sea.town
        row = town.journal.record(record)
        return row is not None and record_key_of(town.custody, town.keys, record, row.key) is not None


def _found(files: Iterable[Path], needles: Iterable[bytes]) -> list[Path]:
    """The files that hold any of these bytes, raw or in hexadecimal."""
    wanted = [form for needle in needles for form in (needle, needle.hex().encode(), needle.hex().upper().encode())]
    read = [(path, path.read_bytes()) for path in files if path.is_file()]
    return [path for path, raw in read if any(form in raw for form in wanted)]


def _survivors(state: RecordState) -> dict[str, list[str]]:
    return {touch.hex(): [dot.hash.hex() for dot in state.survivors(touch)] for touch in state.touches}


def _terms(store: Records) -> set[str]:
    """Every word that the search has in its index."""
    store.db.conn.execute("create virtual table if not exists temp.term using fts5vocab(main, _search_fts, row)")
    return {row[0] for row in store.db.conn.execute("select term from temp.term")}


def _sealed(town: Municipality) -> Iterator[tuple[Path, bytes]]:
    """The stores of a folder that SQLCipher seals, with their keys."""
    custody = town.custody
    yield town.folder / "records.db", custody.records_key.reveal()
    for path in sorted(town.folder.glob("desk/*.db")):
        yield path, custody.vault.secret(f"desk/{path.stem}").reveal()
