"""The class of what stands at a place is that of everything it may show."""

from typing import Any

from forms.definition.document import Form, load_form
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
