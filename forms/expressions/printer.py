"""From tree back to text: what `parse` reads as the same tree (SPEC.md section 9.2)."""

from typing import Final

from forms.expressions.parser import AND, BINDING, COMPARE, NEGATE, NOT, OR
from forms.expressions.tree import SAFE_INTEGER, Node, Tree, node_of

_WHOLE: Final = NEGATE + 1  # holds so tightly that it needs no brackets anywhere


def print_tree(tree: Tree) -> str:
    """The text of a tree that `check_tree` let pass, with no more brackets than it needs."""
    return written(node_of(tree))


def written(node: Node) -> str:
    """The text of a node."""
    args = node.args
    match node.op:
        case "value":
            return _value(node.value)
        case "name" | "answer":
            return str(node.value)
        case "list":
            return "[" + ", ".join(map(written, args)) + "]"
        case "not":
            return "not " + _in(args[0], NOT)
        case "-" if len(args) == 1:
            return "-" + _in(args[0], NEGATE)
        case "or" | "and":
            return f" {node.op} ".join(_in(arg, BINDING[node.op] + 1) for arg in args)
    if node.op not in BINDING:
        return f"{node.op}(" + ", ".join(map(written, args)) + ")"
    holds = BINDING[node.op]
    left = holds + 1 if holds == COMPARE else holds
    return f"{_in(args[0], left)} {node.op} {_in(args[1], holds + 1)}"


def _in(node: Node, least: int) -> str:
    return written(node) if _holds(node) >= least else f"({written(node)})"


def _holds(node: Node) -> int:
    if node.op == "not":
        return NOT
    if node.op == "-" and len(node.args) == 1:
        return NEGATE
    return {"or": OR, "and": AND}.get(node.op) or BINDING.get(node.op, _WHOLE)


def _value(value: bool | int | float | str | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    return str(value) if isinstance(value, int) and value <= SAFE_INTEGER else repr(float(value))
