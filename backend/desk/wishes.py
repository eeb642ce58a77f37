"""A wish: which records of a form somebody wants to see, as a page's form sends it and a view keeps it.

It is read whole before anything runs: a condition on a question that the form does not have, or of a kind that does not
fit it, is a finding at its field. It is never a query language: words are words, codes are compared with those of the
form.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from backend.sentences import Words, words
from backend.stores.listing import CHANGED, REVIEWS, STATES, Condition, Listing, like
from forms.definition.document import Form
from forms.schema.question import MEDIA, Question

FILTERS_MAX: Final = 50  # questions of one view with conditions: more is no list any more but an export
SEARCH_WORDS_MAX: Final = 20
SEARCH_SIGNS_MAX: Final = 200
SEARCH_SIGNS_MIN: Final = 2  # of one sign every record has some word
COLUMNS_MAX: Final = 12
COLUMNS_FIRST: Final = 5  # shown until somebody chooses: what fits on a laptop
NAME_MAX: Final = 60
NUMBER_MAX: Final = 10**15  # SQLite compares whole numbers up to it exactly with others
YEARS: Final = range(1900, 2200)  # of a visit and of a birth
_NUMBERS: Final = ("integer", "decimal")
_MEASURED: Final = {  # texts that have an order, and how each is written
    "month": re.compile(r"(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])"), "time": re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d"),
}  # fmt: skip
POSITION: Final = "position"
CHOOSE, RANGE, CONTAIN = "choose", "range", "contain"  # the ways of a filter
_LETTER: Final = re.compile(r"\w")
Posted = Mapping[str, Sequence[str]]


class Filter(msgspec.Struct, frozen=True, omit_defaults=True):
    """The conditions on one question; with none it is a field that waits to be filled in."""

    question: str
    any: tuple[str, ...] = ()
    least: str = ""
    most: str = ""
    has: str = ""
    contains: str = ""


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that a view asks for."""

    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    search: str = ""
    state: str = ""
    worker: str = ""
    review: str = ""
    since: str = ""
    until: str = ""
    sort: str = CHANGED
    down: bool = True

    @property
    def typed(self) -> bool:
        """True if a person typed what may be of one record alone: words, or a value that they look for exactly."""
        return self != self.lasting

    @property
    def lasting(self) -> "Wish":
        """The wish of a view that is kept under a name: without what may be of one record alone, which an erasure would
        have to find in it. Codes, states, people, days and bounds stay."""
        filters = tuple(msgspec.structs.replace(one, contains="", **_bounds(one)) for one in self.filters)
        return msgspec.structs.replace(self, search="", filters=filters)

    @property
    def asks(self) -> int:
        """The number of conditions."""
        own = (self.search, self.state, self.worker, self.review, self.since or self.until)
        return sum(map(bool, own)) + sum(one != Filter(one.question) for one in self.filters)


def _bounds(one: Filter) -> dict[str, str]:
    """The bounds of a filter that leave room between them; of two that are one value none stays."""
    return {"least": "", "most": ""} if one.least == one.most else {"least": one.least, "most": one.most}


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Wish).decode


def packed(wish: Wish) -> bytes:
    """A wish as a view keeps it."""
    return _encode(wish)


def unpacked(raw: bytes) -> Wish:
    """A wish that a view kept."""
    return _decode(raw)


def tabled(form: Form) -> dict[str, Question]:
    """The questions that have a column in the table of a form, by name."""
    return {question.name: question for question in form.columns(None)}


def usual(form: Form) -> Wish:
    """The wish of whoever asks for nothing: the first short questions, last changed first."""
    short = [name for name, one in tabled(form).items() if one.kind != "text" or one.widget != "multiline"]
    return Wish(tuple(short[:COLUMNS_FIRST]))


def fitting(wish: Wish, form: Form) -> tuple[Wish, tuple[str, ...]]:
    """A kept wish without what the newest version of its form has no column for, and the names that are left out."""
    known = tabled(form)
    named = [*wish.columns, *(one.question for one in wish.filters), *([wish.sort] if wish.sort != CHANGED else [])]
    lost = tuple(dict.fromkeys(name for name in named if name not in known))
    if not lost:
        return wish, ()
    columns = tuple(name for name in wish.columns if name in known)
    filters = tuple(one for one in wish.filters if one.question in known)
    sort = wish.sort if wish.sort in known else CHANGED
    return msgspec.structs.replace(wish, columns=columns, filters=filters, sort=sort), lost


def read_wish(posted: Posted) -> Wish:
    """The wish in a posted form, as it was typed; `faults` says what is wrong with it."""
    names = tuple(dict.fromkeys(posted.get("filter", ())))
    return Wish(
        tuple(dict.fromkeys(posted.get("column", ()))),
        tuple(_filter(name, posted) for name in names),
        " ".join(_one(posted, "search").split()), _one(posted, "state"), _one(posted, "worker"), _one(posted, "review"),
        _one(posted, "since"), _one(posted, "until"), _one(posted, "sort") or CHANGED, _one(posted, "down") != "no",
    )  # fmt: skip


def _filter(name: str, posted: Posted) -> Filter:
    return Filter(
        name, tuple(dict.fromkeys(posted.get(f"{name}.any", ()))), _one(posted, f"{name}.least"),
        _one(posted, f"{name}.most"), _one(posted, f"{name}.has"), _one(posted, f"{name}.contains"),
    )  # fmt: skip


def _one(posted: Posted, name: str) -> str:
    return next(iter(posted.get(name, ())), "").strip()


def faults(wish: Wish, form: Form, workers: Sequence[str], codes: Mapping[str, Sequence[str]]) -> dict[str, Words]:
    """The findings of a wish, by the name of the field that each stands beside; none where it can run."""
    known, found = tabled(form), {}
    if len(wish.filters) > FILTERS_MAX:
        found["filter"] = words("records-too-many-filters", limit=FILTERS_MAX)
    if len(wish.columns) > COLUMNS_MAX:
        found["column"] = words("records-too-many-columns", limit=COLUMNS_MAX)
    if any(name not in known for name in wish.columns):
        found["column"] = words("records-no-such-question")
    if wish.sort != CHANGED and wish.sort not in known:
        found["sort"] = words("records-no-such-question")
    if wish.state not in STATES:
        found["state"] = words("records-no-such-choice")
    if wish.review not in REVIEWS:
        found["review"] = words("records-no-such-choice")
    if wish.worker and wish.worker not in workers:
        found["worker"] = words("records-no-such-worker")
    if fault := _search_fault(wish.search):
        found["search"] = fault
    if fault := _range_fault("date", wish.since, wish.until):
        found["since"] = fault
    for one in wish.filters:
        question = known.get(one.question)
        if question is None:
            found["filter"] = words("records-no-such-question")
            continue
        if fault := _filter_fault(one, question, codes):
            found[one.question] = fault
    return found


def _search_fault(search: str) -> Words | None:
    if not search:
        return None
    typed = search.split()
    if len(search) > SEARCH_SIGNS_MAX or len(typed) > SEARCH_WORDS_MAX:
        return words("records-search-long", words=SEARCH_WORDS_MAX, signs=SEARCH_SIGNS_MAX)
    if len(_LETTER.findall(search)) < SEARCH_SIGNS_MIN or not all(map(_LETTER.search, typed)):
        return words("records-search-short", least=SEARCH_SIGNS_MIN)
    return None


def _filter_fault(one: Filter, question: Question, codes: Mapping[str, Sequence[str]]) -> Words | None:
    """The first thing that does not fit its question."""
    ways = ways_of(question)
    given = {CHOOSE: one.any, RANGE: one.least or one.most, CONTAIN: one.contains}
    if any(value and way not in ways for way, value in given.items()):
        return words("records-does-not-fit")
    if one.has not in ("", "yes", "no"):
        return words("records-no-such-choice")
    if one.any and not set(one.any) <= set(choices_of(question, codes)):
        return words("records-no-such-choice")
    if len(one.contains) > SEARCH_SIGNS_MAX:
        return words("records-search-long", words=SEARCH_WORDS_MAX, signs=SEARCH_SIGNS_MAX)
    return _range_fault(_measure(question), one.least, one.most) if RANGE in ways else None


def ways_of(question: Question) -> frozenset[str]:
    """The ways in which a question is filtered by, beside having an answer or none."""
    if question.kind in ("choice", "choices", "boolean"):
        return frozenset({CHOOSE})
    if question.kind in ("date", *_NUMBERS) or question.widget in _MEASURED:
        return frozenset({RANGE})
    if question.widget in MEDIA or question.widget == POSITION:
        return frozenset()  # a file has no words that a person types, and nobody types a place to the metre
    return frozenset({CHOOSE, CONTAIN} if question.listed else {CONTAIN})


def _measure(question: Question) -> str:
    """The measure of the values of a question: `date`, a kind of number, or `month` and `time` of a text."""
    return question.widget if question.kind == "text" else question.kind


def choices_of(question: Question, codes: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The codes that may be asked for."""
    if question.kind == "boolean":
        return ("yes", "no")
    return codes.get(question.listed, ()) if question.listed else (question.codes or tuple(question.choices))


def _range_fault(kind: str, least: str, most: str) -> Words | None:
    try:
        first, last = (_value(kind, text) if text else None for text in (least, most))
    except ValueError:
        return words(f"records-not-a-{kind if kind in ('date', *_MEASURED) else 'number'}")
    return words("records-upside-down") if first is not None and last is not None and first > last else None


def _value(kind: str, text: str) -> Any:
    """A bound as its column holds it. Raises `ValueError`."""
    if kind == "date":
        day = date.fromisoformat(text)
        if day.year not in YEARS:
            raise ValueError(text)
        return day.isoformat()
    if pattern := _MEASURED.get(kind):
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text
    number = float(text.replace(",", "."))
    if not abs(number) <= NUMBER_MAX:  # what is not a number at all neither
        raise ValueError(text)
    return int(number) if number.is_integer() else number


def listing_of(wish: Wish, form: Form, zone: ZoneInfo) -> Listing:
    """The listing of a wish without faults; days are those of a time zone."""
    known = tabled(form)
    conditions = [found for one in wish.filters for found in _conditions(one, known[one.question])]
    deleted = wish.state == "deleted"  # they have no row in the form's table: nothing to sort or filter by
    return Listing(
        form.slug, wish.columns, () if deleted else tuple(conditions), wish.search, wish.state, wish.worker,
        wish.review,
        moment_of(wish.since, zone, 0), moment_of(wish.until, zone, 1), CHANGED if deleted else wish.sort, wish.down,
        wish.sort in known and known[wish.sort].kind in (*_NUMBERS, "boolean"),
    )  # fmt: skip


def moment_of(day: str, zone: ZoneInfo, later: int) -> int | None:
    """The first millisecond of a day in a time zone, or of some days later."""
    if not day:
        return None
    start = datetime.combine(date.fromisoformat(day) + timedelta(days=later), datetime.min.time(), zone)
    return int(start.timestamp() * 1_000)


def _conditions(one: Filter, question: Question) -> list[Condition]:
    name, kind, measure = question.name, question.kind, _measure(question)
    found = []
    if one.any and kind == "boolean":
        found.append(Condition(name, "any", (_json([int(code == "yes") for code in one.any]),)))
    elif one.any:
        found.append(Condition(name, "includes" if kind == "choices" else "any", (_json(one.any),)))
    if one.least:
        found.append(Condition(name, "from", (_value(measure, one.least),)))
    if one.most:
        found.append(Condition(name, "until", (_value(measure, one.most),)))
    if one.has:
        found.append(Condition(name, "has" if one.has == "yes" else "lacks"))
    if one.contains:
        found.append(Condition(name, "contains", (like(one.contains),)))
    return found


def _json(values: Any) -> str:
    return msgspec.json.encode(values).decode()
