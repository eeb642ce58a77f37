"""Sentences filled with their facts: numbers, dates and plurals as a language writes them (CLDR, by Babel).

A sentence is data: text with the names of its facts in braces, as in `str.format`. Three forms of a fact are spelt as
the language does it:

- `{size:number}`: a count with the language's own separators, `26.220.849` in Dutch;
  what is no number stays as it is;
- `{at_ms:moment}`: milliseconds since 1970 as a date and time in the Netherlands, with its zone;
- `{count:one=finding|other=findings}`: the word that belongs to a count, by the plural category of CLDR (`zero`, `one`,
  `two`, `few`, `many`, `other`); `other` is always there, and stands for a category that is not named.

Nothing here knows which sentences there are. Another language needs no code: CLDR knows its plurals.
"""

import re
import string
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import localcontext
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

BETWEEN: Final = " / "  # between the languages of one text (SPEC.md 6.1)
CATEGORIES: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
ZONE: Final = ZoneInfo("Europe/Amsterdam")  # of the municipalities that this is for
_MONTH: Final = re.compile(r"([0-9]{4}-(?:0[1-9]|1[0-2]))(?:-[0-9]{2})?")
DIGITS_MAX: Final = 1_000  # of a double written out: 309 before the sign, or 340 after it, and some to spare
LAST_MS: Final = 253_402_200_000_000  # the last day but one of the year 9999: what lies beyond it has no date


def of_language(text: str, languages: Iterable[str], language: str) -> str:
    """A text that says the same in each of some languages, in one of them: Dutch where that one is lacking.

    One that has not as many parts says something else, and stays whole.
    """
    order = ["nl", *sorted(one for one in languages if one != "nl")]
    parts = text.split(BETWEEN)
    return parts[order.index(language) if language in order else 0] if len(parts) == len(order) else text


@cache
def locale_of(language: str) -> Locale:
    """The locale of a language in CLDR; of one that CLDR does not know, that of English."""
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def moment(ms: int, language: str) -> str:
    """A time in the Netherlands to the minute, its zone named, as the language writes it.

    One outside the calendar is its nearest end.
    """
    at = datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, ZONE)
    return f"{day(at.date(), language)} {at:%H:%M %Z}"


def day_of(ms: int) -> date:
    """The day in the Netherlands on which a moment is; of one outside the calendar the nearest end."""
    return datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, ZONE).date()


def day(date: date, language: str) -> str:
    """A day as the language writes it."""
    return format_date(date, "medium", locale=locale_of(language))


def number(value: int | float, language: str) -> str:
    """A number with the separators of the language."""
    return format_decimal(value, locale=locale_of(language))


def exact(value: int | float, language: str) -> str:
    """A number as somebody answered it: every decimal, behind the sign of the language; thousands are not parted."""
    with localcontext() as exactly:
        exactly.prec = DIGITS_MAX
        return format_decimal(value, locale=locale_of(language), decimal_quantization=False, group_separator=False)


def month(text: str, language: str) -> str:
    """A month as the language says it, that of a day too; a text that is neither as it stands."""
    found = _MONTH.fullmatch(text)
    if found is None or text.startswith("0000"):
        return text
    return format_date(date.fromisoformat(f"{found[1]}-01"), "LLLL y", locale=locale_of(language))


def written(widget: str, value: str | int | float, language: str) -> str:
    """An answer that is no choice and no day, as it is shown wherever words are shown (SPEC section 3, 7)."""
    if isinstance(value, str):
        return month(value, language) if widget == "month" else value
    return exact(value, language)


def choices(spec: str) -> dict[str, str] | None:
    """The words by plural category that a format names; None if it is no plural."""
    pairs = [part.partition("=") for part in spec.split("|")]
    if not all(sign and category in CATEGORIES for category, sign, _ in pairs):
        return None
    return {category: words for category, _, words in pairs}


def chosen(spec: str, language: str, count: int | float) -> str:
    """The words of a spec such as `one=finding|other=findings` that belong to a count in a language."""
    words = choices(spec)
    assert words is not None, spec
    return words.get(locale_of(language).plural_form(count), words["other"])


class _Formatter(string.Formatter):
    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "number":
            return number(value, self._language) if isinstance(value, int | float) else str(value)
        if format_spec == "moment":
            return moment(value, self._language)
        return (
            format(value, format_spec) if choices(format_spec) is None else chosen(format_spec, self._language, value)
        )


def own_name(language: str) -> str:
    """The name of a language in itself, such as Nederlands."""
    return (locale_of(language).get_display_name() or language).capitalize()


@cache
def _formatter(language: str) -> _Formatter:
    return _Formatter(language)


@cache
def _is_plain(sentence: str) -> bool:
    """True if Python alone can fill a sentence, ten times as fast."""
    return not any(spec for _, _, spec, _ in string.Formatter().parse(sentence))


def filled(sentence: str, language: str, facts: Mapping[str, Any]) -> str:
    """The sentence of a language with its facts. Raises `KeyError` for a fact that is not there."""
    if _is_plain(sentence):
        return sentence.format_map(facts)
    return _formatter(language).vformat(sentence, (), facts)
