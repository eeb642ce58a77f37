"""The rules of the shipped forms, as the people of the field would try them (content chapter of each form)."""

from functools import cache
from typing import Any

import pytest

from forms.definition.library import SLUGS, shipped_form
from forms.records.relevance import Examiner, Seen

KID = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
TODAY = "2026-11-24"
VISIT = {
    "case_ref": "ABCD-2345", "bezoek_datum": "2026-11-20", "bezoek_soort": "vervolg", "afgesproken": "ja",
    "rollen": ["outreachwerker"], "gelegitimeerd": True, "doel_uitgelegd": True, "zorg": "geen", "werker_ok": "ja",
}  # fmt: skip
CHECK = {
    "case_ref": "ABCD-2345", "kind_ref": "BCDE-3456", "check_datum": "2026-11-20", "bron": "school",
    "onderwijssoort": "vo", "ingeschreven": "ja", "vrijstelling": "geen", "verzuimsoort": "geen",
    "periode_van": "2026-10-01", "uren_ongeoorloofd": 0, "ouders_gehoord": "ja", "jongere_gehoord": "ja",
    "school_deed": ["gesprek"], "stap": ["geen"], "twaalf_schooljaren": "nee",
    "status": "in_behandeling", "uit_beeld": "nee",
}  # fmt: skip


@cache
def examiner(form: str) -> Examiner:
    return Examiner(shipped_form(form))


def visit(**answers: Any) -> Seen:
    return examiner("huisbezoek").examine({**VISIT, **answers}, TODAY)


def check(**answers: Any) -> Seen:
    return examiner("schoolcheck").examine({**CHECK, **answers}, TODAY)


def said(seen: Seen) -> set[tuple[str, str]]:
    return {(one.code, one.path) for one in seen.findings}


def test_behind_a_closed_door_nothing_more_is_asked() -> None:
    seen = visit(toegang="niemand_thuis", gelegitimeerd=False, doel_uitgelegd=False)
    assert set() == said(seen)
    assert {"/kind", "/krachten", "/delen_met", "/feiten", "/weigeren_verteld"} <= set(seen.hidden)
    assert "/zorg" not in seen.hidden and "/duiding" not in seen.hidden


def test_a_refused_visit_still_asks_whether_refusing_was_explained() -> None:
    seen = visit(toegang="geweigerd")
    assert "/weigeren_verteld" not in seen.hidden and "/krachten" in seen.hidden
    assert {("missing", "/weigeren_verteld")} == said(seen)


def test_inside_the_rest_is_asked_and_nobody_comes_unannounced() -> None:
    missing = {path for code, path in said(visit(toegang="binnen")) if code == "missing"}
    assert {"/privacykaart", "/tolk", "/gesproken_met", "/krachten", "/delen_met", "/gezin_leest_mee"} <= missing
    assert ("check-error", "/gelegitimeerd") in said(visit(toegang="binnen", gelegitimeerd=False))


def test_who_could_not_show_a_card_or_explain_says_why_and_is_done() -> None:
    silent = {("check-error", "/gelegitimeerd"), ("check-error", "/doel_uitgelegd")}
    shut = {"toegang": "geweigerd", "gelegitimeerd": False, "doel_uitgelegd": False}
    assert silent == said(visit(**shut)) & silent
    assert set() == said(visit(**shut, duiding="De deur ging meteen dicht.")) & silent


def test_a_child_that_does_not_feel_safe_and_no_worry_do_not_go_together() -> None:
    kid = {"_id": KID, "kind_ref": "BCDE-3456", "kind_alleen": "ja", "kind_dag": "school", "kind_veilig_gevoel": "nee"}
    assert ("check-error", "/zorg") in said(visit(toegang="binnen", kind=[kid]))
    assert ("check-error", "/zorg") not in said(visit(toegang="binnen", kind=[kid], zorg="twijfel"))
    twice = [kid, {**kid, "_id": KID[:-1] + "2"}]
    assert ("check-error", "/kind") in said(visit(toegang="binnen", kind=twice, zorg="ja"))


@pytest.mark.parametrize(("zorg", "banners"), [("geen", ()), ("twijfel", (7,)), ("ja", (7,)), ("acuut", (6, 7))])
def test_a_worry_warns_and_danger_names_112(zorg: str, banners: tuple[int, ...]) -> None:
    assert banners == visit(toegang="niemand_thuis", zorg=zorg).banners
    sections = shipped_form("huisbezoek").sections
    assert "112" in sections[6].banner["nl"] and "Signaal" in sections[7].banner["nl"]


def test_authority_is_asked_when_somebody_else_or_the_child_spoke() -> None:
    assert "/gezag" in visit(toegang="binnen", gesproken_met=["ouder_verzorger"]).hidden
    assert "/gezag" not in visit(toegang="binnen", gesproken_met=["kind"]).hidden


@pytest.mark.parametrize(("days", "code"), [("2026-10-23", "check-ask-reason"), ("2026-10-24", None)])
def test_an_old_visit_asks_for_a_reason(days: str, code: str | None) -> None:
    found = {one for one, path in said(visit(toegang="niemand_thuis", bezoek_datum=days)) if path == "/bezoek_datum"}
    assert ({code} if code else set()) == found
    explained = visit(toegang="niemand_thuis", bezoek_datum=days, duiding="Ik was een maand weg.")
    assert "/bezoek_datum" not in {path for _, path in said(explained)}


@pytest.mark.parametrize(
    ("born", "qualified", "duty"),
    [
        ("2022-01", None, "geen"),  # four years old
        ("2021-11", None, "geen"),  # five this month: the duty begins in the month after the birthday
        ("2021-10", None, "leerplichtig"),  # five since last month
        ("2010-12", None, "leerplichtig"),  # fifteen
        ("2010-08", None, "leerplichtig"),  # turned sixteen in this school year: until its end
        ("2010-07", "nee", "kwalificatieplichtig"),  # turned sixteen in the year before
        ("2010-07", "ja", "geen"),
        ("2008-12", "nee", "kwalificatieplichtig"),  # seventeen
        ("2008-11", "nee", "kwalificatieplichtig"),  # eighteen this month: a duty runs to its end
        ("2008-10", "nee", "doorstroompunt"),  # eighteen since last month
        ("1999-12", "nee", "doorstroompunt"),  # twenty-six
        ("1999-11", "nee", "doorstroompunt"),  # twenty-seven this month
        ("1999-10", "nee", "geen"),  # twenty-seven
    ],
)
def test_the_duty_follows_from_birth_month_date_and_qualification(born: str, qualified: str | None, duty: str) -> None:
    seen = check(geboortemaand=born, **({"startkwalificatie": qualified} if qualified else {}))
    assert ("2026-2027", duty) == (seen.computed["/schooljaar"], seen.computed["/plicht"])


def test_without_a_birth_month_no_duty_is_made_up() -> None:
    assert check().computed["/plicht"] is None


@pytest.mark.parametrize(
    ("since", "how_long"),
    [
        ("2026-11-01", "korter_dan_1_maand"),
        ("2026-10-20", "1_tot_3_maanden"),
        ("2026-08-20", "1_tot_3_maanden"),
        ("2026-08-19", "langer_dan_3_maanden"),
    ],
)
def test_absence_from_every_school_is_counted_from_its_day(since: str, how_long: str) -> None:
    seen = check(geboortemaand="2012-03", ingeschreven="nee", niet_sinds=since, niet_reden="onbekend")
    assert how_long == seen.computed["/absoluut_duur"]
    assert {"/periode_van", "/uren_ongeoorloofd", "/alle_lessen"} <= set(seen.hidden)


def test_hours_and_kind_of_absence_fit_each_other() -> None:
    many = check(geboortemaand="2012-03", uren_ongeoorloofd=16, alle_lessen=False, verzuimsoort="luxe")
    assert ("check-warn", "/verzuimsoort") in said(many)
    fits = check(
        geboortemaand="2012-03",
        uren_ongeoorloofd=16,
        alle_lessen=False,
        verzuimsoort="16u_in_4w",
        verzuim_van="2026-10-05",
    )
    assert set() == said(fits)
    nowhere = check(geboortemaand="2012-03", ingeschreven="nee", niet_sinds="2026-11-01", verzuimsoort="16u_in_4w")
    assert ("check-error", "/verzuimsoort") in said(nowhere)
    enrolled = check(geboortemaand="2012-03", verzuimsoort="absoluut")
    assert ("check-warn", "/verzuimsoort") in said(enrolled)
    absent = check(geboortemaand="2012-03", ingeschreven="nee", niet_sinds="2026-11-01", verzuimsoort="absoluut")
    assert "/verzuimsoort" not in {path for _, path in said(absent)}


def test_from_twelve_the_young_person_is_heard() -> None:
    unheard = {name: value for name, value in CHECK.items() if name != "jongere_gehoord"}
    seen = examiner("schoolcheck").examine({**unheard, "geboortemaand": "2014-11"}, TODAY)
    assert ("check-error", "/geboortemaand") in said(seen)
    seen = examiner("schoolcheck").examine({**unheard, "geboortemaand": "2014-12"}, TODAY)
    assert ("check-error", "/geboortemaand") not in said(seen)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_rule_of_a_form_speaks_both_languages(slug: str) -> None:
    form = shipped_form(slug)
    words = [*(check.say for check in form.logic.checks), *(banner.say for banner in form.logic.banners)]
    words += [question.label for question in (*form.questions, *form.computed)]
    assert all({"nl", "en"} <= set(one) for one in words)
