"""A track of work or learning, from its start to three months after it ended."""

from typing import Any

import pytest

from forms.definition.library import shipped_form
from forms.records.withholding import Reader
from tests.forms.examined import TODAY, asked, look, said

TRACK: dict[str, Any] = {
    "case_ref": "ABCD-2345", "deelnemer_ref": "KKKK-2222", "contact_datum": "2026-08-01", "leeftijd": "18_22",
    "soort": "werkervaring", "eigen_doel": "Werken met hout.", "uren": 24, "status": "gestart", "leest_mee": "akkoord",
}  # fmt: skip
ENDS = {"eind_datum", "stopreden", "vervolg", "na3mnd", "licht_werk", "plicht_door"}
YOUNG = {"licht_werk", "plicht_door"}
TRACK_ASKED = {question.name for question in shipped_form("traject").questions}


def test_a_track_from_the_start_to_three_months_after() -> None:
    seen = look("traject", TRACK)
    assert (TRACK_ASKED - ENDS, set(), ()) == (asked("traject", seen), said(seen), seen.banners)
    done = {**TRACK, "status": "doel_bereikt", "eind_datum": "2026-08-27", "vervolg": "betaald_werk"}
    seen = look("traject", done, "2026-11-24")
    assert (TRACK_ASKED - {"stopreden", "na3mnd"} - YOUNG, set()) == (asked("traject", seen), said(seen))
    seen = look("traject", done, "2026-11-25")
    assert (TRACK_ASKED - {"stopreden"} - YOUNG, {("missing", "/na3mnd")}) == (asked("traject", seen), said(seen))


def test_who_stops_gives_a_code_and_no_explanation() -> None:
    seen = look("traject", {**TRACK, "status": "gestopt", "eind_datum": "2026-08-01", "stopreden": "vervoer"})
    assert (TRACK_ASKED - {"vervolg", "na3mnd"} - YOUNG, set()) == (asked("traject", seen), said(seen))
    parents = Reader(shipped_form("traject"), "parents")
    assert {"stopreden"} == set(seen.document) - set(parents.of(seen, TODAY).document)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"leeftijd": "14_15"}, {("missing", "/licht_werk")}),
        ({"leeftijd": "14_15", "licht_werk": "buiten_schooltijd"}, set()),
        ({"leeftijd": "14_15", "licht_werk": "anders"}, {("check-warn", "/licht_werk")}),
        ({"leeftijd": "14_15", "soort": "stage"}, set()),
        ({"leeftijd": "14_15", "soort": "terug_naar_school", "uren": None}, set()),
        ({"leeftijd": "16_17"}, {("missing", "/plicht_door")}),
        ({"leeftijd": "16_17", "plicht_door": "leren_en_werken"}, set()),
        ({"leeftijd": "16_17", "plicht_door": "nog_niet"}, {("check-warn", "/plicht_door")}),
        ({"leeftijd": "16_17", "soort": "stage"}, set()),
        ({"uren": 49}, {("too-high", "/uren")}),
        ({"uren": None}, {("missing", "/uren")}),
        ({"steun_nodig": ["geen", "vervoer"]}, {("check-error", "/steun_nodig")}),
        ({"steun_nodig": ["geen"]}, set()),
        ({"contact_datum": "2026-11-25"}, {("check-error", "/contact_datum")}),
        (
            {"status": "gestopt", "stopreden": "anders", "eind_datum": "2026-11-25"},
            {("check-error", "/eind_datum")},
        ),
    ],
)
def test_a_track_fits_who_follows_it(answers: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert expected == said(look("traject", {**TRACK, **answers}))
