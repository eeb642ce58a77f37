"""The matters that the office settled in a record: those that waited until one of its entries; and their fate.

**The rule.** An entry of a desk device settled a matter that waits in the record as its author had read it, and no more
once that entry stands with it. It follows from the entries alone, so tables that are made anew say the same: nothing is
kept of what once was listed. A matter is known by the id under which it was shown, so its page is found again by it.

**Its turns.** What stands as the decision is the last one: the office may undo it, put another answer in its place, or
decide anew. An answer that stood before is undoing, unless its entry carries the mark of a choice (`again_of`).

What a person left out (words of an ended or copied phone) is a fact without an author, and is not here.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from backend.projection.tabling import faults_of
from backend.remarks import COMMENT, again_of, ulid_of
from backend.stores.queue_rows import CHANGED_SINCE, CONFLICT, FAULT, SETTLED, UNDONE, Settlement, Turn
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
TURNS_MAX: Final = 30  # of one matter that are kept, the last ones
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
        stood, remark = _stood(before), COMMENT + ulid_of(bytes.fromhex(id_))

        def turn(state: str, by: Opened) -> Turn:
            own = _own(by)
            path = name if kind in (CONFLICT, HIDDEN) and name in own else next(iter(own), "")
            return Turn(
                state, by.arrival.hash.hex(), self._author(by), by.at_ms, _did(kind, name, by, stood), path,
                own.get(path), self._reason(by, remark),
            )  # fmt: skip

        turns = [turn(state, by) for state, by in self._turns(entry, stood, again_of(id_))]
        last = max(place for place, one in enumerate(turns) if one.state == SETTLED)
        one, then = turns[last], turns[-1] if last < len(turns) - 1 else None
        others = [other for other in turns if other is not one and other is not then][-TURNS_MAX:]
        settled = Settlement(
            id_, self._reading.record.hex(), kind, name, one.entry, one.author, one.at_ms, one.did, one.path,
            one.value, one.reason, turns=tuple(others),
        )  # fmt: skip
        return settled if then is None else settled._replace(
            state=then.state, then_entry=then.entry, then_author=then.author, then_ms=then.at_ms,
            then_reason=then.reason,
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

    def _turns(self, entry: Opened, stood: Mapping[str, Any], mark: str) -> list[tuple[str, Opened]]:
        """The fate of a decision: all entries that knew it and decided anew, undid it or gave something else."""
        turns, decided = [(SETTLED, entry)], entry
        for later in sorted(self._reading.opened, key=lambda one: one.order):
            if entry.arrival.hash not in self._knows[later.arrival.hash]:
                continue
            became, by_office = _became(decided, later, stood), self._around.is_office(later.arrival.header.device)
            if became is None or (not became and turns[-1][0] == SETTLED):
                continue
            if by_office and (not became or mark in later.answers):
                decided = later
                turns.append((SETTLED, later))
            else:
                turns.append((became if became and by_office else CHANGED_SINCE, later))
        return turns


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
