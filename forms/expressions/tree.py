"""Trees: an expression once it is read, as plain JSON, and the nodes behind it (SPEC.md section 9.2).

A published version carries the tree; devices evaluate it and never parse. A tree that comes from elsewhere
is checked before anything is done with it.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from forms import paths
from forms.errors import BadPath
from forms.findings import Finding, finding

LENGTH_MAX: Final = 2_000  # characters of one expression; the longest of the forms that ship has 200
DEPTH_MAX: Final = 32  # brackets in brackets; whoever needs more splits it into computed values
NODES_MAX: Final = 400  # bounds the time of one evaluation
ITEM_NESTING_MAX: Final = 2  # "for every item, for every item": more would cost the cube of the items
ARGUMENTS_MAX: Final = 16  # of a function that takes as many as one likes
SAFE_INTEGER: Final = 2**53  # up to here every whole number is a double of its own

KEYWORDS: Final = frozenset({"and", "or", "not", "in", "true", "false", "null"})
COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=", "in")
ARITHMETIC: Final = ("+", "-", "*", "/", "%")

ARITY: Final[dict[str, tuple[int, int]]] = {  # every function, with how many arguments it takes
    "count": (1, 2),
    "sum": (1, 2),
    "min": (1, 2),
    "max": (1, 2),
    "any": (1, 2),
    "all": (1, 2),
    "unique": (1, 2),
    "map": (2, 2),
    "filter": (2, 2),
    "round": (1, 2),
    "floor": (1, 1),
    "abs": (1, 1),
    "length": (1, 1),
    "contains": (2, 2),
    "starts_with": (2, 2),
    "coalesce": (2, ARGUMENTS_MAX),
    "if": (3, 3),
    "years_between": (2, 2),
    "months_between": (2, 2),
    "days_between": (2, 2),
    "add_days": (2, 2),
    "add_months": (2, 2),
    "working_days_between": (2, 2),
    "school_year": (1, 1),
    "today": (0, 0),
}
PER_ITEM: Final = frozenset({"count", "sum", "min", "max", "any", "all", "unique", "map", "filter"})
"""The functions whose second argument is worked out once for every item of the first."""

_OPERATORS: Final = {
    "or": (2, NODES_MAX),
    "and": (2, NODES_MAX),
    "not": (1, 1),
    **dict.fromkeys(COMPARISONS, (2, 2)),
    **dict.fromkeys(ARITHMETIC, (2, 2)),
    "-": (1, 2),
    "list": (0, NODES_MAX),
}
OPERATIONS: Final = {**_OPERATORS, **ARITY}
OPERATORS: Final = (*(name for name in _OPERATORS if name != "list"),)

Tree = Any  # null, true, false, a number, a text, or a list whose first member says what the others are for


class Node(msgspec.Struct, frozen=True):
    """One part of an expression, with the place of its words in the text.

    `op` is `value`, `name` or `answer`, which carry `value`, or one of `OPERATIONS`, which carry `args`.
    """

    op: str
    value: Any = None
    args: tuple["Node", ...] = ()
    start: int = 0
    end: int = 0

    @property
    def tree(self) -> Tree:
        """The plain JSON of this node."""
        if self.op == "value":
            return self.value
        if self.op in {"name", "answer"}:
            return [self.op, self.value]
        return [self.op, *(arg.tree for arg in self.args)]

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.args))


def depth(node: Node) -> int:
    """The number of nodes above each other, the longest way down; `a + a + …` is as deep as it is long."""
    levels, level = 0, [node]
    while level:
        levels, level = levels + 1, [arg for one in level for arg in one.args]
    return levels


def is_each(node: Node) -> bool:
    """True if the second argument is worked out once for every item of the first."""
    return node.op in PER_ITEM and len(node.args) == 2


def nesting(node: Node) -> int:
    """The depth to which functions over items stand inside what others work out per item."""
    if is_each(node):
        return max(nesting(node.args[0]), 1 + nesting(node.args[1]))
    return max(map(nesting, node.args), default=0)


def check_tree(tree: Tree) -> tuple[Finding, ...]:
    """Find what is wrong with a tree that comes from elsewhere; nothing means it can be evaluated.

    Says the first fault, at its place in the tree. Whether it fits a form is `checking`'s to say.
    """
    try:
        node = _node(tree, "", 1)
    except _Bad as bad:
        return (bad.finding,)
    if sum(1 for _ in node.walk()) > NODES_MAX:
        return (finding("expression-too-large", "", limit=NODES_MAX),)
    if nesting(node) > ITEM_NESTING_MAX:
        return (finding("item-nesting", "", limit=ITEM_NESTING_MAX),)
    return ()


def node_of(tree: Tree) -> Node:
    """The nodes of a tree that `check_tree` let pass."""
    return _node(tree, "", 1)


class _Bad(Exception):  # how the walk over a tree stops; it never leaves this module
    def __init__(self, code: str, at: str, **facts: Any) -> None:
        self.finding = finding(code, at, **facts)


def _node(tree: Tree, at: str, level: int) -> Node:
    if level > DEPTH_MAX:
        raise _Bad("expression-too-deep", at, limit=DEPTH_MAX)
    if not isinstance(tree, list):
        return Node("value", _literal(tree, at))
    if not tree or not isinstance(tree[0], str):
        raise _Bad("bad-tree", at)
    op, *rest = tree
    if op in {"name", "answer"}:
        if len(rest) != 1 or not _is_address(op, rest[0]):
            raise _Bad("bad-tree", at)
        return Node(op, rest[0])
    least, most = OPERATIONS.get(op, (1, 0))
    if not least <= len(rest) <= most:
        raise _Bad("bad-tree", at)
    return Node(op, args=tuple(_node(part, f"{at}/{place}", level + 1) for place, part in enumerate(rest, start=1)))


def _literal(value: Any, at: str) -> Any:
    """A written value. Minus is an operator, so numbers are not negative; texts are whole characters."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and is_literal_number(value):
        return number(value)
    if isinstance(value, str) and is_literal_text(value):
        return value
    raise _Bad("bad-tree", at)


def is_literal_number(value: int | float) -> bool:
    """True if a number can stand in an expression: not negative, and exactly a finite double."""
    try:
        return 0 <= value == float(value) < float("inf")
    except OverflowError:
        return False


def is_literal_text(value: str) -> bool:
    """True if a text can stand in an expression: not too long, and no half characters."""
    return len(value) <= LENGTH_MAX and not any("\ud800" <= sign <= "\udfff" for sign in value)


def number(value: int | float) -> int | float:
    """The spelling of a number in JSON: whole ones without a point as long as each is a double of its own."""
    whole = float(value).is_integer() and abs(value) <= SAFE_INTEGER
    return int(value) if whole else float(value)


def _is_address(op: str, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if op == "name":
        return paths.NAME.fullmatch(value) is not None and value not in KEYWORDS
    try:
        return all(paths.NAME.fullmatch(name) for name in paths.parse(value))
    except BadPath:
        return False


def names(tree: Tree, repeat: str | None = None) -> frozenset[str]:
    """The templates that a checked and resolved tree reads: of questions, computed values and repeating groups.

    `repeat` is the group in whose items the expression stands; a name reads its item.
    """
    return frozenset(template for _, template in reads(node_of(tree), repeat))


def reads(node: Node, repeat: str | None) -> Iterator[tuple[Node, str]]:
    """Every node that reads something, with the template of what it reads."""
    if node.op == "answer":
        yield node, node.value
    elif node.op == "name":
        yield node, template(node.value, repeat)
    elif is_each(node):
        yield from reads(node.args[0], repeat)
        yield from reads(node.args[1], group_of(node.args[0]) or repeat)
    else:
        for arg in node.args:
            yield from reads(arg, repeat)


def template(name: str, repeat: str | None) -> str:
    """The question of this name in the items of a group, or at the top of the document."""
    return f"/{name}" if repeat is None else f"{repeat}/{paths.ANY_ITEM}/{name}"


def group_of(node: Node) -> str | None:
    """The repeating group whose items this node gives; None if it gives none."""
    if node.op == "answer":
        path: str = node.value
        return path
    if node.op == "name":
        return template(node.value, None)
    chosen = {"filter": node.args[:1], "coalesce": node.args, "if": node.args[1:]}.get(node.op, ())
    return next((group for group in map(group_of, chosen) if group is not None), None)
