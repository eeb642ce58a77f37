"""Dates by integer calendar arithmetic: no time zone, no clock, no library (SPEC.md section 9.7).

A date is text, `YYYY-MM-DD`; a month, `YYYY-MM`, counts as its first day. Days are counted from 1970-01-01.
"""

import re
from functools import lru_cache
from typing import Final

YEAR_MAX: Final = 9999
DAYS_MOVED_MAX: Final = 4_000_000  # more than from the first year to the last
CACHED_DATES_MAX: Final = 4_096  # the same dates come back with every condition of a record
SCHOOL_YEAR_MONTH: Final = 8  # a school year begins on 1 August (Leerplichtwet 1969, article 1)

_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Day = tuple[int, int, int]  # year, month, day


@lru_cache(maxsize=CACHED_DATES_MAX)
def read(text: str) -> Day | None:
    """The year, month and day of a date or month; None for what is no existing one."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3] or "1")
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= _days_in(year, month):
        return None
    return year, month, day


def is_date(text: str) -> bool:
    """True if a text is an existing day; a month is none. What a question of the kind `date` takes."""
    return len(text) == len("2026-11-24") and read(text) is not None


def _days_in(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap and month == 2 else _DAYS[month - 1]


def number(day: Day) -> int:
    """The number of days after 1970-01-01 (before: negative). Years are counted from March, so leap days come last."""
    year, month, date = day
    if month <= 2:
        year, month = year - 1, month + 12
    of_year = (153 * (month - 3) + 2) // 5 + date - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + of_year - 719_468


def written(count: int) -> str | None:
    """The date that many days after 1970-01-01; None outside the years 1 to 9999."""
    count += 719_468
    era, of_era = divmod(count, 146_097)
    of_cycle = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * of_cycle + of_cycle // 4 - of_cycle // 100)
    shifted = (5 * of_year + 2) // 153
    date = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = of_cycle + 400 * era + (1 if month <= 2 else 0)
    return f"{year:04d}-{month:02d}-{date:02d}" if 1 <= year <= YEAR_MAX else None


def years_between(start: Day, end: Day) -> int:
    """Whole years, as an age is counted: somebody of 29 February has a birthday on 1 March in other years.

    Negative if `end` comes first: the whole years the other way around.
    """
    if end < start:
        return -years_between(end, start)
    return end[0] - start[0] - (end[1:] < start[1:])


def school_year(day: Day) -> str:
    """Such as `2026-2027`: from 1 August to 31 July."""
    first = day[0] if day[1] >= SCHOOL_YEAR_MONTH else day[0] - 1
    return f"{first:04d}-{first + 1:04d}"
