"""Finds the questions that decide whether an answer is shown, and who hid it unseen (SPEC.md section 10.8).

A condition reads questions and computed fields; what is computed reads others, and what is read may itself be hidden.
So deciding is transitive. An answer and a change of a question that decides about it are parallel when neither author
had seen the other's word: then nobody has weighed the two together, and a person must. A condition that is not true
erases nothing, but what nobody is told of is as good as erased.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from forms import paths
from forms.definition.document import Form
from forms.definition.logic import Compute, Hide
from forms.expressions.tree import Node, group_of, is_each, node_of, template
from forms.policies import Edit, survivors
from forms.records.relevance import left_out

UNKNOWN_CLASS: Final = "S4"  # a question that this version does not ask may have been of any class


class Decider(NamedTuple):
    """A question that decides; `own` means that of the same item alone. An item as a whole stands as `/group/*`."""

    path: str
    own: bool


class HiddenAnswer(msgspec.Struct, frozen=True):
    """An answer that somebody gave and that is not shown.

    `by` are the paths that decide about it, the one that was changed last first; of a parallel answer those that were
    changed in parallel alone. `shown` are the hashes that a person has to see before deciding: the survivors of the
    answer, and of what hid it.
    """

    path: str
    parallel: bool
    by: tuple[str, ...]
    shown: tuple[bytes, ...]


class Decides(Protocol):
    """The grounds on which hidden answers are judged: the questions that decide about each, and its class."""

    def of(self, path: str, /) -> frozenset[Decider]:
        """Return the questions that decide whether an answer at this path is shown."""

    def keeps_all(self, path: str, /) -> bool:
        """Report whether every text of a question is shown, the replaced ones too."""

    def class_of(self, path: str, /) -> str:
        """Return the class of the question at a path."""


class Deciders:
    """The questions of one form version that decide about others."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._computed = {step.path: step for step in form.logic.steps if isinstance(step, Compute)}
        self._hides: dict[str, list[Hide]] = {}
        for step in form.logic.steps:
            if isinstance(step, Hide):
                for target in step.targets:
                    self._hides.setdefault(target, []).append(step)
        self._known: dict[str, frozenset[Decider]] = {}
        self._classes = {one.path: one.sensitivity for one in (*form.local, *form.computed, *form.questions)}

    def of(self, path: str) -> frozenset[Decider]:
        """The questions that decide whether an answer at this path (or template) is shown."""
        name = paths.template(path)
        if name not in self._known:
            self._known[name] = self._worked_out(name)
        return self._known[name]

    def _worked_out(self, name: str) -> frozenset[Decider]:
        decided: set[Decider] = set()
        waiting = list(self._reads_of(Decider(name, True), self._conditions(name)))
        while waiting:
            read = waiting.pop()
            if read in decided:
                continue
            decided.add(read)
            waiting += self._reads_of(read, [*self._conditions(read.path), *self._computing(read.path)])
        asked = {Decider(one.path, one.own) for one in decided if one.path not in self._computed}
        return frozenset(
            Decider(f"{one.path}/{paths.ANY_ITEM}", False) if one.path in self._form.repeats else one for one in asked
        )

    def _conditions(self, name: str) -> list[Hide]:
        """The conditions of a question and of all that it stands in."""
        found: list[Hide] = []
        while name:
            found += self._hides.get(name, ())
            name = name.rpartition("/")[0]
        return found

    def _computing(self, name: str) -> list[Compute]:
        step = self._computed.get(name)
        return [] if step is None else [step]

    def _reads_of(self, of: Decider, steps: Iterable[Hide | Compute]) -> Iterable[Decider]:
        """The names that these expressions read; of the same item only where they are worked out for that item."""
        for step in steps:
            for path, own in _reads(node_of(step.tree), step.repeat, step.repeat is not None):
                yield Decider(path, own and of.own)

    def keeps_all(self, path: str) -> bool:
        """True if every text of a question is shown, the replaced ones too."""
        return self._form.policy(path) == "append"

    def class_of(self, path: str) -> str:
        """The class of the question at a path."""
        return self._classes.get(paths.template(path), UNKNOWN_CLASS)


def _reads(node: Node, repeat: str | None, own: bool) -> Iterable[tuple[str, bool]]:
    """The templates that an expression reads, and whether each is read of the item in which it stands."""
    if node.op == "answer":
        yield node.value, False
    elif node.op == "name":
        yield template(node.value, repeat), own
    elif is_each(node):
        group = group_of(node.args[0])
        yield from _reads(node.args[0], repeat, own)
        yield from _reads(node.args[1], group or repeat, own and group is None)
    else:
        for arg in node.args:
            yield from _reads(arg, repeat, own)


def hidden_answers(
    deciders: Decides, edits: Mapping[str, Sequence[Edit]], hidden: Collection[str], removed: Collection[str]
) -> tuple[HiddenAnswer, ...]:
    """Every answer that is not `null` and is not shown: parallel ones first, in each the most protective class first.

    `edits` are all edits of a record by path, `hidden` the field paths that conditions hide, `removed` the items that
    were removed and stay so. An item that is hidden was removed by somebody who had seen every answer in it: no
    removal is parallel.
    """
    found: list[HiddenAnswer] = []
    hidden = frozenset(hidden)
    said = _Said(edits)
    for path, own in edits.items():
        item = paths.item_of(path) if removed else None  # mostly nobody removed any
        if not (left_out(path, hidden) or item in removed) or paths.is_item(path):
            continue
        if paths.reserved_policy(path) is not None or not _is_answered(own):
            continue
        alive = survivors(own)
        if len(own) > 1 and not _is_answered(alive) and not deciders.keeps_all(path):
            continue
        if item is not None and item in removed:
            found.append(HiddenAnswer(path, False, (item,), _hashes(alive, survivors(edits[item]))))
        else:
            found.append(_judged(deciders, path, alive, said))
    classes = {one.path: deciders.class_of(one.path) for one in found}
    rank = {name: _last_first(name) for name in {*classes.values()}}
    return tuple(sorted(found, key=lambda one: (not one.parallel, rank[classes[one.path]], one.path)))


def _is_answered(edits: Sequence[Edit]) -> bool:
    """True if any of these edits is an answer and not its removal."""
    return any(edit.value is not None for edit in edits) if len(edits) > 1 else edits[0].value is not None


def _last_first(name: str) -> tuple[int, ...]:
    return tuple(-ord(sign) for sign in name)


class _Said:
    """All edits of a record, found by the templates of their paths; `alone` is the entry that said all, if one did."""

    def __init__(self, edits: Mapping[str, Sequence[Edit]]) -> None:
        self.edits = edits
        self._in_items: dict[str, list[str]] = {}
        for path in edits:
            if paths.items_along(path):
                self._in_items.setdefault(paths.template(path), []).append(path)
        hashes = {edit.hash for own in edits.values() for edit in own}
        self.alone = tuple(hashes) if len(hashes) == 1 else None

    def at(self, template: str) -> Sequence[str]:
        """The paths with this template: outside of items a path is its own."""
        return (template,) if template in self.edits else self._in_items.get(template, ())


def _judged(deciders: Decides, path: str, alive: Sequence[Edit], said: _Said) -> HiddenAnswer:
    """One hidden answer. What one entry said, as in most records, is never parallel, and nothing of it came last."""
    places = {
        place for one in deciders.of(path) for place in said.at(one.path) if not one.own or _same_item(place, path)
    }
    if said.alone is not None:
        return HiddenAnswer(path, False, tuple(sorted(places, reverse=True)), said.alone)
    deciding = {place: survivors(said.edits[place]) for place in places}
    apart = {place: words for place, words in deciding.items() if _parallel(alive, words)}
    counted = apart or deciding
    by = sorted(counted, key=lambda place: (max(edit.order for edit in counted[place]), place), reverse=True)
    hashes = _hashes(alive, *(deciding[place] for place in by))
    return HiddenAnswer(path, bool(apart), tuple(by), hashes)


def _same_item(one: str, other: str) -> bool:
    return paths.item_of(one) == paths.item_of(other)


def _parallel(alive: Sequence[Edit], deciding: Sequence[Edit]) -> bool:
    """True if one of the answer's survivors and one of the deciding edits do not know each other."""
    return any(
        one.hash != other.hash and one.hash not in other.knows and other.hash not in one.knows
        for one in alive
        for other in deciding
    )


def _hashes(*groups: Sequence[Edit]) -> tuple[bytes, ...]:
    return tuple(sorted({edit.hash for group in groups for edit in group}))
