"""Merge policies: one field that several people edited (SPEC.md section 5).

The merge of headers says which edits survive; here the values have been opened, and the form's policy
decides what is shown and whether a person is asked. Nothing is thrown away by deciding.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from forms.answers import canonical
from forms.errors import UnknownPolicy

SETTLED: Final = "settled"  # one survivor, or all survivors say the same: no policy had to decide


class Edit(msgspec.Struct, frozen=True, gc=False):
    """One admitted entry as far as it touches one field.

    `order` is (effective clock, device, seq). `author` is the worker, the same for all devices of one
    person. `at_ms` is when the author's device says it was typed; an entry that is re-issued keeps it.
    `knows` are the hashes of the record's entries that this entry knows (protocol section 4), of this field
    or any other; it need not be transitive.
    """

    hash: bytes
    order: tuple[int, bytes, int]
    author: str | bytes
    at_ms: int
    value: Any
    knows: frozenset[bytes] = frozenset()


class Part(msgspec.Struct, frozen=True):
    """One text of a field that keeps every text, under its author and time."""

    hash: bytes
    author: str | bytes
    at_ms: int
    text: Any


class Outcome(msgspec.Struct, frozen=True):
    """The outcome for a field: the answer that is shown, and what a person must still decide.

    `shown` is the edit whose author and time stand beside the value. `kind` is the policy that had to
    decide, or `settled`. `asked` are all survivors, the shown one first, if a person is asked. `parts` are
    the texts of an `append` field, oldest first.
    """

    value: Any
    shown: bytes
    kind: str = SETTLED
    conflict: bool = False
    asked: tuple[bytes, ...] = ()
    parts: tuple[Part, ...] = ()


def resolve(policy: str, edits: Sequence[Edit], choices: Sequence[str] | None = None) -> Outcome:
    """Decide one field from every admitted entry that touches it, in any order, repeated or not.

    `choices` are the codes in the form's order; `first-listed` and `union` follow it. Equal survivors are
    no conflict under any policy. Most fields have been edited once: that case looks at nothing else.
    """
    decide = _DECIDE.get(policy)
    if decide is None:
        raise UnknownPolicy(policy=policy, known=", ".join(POLICIES))
    assert edits, "a field that nobody touched has no outcome"
    if len(edits) == 1:
        only = edits[0]
        return Outcome(only.value, only.hash, parts=_parts(edits) if policy == "append" else ())
    history = _History(edits)
    alive = history.survivors(history.all)
    if len(alive) == 1 or _equal(alive):
        parts = _parts(history.edits) if policy == "append" else ()
        return Outcome(alive[0].value, alive[0].hash, parts=parts)
    return decide(history, alive, choices or ())


def survivors(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits of one field that no other edit of it knows; the winner first. Most fields were edited once."""
    listed = tuple(edits)
    if len(listed) == 1:
        return listed
    history = _History(listed)
    return history.survivors(history.all)


class _History:
    """The edits of one field, oldest first, with who knew whom as bit masks: bit n stands for edit n."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        unique = {edit.hash: edit for edit in edits}
        self.edits = sorted(unique.values(), key=lambda edit: (edit.order, edit.hash))
        self.all = (1 << len(self.edits)) - 1
        bits = {edit.hash: 1 << place for place, edit in enumerate(self.edits)}
        self._knows = [
            sum(bit for hash_, bit in bits.items() if hash_ in edit.knows and hash_ != edit.hash) for edit in self.edits
        ]

    def survivors(self, among: int) -> tuple[Edit, ...]:
        """Keep those among these edits that no other of them knows; the winner first.

        True hashes cannot know each other in a circle. Should a circle come all the same, everything in it
        counts as surviving: nothing may vanish because somebody lied.
        """
        known = 0
        for place in _places(among):
            known |= self._knows[place]
        return tuple(self.edits[place] for place in reversed(_places(among & ~known or among)))

    def seen_by_every_survivor(self, among: int) -> int:
        """The edits among these that every survivor of them knows: what the base is made of."""
        known = 0
        for place in _places(among):
            known |= self._knows[place]
        common = among
        for place in _places(among & ~known or among):
            common &= self._knows[place]
        return common


def _places(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


def _equal(alive: Sequence[Edit]) -> bool:
    first = canonical(alive[0].value)
    return all(canonical(edit.value) == first for edit in alive[1:])


def _asked(kind: str, alive: Sequence[Edit], first: Edit) -> Outcome:
    others = tuple(edit.hash for edit in alive if edit.hash != first.hash)
    return Outcome(first.value, first.hash, kind, conflict=True, asked=(first.hash, *others))


def _ask(_history: _History, alive: Sequence[Edit], _choices: Sequence[str]) -> Outcome:
    """The winner is shown, and a person is asked."""
    return _asked("ask", alive, alive[0])


def _latest(_history: _History, alive: Sequence[Edit], _choices: Sequence[str]) -> Outcome:
    """The winner is shown; that another was not is only logged."""
    return Outcome(alive[0].value, alive[0].hash, "latest")


def standing(value: Any, choices: Sequence[str]) -> tuple[int, int]:
    """The place of an answer under `first-listed`, the most protective least.

    Unknown codes, then no answer, stand before the last choice alone: see decision D4.
    """
    last = len(choices) - 1
    if value is None:
        return last, 1
    places = {canonical(code): (place, 2 * (place == last)) for place, code in enumerate(choices)}
    return places.get(canonical(value), (last, 0))


def _first_listed(_history: _History, alive: Sequence[Edit], choices: Sequence[str]) -> Outcome:
    """The most protective answer is shown, and a person weighs all of them again."""
    return _asked("first-listed", alive, min(alive, key=lambda edit: standing(edit.value, choices)))


def _append(history: _History, alive: Sequence[Edit], _choices: Sequence[str]) -> Outcome:
    """Every text stays, the replaced ones too; the value is the winner's own text."""
    return Outcome(alive[0].value, alive[0].hash, "append", parts=_parts(history.edits))


def _parts(edits: Iterable[Edit]) -> tuple[Part, ...]:
    """Every text, oldest first. A text that was re-issued (same author, same time) stands once."""
    parts: dict[tuple[str | bytes, int, bytes], Part] = {}
    for edit in edits:
        if edit.value is not None:
            key = (edit.author, edit.at_ms, canonical(edit.value))
            parts.setdefault(key, Part(edit.hash, edit.author, edit.at_ms, edit.value))
    return tuple(parts.values())


def _union(history: _History, alive: Sequence[Edit], choices: Sequence[str]) -> Outcome:
    """The base, and everything added to it, without everything removed from it."""
    levels = []
    among = history.all
    while among:
        levels.append(history.survivors(among))
        among = history.seen_by_every_survivor(among) if len(levels[-1]) > 1 else 0
    words: dict[bytes, Any] = {}
    base: frozenset[bytes] = frozenset()
    for level in reversed(levels):
        answers = [_members(edit.value, words) for edit in level]
        added = frozenset[bytes]().union(*(answer - base for answer in answers))
        removed = frozenset[bytes]().union(*(base - answer for answer in answers))
        base = (base | added) - removed
    place = {canonical(code): place for place, code in enumerate(choices)}
    listed = sorted(base, key=lambda word: (place.get(word, len(choices)), word))
    return Outcome([words[word] for word in listed], alive[0].hash, "union")


def _members(value: Any, words: dict[bytes, Any]) -> frozenset[bytes]:
    """The chosen members; no answer is nothing chosen, and a single value is one choice."""
    chosen = [] if value is None else value if isinstance(value, (list, tuple)) else [value]
    named = {canonical(word): word for word in chosen}
    words.update(named)
    return frozenset(named)


_DECIDE: Final[dict[str, Callable[[_History, Sequence[Edit], Sequence[str]], Outcome]]] = {
    "ask": _ask,
    "union": _union,
    "append": _append,
    "latest": _latest,
    "first-listed": _first_listed,
}
POLICIES: Final = tuple(_DECIDE)
