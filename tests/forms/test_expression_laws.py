"""The expression language as laws, over random well-typed expressions and over random words (SPEC.md section 9)."""

import json
import math
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expressions import tree as trees
from forms.expressions.checking import check, read
from forms.expressions.evaluation import compile_tree, evaluate
from forms.expressions.functions import given as as_result
from forms.expressions.kinds import scope_of
from forms.expressions.parser import parse
from forms.expressions.printer import print_tree
from forms.expressions.tree import OPERATIONS, Tree, check_tree, names, node_of
from forms.schema.question import Question
from tests.forms.expression_generator import LEAVES, REPEATS, STRANGE, Generator, rows

SCOPE = scope_of(LEAVES, REPEATS, {})
MANY = 3_000
WORDS = st.sampled_from(
    [
        *OPERATIONS,
        "a",
        "t",
        "kind",
        "n",
        "1",
        "2.5",
        '"x"',
        "'",
        "(",
        ")",
        "[",
        "]",
        ",",
        "/a",
        "and",
        "null",
        "😀",
        "=",
    ]
)


@pytest.fixture(scope="module")
def drawn() -> list[dict[str, Any]]:
    """Many, made when a test first asks for them and not by collecting."""
    return list(rows(1, MANY))


def operations(tree: Tree) -> set[str]:
    return {node.op for node in node_of(tree).walk()}


def test_the_generator_reaches_every_operator_and_function(drawn: list[dict[str, Any]]) -> None:
    assert set(OPERATIONS) <= set().union(*(operations(row["tree"]) for row in drawn))


def test_the_generator_gives_the_same_rows_for_the_same_seed_and_they_are_json(drawn: list[dict[str, Any]]) -> None:
    again = list(islice(rows(1, 20), 20))
    assert drawn[:20] == again == json.loads(json.dumps(again))
    assert list(rows(2, 20)) != again


def test_the_generator_mostly_makes_what_is_not_null(drawn: list[dict[str, Any]]) -> None:
    assert sum(row["expect"] is not None for row in drawn) > len(drawn) * 0.6


def test_a_printed_tree_reads_as_the_same_tree(drawn: list[dict[str, Any]]) -> None:
    for row in drawn:
        node = parse(row["text"]).node
        assert node is not None, row["text"]
        assert (repr(row["tree"]), row["text"]) == (repr(node.tree), print_tree(node.tree))


def test_what_is_well_typed_is_found_to_be_so_and_resolving_changes_nothing(drawn: list[dict[str, Any]]) -> None:
    for row in drawn:
        repeat = None if row["item"] is None else "/kind"
        checked = check(node_of(row["tree"]), SCOPE, repeat=repeat)
        assert {one.code for one in checked.findings} <= {"never-equal"}, row["text"]  # two written texts may be so
        assert row["tree"] == checked.tree


def test_plain_names_resolve_to_the_paths_they_stand_for(drawn: list[dict[str, Any]]) -> None:
    for row in drawn:
        if row["item"] is None and "/groep/" not in row["text"]:
            plain = row["text"].replace("/", "") if " / " not in row["text"] else row["text"]
            assert row["tree"] == read(plain, SCOPE).tree


def is_result(value: Any) -> bool:
    if isinstance(value, list):
        return all(not isinstance(member, list) and is_result(member) for member in value)
    if isinstance(value, float):
        return math.isfinite(value) and not (value.is_integer() and abs(value) <= trees.SAFE_INTEGER)
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= trees.SAFE_INTEGER
    return value is None or isinstance(value, (bool, str))


def test_every_result_is_a_plain_value_and_its_numbers_are_finite(drawn: list[dict[str, Any]]) -> None:
    for row in drawn:
        assert is_result(row["expect"]), row


def test_an_expression_gives_something_whatever_stands_in_the_document(drawn: list[dict[str, Any]]) -> None:
    made = Generator(7)
    for row in drawn:
        run = compile_tree(row["tree"])
        for strange in (0.3, 1.0):
            item = made.item(strange) if row["item"] is not None else None
            assert is_result(as_result(run(made.document(strange), item, "not a date")))


def test_a_tree_reads_only_what_its_names_say(drawn: list[dict[str, Any]]) -> None:
    for row in drawn:
        if row["item"] is None:
            read_names = names(row["tree"])
            kept = {name: value for name, value in row["document"].items() if f"/{name}" in read_names}
            if "/groep/" in row["text"] and "groep" in row["document"]:
                kept["groep"] = row["document"]["groep"]
            assert repr(row["expect"]) == repr(evaluate(row["tree"], kept, row["today"])), row["text"]


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_read_or_refused_at_a_place_that_it_has(text: str) -> None:
    parsed = parse(text)
    if parsed.node is None:
        (fault,) = parsed.findings
        assert fault.start is not None and fault.end is not None
        assert 0 <= fault.start <= fault.end <= len(text)
        return
    assert () == check_tree(parsed.node.tree)
    again = parse(print_tree(parsed.node.tree)).node
    assert again is not None and repr(parsed.node.tree) == repr(again.tree)
    checked = check(parsed.node, SCOPE)
    for one in checked.findings:
        assert one.start is not None and one.end is not None and text[one.start : one.end].strip()
    if not checked.findings:
        evaluate(checked.tree, Generator(1).document(0.5), "2026-03-01")


LEAF = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["and", "name", "a", "/a", "\ud800"])
)
ANY_TREE = st.recursive(
    LEAF, lambda inner: st.lists(inner | st.sampled_from(list(OPERATIONS)), max_size=4), max_leaves=12
)


@given(ANY_TREE | st.dictionaries(st.text(), st.none()))
def test_any_tree_is_refused_or_can_be_evaluated(tree: Any) -> None:
    if not check_tree(tree):
        text = print_tree(tree)
        node = parse(text).node
        assert node is not None and node.tree == tree
        assert is_result(evaluate(tree, {"a": 1}, "2026-03-01"))


D, N, L = trees.DEPTH_MAX, trees.NODES_MAX, trees.LENGTH_MAX
LIMITS = [
    ("expression-too-long", "a" + " " * L, "a" + " " * (L - 1)),
    ("expression-too-deep", "(" * (D + 1) + "a" + ")" * (D + 1), "(" * D + "a" + ")" * D),
    ("expression-too-deep", "-" * D + "a", "-" * (D - 1) + "a"),
    ("expression-too-deep", " + ".join("a" * (D + 1)), " + ".join("a" * D)),
    ("expression-too-large", "[" + ", ".join("a" * N) + "]", "[" + ", ".join("a" * (N - 1)) + "]"),
    ("item-nesting", "all(k, all(k, all(k, b)))", "all(k, all(k, b))"),
]


@pytest.mark.parametrize(("code", "over", "fits"), LIMITS)
def test_what_goes_over_a_limit_is_refused_and_what_just_fits_is_not(code: str, over: str, fits: str) -> None:
    assert [code] == [one.code for one in parse(over).findings]
    assert () == parse(fits).findings


def test_an_answer_of_any_kind_can_stand_anywhere() -> None:
    for value in STRANGE:
        for leaf in LEAVES:
            assert isinstance(leaf, Question)
            text = f"any([{leaf.name} == null, true])" if leaf.repeat is None else f"count(kind, {leaf.name} == null)"
            checked = read(text, SCOPE)
            assert () == checked.findings
            assert evaluate(checked.tree, {leaf.name: value, "kind": value}, "2026-03-01") in (True, 0, 1, 2)
