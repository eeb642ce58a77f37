"""The matters that the office settled in a record: those that waited until one of its entries; and their fate.

**The rule.** An entry of a desk device settled a matter that waits in the record as its author had read it, and no more
once that entry stands with it. It follows from the entries alone, so tables that are made anew say the same: nothing is
kept of what once was listed. A matter is known by the id under which it was shown, so its page is found again by it.

What a person left out (words of an ended or copied phone) is a fact without an author, and is not here.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from backend.projection.tabling import faults_of
from backend.remarks import COMMENT, ulid_of
from backend.stores.queue_rows import CHANGED_SINCE, CONFLICT, FAULT, UNDONE, Settlement
from forms.answers import canonical
from forms.definition.document import Form
from forms.paths import is_decision
from picture.choices import CONTESTED, HIDDEN, ITEM
from picture.drawing import draw
from picture.edits import knowing
from picture.parts import Picture
from picture.reading import Around, Opened, Reading
from sync.admission import BeyondReach
from sync.merge import EMPTY, fold

ENTRIES_MAX: Final = 30  # of the office in one record that are looked at, the last ones: each is drawn twice
WRITE, DELETE, RESTORE = "write", "delete", "restore"
TAKE_IN: Final = "take-in"
Matters = dict[tuple[str, str], str]  # (kind, name) -> id


def settled_in(reading: Reading, around: Around, form: Form | None) -> tuple[Settlement, ...]:
    """The matters of a record that the office settled, the last one first."""
    office = [one for one in reading.opened if around.is_office(one.arrival.header.device) and _may_settle(one)]
    if not office or len(reading.opened) + len(reading.aside) < 2:
        return ()
    record = _Record(reading, around, form)
    found: dict[str, Settlement] = {}
    for entry in sorted(office, key=lambda one: one.order)[-ENTRIES_MAX:]:
        for one in record.settled_by(entry):
            found[one.id] = one
    return tuple(sorted(found.values(), key=lambda one: (-one.at_ms, one.id)))


def _may_settle(entry: Opened) -> bool:
    header = entry.arrival.header
    return header.act != WRITE or header.source is not None or bool(_own(entry))


def _own(entry: Opened) -> dict[str, Any]:
    """The answers of an entry, remarks and the state of the review apart."""
    return {path: value for path, value in entry.answers.items() if not is_decision(path)}


class _Record:
    """One record with who had read what."""

    def __init__(self, reading: Reading, around: Around, form: Form | None) -> None:
        self._reading = reading
        self._around = around
        self._form = form
        self._knows = knowing(reading, around)
        self._drawn: dict[frozenset[bytes], tuple[Picture, Matters]] = {}

    def settled_by(self, entry: Opened) -> Iterable[Settlement]:
        """The matters that one entry of the office settled."""
        hash_, source = entry.arrival.hash, entry.arrival.header.source
        known = self._knows[hash_]
        before, waited = self._as_known(known)
        _, waits = self._as_known(known | {hash_})
        for (kind, name), id_ in waited.items():
            if (kind, name) not in waits and (source is None or name == source.hex()):
                yield self._settlement(id_, kind, name, entry, before)

    def _as_known(self, hashes: frozenset[bytes]) -> tuple[Picture, Matters]:
        """The record with these entries alone, and what waits in it; of words that count nowhere, all that are held."""
        if hashes not in self._drawn:
            opened = tuple(one for one in self._reading.opened if one.arrival.hash in hashes)
            state = fold(EMPTY, (one.arrival for one in opened), BeyondReach(self._around.facts))
            part = self._reading._replace(opened=opened, state=state, failed=(), held=(), bodiless=())
            picture = draw(part, self._around)
            found: Matters = {(CONFLICT, one.path): one.id for one in picture.conflicts}
            found |= {(one.kind, one.name): one.id for one in picture.waiting}
            found |= {(FAULT, one.path): one.id for one in faults_of(part, picture, self._form, self._around)}
            self._drawn[hashes] = picture, found
        return self._drawn[hashes]

    def _settlement(self, id_: str, kind: str, name: str, entry: Opened, before: Picture) -> Settlement:
        stood = _stood(before)
        state, then = self._since(entry, stood)
        own, remark = _own(entry), COMMENT + ulid_of(bytes.fromhex(id_))
        path = name if kind in (CONFLICT, HIDDEN) and name in own else next(iter(own), "")
        settled = Settlement(
            id_, self._reading.record.hex(), kind, name, entry.arrival.hash.hex(), self._author(entry), entry.at_ms,
            _did(kind, name, entry, stood), path, own.get(path), self._reason(entry, remark), state,
        )  # fmt: skip
        return settled if then is None else settled._replace(
            then_entry=then.arrival.hash.hex(), then_author=self._author(then), then_ms=then.at_ms,
            then_reason=self._reason(then, remark),
        )  # fmt: skip

    def _author(self, entry: Opened) -> str:
        return self._around.worker(entry.arrival.header.device)

    def _reason(self, entry: Opened, remark: str) -> str:
        """The reason that stands beside a decision: in its entry, or right behind one that carries no answers."""
        bare = entry.arrival.header.act != WRITE or entry.arrival.header.source is not None
        places = (entry.arrival.header.seq, entry.arrival.header.seq + bare)
        found = [
            str(one.answers.get(remark) or "") for one in self._reading.opened
            if one.arrival.header.device == entry.arrival.header.device and one.arrival.header.seq in places
        ]  # fmt: skip
        return "".join(found)

    def _since(self, entry: Opened, stood: Mapping[str, Any]) -> tuple[str, Opened | None]:
        """The fate of a decision: the last entry that knew it and gave something else in its place."""
        state: tuple[str, Opened | None] = ("", None)
        for later in sorted(self._reading.opened, key=lambda one: one.order):
            if entry.arrival.hash in self._knows[later.arrival.hash]:
                became = _became(entry, later, stood)
                if became == UNDONE and not self._around.is_office(later.arrival.header.device):
                    became = CHANGED_SINCE
                state = state if became is None else (became, later) if became else ("", None)
        return state


def _stood(picture: Picture) -> dict[str, Any]:
    """The answers of a record as it was, those too that its form hid."""
    hidden = {one.path: one.shown.value for one in picture.hidden}
    return hidden | {path: one.value for path, one in picture.shown.items()}


def _became(entry: Opened, later: Opened, stood: Mapping[str, Any]) -> str | None:
    """The fate of a decision by a later entry: undone, changed, "" where it gives the same again; None for nothing."""
    act, then = entry.arrival.header.act, later.arrival.header.act
    if act != WRITE:
        return None if then == WRITE else "" if then == act else UNDONE
    decided, own = _own(entry), _own(later)
    again = [path for path in decided if path in own]
    if not again:
        return None
    if all(canonical(own[path]) == canonical(decided[path]) for path in again):
        return ""
    was = {path: stood.get(path) for path in again} | {path: {} for path in again if own[path] == {}}
    return UNDONE if all(canonical(own[path]) == canonical(was[path]) for path in again) else CHANGED_SINCE


def _did(kind: str, name: str, entry: Opened, stood: Mapping[str, Any]) -> str:
    """The choice that was made, as its button names it; "" where an answer was given."""
    own = _own(entry)
    if entry.arrival.header.source is not None:
        return TAKE_IN
    if kind == CONTESTED:
        return DELETE if entry.arrival.header.act == DELETE else RESTORE
    if kind == ITEM:
        return "remove" if own.get(name, {}) is None else "keep"
    if kind != HIDDEN:
        return ""
    if name in own:
        return "clear" if own[name] is None else ""
    same = all(canonical(stood.get(path)) == canonical(own[path]) for path in own)
    return "confirm" if same else "change"
