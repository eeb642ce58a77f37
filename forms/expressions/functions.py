"""The functions of expressions, for any values whatever (SPEC.md sections 9.6 and 9.7).

Inside an evaluation a number is always a `float`, so the type of a value says its kind. Whatever does not
fit gives `null`, never an exception.
"""

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from forms.expressions import dates
from forms.expressions.tree import SAFE_INTEGER, number

PLACES_MAX: Final = 9  # more decimal places than any form shows; fewer than a double can tell apart

Value = Any  # None, bool, float, str, a list of these, or an item
Function = Callable[..., Value]


def known(value: Value) -> Value:
    """An answer as evaluation sees it: numbers as finite doubles, everything else as it is."""
    kind = type(value)
    if kind is str or kind is bool or value is None or kind is dict:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is int:
        try:
            return float(value)
        except OverflowError:
            return None
    if kind is list:
        return [known(member) if type(member) is not list else member for member in value]
    return None


def given(value: Value) -> Value:
    """A result as the rest of the system sees it: whole numbers as such, no items, no lists in lists."""
    if type(value) is list:
        return [None if type(member) is list else given(member) for member in value]
    if type(value) is float:
        return number(value)
    return None if type(value) is dict else value


def finite(value: float) -> float | None:
    """The number, or null if it is beyond what a double can hold."""
    return value if math.isfinite(value) else None


def equal(left: Value, right: Value) -> bool:
    """Null, booleans, numbers and texts equal what is the same; lists and items equal nothing."""
    kind = type(left)
    return kind is type(right) and kind is not list and kind is not dict and bool(left == right)


def has(members: Value, value: Value) -> bool:
    """True if a list has a member that equals the value."""
    return type(members) is list and any(equal(member, value) for member in members)


def total(members: Sequence[Value]) -> Value:
    """The numbers added from left to right, plainly (Python's own `sum` corrects for rounding since 3.12)."""
    result = 0.0
    for member in members:
        if member is None:
            continue
        if type(member) is not float:
            return None
        result += member
    return finite(result)


def least(members: Sequence[Value]) -> Value:
    """The smallest number or the first text; null without members, or with unlike ones."""
    found = _alike(members)
    return min(found) if found else None


def greatest(members: Sequence[Value]) -> Value:
    """The largest number or the last text; null without members, or with unlike ones."""
    found = _alike(members)
    return max(found) if found else None


def _alike(members: Sequence[Value]) -> list[Any]:
    found = [member for member in members if member is not None]
    kinds = {type(member) for member in found}
    return found if kinds in ({float}, {str}) else []


def unique(members: Sequence[Value]) -> bool:
    """True if no two members are equal; unanswered ones do not count, lists and items equal nothing."""
    found = [(type(m), m) for m in members if m is not None and type(m) is not list and type(m) is not dict]
    return len(found) == len(set(found))


def half_up(value: Value, places: Value = 0.0) -> Value:
    """Rounded on decimal places, halves away from zero, as on paper and in a spreadsheet.

    What is rounded is the shortest decimal that reads back as this double: 1.005 becomes 1.01, although the
    double is a little less.
    """
    if type(value) is not float or type(places) is not float:
        return None
    if not places.is_integer() or not 0 <= places <= PLACES_MAX:
        return None
    if abs(value) >= SAFE_INTEGER:
        return value
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP))


def down(value: Value) -> Value:
    """The whole number below."""
    return float(math.floor(value)) if type(value) is float else None


def size(value: Value) -> Value:
    """Without its sign."""
    return abs(value) if type(value) is float else None


def length(value: Value) -> Value:
    """The number of characters (code points) in a text."""
    return float(len(value)) if type(value) is str else None


def contains(whole: Value, part: Value) -> Value:
    """True if a text stands in a text, or a list has a member."""
    if type(whole) is str:
        return type(part) is str and part in whole
    return has(whole, part)


def starts_with(whole: Value, part: Value) -> Value:
    """True if a text begins with a text."""
    return type(whole) is str and type(part) is str and whole.startswith(part)


def _day(value: Value) -> dates.Day | None:
    return dates.read(value) if type(value) is str else None


def years_between(start: Value, end: Value) -> Value:
    """Whole years from one date to another, as an age is counted."""
    first, last = _day(start), _day(end)
    return float(dates.years_between(first, last)) if first and last else None


def months_between(start: Value, end: Value) -> Value:
    """Whole months from one date to another."""
    first, last = _day(start), _day(end)
    return float(dates.months_between(first, last)) if first and last else None


def days_between(start: Value, end: Value) -> Value:
    """Days from one date to another; negative if the second comes first."""
    first, last = _day(start), _day(end)
    return float(dates.number(last) - dates.number(first)) if first and last else None


def add_days(start: Value, days: Value) -> Value:
    """The date a whole number of days later or earlier."""
    first = _day(start)
    if first is None or type(days) is not float or not days.is_integer() or abs(days) > dates.DAYS_MOVED_MAX:
        return None
    return dates.written(dates.number(first) + int(days))


def add_months(start: Value, months: Value) -> Value:
    """The same day a whole number of months later or earlier; the last of a month that is too short for it."""
    first = _day(start)
    if first is None or type(months) is not float or not months.is_integer():
        return None
    return dates.add_months(first, int(months))


def working_days_between(start: Value, end: Value) -> Value:
    """Working days after one date up to another and with it; negative if the second comes first."""
    first, last = _day(start), _day(end)
    if not first or not last or abs(dates.number(last) - dates.number(first)) > dates.WORKING_SPAN_MAX:
        return None
    return float(dates.working_days_between(first, last))


def school_year(date: Value) -> Value:
    """The school year in which a date falls."""
    day = _day(date)
    return dates.school_year(day) if day else None


def remainder(left: float, right: float) -> float:
    """The remainder of a division, exactly; it has the sign of the divisor, so -1 % 7 is 6."""
    return left % right


PLAIN: Final[dict[str, Function]] = {  # what only looks at the values of its arguments
    "round": half_up,
    "floor": down,
    "abs": size,
    "length": length,
    "contains": contains,
    "starts_with": starts_with,
    "years_between": years_between,
    "months_between": months_between,
    "days_between": days_between,
    "add_days": add_days,
    "add_months": add_months,
    "working_days_between": working_days_between,
    "school_year": school_year,
}
OVER_MEMBERS: Final[dict[str, Function]] = {  # what looks at a list of values
    "sum": total,
    "min": least,
    "max": greatest,
    "unique": unique,
    "any": lambda members: any(member is True for member in members),
    "all": lambda members: all(member is True for member in members),
    "map": lambda members: members,
}
