"""Where an expression reads what may be hidden without saying what holds then (SPEC.md section 10.4).

A hidden answer is null to every expression, and null makes some comparisons false and their denials true. So
whoever refers to one must show that this was thought of.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from forms.expressions.printer import written
from forms.expressions.tree import Node, group_of, is_each, template

Hidden = Mapping[str, Mapping[str, Node]]
"""For every template that may be hidden: the conditions under which it is shown, by their text."""


class _Assumed(msgspec.Struct, frozen=True):
    """What is known to hold where a node matters: conditions by their text."""

    conditions: Mapping[str, Node]

    def and_also(self, nodes: Iterable[Node]) -> "_Assumed":
        held = {written(part): part for node in nodes for part in (node, *_conjuncts(node))}
        return _Assumed({**self.conditions, **held})

    def in_another_item(self) -> "_Assumed":
        """What was said of names was said of the item that is left."""
        return _Assumed({text: node for text, node in self.conditions.items() if not _has_names(node)})


def unguarded(
    node: Node, repeat: str | None, hidden: Hidden, around: Iterable[Node]
) -> Iterator[tuple[Node, str, str]]:
    """Every node that reads something that may be hidden, with its template and the condition nobody spoke of.

    What guards is `coalesce` (but for its last argument), a comparison with `null`, the same condition beside
    it in an `and` or in the condition of an `if`, and the conditions under which the expression itself matters
    (`around`).
    """
    return _walk(node, repeat, hidden, _Assumed({}).and_also(around))


def _walk(node: Node, repeat: str | None, hidden: Hidden, assumed: _Assumed) -> Iterator[tuple[Node, str, str]]:
    args = node.args
    match node.op:
        case "answer" | "name":
            path = node.value if node.op == "answer" else template(node.value, repeat)
            for text in hidden.get(path, {}):
                if text not in assumed.conditions:
                    yield node, path, text
            return
        case "coalesce":
            args = node.args[-1:]
        case "==" | "!=" if any(arg.op == "value" and arg.value is None for arg in args):
            return
        case "and":
            for place, arg in enumerate(args):
                others = (*args[:place], *args[place + 1 :])
                yield from _walk(arg, repeat, hidden, assumed.and_also(others))
            return
        case "if":
            yield from _walk(args[1], repeat, hidden, assumed.and_also(args[:1]))
            args = (args[0], args[2])
    if is_each(node):
        yield from _walk(args[0], repeat, hidden, assumed)
        yield from _walk(args[1], group_of(args[0]) or repeat, hidden, assumed.in_another_item())
        return
    for arg in args:
        yield from _walk(arg, repeat, hidden, assumed)


def _conjuncts(node: Node) -> tuple[Node, ...]:
    return node.args if node.op == "and" else ()


def _has_names(node: Node) -> bool:
    return any(part.op == "name" for part in node.walk())
