"""What of a record waits for a person beside conflicts, and what a person must have been shown to decide it. Pure.

Each thing that waits has an id that is made of what was shown: whatever comes in between gives another id, so that
nobody decides what they did not see.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from backend.projection.choices import CONTESTED, ITEM
from backend.projection.opening import Aside, Opened
from forms.policies import Edit, survivors
from sync.clock import effective, wall_ms
from sync.entry import decision_id


class Word(NamedTuple):
    """One answer that a person is shown before deciding."""

    entry: bytes
    author: str
    at_ms: int
    path: str
    value: Any


class Waiting(NamedTuple):
    """Something that a person decides: `name` says where (an entry's hash or a field path), `by` what hid it.

    `shown` are the entries that the decision observes.
    """

    id: bytes
    kind: str
    name: str
    detail: str
    shown: tuple[bytes, ...]
    words: tuple[Word, ...]
    by: tuple[str, ...] = ()


class Where(NamedTuple):
    """The municipality and record in which something waits, and who works a device."""

    municipality: str
    record: bytes
    worker: Callable[[bytes], str]

    def waiting(
        self, kind: str, name: str, detail: str, shown: Iterable[bytes], words: Sequence[Word], by: tuple[str, ...] = ()
    ) -> Waiting:
        """A thing that waits, with its id."""
        hashes = tuple(sorted(set(shown)))
        id_ = decision_id(self.municipality, self.record, kind, name, hashes)
        return Waiting(id_, kind, name, detail, hashes, tuple(words), by)


def of_record(where: Where, opened: Sequence[Opened]) -> Waiting:
    """A record that was edited while deleted: who decides has seen all of it."""
    detail = "edited while deleted, or restored in parallel"
    return where.waiting(CONTESTED, "", detail, (one.arrival.hash for one in opened), ())


def of_item(where: Where, path: str, edits: Mapping[str, Sequence[Edit]]) -> Waiting:
    """An item that was removed while somebody wrote in it."""
    inside = {place: survivors(own) for place, own in edits.items() if place == path or place.startswith(path + "/")}
    shown = {edit.hash for alive in inside.values() for edit in alive}
    return where.waiting(ITEM, path, "removed while somebody wrote in it", shown, words_of(inside))


def words_of(surviving: Mapping[str, Sequence[Edit]]) -> list[Word]:
    """The surviving answers of some paths."""
    return [
        Word(edit.hash, str(edit.author), edit.at_ms, path, edit.value)
        for path, alive in sorted(surviving.items())
        for edit in alive
    ]


def of_aside(where: Where, aside: Aside) -> Waiting:
    """An entry that does not count, with all that it says."""
    arrival = aside.arrival
    kind = "held-revoked" if aside.reason == "revoked" else aside.reason
    author, at_ms = source_of(aside, where.worker)
    answers = {} if aside.plain is None else aside.plain.answers
    words = [Word(arrival.hash, author, at_ms, path, value) for path, value in sorted(answers.items())]
    detail = author if aside.plain is not None else f"{author}; it does not open"
    if arrival.header.act != "write":
        detail = f"{author}; {arrival.header.act}"
    return where.waiting(kind, arrival.hash.hex(), detail, [arrival.hash], words)


def source_of(aside: Aside, worker: Callable[[bytes], str]) -> tuple[str, int]:
    """Who wrote an entry, and when, never after its receipt."""
    header = aside.arrival.header
    return worker(header.device), wall_ms(effective(header.clock, aside.arrival.received))


def unsettled(
    asides: Sequence[Aside], opened: Sequence[Opened], takes_in: Callable[[bytes, bytes], bool]
) -> list[Aside]:
    """Those that nobody wrote anew: only a desk device's `from`, or the successor's, settles one."""
    by_hash = {aside.arrival.hash: aside.arrival.header.device for aside in asides}
    taken: Collection[bytes] = {
        source
        for one in opened
        if (source := one.arrival.header.source) in by_hash
        and source is not None
        and takes_in(one.arrival.header.device, by_hash[source])
    }
    return [aside for aside in asides if aside.arrival.hash not in taken]
