"""From opened entries to the edits of every path, at the places of one form version (SPEC.md section 4)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from forms import answers, paths
from forms.definition.document import Form
from forms.policies import Edit
from forms.records import items
from picture.parts import Attention
from picture.reading import Around, Aside, Opened, Order, Reading
from picture.waiting import source_of
from sync.admission import BeyondReach
from sync.clock import is_off, wall_ms
from sync.merge import context_of

Edits = dict[str, list[Edit]]
REVIEW: Final = "/_review"
PATH_SHOWN_MAX: Final = 80  # characters of a path that is none: it may be anything
_NONE: Final = frozenset[bytes]()


def edits_of(reading: Reading, around: Around, form: Form | None, notes: list[Attention]) -> Edits:
    """Return every edit of every path, at the place that it has in this version of the form.

    Who knew whom is worked out only where it can matter: where a path was edited more than once, for items, and for
    the review.
    """
    by_entry: list[tuple[Opened, Sequence[tuple[str, Any]]]] = []
    for entry in reading.opened:
        _note_times(reading.record, entry, around, notes)
        by_entry.append((entry, _carried(entry, around, form, notes)))
    knows = knowing(reading, around) if _may_matter(by_entry) else {}
    sources = {aside.arrival.hash: aside for aside in reading.aside}
    edits: Edits = {}
    for entry, found in by_entry:
        hash_, said = entry.arrival.hash, _author(entry, around, sources)
        known = knows.get(hash_, _NONE)
        for path, value in found:
            edits.setdefault(path, []).append(Edit(hash_, *said, value, known))
    return {path: edits[path] for path in sorted(edits)}


def _may_matter(by_entry: Sequence[tuple[Opened, Sequence[tuple[str, Any]]]]) -> bool:
    """Report whether anything may depend on who knew whom: one entry alone knows nobody."""
    if len(by_entry) < 2:
        return False
    touched = [path for _, found in by_entry for path, _ in found]
    different = set(touched)
    return len(different) < len(touched) or REVIEW in different or any(map(paths.is_item, different))


def _note_times(record: bytes, entry: Opened, around: Around, notes: list[Attention]) -> None:
    """Note a clock that ran ahead, and an entry that came after its author lost the record."""
    header, received = entry.arrival.header, entry.arrival.received
    if received is None:
        return
    if is_off(header.clock, received):
        seconds = (wall_ms(header.clock) - received) // 1000
        notes.append(Attention("clock-ahead", entry.arrival.hash.hex(), {"seconds": seconds}))
    withdrawn_ms = around.facts.withdrawn_at(record, header.device)
    if withdrawn_ms is not None and received > withdrawn_ms:
        facts = {"author": around.worker(header.device)}
        notes.append(Attention("after-withdrawal", entry.arrival.hash.hex(), facts))


def _carried(entry: Opened, around: Around, form: Form | None, notes: list[Attention]) -> Sequence[tuple[str, Any]]:
    """The answers of one entry at their places in a version; what is no answer, or never leaves a device, is noted."""
    bad = {finding.path: finding.code for finding in answers.check(entry.answers)}
    for path, code in bad.items():
        notes.append(Attention(code, entry.arrival.hash.hex(), {"path": path[:PATH_SHOWN_MAX]}))
    sheets = around.sheets
    moves = form is not None and form.slug == entry.form
    mover = sheets.mover(entry.form, entry.version, form.version) if moves and form is not None else None
    own = sheets.sheet(entry.form, entry.version)
    local = {*(form.local_paths if form is not None else ()), *(own.form.local_paths if own is not None else ())}
    if mover is None and not bad and (not local or local.isdisjoint(map(paths.template, entry.answers))):
        return tuple(entry.answers.items())
    found: list[tuple[str, Any]] = []
    for path, value in entry.answers.items():
        if path in bad:
            continue
        at = path if mover is None else mover.path(path)
        if local and (paths.template(path) in local or paths.template(at) in local):
            notes.append(Attention("local-only", at, {}))
            continue
        found.append((at, value if mover is None else mover.value(path, value)))
    return found


def _author(entry: Opened, around: Around, sources: Mapping[bytes, Aside]) -> tuple[Order, str, int]:
    """The order, author and time of all edits of one entry; the time is never after its receipt.

    One that was taken in is shown with the author and time of the entry that it writes anew.
    """
    source = sources.get(entry.arrival.header.source or b"")
    if source is not None and around.takes_in(entry.arrival.header.device, source.arrival.header.device):
        return entry.order, *source_of(source, around)
    return entry.order, around.worker(entry.arrival.header.device), entry.at_ms


def with_knowing(edits: Edits, reading: Reading, around: Around) -> Edits:
    """Return the same edits with who knew whom, where that was left out."""
    if len(reading.opened) < 2 or any(edit.knows for own in edits.values() for edit in own):
        return edits
    knows = knowing(reading, around)
    return {
        path: [msgspec.structs.replace(edit, knows=knows[edit.hash]) for edit in own] for path, own in edits.items()
    }


def knowing(reading: Reading, around: Around) -> dict[bytes, frozenset[bytes]]:
    """For every opened entry the hashes of those that it knows (sync/SPEC.md 4.2 and 4.3)."""
    lost = BeyondReach(around.facts)
    names = [(entry.arrival.header.device, entry.arrival.header.seq, entry.arrival.hash) for entry in reading.opened]
    found = {}
    for entry in reading.opened:
        context = context_of(entry.arrival.header, lost)
        found[entry.arrival.hash] = frozenset(h for d, s, h in names if context.knows(d, s, h, lost))
    return found


def removed(edits: Mapping[str, Sequence[Edit]]) -> tuple[set[str], list[str]]:
    """The items that were removed and stay so, and the contested ones, which are shown and wait for a person."""
    taken = [path for path, own in edits.items() if paths.is_item(path) and any(e.value is None for e in own)]
    if not taken:
        return set(), []
    inside: dict[str, list[Sequence[Edit]]] = {path: [] for path in taken}
    for path, own in edits.items():
        for item in paths.items_along(path):
            if item != path and item in inside:
                inside[item].append(own)
    stands = {path: items.standing(edits[path], inside[path]) for path in taken}
    return {p for p, one in stands.items() if one.hidden}, [p for p, one in stands.items() if one.contested]
