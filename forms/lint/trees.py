"""Walks the tree of an expression as the lint reads it: any JSON at all, since a draft may have anything in it.

A tree is a value, or a list of an operation and its arguments; `["name", x]` and `["answer", path]` name questions.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from forms.lint.asked import NESTED_MAX

NAMING: Final = frozenset({"name", "answer"})
ADDING: Final = frozenset({"+", "-", "*", "/", "%"})
COUNTS: Final = frozenset({"count", "sum", "length", "avg", "mean"})
COMPARED: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})
ANY_AT_ALL: Final = frozenset({(">", 0), ("!=", 0), ("==", 0), (">=", 1), ("<", 1), ("<=", 0)})
MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
LISTED: Final = (list, tuple)  # either, as it was read or as it was parsed
PAIR: Final = 3  # an operation and two arguments


def nodes(tree: Any) -> Iterator[Sequence[Any]]:
    """Every operation in a tree, the outer ones first."""
    level = [tree] if isinstance(tree, LISTED) else []
    for _ in range(NESTED_MAX):
        yield from (one for one in level if one and isinstance(one[0], str))
        level = [part for one in level for part in one if isinstance(part, LISTED)]
        if not level:
            return


def calls(tree: Any, names: Collection[str]) -> Iterator[Sequence[Any]]:
    """Every operation of one of these names."""
    return (node for node in nodes(tree) if node[0] in names)


def names(tree: Any) -> Iterator[str]:
    """The last part of every name and path in a tree."""
    for node in calls(tree, NAMING):
        yield from _named(node)


def _named(node: Sequence[Any]) -> Iterator[str]:
    """The last part of the name or path in a node that names a question."""
    if len(node) > 1 and isinstance(node[1], str):
        yield node[1].rpartition("/")[2]


def _op(node: Any) -> str:
    """The operation of a node; nothing if it is none."""
    return node[0] if isinstance(node, LISTED) and node and isinstance(node[0], str) else ""


def texts(tree: Any) -> Iterator[str]:
    """Every text that is a value."""
    if isinstance(tree, str):
        yield tree
    for node in nodes(tree):
        if node[0] not in NAMING:
            yield from (part for part in node[1:] if isinstance(part, str))


def told(tree: Any) -> set[str]:
    """The names of which more is used than whether there is one at all."""
    found: set[str] = set()
    level = [tree]
    for _ in range(NESTED_MAX):
        level = [one for one in level if isinstance(one, LISTED) and one and not _is_existence(one)]
        found.update(name for one in level if _op(one) in NAMING for name in _named(one))
        level = [part for one in level for part in one]
        if not level:
            break
    return found


def _is_existence(node: Any) -> bool:
    """True for a count that only asks whether there is one: `count(x) > 0`."""
    found = _compared(node)
    return found is not None and found[1:] in ANY_AT_ALL and any(calls(found[0], COUNTS))


def _compared(node: Any) -> tuple[Any, str, float] | None:
    """The parts of a comparison with a number: the other side, the comparison as read from it, the number."""
    if _op(node) not in COMPARED or len(node) != PAIR:
        return None
    op, left, right = str(node[0]), node[1], node[2]
    if _is_number(right):
        return left, op, right
    return (right, MIRRORED.get(op, op), left) if _is_number(left) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _lasting(tree: Any) -> Iterator[Sequence[Any]]:
    """Every operation outside what only asks whether there is one at all."""
    level = [tree]
    for _ in range(NESTED_MAX):
        level = [one for one in level if isinstance(one, LISTED) and one and not _is_existence(one)]
        yield from (one for one in level if isinstance(one[0], str))
        level = [part for one in level for part in one]


def arithmetic(tree: Any) -> bool:
    """True if anything is added, taken away, multiplied or divided."""
    return any(node[0] in ADDING and len(node) >= PAIR for node in _lasting(tree))


def weighing(tree: Any) -> bool:
    """True if a condition decides between numbers."""
    found = list(_lasting(tree))
    numbers = sum(1 for node in found for part in node[1:] if _is_number(part))
    return numbers > 1 and any(node[0] == "if" for node in found)


def counting(tree: Any) -> bool:
    """True if anything is counted for more than whether it is there."""
    return any(node[0] in COUNTS for node in _lasting(tree))


def choosing(tree: Any) -> bool:
    """True if a condition decides."""
    return any(calls(tree, {"if"}))


def limits(tree: Any, least: int) -> set[str]:
    """The names that are compared with a number from `least` on."""
    found = (_compared(node) for node in calls(tree, COMPARED))
    return {name for one in found if one is not None and one[2] >= least for name in names(one[0])}


def counts_against(tree: Any, least: int) -> bool:
    """True if a count is compared with a number from `least` on."""
    found = (_compared(node) for node in calls(tree, COMPARED))
    return any(one is not None and one[2] >= least and any(calls(one[0], COUNTS)) for one in found)


def sums(tree: Any) -> Iterator[list[Any]]:
    """The terms of every sum; those of a sum in a sum are its own."""
    for node in calls(tree, {"+", "-", "sum", "list"}):
        waiting, terms = list(node[1:]), []
        while waiting:
            term = waiting.pop()
            inner = _op(term) in {"+", "-", "list"}
            waiting += term[1:] if inner else ()
            terms += [] if inner else [term]
        yield terms


def factor(term: Any) -> float | None:
    """The number that a term is multiplied by, if it names anything; none if it is not multiplied by one."""
    if _op(term) != "*" or not any(names(term)):
        return None
    return next((part for part in term[1:] if _is_number(part)), None)
