"""Decisions that wait for a person beside conflicts, and what has to be read before each (SPEC.md section 8).

Each has an id that is made of what was shown: whatever comes in between gives another id, so that nobody decides
about something that they did not see.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from forms.policies import Edit, survivors
from forms.records.deciding import HiddenAnswer
from picture.choices import CONTESTED, FORKED, HELD, HIDDEN, ITEM
from picture.parts import Waiting, Word
from picture.reading import Around, Aside, Opened
from sync.admission import REVOKED
from sync.clock import effective, wall_ms
from sync.entry import decision_id


class Where(NamedTuple):
    """The record in which something waits."""

    around: Around
    record: bytes

    def waiting(
        self,
        kind: str,
        name: str,
        facts: Mapping[str, Any],
        shown: Iterable[bytes],
        words: Sequence[Word],
        by: tuple[str, ...] = (),
    ) -> Waiting:
        """Make a decision with its id."""
        hashes = tuple(sorted(set(shown)))
        id_ = decision_id(self.around.municipality, self.record, kind, name, hashes)
        return Waiting(id_.hex(), kind, name, facts, tuple(hash_.hex() for hash_ in hashes), tuple(words), by)


def of_record(where: Where, opened: Sequence[Opened], *, proposed: bool) -> Waiting:
    """A record that was edited while deleted, or whose delete is a proposal: whoever decides has read all of it."""
    facts = {"proposed": True} if proposed else {}
    return where.waiting(CONTESTED, "", facts, (entry.arrival.hash for entry in opened), ())


def of_item(where: Where, path: str, edits: Mapping[str, Sequence[Edit]]) -> Waiting:
    """An item that was removed while somebody wrote in it."""
    inside = {place: survivors(own) for place, own in edits.items() if place == path or place.startswith(path + "/")}
    shown = {edit.hash for alive in inside.values() for edit in alive}
    return where.waiting(ITEM, path, {}, shown, words_of(inside))


def of_hidden(where: Where, answer: HiddenAnswer, edits: Mapping[str, Sequence[Edit]], changed_by: str) -> Waiting:
    """An answer that is hidden by somebody who had not read it."""
    words = words_of({path: survivors(edits[path]) for path in (answer.path, *answer.by)})
    return where.waiting(HIDDEN, answer.path, {"changed_by": changed_by}, answer.shown, words, answer.by)


def of_aside(where: Where, aside: Aside) -> Waiting:
    """An entry that does not count, with all its answers."""
    arrival = aside.arrival
    author, at_ms = source_of(aside, where.around)
    entry, answers = arrival.hash.hex(), aside.answers or {}
    words = [Word(entry, author, at_ms, path, value) for path, value in sorted(answers.items())]
    facts = {"author": author, "act": arrival.header.act, "opens": aside.answers is not None}
    return where.waiting(HELD if aside.reason == REVOKED else FORKED, entry, facts, [arrival.hash], words)


def words_of(surviving: Mapping[str, Sequence[Edit]]) -> list[Word]:
    """The surviving answers of some paths, by path."""
    return [
        Word(edit.hash.hex(), str(edit.author), edit.at_ms, path, edit.value)
        for path, alive in sorted(surviving.items())
        for edit in alive
    ]


def source_of(aside: Aside, around: Around) -> tuple[str, int]:
    """The author of an entry, and its time, never after its receipt."""
    header = aside.arrival.header
    return around.worker(header.device), wall_ms(effective(header.clock, aside.arrival.received))


def unsettled(asides: Sequence[Aside], opened: Sequence[Opened], around: Around) -> list[Aside]:
    """The entries that nobody wrote anew, oldest first; a desk device's `from`, or the successor's, settles one."""
    by_hash = {aside.arrival.hash: aside.arrival.header.device for aside in asides}
    taken: Collection[bytes] = {
        source
        for entry in opened
        if (source := entry.arrival.header.source) in by_hash
        and source is not None
        and around.takes_in(entry.arrival.header.device, by_hash[source])
    }
    return sorted((aside for aside in asides if aside.arrival.hash not in taken), key=_order)


def _order(aside: Aside) -> tuple[int, bytes, int, bytes]:
    header = aside.arrival.header
    return effective(header.clock, aside.arrival.received), header.device, header.seq, aside.arrival.hash
