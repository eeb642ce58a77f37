"""A list of origins in disguise: what was published that way, and what only looks so (forms/lint/SPEC.md section 4)."""

from typing import Any

import pytest

from forms.definition.document import Form, load_form
from forms.lint.check import lint, lint_list, lint_text
from forms.versions.publishing import examined
from tests.forms.versions.forms_made import document, raw

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


LANDS = ("Roemeni\u00eb", "Bulgarije", "Turkije", "Polen")
ERROR, WARNING = {("P02", "error")}, {("P02", "warning")}


def by_parts(kind: str, labels: tuple[str, ...], chosen: tuple[str, ...] = (), repeat: bool = False) -> dict[str, Any]:
    """A question for each label; with `chosen` each has that as its one choice beside another."""
    paths = [f"/g{n}/*/v" if repeat else f"/v{n}" for n in range(max(len(labels), len(chosen)))]
    form = document(dict.fromkeys(paths, kind))
    for n, path in enumerate(paths):
        label = labels[n % len(labels)]
        form["fields"][path]["label"] = {"nl": label, "en": label}
        if chosen:
            form["fields"][path]["choices"]["a"] = {"nl": chosen[n], "en": chosen[n]}
    return form


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (by_parts("boolean", LANDS), ERROR),
        (by_parts("choice a b", ("Groep",), LANDS), ERROR),
        (by_parts("integer", tuple(f"Aantal kaarten {land}" for land in LANDS)), ERROR),
        (by_parts("text", ("Roemeens", "Duits", "Pools")), ERROR),
        (by_parts("boolean", ("RO", "BG", "TR")), ERROR),
        (by_parts("boolean", ("Kaart RO", "Kaart BG", "Kaart TR"), repeat=True), ERROR),
        (by_parts("boolean", LANDS[:2]), WARNING),
        (document(dict.fromkeys(("/ro", "/bg", "/tr"), "boolean")), ERROR),
        (document(dict.fromkeys(("/kaart_ro", "/kaart_bg", "/kaart_tr"), "boolean")), ERROR),
        (document(dict.fromkeys(("/roemeens/*/v", "/bulgaars/*/v", "/turks/*/v"), "boolean")), ERROR),
        (by_parts("boolean", LANDS[:1]), set()),
        (by_parts("integer", ("Cijfer Frans", "Cijfer Duits", "Cijfer Turks")), set()),
        (by_parts("boolean", ("Frans", "Duits", "Turks")), set()),
        (by_parts("boolean", ("Belt u met Marokko?", "Is de ambassade van Marokko gesproken?")), set()),
        (by_parts("boolean", tuple(f"Kaas uit {land} op voorraad" for land in LANDS)), set()),
        (by_parts("boolean", ("Reisadvies Marokko gelezen", "Reisadvies Turkije gelezen")), set()),
        (by_parts("boolean", ("Bad in de tuin (pool)", "Roemeni\u00eb")), set()),
        (by_parts("boolean", ("IN de klas", "SO de groep", "ID de kaart")), set()),
    ],
)  # fmt: skip
def test_a_list_of_origins_was_split_over_questions(form: dict[str, Any], expected: Found) -> None:
    assert expected == judged(form)


def test_a_list_of_origins_was_split_over_pages_and_computed_fields() -> None:
    form = document(dict.fromkeys(("/a/*/v", "/b/*/v", "/c/*/v"), "boolean"))
    for page, land in zip(form["layout"], LANDS, strict=False):
        page["section"] = {"nl": land, "en": land}
    assert ERROR == judged(form)
    form = document({"/v": "boolean"}, computed=dict.fromkeys(("/a", "/b", "/c"), "v"))
    for path, land in zip(form["computed"], LANDS, strict=False):
        form["fields"][path] = {"label": {"nl": land, "en": land}, "sensitivity": "S0"}
    assert ERROR == judged(form)


def test_a_list_of_origins_was_split_over_versions() -> None:
    history: list[Form] = []
    codes: list[list[tuple[str, str]]] = []
    for version, land in enumerate(LANDS, 1):
        form = by_parts("boolean", (land,)) | {"version": version}
        codes.append([(one.code, one.path) for one in examined(raw(form), history).findings])
        history.append(load_form(raw(form)))
    assert [[], [("P02", "/v0")], [("P02", "/v0")], [("P02", "/v0")]] == codes


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
