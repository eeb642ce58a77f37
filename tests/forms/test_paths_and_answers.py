"""Answers and their paths, as laws (SPEC.md sections 2 and 3); the single cases are vectors."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import answers, paths
from forms.errors import BadPath, NotAnAnswer

NAMES = st.sampled_from(["a", "b", "kind", "a/b", "~", "~1", "é"])
ITEMS = st.sampled_from([f"01J9{sign * 22}" for sign in "ABC"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "é", "e\u0301", 0.5, -0.0])
VALUES = SCALARS.filter(lambda value: value is not None) | st.lists(SCALARS, max_size=3)


@st.composite
def documents(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """Documents with answers, groups and repeating groups, whose items stand in any order."""
    document: dict[str, Any] = {}
    for name in draw(st.lists(NAMES, unique=True, max_size=3)):
        shape = draw(st.sampled_from(["answer", "answer", "group", "repeat"] if depth else ["answer"]))
        if shape == "answer":
            document[name] = draw(VALUES)
        elif shape == "group":
            document[name] = draw(documents(depth - 1).filter(bool))
        else:
            ids = draw(st.lists(ITEMS, unique=True, min_size=1, max_size=3))
            document[name] = [{"_id": one, **draw(documents(depth - 1))} for one in ids]
    return document


@given(documents())
def test_a_document_taken_apart_and_put_together_is_the_same(document: dict[str, Any]) -> None:
    assert document == answers.assemble(answers.disassemble(document))


@given(documents())
def test_what_a_document_is_taken_apart_into_are_answers(document: dict[str, Any]) -> None:
    assert answers.check(answers.disassemble(document)) == ()


@given(documents(), st.randoms(use_true_random=False))
def test_answers_make_the_same_document_in_any_order(document: dict[str, Any], chance: Any) -> None:
    values = list(answers.disassemble(document).items())
    assert document == answers.assemble(dict(chance.sample(values, len(values))))


@given(st.lists(NAMES, min_size=1, max_size=8))
def test_every_list_of_names_has_a_path_and_comes_back(names: list[str]) -> None:
    assert tuple(names) == paths.parse(paths.format(names))


@given(VALUES, VALUES)
def test_values_are_equal_exactly_if_their_canonical_forms_are(one: Any, two: Any) -> None:
    assert same(one, two) == (answers.canonical(one) == answers.canonical(two))


def same(one: Any, two: Any) -> bool:
    """Equality spelt out: Python alone takes true for 1, and knows nothing of NFC."""
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, bool) or isinstance(two, bool):
        return one is two
    return bool(spelt(one) == spelt(two))


def spelt(value: Any) -> Any:
    return "é" if value == "e\u0301" else value


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        float("nan"),
        float("inf"),
        {1: "a number as a name"},
        {"a": b"x"},
        pytest.param(object(), id="an object"),  # its repr is an address, another one in each process
        "half \ud800",
    ],
    ids=repr,
)
def test_what_is_not_json_is_no_answer(value: Any) -> None:
    with pytest.raises(NotAnAnswer):
        answers.canonical(value)


def test_a_value_nested_too_deep_is_no_answer() -> None:
    deep: Any = "x"
    for _ in range(answers.VALUE_DEPTH_MAX):
        deep = [deep]
    assert answers.check({"/a": deep}) == ()
    assert [one.code for one in answers.check({"/a": [deep]})] == ["not-an-answer"]


def test_everything_that_is_no_answer_is_found_at_once() -> None:
    values = {"a": 1, "/kind/*/naam": "a template", "/_score": 1, "/b": b"", "/c": float("nan"), "/d": 1}
    found = [(one.code, one.path) for one in answers.check(values)]
    assert found == [
        ("bad-path", "a"),
        ("bad-path", "/kind/*/naam"),
        ("bad-path", "/_score"),
        ("not-an-answer", "/b"),
        ("not-an-answer", "/c"),
    ]


@pytest.mark.parametrize(
    "values",
    [{"/a": 1, "/a/b": 2}, {"/a": 1, f"/a/01J9{'A' * 22}": {}}, {"/a/b": 1, f"/a/01J9{'A' * 22}": {}}],
    ids=["an answer and a group", "an answer and an item", "a group and an item"],
)
def test_one_answer_inside_another_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadPath):
        answers.assemble(values)
