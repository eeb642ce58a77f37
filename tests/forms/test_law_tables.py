"""The law as tables: born, asked on, and what the law says, each written from its article and not from the form.

The law works by day and a form knows the month of birth: a duty that begins does so with the first of its month, one
that ends runs to the end of the birth month, so that nobody falls out of a duty early. Texts of the law as of 10 May
2017 (the version that is public as text); the boundaries stand with the day before and the day after.
"""

from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from forms.definition.library import shipped_form
from forms.records.relevance import Examiner, Seen

NONE, SCHOOL, QUALIFY, TRANSITION = "geen", "leerplichtig", "kwalificatieplichtig", "doorstroompunt"


@cache
def examiner(slug: str) -> Examiner:
    return Examiner(shipped_form(slug))


def look(slug: str, today: str, **answers: Any) -> Seen:
    return examiner(slug).examine({name: value for name, value in answers.items() if value is not None}, today)


def duty(born: str, asked: str, **answers: Any) -> Any:
    return look("schoolcheck", asked, geboortemaand=born, check_datum=asked, **answers).computed["/plicht"]


def found(seen: Seen, at: str) -> set[str]:
    return {one.code for one in seen.findings if one.path == at}


def day(text: str, days: int) -> str:
    return (date.fromisoformat(text) + timedelta(days)).isoformat()


# Article 3(1): "begint op de eerste schooldag van de maand volgende op die waarin de jongere de leeftijd van vijf jaar
# bereikt". Born, and the first day of the duty.
BEGINS = [
    ("2020-01", "2025-02-01"),  # after a month of 31 days
    ("2020-02", "2025-03-01"),  # after February: in version 1 this was the 4th
    ("2020-03", "2025-04-01"),
    ("2020-04", "2025-05-01"),  # after a month of 30 days: in version 1 the 2nd
    ("2020-06", "2025-07-01"),
    ("2020-07", "2025-08-01"),  # on the first day of a school year
    ("2020-09", "2025-10-01"),
    ("2020-11", "2025-12-01"),
    ("2020-12", "2026-01-01"),  # in the next year
    ("2019-02", "2024-03-01"),  # the fifth birthday in a February of 29 days
    ("2024-02", "2029-03-01"),  # born in one
]


@pytest.mark.parametrize(("born", "first"), BEGINS)
def test_compulsory_education_begins_with_the_month_after_the_fifth_birthday(born: str, first: str) -> None:
    assert (NONE, SCHOOL, SCHOOL) == (duty(born, day(first, -1)), duty(born, first), duty(born, day(first, 1)))


# Article 3(1)(b): "aan het einde van het schooljaar waarin de jongere de leeftijd van zestien jaar heeft bereikt"; a
# school year runs from 1 August to 31 July. Then article 4b: "direct na het einde van de leerplicht".
ENDS = [
    ("2010-08", "2027-07-31"),  # sixteen in the first month of a school year
    ("2010-09", "2027-07-31"),
    ("2010-12", "2027-07-31"),
    ("2011-01", "2027-07-31"),
    ("2011-07", "2027-07-31"),  # sixteen in its last month
    ("2010-07", "2026-07-31"),  # a month earlier: a year earlier
    ("2008-02", "2024-07-31"),  # sixteen in a February of 29 days
]


@pytest.mark.parametrize(("born", "last"), ENDS)
def test_it_ends_with_the_school_year_in_which_sixteen_is_reached(born: str, last: str) -> None:
    assert (SCHOOL, SCHOOL, QUALIFY) == (duty(born, day(last, -1)), duty(born, last), duty(born, day(last, 1)))


# Article 3(1)(a): "aan het einde van het schooljaar na afloop waarvan de jongere ten minste twaalf volledige
# schooljaren een of meer scholen heeft bezocht". Whether twelve are over is asked, where it can be.
TWELVE = [
    ("2011-03", "2026-09-01", "ja", QUALIFY),  # fifteen, twelve years over
    ("2011-03", "2026-09-01", "nee", SCHOOL),
    ("2011-03", "2026-09-01", "onbekend", SCHOOL),  # what nobody knows ends no duty
    ("2011-03", "2026-09-01", None, SCHOOL),
    ("2010-07", "2026-09-01", "nee", QUALIFY),  # over by age: not asked any more
    ("2012-11", "2026-10-31", "ja", SCHOOL),  # thirteen: twelve years cannot be over, and it is not asked
    ("2012-11", "2026-11-01", "ja", QUALIFY),
    ("2011-03", "2027-07-31", "nee", SCHOOL),  # the last day of the school year of sixteen, and the day after
    ("2011-03", "2027-08-01", "nee", QUALIFY),
]


@pytest.mark.parametrize(("born", "asked", "twelve", "expected"), TWELVE)
def test_it_ends_after_twelve_full_school_years_too(born: str, asked: str, twelve: str | None, expected: str) -> None:
    assert expected == duty(born, asked, twaalf_schooljaren=twelve)


def test_twelve_school_years_are_asked_from_fourteen_until_the_end_of_the_duty() -> None:
    days = ("2025-02-28", "2025-03-01", "2027-07-31", "2027-08-01")
    seen = [look("schoolcheck", asked, geboortemaand="2011-03", check_datum=asked) for asked in days]
    assert [True, False, False, True] == ["/twaalf_schooljaren" in one.hidden for one in seen]


# Article 4b: "eindigt zodra de jongere de leeftijd van 18 jaar bereikt": with the month alone, after that month.
EIGHTEEN = [
    ("2008-06", "2026-06-30"),  # born on the 30th: in version 1 out on 1 June, four weeks early
    ("2008-11", "2026-11-30"),
    ("2008-12", "2026-12-31"),
    ("2009-01", "2027-01-31"),
    ("2008-02", "2026-02-28"),  # born on 29 February at the latest: eighteen on 1 March in a year without one
    ("2010-02", "2028-02-29"),  # eighteen in a February of 29 days
]


@pytest.mark.parametrize(("born", "last"), EIGHTEEN)
def test_the_duty_to_qualify_runs_to_the_end_of_the_month_of_the_eighteenth_birthday(born: str, last: str) -> None:
    expected = (QUALIFY, QUALIFY, TRANSITION)
    days = (day(last, -1), last, day(last, 1))
    assert expected == tuple(duty(born, asked, startkwalificatie="nee") for asked in days)


# Article 1(f), 4b: a basic qualification ends it. Article 4a(2): "geldt niet ten aanzien van jongeren die in het bezit
# zijn van een getuigschrift of een schooldiploma praktijkonderwijs [...] en jongeren die voortgezet speciaal onderwijs
# in het uitstroomprofiel [arbeidsmarkt of dagbesteding] hebben gevolgd". Neither ends compulsory education itself.
DIPLOMAS = [
    ("2009-05", "2026-11-01", "ja", None, NONE),
    ("2009-05", "2026-11-01", "nee", "ja", NONE),
    ("2009-05", "2026-11-01", "nee", "nee", QUALIFY),
    ("2009-05", "2026-11-01", "nee", "onbekend", QUALIFY),
    ("2009-05", "2026-11-01", "onbekend", None, QUALIFY),
    ("2010-09", "2026-11-01", "ja", None, SCHOOL),  # sixteen, in the school year of that birthday
    ("2010-09", "2026-11-01", "nee", "ja", SCHOOL),
    ("2008-05", "2026-11-01", "ja", None, NONE),
    ("2008-05", "2026-11-01", "nee", "ja", TRANSITION),  # eighteen: whether they work is not known here
    ("2010-09", "2027-07-31", "ja", None, SCHOOL),  # article 4b: "direct na het einde van de leerplicht"
    ("2010-09", "2027-08-01", "ja", None, NONE),
    ("2010-09", "2027-07-31", "nee", "ja", SCHOOL),
    ("2010-09", "2027-08-01", "nee", "ja", NONE),
    ("2008-11", "2026-11-30", "nee", "ja", NONE),  # the last day of the month of eighteen, and the day after
    ("2008-11", "2026-12-01", "nee", "ja", TRANSITION),
]


@pytest.mark.parametrize(("born", "asked", "basic", "pro", "expected"), DIPLOMAS)
def test_who_has_which_diploma(born: str, asked: str, basic: str | None, pro: str | None, expected: str) -> None:
    assert expected == duty(born, asked, startkwalificatie=basic, diploma_pro_vso=pro)


# WEB 8.3.2 and Wet van school naar duurzaam werk (1 January 2026): until 27, again to the end of that month.
TWENTY_SEVEN = [
    ("1999-11", "2026-11-30"),
    ("2000-02", "2027-02-28"),
    ("2001-02", "2028-02-29"),
    ("1999-12", "2026-12-31"),
]


@pytest.mark.parametrize(("born", "last"), TWENTY_SEVEN)
def test_the_transition_point_is_there_until_twenty_seven(born: str, last: str) -> None:
    days = (day(last, -1), last, day(last, 1))
    assert (TRANSITION, TRANSITION, NONE) == tuple(duty(born, asked, startkwalificatie="nee") for asked in days)


# Article 2(3), 22(3): from twelve the youth is heard; a right begins with the first of its month.
@pytest.mark.parametrize(
    ("born", "first"), [("2014-11", "2026-11-01"), ("2014-03", "2026-03-01"), ("2012-02", "2024-02-01")]
)
def test_from_twelve_the_youth_is_heard(born: str, first: str) -> None:
    before, then = (
        look("schoolcheck", asked, geboortemaand=born, check_datum=asked) for asked in (day(first, -1), first)
    )
    assert ("check-error" in found(before, "/geboortemaand"), "check-error" in found(then, "/geboortemaand")) == (
        False,
        True,
    )


# Articles 5 and 5a hold by law, once notice is given (6 to 9); articles 3a(4), 3b(5) and 15(1):
# burgemeester en wethouders decide.
NOTICE, DECISION = "/vrijstelling_kennisgeving", "/vrijstelling_besluit"
ARTICLES = {
    "geen": None, "onbekend": None, "art3a": DECISION, "art3b": DECISION, "art15": DECISION,
    "art5_onder_a": NOTICE, "art5_onder_b": NOTICE, "art5_onder_c": NOTICE, "art5a": NOTICE,
}  # fmt: skip


@pytest.mark.parametrize(("article", "asked"), ARTICLES.items())
def test_an_exemption_is_a_notice_or_a_decision_by_its_article(article: str, asked: str | None) -> None:
    seen = look("schoolcheck", "2026-11-24", vrijstelling=article, check_datum="2026-11-24", geboortemaand="2011-03")
    assert {path for path in (NOTICE, DECISION) if path not in seen.hidden} == ({asked} if asked else set())
    assert ("/vrijstelling_tot" in seen.hidden) == (asked is None)
    codes = {question.path: set(question.codes) for question in shipped_form("schoolcheck").questions}
    assert not codes[NOTICE] & {"gevraagd", "verleend", "geweigerd"} and "gegeven" not in codes[DECISION]


# Article 3a(1): "tenminste de leeftijd van 14 jaar"; 3b(1): "het laatste schooljaar"; 15(1): "van de in artikel 4a
# opgelegde verplichtingen".
FITS = [
    ("art3a", "2012-11", "2026-10-31", {"check-error"}),  # thirteen
    ("art3a", "2012-11", "2026-11-01", set()),  # fourteen this month
    ("art3a", "2010-07", "2026-07-31", set()),
    ("art3a", "2010-07", "2026-08-01", {"check-error"}),  # no longer compulsory education
    ("art3b", "2011-03", "2026-08-01", set()),  # sixteen in this school year, its last
    ("art3b", "2011-03", "2026-07-31", {"check-warn"}),
    ("art3b", "2011-03", "2027-08-01", {"check-error", "check-warn"}),
    ("art15", "2011-07", "2027-07-31", {"check-error"}),
    ("art15", "2011-07", "2027-08-01", set()),
    ("art15", "2009-06", "2027-06-30", set()),
    ("art15", "2009-06", "2027-07-01", {"check-error"}),  # eighteen
    ("art5_onder_a", "2019-06", "2026-11-01", set()),
    ("art5_onder_c", "2009-06", "2026-11-01", set()),
]


@pytest.mark.parametrize(("article", "born", "asked", "expected"), FITS)
def test_an_exemption_fits_the_age_or_is_looked_at_again(
    article: str, born: str, asked: str, expected: set[str]
) -> None:
    seen = look("schoolcheck", asked, geboortemaand=born, check_datum=asked, vrijstelling=article)
    assert expected == found(seen, "/vrijstelling") & {"check-error", "check-warn"}


# Article 6(2)(b): notice "elk jaar opnieuw voor 1 juli"; what was valid until a day is over on the next.
UNTIL = [
    ("art5_onder_a", "2026-11-24", "2026-11-23", {"check-warn"}),
    ("art5_onder_a", "2026-11-24", "2026-11-24", set()),
    ("art5_onder_a", "2026-06-01", "2027-07-31", set()),  # notice before 1 July, for the school year that follows
    ("art5_onder_a", "2026-11-24", "2028-07-31", {"check-warn"}),
    (
        "art5_onder_a",
        "2026-06-01",
        "2027-08-01",
        set(),
    ),  # from a notice in June into the next school year
    ("art5_onder_a", "2026-06-01", "2027-08-02", {"check-warn"}),
    ("art5_onder_b", "2026-11-24", "2026-11-23", {"check-warn"}),
    ("art5_onder_b", "2026-11-24", "2026-11-24", set()),
    ("art5_onder_b", "2026-06-01", "2027-08-02", {"check-warn"}),
    ("art5_onder_c", "2026-11-24", "2026-11-23", {"check-warn"}),
    ("art5_onder_c", "2026-06-01", "2027-08-01", set()),
    ("art5_onder_c", "2026-06-01", "2027-08-02", {"check-warn"}),
    ("art5a", "2026-11-24", "2026-11-23", {"check-warn"}),
    ("art5a", "2026-11-24", "2026-11-24", set()),
    ("art5a", "2026-06-01", "2027-08-02", set()),  # article 6(2) asks it of article 5 alone
    ("art15", "2026-11-24", "2028-07-31", set()),  # by a decision it may be longer
]


@pytest.mark.parametrize(("article", "asked", "until", "expected"), UNTIL)
def test_an_exemption_is_over_or_to_be_given_notice_of_again(
    article: str, asked: str, until: str, expected: set[str]
) -> None:
    seen = look("schoolcheck", asked, check_datum=asked, vrijstelling=article, vrijstelling_tot=until)
    assert expected == found(seen, "/vrijstelling_tot")


# Article 13a(2): "slechts eenmaal voor ten hoogste tien dagen per schooljaar"; article 14(3): "ten hoogste tien dagen",
# "voor meer dan tien dagen per schooljaar, besluit de ambtenaar". Article 11(c): a suspension is lawful.
LEAVE = [
    ("art11_f", 10, set()), ("art11_f", 11, {"check-error"}), ("art11_f", 1, set()),
    ("art11_g", 10, set()), ("art11_g", 11, {"check-warn"}), ("art11_g", 1, set()),
]  # fmt: skip


@pytest.mark.parametrize(("letter", "days", "expected"), LEAVE)
def test_leave_above_ten_days_is_not_the_heads_to_give(letter: str, days: int, expected: set[str]) -> None:
    seen = look("schoolcheck", "2026-11-24", ingeschreven="ja", verlof=letter, verlof_dagen=days)
    assert expected == found(seen, "/verlof_dagen")


# Article 11(a) to (g): each has a day until which it holds; days are counted where the head gives leave (f and g).
LETTERS = {f"art11_{letter}": (letter in "fg", True) for letter in "abcdefg"} | dict.fromkeys(
    ("geen", "onbekend", None), (False, False)
)


@pytest.mark.parametrize("letter", LETTERS, ids=str)
def test_leave_is_asked_about_by_its_letter(letter: str | None) -> None:
    seen = look("schoolcheck", "2026-11-24", ingeschreven="ja", verlof=letter)
    assert LETTERS[letter] == tuple(path not in seen.hidden for path in ("/verlof_dagen", "/verlof_tot"))


@pytest.mark.parametrize("letter", "abcdefg")
@pytest.mark.parametrize(("until", "expected"), [("2026-11-23", {"check-warn"}), ("2026-11-24", set())])
def test_leave_is_over_on_the_day_after_its_last(letter: str, until: str, expected: set[str]) -> None:
    seen = look("schoolcheck", "2026-11-24", check_datum="2026-11-24", ingeschreven="ja", verlof=f"art11_{letter}",
                verlof_tot=until)  # fmt: skip
    assert expected == found(seen, "/verlof_tot")


def test_leave_is_asked_beside_an_exemption_and_only_of_who_is_enrolled() -> None:
    both = look("schoolcheck", "2026-11-24", ingeschreven="ja", vrijstelling="art3a", verlof="art11_c")
    assert not {"/verlof", "/vrijstelling_besluit", "/verlof_tot"} & set(both.hidden) and "/verlof_dagen" in both.hidden
    assert "/verlof" in look("schoolcheck", "2026-11-24", ingeschreven="nee").hidden
    assert "schorsing" not in next(one for one in shipped_form("schoolcheck").questions if one.name == "redenen").codes


# Articles 21(1) and 21a(1): "gedurende een periode van vier opeenvolgende lesweken in totaal zestien uren"; of whom the
# law applies to. More than four weeks, and a holiday without leave, are reported whatever the hours (DUO).
REPORTS = [
    ("2012-03", "2026-11-24", 15.9, "overig", "nee"), ("2012-03", "2026-11-24", 16, "overig", "ja"),
    ("2012-03", "2026-11-24", 16.5, "16u_in_4w", "ja"), ("2012-03", "2026-11-24", 0, "luxe", "ja"),
    ("2012-03", "2026-11-24", 2, "lrv_langer_dan_4w", "ja"), ("2012-03", "2026-11-24", None, "geen", "nee"),
    ("2008-11", "2026-11-30", 16, "overig", "ja"), ("2008-11", "2026-12-01", 16, "overig", None),  # eighteen
    ("2021-10", "2026-10-31", 16, "overig", None), ("2021-10", "2026-11-01", 16, "overig", "ja"),  # begun
]  # fmt: skip


@pytest.mark.parametrize(("born", "asked", "hours", "kind", "expected"), REPORTS)
def test_sixteen_hours_in_four_weeks_of_lessons_are_reported(
    born: str, asked: str, hours: float | None, kind: str, expected: str | None
) -> None:
    seen = look("schoolcheck", asked, geboortemaand=born, check_datum=asked, ingeschreven="ja", uren_ongeoorloofd=hours,
                verzuimsoort=kind, startkwalificatie="nee")  # fmt: skip
    assert expected == seen.computed["/melden"]


# Besluit Verzuimmelding, annex: long-term is more than four weeks, from a begin to an end that may not be known yet.
LONG = [
    ("2026-10-27", None, "2026-11-24", True), ("2026-10-26", None, "2026-11-24", False),
    ("2026-10-01", "2026-10-29", "2026-11-24", True), ("2026-10-01", "2026-10-30", "2026-11-24", False),
    ("2028-02-01", None, "2028-02-29", True), ("2028-02-01", None, "2028-03-01", False),
]  # fmt: skip


@pytest.mark.parametrize(("since", "until", "asked", "warns"), LONG)
def test_long_term_absence_is_longer_than_four_weeks(since: str, until: str | None, asked: str, warns: bool) -> None:
    seen = look("schoolcheck", asked, check_datum=asked, ingeschreven="ja", verzuimsoort="lrv_langer_dan_4w",
                verzuim_van=since, verzuim_tot=until)  # fmt: skip
    assert warns == ("check-warn" in found(seen, "/verzuimsoort"))


def test_sixteen_hours_do_not_warn_for_the_four_weeks_that_they_are_counted_in() -> None:
    seen = look("schoolcheck", "2026-11-24", check_datum="2026-11-24", geboortemaand="2012-03", ingeschreven="ja",
                verzuimsoort="16u_in_4w", uren_ongeoorloofd=18, periode_van="2026-11-02",
                verzuim_van="2026-11-03")  # fmt: skip
    assert set() == found(seen, "/verzuimsoort")
    without = look("schoolcheck", "2026-11-24", ingeschreven="ja", verzuimsoort="16u_in_4w", uren_ongeoorloofd=18)
    assert {"check-error"} == found(without, "/verzuimsoort")


# Absolute absence is counted in months (I1: three months): a month is over on the same day of the next, or on its last.
MONTHS = [
    ("2026-01-31", "2026-02-27", "korter_dan_1_maand"), ("2026-01-31", "2026-02-28", "1_tot_3_maanden"),
    ("2028-01-31", "2028-02-28", "korter_dan_1_maand"), ("2028-01-31", "2028-02-29", "1_tot_3_maanden"),
    ("2026-08-24", "2026-11-24", "1_tot_3_maanden"), ("2026-08-23", "2026-11-24", "langer_dan_3_maanden"),
    ("2025-11-30", "2026-02-28", "1_tot_3_maanden"), ("2025-11-30", "2026-03-01", "langer_dan_3_maanden"),
]  # fmt: skip


@pytest.mark.parametrize(("since", "asked", "expected"), MONTHS)
def test_absence_from_every_school_is_counted_by_month(since: str, asked: str, expected: str) -> None:
    seen = look("schoolcheck", asked, geboortemaand="2013-01", check_datum=asked, ingeschreven="nee", niet_sinds=since)
    assert expected == seen.computed["/absoluut_duur"]
