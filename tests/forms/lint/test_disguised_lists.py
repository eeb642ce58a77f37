"""A list of origins in disguise: what was published that way, and what only looks so (forms/lint/SPEC.md section 4)."""

from typing import Any

import pytest

from forms.lint.check import lint, lint_list, lint_text
from tests.forms.versions.forms_made import document

QUESTIONS = {"/groep": "choice a b", "/tekst": "text"}
Found = set[tuple[str, str]]


def judged(form: dict[str, Any]) -> Found:
    return {(one.code, one.level) for one in lint(form) if one.code == "P02"}


def choices(*labels: str) -> dict[str, Any]:
    codes = [f"k{place}" for place in range(len(labels))]
    form = document({"/groep": "choice " + " ".join(codes)})
    form["fields"]["/groep"]["choices"] = {
        code: {"nl": label, "en": label} for code, label in zip(codes, labels, strict=True)
    }
    return form


@pytest.mark.parametrize(
    "labels",
    [
        ("Roemeni\u00eb", "Bulgarije", "Kring 1", "Kring 2", "Kring 3", "Kring 4", "Kring 5"),
        ("Komt uit het noorden van Roemeni\u00eb hierheen", "Komt uit het zuiden van Bulgarije hierheen", "Kring 1"),
        ("RO", "BG", "TR", "Kring 1"),
        ("Groep RO", "Groep BG", "Groep TR"),
    ],
)
def test_choices_between_origins_were_published_with_others_between_them(labels: tuple[str, ...]) -> None:
    assert {("P02", "error")} == judged(choices(*labels))


@pytest.mark.parametrize(
    "labels",
    [
        ("Roman", "Strip", "Tijdschrift"),
        ("ma", "di", "wo", "do", "vr", "za", "zo"),
        ("PO", "VO", "SO", "MBO"),
        ("Frans", "Duits", "Wiskunde", "Turks"),
    ],
)
def test_choices_that_only_look_like_origins_pass(labels: tuple[str, ...]) -> None:
    assert set() == judged(choices(*labels))


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("A is Roemeens, B is Syrisch, C is Nederlands.", {("P02", "error")}),
        ("Vul in: 1 = Turks, 2 = Nederlands.", {("P02", "error")}),
        ("Vul in: RO, BG, TR of NL.", {("P02", "warning")}),
        ("De folder is er in het Roemeens en in het Bulgaars.", {("P02", "warning")}),
        ("De folder is er in het Roemeens.", set()),
        ("WIE IS ER IN DE KLAS EN WAT DOET DE GGZ?", set()),
    ],
)
def test_a_hint_was_the_key_to_a_list_that_stood_nowhere(hint: str, expected: Found) -> None:
    form = document(QUESTIONS)
    form["fields"]["/groep"]["hint"]["nl"] = hint
    assert expected == judged(form)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^(RO|BG|TR|NL)$", {("P02", "error")}),
        ("^(Roemeens|Bulgaars)$", {("P02", "error")}),
        ("^[A-Z]{2}[0-9]{3}$", set()),
    ],
)
def test_a_pattern_was_a_list_of_origins(pattern: str, expected: Found) -> None:
    form = document(QUESTIONS)
    form["schema"]["properties"]["tekst"]["pattern"] = pattern
    assert expected == judged(form)


def test_an_expression_gave_out_origins() -> None:
    form = document(QUESTIONS, computed={"/uit": 'if(groep == "a", "Roemeens", "Syrisch")'})
    assert {("P02", "error")} == judged(form)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("herkomst", {"noord"}, {"P01"}),
        ("groep", {"Roemeens", "Syrisch"}, {"P02"}),
        ("groep", {"Roma", "nee"}, {"P01"}),
        ("groep", {"RO", "SY", "TR"}, {"P02"}),
        ("wijk", {"noord", "zuid"}, set()),
    ],
)
def test_a_column_of_a_list_was_read_by_nobody(column: str, values: set[str], expected: set[str]) -> None:
    found = lint_list("gezinnen", {"a": {"nl": "De Molen"}}, {column: values})
    assert expected == {one.code for one in found if one.level == "error"}


def test_columns_without_end_are_refused_before_they_are_read() -> None:
    columns = {f"k{column}": [f"{column}x{row}" for row in range(7_000)] for column in range(2)}
    assert ["lint-too-many-values"] == [one.code for one in lint_list("scholen", {}, columns)]


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f181\U0001f17e\U0001f17c\U0001f170",
        "\U0001f1f7\U0001f1f4\U0001f1f2\U0001f1e6",
        "R_ma",
        "R?ma",
        "R~ma",
        "Reizend volk",
        "Is dit een Roemeen?",
        "Oost-Europeanen",
        "Waar komen de grootouders vandaan?",
        "Wat spreken ze thuis?",
        "Hoe lang woont u al hier in het land?",
    ],
)
def test_words_for_an_origin_that_were_read_past(text: str) -> None:
    assert {"P01", "P02"} & {one.code for one in lint_text(text, "nl")}
