"""What the rules left open, weighed by all of its words, and what they struck in a text about things (SPEC.md 9)."""

from typing import Any

import msgspec
import pytest

from forms.lint import left_open
from forms.lint.check import lint, lint_text
from forms.lint.judged_sets import Entry, judged, judged_set, laid
from forms.lint.rules import weights
from forms.lint.weighing import features, rows_of, weighed
from tests.forms.lint.test_judged_sets import UNTAUGHT
from upkeep.lint_weights import digest, judged_texts, made

OPEN = "Wat roept vader als hij schrikt, in de woorden van thuis?"  # no rule has words of it
OF_THINGS = "Psycholoog als gastspreker: onderwerp"  # a rule has


def entry(**members: Any) -> Entry:
    return Entry(**{"id": "x", "language": "nl", "kind": "question", "expected": "pass", "type": "text"} | members)


def outcome(**members: Any) -> tuple[str, set[str]]:
    found = next(iter(judged([entry(**members)])))
    return found.outcome, set(found.codes)


def test_the_weights_are_not_older_than_the_questions_they_were_made_from() -> None:
    assert digest() == weights().made_from, "run upkeep.lint_weights"


def test_what_the_rules_leave_open_is_refused_with_the_words_that_weigh_most() -> None:
    (found,) = [one for one in lint(laid(entry(label=OPEN))) if one.code == "P23"]
    assert ("error", "/vraag", "nl") == (found.level, found.path, found.language)
    assert found.words and set(found.words) <= {word for row in rows_of(OPEN) for word in row}


def test_what_weighs_a_little_less_waits_for_a_second_person(monkeypatch: pytest.MonkeyPatch) -> None:
    for refused, doubted, expected in ((1.0, 0.0, "refuse"), (99.0, 1.0, "warn"), (99.0, 99.0, "pass")):
        limits = msgspec.structs.replace(weights(), refused=refused, doubted=doubted)
        monkeypatch.setattr(left_open, "weights", lambda limits=limits: limits)
        assert expected == outcome(label=OPEN)[0]


ORDINARY = judged_set((UNTAUGHT / "ordinary.json").read_bytes())


def test_what_forms_ask_every_day_is_no_matter_of_weight() -> None:
    assert [] == [one.entry.label for one in judged(ORDINARY) if "P23" in one.codes]


def test_that_was_never_taught() -> None:
    asked = {rows for texts in judged_texts().values() for rows, _ in texts}
    assert not [one.label for one in ORDINARY if rows_of(one.label) in asked]


def test_what_a_rule_says_is_not_said_again() -> None:
    assert ("refuse", {"P01"}) == outcome(label="Afkomst van het kind")


@pytest.mark.parametrize("kind", ["form", "question"])
def test_a_title_a_question_and_a_text_by_itself_are_weighed(kind: str) -> None:
    assert ("refuse", {"P23"}) == outcome(label=OPEN, kind=kind, type=None if kind == "form" else "text")
    assert {"P23"} == {one.code for one in lint_text(OPEN, "nl")}


def test_a_hint_weighs_too_and_yes_and_no_do_not() -> None:
    alone, hinted = weighed("Kaartje"), weighed("Kaartje", "A: mag altijd blijven. C: wacht op bericht.")
    assert alone.weight < hinted.weight
    assert weighed(OPEN) == weighed(OPEN, "", ("Ja", "Nee"))


def test_a_name_and_a_language_that_nobody_reads_are_not_weighed() -> None:
    assert not [one for one in lint_text("Heilige", "nl") if one.code == "P23"]
    assert {"P22"} == {one.code for one in lint_text("¿Cuál es la nacionalidad?", "nl")}


def test_a_text_about_things_is_spared_and_not_one_that_names_somebody() -> None:
    assert ("pass", set()) == outcome(label=OF_THINGS)
    assert "refuse" == outcome(label=f"{OF_THINGS} van de moeder")[0]
    assert "refuse" == outcome(label="Psycholoog")[0]


def test_what_hides_in_a_text_about_things_is_not_spared() -> None:
    assert "refuse" == outcome(label="Aantal stoelen in de zaal, r-o-m-a")[0]


def test_a_warning_is_not_spared() -> None:
    choices = (("ziek", "Ziek"), ("vrij", "Vrij"))
    assert ("warn", {"P04"}) == outcome(label="Reden van afwezigheid bij de les", type="choice", choices=choices)


def test_marks_add_up_to_what_is_weighed() -> None:
    marks = {
        mark: int(weight) / 100
        for row in weights().marks
        for mark, _, weight in (one.rpartition(":") for one in row.split())
    }
    for label, hint, choices in ((OPEN, "", ()), ("Vak", "1: van hier", ("Noord", "Zuid", "Zuid"))):
        total = sum(marks.get(mark, 0.0) * value for mark, value in features(rows_of(label, hint, choices)))
        assert weighed(label, hint, choices).weight == pytest.approx(weights().bias + total)


def test_the_same_questions_give_the_same_weights_and_tell_them_apart() -> None:
    those = [((("a", 1.0), ("c", 0.5)), True), ((("b", 1.0), ("c", 0.5)), False)] * 5
    bias, marks = made(those)
    assert (bias, marks) == made(those)
    assert marks["b"] < 0 < marks["a"]
