"""What is said through an answer, and what is answered beforehand, is read as the rest (lint/SPEC.md 4)."""

from typing import Any

import pytest

from forms.lint.check import lint
from tests.forms.versions.forms_made import document


def codes(fields: dict[str, dict[str, Any]], **members: Any) -> set[tuple[str, str]]:
    form = document({"/soort": "choice a b", "/wens": "text", "/dag": "date"}, **members)
    for path, said in fields.items():
        form["fields"][path] |= said
    if "computed" in members:
        form["fields"]["/deel"] = {"label": {"nl": "Deel", "en": "Part"}, "sensitivity": "S1"}
    return {(one.code, one.path) for one in lint(form) if one.code in {"P01", "P11"}}


def label(text: str) -> dict[str, Any]:
    return {"label": {"nl": text, "en": "Question"}}


def test_a_text_with_a_mention_is_no_finding() -> None:
    assert set() == codes({"/wens": label("Wat wil ${soort} op ${dag}?")})


@pytest.mark.parametrize("text", ["Wat is uw af${soort}komst?", "Wat is uw afkomst, ${soort}?"])
def test_a_word_is_not_parted_by_a_mention(text: str) -> None:
    assert ("P01", "/wens") in codes({"/wens": label(text)})


def test_a_word_is_not_put_together_by_a_computed_field() -> None:
    assert ("P01", "/wens") in codes({"/wens": label("Wat is uw af${deel}?")}, computed={"/deel": '"komst"'})
    assert set() == codes({"/wens": label("Wat is uw af${deel}?")}, computed={"/deel": '"spraak"'})


def test_a_word_is_not_put_together_by_a_choice_or_a_first_answer() -> None:
    choices = {"a": {"nl": "komst", "en": "a"}, "b": {"nl": "b", "en": "b"}}
    assert ("P01", "/wens") in codes({"/wens": label("Uw af${soort}?"), "/soort": {"choices": choices}})
    assert ("P01", "/dag") in codes({"/dag": label("Uw af${wens}?"), "/wens": {"first": '"komst"'}})


def test_a_word_is_not_put_together_by_two_mentions() -> None:
    """Each was filled in by itself, with a blank for the other."""
    two = {"/deel": '"af"', "/stuk": '"komst"'}
    form = document({"/wens": "text"}, computed=two)
    for path in two:
        form["fields"][path] = {"label": {"nl": "Deel", "en": "Part"}, "sensitivity": "S1"}
    form["fields"]["/wens"] |= label("Wat is uw ${deel}${stuk}?")
    assert "P01" in {one.code for one in lint(form) if one.path == "/wens"}


def test_a_mention_before_it_takes_no_readings_away() -> None:
    many = {f"k{number}": {"nl": f"woord {number}", "en": "w"} for number in range(70)}
    form = document({"/soort": f"choice {' '.join(many)}", "/wens": "text"}, computed={"/deel": '"komst"'})
    form["fields"]["/deel"] = {"label": {"nl": "Deel", "en": "Part"}, "sensitivity": "S1"}
    form["fields"]["/soort"]["choices"] = many
    form["fields"]["/wens"] |= label("${soort} Wat is uw af${deel}?")
    assert "P01" in {one.code for one in lint(form) if one.path == "/wens"}


@pytest.mark.parametrize("text", ["a${soort}${soort_b}", "x${soort}" * 9])
def test_a_word_that_can_be_more_than_is_read_is_a_finding(text: str) -> None:
    many = {f"k{number}": {"nl": f"woord{number}", "en": "w"} for number in range(30)}
    form = document({"/soort": f"choice {' '.join(many)}", "/soort_b": f"choice {' '.join(many)}", "/wens": "text"})
    form["fields"]["/soort"]["choices"] = form["fields"]["/soort_b"]["choices"] = many
    form["fields"]["/wens"] |= label(text)
    assert "lint-mentions-many" in {one.code for one in lint(form) if one.path == "/wens"}


def test_a_form_has_so_many_readings_and_no_more() -> None:
    many = {f"k{number}": {"nl": f"woord{number}", "en": "w"} for number in range(30)}
    form = document({"/soort": f"choice {' '.join(many)}"} | {f"/v{number}": "text" for number in range(120)})
    form["fields"]["/soort"]["choices"] = many
    for number in range(120):
        form["fields"][f"/v{number}"] |= label("Wat wilt u met ${soort}?")
    assert "lint-mentions-many" in {one.code for one in lint(form)}


def test_a_first_answer_is_read_as_any_expression() -> None:
    assert codes({"/wens": {"first": '"afkomst: onbekend"'}}) & {("P01", "/wens"), ("P01", "/fields/wens/first")}


@pytest.mark.parametrize(("level", "found"), [("S0", False), ("S1", False), ("S2", True), ("S4", True)])
def test_a_sensitive_question_is_not_answered_beforehand_without_a_reason(level: str, found: bool) -> None:
    made = codes({"/soort": {"first": '"a"', "sensitivity": level}})
    assert found == (("P11", "/soort") in made)


def test_a_question_that_asks_much_is_sensitive_whatever_its_class() -> None:
    asked = {"first": '"a"', "sensitivity": "S1", **label("Zijn er schulden?")}
    assert ("P11", "/soort") in codes({"/soort": asked})
