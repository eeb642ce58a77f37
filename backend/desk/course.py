"""The course of a record: every entry in the order in which it came, by whom, when, and what it changed.

"Before" is what the author had read: of the entries that an entry observed, the last one at that place. So two edits
that were made side by side each show the same answer as the one before them, and are marked. What is held counts
nowhere, and stands here with its reason.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date
from typing import Any, Final

import msgspec

from backend.municipality.service import Municipality
from backend.projection.opening import unpacked
from backend.stores import open_stores
from backend.stores.journal_rows import StoredEntry
from backend.stores.records import Records
from crypto.entries import Plaintext
from forms.paths import is_decision
from forms.wording import day_of
from sync import clock
from sync.admission import ADMITTED
from sync.entry import Header, parse_header
from sync.factbook import FactBook
from sync.facts import DESK

FORKED: Final = "forked"
ENTRIES_MAX: Final = 200  # on one page; a record with more says so


class Change(msgspec.Struct, frozen=True):
    """One answer that an entry changed: what stood there for its author, and what they wrote."""

    path: str
    before: Any
    after: Any
    beside: bool = False


class Step(msgspec.Struct, frozen=True):
    """One entry. `reason` is why it is held, empty where it counts; `opened` False where nobody can read it."""

    entry: str
    device: str
    worker: str
    office: bool
    act: str
    written_ms: int
    received_ms: int
    off_ms: int
    changes: tuple[Change, ...]
    reason: str = ""
    opened: bool = True
    form: str = ""
    version: int = 0
    on_behalf: bool = False

    @property
    def decides(self) -> bool:
        """True if it is a decision about the record and not an answer."""
        return any(is_decision(one.path) for one in self.changes)


KINDS: Final = ("write", "decide", "delete", "restore", "held", "clock")  # of entries: what a page may ask for


def wrong_in(given: Mapping[str, str]) -> list[str]:
    """The names of what is asked for and cannot be: a kind that is none, a day of no calendar, a period that ends
    before it begins."""
    wrong = ["kind"] if given["kind"] not in ("", *KINDS) else []
    days: list[date] = []
    for name in ("since", "until"):
        try:
            days += [date.fromisoformat(given[name])] if given[name] else []
        except ValueError:
            wrong.append(name)
    return wrong or (["until"] if len(days) > 1 and days[0] > days[1] else [])


def fits(step: Step, given: Mapping[str, str], settling: Collection[str] = ()) -> bool:
    """True for an entry of the kind, the author and the period (days of its writing) that are asked for; `settling`
    are the entries that settled something or undid that."""
    kind, day = given["kind"], day_of(step.written_ms).isoformat()
    decides = step.decides or step.entry in settling
    of_kind = {
        "": True, "held": bool(step.reason), "clock": bool(step.off_ms), "write": step.act == "write" and not decides,
        "decide": step.entry in settling or (step.act == "write" and decides),
    }.get(kind, step.act == kind)  # fmt: skip
    return (
        of_kind
        and given["who"] in ("", step.worker)
        and (not given["since"] or day >= given["since"])
        and (not given["until"] or day <= given["until"])
    )


class _Written(msgspec.Struct, frozen=True):
    """An answer as an entry wrote it: its place among those of its device, and what its author had read of others."""

    seq: int
    clock: int
    seen: Mapping[bytes, int]
    value: Any


_Places = dict[str, dict[bytes, list[_Written]]]  # what was written at each path, by device, in the order of its seqs


def entries_of(town: Municipality, record: bytes) -> tuple[list[StoredEntry], dict[bytes, str]]:
    """All entries of a record that are kept, and why some of them are held; over a connection of its own."""
    with closing(open_stores().read(town.folder)) as stores, stores.moment():
        journal = stores.journal
        entries = list(journal.entries_of(record))
        held = {hash_: reason for hash_, _, reason in journal.many_held([record]).get(record, ())}
        for hash_, entry, received in journal.many_forked([record]).get(record, ()):
            entries.append(StoredEntry(0, hash_, received, entry))
            held[hash_] = FORKED
    return entries, held


def opened_of(store: Records, record: bytes) -> dict[bytes, Plaintext]:
    """The opened entries of a record, by hash."""
    return {hash_: unpacked(raw) for hash_, raw in store.opened(record).items()}


def course(
    entries: Sequence[StoredEntry], held: Mapping[bytes, str], opened: Mapping[bytes, Plaintext], book: FactBook
) -> list[Step]:
    """The steps of a record, the first that was received first."""
    written: _Places = {}
    headers = {stored.hash: parse_header(stored.entry.header) for stored in entries}
    for stored in sorted(entries, key=lambda one: headers[one.hash].seq):
        if stored.hash not in held and (plain := opened.get(stored.hash)) is not None:
            header = headers[stored.hash]
            seen = {one.device: one.seq for one in header.observed}
            for path, value in plain.answers.items():
                of_device = written.setdefault(path, {}).setdefault(header.device, [])
                of_device.append(_Written(header.seq, header.clock, seen, value))
    ordered = sorted(entries, key=lambda one: (one.received, one.position, one.hash))
    return [
        _step(stored, headers[stored.hash], held.get(stored.hash, ""), opened.get(stored.hash), written, book)
        for stored in ordered
    ]


def _step(
    stored: StoredEntry, header: Header, reason: str, plain: Plaintext | None, written: _Places, book: FactBook
) -> Step:
    certificate = book.certificates.get(header.device)
    at_ms = clock.wall_ms(header.clock)
    off_ms = at_ms - stored.received if clock.is_off(header.clock, stored.received) else 0
    changes = () if plain is None else tuple(_changes(header, plain.answers.items(), written))
    return Step(
        stored.hash.hex(), header.device.hex(), certificate.worker if certificate is not None else "",
        certificate is not None and certificate.role == DESK, header.act, at_ms, stored.received, off_ms, changes,
        "" if reason == ADMITTED else reason, plain is not None,
        plain.form if plain is not None else "", plain.version if plain is not None else 0, header.source is not None,
    )  # fmt: skip


def _changes(header: Header, answers: Iterable[tuple[str, Any]], written: _Places) -> Iterable[Change]:
    seen = {one.device: one.seq for one in header.observed}
    for path, after in answers:
        before: list[_Written] = []
        beside = False
        for device, places in written.get(path, {}).items():
            own = device == header.device
            upto = bisect_right(places, header.seq - 1 if own else seen.get(device, 0), key=lambda one: one.seq)
            before += places[:upto][-1:]
            # what that device wrote first without being seen: where it had seen this entry, so had all that came later
            beside |= not own and upto < len(places) and places[upto].seen.get(header.device, 0) < header.seq
        last = max(before, key=lambda one: (one.clock, one.seq), default=None)
        yield Change(path, last.value if last is not None else None, after, beside)
