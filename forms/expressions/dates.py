"""Dates by integer calendar arithmetic: no time zone, no clock, no library (SPEC.md section 9.7).

A date is text, `YYYY-MM-DD`; a month, `YYYY-MM`, counts as its first day. Days are counted from 1970-01-01.
"""

import re
from functools import lru_cache
from typing import Final

YEAR_MAX: Final = 9999
DAYS_MOVED_MAX: Final = 4_000_000  # more than from the first year to the last
WORKING_SPAN_MAX: Final = 36_525  # days, a century: the holidays of each year between are looked up
CACHED_DATES_MAX: Final = 4_096  # the same dates come back with every condition of a record
SCHOOL_YEAR_MONTH: Final = 8  # a school year begins on 1 August (Leerplichtwet 1969, article 1)

SATURDAY: Final = 5  # days of the week count from Monday 0
AFTER_EASTER: Final = (-2, 1, 39, 50)  # Good Friday, Easter Monday, Ascension Day, Whit Monday

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


def months_between(start: Day, end: Day) -> int:
    """Whole months: each is full on its day, or on the first of the month after one that is too short for that day.

    Negative if `end` comes first: the whole months the other way around.
    """
    if end < start:
        return -months_between(end, start)
    return (end[0] - start[0]) * 12 + end[1] - start[1] - (end[2] < start[2])


def add_months(day: Day, months: int) -> str | None:
    """The same day so many months later, the last of its month where that is shorter; None outside the years."""
    year, month = divmod(day[0] * 12 + day[1] - 1 + months, 12)
    if not 1 <= year <= YEAR_MAX:
        return None
    return f"{year:04d}-{month + 1:02d}-{min(day[2], _days_in(year, month + 1)):02d}"


def working_days_between(start: Day, end: Day) -> int:
    """Days from Monday to Friday that are no holiday, after `start` up to and with `end`.

    Negative if `end` comes first: the working days the other way around.
    """
    if end < start:
        return -working_days_between(end, start)
    first, last = number(start), number(end)
    free = {day for year in range(start[0], end[0] + 1) for day in _holidays(year) if first < day <= last}
    return _weekdays(last) - _weekdays(first) - sum(_weekday(day) < SATURDAY for day in free)


def _weekday(day: int) -> int:
    """The day of the week of a number of days, Monday 0; 1970-01-01 was a Thursday."""
    return (day + 3) % 7


def _weekdays(day: int) -> int:
    """The days from Monday to Friday up to a day and with it, counted from a Monday before all dates."""
    weeks, rest = divmod(day + 3, 7)
    return weeks * SATURDAY + min(rest + 1, SATURDAY)


@lru_cache(maxsize=CACHED_DATES_MAX)
def _holidays(year: int) -> tuple[int, ...]:
    """The general holidays of a year (Algemene termijnenwet, article 3(1) and (2)).

    King's Day is on 26 April where the 27th is a Sunday: a Saturday, so that no working day changes.
    """
    easter = _easter(year)
    fixed = (number((year, *day)) for day in ((1, 1), (4, 27), (5, 5), (12, 25), (12, 26)))
    return (*fixed, *(easter + after for after in AFTER_EASTER))


def _easter(year: int) -> int:
    """Easter Sunday of the Gregorian calendar, by the rule of Butcher (1876)."""
    golden, century, of_century = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return number((year, month, day + 1))


def school_year(day: Day) -> str:
    """Such as `2026-2027`: from 1 August to 31 July."""
    first = day[0] if day[1] >= SCHOOL_YEAR_MONTH else day[0] - 1
    return f"{first:04d}-{first + 1:04d}"
