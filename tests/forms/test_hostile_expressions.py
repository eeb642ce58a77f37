"""Expressions, trees and answers that were made to hurt: a finding or a value, never an exception, and soon.

What a whole form does with the rest of its document stands in `test_hostile_forms.py`.
"""

import json
import math
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from forms.definition.document import faults, load_form
from forms.errors import UnusableForm
from forms.expressions.evaluation import evaluate
from forms.expressions.tree import check_tree
from tests.forms.form_samples import Form, checks, computed, form, many, questions, words
from tests.independent.by_spec import Reader

SECONDS_MAX: Final = 10  # of one processor: what takes a minute when it is wrong
TERMS: Final = 10_000
LONG: Final = "9" * 5_000  # Python alone refuses to read more than 4,300 digits


def codes(document: bytes) -> list[str]:
    started = time.process_time()
    found = faults(document)
    assert time.process_time() - started < SECONDS_MAX
    assert all(one.nl.encode() and one.en.encode() for one in found)
    assert all((one.path + "x").encode() for one in found)
    if found:
        with pytest.raises(UnusableForm):
            load_form(document)
    return sorted({one.code for one in found})


def asks(text: str) -> Form:
    return form(checks=checks(text))


def carries(tree: Any) -> Form:
    return form(checks=checks("a != null"), trees={"/checks/0/if_not": tree})


def deep(levels: int, inside: Any) -> Any:
    for _ in range(levels):
        inside = ["not", inside]
    return inside


def shown_by_the_next(count: int) -> Form:
    document = questions(many(count))
    for place, name in enumerate(many(count)):
        condition = f'coalesce({many(count)[(place + 1) % count]}, "") == "x"'
        document["fields"][f"/{name}"] = {**words(name), "show_if": condition}
    return document


DOCUMENTS: dict[str, tuple[Callable[[], Form], list[str]]] = {
    "a number beyond every double": (lambda: asks("1e999 == 1"), ["bad-number"]),
    "an exponent of a thousand digits": (lambda: asks(f"1e{LONG[:1_500]} == 1"), ["bad-number"]),
    "an exponent of nearly nothing": (lambda: asks(f"1e-{LONG[:1_500]} == 1"), []),
    "a thousand digits": (lambda: asks(f"{LONG[:1_500]} == 1"), ["bad-number"]),
    "a thousand decimals": (lambda: asks(f"0.{LONG[:1_500]} == 1"), []),
    "more digits than are read": (lambda: asks(f"{LONG} == 1"), ["expression-too-long"]),
    "what is no number": (lambda: asks("NaN == 1"), ["unknown-name"]),
    "half a character": (lambda: asks('a == "\ud800"'), ["bad-character"]),
    "half a character as a sign": (lambda: asks("a == \udfff"), ["bad-character"]),
    "an escape at the end": (lambda: asks('a == "\\'), ["text-not-closed"]),
    "ten thousand terms": (lambda: asks(" or ".join(["a == null"] * TERMS)), ["expression-too-long"]),
    "ten thousand brackets": (lambda: asks("(" * TERMS), ["expression-too-long"]),
    "ten thousand names of one path": (lambda: asks("/a" * TERMS), ["expression-too-long"]),
    "a tree of ten thousand terms": (lambda: carries(["or", *[["name", "a"]] * TERMS]), ["trees-differ"]),
    "a tree of half a character": (lambda: carries("\ud800"), ["bad-character"]),
    "a tree of no number": (lambda: carries(math.nan), ["not-a-number"]),
    "a tree of a number beyond every double": (lambda: carries(10**400), ["number-too-large"]),
    "a tree below itself": (lambda: carries(deep(500, True)), ["form-too-deep"]),
    "a field of itself": (lambda: computed(form(), {"/c": "c + 1"}), ["expression-circle"]),
    "each shown by the next, round and round": (lambda: shown_by_the_next(200), ["expression-circle"]),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_expression_of_any_size_gives_a_finding_or_works(name: str) -> None:
    make, expected = DOCUMENTS[name]
    assert expected == codes(json.dumps(make()).encode())


def test_a_check_that_stands_twice_is_found() -> None:
    twice = json.dumps(asks("a != null")).encode().replace(b'"if_not":', b'"if_not": "a == null", "if_not":')
    assert ["duplicate-name"] == codes(twice)


def test_digits_that_python_refuses_to_read_are_found_in_a_tree_too() -> None:
    document = json.dumps(carries("DIGITS")).encode().replace(b'"DIGITS"', LONG.encode())
    assert ["number-too-large"] == codes(document)


TREES: dict[str, Any] = {
    "no number": math.nan, "endless": math.inf, "whole and beyond every double": 10**400, "half a character": "\udfff",
    "ten thousand terms": ["and", *[True] * TERMS], "far below itself": deep(100_000, True),
    "a name of half a character": ["name", "\ud800"], "an object": {"a": {}}, "bytes": b"a",
    "itself as a name": [["name"], "a"],
    "a path of ten thousand steps": ["answer", "/a" * TERMS],
}  # fmt: skip


@pytest.mark.parametrize("name", TREES)
def test_a_tree_of_any_kind_is_found(name: str) -> None:
    assert {"bad-tree", "expression-too-deep", "expression-too-large"} >= {one.code for one in check_tree(TREES[name])}
    assert check_tree(TREES[name])


def nested(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


ANSWERS: dict[str, Any] = {
    "no number": math.nan, "endless": math.inf, "endless below": -math.inf, "whole and beyond every double": 10**5_000,
    "half a character": "\ud83d", "two halves": "\ud83d\ude00", "a text of nothing but marks": "e" + "\u0301" * 100_000,
    "far below itself": nested(100_000), "items that are none": [None, 1, "x", [], {}, {"a": {"a": 1}}],
    "a long text": "9" * 1_000_000, "members that are no numbers": [1, math.nan, math.inf, 10**5_000],
    "ten thousand items": [{"a": place} for place in range(TERMS)],
    "ten thousand equal texts": ["x"] * TERMS,
}  # fmt: skip
A: Final = ["name", "a"]
READERS: Final[list[Any]] = [
    A, ["+", A, 1], ["%", A, A], ["round", A, 2], ["==", A, A], ["<", A, A], ["in", A, A], ["list", A, A],
    ["length", A], ["contains", A, A], ["starts_with", A, A], ["days_between", A, ["today"]],
    ["add_days", ["today"], A],
    ["add_months", "2026-01-31", A], ["working_days_between", A, "9999-12-31"], ["school_year", A], ["count", A],
    ["sum", A], ["min", A], ["any", A], ["map", A, A], ["filter", A, ["==", A, 1]], ["sum", A, A], ["count", A, True],
    ["answer", "/a/a/a"], ["not", A], ["coalesce", A, 1], ["if", A, 1, 2],
]  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_any_answer_gives_the_value_that_the_spec_says(name: str) -> None:
    document = {"a": ANSWERS[name]}
    for tree in READERS:
        started = time.process_time()
        given = evaluate(tree, document, "2026-03-01")
        assert time.process_time() - started < SECONDS_MAX, tree
        assert given == Reader(document, "2026-03-01").result(tree), tree


def test_whether_ten_thousand_members_are_unlike_is_soon_known() -> None:
    started = time.process_time()
    assert evaluate(["unique", A], {"a": [str(place) for place in range(TERMS)]}, "2026-03-01") is True
    assert time.process_time() - started < SECONDS_MAX
