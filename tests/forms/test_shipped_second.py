"""What professionals would not have signed in version 1, finding by finding, as version 2 answers it."""

import json
from functools import cache
from typing import Any

import pytest

from forms.definition.library import SLUGS, shipped_form, shipped_raw
from forms.records.relevance import Examiner, Seen
from forms.records.withholding import Reader
from forms.schema.question import Question

TODAY = "2026-11-24"


@cache
def examiner(slug: str) -> Examiner:
    return Examiner(shipped_form(slug))


def look(slug: str, **answers: Any) -> Seen:
    return examiner(slug).examine(answers, TODAY)


def found(seen: Seen, at: str) -> set[str]:
    return {one.code for one in seen.findings if one.path == at}


def question(slug: str, path: str) -> Question:
    form = shipped_form(slug)
    return next(one for one in (*form.questions, *form.computed) if one.path == path)


# --- schoolcheck: steps, the penalty order, closing ---


def test_a_penalty_order_stands_beside_a_route_with_its_steps_and_dates() -> None:
    steps = [{"_id": f"01J9ZZZZZZZZZZZZZZZZZZZZZ{n}", "lod_stap": step, "lod_datum": f"2026-1{n}-01"}
             for n, step in enumerate(("zienswijze", "opgelegd"))]  # fmt: skip
    both = look("schoolcheck", stap=["vrijwillige_hulp", "lod_status"], lod=steps)
    assert "/lod" not in both.hidden and set() == found(both, "/stap")
    assert "/lod" in look("schoolcheck", stap=["vrijwillige_hulp"]).hidden
    assert {"check-error"} == found(look("schoolcheck", stap=["geen", "waarschuwing"]), "/stap")
    late = [{**steps[0], "lod_datum": "2026-11-25"}]
    assert {"check-error"} == found(
        look("schoolcheck", stap=["lod_status"], lod=late), f"/lod/{steps[0]['_id']}/lod_datum"
    )


def test_parents_are_not_told_by_the_steps_that_veilig_thuis_knows() -> None:
    parents = Reader(shipped_form("schoolcheck"), "parents")
    told = parents.of(look("schoolcheck", stap=["gesprek"]), TODAY).document
    kept = parents.of(look("schoolcheck", stap=["gesprek", "veilig_thuis"]), TODAY).document
    assert ("stap" in told, "stap" in kept) == (True, False)


def test_closing_gives_back_the_third_answer_that_the_report_asks() -> None:
    closed = look("schoolcheck", status="afgesloten", afsluitreden="werk")
    assert {"missing"} == found(closed, "/afsluit_toelichting")
    assert "/afsluit_toelichting" in look("schoolcheck", status="in_behandeling").hidden


# --- huisbezoek: refusing, interpreters, sharing ---


@pytest.mark.parametrize(
    ("roles", "told", "expected"),
    [
        (["outreachwerker"], "vrij", set()),
        (["leerplicht_toezicht"], "vrij", {"check-error"}),
        (["outreachwerker", "klantmanager_werk"], "vrij", {"check-error"}),
        (["leerplicht_toezicht"], "gevolgen", set()),
        (["outreachwerker"], "nee", {"check-warn"}),
    ],
)
def test_what_refusing_means_is_told_by_role(roles: list[str], told: str, expected: set[str]) -> None:
    seen = look("huisbezoek", toegang="binnen", rollen=roles, weigeren_verteld=told)
    assert expected == found(seen, "/weigeren_verteld")


@pytest.mark.parametrize(("worry", "refused"), [("acuut", True), ("ja", True), ("twijfel", True), ("geen", False)])
def test_with_a_worry_nobody_whom_the_family_brings_interprets(worry: str, refused: bool) -> None:
    seen = look("huisbezoek", toegang="binnen", tolk="volwassen_vertrouwenspersoon", zorg=worry)
    assert refused == ("check-error" in found(seen, "/tolk"))
    by_phone = look("huisbezoek", toegang="binnen", tolk="telefonisch", zorg=worry)
    assert set() == found(by_phone, "/tolk")


SHARED = {"toegang": "binnen", "delen_met": ["school"], "delen_wat": ["afspraken"]}


@pytest.mark.parametrize(
    ("answers", "at", "expected"),
    [
        ({"delen_grondslag": "wettelijke_taak"}, "/delen_grondslag", {"check-error"}),  # which article?
        ({"delen_grondslag": "wettelijke_taak", "delen_artikel": "lpw_22"}, "/delen_grondslag", set()),
        ({"delen_grondslag": "vitaal_belang"}, "/delen_grondslag", set()),
        ({"delen_grondslag": "weet_niet", "delen_op": TODAY}, "/delen_grondslag", {"check-error"}),
        ({"delen_grondslag": "weet_niet"}, "/delen_grondslag", set()),
        ({"delen_grondslag": "weet_niet", "delen_instemming": "bezwaar"}, "/delen_instemming", {"check-error"}),
        ({"delen_op": "2026-11-25"}, "/delen_op", {"check-error"}),
    ],
)
def test_what_is_shared_has_a_basis_in_an_article_and_agreement_is_none(
    answers: dict[str, Any], at: str, expected: set[str]
) -> None:
    assert expected == found(look("huisbezoek", **SHARED, **answers), at)


def test_organisations_and_articles_are_the_municipalitys_lists_and_agreement_never_wins_over_a_duty() -> None:
    assert ("grondslagen", "organisaties") == tuple(sorted(shipped_form("huisbezoek").lists))
    assert ("weet_niet", "wettelijke_taak", "vitaal_belang") == question("huisbezoek", "/delen_grondslag").codes
    assert "/delen_artikel" in look("huisbezoek", **SHARED, delen_grondslag="vitaal_belang").hidden


def test_who_is_shared_with_stays_from_parents_when_there_is_a_worry() -> None:
    parents = Reader(shipped_form("huisbezoek"), "parents")
    answers: dict[str, Any] = {**SHARED, "delen_grondslag": "wettelijke_taak", "delen_artikel": "lpw_22",
                               "delen_op": TODAY, "delen_instemming": "bezwaar",
                               "delen_organisaties": ["linde"]}  # fmt: skip
    for worry, told in (("geen", True), ("twijfel", False)):
        shown = parents.of(look("huisbezoek", **answers, zorg=worry), TODAY).document
        assert told == bool({name for name in shown if name.startswith("delen_")})


# --- signaal: the code of the role, other children, two decisions ---


@pytest.mark.parametrize(
    ("role", "law"),
    [
        ("leerplicht", "leerplichtwet"),
        ("jeugdhulp", "jeugdwet"),
        ("wmo", "wmo"),
        ("zorg", "wkkgz"),
        ("andere", "gemeente"),
    ],
)
def test_the_code_is_that_of_who_fills_it_in(role: str, law: str) -> None:
    assert law == look("signaal", rol=role).computed["/meldcode"]


def test_no_duty_of_a_signal_hangs_on_one_profession_alone() -> None:
    field = json.loads(shipped_raw("signaal"))["fields"]
    duties = [one["must_answer"] for one in field.values() if "must_answer" in one]
    assert len(duties) > 10
    assert [] == [duty for duty in duties if "Leerplichtwet" in duty and "Jeugdwet 4.1.7" not in duty]


def test_other_children_are_asked_for_with_their_codes() -> None:
    assert "/ander_kind" in look("signaal", andere_kinderen="nee").hidden
    asked = look("signaal", andere_kinderen="ja")
    assert "/ander_kind" not in asked.hidden and {"check-warn"} == found(asked, "/andere_kinderen")
    known = [{"_id": "01J9ZZZZZZZZZZZZZZZZZZZZZ1", "ander_kind_ref": "KKKK-3333"}]
    assert set() == found(look("signaal", andere_kinderen="ja", ander_kind=known), "/andere_kinderen")


def test_a_report_is_step_five_and_advice_is_step_two() -> None:
    assert "gemeld" not in question("signaal", "/s2_vt").codes
    assert (
        {"ja", "nog_niet", "nee"}
        == set(question("signaal", "/s5_melden").codes)
        == set(question("signaal", "/s5_hulp").codes)
    )
    assert "/s2_letsel" in {one.path for one in shipped_form("signaal").questions}


def test_what_a_child_tells_is_a_ground_of_its_own() -> None:
    told: dict[str, Any] = {"hoe_bekend": ["kind_vertelde"], "s2_collega": "jeugdconsulent", "s2_datum": TODAY,
                            "s1_datum": TODAY, "s3_gesprek": "met_kind", "s4_weging": "kind_vertelde_het"}  # fmt: skip
    assert {"check-error"} == found(look("signaal", **told, s5_melden="nee"), "/s5_melden")
    reported = look("signaal", **told, s5_melden="ja", gemeld_bij=["veilig_thuis"])
    assert set() == found(reported, "/s5_melden")


# --- all ---


@pytest.mark.parametrize("slug", SLUGS)
def test_no_label_of_a_form_stands_twice(slug: str) -> None:
    form = shipped_form(slug)
    for language in ("nl", "en"):
        words = [(one.repeat, one.label[language]) for one in (*form.questions, *form.computed)]
        assert len(words) == len(set(words))


def test_a_case_says_why_it_closed_and_where_it_came_from() -> None:
    assert {"missing"} == found(look("dossier", status="gesloten", gesloten_op=TODAY), "/gesloten_reden")
    assert "/gesloten_reden" in look("dossier", status="open").hidden
    assert {"verhuisd", "overgedragen", "doel_bereikt"} <= set(question("dossier", "/gesloten_reden").codes)
    assert "onbekend" in question("dossier", "/andere_gemeente").codes
