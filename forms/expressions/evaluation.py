"""Evaluates expressions for one document: total, without clock or chance (SPEC.md section 9.5).

A tree is compiled once, into functions inside functions, and run for any number of documents.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from forms import paths
from forms.expressions.functions import OVER_MEMBERS, PLAIN, Value, equal, finite, given, has, known, remainder
from forms.expressions.tree import Node, Tree, is_each, node_of

Document = Mapping[str, Any]
Item = Mapping[str, Any]
Run = Callable[[Document, Item | None, str], Value]
"""One compiled expression: document, the item in which it stands (or None), today's date -> value."""

_NO_ANSWERS: Final[Item] = {}  # what stands in for an item that is none


def evaluate(tree: Tree, document: Document, today: str, item: Item | None = None) -> Value:
    """Evaluate a checked tree. For one evaluation; whoever has more keeps what `compile_tree` gives."""
    return given(compile_tree(tree)(document, item, today))


def compile_tree(tree: Tree) -> Run:
    """A checked tree, ready to run. Numbers come out as doubles; `given` makes a result of them."""
    return compiled(node_of(tree))


def compiled(node: Node) -> Run:
    """A node, ready to run."""
    match node.op:
        case "value":
            return _constant(known(node.value))
        case "name":
            return _name(node.value)
        case "answer":
            return _answer(paths.parse(node.value))
        case "today":
            return lambda _document, _item, today: today
        case "==" | "!=":
            return _equality(node)
        case "in" if _written_texts(node.args[1]):
            return _one_of(node)
    args = [compiled(arg) for arg in node.args]
    if node.op in PLAIN:
        return _plain(PLAIN[node.op], args)
    if is_each(node) or node.op in OVER_MEMBERS or node.op == "count":
        return _over_members(node.op, args)
    return _BUILD[node.op](args)


def _constant(value: Value) -> Run:
    return lambda _document, _item, _today: value


def _name(name: str) -> Run:
    """The answer of this name in the item; at the top of the document if there is no item."""

    def run(document: Document, item: Item | None, _today: str) -> Value:
        value = (document if item is None else item).get(name)
        return value if type(value) is str or value is None else known(value)

    return run


def _answer(names: tuple[str, ...]) -> Run:
    *way, last = names
    if not way:

        def run(document: Document, _item: Item | None, _today: str) -> Value:
            value = document.get(last)
            return value if type(value) is str or value is None else known(value)

        return run

    def run_deep(document: Document, _item: Item | None, _today: str) -> Value:
        found: Any = document
        for name in way:
            found = found.get(name)
            if type(found) is not dict:
                return None
        return known(found.get(last))

    return run_deep


def _equality(node: Node) -> Run:
    """Most are `name == "code"`, which needs no look at kinds: a text equals nothing but a text."""
    left, right = node.args
    wanted = node.op == "=="
    if right.op == "value" and (right.value is None or isinstance(right.value, str)):
        one, text = compiled(left), right.value
        if text is None:
            return lambda document, item, today: (one(document, item, today) is None) is wanted
        return lambda document, item, today: (one(document, item, today) == text) is wanted
    one, two = compiled(left), compiled(right)
    return lambda document, item, today: equal(one(document, item, today), two(document, item, today)) is wanted


def _written_texts(node: Node) -> bool:
    return node.op == "list" and all(arg.op == "value" and isinstance(arg.value, str) for arg in node.args)


def _one_of(node: Node) -> Run:
    """`name in ["code", "other"]`, the most common condition: a text equals nothing but a text."""
    one, codes = compiled(node.args[0]), frozenset(arg.value for arg in node.args[1].args)

    def run(document: Document, item: Item | None, today: str) -> Value:
        value = one(document, item, today)
        return type(value) is str and value in codes

    return run


def _plain(function: Callable[..., Value], args: list[Run]) -> Run:
    if len(args) == 1:
        (only,) = args
        return lambda document, item, today: function(only(document, item, today))
    one, two = args
    return lambda document, item, today: function(one(document, item, today), two(document, item, today))


def _over_members(op: str, args: list[Run]) -> Run:
    """The functions over lists. Their second argument sees one item at a time, and not the item around it."""
    source = args[0]
    per_item = args[1] if len(args) == 2 else None

    def members(document: Document, item: Item | None, today: str) -> list[Value]:
        found = source(document, item, today)
        if type(found) is not list:
            return []
        if per_item is None:
            return found
        return [per_item(document, one if type(one) is dict else _NO_ANSWERS, today) for one in found]

    if op == "filter":

        def kept(document: Document, item: Item | None, today: str) -> Value:
            found = source(document, item, today)
            wanted = members(document, item, today)
            return [one for one, yes in zip(found, wanted, strict=True) if yes is True] if wanted else []

        return kept
    if op == "count":
        if per_item is None:
            return lambda *at: float(sum(member is not None for member in members(*at)))
        return lambda *at: float(sum(member is True for member in members(*at)))
    function = OVER_MEMBERS[op]
    return lambda document, item, today: function(members(document, item, today))


def _or(args: list[Run]) -> Run:
    return lambda document, item, today: any(arg(document, item, today) is True for arg in args)


def _and(args: list[Run]) -> Run:
    return lambda document, item, today: all(arg(document, item, today) is True for arg in args)


def _not(args: list[Run]) -> Run:
    (only,) = args
    return lambda document, item, today: only(document, item, today) is not True


def _in(args: list[Run]) -> Run:
    value, members = args
    return lambda document, item, today: has(members(document, item, today), value(document, item, today))


def _list(args: list[Run]) -> Run:
    return lambda document, item, today: [arg(document, item, today) for arg in args]


def _if(args: list[Run]) -> Run:
    condition, then, otherwise = args
    return lambda document, item, today: (
        then(document, item, today) if condition(document, item, today) is True else otherwise(document, item, today)
    )


def _coalesce(args: list[Run]) -> Run:
    def run(document: Document, item: Item | None, today: str) -> Value:
        for arg in args:
            value = arg(document, item, today)
            if value is not None:
                return value
        return None

    return run


def _ordering(compare: Callable[[Any, Any], bool]) -> Callable[[list[Run]], Run]:
    """Numbers by size, texts by code point (dates are texts); anything else is not ordered."""

    def build(args: list[Run]) -> Run:
        one, two = args

        def run(document: Document, item: Item | None, today: str) -> Value:
            left, right = one(document, item, today), two(document, item, today)
            kind = type(left)
            return kind is type(right) and (kind is float or kind is str) and compare(left, right)

        return run

    return build


def _arithmetic(work: Callable[[float, float], float], divides: bool = False) -> Callable[[list[Run]], Run]:
    """Two numbers make a number; anything else, a division by zero, and what is too large make null."""

    def build(args: list[Run]) -> Run:
        if len(args) == 1:
            return _negative(args[0])
        one, two = args

        def run(document: Document, item: Item | None, today: str) -> Value:
            left, right = one(document, item, today), two(document, item, today)
            if type(left) is not float or type(right) is not float or (divides and right == 0):
                return None
            return finite(work(left, right))

        return run

    return build


def _negative(only: Run) -> Run:
    def run(document: Document, item: Item | None, today: str) -> Value:
        value = only(document, item, today)
        return -value if type(value) is float else None

    return run


_BUILD: Final[dict[str, Callable[[list[Run]], Run]]] = {
    "or": _or,
    "and": _and,
    "not": _not,
    "in": _in,
    "list": _list,
    "if": _if,
    "coalesce": _coalesce,
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(operator.truediv, divides=True),
    "%": _arithmetic(remainder, divides=True),
}
