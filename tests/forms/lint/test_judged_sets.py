"""Judged sets: measured as docs/privacy-lint.md says, with floors under what was reached (forms/lint/SPEC.md 8)."""

from pathlib import Path
from typing import Any

import pytest

from forms.lint.check import lint
from forms.lint.judged_sets import EVERY, BadEntry, Entry, Judged, Share, judged, judged_set, laid, shares

FOLDER = Path(__file__).parent / "corpora"
UNTAUGHT = Path(__file__).parent / "untaught"  # no weights are made of these
FLOORS = {
    "blind_until_read": (0.99, 0.99),
    "by_rule_authors": (0.98, 0.98),
    "blind_indirect": (0.96, 0.97),
    "blind_as_in_forms": (0.96, 0.95),
    "blind_youth_work_a": (0.98, 0.85),
    "blind_youth_work_b": (0.97, 0.88),
    "blind_three_ways_a": (0.97, 0.95),
    "blind_three_ways_b": (0.97, 0.97),
    "blind_three_ways_c": (0.96, 0.96),
    "blind_three_ways_d": (0.96, 0.97),
    "blind_three_ways_e": (0.85, 0.95),
}


@pytest.mark.parametrize("name", FLOORS)
def test_a_set_that_was_caught_once_is_caught_for_good(name: str) -> None:
    (path,) = (path for folder in (FOLDER, UNTAUGHT) for path in folder.glob(f"{name}.json"))
    every = shares(judged(judged_set(path.read_bytes())))[EVERY]
    recall, precision = FLOORS[name]
    assert (every.recall or 0) >= recall and (every.precision or 0) >= precision


def entry(**members: Any) -> Entry:
    return Entry(**{"id": "x", "language": "nl", "kind": "question", "label": "Vraag", "expected": "pass"} | members)


def outcome(**members: Any) -> Judged:
    return next(iter(judged([entry(**members)])))


@pytest.mark.parametrize("kind", ["text", "choice", "choices", "boolean", "integer", "number", "date", "note"])
def test_the_form_around_an_entry_is_judged_by_nobody(kind: Any) -> None:
    found = outcome(type=kind)
    assert ("pass", frozenset()) == (found.outcome, found.codes)


def test_a_miss_and_a_false_alarm_are_counted_where_they_belong() -> None:
    those = list(
        judged(
            [
                entry(label="Afkomst van het kind", expected="refuse", rule="P01"),
                entry(label="Afkomst van het kind", expected="pass"),
                entry(label="Wat ging goed?", expected="refuse", rule="P04"),
                entry(label="Wat is uw indruk van de moeder?", type="text", expected="refuse", rule="P13"),
            ]
        )
    )
    found = shares(those)
    assert found[EVERY] == Share(caught=1, alarms=1, missed=2)
    assert found["P01"] == Share(caught=1, alarms=1) and found["P04"] == Share(missed=1)
    assert found["P13"] == Share(missed=1)  # a warning where an error is due is a miss


def test_a_set_that_is_none_is_refused() -> None:
    with pytest.raises(BadEntry):
        judged_set(b'[{"id": "x"}]')


SCORES = [
    "if(a == 'ja', 3, 0) + if(b == 'ja', 2, 0) + if(c == 'ja', 5, 0)",
    "2 * afwezig + 5 * ruzie + 3 * schulden",
    "if(a == 'ja' and b == 'ja', 'hoog', if(a == 'ja', 'midden', 'laag'))",
]


@pytest.mark.parametrize("logic", SCORES)
def test_a_score_is_a_score_whatever_class_its_maker_gives(logic: str) -> None:
    assert "S1" == laid(entry(type="integer", logic=logic))["fields"]["/vraag"]["sensitivity"]
    found = outcome(type="integer", logic=logic)
    assert "refuse" == found.outcome and {"P07"} == found.codes


@pytest.mark.parametrize(
    "logic", ["eik + beuk + linde", "oogst / hectare", "uren * 60 + minuten", "rijen * stoelen", "brood * 2 + melk * 3"]
)
def test_arithmetic_about_things_is_no_score(logic: str) -> None:
    assert "pass" == outcome(type="number", logic=logic).outcome


def test_bands_in_words_are_a_warning() -> None:
    logic = "if(a == 'ja' and b == 'ja', 'vaak', if(a == 'ja', 'soms', 'zelden'))"
    assert "warn" == outcome(type="text", logic=logic).outcome


@pytest.mark.parametrize(
    ("member", "at"),
    [
        (
            {"checks": [{"if_not": "coalesce(t, 0) < 6", "at": "/a", "say": {"nl": "Te veel", "en": "Too much"}}]},
            "checks",
        ),
        ({"layout": [{"fields": [], "banner": {"say": {"nl": "Let op"}, "show_if": "coalesce(t, 0) > 5"}}]}, "layout"),
    ],
)
def test_a_threshold_on_points_is_found_where_it_warns(member: dict[str, Any], at: str) -> None:
    form = laid(entry(type="integer", logic=SCORES[0]))
    form["computed"] = {"/t": form["computed"]["/vraag"]}
    assert any(one.code == "P07" and one.path.startswith(f"/{at}/") for one in lint(form | member))


def test_a_name_looked_at_by_its_ending_is_a_proxy() -> None:
    form = laid(entry())
    form["computed"] = {"/vraag": 'contains(naam, "xyz") or contains(naam, "qrs")'}
    assert "P02" in {one.code for one in lint(form)}


@pytest.mark.parametrize("word", ["r\u0585ma", "\u13a1oma", "r\u0275ma", "rom\u0250", "Eth\u0578icity"])
def test_a_letter_that_looks_like_another_hides_nothing(word: str) -> None:
    assert "refuse" == outcome(label=word, type="text").outcome


def test_a_number_without_a_maximum_is_no_bsn_and_one_that_is_called_a_number_is() -> None:
    assert "pass" == outcome(label="Hoeveel liter water?", type="integer").outcome
    assert {"P06"} == outcome(label="Nummer van de moeder", type="integer").codes


def test_a_class_below_what_is_asked_wants_a_reason() -> None:
    form = laid(entry(label="Hulp van jeugdzorg?", type="choice"))
    found = [one for one in lint(form) if one.code == "P11"]
    assert [("class", "warning", "/vraag")] == [(one.place, one.level, one.path) for one in found]
    form["fields"]["/vraag"]["sensitivity"] = "S2"
    assert "P11" not in {one.code for one in lint(form)}


@pytest.mark.parametrize(
    ("things", "people"),
    [
        ("Ras van de koeien", "Ras van de moeder"),
        ("Herkomst van het water", "Herkomst van de ouders"),
        ("Dak van de kerk", "Gaat het gezin naar de kerk?"),
        ("Diagnose van de storing", "Diagnose van het kind"),
    ],
)
def test_what_is_said_of_a_thing_is_not_said_of_people(things: str, people: str) -> None:
    assert ("pass", "refuse") == (outcome(label=things).outcome, outcome(label=people).outcome)
    assert "refuse" == outcome(label=f"{people} ({things})").outcome
