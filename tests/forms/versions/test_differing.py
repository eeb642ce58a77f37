"""What differs between two versions, and which answers would not fit any more (forms/SPEC.md section 12.4)."""

from typing import Any

import pytest

from forms.definition.document import Form, load_form
from forms.definition.library import SLUGS, shipped_form
from forms.versions.differing import Fit, difference
from tests.forms.versions.forms_made import document, form, raw

ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
FIRST = {"/naam": "text", "/soort": "choice a b", "/uren": "integer minimum 0", "/kind/*/dag": "text"}


def changes(before: Form, after: Form) -> list[tuple[str, str, bool]]:
    return [(one.code, one.path, one.narrows) for one in difference(before, after)]


def changed(version: int = 2, **members: Any) -> Form:
    return load_form(raw(document(FIRST, version) | members))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_form_does_not_differ_from_itself(slug: str) -> None:
    assert () == difference(shipped_form(slug), shipped_form(slug))


def test_every_kind_of_change_to_questions_is_said() -> None:
    after = form(
        {"/roepnaam": "text", "/soort": "choices c a", "/uren": "integer minimum 5 maximum 40!", "/nieuw": "date"},
        2,
        {"renamed": {"/naam": "/roepnaam"}, "dropped": ["/kind/*/dag"], "mapped": {"/soort": {"b": "c"}}},
    )
    assert [
        ("weaker-words", "/soort", False),
        ("question-renamed", "/roepnaam", False),
        ("kind-widened", "/soort", False),
        ("label-changed", "/soort", False),
        ("choice-added", "/soort", False),
        ("choice-mapped", "/soort", False),
        ("label-changed", "/uren", False),
        ("limit-narrowed", "/uren", True),
        ("limit-narrowed", "/uren", True),
        ("now-required", "/uren", False),
        ("question-added", "/nieuw", False),
        ("question-gone", "/kind/*/dag", False),
        ("layout-changed", "/layout", False),
    ] == changes(form(FIRST), after)


def test_wider_limits_narrow_nothing() -> None:
    after = form({**FIRST, "/uren": "integer"}, 2)
    assert [("label-changed", "/uren", False), ("limit-widened", "/uren", False)] == changes(form(FIRST), after)


def test_the_head_of_a_form_and_its_rules_are_compared() -> None:
    check = {"if_not": "uren < 40", "at": "/uren", "say": {"nl": "Veel.", "en": "A lot."}}
    fields = document(FIRST)["fields"]
    before = changed(1, checks=[check], computed={"/dubbel": "uren * 2"},
                     fields={**fields, "/dubbel": {**fields["/uren"], "hint": {"nl": "Dubbel"}}})  # fmt: skip
    fields["/uren"] = {**fields["/uren"], "show_if": 'soort == "a"', "merge": "latest", "sensitivity": "S1"}
    after = changed(
        title={"nl": "Anders"}, purpose="Iets anders ondersteunen", legal_basis="Jeugdwet, artikel 2.3", fields=fields,
        retention={"keep": "P3Y", "from": "closed"}, checks=[{**check, "if_not": "soort == null or uren < 30"}],
    )  # fmt: skip
    assert [
        ("weaker-retention", "/retention", False),
        ("title-changed", "/title", False),
        ("purpose-changed", "/purpose", False),
        ("legal-basis-changed", "/legal_basis", False),
        ("retention-changed", "/retention", False),
        ("merge-changed", "/uren", False),
        ("sensitivity-changed", "/uren", False),
        ("computed-gone", "/dubbel", False),
        ("check-changed", "/uren", False),
        ("condition-added", "/uren", False),
    ] == changes(before, after)


def test_another_spelling_of_the_same_expression_is_no_change() -> None:
    fields = document(FIRST)["fields"]
    one, other = (
        changed(1, fields={**fields, "/uren": {**fields["/uren"], "show_if": text}})
        for text in ('soort == "a"', "( soort )=='a'")
    )
    assert () == difference(one, other)


FITS: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
    ({"/naam": "Proef", "/soort": "a", "/uren": 10}, set()),
    ({"/uren": 3}, {("/uren", "too-low")}),
    ({"/uren": -3}, set()),  # it did not fit before either
    ({"/soort": "b"}, {("/soort", "unknown-choice")}),
    ({f"/kind/{ITEM}/dag": "ma", f"/kind/{ITEM}": {}}, {("/kind/*/dag", "earlier")}),
    ({"/elders": "bewaard"}, set()),
    ({"/naam": None}, set()),
]


@pytest.mark.parametrize(("answers", "expected"), FITS)
def test_answers_that_would_not_fit_are_named_by_question_and_reason(
    answers: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    after = form(
        {"/roepnaam": "text", "/soort": "choice a", "/uren": "integer minimum 5"},
        2,
        {"renamed": {"/naam": "/roepnaam"}, "dropped": ["/kind/*/dag"], "mapped": {"/soort": {"b": None}}},
    )
    assert expected == Fit(form(FIRST), after, "2026-03-04").misfits(answers)


def test_records_without_a_newly_required_answer_are_named() -> None:
    fit = Fit(form(FIRST), form({**FIRST, "/naam": "text!"}, 2), "2026-03-04")
    assert [{("/naam", "missing")}, set()] == [fit.misfits({}), fit.misfits({"/naam": "Proef"})]


def test_what_is_hidden_is_not_missed_and_a_new_check_is_looked_at() -> None:
    fields = document({**FIRST, "/naam": "text!"}, 2)["fields"]
    fields["/naam"] = {**fields["/naam"], "show_if": 'soort == "a"'}
    check = {"if_not": "uren < 40", "at": "/uren", "say": {"nl": "Veel.", "en": "A lot."}}
    draft = load_form(raw(document({**FIRST, "/naam": "text!"}, 2) | {"fields": fields, "checks": [check]}))
    fit = Fit(form(FIRST), draft, "2026-03-04")
    assert [set(), {("/naam", "missing")}, {("/uren", "check-error")}] == [
        fit.misfits({"/soort": "b"}), fit.misfits({"/soort": "a"}), fit.misfits({"/uren": 50}),
    ]  # fmt: skip
