"""Sums that JavaRosa (ODK, Kobo) lacks or works out otherwise, written so that they mean the same (SPEC.md section 2).

Each takes XPath that holds together by itself. An answer that is missing is '' there, and no number (NaN) in a sum.
"""

from collections.abc import Sequence
from typing import Final

from forms.expressions.tree import Node

NOTHING = "''"
_NO_NUMBER: Final = frozenset(  # what is no number (NaN), and not '', where an answer in it is missing
    ("+", "-", "*", "/", "%", "round", "floor", "abs", "years_between", "months_between", "days_between", "add_days")
)


def floor(number: str) -> str:
    """Down: `int` goes towards zero, so one less where that went up. There is no `floor`."""
    return f"(int({number}) - if(int({number}) > {number}, 1, 0))"


def rounded(number: str, places: str, positive: bool) -> str:
    """A half goes away from zero; there it goes up."""
    plain = f"round({number}, {places})"
    return plain if positive else f"if({number} < 0, -round(-({number}), {places}), {plain})"


def remainder(one: str, other: str, positive: bool) -> str:
    """The remainder has the sign of the divisor; there that of what is divided."""
    return f"{one} mod {other}" if positive else f"(({one} mod {other}) + {other}) mod {other}"


def divisor(number: str, node: Node) -> str:
    """A divisor that is no zero: what is divided by zero is missing, and endless there."""
    return number if node.op == "value" and node.value else f"if({number} = 0, {NOTHING}, {number})"


def extreme(name: str, numbers: Sequence[str], dated: bool) -> str:
    """The least or greatest of those that are there: one that is missing counts as zero there.

    There the greatest is never below zero: it is written as the least of the opposites, turned round.
    """
    each = [_first((*numbers[place:], *numbers[:place])) for place in range(len(numbers))]
    found = f"min({', '.join(each)})" if name == "min" else f"-min({', '.join(f'-({one})' for one in each)})"
    return f"if({each[0]} = '', {NOTHING}, {f'date({found})' if dated else found})"


def total(numbers: Sequence[str], missing: Sequence[bool]) -> str:
    """The sum of those that are there."""
    return " + ".join(f"coalesce({number}, 0)" if may else number for number, may in zip(numbers, missing, strict=True))


def years(first: str, second: str) -> str:
    """Whole years, minus those of the other way round where the second day is before the first."""
    back = f"-({_years(second, first)})"
    return f"if({second} < {first}, {back}, {_years(first, second)})"


def _years(first: str, second: str) -> str:
    whole = f"number(format-date({second}, '%Y')) - number(format-date({first}, '%Y'))"
    before = f"number(format-date({second}, '%m%d')) < number(format-date({first}, '%m%d'))"
    return f"{whole} - if({before}, 1, 0)"


def months(first: str, second: str) -> str:
    """Whole months, minus those of the other way round where the second day is before the first."""
    back = f"-({_months(second, first)})"
    return f"if({second} < {first}, {back}, {_months(first, second)})"


def _months(first: str, second: str) -> str:
    years = f"12 * (number(format-date({second}, '%Y')) - number(format-date({first}, '%Y')))"
    whole = f"number(format-date({second}, '%m')) - number(format-date({first}, '%m'))"
    before = f"number(format-date({second}, '%d')) < number(format-date({first}, '%d'))"
    return f"{years} + {whole} - if({before}, 1, 0)"


def unless_missing(answer: str, text: str) -> str:
    """The value, and nothing where the answer that it is of is missing."""
    return f"if({answer} = '', {NOTHING}, {text})"


def _first(numbers: Sequence[str]) -> str:
    return numbers[0] if len(numbers) == 1 else f"coalesce({numbers[0]}, {_first(numbers[1:])})"


def is_positive(node: Node) -> bool:
    """True if a number is surely zero or more."""
    if node.op == "value":
        return isinstance(node.value, int | float) and node.value >= 0
    if node.op in {"+", "*", "/"}:
        return all(map(is_positive, node.args))
    return node.op in {"count", "length", "abs"}


def is_empty(node: Node) -> bool:
    """True of a written text of nothing: a missing answer is the same text there, and no text here."""
    return node.op == "value" and node.value == ""


def is_near_where_missing(one: Node, other: Node) -> bool:
    """True if two may both be missing, which are alike here: what is no number (NaN) is like nothing there."""
    known = any(arg.op == "value" and arg.value is not None for arg in (one, other))
    return not known and (_may_be_no_number(one) or _may_be_no_number(other))


def _may_be_no_number(node: Node) -> bool:
    if node.op in {"if", "coalesce", "min", "max", "sum", "list"}:
        return any(map(_may_be_no_number, node.args[node.op == "if" :]))
    return node.op in _NO_NUMBER
