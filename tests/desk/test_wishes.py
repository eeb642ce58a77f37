"""A wish over the records of a form: bad ones get a finding at their field and are never run."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.desk.wishes import (
    FILTERS_MAX,
    Filter,
    Wish,
    faults,
    fitting,
    listing_of,
    packed,
    read_wish,
    tabled,
    unpacked,
    usual,
)
from backend.sentences import library
from backend.stores.listing import Condition
from forms.definition.document import load_form
from forms.definition.library import first_raw

FORM = load_form(first_raw("huisbezoek"))
ZONE = ZoneInfo("Europe/Amsterdam")


def said(**posted: Any) -> dict[str, str]:
    fields = {name.replace("__", "."): value if isinstance(value, list) else [value] for name, value in posted.items()}
    return {name: one.code for name, one in faults(read_wish(fields), FORM, ["werker-een"], {}).items()}


BAD = [
    ({"filter": "another_form"}, {"filter": "records-no-such-question"}),
    ({"filter": "kind_stem"}, {"filter": "records-no-such-question"}),  # of a repeating group: no column
    ({"filter": "x] from _record --"}, {"filter": "records-no-such-question"}),
    ({"column": "another"}, {"column": "records-no-such-question"}),
    ({"sort": "r.shown"}, {"sort": "records-no-such-question"}),
    ({"state": "secret"}, {"state": "records-no-such-choice"}),
    ({"worker": "werker-twee"}, {"worker": "records-no-such-worker"}),
    ({"filter": "toegang", "toegang__least": "a"}, {"toegang": "records-does-not-fit"}),
    ({"filter": "toegang", "toegang__contains": "a"}, {"toegang": "records-does-not-fit"}),
    ({"filter": "case_ref", "case_ref__any": "a"}, {"case_ref": "records-does-not-fit"}),
    ({"filter": "toegang", "toegang__any": ["binnen", "nergens"]}, {"toegang": "records-no-such-choice"}),
    ({"filter": "gelegitimeerd", "gelegitimeerd__any": "1"}, {"gelegitimeerd": "records-no-such-choice"}),
    ({"filter": "toegang", "toegang__has": "maybe"}, {"toegang": "records-no-such-choice"}),
    (
        {"filter": "bezoek_datum", "bezoek_datum__least": "2026-03-01", "bezoek_datum__most": "2026-02-28"},
        {"bezoek_datum": "records-upside-down"},
    ),
    ({"filter": "bezoek_datum", "bezoek_datum__least": "31-12-2026"}, {"bezoek_datum": "records-not-a-date"}),
    ({"since": "2026-02-30"}, {"since": "records-not-a-date"}),
    ({"until": "9999-12-31"}, {"since": "records-not-a-date"}),
    ({"since": "2026-02-02", "until": "2026-02-01"}, {"since": "records-upside-down"}),
    ({"search": "x"}, {"search": "records-search-short"}),
    ({"search": "-- \" '"}, {"search": "records-search-short"}),
    ({"search": "woord *"}, {"search": "records-search-short"}),
    ({"search": "woord " * 500}, {"search": "records-search-long"}),
    ({"search": "w" * 201}, {"search": "records-search-long"}),
    ({"filter": "case_ref", "case_ref__contains": "w" * 201}, {"case_ref": "records-search-long"}),
    ({"column": [*tabled(FORM)][:13]}, {"column": "records-too-many-columns"}),
    ({"filter": [f"q{n}" for n in range(FILTERS_MAX + 1)]}, {"filter": "records-no-such-question"}),
]


@pytest.mark.parametrize(("posted", "expected"), BAD, ids=lambda one: str(one)[:60])
def test_what_does_not_fit_is_found_at_its_field(posted: dict[str, Any], expected: dict[str, str]) -> None:
    assert expected == said(**posted)


def test_more_conditions_than_anybody_reads_are_refused() -> None:
    wish = Wish(filters=tuple(Filter("toegang") for _ in range(FILTERS_MAX + 1)))
    assert {"filter": "records-too-many-filters"} == {
        name: one.code for name, one in faults(wish, FORM, [], {}).items()
    }


@pytest.mark.parametrize("text", ["nan", "inf", "1e400", "twee", "1,2,3"])
def test_a_bound_that_is_no_number_is_none(text: str) -> None:
    form = load_form(first_raw("signaal"))
    name = next((n for n, one in tabled(form).items() if one.kind in ("integer", "decimal")), None)
    if name is None:
        form = load_form(first_raw("traject"))
        name = next(n for n, one in tabled(form).items() if one.kind in ("integer", "decimal"))
    found = faults(Wish(filters=(Filter(name, least=text),)), form, [], {})
    assert "records-not-a-number" == found[name].code


def test_every_finding_has_words_in_both_languages() -> None:
    for _, expected in BAD:
        for code in expected.values():
            for language in ("nl", "en"):
                assert code != library().phrase(code, language, limit=1, words=1, signs=1, least=2)


def test_a_wish_becomes_conditions_and_days_those_of_the_municipality() -> None:
    wish = read_wish({
        "column": ["case_ref"], "filter": ["toegang", "krachten", "bezoek_datum", "gelegitimeerd", "case_ref"],
        "toegang.any": ["binnen"], "krachten.any": ["anders"], "bezoek_datum.least": ["2026-01-01"],
        "gelegitimeerd.any": ["yes"], "case_ref.contains": ["A_"], "toegang.has": ["yes"], "since": ["2026-03-29"],
        "until": ["2026-03-29"], "sort": ["case_ref"], "down": ["no"], "search": ["  een   twee "],
    })  # fmt: skip
    assert {} == faults(wish, FORM, [], {}) and wish.typed and 7 == wish.asks
    asked = listing_of(wish, FORM, ZONE)
    assert (
        Condition("toegang", "any", ('["binnen"]',)), Condition("toegang", "has"),
        Condition("krachten", "includes", ('["anders"]',)), Condition("bezoek_datum", "from", ("2026-01-01",)),
        Condition("gelegitimeerd", "any", ("[1]",)), Condition("case_ref", "contains", ("%A!_%",)),
    ) == asked.conditions  # fmt: skip
    assert ("een twee", False) == (asked.search, asked.down)
    assert asked.until_ms is not None and asked.since_ms is not None
    assert 23 * 3_600_000 == asked.until_ms - asked.since_ms  # the clocks go forward that night
    assert wish == unpacked(packed(wish))


def test_deleted_records_have_nothing_to_sort_or_filter_by() -> None:
    wish = read_wish({"state": ["deleted"], "filter": ["toegang"], "toegang.any": ["binnen"], "sort": ["toegang"]})
    asked = listing_of(wish, FORM, ZONE)
    assert ((), "_changed") == (asked.conditions, asked.sort)


def test_a_view_is_shown_without_what_a_new_version_dropped_and_that_is_said() -> None:
    wish = Wish(("case_ref", "gone"), (Filter("gone", has="yes"), Filter("toegang", any=("binnen",))), sort="gone")
    left, lost = fitting(wish, FORM)
    assert (Wish(("case_ref",), (Filter("toegang", any=("binnen",)),)), ("gone",)) == (left, lost)
    assert (left, ()) == fitting(left, FORM)


def test_whoever_asks_for_nothing_sees_short_questions() -> None:
    assert 5 == len(usual(FORM).columns) and "case_ref" == usual(FORM).columns[0] and 0 == usual(FORM).asks
