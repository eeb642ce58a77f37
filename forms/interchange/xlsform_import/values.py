"""Parts of the translation of XPath: names, values written out, conditions turned round (SPEC.md section 3)."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from forms.expressions import dates
from forms.expressions.kinds import BOOLEAN, DATE, NUMBER, Kind
from forms.expressions.tree import Node, is_literal_number, number
from forms.interchange.xlsform_import.xpath import X
from forms.sentences import phrase

Why = tuple[str, str]
Typed = tuple[Node, Kind]


class Named(msgspec.Struct, frozen=True):
    """A question, computed field or repeating group, under the name that it has here."""

    name: str
    kind: Kind
    repeat: str | None = None
    path: str = ""
    within: tuple[str, ...] = ()
    """The names of the blocks around it, in the workbook."""


class Found(Protocol):
    """Everything that has a name in the workbook."""

    def __call__(
        self, name: str, ended: tuple[str, ...] | None = None, repeat: str | None = None
    ) -> tuple[Named, ...]: ...


class Scope(msgspec.Struct, frozen=True):
    """The names that an expression can use: by the name in the workbook, everything that has it.

    `found` may work out what a computed field is only when somebody asks. Told in which blocks a way ends and in which
    item the expression stands, it may leave out what cannot be meant: a name may stand in every group.
    """

    found: Found
    repeat: str | None = None
    own: Named | None = None
    columns: Mapping[str, Typed] = {}
    """What a filter reads of a choice, by its column."""
    parts: Mapping[str, tuple[Node, ...]] = {}
    """The codes that a cell of such a column names between spaces, where it names several."""
    today: frozenset[str] = frozenset()
    """Names under which the workbook keeps the day of filling in, which needs no question here."""
    within: tuple[str, ...] = ()
    """The names of the blocks around the row that the expression belongs to."""
    codes: Mapping[str, str] = {}
    """Codes that our own export had to write otherwise, by how they are written."""

    def inside(self, repeat: str | None) -> "Scope":
        """The same names, seen from an item of a group."""
        return msgspec.structs.replace(self, repeat=repeat, own=None, columns={}, parts={})


class Impossible(Exception):
    """Ends a translation where no words of ours have the meaning; it never leaves this room."""

    def __init__(self, word: str, why: Why) -> None:
        self.why = phrase("word-and-why", word=word, why=why)


def empty(node: Node, kind: Kind) -> Node:
    if kind.name in {"list", "items"}:
        return Node("==", args=(Node("count", args=(node,)), Node("value", 0)))
    if kind == BOOLEAN:  # an acknowledged note is OK or nothing
        return Node("!=", args=(node, Node("value", True)))
    return Node("==", args=(node, Node("value")))


def node_of(one: Named) -> Node:
    """A name as our language writes it."""
    return Node("name", one.name)


def literal(value: float) -> Typed:
    """A number that is written out."""
    if not is_literal_number(value):
        raise Impossible(str(value), phrase("import-number-not-possible-here"))
    return Node("value", number(value)), NUMBER


def is_literal(node: Node) -> bool:
    """True if a value is written out."""
    return node.op == "value"


def is_date(kind: Kind, node: Node) -> bool:
    """True if a value is a date, or a text that is one."""
    return kind == DATE or (node.op == "value" and isinstance(node.value, str) and dates.read(node.value) is not None)


def numeric(code: str) -> float | None:
    """The number that XPath makes of a text."""
    try:
        value = float(code.strip())
    except ValueError:
        return None
    return value if is_literal_number(value) and code.strip()[:1] in "0123456789.-" else None


def text_of(value: float) -> str:
    """A number as XPath writes it."""
    return str(number(value))


def among(node: Node, codes: list[str]) -> Node:
    """The condition that a choice is one of these codes."""
    if not codes:
        return Node("value", False)
    if len(codes) == 1:
        return Node("==", args=(node, Node("value", codes[0])))
    return Node("in", args=(node, Node("list", args=tuple(Node("value", code) for code in codes))))


def denied(node: Node) -> Node:
    """The opposite of a condition."""
    if node.op == "value" and isinstance(node.value, bool):
        return Node("value", not node.value)
    turned = {"==": "!=", "!=": "=="}
    if node.op in turned:
        return Node(turned[node.op], args=node.args)
    if node.op == ">" and node.args[0].op == "count" and node.args[1] == Node("value", 0):
        return Node("==", args=node.args)
    return node.args[0] if node.op == "not" else Node("not", args=(node,))


def chained(op: str, nodes: list[Node]) -> Node:
    """Conditions with `and` or `or` between them; those that are written out say it at once."""
    ends = op == "or"
    rest = list(dict.fromkeys(node for node in nodes if node.op != "value" or node.value is ends))
    if any(node.op == "value" for node in rest):
        return Node("value", ends)
    if not rest:
        return Node("value", not ends)
    return rest[0] if len(rest) == 1 else Node(op, args=tuple(rest))


def minus(node: Node) -> Node:
    """The opposite of a number."""
    return node.args[0] if node.op == "-" and len(node.args) == 1 else Node("-", args=(node,))


def not_negative(node: Node) -> bool:
    """True if a number is surely zero or more."""
    if node.op in {"+", "*", "/", "round", "floor", "if", "coalesce"}:
        args = node.args[1:] if node.op == "if" else node.args
        return all(map(not_negative, args))
    return node.op in {"value", "count", "length", "abs"}


def remainder(first: Node, second: Node) -> Node:
    """XPath's remainder has the sign of what is divided, ours that of the divisor."""
    plain = Node("%", args=(first, second))
    if not_negative(first) and not_negative(second):
        return plain
    size = Node("abs", args=(second,)) if not not_negative(second) else second
    below = minus(Node("%", args=(minus(first), size)))
    return Node("if", args=(Node("<", args=(first, Node("value", 0))), below, Node("%", args=(first, size))))


def word_of(x: X) -> str:
    """The text by which a maker of forms recognises a part."""
    match x.op:
        case "question":
            return f"${{{x.value}}}"
        case "call":
            return f"{x.value}()"
        case "self":
            return "."
        case "text" | "number" | "column" | "other":
            return str(x.value)
    return x.op


def as_numbers(node: Node, other: Node) -> Node:
    """Turn what is reckoned of nothing into nothing, which equals nothing, not even itself."""
    same = Node("==", args=(node, other))
    if "value" in {node.op, other.op}:
        return same
    return Node("and", args=(Node("!=", args=(node, Node("value"))), same))


def reckoned(node: Node) -> bool | None:
    """True if a number is reckoned (and not an answer or written out); None if it is that only sometimes."""
    if node.op in {"name", "answer", "value"}:
        return False
    if node.op not in {"if", "coalesce"}:
        return True
    found = {reckoned(arg) for arg in (node.args[1:] if node.op == "if" else node.args) if arg.op != "value"} or {False}
    return found.pop() if len(found) == 1 else None


def size(node: Node) -> int:
    """The number of parts in a node."""
    return sum(1 for _ in node.walk())


def alone(value: str | float | None) -> str:
    """A written value as XPath compares it with another one."""
    return "" if value is None else value if isinstance(value, str) else text_of(value)


class Asks(Protocol):
    """The questions of a function to the translation that it is a part of."""

    scope: Scope
    remarks: list[Why]

    def visit(self, x: X) -> Typed:
        """The value of a part."""

    def boolean(self, x: X) -> Typed:
        """A part as a condition."""

    def number(self, x: X) -> Node:
        """A part as a number."""

    def named(self, name: str) -> Named:
        """The meaning of a name here."""

    def seen_from(self, repeat: str) -> "Asks":
        """The same, for what stands in an item of a group."""
