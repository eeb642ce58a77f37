"""The value of an expression, from `forms/SPEC.md` 9.5 to 9.7 alone: every sentence there is a few lines here.

Made to be read beside that page and to be slow. Numbers are reckoned as fractions and rounded once, which is what IEEE
says of a sum, a product and a quotient; days are `datetime.date`; nothing here comes from `forms/`.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any, Final

EXACT: Final = Context(prec=2_000)
DAY: Final = re.compile("([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
WHOLE_FROM: Final = 2.0**53
DAYS_MOST: Final = 4_000_000
WORKING_MOST: Final = 36_525


class Reader:
    """One document, one day, and perhaps the item in which the expression stands."""

    def __init__(self, document: Any, today: str, item: Any = None, in_item: bool = False) -> None:
        self.document, self.today = document, today
        self.here = item if in_item else document

    def result(self, tree: Any) -> Any:
        """9.5.1: an item, or a list in a list, is null at its own place."""
        found = self.value(tree)
        if isinstance(found, list):
            return [None if isinstance(member, (list, dict)) else member for member in found]
        return None if isinstance(found, dict) else found

    def value(self, tree: Any) -> Any:
        """What a tree gives, items and lists in lists included."""
        if not isinstance(tree, list):
            return plain(tree)
        name, *arguments = tree
        if name == "today":
            return self.today
        if name == "name":
            return member(self.here, arguments[0])
        if name == "answer":
            found = self.document
            for part in arguments[0][1:].split("/"):
                found = member(found, part)
            return found
        if (name in OVER and len(arguments) == 2) or name in ("map", "filter"):
            return self.per_item(name, *arguments)
        if name in ("if", "and", "or", "coalesce"):
            return self.choosing(name, arguments)
        worked = [self.value(argument) for argument in arguments]
        return worked if name == "list" else PLAIN[name](*worked)

    def choosing(self, name: str, arguments: list[Any]) -> Any:
        if name == "if":
            return self.value(arguments[1 if self.value(arguments[0]) is True else 2])
        if name == "coalesce":
            return next((found for found in map(self.value, arguments) if found is not None), None)
        yes = [self.value(argument) is True for argument in arguments]
        return all(yes) if name == "and" else any(yes)

    def per_item(self, name: str, source: Any, each: Any) -> Any:
        items = members(self.value(source))
        given = [Reader(self.document, self.today, item, True).value(each) for item in items]
        if name == "map":
            return given
        if name == "filter":
            return [item for item, chosen in zip(items, given, strict=True) if chosen is True]
        return sum(one is True for one in given) * 1.0 if name == "count" else OVER[name](given)


def plain(found: Any) -> Any:
    """A number becomes the nearest double, or null."""
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return double(found)
    return found


def double(number: Any) -> float | None:
    try:
        found = float(number)
    except OverflowError:
        return None
    return found + 0.0 if abs(found) < float("inf") else None


def member(around: Any, name: str) -> Any:
    found = plain(around.get(name)) if isinstance(around, dict) else None
    return [plain(one) for one in found] if isinstance(found, list) else found


def members(found: Any) -> list[Any]:
    return [plain(one) for one in found] if isinstance(found, list) else []


def number(found: Any) -> bool:
    return isinstance(found, float)


# --- 9.5.2 to 9.5.6 ---


def arithmetic(work: Callable[[Fraction, Fraction], Fraction]) -> Callable[..., Any]:
    def reckoned(a: Any, *b: Any) -> Any:
        left, right = (a, *b) if b else (0.0, a)
        if not (number(left) and number(right)):
            return None
        try:
            return double(work(Fraction(left), Fraction(right)))
        except ZeroDivisionError:
            return None

    return reckoned


def same(a: Any, b: Any) -> bool:
    return (a is None and b is None) or (type(a) is type(b) and isinstance(a, (bool, float, str)) and a == b)


def order(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda a, b: ((number(a) and number(b)) or (isinstance(a, str) and isinstance(b, str))) and holds(a, b)


def has(found: Any, wanted: Any) -> bool:
    return any(same(one, wanted) for one in members(found))


# --- 9.6 ---


def added(found: Any) -> Any:
    total: Any = 0.0
    for one in members(found):
        if one is not None and total is not None:
            total = PLAIN["+"](total, one)
    return total


def extreme(choose: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def chosen(found: Any) -> Any:
        there = [one for one in members(found) if one is not None]
        kinds = {type(one) for one in there}
        return choose(there) if kinds in ({float}, {str}) else None

    return chosen


def unique(found: Any) -> bool:
    return not any(one is not None and same(one, other) for one, other in combinations(members(found), 2))


OVER: Final[dict[str, Callable[[Any], Any]]] = {
    "count": lambda found: sum(one is not None for one in members(found)) * 1.0,
    "sum": added,
    "min": extreme(min),
    "max": extreme(max),
    "any": lambda found: any(one is True for one in members(found)),
    "all": lambda found: all(one is True for one in members(found)),
    "unique": unique,
}


# --- 9.7.1, 9.7.2 ---


def rounded(found: Any, places: Any = 0.0) -> Any:
    if not number(found) or not number(places) or places not in range(10):
        return None
    if abs(found) >= WHOLE_FROM:
        return found
    step = Decimal(1).scaleb(-int(places))
    return double(Decimal(repr(found)).quantize(step, ROUND_HALF_UP, EXACT))


def floor(found: Any) -> Any:
    return double(Decimal(found).quantize(Decimal(1), ROUND_FLOOR, EXACT)) if number(found) else None


def contains(around: Any, part: Any) -> bool:
    if isinstance(around, list):
        return has(around, part)
    return isinstance(around, str) and isinstance(part, str) and part in around


# --- 9.7.3 ---


def day(found: Any) -> date | None:
    parts = DAY.fullmatch(found) if isinstance(found, str) else None
    try:
        return date(int(parts[1]), int(parts[2]), int(parts[3] or "1")) if parts else None
    except ValueError:
        return None


def on_days(work: Callable[[date, date], Any]) -> Callable[[Any, Any], Any]:
    def worked(a: Any, b: Any) -> Any:
        first, second = day(a), day(b)
        given = None if first is None or second is None else work(first, second)
        return None if given is None else float(given)

    return worked


def later(work: Callable[[date, int], date]) -> Callable[[Any, Any], Any]:
    """A day so much later, `null` outside the years."""

    def worked(a: Any, n: Any) -> Any:
        start = day(a)
        if start is None or not number(n) or not n.is_integer():
            return None
        try:
            return work(start, int(n)).isoformat()
        except (ValueError, OverflowError):
            return None

    return worked


def days_later(start: date, n: int) -> date:
    if abs(n) > DAYS_MOST:
        raise OverflowError
    return start + timedelta(n)


def months_later(start: date, n: int) -> date:
    first = date(start.year + (start.month - 1 + n) // 12, (start.month - 1 + n) % 12 + 1, 1)
    for last in (start.day, 30, 29):
        try:
            return first.replace(day=min(last, start.day))
        except ValueError:
            continue
    return first.replace(day=28)


def forward(work: Callable[[date, date], Any]) -> Callable[[date, date], Any]:
    """b before a: minus the other way round."""

    def both(a: date, b: date) -> Any:
        given = work(min(a, b), max(a, b))
        return -given if b < a and given is not None else given

    return both


def months(a: date, b: date) -> int:
    """The last month is full on its day. In a month too short for it, it is not; on the first of the next it is."""
    begun = (b.year - a.year) * 12 + b.month - a.month
    return begun if b.day >= a.day else begun - 1


def years(a: date, b: date) -> int:
    born_later = (b.month, b.day) < (a.month, a.day)
    return b.year - a.year - born_later


def working_days(a: date, b: date) -> int | None:
    if (b - a).days > WORKING_MOST:
        return None
    weeks, over = divmod((b - a).days, 7)
    loose = sum((b - timedelta(back)).isoweekday() < 6 for back in range(over))
    off = {one for year in range(a.year, b.year + 1) for one in holidays(year) if a < one <= b}
    return weeks * 5 + loose - sum(one.isoweekday() < 6 for one in off)


@cache
def holidays(year: int) -> frozenset[date]:
    easter = easter_sunday(year)
    moving = {easter + timedelta(after) for after in (-2, 1, 39, 50)}
    return frozenset(moving | {date(year, *one) for one in ((1, 1), (4, 27), (5, 5), (12, 25), (12, 26))})


def easter_sunday(year: int) -> date:
    """Gauss, with the supplement of Lichtenberg: days counted from the first of March."""
    century, moon = year // 100, year % 19
    shift = 15 + (3 * century + 3) // 4 - (8 * century + 13) // 25
    full = (19 * moon + shift) % 30
    limit = full - (full // 29 + (full // 28 - full // 29) * (moon // 11)) + 21
    sunday = 7 - (year + year // 4 + 2 - (3 * century + 3) // 4) % 7
    return date(year, 3, 1) + timedelta(limit + 7 - (limit - sunday) % 7 - 1)


def school_year(found: Any) -> Any:
    when = day(found)
    if when is None:
        return None
    began = when.year - (when.month < 8)
    return f"{began:04}-{began + 1:04}"


def texts(work: Callable[..., Any], otherwise: Any) -> Callable[..., Any]:
    return lambda *found: work(*found) if all(isinstance(one, str) for one in found) else otherwise


def every_op() -> Iterator[str]:
    """The names of all that can stand first in a tree."""
    yield from ("list", "today", "name", "answer", "if", "and", "or", "coalesce", "map", "filter")
    yield from PLAIN


PLAIN: Final[dict[str, Callable[..., Any]]] = {
    **OVER,
    "+": arithmetic(lambda a, b: a + b),
    "-": arithmetic(lambda a, b: a - b),
    "*": arithmetic(lambda a, b: a * b),
    "/": arithmetic(lambda a, b: a / b),
    "%": arithmetic(lambda a, b: a % b),
    "not": lambda found: found is not True,
    "==": same,
    "!=": lambda a, b: not same(a, b),
    "<": order(lambda a, b: a < b),
    "<=": order(lambda a, b: a <= b),
    ">": order(lambda a, b: a > b),
    ">=": order(lambda a, b: a >= b),
    "in": lambda wanted, found: has(found, wanted),
    "round": rounded,
    "floor": floor,
    "abs": lambda found: abs(found) if number(found) else None,
    "length": texts(lambda found: float(len(found)), None),
    "contains": contains,
    "starts_with": texts(lambda found, part: found[: len(part)] == part, False),
    "days_between": on_days(lambda a, b: (b - a).days),
    "add_days": later(days_later),
    "add_months": later(months_later),
    "working_days_between": on_days(forward(working_days)),
    "years_between": on_days(forward(years)),
    "months_between": on_days(forward(months)),
    "school_year": school_year,
}
