"""The law as tables, further: work beside a duty to learn, the reporting codes, and what is shared with whose consent.

Written from the articles, as `test_law_tables.py` is, with the day before and the day after.
"""

import pytest

from forms.definition.library import shipped_form
from tests.forms.test_law_tables import found, look

# Article 3a(1): "arbeid van lichte aard", from fourteen and beside school; article 4a(1): until eighteen work counts
# only with learning ("een bij de wet geregelde combinatie van leren en werken").
LIGHT = [
    ("14_15", "loondienst", {"licht_werk": "buiten_schooltijd"}, set()),
    ("14_15", "loondienst", {"licht_werk": "artikel_3a"}, set()),
    ("14_15", "loondienst", {"licht_werk": "anders"}, {"check-warn"}),
    ("14_15", "loondienst", {"licht_werk": "onbekend"}, {"check-warn"}),
    ("14_15", "stage", {}, set()),
    ("16_17", "loondienst", {"plicht_door": "nog_niet"}, {"check-warn"}),
    ("16_17", "eigen_bedrijf", {"plicht_door": "onbekend"}, {"check-warn"}),
    ("16_17", "werkervaring", {"plicht_door": "leren_en_werken"}, set()),
    ("16_17", "loondienst", {"plicht_door": "diploma"}, set()),
    ("16_17", "leerbaan_bbl", {}, set()),
    ("18_22", "loondienst", {}, set()),
]


@pytest.mark.parametrize(("age", "track", "answers", "expected"), LIGHT)
def test_work_beside_a_duty_to_learn(age: str, track: str, answers: dict[str, str], expected: set[str]) -> None:
    seen = look("traject", "2026-11-24", leeftijd=age, soort=track, **answers)
    assert expected == {one.code for one in seen.findings if one.path in {"/licht_werk", "/plicht_door", "/soort"}}
    assert ("/licht_werk" in seen.hidden) == ("licht_werk" not in answers)
    assert ("/plicht_door" in seen.hidden) == ("plicht_door" not in answers)


# The municipality's own term: consultation within five working days, no weekend and no general holiday among them
# (Algemene termijnenwet, article 3).
WORKING = [
    ("2026-11-10", "2026-11-17", False), ("2026-11-10", "2026-11-18", True),  # from Tuesday to Tuesday
    ("2026-11-13", "2026-11-20", False), ("2026-11-13", "2026-11-23", True),  # from a Friday
    ("2026-04-01", "2026-04-10", False), ("2026-04-01", "2026-04-13", True),  # over Good Friday and Easter Monday
    ("2025-12-24", "2026-01-05", False), ("2025-12-24", "2026-01-06", True),  # over Christmas and New Year's Day
    ("2026-05-12", "2026-05-20", False), ("2026-05-12", "2026-05-21", True),  # over Ascension Day
]  # fmt: skip


@pytest.mark.parametrize(("first", "consulted", "late"), WORKING)
def test_five_working_days_are_counted_as_such(first: str, consulted: str, late: bool) -> None:
    seen = look("signaal", consulted, s1_datum=first, s2_datum=consulted, s2_collega="jeugdconsulent")
    assert late == ("check-ask-reason" in found(seen, "/s2_datum"))


# The reporting code is a duty of whoever works under one of these laws: Leerplichtwet 16(4)(e), Jeugdwet 4.1.7,
# Wmo 2015 3.3, Wet kwaliteit, klachten en geschillen zorg 8. Who has none of them follows the municipality's.
CODES = {
    "leerplicht": "Leerplichtwet artikel 16", "jeugdhulp": "Jeugdwet artikel 4.1.7",
    "wmo": "Wmo 2015 artikel 3.3", "zorg": "Wkkgz artikel 8",
}  # fmt: skip


@pytest.mark.parametrize(("role", "article"), CODES.items())
def test_each_role_is_told_the_article_of_its_own_code(role: str, article: str) -> None:
    code = look("signaal", "2026-11-24", rol=role).computed["/meldcode"]
    field = shipped_form("signaal").asked("/meldcode")
    assert field is not None and field.choices[code]["nl"].startswith(article)
    assert look("signaal", "2026-11-24", rol="andere").computed["/meldcode"] == "gemeente"


# Wmo 2015 5.2.6 and Jeugdwet 7.3.11: who works under secrecy may inform Veilig Thuis, and must inform youth protection
# and the council, without consent where that is needed. So a task of the law names its article and stands against an
# objection; without such a basis nothing is shared of whom objects.
SHARED = [
    ("wettelijke_taak", "wmo_5_2_6", "bezwaar", set()),
    ("wettelijke_taak", "jw_7_3_11", "bezwaar", set()),
    ("wettelijke_taak", "wmo_5_2_6", "niet_gevraagd", set()),
    ("wettelijke_taak", None, "niet_gevraagd", {"/delen_grondslag"}),
    ("vitaal_belang", None, "bezwaar", set()),
    ("weet_niet", None, "bezwaar", {"/delen_grondslag", "/delen_instemming"}),
    (None, None, "bezwaar", {"/delen_instemming"}),
]


@pytest.mark.parametrize(("basis", "article", "consent", "expected"), SHARED)
def test_what_is_shared_against_an_objection_has_its_article(
    basis: str | None, article: str | None, consent: str, expected: set[str]
) -> None:
    seen = look("huisbezoek", "2026-11-24", bezoek_datum="2026-11-24", toegang="binnen", delen_met=["veilig_thuis"],
                delen_grondslag=basis, delen_artikel=article, delen_instemming=consent,
                delen_op="2026-11-24")  # fmt: skip
    errors = {one.path for one in seen.findings if one.code == "check-error"}
    assert expected == errors & {"/delen_grondslag", "/delen_instemming"}


# Jeugdwet 7.3.4 to 7.3.15: from twelve the youth decides with the parents, from sixteen alone; the month counts.
CONSENT = [
    ("2014-11", "2026-10-31", set()), ("2014-11", "2026-11-01", {"check-warn"}),
    ("2010-11", "2026-10-31", {"check-warn"}), ("2010-11", "2026-11-01", {"check-error", "check-warn"}),
    ("2012-02", "2024-01-31", set()), ("2012-02", "2024-02-01", {"check-warn"}),
]  # fmt: skip


@pytest.mark.parametrize(("born", "visit", "expected"), CONSENT)
def test_consent_is_the_parents_the_youths_with_them_or_the_youths_alone(
    born: str, visit: str, expected: set[str]
) -> None:
    child = {"_id": "01J9ZZZZZZZZZZZZZZZZZZZZZ1", "geboortemaand": born}
    seen = look("huisbezoek", visit, bezoek_datum=visit, toegang="binnen", kind=[child], delen_met=["school"],
                delen_grondslag="vitaal_belang", delen_instemming="ouder", delen_op=visit)  # fmt: skip
    assert expected == found(seen, "/delen_instemming")
