"""Where an expression reads what may be hidden without saying what holds then (SPEC.md section 10.4).

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
    """Conditions that hold side by side, by their text: which of the parts say each, and which speak of an item."""

    parts: Mapping[str, frozenset[int]]
    of_item: frozenset[str]


class _Assumed(msgspec.Struct, frozen=True):
    """What is known to hold where a node matters: what stands around it, apart from the part that it is itself."""

    around: tuple[tuple[Held, int], ...] = ()
    other_item: int = 0
    """How many of those were said of an item that has been left: what they say of names says nothing here."""

    def holds(self, text: str) -> bool:
        for place, (held, own) in enumerate(self.around):
            if held.parts.get(text, frozenset((own,))) != frozenset((own,)) and not (
                place < self.other_item and text in held.of_item
            ):
                return True
        return False

    def and_also(self, held: Held, own: int = -1) -> "_Assumed":
        return _Assumed((*self.around, (held, own)), self.other_item)

    def in_another_item(self) -> "_Assumed":
        return _Assumed(self.around, len(self.around))


def held(*nodes: Node) -> Held:
    """What holds while all of these are true: they themselves, and what an `and` in them joins."""
    parts: dict[str, set[int]] = {}
    of_item = set()
    for place, node in enumerate(nodes):
        for part in (node, *(node.args if node.op == "and" else ())):
            text = written(part)
            parts.setdefault(text, set()).add(place)
            if any(inner.op == "name" for inner in part.walk()):
                of_item.add(text)
    return Held({text: frozenset(places) for text, places in parts.items()}, frozenset(of_item))


def unguarded(
    node: Node, repeat: str | None, hidden: Hidden, around: Iterable[Held]
) -> Iterator[tuple[Node, str, str]]:
    """Every node that reads something that may be hidden, with its template and the condition nobody spoke of.

    What guards is `coalesce` (but for its last argument), a comparison with `null`, the same condition beside
    it in an `and` or in the condition of an `if`, and the conditions under which the expression itself matters
    (`around`).
    """
    return _walk(node, repeat, hidden, _Assumed(tuple((one, -1) for one in around)))


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
            beside = held(*args)
            for place, arg in enumerate(args):
                yield from _walk(arg, repeat, hidden, assumed.and_also(beside, place))
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
