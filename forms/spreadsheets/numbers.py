"""Numbers and dates of workbooks, written as a person would write them (forms/SPEC.md section 11.1)."""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

DIGITS: Final = 15  # what workbooks show of a number: 0.1 + 0.2 is 0.3
SERIAL_MAX: Final = 2_958_465  # 9999-12-31
DAY_SECONDS: Final = 24 * 60 * 60

DATE_FORMATS: Final = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))  # built in

_DIGITS: Final = re.compile(r"(0{1,20})(?:\.(0{1,10}))?")
BUILT_IN: Final = {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
                   12: "# ?/?", 13: "# ??/??", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 48: "##0.0E+0",
                   49: "@"}  # fmt: skip

_QUIET: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)


def is_date_format(code: str) -> bool:
    """True if a number format shows a date or a time: it names a day, month, year, hour or second outside quotes."""
    shown = _QUIET.sub("", code.split(";")[0]).lower()
    return "general" not in shown and any(sign in shown for sign in "dmyhs")


def digits_format(code: str) -> tuple[int, int] | None:
    """The digits that a simple format shows before and behind the point at least: (3, 0) for `000`, (1, 2) for `0.00`.

    None for any other: what it shows is not followed.
    """
    match = _DIGITS.fullmatch(code.split(";")[0].strip())
    return (len(match[1]), len(match[2] or "")) if match is not None else None


def is_plain_format(code: str) -> bool:
    """True if a number format shows the number as it is, for which there is nothing to say."""
    return code.split(";")[0].strip().lower() in ("", "general", "@", "0", "#", "standaard")


def shown_number(value: float, digits: tuple[int, int]) -> str:
    """A number as a simple format shows it: 7 is 007 in `000`, 2 is 2.00 in `0.00`."""
    before, behind = digits
    try:
        exact = Decimal(f"{value:.{DIGITS}g}").quantize(Decimal(1).scaleb(-behind), ROUND_HALF_UP)
    except (InvalidOperation, ValueError):
        return number_text(value)
    whole, point, part = f"{abs(exact):f}".partition(".")
    return f"{'-' if exact < 0 else ''}{whole.zfill(before)}{point}{part}"


def number_text(value: float) -> str:
    """A number in plain digits, without an exponent and without the dust of doubles: 1.0 is 1."""
    try:
        exact = Decimal(f"{value:.{DIGITS}g}")
        if not exact.is_finite():
            return ""
        if exact == exact.to_integral_value():
            return str(int(exact)) if abs(exact) < Decimal(10) ** 40 else f"{value:g}"
        return format(exact.normalize(), "f") if abs(exact) > Decimal("1e-30") else f"{value:g}"
    except (InvalidOperation, OverflowError, ValueError):
        return ""


def date_text(serial: float, from_1904: bool) -> str | None:
    """The day (and time) that a workbook keeps as a number of days; None if it is no day of the calendar.

    Days are counted from 1900 with a 29 February that never was, or on old Macintoshes from 1904. Less than one
    day is a time.
    """
    if not 0 <= serial <= SERIAL_MAX - (1462 if from_1904 else 0):
        return None
    days, seconds = divmod(round(serial * DAY_SECONDS), DAY_SECONDS)
    time = timedelta(seconds=seconds)
    if days == 0 and not from_1904:
        return (datetime(1900, 1, 1) + time).time().isoformat()
    origin = date(1904, 1, 1) if from_1904 else date(1899, 12, 31) if days < 60 else date(1899, 12, 30)
    try:
        day = origin + timedelta(days=days)
    except OverflowError:
        return None
    return day.isoformat() if not seconds else f"{day.isoformat()}T{(datetime.min + time).time().isoformat()}"
