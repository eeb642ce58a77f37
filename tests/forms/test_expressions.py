"""The shared vectors of the expression language: every file in the folder is walked (SPEC.md section 9).

A case says by its members what it holds: `expect` (evaluation), `code` (a fault), `resolved` (what names become),
or only `text` and `tree` (reading and printing). What a file gives once holds for its cases.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from forms import sentences
from forms.expressions import parser
from forms.expressions.checking import Checked, read
from forms.expressions.evaluation import evaluate
from forms.expressions.kinds import Scope, scope_of
from forms.expressions.printer import print_tree
from forms.expressions.tree import OPERATIONS, check_tree, node_of
from forms.schema.question import Question

FOLDER = Path(__file__).parents[1] / "vectors" / "expressions"
FILES = {
    path.stem: json.loads(path.read_text())
    for path in sorted(FOLDER.glob("*.json"))
    if not path.name.endswith(".faults.json")
}
CASES = [(name, {**file, **case}) for name, file in FILES.items() for case in file["cases"]]
SPEC = (Path(parser.__file__).parents[1] / "SPEC.md").read_text()
FINDINGS = sentences.speech("en").findings["expressions"]
Case = dict[str, Any]


def cases(*, having: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{name}: {case.get('text', case.get('tree'))}") for name, case in CASES if having in case
    ]


def leaf(path: str, said: Any) -> Question:
    repeat = path.partition("/*/")[0] if "/*/" in path else None
    if isinstance(said, str):
        return Question(path, said, (), repeat)
    kind, codes = ("choice", said) if isinstance(said, list) else ("choices", said["choices"])
    return Question(path, kind, tuple(codes), repeat)


def scope(case: Case) -> Scope:
    leaves = [leaf(path, said) for path, said in case["form"].items()]
    return scope_of(leaves, {one.repeat: None for one in leaves if one.repeat}, {})


def checked(case: Case) -> Checked:
    return read(case["text"], scope(case), repeat=case.get("repeat"), condition=case.get("condition", False))


@pytest.mark.parametrize("case", cases(having="expect"))
def test_an_expression_gives_what_is_published(case: Case) -> None:
    assert () == check_tree(case["tree"])
    actual = evaluate(case["tree"], case["document"], case["today"], case.get("item"))
    assert repr(case["expect"]) == repr(actual)


@pytest.mark.parametrize("case", [case for case in cases(having="tree") if "text" in case.values[0]])
def test_a_text_reads_as_its_tree_and_the_tree_prints_as_that_text(case: Case) -> None:
    node = parser.parse(case["text"]).node
    assert node is not None
    assert repr(case["tree"]) == repr(node.tree)
    again = parser.parse(print_tree(case["tree"])).node
    assert again is not None and repr(case["tree"]) == repr(again.tree)


@pytest.mark.parametrize(
    "case", [case for case in cases(having="tree") if case.values[0]["cases"] is FILES["printed"]["cases"]]
)
def test_a_tree_is_printed_without_brackets_that_it_does_not_need(case: Case) -> None:
    assert case["text"] == print_tree(case["tree"])


@pytest.mark.parametrize("case", [case for case in cases(having="code") if "text" in case.values[0]])
def test_a_fault_is_found_at_its_word(case: Case) -> None:
    found = checked(case).findings if "form" in case else parser.parse(case["text"]).findings
    said = [(one.code, one.start, one.end, one.suggestion) for one in found]
    assert [(case["code"], case["start"], case["end"], case.get("suggestion"))] == said


@pytest.mark.parametrize("case", cases(having="resolved"))
def test_names_are_resolved(case: Case) -> None:
    found = checked(case)
    assert ((), case["resolved"], case["kind"]) == (found.findings, found.tree, found.kind.name)


@pytest.mark.parametrize("case", [case for case in cases(having="code") if "text" not in case.values[0]])
def test_a_tree_from_elsewhere_is_checked(case: Case) -> None:
    expected = [] if case["code"] is None else [(case["code"], case["at"])]
    assert expected == [(one.code, one.path) for one in check_tree(case["tree"])]


def test_the_vectors_use_every_operator_and_function() -> None:
    used = {node.op for _, case in CASES if "expect" in case for node in node_of(case["tree"]).walk()}
    assert set(OPERATIONS) <= used


def test_the_vectors_show_every_operator_and_function_at_work_and_with_an_answer_that_is_missing() -> None:
    nothing = {"weg", "leeg", "/weg", "oneindig"}
    at_work, with_nothing = set(), set()
    for _, case in CASES:
        if "expect" in case and isinstance(case["tree"], list):
            op, args = case["tree"][0], node_of(case["tree"]).args
            at_work |= {op} if case["expect"] not in (None, False) else set()
            with_nothing |= {op} if any(arg.value in nothing for arg in args if arg.op in {"name", "answer"}) else set()
    assert set() == set(OPERATIONS) - at_work
    assert set() == set(OPERATIONS) - with_nothing - {"today", "list"}


def test_the_vectors_say_what_numbers_and_texts_at_their_edges_give() -> None:
    """What a twin in another language gets wrong first: Infinity, a zero with a sign, half characters, UTF-16 order."""
    values = [value for name, file in FILES.items() if name.endswith("_edges") for value in file["document"].values()]
    numbers = [value for value in values if isinstance(value, float)]
    texts = [value for value in values if isinstance(value, str)]
    assert {math.inf, -math.inf} <= set(numbers) and any(str(number) == "-0.0" for number in numbers)
    assert any("\ud800" <= text <= "\udfff" for text in texts) and any(text > "\uffff" for text in texts)


def test_the_spec_lists_every_finding_of_an_expression_and_every_function() -> None:
    chapter = SPEC.split("\n## 9. ")[1].split("\n## 10. ")[0]
    listed = set(re.findall("`([a-z]+(?:-[a-z]+)+)`", chapter.split("\n### 9.8 ")[1]))
    assert set(FINDINGS) == listed
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall("`([^`]+)`", chapter))))
    assert set() == {name for name in OPERATIONS if name.isidentifier()} - words
    assert all(f"`{sign}`" in chapter for sign in OPERATIONS if not sign.isidentifier())


def test_the_vectors_show_every_finding_of_an_expression() -> None:
    shown = {case["code"] for _, case in CASES if "code" in case} | {"expression-too-long"}  # held in the laws
    assert set(FINDINGS) == shown - {None}


def test_every_file_cites_a_section_that_the_spec_has() -> None:
    for name, file in FILES.items():
        chapter, _, rule = file["spec"].removeprefix("9").removeprefix(".").partition(".")
        section = SPEC.split(f"\n### 9.{chapter} ")[1].split("\n### ")[0] if chapter else SPEC.split("\n## 9. ")[1]
        assert not rule or f"\n{rule}. " in section, name


def test_the_spec_names_every_finding_and_function() -> None:
    chapter = SPEC.split("\n## 9. ")[1].split("\n## ")[0]
    for word in (*FINDINGS, *OPERATIONS):
        assert word in chapter, word
