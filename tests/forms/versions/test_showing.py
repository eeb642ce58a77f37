"""The class of what stands at a place is that of everything it may show."""

from typing import Any

import pytest

from forms.definition.document import Form, load_form
from forms.records.preview import preview
from forms.records.relevance import Examiner
from forms.records.speaking import Speaking
from forms.records.told import Teller
from forms.versions.publishing import examined
from forms.versions.showing import classes
from tests.forms.versions.forms_made import document, raw

QUESTIONS = {"/geheim": "text", "/wens": "text", "/kind/*/naam": "text"}


def made(
    version: int = 1, firsts: dict[str, str] | None = None, computed: dict[str, str] | None = None, **given: Any
) -> Form:
    """The form with classes, `geheim="S4"`, first answers and computed fields of the lowest class."""
    questions, moves = given.pop("questions", QUESTIONS), given.pop("moves", None)
    whole = document(questions, version, moves, computed=computed or {})
    for path in computed or ():
        whole["fields"][path] = {"label": {"nl": "Uitkomst"}, "sensitivity": "S0"}
        whole["layout"][0]["fields"].append(path)
    for path, first in (firsts or {}).items():
        whole["fields"][path]["first"] = first
    for name, of in given.items():
        whole["fields"][f"/{name}"]["sensitivity"] = of
    return load_form(raw(whole))


def test_what_is_computed_has_the_class_of_what_it_reads_through_others() -> None:
    chain = {"/deel": "geheim", "/verder": "deel", "/anders": "wens"}
    found = classes([made(computed=chain, geheim="S4", wens="S1")])
    assert {"/geheim": "S4", "/deel": "S4", "/verder": "S4", "/wens": "S1", "/anders": "S1"} == {
        path: of for path, of in found.items() if path != "/kind/*/naam"
    }


def test_a_computed_field_keeps_a_higher_class_of_its_own() -> None:
    whole = made(computed={"/deel": "geheim"}, geheim="S1", deel="S3", wens="S2", firsts={"/wens": "deel"})
    assert ("S3", "S3", "S1") == tuple(classes([whole])[path] for path in ("/deel", "/wens", "/geheim"))


def test_a_first_answer_has_the_class_of_what_it_copies_in_items_too() -> None:
    found = classes([made(firsts={"/wens": "geheim", "/kind/*/naam": "/wens"}, geheim="S4")])
    assert {"S4"} == set(found.values())


def test_two_that_begin_with_each_other_come_to_an_end() -> None:
    found = classes([made(firsts={"/wens": "geheim", "/geheim": "wens"}, geheim="S3")])
    assert ("S3", "S3") == (found["/wens"], found["/geheim"])


def test_an_answer_keeps_the_class_under_which_it_was_given() -> None:
    one, two = made(geheim="S4"), made(2, computed={"/deel": "geheim"})
    assert ("S4", "S4") == (classes([one, two])["/geheim"], classes([one, two])["/deel"])
    began = made(geheim="S4", firsts={"/wens": "geheim"})
    assert "S4" == classes([began, made(2)])["/wens"]


def test_an_answer_keeps_its_class_at_another_name() -> None:
    to = {"/nieuw": "text", "/wens": "text", "/kind/*/naam": "text"}
    two = made(2, questions=to, moves={"renamed": {"/geheim": "/nieuw"}})
    assert ("S4", "S0") == tuple(classes([made(geheim="S4"), two])[path] for path in ("/nieuw", "/wens"))


COPIES: dict[str, dict[str, Any]] = {  # what shows the secret at `/wens` or `/deel`, and gives itself the lowest class
    "a computed field": {"computed": {"/deel": "geheim"}},
    "a computed field by way of another": {"computed": {"/tussen": "geheim", "/deel": "tussen"}},
    "a computed field that decides by it": {"computed": {"/deel": 'if(geheim == "x", "ja", "nee")'}},
    "a first answer": {"firsts": {"/wens": "geheim"}},
    "a first answer by way of a computed field": {"firsts": {"/wens": "tussen"}, "computed": {"/tussen": "geheim"}},
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_has_the_class_of_its_source_wherever_it_is_shown(name: str) -> None:
    form = made(geheim="S4", **COPIES[name])
    at = "/deel" if "/deel" in COPIES[name].get("computed", {}) else "/wens"
    assert "S4" == classes([form])[at]
    seen = Examiner(form).examine({"geheim": "x", "wens": "x"}, "2026-03-01")
    said = Speaking(form, seen, "nl").said({"nl": f"Zie ${{{at}}}"}, "/kind/*/naam")
    assert "Zie \u2026" == said
    (shown,) = (line for line in preview(form) if line.endswith(at))
    assert "S4" in shown
    label = form.asked(at).label["nl"]  # type: ignore[union-attr]
    assert "S4" in {one.sensitivity for page in Teller(form, "nl").form().pages for one in page.questions
                    if one.label == label}  # fmt: skip


def test_a_text_of_a_lower_class_may_not_mention_a_copy() -> None:
    whole = document(QUESTIONS, computed={"/deel": "geheim"})
    whole["fields"]["/deel"] = {"label": {"nl": "Uitkomst"}, "sensitivity": "S0"}
    whole["layout"][0]["fields"].append("/deel")
    whole["fields"]["/geheim"]["sensitivity"] = "S4"
    whole["fields"]["/wens"]["label"] = {"nl": "Zie ${deel}", "en": "See ${deel}"}
    assert ("mention-class", "/fields/~1wens/label") in [(one.code, one.path) for one in examined(raw(whole)).findings]
