"""Idioms of XLSForms: written in one way and meant in another (SPEC.md section 3.5)."""

from typing import Final

from forms.expressions.kinds import DATE, TEXT, Kind
from forms.expressions.tree import Node
from forms.interchange.xlsform_import.values import Asks, Typed, alone, denied, empty, numeric
from forms.interchange.xlsform_import.xpath import X
from forms.sentences import phrase

_PLAIN: Final = frozenset({"string", "number", "int", "round"})
_LENGTHS: Final = {  # of a text that is a number or a day, and whether it then is there
    ("=", 0): False, ("<", 1): False, ("<=", 0): False, ("!=", 0): True, (">", 0): True, (">=", 1): True,
}  # fmt: skip
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def answered(asks: Asks, x: X) -> Node | None:
    """The condition that a number or day is there: `= 'NaN'`, or its length as a text; None if it is neither."""
    op, (one, two) = x.op, x.args
    if one.op in {"text", "number"}:
        op, one, two = _TURNED.get(op, op), two, one
    if two == X("text", "NaN") and op in {"=", "!="}:
        node, kind = asks.visit(one.args[0] if one.op == "call" and one.value in _PLAIN else one)
        if kind.name not in {"number", "null"}:
            return None
        return empty(node, kind) if op == "=" else denied(empty(node, kind))
    if one.op != "call" or one.value != "string-length" or len(one.args) != 1 or two.op != "number":
        return None
    holds = _LENGTHS.get((op, two.value))
    node, kind = asks.visit(one.args[0])
    if holds is None or kind.name not in {"number", "date", "list", "boolean"}:
        return None
    return denied(empty(node, kind)) if holds else empty(node, kind)


def days_or_times(left: Typed, right: Typed) -> bool:
    """True if a day or a time of day stands on either side."""
    (one, first), (two, second) = left, right
    return DATE in {first, second} or (TEXT in {first, second} and any(":" in str(node.value) for node in (one, two)))


def lacks(asks: Asks, kind: Kind, other: Node, second: Kind) -> bool:
    """True if the choices have no such code: then XPath never finds them equal, and a remark says so."""
    codes = kind.member.codes if kind.member is not None else kind.codes
    if not codes or other.op != "value" or second.name not in {"text", "number"}:
        return False
    if other.value in (codes if second.name == "text" else {numeric(code) for code in codes}):
        return False
    asks.remarks.append(phrase("import-no-choice-never", value=alone(other.value)))
    return True
