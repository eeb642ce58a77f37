"""Whole journeys through the forms that ship: what is asked, computed, found and warned of at every stop."""

from typing import Any

import pytest

from forms.definition.document import Form
from forms.definition.library import shipped, shipped_form
from forms.records import references
from forms.records.relevance import Examiner, Seen
from forms.records.withholding import Reader
from tests.forms.examined import TODAY, asked, look, said

KID, SISTER = "01J9ZZZZZZZZZZZZZZZZZZZZZ1", "01J9ZZZZZZZZZZZZZZZZZZZZZ2"


def errors(seen: Seen) -> set[str]:
    return {one.path for one in seen.findings if one.code == "check-error"}


# --- a family visit ---

DOOR = {
    "case_ref": "ABCD-2345", "bezoek_datum": TODAY, "bezoek_soort": "kennismaking", "afgesproken": "ja",
    "rollen": ["outreachwerker", "tolk"], "gelegitimeerd": True, "doel_uitgelegd": True,
}  # fmt: skip
ALWAYS = {
    "case_ref", "bezoek_datum", "bezoek_soort", "afgesproken", "rollen", "gelegitimeerd", "doel_uitgelegd", "toegang",
    "zorg", "duiding", "vervolg_datum", "werker_ok",
}  # fmt: skip
INSIDE = {
    "privacykaart", "tolk", "gesproken_met", "krachten", "krachten_tekst", "hulpvragen", "discriminatie", "delen_met",
    "gezin_leest_mee", "opmerking_gezin", "feiten", "weigeren_verteld",
}  # fmt: skip


SHARING = {"delen_organisaties", "delen_wat", "delen_op", "delen_grondslag", "delen_instemming"}


def child(**answers: Any) -> dict[str, Any]:
    whole = {
        "_id": KID, "kind_ref": "KKKK-2222", "geboortemaand": "2015-09", "kind_alleen": "ja",
        "kind_dag": "school", "kind_veilig_gevoel": "ja",
    }  # fmt: skip
    return {**whole, **answers}


def test_a_refusal_at_the_door_is_over_in_a_minute() -> None:
    refused = {**DOOR, "toegang": "geweigerd", "weigeren_verteld": "vrij", "zorg": "geen", "werker_ok": "ja"}
    seen = look("huisbezoek", refused)
    assert ALWAYS | {"weigeren_verteld"} == asked("huisbezoek", seen)
    assert {"/kind", "/afspraak"} <= set(seen.hidden)
    assert (set(), ()) == (said(seen), seen.banners)


def test_a_family_visit_with_danger_from_the_door_to_the_phone() -> None:
    visit: dict[str, Any] = {**DOOR, "toegang": "binnen", "weigeren_verteld": "vrij"}
    seen = look("huisbezoek", visit)
    assert ALWAYS | INSIDE == asked("huisbezoek", seen)
    visit |= {"privacykaart": "mondeling_en_kaart", "tolk": "telefonisch", "gesproken_met": ["ouder_verzorger", "kind"]}
    seen = look("huisbezoek", visit)
    assert ALWAYS | INSIDE | {"tolk_taal", "gezag"} == asked("huisbezoek", seen)
    visit |= {"gezag": "document_gezien", "krachten": ["steun_familie"], "hulpvragen": ["onderwijs", "wonen"]}
    visit |= {"kind": [child(kind_veilig_gevoel="nee", kind_stem="Ik durf niet naar huis.")], "eerst": "vervoer"}
    visit |= {"delen_met": ["veilig_thuis"], "delen_grondslag": "vitaal_belang", "gezin_leest_mee": "akkoord"}
    visit |= {"delen_wat": ["zorg"], "delen_instemming": "niet_gevraagd"}
    seen = look("huisbezoek", {**visit, "zorg": "geen", "werker_ok": "ja"})
    everything = ALWAYS | INSIDE | {"tolk_taal", "gezag", "eerst", "drempels_school", *SHARING}
    assert everything == asked("huisbezoek", seen)
    assert {("check-error", "/eerst"), ("check-error", "/zorg")} == said(seen)
    seen = look("huisbezoek", {**visit, "eerst": "wonen", "zorg": "acuut", "werker_ok": "incident"})
    assert ({("check-warn", "/werker_ok")}, (2, 6, 7)) == (said(seen), seen.banners)


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (["2015-09"], set()),
        (["2013-01"], {("check-warn", "/delen_instemming")}),
        (["2015-09", "2009-01"], {("check-warn", "/delen_instemming")}),
        (["2009-01", None], {("check-warn", "/delen_instemming")}),
        (["2009-01", "2010-11"], {("check-warn", "/delen_instemming"), ("check-error", "/delen_instemming")}),
        ([], set()),
    ],
)
def test_a_parent_does_not_decide_for_children_who_are_all_sixteen(
    months: list[str | None], expected: set[tuple[str, str]]
) -> None:
    made = [
        child(_id=(KID, SISTER)[place], geboortemaand=month, kind_ref=f"KKKK-222{place + 2}")
        for place, month in enumerate(months)
    ]
    kids = [{name: value for name, value in one.items() if value is not None} for one in made]
    visit = {**DOOR, "toegang": "binnen", "kind": kids, "delen_met": ["school"], "delen_instemming": "ouder"}
    seen = look("huisbezoek", visit)
    assert expected == {one for one in said(seen) if one[1] == "/delen_instemming"}


def test_what_parents_and_partners_do_not_get_of_a_visit() -> None:
    visit = {
        **DOOR,
        "toegang": "binnen",
        "kind": [child(kind_stem="Thuis is het stil.")],
        "zorg": "ja",
        "feiten": "Een slot aan de buitenkant van de deur.",
        "duiding": "Onrust.",
        "delen_met": ["veilig_thuis"],
        "delen_grondslag": "wettelijke_taak",
    }
    seen = look("huisbezoek", {**visit, "werker_ok": "ja"})
    form = shipped_form("huisbezoek")
    mine, theirs = Reader(form, "parents").of(seen, TODAY), Reader(form, "partners").of(seen, TODAY)
    assert {"kind_stem", "kind_veilig_gevoel"} == set(seen.document["kind"][0]) - set(mine.document["kind"][0])
    never, unsafe = {"zorg", "duiding", "werker_ok"}, {"feiten", "delen_met", "delen_grondslag"}
    assert never | unsafe == set(seen.document) - set(mine.document)
    assert ((7,), ()) == (seen.banners, mine.banners)
    calm = look("huisbezoek", {**visit, "zorg": "geen", "delen_met": ["school"], "werker_ok": "ja"})
    assert never == set(calm.document) - set(Reader(form, "parents").of(calm, TODAY).document)
    asked_advice = look("huisbezoek", {**visit, "zorg": "geen", "werker_ok": "ja"})
    shown = Reader(form, "parents").of(asked_advice, TODAY).document
    assert never | {"delen_met", "delen_grondslag"} == set(asked_advice.document) - set(shown)
    assert {"duiding", "werker_ok"} == set(seen.document) - set(theirs.document)


def test_the_language_of_an_interpreter_has_no_place_but_the_device() -> None:
    form = shipped_form("huisbezoek")
    assert (["/tolk_taal"], False, True) == (
        [one.path for one in form.local],
        form.has("/tolk_taal"),
        form.stays("/tolk_taal"),
    )
    assert () == tuple(
        one for one in look("huisbezoek", {**DOOR, "tolk_taal": "een taal"}).findings if "taal" in one.path
    )


# --- a signal through the steps ---

SIGNAL: dict[str, Any] = {
    "acuut": "nee", "rol": "leerplicht", "andere_kinderen": "nee", "signaal_datum": "2026-11-20",
    "leeftijd": "12_15", "hoe_bekend": ["zelf_gezien"],
    "waarneming": ["vaak_niet_op_school", "bedelen_of_verkopen_op_straat"], "feiten": "Om elf uur op het plein.",
    "kind_wil": "niet_gesproken", "volwassene": "zegt_familie_niet_bevestigd", "veilig_vannacht": "ja",
    "s1_datum": "2026-11-20", "s3_gesprek": "nog_niet", "ingelicht": "nvt", "eigenaar": "leerplicht_toezicht",
    "herweeg_op": "2026-12-04",
}  # fmt: skip
STEP2: dict[str, Any] = {"s2_collega": "aandachtsfunctionaris", "s2_datum": "2026-11-23", "s2_vt": "advies_gevraagd"}
FIVE = {f"vraag_{name}": "ja" for name in ("vermoeden", "onveilig", "hulp_mogelijk", "hulp_gewild", "hulp_werkt")}
REPORTED: dict[str, Any] = {
    "s4_weging": "structurele_onveiligheid", "s5_melden": "ja", "s5_hulp": "ja", **FIVE,
    "gemeld_bij": ["veilig_thuis", "politie_avim", "comensha"], "gemeld_op": TODAY,
    "comensha_grond": "niet_gevraagd_veiligheid", "slachtoffer_gezien": True, "s3_gesprek": "met_kind",
}  # fmt: skip
SIGNAL_ASKED = {question.name for question in shipped_form("signaal").in_group(None)}
LATER = {"gemeld_op", "comensha_grond", "slachtoffer_gezien"}


def signal(**answers: Any) -> Seen:
    return look("signaal", {**SIGNAL, **answers})


def test_a_signal_goes_through_the_steps_until_it_is_handed_over() -> None:
    seen = signal()
    assert (SIGNAL_ASKED - LATER, set(), ()) == (asked("signaal", seen), said(seen), seen.banners)
    assert {"/bewaren": "lang", "/meldcode": "leerplichtwet"} == seen.computed
    assert {"/s4_weging"} == errors(signal(s4_weging="twijfel"))
    doubt = signal(**STEP2, **{**FIVE, "vraag_onveilig": "nee"}, s4_weging="twijfel")
    assert (set(), (6,)) == (said(doubt), doubt.banners)
    seen = signal(**STEP2, **REPORTED)
    assert (SIGNAL_ASKED, set(), (7,)) == (asked("signaal", seen), said(seen), seen.banners)
    assert set() == said(signal(**STEP2, **REPORTED, sluiting="overgedragen"))


def test_danger_names_112_and_an_unsafe_night_names_veilig_thuis() -> None:
    seen = look("signaal", {"acuut": "ja"})
    sections = shipped_form("signaal").sections
    assert (0,) == seen.banners and "112" in sections[0].banner["nl"] and "wachten" in sections[0].banner["nl"]
    for tonight in ("nee", "onbekend"):
        assert (4,) == signal(veilig_vannacht=tonight).banners
    assert "0800 2000" in sections[4].banner["nl"]


def test_in_danger_nobody_waits_for_a_colleague() -> None:
    alone = {**REPORTED, "s4_weging": "acute_onveiligheid"}
    assert {"/s4_weging", "/s5_melden"} == errors(signal(**alone))
    assert set() == errors(signal(**alone, acuut="ja"))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"s2_vt": "niet_nodig", "s4_weging": "twijfel"}, {"/s4_weging"}),  # in doubt always ask
        ({"s2_datum": None}, {"/s2_collega"}),
        ({"s2_collega": None}, {"/s2_datum"}),
        ({"s2_datum": "2026-11-19"}, {"/s2_datum"}),
        ({"s4_weging": "acute_onveiligheid", "s5_melden": "nee", "s5_hulp": "ja"}, {"/s5_melden"}),
        ({"s4_weging": "structurele_onveiligheid", "s5_melden": "nee", "s5_hulp": "nee"}, {"/s5_melden"}),
        ({"s4_weging": "kind_vertelde_het", "s5_melden": "nee"}, {"/s4_weging", "/s5_melden"}),  # how known?
        ({"s4_weging": "vermoeden", "s5_melden": "ja", "s5_hulp": "nee"}, {"/s5_melden"}),  # to whom?
        ({"s4_weging": "vermoeden", "s5_melden": "nee", "s5_hulp": "ja"}, set()),
        ({"s5_melden": "nee", "vraag_onveilig": "ja"}, {"/s5_melden"}),
        ({"s5_melden": "nee", "vraag_onveilig": "ja", "stap_reden": "Twee keer gewogen."}, set()),
        (
            {"s5_melden": "nee", "hoe_bekend": ["kind_vertelde"], "s2_vt": "niet_nodig", "s4_weging": "vermoeden"},
            {"/s5_melden"},
        ),
        ({"herweeg_op": "2026-12-08"}, set()),
        ({"herweeg_op": "2026-12-09"}, {"/herweeg_op"}),
        ({"s2_vt": "niet_nodig", "ingelicht": "uitgesteld_na_overleg_vt"}, {"/ingelicht"}),
        ({"ingelicht": "uitgesteld_na_overleg_vt"}, set()),
        ({"signaal_datum": "2026-11-25", "s1_datum": None}, {"/signaal_datum"}),
        ({"s1_datum": "2026-11-19"}, {"/s1_datum"}),
        ({"s1_datum": "2026-11-25", "s2_datum": "2026-11-25"}, {"/s1_datum", "/s2_datum"}),
        ({"s1_datum": TODAY, "s2_datum": "2026-11-25"}, {"/s2_datum"}),
        ({**REPORTED, "gemeld_op": "2026-11-25"}, {"/gemeld_op"}),
        ({"sluiting": "weggenomen"}, {"/sluiting"}),  # neither weighed nor decided
        ({"sluiting": "weggenomen", "stap_reden": "Dubbel ingevoerd."}, set()),
        ({"sluiting": "weggenomen", "stap_reden": "Dubbel.", "veilig_vannacht": "nee"}, {"/sluiting"}),
    ],
)
def test_a_step_that_cannot_be_is_refused(answers: dict[str, Any], expected: set[str]) -> None:
    assert expected == errors(signal(**{**STEP2, **answers}))


@pytest.mark.parametrize(
    ("cleared", "at"),
    [
        ("s1_datum", "/s4_weging"),
        ("s3_gesprek", "/s4_weging"),
        ("s4_weging", "/s5_melden"),
        ("s5_melden", "/gemeld_bij"),
    ],
)
def test_a_step_is_not_cleared_without_a_reason(cleared: str, at: str) -> None:
    whole = {**STEP2, **REPORTED}
    assert {at} == errors(signal(**{**whole, cleared: None}))
    assert set() == errors(signal(**{**whole, cleared: None, "stap_reden": "Op de verkeerde regel ingevuld."}))


def test_what_deserves_another_look_warns() -> None:
    early = {"ingelicht": "ja", "kind_wil": "ouders_nog_niet_inlichten"}
    assert {("check-warn", "/ingelicht")} == said(signal(**early))
    passed = look("signaal", {**SIGNAL, **STEP2, **REPORTED}, "2026-12-05")
    assert {("check-warn", "/herweeg_op")} == said(passed)
    assert set() == said(look("signaal", {**SIGNAL, **STEP2, **REPORTED, "sluiting": "overgedragen"}, "2026-12-05"))


def test_consultation_that_took_longer_than_a_week_asks_for_a_reason() -> None:
    late = {"signaal_datum": "2026-11-01", "s1_datum": "2026-11-10"}  # a Tuesday: five working days are the next one
    assert set() == said(signal(**{**STEP2, **late, "s2_datum": "2026-11-17"}))
    assert {("check-ask-reason", "/s2_datum")} == said(signal(**{**STEP2, **late, "s2_datum": "2026-11-18"}))
    assert set() == said(signal(**{**STEP2, **late, "s2_datum": "2026-11-18", "stap_reden": "De collega was ziek."}))


def test_a_child_that_was_reported_to_the_police_is_a_victim() -> None:
    assert {("check-warn", "/slachtoffer_gezien")} == said(signal(**{**STEP2, **REPORTED, "slachtoffer_gezien": False}))
    alone = {**STEP2, **REPORTED, "gemeld_bij": ["politie_avim", "comensha"]}
    assert {("check-warn", "/gemeld_bij")} == said(signal(**alone))
    other = {**STEP2, **REPORTED, "gemeld_bij": ["veilig_thuis"]}
    assert LATER - {"gemeld_op"} == SIGNAL_ASKED - asked("signaal", signal(**other))
    assert {"/comensha_grond"} == errors(signal(**{**STEP2, **REPORTED, "comensha_grond": "gezagdrager"}))
    assert {"/comensha_grond"} == errors(signal(**{**STEP2, **REPORTED, "comensha_grond": "jongere_16"}))


def test_no_suspicion_is_kept_shortly() -> None:
    assert "kort" == signal(**STEP2, s4_weging="geen_vermoeden").computed["/bewaren"]
    assert "bewijs" == signal(**STEP2, **REPORTED, sluiting="overgedragen").computed["/bewaren"]


def test_parents_get_nothing_of_a_signal_that_they_were_not_told_of() -> None:
    parents = Reader(shipped_form("signaal"), "parents")
    every = {**STEP2, **REPORTED, "kind_ref": "KKKK-2222", "stap_reden": "Eerst gebeld.", "sluiting": "hulp_loopt"}
    hidden = parents.of(signal(**{**every, "veilig_vannacht": "nee", "signaal_datum": "2026-11-25"}), TODAY)
    assert ({}, {}, (), ()) == (hidden.document, hidden.computed, hidden.findings, hidden.banners)
    told = parents.of(signal(**STEP2, ingelicht="ja", kind_stem="Nee."), TODAY)
    assert {"kind_stem", "kind_wil", "hoe_bekend"} == ({*SIGNAL, *STEP2, "kind_stem"} - set(told.document))


def test_nothing_is_added_up() -> None:
    """No number comes out of a signal: nothing computed but a law and a term, nothing that counts what was observed."""
    form = shipped_form("signaal")
    assert ["/bewaren", "/meldcode"] == sorted(step.path for step in form.logic.computed)
    reading = [at for at, tree in form.logic.trees.items() if "/waarneming" in str(tree)]
    assert [] == reading
    assert {"S4"} == {question.sensitivity for question in (*form.questions, *form.computed)}


# --- school, and the case that all refer to ---


def checked(**answers: Any) -> Seen:
    whole = {"check_datum": TODAY, "redenen": ["zorgtaken"], **answers}
    return Reader(shipped_form("schoolcheck"), "parents").of(look("schoolcheck", whole), TODAY)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"geboortemaand": "2012-01"}, True),
        ({"geboortemaand": "2010-11"}, False),  # sixteen this month
        ({"geboortemaand": "2010-11", "reden_vertrouwelijk": "ja"}, False),
        ({"geboortemaand": "2010-11", "reden_vertrouwelijk": "nee"}, True),
        ({}, False),  # nobody knows the age
    ],
)
def test_a_reason_of_who_is_sixteen_is_kept_from_parents_unless_the_youth_allows(
    answers: dict[str, Any], told: bool
) -> None:
    assert told == ("redenen" in checked(**answers).document)


@pytest.mark.parametrize(
    ("month", "kept"), [("2012-01", "leerplicht"), ("2009-01", "kwalificatie"), ("2003-01", "kwalificatie")]
)
def test_how_long_a_check_is_kept_follows_from_the_duty(month: str, kept: str) -> None:
    assert kept == look("schoolcheck", {"check_datum": TODAY, "geboortemaand": month}).computed["/bewaren"]


def test_every_reference_between_the_forms_leads_somewhere() -> None:
    forms: dict[str, Form] = {form.slug: form for form in shipped()}
    assert () == tuple(one for form in forms.values() for one in references.faults(form, forms))
    assert ("scholen",) == forms["dossier"].lists


def test_the_birth_month_comes_from_the_case_without_a_connection() -> None:
    kids = [{"_id": KID, "kind_ref": "KKKK-2222", "geboortemaand": "2015-09"}, {"_id": SISTER, "kind_ref": "KKKK-3333"}]
    case = look("dossier", {"case_ref": "ABCD-2345", "kind": kids}).document
    school, visit = shipped_form("schoolcheck"), shipped_form("huisbezoek")
    assert {"/geboortemaand": "2015-09"} == references.prefilled(school, "/kind_ref", "KKKK-2222", [case])
    assert {} == references.prefilled(school, "/kind_ref", "KKKK-3333", [case])
    at = f"/kind/{SISTER}/"
    assert {at + "geboortemaand": "2015-09"} == references.prefilled(visit, at + "kind_ref", "KKKK-2222", [case])


def test_schools_come_from_the_municipality() -> None:
    case = {"case_ref": "ABCD-2345", "kind": [{"_id": KID, "kind_ref": "KKKK-2222", "school": "onbekend"}]}
    form = shipped_form("dossier")
    assert set() == said(Examiner(form).examine(case, TODAY))
    assert {("unknown-choice", f"/kind/{KID}/school")} == said(
        Examiner(form, {"scholen": {"linde"}}).examine(case, TODAY)
    )
