"""Finds where an expression reads what may be hidden without saying what holds then (SPEC.md section 10.4).

A hidden answer is null to every expression, and null makes some comparisons false and their denials true. So
whoever refers to one must show that this was thought of.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from forms.expressions.printer import written
from forms.expressions.tree import Node, group_of, is_each, template

Hidden = Mapping[str, Iterable[str]]
"""For every template that may be hidden: the texts of the conditions under which it is shown."""


class Held(msgspec.Struct, frozen=True):
    """Conditions that hold side by side, by their text, and which of them speak of the item in which they stand."""

    texts: frozenset[str]
    of_item: frozenset[str]


class _Assumed(msgspec.Struct, frozen=True):
    """The assumptions that hold where a node matters."""

    around: tuple[Held, ...] = ()
    left: int = 0
    """How many of those were said of an item that has been left: what they say of names says nothing here."""

    def holds(self, text: str) -> bool:
        return any(
            text in held.texts and not (place < self.left and text in held.of_item)
            for place, held in enumerate(self.around)
        )

    def and_also(self, held: Held) -> "_Assumed":
        return _Assumed((*self.around, held), self.left)

    def in_another_item(self) -> "_Assumed":
        return _Assumed(self.around, len(self.around))


def held(*nodes: Node) -> Held:
    """The conditions that hold while all of these are true: they themselves, and what an `and` in them joins."""
    parts = {written(part): part for node in nodes for part in (node, *(node.args if node.op == "and" else ()))}
    of_item = (text for text, part in parts.items() if any(inner.op == "name" for inner in part.walk()))
    return Held(frozenset(parts), frozenset(of_item))


def unguarded(
    node: Node, repeat: str | None, hidden: Hidden, around: Iterable[Held]
) -> Iterator[tuple[Node, str, str]]:
    """Every node that reads something that may be hidden, with its template and the condition nobody spoke of.

    What guards is `coalesce` (but for its last argument), a comparison with `null`, the same condition beside
    it in an `and` or in the condition of an `if`, and the conditions under which the expression itself matters
    (`around`).
    """
    return _walk(node, repeat, hidden, _Assumed(tuple(around)))


def _walk(node: Node, repeat: str | None, hidden: Hidden, assumed: _Assumed) -> Iterator[tuple[Node, str, str]]:
    args = node.args
    match node.op:
        case "answer" | "name":
            path = node.value if node.op == "answer" else template(node.value, repeat)
            for text in hidden.get(path, ()):
                if not assumed.holds(text):
                    yield node, path, text
            return
        case "coalesce":
            args = node.args[-1:]
        case "==" | "!=" if any(arg.op == "value" and arg.value is None for arg in args):
            return
        case "and":
            beside = assumed.and_also(held(*args))  # no condition reads what it hides, so each guards the others alone
            for arg in args:
                yield from _walk(arg, repeat, hidden, beside)
            return
        case "if":
            yield from _walk(args[1], repeat, hidden, assumed.and_also(held(args[0])))
            args = (args[0], args[2])
    if is_each(node):
        yield from _walk(args[0], repeat, hidden, assumed)
        yield from _walk(args[1], group_of(args[0]) or repeat, hidden, assumed.in_another_item())
        return
    for arg in args:
        yield from _walk(arg, repeat, hidden, assumed)
